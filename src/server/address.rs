//! The one address that is contacted, and the key that opens it.

use std::fmt;

/// Environment variable that holds the key of a server that asks for one. There is no flag: arguments are seen by everybody.
pub const KEY_VARIABLE: &str = "DENSIMETER_API_KEY";

/// Longest address, bytes.
const LONGEST: usize = 2048;

/// Longest key, bytes.
const LONGEST_KEY: usize = 4096;

/// Why an address or a key is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No http or https.
    #[error("--url: an address begins with http:// or https://, e.g. http://127.0.0.1:8080/v1")]
    Scheme,
    /// Nothing between the scheme and the path, or letters that no address holds.
    #[error("--url: no host that can be asked; give e.g. http://127.0.0.1:8080/v1")]
    Host,
    /// What follows the host is no port. The library would ask another one, and give it the key.
    #[error("--url: no port behind the host: 1 to 65535, e.g. http://127.0.0.1:8080/v1")]
    Port,
    /// A name or a password before the host: it would stand in reports.
    #[error("--url: no name or password in the address, which is kept in reports; give a key in {KEY_VARIABLE}")]
    Password,
    /// A question or a fragment behind the path.
    #[error("--url: only scheme, host and path, e.g. http://127.0.0.1:8080/v1; what follows `?` or `#` is not taken")]
    Behind,
    /// This build has no TLS.
    #[error("--url: https needs a build with the feature `download` (cargo build --features download)")]
    NoTls,
    /// A key that no header can hold.
    #[error("{KEY_VARIABLE} holds no key: visible ASCII letters only, at most {LONGEST_KEY}")]
    Key,
}

/// A base such as `http://127.0.0.1:8080/v1`, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Takes what was typed. Without a path it is `/v1`, where OpenAI-compatible servers answer.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn new(typed: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = typed.split_once("://").ok_or(AddressError::Scheme)?;
        let scheme = scheme.to_ascii_lowercase();
        match scheme.as_str() {
            "http" => {}
            "https" if cfg!(feature = "download") => {}
            "https" => return Err(AddressError::NoTls),
            _ => return Err(AddressError::Scheme),
        }
        if rest.contains(['?', '#']) {
            return Err(AddressError::Behind);
        }
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if host.contains('@') {
            return Err(AddressError::Password);
        }
        let plain = rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
        if host.is_empty() || host.starts_with(':') || !plain || typed.len() > LONGEST {
            return Err(AddressError::Host);
        }
        check_port(host)?;
        let path = match path.trim_end_matches('/') {
            "" => "/v1",
            path => path,
        };
        Ok(Self(format!("{scheme}://{host}{path}")))
    }

    /// The address of a path below the base.
    #[cfg(feature = "download")]
    pub(super) fn of(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

/// Whether a host is a name or an address with a port from 1 to 65535 behind it, or none.
fn check_port(host: &str) -> Result<(), AddressError> {
    let behind = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or(AddressError::Host)?.1,
        None => host.find(':').map_or("", |at| &host[at..]),
    };
    let Some(port) = behind.strip_prefix(':') else {
        return if behind.is_empty() { Ok(()) } else { Err(AddressError::Host) };
    };
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse::<u16>() {
        Ok(number) if digits && number > 0 => Ok(()),
        _ => Err(AddressError::Port),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key. It is sent to the server and shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Takes the content of [`KEY_VARIABLE`].
    ///
    /// # Errors
    /// [`AddressError::Key`].
    pub fn new(text: String) -> Result<Self, AddressError> {
        let fits = !text.is_empty() && text.len() <= LONGEST_KEY && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text)) } else { Err(AddressError::Key) }
    }

    /// The header that holds it.
    #[cfg(feature = "download")]
    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// A text of the server without the key, which some repeat when they refuse it.
    #[cfg(feature = "download")]
    pub(super) fn hidden_in(&self, text: &str) -> String {
        text.replace(&self.0, "(key)")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_taken_as_people_type_it() {
        let of = |typed: &str| Address::new(typed).map(|address| address.to_string());
        for typed in ["http://127.0.0.1:8080", "http://127.0.0.1:8080/", "HTTP://127.0.0.1:8080/v1/"] {
            assert_eq!(of(typed).as_deref(), Ok("http://127.0.0.1:8080/v1"), "{typed}");
        }
        assert_eq!(of("http://[::1]:1/api/v3").as_deref(), Ok("http://[::1]:1/api/v3"));
    }

    #[test]
    fn what_would_be_kept_or_lead_elsewhere_is_refused() {
        let of = |typed: &str| Address::new(typed).unwrap_err();
        assert_eq!(of("127.0.0.1:8080"), AddressError::Scheme);
        assert_eq!(of("file:///etc/passwd"), AddressError::Scheme);
        assert_eq!(of("http://me:secret@host/v1"), AddressError::Password);
        assert_eq!(of("http://host/v1?key=secret"), AddressError::Behind);
        for typed in ["http://", "http:///v1", "http://:80", "http://a b/v1", "http://a\nHost: b/"] {
            assert_eq!(of(typed), AddressError::Host, "{typed:?}");
        }
        for typed in
            ["http://a:99999/v1", "http://a:0", "http://a:abc/", "http://a:", "http://a:80:90", "http://[::1]:+8"]
        {
            assert_eq!(of(typed), AddressError::Port, "{typed:?}");
        }
        assert_eq!(of("http://[::1"), AddressError::Host);
    }

    #[test]
    fn a_key_is_shown_nowhere() {
        let key = ApiKey::new("sk-secret".to_owned()).unwrap();
        assert!(!format!("{key:?}").contains("secret"));
        #[cfg(feature = "download")]
        assert_eq!(key.hidden_in("no such key: sk-secret"), "no such key: (key)");
        assert!(ApiKey::new("a\r\nb: c".to_owned()).is_err() && ApiKey::new(String::new()).is_err());
    }
}
