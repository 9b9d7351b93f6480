//! Linux: gives up root, leaves inherited files behind, enters fresh namespaces.

use std::fs;
use std::os::fd::RawFd;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use rustix::process::{
    DumpableBehavior, Pid, Signal, getppid, set_child_subreaper, set_dumpable_behavior, set_parent_process_death_signal,
};

use super::{Isolation, Job};

/// User and group inside the namespace; any but root, whose execs keep capabilities.
const INSIDE: u32 = 1000;
/// First of the host user ids that root becomes: above every range that distributions hand out.
const FIRST_UID: u32 = 2_000_000_000;
/// `nobody`, where a container maps no higher ids.
const NOBODY: u32 = 65_534;

/// Prepares the supervisor. Returns the layers in force.
pub(super) fn prepare_supervisor(job: &Job) -> Result<Vec<String>, String> {
    close_inherited();
    let layers = match job.isolation {
        Isolation::Scoped => leave_root(job)?,
        Isolation::Namespaces | Isolation::Unconfined => Vec::new(),
    };
    set_child_subreaper(Pid::from_raw(1)).map_err(|error| format!("cannot adopt orphans: {error}"))?;
    die_with(job.parent)?;
    Ok(layers)
}

/// Prepares the gate, which must have one thread and starts none; its next child is process 1 of the new PID
/// namespace. Returns the layers in force.
pub(super) fn pass_gate(job: &Job) -> Result<Vec<String>, String> {
    let mut layers = leave_root(job)?;
    unshare_all(Uid::effective(), Gid::effective())?;
    private_tmp(job)?;
    layers.push("namespaces user,pid,mount,net,ipc,uts".to_owned());
    die_with(job.parent)?;
    std::env::set_current_dir(&job.work).map_err(|error| format!("cannot enter {}: {error}", job.work.display()))?;
    Ok(layers)
}

/// Comes after the last change of credentials, which clears the signal.
fn die_with(parent: u32) -> Result<(), String> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| format!("death signal: {error}"))?;
    match getppid() {
        Some(pid) if pid.as_raw_nonzero().get().cast_unsigned() == parent => Ok(()),
        _ => Err("the parent process is gone".to_owned()),
    }
}

fn leave_root(job: &Job) -> Result<Vec<String>, String> {
    if !Uid::effective().is_root() {
        return Ok(Vec::new());
    }
    Ok(vec![format!("unprivileged user {}", drop_root(job)?)])
}

/// Landlock does not bind files that are already open, so none but the three pipes may come along.
fn close_inherited() {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else { return };
    let open: Vec<RawFd> =
        entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter(|fd| *fd > 2).collect();
    for fd in open {
        let _ = nix::unistd::close(fd);
    }
}

/// A user id of this jail's own, so that neither files nor processes of others are within reach, and the limit on
/// processes binds (it does not bind root).
fn drop_root(job: &Job) -> Result<u32, String> {
    setgroups(&[]).map_err(|error| format!("cannot drop groups: {error}"))?;
    let own = FIRST_UID + std::process::id() % 100_000_000;
    for id in [own, NOBODY] {
        if job.isolation == Isolation::Scoped {
            let _ = std::os::unix::fs::chown(&job.work, Some(id), Some(id));
        }
        if setresgid(Gid::from_raw(id), Gid::from_raw(id), Gid::from_raw(id)).is_err() {
            continue;
        }
        let user = Uid::from_raw(id);
        setresuid(user, user, user).map_err(|error| format!("cannot become user {id}: {error}"))?;
        // Else /proc/self belongs to root, and the maps below could not be written.
        set_dumpable_behavior(DumpableBehavior::Dumpable).map_err(|error| format!("dumpable: {error}"))?;
        return Ok(id);
    }
    Err("cannot leave root: no other user id is mapped here".to_owned())
}

fn unshare_all(uid: Uid, gid: Gid) -> Result<(), String> {
    let all = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS;
    unshare(all).map_err(|error| format!("the kernel refuses namespaces: {error}"))?;
    let write =
        |path: &str, text: String| fs::write(path, text).map_err(|error| format!("cannot write {path}: {error}"));
    write("/proc/self/setgroups", "deny".to_owned())?;
    write("/proc/self/gid_map", format!("{INSIDE} {gid} 1"))?;
    write("/proc/self/uid_map", format!("{INSIDE} {uid} 1"))
}

/// A fresh, bounded directory that vanishes with the namespace.
fn private_tmp(job: &Job) -> Result<(), String> {
    let none: Option<&str> = None;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
        .map_err(|error| format!("cannot make mounts private: {error}"))?;
    let options = format!("size={},nr_inodes=4096,mode=0700,uid={INSIDE},gid={INSIDE}", job.limits.disk_bytes);
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(Some("tmpfs"), &job.work, Some("tmpfs"), flags, Some(options.as_str()))
        .map_err(|error| format!("cannot mount a tmpfs on {}: {error}", job.work.display()))
}
