//! Boards that are not what they should be: each is a row that says so.

use std::time::Duration;

use densimeter::meter::clock::{Clock, SystemClock};

use super::lab::{Board, Lab, possible, run};

const JOB: &str = "command = \"bench\"\nmodel = \"MODEL\"\nattempts = 1\n\
    arguments = [\"--engine\", \"mock\", \"-p\", \"16\", \"-n\", \"0\", \"-r\", \"1\", \"-t\", \"1\", \"--no-wait\"]";

/// Measures on one board and gives the reason of its failure.
fn refused(lab: &Lab, target: String) -> String {
    lab.inventory(&JOB.replace("MODEL", &lab.path("small.gguf")), &[target]);
    let (code, _, words) = lab.fleet(&[]);
    assert_eq!(code, Some(1), "{words}");
    let row = lab.row("board");
    assert_eq!(row["state"], "failed");
    row["reason"].as_str().unwrap().to_owned()
}

#[test]
fn a_wrong_host_key_is_refused_with_the_fingerprint() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let board = Board::new(&lab, "board", "");
    run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &board.path("other")]);
    board.know_key("other.pub");
    let reason = refused(&lab, board.target(&lab, "board", ""));
    assert!(reason.starts_with("host key refused: ") && reason.contains(&board.fingerprint()), "{reason}");
    assert!(reason.contains("host [10.") && reason.contains("not the one known"), "{reason}");
    assert!(!std::path::Path::new(&board.path("densimeter files")).exists(), "nothing was sent");

    std::fs::remove_dir_all(lab.path("out")).unwrap();
    std::fs::write(board.path("known_hosts"), "").unwrap();
    let reason = refused(&lab, board.target(&lab, "board", ""));
    assert!(reason.contains(&board.fingerprint()) && reason.contains("none is known"), "{reason}");
    assert!(reason.contains("host [10."), "which host: {reason}");
    let status = lab.command(&["fleet", "status", &lab.path("fleet.toml"), "--json"]).output().unwrap();
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["targets"][0]["state"], "refused", "it is there, but is not believed: {status:#}");
}

#[test]
fn a_gate_is_believed_no_more_than_a_board() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let gate = Board::new(&lab, "gate", "");
    let second = Board::behind(&gate, &lab, "second");
    let board = Board::behind(&second, &lab, "board");
    let jump = format!("jump = [\"{}\", \"{}\"]", gate.host(), second.host());
    // Each host in its turn is the one that is not known; that of the others is no excuse.
    for (known, refused_one) in [(vec![], &gate), (vec![&gate], &second)] {
        board.know_key("host_key.pub");
        known.into_iter().for_each(|other| board.know(other));
        let reason = refused(&lab, board.target(&lab, "board", &jump));
        assert!(reason.starts_with("host key refused: "), "{reason}");
        assert!(reason.contains(&refused_one.fingerprint()), "{} of {reason}", refused_one.host());
        std::fs::remove_dir_all(lab.path("out")).unwrap();
    }
    std::fs::write(board.path("known_hosts"), "").unwrap();
    [&gate, &second].into_iter().for_each(|other| board.know(other));
    let reason = refused(&lab, board.target(&lab, "board", &jump));
    assert!(reason.contains(&board.fingerprint()), "{reason}");
    std::fs::remove_dir_all(lab.path("out")).unwrap();

    board.know_key("host_key.pub");
    [&gate, &second].into_iter().for_each(|other| board.know(other));
    lab.inventory(&JOB.replace("MODEL", &lab.path("small.gguf")), &[board.target(&lab, "board", &jump)]);
    let (code, _, words) = lab.fleet(&[]);
    assert_eq!(code, Some(0), "{words}");
}

#[test]
fn a_target_that_says_what_ssh_says_is_not_listened_to_for_ever() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let mut board = Board::new(&lab, "board", "");
    let liar = board.path("liar");
    let script = "#!/bin/sh\necho Host key verification failed. >&2\n\
        [ \"$SSH_ORIGINAL_COMMAND\" = exit ] && exec yes >&2\nexit 255\n";
    std::fs::write(&liar, script).unwrap();
    run("chmod", &["755", &liar]);
    board.kill();
    board.force(&liar);
    board.start();
    let clock = SystemClock::new();
    let reason = refused(&lab, board.target(&lab, "board", ""));
    assert!(reason.starts_with("host key refused: "), "{reason}");
    assert!(clock.now() < Duration::from_secs(100), "{:?}", clock.now());
}

#[test]
fn a_full_disk_is_told_before_anything_is_sent() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let mut board = Board::new(&lab, "board", "");
    let disk = board.path("disk");
    std::fs::create_dir(&disk).unwrap();
    // A board sees what was mounted before it came up.
    board.kill();
    let mounted = run("mount", &["-t", "tmpfs", "-o", "size=256k", "none", &disk]);
    assert!(mounted.status.success(), "{mounted:?}");
    board.start();
    let target = board.target(&lab, "board", "").replace("densimeter files", "disk");
    let reason = refused(&lab, target);
    board.kill();
    run("umount", &[&disk]);
    assert!(reason.starts_with("disk full on the target: densimeter needs "), "{reason}");
}

#[test]
fn a_binary_of_another_machine_is_named() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let board = Board::new(&lab, "board", "");
    // An ELF header of a machine that no emulator is registered for here: 64-bit RISC-V, and nothing behind it.
    let mut elf = vec![0_u8; 4096];
    elf[..8].copy_from_slice(b"\x7fELF\x02\x01\x01\x00");
    (elf[16], elf[18], elf[20]) = (2, 243, 1);
    std::fs::write(lab.path("foreign"), elf).unwrap();
    let reason = refused(&lab, board.target(&lab, "board", &format!("binary = \"{}\"", lab.path("foreign"))));
    assert!(reason.contains("the binary foreign (riscv64) does not start on this x86_64 machine"), "{reason}");
}

