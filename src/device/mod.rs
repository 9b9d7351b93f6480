//! Devices as data: this machine's profile, the classes and their histories.
