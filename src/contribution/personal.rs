//! What in a text names a person, a machine of theirs or a path: found, and what stands there instead.

use super::address::{hardware_address, is_mail, private_address};
use crate::process::host;

/// What was found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// A folder of the machine.
    Path,
    /// An address of mail.
    Mail,
    /// The hardware address of a network or of a device on a bus.
    HardwareAddress,
    /// An address within somebody's network.
    NetworkAddress,
    /// A serial number that is called one.
    Serial,
    /// The user's or the host's name.
    Name,
}

/// Folders that every machine has: what lies in them tells of the system, not of its owner.
const SYSTEM: [&str; 9] = ["/sys", "/proc", "/dev", "/etc", "/usr", "/run", "/.dockerenv", "/system", "/vendor"];

/// Names that many machines and users have, and that tell nothing.
const COMMON: [&str; 14] = [
    "root",
    "user",
    "admin",
    "ubuntu",
    "debian",
    "fedora",
    "alpine",
    "android",
    "localhost",
    "raspberrypi",
    "runner",
    "builder",
    "nobody",
    "test",
];

/// Shortest name of a user or host that is looked for: a shorter one is a part of ordinary text.
const SHORTEST: usize = 3;

/// The names that tell whose machine this is: of the user and of the host, without the common ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(Vec<String>);

impl Names {
    /// Of these; a host's name counts up to its first dot, too.
    pub(crate) fn of(names: impl IntoIterator<Item = String>) -> Self {
        let mut all: Vec<String> = Vec::new();
        for name in names {
            all.extend(name.split_once('.').map(|(host, _)| host.to_owned()));
            all.push(name);
        }
        all.retain(|name| name.chars().count() >= SHORTEST && !COMMON.contains(&name.to_lowercase().as_str()));
        // The longer first: a host's whole name holds its short one.
        all.sort_by_key(|name| std::cmp::Reverse(name.len()));
        all.dedup();
        Self(all)
    }

    /// With further ones.
    pub(crate) fn and(self, further: impl IntoIterator<Item = String>) -> Self {
        let mut all = self;
        // Whoever names it means it, however short or common.
        all.0.extend(further.into_iter().filter(|name| !name.trim().is_empty()));
        all.0.sort_by_key(|name| std::cmp::Reverse(name.len()));
        all
    }

    /// Of this process's user and of this host.
    pub(crate) fn of_this_machine() -> Self {
        let variables =
            ["USER", "LOGNAME", "USERNAME", "HOSTNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
        let home = std::env::home_dir().and_then(|home| Some(home.file_name()?.to_string_lossy().into_owned()));
        let host = host::name();
        Self::of(variables.chain(home).chain([host]))
    }
}

/// A text without what names a person or a path, and what of it was found; `None` where there is nothing.
pub(crate) fn strip(text: &str, names: &Names) -> Option<(String, Vec<Kind>)> {
    let mut kinds = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut serial = false;
    while let Some(first) = rest.chars().next() {
        let inside = !ends(first);
        let length = rest.find(|c| ends(c) == inside).unwrap_or(rest.len());
        let (token, further) = rest.split_at(length);
        rest = further;
        if !inside {
            out.push_str(token);
            continue;
        }
        let named = token.trim_end_matches(['.', ':', '#']).to_lowercase();
        let instead = if serial && token.chars().any(|c| c.is_ascii_digit()) {
            Some((String::new(), Kind::Serial))
        } else {
            word(token)
        };
        serial = ["serial", "s/n", "serialno", "serialnumber"].contains(&named.as_str())
            || (serial && ["no", "number", "is"].contains(&named.as_str()));
        match instead {
            Some((kept, kind)) => {
                kinds.push(kind);
                out.push_str(mark(kind));
                out.push_str(&kept);
            }
            None => out.push_str(token),
        }
    }
    for name in &names.0 {
        let mut from = 0;
        // What was put in its place is not looked at again: somebody may be called `name`.
        while let Some(at) = whole_word(&out, name, from) {
            out.replace_range(at..at + name.len(), mark(Kind::Name));
            kinds.push(Kind::Name);
            from = at + mark(Kind::Name).len();
        }
    }
    (!kinds.is_empty()).then_some((out, kinds))
}

/// What stands in the place of something.
const fn mark(kind: Kind) -> &'static str {
    match kind {
        Kind::Path => "…/",
        Kind::Mail => "(mail)",
        Kind::HardwareAddress => "(hardware address)",
        Kind::NetworkAddress => "(network address)",
        Kind::Serial => "(serial number)",
        Kind::Name => "(name)",
    }
}

/// Whether a character stands between the words that are looked at.
fn ends(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '"' | '\'' | '`' | '(' | ')' | '<' | '>' | '[' | ']' | '{' | '}' | ',' | ';' | '=' | '|')
}

