//! Rust text as words: comments gone, strings and characters blanked, tests apart.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// One word or sign of the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
}

/// A file of `src/`.
#[derive(Debug)]
pub(super) struct Source {
    /// Its path below `src/`.
    pub(super) path: String,
    /// Lines of it.
    pub(super) lines: usize,
    /// The code without its test modules.
    pub(super) code: Vec<Token>,
    /// The insides of its test modules.
    pub(super) tests: Vec<Token>,
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let (code, tests) = apart(&tokens(text));
        Self { path: path.to_owned(), lines: text.lines().count(), code, tests }
    }

    /// The module of the crate that the file belongs to.
    pub(super) fn top(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// Lines on which these words and signs follow each other outside tests.
    pub(super) fn places(&self, wanted: &[&str]) -> Vec<usize> {
        let found = self.code.windows(wanted.len()).filter(|at| at.iter().map(|t| &t.text).eq(wanted.iter()));
        found.map(|at| at[0].line).collect()
    }

    pub(super) fn says(&self, wanted: &[&str]) -> bool {
        !self.places(wanted).is_empty()
    }
}

/// Every file of this crate, read once.
pub(super) fn crate_sources() -> &'static [Source] {
    static READ: OnceLock<Vec<Source>> = OnceLock::new();
    READ.get_or_init(read)
}

fn read() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let below = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push(Source::new(&below, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 100, "src/ was not read");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Cuts text into words and signs; `::` and `..` are one sign each.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let text: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < text.len() {
        let rest = &text[at..];
        let starts = |with: &str| rest.iter().take(with.len()).copied().eq(with.chars());
        let (length, kept) = if starts("//") {
            (rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()), None)
        } else if starts("/*") {
            (comment(rest), None)
        } else if let Some(length) = raw_string(rest).or_else(|| string(rest)) {
            (length, Some("\"\"".to_owned()))
        } else if rest[0] == '\'' {
            match character(rest) {
                Some(length) => (length, Some("' '".to_owned())),
                None => (1, Some("'".to_owned())),
            }
        } else if is_word(rest[0]) {
            let length = rest.iter().position(|c| !is_word(*c)).unwrap_or(rest.len());
            (length, Some(rest[..length].iter().collect()))
        } else if starts("::") || starts("..") {
            (2, Some(rest[..2].iter().collect()))
        } else {
            (1, (!rest[0].is_whitespace()).then(|| rest[0].to_string()))
        };
        found.extend(kept.map(|text| Token { text, line }));
        line += rest[..length].iter().filter(|c| **c == '\n').count();
        at += length;
    }
    found
}

fn comment(text: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match text[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn raw_string(text: &[char]) -> Option<usize> {
    let begin = usize::from(text[0] == 'b');
    if text.get(begin) != Some(&'r') {
        return None;
    }
    let hashes = text[begin + 1..].iter().take_while(|c| **c == '#').count();
    let open = begin + 1 + hashes;
    if text.get(open) != Some(&'"') {
        return None;
    }
    let end =
        |at: &usize| text[*at] == '"' && text[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    Some((open + 1..text.len()).find(end).map_or(text.len(), |at| at + 1 + hashes))
}

fn string(text: &[char]) -> Option<usize> {
    let mut at = match text {
        ['"', ..] => 1,
        ['b', '"', ..] => 2,
        _ => return None,
    };
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    Some((at + 1).min(text.len()))
}

/// A character, not a lifetime.
fn character(text: &[char]) -> Option<usize> {
    match text {
        ['\'', '\\', _, rest @ ..] => Some(3 + rest.iter().position(|c| *c == '\'')? + 1),
        ['\'', _, '\'', ..] => Some(3),
        _ => None,
    }
}

/// The place behind the bracket that closes the one at `open`.
pub(super) fn behind(code: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in code.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// The code and the insides of its `#[cfg(test)] mod … { … }`.
fn apart(all: &[Token]) -> (Vec<Token>, Vec<Token>) {
    let (mut code, mut tests) = (Vec::new(), Vec::new());
    let word = |at: usize| all.get(at).map_or("", |token| token.text.as_str());
    let mut at = 0;
    while at < all.len() {
        let cfg = ["#", "[", "cfg", "("].iter().enumerate().all(|(i, sign)| word(at + i) == *sign);
        if cfg && (word(at + 4) == "test" || (word(at + 4), word(at + 6)) == ("all", "test")) {
            let mut next = behind(all, at + 1);
            if word(next) == "pub" {
                next = if word(next + 1) == "(" { behind(all, next + 1) } else { next + 1 };
            }
            if word(next) == "mod" && word(next + 2) == "{" {
                let end = behind(all, next + 2);
                tests.extend_from_slice(&all[next + 3..end - 1]);
                at = end;
                continue;
            }
        }
        code.push(all[at].clone());
        at += 1;
    }
    (code, tests)
}

#[test]
fn comments_strings_and_tests_are_no_code() {
    let text = "// a::b\n/* /* c */ d */ fn f<'a>() { \"e \\\" f\"; r#\"g\" h\"#; b\"i\"; 'j'; '\\''; '\\u{41}'; k::l }\n\
                #[cfg(all(test, unix))]\nmod tests { use m::n; }\nfn o() {}";
    let source = Source::new("x/y.rs", text);
    let words: Vec<&str> = source.code.iter().map(|token| token.text.as_str()).filter(|t| is_word_first(t)).collect();
    assert_eq!(words, ["fn", "f", "a", "k", "l", "fn", "o"]);
    assert_eq!(source.places(&["fn", "o"]), [5]);
    assert!(source.says(&["k", "::", "l"]) && !source.says(&["m", "::", "n"]));
    assert_eq!(source.tests[0], Token { text: "use".to_owned(), line: 4 });
    assert_eq!(source.top(), "x");
}

#[cfg(test)]
fn is_word_first(text: &str) -> bool {
    text.starts_with(is_word)
}
