//! A prompt with the names of fields in braces.

/// A piece of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(String),
}

/// A prompt with holes: `{question}` stands for the field of that name, `{{` and `}}` for braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

impl Template {
    /// Reads a prompt.
    ///
    /// # Errors
    /// A brace that stands alone, or one around nothing.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut signs = text.chars().peekable();
        while let Some(sign) = signs.next() {
            match sign {
                '{' | '}' if signs.peek() == Some(&sign) => {
                    signs.next();
                    plain.push(sign);
                }
                '{' => {
                    let mut name = String::new();
                    loop {
                        match signs.next() {
                            Some('}') => break,
                            Some('{') | None => return Err("a { without its }; write {{ for a brace".to_owned()),
                            Some(sign) => name.push(sign),
                        }
                    }
                    if name.trim().is_empty() {
                        return Err("{} names no field; write {{}} for braces".to_owned());
                    }
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    pieces.push(Piece::Field(name.trim().to_owned()));
                }
                '}' => return Err("a } without its {; write }} for a brace".to_owned()),
                sign => plain.push(sign),
            }
        }
        pieces.push(Piece::Text(plain));
        pieces.retain(|piece| *piece != Piece::Text(String::new()));
        Ok(Self(pieces))
    }

    /// Fills the holes.
    ///
    /// # Errors
    /// The name of a field that is not there.
    pub(super) fn fill(&self, field: impl Fn(&str) -> Option<String>) -> Result<String, String> {
        let fill = |piece: &Piece| match piece {
            Piece::Text(text) => Ok(text.clone()),
            Piece::Field(name) => field(name).ok_or_else(|| name.clone()),
        };
        self.0.iter().map(fill).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_and_doubled_braces_stay() {
        let template = Template::parse("{{\"q\": {q}}} { q }?").unwrap();
        assert_eq!(template.fill(|name| (name == "q").then(|| "1".to_owned())).unwrap(), "{\"q\": 1} 1?");
        assert_eq!(template.fill(|_| None), Err("q".to_owned()));
    }

    #[test]
    fn a_lone_brace_is_a_mistake() {
        for text in ["{q", "q}", "{}", "{a{b}}"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}
