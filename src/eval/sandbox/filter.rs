//! Linux: the system-call filter (seccomp).

use std::collections::BTreeMap;

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter,
};

/// Calls that no solution of a programming exercise makes: the program ends with `SIGSYS`, so that swallowing the
/// error does not help. `socket` also covers what Landlock's TCP rules do not: UDP, raw and UNIX sockets.
const DEADLY: &[libc::c_long] = &[
    libc::SYS_socket,
    libc::SYS_io_uring_setup,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_open_by_handle_at,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
];

/// On x86-64 the same kernel also takes the x32 numbers, which a filter by number would miss.
const X32_BIT: libc::c_long = 0x4000_0000;

/// Restricts this process and all it starts; returns the layer in force.
pub(super) fn install() -> Result<String, String> {
    let failed = |error: &dyn std::fmt::Display| format!("system-call filter: {error}");
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| failed(&error))?;
    let equals = |argument: u8, value: u64| {
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value & 0xffff_ffff)
            .and_then(|condition| SeccompRule::new(vec![condition]))
    };
    let mut deadly: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for call in DEADLY {
        deadly.insert(*call, Vec::new());
        if arch == TargetArch::x86_64 {
            deadly.insert(*call | X32_BIT, Vec::new());
        }
    }
    // In a PID namespace init is 1 and the kernel ignores the signal; the attempt still ends the program.
    let init = u64::from(std::process::id());
    for call in [libc::SYS_kill, libc::SYS_tkill, libc::SYS_tgkill, libc::SYS_pidfd_open] {
        deadly.insert(call, vec![equals(0, init).map_err(|error| failed(&error))?]);
    }
    let everyone = equals(0, u64::MAX).map_err(|error| failed(&error))?;
    deadly.entry(libc::SYS_kill).or_default().push(everyone);
    let new_user = SeccompCondition::new(
        0,
        SeccompCmpArgLen::Qword,
        SeccompCmpOp::MaskedEq(libc::CLONE_NEWUSER as u64),
        libc::CLONE_NEWUSER as u64,
    )
    .and_then(|condition| SeccompRule::new(vec![condition]))
    .map_err(|error| failed(&error))?;
    deadly.insert(libc::SYS_clone, vec![new_user]);

    // Its flags lie behind a pointer that a filter cannot follow; the C library falls back to `clone`.
    let absent = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    for (rules, action) in
        [(absent, SeccompAction::Errno(libc::ENOSYS.cast_unsigned())), (deadly, SeccompAction::KillProcess)]
    {
        let program: BpfProgram = SeccompFilter::new(rules, SeccompAction::Allow, action, arch)
            .and_then(TryInto::try_into)
            .map_err(|error| failed(&error))?;
        apply_filter(&program).map_err(|error| failed(&error))?;
    }
    Ok("layer seccomp".to_owned())
}