/// What a word is, and what may stay of it.
fn word(token: &str) -> Option<(String, Kind)> {
    let bare = token.trim_end_matches(['.', ':', '!', '?']);
    let tail = &token[bare.len()..];
    if let Some(kept) = path(bare) {
        return Some((kept + tail, Kind::Path));
    }
    if is_mail(bare) {
        return Some((tail.to_owned(), Kind::Mail));
    }
    if let Some((begin, end)) = hardware_address(bare) {
        // The name of a battery holds the address of its mouse.
        return Some((format!("{}{}", &bare[..begin], &token[end..]), Kind::HardwareAddress));
    }
    private_address(bare).then(|| (tail.to_owned(), Kind::NetworkAddress))
}

/// The name of the file where a word is the path of one; an empty text where it is a folder of a home.
fn path(token: &str) -> Option<String> {
    let token = token.strip_prefix("file://").unwrap_or(token);
    let windows = token.len() > 3
        && token.as_bytes()[0].is_ascii_alphabetic()
        && token.get(1..3).is_some_and(|sign| [":\\", ":/"].contains(&sign));
    let begins = token.starts_with("~/") || windows || token.starts_with("\\\\");
    let system = SYSTEM
        .iter()
        .any(|folder| token.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    let unix = token.starts_with('/') && !system && token[1..].contains(|c: char| c.is_alphanumeric());
    if !begins && !unix {
        // A path behind an option or a colon: `-o:/home/…`, `PATH:/home/…`.
        let homes = ["/home/", "/Users/", "/data/data/", "\\Users\\"];
        return homes.iter().any(|home| token.contains(home)).then(|| last(token));
    }
    // `/s` and `/token` are units, no paths.
    let deep = token.trim_start_matches('/').contains(['/', '\\']);
    (begins || deep || token.starts_with("/home") || token.starts_with("/root")).then(|| last(token))
}

/// What stands behind the last separator, where it looks like a file: it has an ending.
fn last(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let file = name.rsplit_once('.').is_some_and(|(stem, end)| !stem.is_empty() && (1..=8).contains(&end.len()));
    if file { name.to_owned() } else { String::new() }
}

/// Where a name stands, from a place on, with nothing of a word before and behind it.
fn whole_word(text: &str, name: &str, from: usize) -> Option<usize> {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text[from..]
        .match_indices(name)
        .map(|(at, _)| from + at)
        .find(|at| !word(text[..*at].chars().next_back()) && !word(text[at + name.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(text: &str) -> Option<String> {
        strip(text, &Names::of(["anna".to_owned(), "box7.example.org".to_owned()])).map(|(text, _)| text)
    }

    #[test]
    fn what_names_a_person_or_a_path_goes() {
        for (text, expected) in [
            ("model at '/home/anna/models/x.gguf' is gone", "model at '…/x.gguf' is gone"), // forbid: allow (a path that must go)
            ("/Users/Anna/runs: full", "…/: full"), // forbid: allow (a path that must go)
            ("C:\\Users\\Anna\\x.gguf", "…/x.gguf"),
            ("-o ~/out", "-o …/"),
            ("/mnt/disk/anna/m.gguf", "…/m.gguf"),
            ("MODEL=/data/data/com.termux/files/m.gguf,", "MODEL=…/m.gguf,"),
            ("write to anna.b@example.org.", "write to (mail)."),
            ("hid-a4:ae:11:22:33:4F-battery", "(hardware address)hid--battery"),
            ("http://192.168.1.5:8080 is slow", "(network address) is slow"),
            (
                "over ssh://pi@pi5.local/home, fe80::1%eth0 or fd12::7",
                "over (network address), (network address) or (network address)",
            ),
            ("Serial number: ABC123 of it", "Serial number: (serial number) of it"),
            ("anna on box7, box7.example.org", "(name) on (name), (name)"),
        ] {
            assert_eq!(stripped(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_name_that_is_the_mark_itself_ends_too() {
        let odd = Names::default().and(["name".to_owned(), "mail".to_owned()]);
        assert_eq!(strip("mail of name", &odd).unwrap().0, "(name) of (name)");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_looked_through(text in ".{0,60}", odd in "[a-f0-9:/~@.\\\\ äµ=-]{0,60}") {
            let names = Names::of(["anna".to_owned()]);
            for text in [text, odd] {
                if let Some((after, kinds)) = strip(&text, &names) {
                    assert!(after != text && !kinds.is_empty());
                }
            }
        }
    }

    #[test]
    fn what_tells_of_the_system_stays() {
        for text in [
            "an intel-rapl package in /sys/class/powercap does not exist",
            "/.dockerenv exists",
            "15 tokens/s and 3 nats/token, 24/7, and/or",
            "hf:QuantFactory/SmolLM2-135M@ab810cf68114990406fdf996510dd3d3c6adbdf5/x.Q4_1.gguf",
            "SmolLM2@main/smollm2.gguf",
            "llama.cpp (llama-cpp-2 0.1.160, llama-cpp-sys-2 0.1.161)",
            "6.18.44-fc-v669 annas boxes",
            "https://example.org/a/b.html",
            "20261126T073928Z-12297",
            "2026-11-26T07:39:31.475621013Z",
            "p = 0.05 / 20 looks",
        ] {
            assert_eq!(stripped(text), None, "{text}");
        }
        let common = Names::of(["root".to_owned(), "pi".to_owned(), "localhost".to_owned()]);
        assert_eq!(strip("Raspberry pi of root at localhost", &common), None);
    }
}
