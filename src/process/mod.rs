//! Children of this program: started, listened to, watched, ended; and the user's Ctrl-C, which ends them.

pub(crate) mod behind;
pub(crate) mod capture;
pub(crate) mod child;
pub(crate) mod go_over;
pub(crate) mod group;
pub(crate) mod host;
pub(crate) mod interrupt;
pub(crate) mod shell;
pub(crate) mod side_by_side;
pub(crate) mod watch;
