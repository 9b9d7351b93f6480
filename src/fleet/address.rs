//! Where a target is: this machine, behind ssh, or behind adb.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// Where a target is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Address {
    /// This machine.
    Local,
    /// A machine that the system's ssh reaches: `ssh://user@host:port`.
    Ssh(SshHost),
    /// An Android device that adb reaches: `adb:SERIAL`.
    Adb {
        /// Its serial number, or `host:port` for adb over the network.
        serial: String,
    },
}

/// A host as ssh takes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct SshHost {
    /// The user; ssh's own choice where none is given.
    pub(crate) user: Option<String>,
    /// Host name, alias of the ssh configuration, or address.
    pub(crate) host: String,
    /// The port; ssh's own choice where none is given.
    pub(crate) port: Option<u16>,
}

/// What is wrong with an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no address of a target: local, ssh://user@host:port or adb:SERIAL")]
pub(crate) struct AddressError(String);

/// A word that no program takes for an option and no shell for anything.
fn plain(word: &str, more: &str) -> bool {
    !word.is_empty()
        && word.len() <= 255
        && !word.starts_with('-')
        && word.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

impl FromStr for SshHost {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong = || AddressError(text.chars().take(80).collect());
        let (user, rest) = match text.rsplit_once('@') {
            Some((user, rest)) => (Some(user.to_owned()), rest),
            None => (None, text),
        };
        let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, rest)) if rest.is_empty() || rest.starts_with(':') => (host, rest.strip_prefix(':')),
            Some(_) => return Err(wrong()),
            None => rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port))),
        };
        let port = port.map(|port| port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(wrong)).transpose()?;
        let sound = plain(host, ".:-_%") && user.as_deref().is_none_or(|user| plain(user, "._-"));
        if sound { Ok(Self { user, host: host.to_owned(), port }) } else { Err(wrong()) }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong = || AddressError(text.chars().take(80).collect());
        if text == "local" {
            Ok(Self::Local)
        } else if let Some(host) = text.strip_prefix("ssh://") {
            Ok(Self::Ssh(host.trim_end_matches('/').parse().map_err(|_| wrong())?))
        } else {
            match text.strip_prefix("adb:") {
                Some(serial) if plain(serial, ".:-_") => Ok(Self::Adb { serial: serial.to_owned() }),
                _ => Err(wrong()),
            }
        }
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl TryFrom<String> for SshHost {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl fmt::Display for SshHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?
        } else {
            f.write_str(&self.host)?
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::Ssh(host) => write!(f, "ssh://{host}"),
            Self::Adb { serial } => write!(f, "adb:{serial}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_back_as_they_were() {
        for text in [
            "local",
            "ssh://pi@10.0.0.5:2222",
            "ssh://board",
            "ssh://pi@[fe80::1%eth0]:22",
            "adb:R58M12ABCDE",
            "adb:192.168.1.7:5555",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn nothing_that_a_program_could_take_for_an_option_or_a_shell_for_a_command() {
        for text in [
            "",
            "board",
            "ssh://",
            "ssh://-oProxyCommand=id",
            "ssh://pi@-x",
            "ssh://-l@host",
            "ssh://a b",
            "ssh://host:0",
            "ssh://host:99999",
            "ssh://host:22x",
            "ssh://h;id",
            "ssh://h$(id)",
            "adb:",
            "adb:-s",
            "adb:a b",
            "telnet://h",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
