//! Addresses in a text: of mail, of hardware, within a network.

/// Whether a word is an address of mail.
pub(super) fn is_mail(token: &str) -> bool {
    let Some((name, host)) = token.rsplit_once('@') else { return false };
    let Some((domain, top)) = host.rsplit_once('.') else { return false };
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "._-+".contains(c));
    plain(name) && plain(domain) && top.len() >= 2 && top.chars().all(|c| c.is_ascii_alphabetic())
}

/// Where six pairs of hexadecimal digits stand with one separator between them.
pub(super) fn hardware_address(token: &str) -> Option<(usize, usize)> {
    const LENGTH: usize = 17;
    let bytes = token.as_bytes();
    (0..bytes.len().saturating_sub(LENGTH - 1)).find_map(|at| {
        let window = &bytes[at..at + LENGTH];
        let separator = window[2];
        let free = |place: Option<&u8>| place.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let fits = window.iter().enumerate().all(|(place, byte)| match place % 3 {
            2 => *byte == separator,
            _ => byte.is_ascii_hexdigit(),
        });
        let alone = free(at.checked_sub(1).and_then(|before| bytes.get(before))) && free(bytes.get(at + LENGTH));
        (fits && [b':', b'-', b'_'].contains(&separator) && alone).then_some((at, at + LENGTH))
    })
}

/// Whether a word is an address within somebody's network, or one that only they can reach.
pub(super) fn private_address(token: &str) -> bool {
    let (scheme, host) = token.split_once("://").map_or((None, token), |(scheme, rest)| (Some(scheme), rest));
    // A user at a host that a shell or a copy goes to.
    if scheme.is_some_and(|scheme| ["ssh", "sftp", "scp", "adb"].contains(&scheme)) || host.ends_with(".local") {
        return true;
    }
    if let Ok(address) = host.split(['/', '%']).next().unwrap_or_default().parse::<std::net::Ipv6Addr>() {
        return address.is_unicast_link_local() || address.is_unique_local();
    }
    let host = host.split(['/', ':']).next().unwrap_or_default();
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_private() || address.is_link_local())
}
