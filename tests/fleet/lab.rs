//! Boards on one machine: network namespaces, each with an sshd and a folder of its own.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use densimeter::meter::clock::{Clock, SystemClock};
use serde_json::Value;
use tempfile::TempDir;

use super::super::models::writer::small;
use super::tools;

/// Boards have addresses of this documentation network (RFC 5737); the process id keeps two test runs apart.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Whether boards can be set up here; with CI set they must be.
pub(crate) fn possible() -> bool {
    let root = rustix::process::geteuid().is_root();
    let missing = tools::missing(&["sshd", "ssh-keygen", "ssh", "ip"]);
    let why = if !root {
        "not root".to_owned()
    } else if !missing.is_empty() {
        format!("{} missing: scripts/setup.sh --test", missing.join(", "))
    } else {
        // Tests run side by side in one process.
        let name = format!("dm-try-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let made = run("ip", &["netns", "add", &name]);
        let _ = run("ip", &["netns", "del", &name]);
        if made.status.success() { return true } else { format!("no network namespace: {}", said(&made)) }
    };
    assert!(std::env::var_os("CI").is_none(), "the fleet tests must run here: {why}");
    skipped(&format!("no boards here ({why})"));
    false
}

/// Says which test was not done, and why; where CI is set this is not reached.
pub(crate) fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

pub(crate) fn run(program: &str, arguments: &[&str]) -> Output {
    tools::command(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"))
}

fn must(program: &str, arguments: &[&str]) {
    let output = run(program, arguments);
    assert!(output.status.success(), "{program} {arguments:?}: {}", said(&output));
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with keys, a model, and the inventory; what is in it goes with it.
pub(crate) struct Lab {
    folder: TempDir,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("lab").tempdir().unwrap();
        let lab = Self { folder };
        must("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &lab.path("key")]);
        std::fs::write(lab.path("small.gguf"), small().finish()).unwrap();
        lab
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Writes the inventory: a job and targets.
    pub(crate) fn inventory(&self, job: &str, targets: &[String]) {
        std::fs::write(self.path("fleet.toml"), format!("[job]\n{job}\n{}", targets.join("\n"))).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = tools::command(assert_cmd::cargo::cargo_bin!("densimeter"));
        command.args(arguments).env("HOME", self.folder.path()).env("DENSIMETER_CACHE", self.path("cache"));
        command
    }

    /// `fleet run` with its document.
    pub(crate) fn fleet(&self, more: &[&str]) -> (Option<i32>, Value, String) {
        let inventory = self.path("fleet.toml");
        let output = self
            .command(&["fleet", "run", &inventory, "-o", &self.path("out"), "--offline", "--json"])
            .args(more)
            .output()
            .unwrap();
        let document = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        (output.status.code(), document, said(&output))
    }

    /// What became of a target.
    pub(crate) fn row(&self, target: &str) -> Value {
        let record: Value = serde_json::from_slice(&std::fs::read(self.path("out/fleet.json")).unwrap()).unwrap();
        record["rows"][target].clone()
    }
}

/// A board: a network namespace with an sshd.
pub(crate) struct Board {
    name: String,
    address: String,
    folder: PathBuf,
    extra: String,
    sshd: Option<Child>,
}

impl Board {
    /// Sets a board up and starts its sshd, with more lines for its configuration.
    pub(crate) fn new(lab: &Lab, name: &str, extra: &str) -> Self {
        Self::up(lab, name, extra, None)
    }

    /// The same where only another board can reach it.
    pub(crate) fn behind(gate: &Self, lab: &Lab, name: &str) -> Self {
        Self::up(lab, name, "", Some(gate))
    }

    fn up(lab: &Lab, name: &str, extra: &str, gate: Option<&Self>) -> Self {
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let id = std::process::id();
        let (net, third) = (4 * (number % 60), 1 + id % 250);
        // 10.x is private; the third number keeps the runs apart, the fourth the boards.
        let (here, there) = (format!("10.213.{third}.{}", net + 1), format!("10.213.{third}.{}", net + 2));
        let space = format!("dm{id}-{number}");
        let (veth, peer) = (format!("dm{}h{number}", id % 10_000), format!("dm{}b{number}", id % 10_000));
        must("ip", &["netns", "add", &space]);
        must("ip", &["link", "add", &veth, "type", "veth", "peer", "name", &peer]);
        must("ip", &["link", "set", &peer, "netns", &space]);
        if let Some(gate) = gate {
            must("ip", &["link", "set", &veth, "netns", &gate.name]);
        }
        let neighbour = gate.map_or_else(Vec::new, |gate| vec!["-n", gate.name.as_str()]);
        must("ip", &[&neighbour, &["addr", "add", &format!("{here}/30"), "dev", &veth][..]].concat());
        must("ip", &[&neighbour, &["link", "set", &veth, "up"][..]].concat());
        must("ip", &["-n", &space, "addr", "add", &format!("{there}/30"), "dev", &peer]);
        must("ip", &["-n", &space, "link", "set", &peer, "up"]);
        must("ip", &["-n", &space, "link", "set", "lo", "up"]);
        let folder = PathBuf::from(lab.path(name));
        std::fs::create_dir(&folder).unwrap();
        let mut board = Self { name: space, address: there, folder, extra: extra.to_owned(), sshd: None };
        must("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &board.path("host_key")]);
        std::fs::copy(lab.path("key.pub"), board.path("authorized_keys")).unwrap();
        board.know_key("host_key.pub");
        board.start();
        board
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Writes the known host key of the board.
    pub(crate) fn know_key(&self, public: &str) {
        let key = std::fs::read_to_string(self.path(public)).unwrap();
        let port = 2222;
        std::fs::write(self.path("known_hosts"), format!("[{}]:{port} {key}", self.address)).unwrap();
    }

    /// Adds the known host key of another board, as for a gate.
    pub(crate) fn know(&self, other: &Self) {
        let keys = [self, other].map(|board| std::fs::read_to_string(board.path("known_hosts")).unwrap());
        std::fs::write(self.path("known_hosts"), keys.concat()).unwrap();
    }

    /// Where it is, as ssh takes it.
    pub(crate) fn host(&self) -> String {
        format!("root@{}:2222", self.address)
    }

    /// The fingerprint of the key that its sshd shows.
    pub(crate) fn fingerprint(&self) -> String {
        let output = run("ssh-keygen", &["-lf", &self.path("host_key.pub")]);
        String::from_utf8_lossy(&output.stdout).split_whitespace().nth(1).unwrap().to_owned()
    }

    /// From its next start on, every connection runs this program instead of what was asked for.
    pub(crate) fn force(&mut self, program: &str) {
        self.extra = format!("ForceCommand {program}");
    }

    /// From its next start on, every connection has this search path.
    pub(crate) fn set_path(&mut self, path: &str) {
        self.extra = format!("SetEnv PATH={path}");
    }

    pub(crate) fn start(&mut self) {
        std::fs::create_dir_all("/run/sshd").unwrap();
        let config = format!(
            "Port 2222\nListenAddress {}\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\n\
             PasswordAuthentication no\nPermitRootLogin yes\nPidFile none\nLogLevel QUIET\nMaxStartups 50\n{}\n",
            self.address,
            self.path("host_key"),
            self.path("authorized_keys"),
            self.extra,
        );
        std::fs::write(self.path("sshd_config"), config).unwrap();
        // sshd gives up its rights to a user of its own. Where it was not installed that user is only in this board's copy of
        // the list: `ip netns exec` has made the mounts of the board its own.
        let mut users = std::fs::read_to_string("/etc/passwd").unwrap();
        if !users.lines().any(|line| line.starts_with("sshd:")) {
            users += "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n";
        }
        std::fs::write(self.path("passwd"), users).unwrap();
        let sshd = tools::program("sshd").expect("looked for before");
        let script = "mount --bind \"$1\" /etc/passwd && exec \"$2\" -D -f \"$3\"";
        let child = tools::command("ip")
            .args(["netns", "exec", &self.name, "sh", "-c", script, "sh", &self.path("passwd")])
            .arg(sshd)
            .arg(self.path("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.sshd = Some(child);
        let begin = SystemClock::new();
        let knock = format!("exec 3<>/dev/tcp/{}/2222", self.address);
        while !run("ip", &["netns", "exec", &self.name, "bash", "-c", &knock]).status.success() {
            assert!(begin.now() < Duration::from_secs(20), "sshd does not come up");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Kills the sshd and every connection of it, as a board that loses its power would; only `sshd` processes of this
    /// namespace.
    pub(crate) fn kill(&mut self) {
        let pids = run("ip", &["netns", "pids", &self.name]);
        for pid in String::from_utf8_lossy(&pids.stdout).split_whitespace() {
            let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            if name.trim() == "sshd" {
                run("kill", &["-9", pid]);
            }
        }
        if let Some(mut sshd) = self.sshd.take() {
            let _ = sshd.kill();
            let _ = sshd.wait();
        }
    }

    /// Whether a densimeter is at work in the namespace.
    pub(crate) fn is_measuring(&self) -> bool {
        !self.measuring(|_| true).is_empty()
    }

    /// Stops every evaluation of the namespace where it stands, so that it cannot end before it is looked at; whether there was
    /// one. The end of the board ends them.
    pub(crate) fn hold_evaluations(&self) -> bool {
        let pids = self.measuring(|arguments| arguments.contains(&"eval"));
        pids.iter().filter(|pid| run("kill", &["-STOP", pid]).status.success()).count() > 0
    }

    /// The processes of densimeter in the namespace, by their arguments.
    fn measuring(&self, chosen: impl Fn(&[&str]) -> bool) -> Vec<String> {
        let pids = run("ip", &["netns", "pids", &self.name]);
        let of = |pid: &str, file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let pids = String::from_utf8_lossy(&pids.stdout).into_owned();
        pids.split_whitespace()
            .filter(|pid| of(pid, "comm").trim() == "densimeter")
            .filter(|pid| chosen(&of(pid, "cmdline").split('\0').collect::<Vec<_>>()))
            .map(str::to_owned)
            .collect()
    }

    /// Its lines of the inventory.
    pub(crate) fn target(&self, lab: &Lab, name: &str, more: &str) -> String {
        format!(
            "[[target]]\nname = \"{name}\"\naddress = \"ssh://{}\"\nidentity = \"{}\"\nknown_hosts = \"{}\"\n\
             folder = \"{}\"\n{more}\n",
            self.host(),
            lab.path("key"),
            self.path("known_hosts"),
            self.path("densimeter files"),
        )
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.kill();
        let pids = run("ip", &["netns", "pids", &self.name]);
        for pid in String::from_utf8_lossy(&pids.stdout).split_whitespace() {
            run("kill", &["-9", pid]);
        }
        let _ = run("ip", &["netns", "del", &self.name]);
    }
}
