//! Children of this program: started, listened to, watched, ended; and the user's Ctrl-C, which ends them.

pub mod capture;
pub mod child;
pub mod group;
pub mod interrupt;
pub mod watch;