#[test]
fn a_board_that_sends_junk_is_cut_off_at_once() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let board = Board::new(&lab, "board", "ForceCommand head -c 1G /dev/zero");
    let begin = SystemClock::new();
    let reason = refused(&lab, board.target(&lab, "board", ""));
    assert!(reason.contains("prints more than 64 KiB at login"), "{reason}");
    assert!(begin.now() < Duration::from_secs(20), "it was read to its end");
}

/// A program in the place of densimeter on the board that answers a measurement with these lines.
fn liar(lab: &Lab, board: &Board, script: &str) -> String {
    // The program must be an ELF file to be sent; this one is sh, which the board's wrapper below replaces.
    std::fs::write(board.path("lie"), format!("#!/bin/sh\nprintf densimeter-begins:\n{script}\n")).unwrap();
    run("chmod", &["755", &board.path("lie")]);
    let wrapper = format!(
        "#!/bin/sh\ncase \"$SSH_ORIGINAL_COMMAND\" in *\" agent\"*) exec {lie} ;; *) exec sh -c \"$SSH_ORIGINAL_COMMAND\" ;; esac\n",
        lie = board.path("lie")
    );
    std::fs::write(board.path("wrapper"), wrapper).unwrap();
    run("chmod", &["755", &board.path("wrapper")]);
    let reason = refused(lab, board.target(lab, "board", ""));
    std::fs::remove_dir_all(lab.path("out")).unwrap();
    reason
}

#[test]
fn lies_of_a_board_stay_outside_the_store_and_the_shell() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let mut board = Board::new(&lab, "board", "");
    let place = board.path("wrapper");
    board.kill();
    board.force(&place);
    board.start();
    let done = r#"{"event":"after","state":{"densimeter":"x","level":null,"clock":"x","free_bytes":null,"celsius":null,"thermal_status":null,"battery_percent":null,"battery_celsius":null,"charger":null,"screen_on":null,"oom_score_adj":null,"cpuset":null,"cores_allowed":null,"cores_asked":null},"code":0,"reason":null,"cores_seen":[]}"#;
    let files = |path: &str, bytes: u64| {
        format!(
            "echo '{done}'; echo '{{\"event\":\"files\",\"files\":[{{\"path\":\"{path}\",\"bytes\":{bytes},\"sha256\":\"{}\"}}]}}'; cat >/dev/null",
            "0".repeat(64)
        )
    };
    for (script, what) in [
        ("cat >/dev/null & head -c 1G /dev/zero".to_owned(), "sent something else than asked for"),
        ("echo '{\"event\":\"before\"}'; cat >/dev/null".to_owned(), "sent something else than asked for"),
        (files("../../../escape.json", 1), "names a file that no run has"),
        (files("$(touch x).json", 1), "names a file that no run has"),
        (files("report.json", 1 << 40), "names a file that no run has"),
        (files("report.json", 10), "No such file"),
        ("printf '{\"event\":\"failed\",\"error\":\"\\\\u001b[2Jgone\"}\\n'; cat >/dev/null".to_owned(), "[2Jgone"),
    ] {
        let reason = liar(&lab, &board, &script);
        assert!(reason.contains(what), "{script}: {reason}");
        assert!(!reason.contains('\u{1b}'), "{reason}");
    }
    assert!(!std::path::Path::new(&lab.path("escape.json")).exists());
}

#[test]
fn a_clock_a_year_off_is_a_warning_and_the_hosts_time_is_kept() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let mut board = Board::new(&lab, "board", "");
    // The first question is answered by a `date` of a year ago; nothing else on the board asks for it by this path.
    let bin = board.path("bin");
    std::fs::create_dir(&bin).unwrap();
    let year = jiff::Timestamp::now().as_second() - 365 * 86_400;
    std::fs::write(format!("{bin}/date"), format!("#!/bin/sh\necho {year}\n")).unwrap();
    run("chmod", &["755", &format!("{bin}/date")]);
    board.kill();
    board.set_path(&format!("{bin}:/usr/bin:/bin"));
    board.start();
    lab.inventory(&JOB.replace("MODEL", &lab.path("small.gguf")), &[board.target(&lab, "board", "")]);
    let (code, _, words) = lab.fleet(&[]);
    assert_eq!(code, Some(0), "{words}");
    let row = lab.row("board");
    let warnings = row["warnings"].to_string();
    assert!(warnings.contains("365 days behind") || warnings.contains("364 days behind"), "{warnings}");
    let began: jiff::Timestamp = row["began"].as_str().unwrap().parse().unwrap();
    assert!(jiff::Timestamp::now().as_second() - began.as_second() < 600);
}

#[test]
fn a_slip_in_the_job_is_told_before_anything_is_sent() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let here = format!("[[target]]\nname = \"here\"\naddress = \"local\"\nfolder = \"{}\"\n", lab.path("here"));
    let job = JOB.replace("MODEL", &lab.path("small.gguf"));
    for (job, words) in [
        (job.replace("--no-wait", "--no-wiat"), "job.arguments: unexpected argument '--no-wiat'"),
        (format!("{job}\ntime_limit_s = 0"), "time_limit_s begins at 1"),
    ] {
        lab.inventory(&job, std::slice::from_ref(&here));
        let (found, _, said) = lab.fleet(&[]);
        assert_eq!(found, Some(2), "{said}");
        assert!(said.contains(words) && said.contains("fleet.toml"), "{said}");
        assert!(!std::path::Path::new(&lab.path("here")).exists() && !std::path::Path::new(&lab.path("out")).exists());
    }
}
