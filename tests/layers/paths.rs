//! The paths that code names: in `use`, groups taken apart, and written out.

use super::source::{Token, behind};

/// A path, in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) parts: Vec<String>,
    /// What it is called from here on; `*` for all that is in it.
    pub(super) alias: String,
    pub(super) line: usize,
    pub(super) kind: Kind,
}

/// Where a path stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Use,
    PubUse,
    Written,
}

/// Every path that the code names.
pub(super) fn paths(code: &[Token]) -> Vec<Named> {
    let word = |at: usize| code.get(at).map_or("", |token: &Token| token.text.as_str());
    let mut found = Vec::new();
    let mut public = false;
    let mut at = 0;
    while at < code.len() {
        let line = code[at].line;
        match word(at) {
            "pub" => {
                public = true;
                at = if word(at + 1) == "(" { behind(code, at + 1) } else { at + 1 };
                continue;
            }
            // `impl Trait + use<'a>` is none.
            "use" if word(at + 1) != "<" => {
                let end = (at..code.len()).find(|end| word(*end) == ";").unwrap_or(code.len());
                let kind = if public { Kind::PubUse } else { Kind::Use };
                tree(&code[at + 1..end], &[], kind, &mut found);
                at = end;
            }
            name if is_name(name) && word(at + 1) == "::" => {
                let mut parts = vec![name.to_owned()];
                let mut end = at + 1;
                while word(end) == "::" && is_name(word(end + 1)) {
                    parts.push(word(end + 1).to_owned());
                    end += 2;
                }
                let before = at.checked_sub(1).map_or("", word);
                if parts.len() > 1 && before != "::" && before != "." {
                    found.push(Named { alias: String::new(), parts, line, kind: Kind::Written });
                }
                at = end;
                public = false;
                continue;
            }
            _ => {}
        }
        public = false;
        at += 1;
    }
    found
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The paths of one tree of a `use`.
fn tree(code: &[Token], head: &[String], kind: Kind, found: &mut Vec<Named>) {
    let mut parts = head.to_vec();
    let mut at = 0;
    while at < code.len() {
        match code[at].text.as_str() {
            "{" => {
                let end = behind(code, at) - 1;
                let mut begin = at + 1;
                let mut here = begin;
                while here < end {
                    match code[here].text.as_str() {
                        "{" => here = behind(code, here),
                        "," => {
                            tree(&code[begin..here], &parts, kind, found);
                            here += 1;
                            begin = here;
                        }
                        _ => here += 1,
                    }
                }
                return tree(&code[begin..end], &parts, kind, found);
            }
            "::" => at += 1,
            "as" => break,
            word => {
                parts.push(word.to_owned());
                at += 1;
            }
        }
    }
    let Some(first) = code.first() else { return };
    if parts.len() > 1 && parts.last().is_some_and(|last| last == "self") {
        parts.pop();
    }
    let alias = code.get(at + 1).map_or_else(|| parts[parts.len() - 1].clone(), |token| token.text.clone());
    found.push(Named { parts, alias, line: first.line, kind });
}

#[test]
fn paths_are_read_out_of_groups_and_code() {
    let code = super::source::tokens(
        "use crate::{a, b::{self, c::D as E}, f::*,};\npub(crate) use super::g;\nfn h() { x.i::<u8>(); j::k::L::new(); 0..m::N }",
    );
    let told: Vec<(String, String)> =
        paths(&code).into_iter().map(|named| (named.parts.join("::"), named.alias)).collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(path, alias)| (path.as_str(), alias.as_str())).collect();
    assert_eq!(
        told,
        [
            ("crate::a", "a"),
            ("crate::b", "b"),
            ("crate::b::c::D", "E"),
            ("crate::f::*", "*"),
            ("super::g", "g"),
            ("j::k::L::new", ""),
            ("m::N", ""),
        ]
    );
}
