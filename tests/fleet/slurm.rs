//! An evaluation in shards behind a real Slurm: two nodes on this machine, one of them killed in the middle.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use densimeter::eval::record::Record;
use densimeter::meter::clock::{Clock, SystemClock};
use serde_json::Value;
use tempfile::TempDir;

use super::lab::{run, said, skipped};
use super::tools;

const MINI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/bench-mini");

fn possible() -> bool {
    let root = rustix::process::geteuid().is_root();
    let missing = tools::missing(&["slurmctld", "slurmd", "sbatch", "munged"]);
    if root && missing.is_empty() {
        return true;
    }
    let why =
        if root { format!("{} missing: scripts/setup.sh --test", missing.join(", ")) } else { "not root".to_owned() };
    assert!(std::env::var_os("CI").is_none(), "the Slurm test must run here: {why}");
    skipped(&format!("no Slurm here ({why})"));
    false
}

/// A controller and two nodes with a munge of their own.
struct Cluster {
    folder: TempDir,
    daemons: RefCell<Vec<(&'static str, Child)>>,
}

impl Cluster {
    fn start() -> Self {
        // munge refuses a socket below a folder that others may write.
        let folder = tempfile::Builder::new().prefix("slurm").tempdir().unwrap();
        let cluster = Self { folder, daemons: RefCell::default() };
        for name in ["state", "spool-one", "spool-two", "munge"] {
            std::fs::create_dir(cluster.path(name)).unwrap();
        }
        open_to_all(cluster.folder.path());
        open_to_all(Path::new(&cluster.path("munge")));
        let key: Vec<u8> = (0..1024_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        std::fs::write(cluster.path("munge.key"), key).unwrap();
        private(Path::new(&cluster.path("munge.key")));
        let base = 20_000 + std::process::id() % 10_000 * 4;
        let host = String::from_utf8(run("hostname", &["-s"]).stdout).unwrap().trim().to_owned();
        let cores = std::thread::available_parallelism().unwrap();
        let config = format!(
            "ClusterName=densimeter\nSlurmctldHost={host}(127.0.0.1)\nSlurmUser=root\nSlurmdUser=root\nAuthType=auth/munge\n\
             AuthInfo=socket={munge}\nCryptoType=crypto/munge\nSlurmctldPort={base}\nStateSaveLocation={state}\n\
             SlurmdSpoolDir={folder}/spool-%n\nSlurmctldPidFile={folder}/ctld.pid\nSlurmdPidFile={folder}/d-%n.pid\n\
             SlurmctldLogFile={folder}/ctld.log\nSlurmdLogFile={folder}/d-%n.log\nProctrackType=proctrack/linuxproc\n\
             TaskPlugin=task/none\nMpiDefault=none\nSelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\n\
             SchedulerType=sched/backfill\nSlurmdTimeout=10\nSlurmctldTimeout=30\nReturnToService=2\nJobRequeue=1\n\
             MailProg=/bin/true\nSwitchType=switch/none\nJobAcctGatherType=jobacct_gather/none\nInactiveLimit=0\n\
             SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0\n\
             NodeName=one NodeHostname={host} NodeAddr=127.0.0.1 Port={} CPUs={cores} Feature=i8mm\n\
             NodeName=two NodeHostname={host} NodeAddr=127.0.0.1 Port={} CPUs={cores} Feature=i8mm\n\
             PartitionName=all Nodes=one,two Default=YES MaxTime=INFINITE State=UP\n",
            base + 1,
            base + 2,
            munge = cluster.path("munge/socket"),
            state = cluster.path("state"),
            folder = cluster.folder.path().display(),
        );
        let plugins = tools::slurm_plugins().map(|folder| format!("PluginDir={}\n", folder.display()));
        std::fs::write(cluster.path("slurm.conf"), config + &plugins.unwrap_or_default()).unwrap();
        let munge = [
            "--foreground".to_owned(),
            "--force".to_owned(),
            format!("--key-file={}", cluster.path("munge.key")),
            format!("--socket={}", cluster.path("munge/socket")),
            format!("--pid-file={}", cluster.path("munge/pid")),
            format!("--log-file={}", cluster.path("munge/log")),
            format!("--seed-file={}", cluster.path("munge/seed")),
        ];
        cluster.daemon("munge", "munged", &munge.each_ref().map(String::as_str));
        cluster.until("munge comes up", || Path::new(&cluster.path("munge/socket")).exists());
        cluster.daemon("controller", "slurmctld", &["-D"]);
        // The place of what starts a step is compiled in as well.
        let steps = tools::program("slurmstepd").expect("comes with slurmd").display().to_string();
        cluster.daemon("one", "slurmd", &["-D", "-N", "one", "-d", &steps]);
        cluster.daemon("two", "slurmd", &["-D", "-N", "two", "-d", &steps]);
        cluster.until("both nodes are idle", || cluster.told("sinfo", &["-h", "-o", "%T %D"]).trim() == "idle 2");
        cluster
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = tools::command(program);
        command.env("SLURM_CONF", self.path("slurm.conf")).stdin(Stdio::null());
        command
    }

    fn daemon(&self, name: &'static str, program: &str, arguments: &[&str]) {
        let log = std::fs::File::create(self.path(&format!("{name}.out"))).unwrap();
        let errors = log.try_clone().unwrap();
        let mut command = self.command(program);
        // A group of its own, so that a node can be killed with all that runs on it.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.args(arguments).stdout(log).stderr(errors).spawn().unwrap();
        self.daemons.borrow_mut().push((name, child));
    }

    fn told(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn until(&self, what: &str, done: impl Fn() -> bool) {
        let begin = SystemClock::new();
        while !done() {
            if begin.now() > Duration::from_secs(240) {
                let queue = self.told("squeue", &["-a"]) + &self.told("sinfo", &["-R"]) + &self.told("sinfo", &[]);
                let log = std::fs::read_to_string(self.path("ctld.log")).unwrap_or_default();
                let last: Vec<&str> = log.lines().rev().take(20).collect();
                panic!("{what}: not within four minutes\n{queue}{}", last.join("\n"));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Kills a node as a lost power supply would: its daemon first, then what watches over its tasks (which would report
    /// their end), then the tasks.
    fn kill(&self, name: &str) {
        let node = format!("SLURMD_NODENAME={name}");
        let text = |pid: &str, file: &str| std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let mut tasks = Vec::new();
        for process in std::fs::read_dir("/proc").unwrap().flatten() {
            let pid = process.file_name().to_string_lossy().into_owned();
            let environment = String::from_utf8_lossy(&text(&pid, "environ")).into_owned();
            if environment.split('\0').any(|one| one == node) && environment.contains(&self.path("slurm.conf")) {
                tasks.push(pid);
            }
        }
        let parent = |pid: &String| -> Option<String> {
            let status = String::from_utf8_lossy(&text(pid, "status")).into_owned();
            let parent = densimeter::sysfs::field(&status, "PPid")?.to_owned();
            (text(&parent, "comm").trim_ascii() == b"slurmstepd").then_some(parent)
        };
        let watchers: Vec<String> = tasks.iter().filter_map(parent).collect();
        let mut daemons = self.daemons.borrow_mut();
        if let Some(at) = daemons.iter().position(|(daemon, _)| *daemon == name) {
            let (_, mut child) = daemons.remove(at);
            let _ = child.kill();
            let _ = child.wait();
        }
        for pid in watchers.iter().chain(&tasks) {
            run("kill", &["-9", pid]);
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill("one");
        self.kill("two");
        for (_, child) in self.daemons.get_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn open_to_all(folder: &Path) {
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

fn private(file: &Path) {
    std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o400)).unwrap();
}

fn records(folder: &str) -> BTreeMap<String, Record> {
    let text = std::fs::read_to_string(format!("{folder}/mmlu.jsonl")).unwrap();
    let mut records = BTreeMap::new();
    for line in text.lines() {
        let record: Record = serde_json::from_str(line).unwrap();
        assert!(records.insert(record.id.clone(), record).is_none(), "an item is there twice");
    }
    records
}

/// The made-up items four times over, as questions of twelve subjects: as many blocks to deal out.
fn benchmark(folder: &Path) {
    let out = folder.join("mmlu");
    std::fs::create_dir_all(&out).unwrap();
    for name in ["dev.jsonl", "test.jsonl"] {
        let mini = std::fs::read_to_string(format!("{MINI}/mmlu/{name}")).unwrap();
        let mut lines = String::new();
        for time in 0..4 {
            for line in mini.lines() {
                let mut item: Value = serde_json::from_str(line).unwrap();
                let subject = item["subject"].as_str().unwrap().to_owned();
                item["subject"] = format!("{subject}_{time}").into();
                item["id"] = item["id"].as_str().unwrap().replace(&subject, &format!("{subject}_{time}")).into();
                lines += &format!("{item}\n");
            }
        }
        std::fs::write(out.join(name), lines).unwrap();
    }
}

#[test]
fn six_shards_on_two_nodes_are_one_evaluation_and_a_killed_node_loses_nothing() {
    if !possible() {
        return;
    }
    let cluster = Cluster::start();
    let lab = tempfile::tempdir().unwrap();
    let path = |name: &str| lab.path().join(name).display().to_string();
    benchmark(&lab.path().join("bench"));
    let program = assert_cmd::cargo::cargo_bin!("densimeter").display().to_string();
    let arguments = ["--engine", "mock", "--task", "mmlu", "--full", "--unpinned-data", "-t", "1"];
    let quoted: Vec<String> = arguments.iter().map(|word| format!("\"{word}\"")).collect();
    let inventory = format!(
        "[job]\ncommand = \"eval\"\nmodel = \"mock:delay=1500\"\ndata = \"{}\"\narguments = [{}]\n\
         [slurm]\nshards = 6\nfolder = \"{}\"\nbinary = \"{program}\"\nconstraint = \"i8mm\"\n",
        path("bench"),
        quoted.join(", "),
        path("job"),
    );
    std::fs::write(path("fleet.toml"), inventory).unwrap();
    let fleet = |words: &[&str]| -> Output { cluster.command(&program).arg("fleet").args(words).output().unwrap() };
    let submitted = fleet(&["submit", "--slurm", &path("fleet.toml"), "--json"]);
    assert!(submitted.status.success(), "{}", said(&submitted));
    let job = serde_json::from_slice::<Value>(&submitted.stdout).unwrap()["job"].to_string();

    // A shard that node two is in the middle of.
    let running = || cluster.told("squeue", &["-h", "-r", "-t", "R", "-w", "two", "-o", "%K"]).trim().to_owned();
    let items = |shard: &str| {
        let log = path(&format!("job/shards/{shard}/mmlu.jsonl"));
        std::fs::read_to_string(log).map_or(0, |text| text.lines().count())
    };
    cluster.until("node two has begun", || {
        let shard = running();
        !shard.is_empty() && Path::new(&path(&format!("job/shards/{shard}/mmlu.key.json"))).exists()
    });
    let cut = running();
    let before = items(&cut);
    cluster.kill("two");
    cluster
        .until("the node counts as dead", || cluster.told("sinfo", &["-h", "-n", "two", "-o", "%T"]).contains("down"));
    cluster.until("the dead node's task is in the queue again", || {
        let again = format!("{job}_{cut}");
        // Slurm lets a requeued task wait two minutes in case the node comes back.
        cluster.told("scontrol", &["update", &format!("JobId={again}"), "StartTime=now"]);
        let state = cluster.told("squeue", &["-h", "-r", "-j", &again, "-o", "%T %N"]);
        state.starts_with("PENDING") || state.trim() == "RUNNING one"
    });
    let early = fleet(&["collect", &path("fleet.toml"), "-o", &path("early"), "--json"]);
    assert_eq!(early.status.code(), Some(4), "not all shards have ended: {}", said(&early));
    cluster.until("the array has ended", || cluster.told("squeue", &["-h", "-r"]).trim().is_empty());
    assert!(items(&cut) >= before);

    let collected = fleet(&["collect", &path("fleet.toml"), "-o", &path("merged"), "--json"]);
    assert!(collected.status.success(), "job {job}: {}", said(&collected));
    let collected: Value = serde_json::from_slice(&collected.stdout).unwrap();
    assert_eq!(collected["complete"], true, "{collected:#}");
    let shares = collected["tasks"][0]["of_shards"].as_array().unwrap();
    assert!(shares.iter().filter(|share| share.as_u64() > Some(0)).count() > 1, "{collected:#}");

    // One machine alone, from the first item to the last.
    let alone = cluster
        .command(&program)
        .args(["eval", "-m", "mock:delay=1500", "--data", &path("bench"), "-o", &path("alone"), "--json", "--quiet"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(alone.status.success(), "{}", said(&alone));
    assert_eq!(records(&path("merged")), records(&path("alone")));

    // The merged log is an evaluation: the command that was named scores it, and evaluates nothing again.
    let score_with = format!("{} --json", collected["score_with"].as_str().unwrap());
    let scored = cluster.command("sh").args(["-c", &score_with]).output().unwrap();
    assert!(scored.status.success(), "{score_with}: {}", said(&scored));
    assert_eq!(records(&path("merged")), records(&path("alone")));
    let score = |output: &Output| serde_json::from_slice::<Value>(&output.stdout).unwrap()["tasks"][0]["score"].clone();
    assert_eq!(score(&scored), score(&alone));
}
