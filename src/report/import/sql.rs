//! `-o sql`, and a dump of a table that it filled: `CREATE TABLE` and `INSERT` with literals, nothing else of SQL.

use serde_json::Value;

use super::fields::{Record, short};

/// The rows that the text inserts.
pub(super) fn records(text: &str) -> Result<Vec<Record>, String> {
    let mut reader = Reader { text, at: 0 };
    let mut columns: Vec<String> = Vec::new();
    let mut records = Vec::new();
    while let Some(word) = reader.word() {
        match word.to_ascii_uppercase().as_str() {
            "CREATE" => {
                if let Some(found) = reader.table()? {
                    columns = found;
                }
            }
            "INSERT" => reader.insert(&columns, &mut records)?,
            _ => reader.statement(),
        }
    }
    Ok(records)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            match trimmed.strip_prefix("--") {
                Some(comment) => self.at += 2 + comment.find('\n').unwrap_or(comment.len()),
                None => return,
            }
        }
    }

    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        self.space();
        self.rest().chars().next()
    }

    fn take(&mut self, wanted: char) -> Result<(), String> {
        match self.peek() {
            Some(found) if found == wanted => {
                self.at += found.len_utf8();
                Ok(())
            }
            _ => Err(format!("SQL: `{wanted}` expected at `{}`", short(self.rest()))),
        }
    }

    /// A name or keyword; `None` at the end. A sign that begins none is passed over.
    fn word(&mut self) -> Option<String> {
        loop {
            let first = self.peek()?;
            if first == '"' || first == '`' {
                self.at += 1;
                let end = self.rest().find(first).unwrap_or(self.rest().len());
                let word = self.rest()[..end].to_owned();
                self.at = (self.at + end + 1).min(self.text.len());
                return Some(word);
            }
            let rest = self.rest();
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            if end > 0 {
                self.at += end;
                return Some(rest[..end].to_owned());
            }
            self.at += first.len_utf8();
        }
    }

    /// Passes the rest of a statement; a semicolon inside a literal does not end it.
    fn statement(&mut self) {
        while let Some(sign) = self.peek() {
            if sign == '\'' {
                if self.literal().is_err() {
                    self.at = self.text.len();
                }
            } else {
                self.at += sign.len_utf8();
                if sign == ';' {
                    return;
                }
            }
        }
    }

    /// The columns of the table that llama-bench makes; `None` for another.
    fn table(&mut self) -> Result<Option<Vec<String>>, String> {
        let mut named = false;
        while self.peek().is_some_and(|sign| sign != '(' && sign != ';') {
            named |= self.word().is_some_and(|word| word == "llama_bench");
        }
        if !named || self.peek() != Some('(') {
            self.statement();
            return Ok(None);
        }
        self.take('(')?;
        let mut columns = Vec::new();
        while self.peek().is_some_and(|sign| sign != ')') {
            columns.extend(self.word());
            while self.peek().is_some_and(|sign| sign != ',' && sign != ')') {
                self.word();
            }
            if self.peek() == Some(',') {
                self.take(',')?;
            }
        }
        self.take(')')?;
        Ok(Some(columns))
    }

    fn insert(&mut self, table: &[String], records: &mut Vec<Record>) -> Result<(), String> {
        let into = self.word().is_some_and(|word| word.eq_ignore_ascii_case("INTO"));
        let name = self.word();
        if !into || name.as_deref() != Some("llama_bench") {
            self.statement();
            return Ok(());
        }
        let mut columns = table.to_vec();
        if self.peek() == Some('(') {
            columns.clear();
            self.take('(')?;
            while self.peek().is_some_and(|sign| sign != ')') {
                columns.extend(self.word());
                if self.peek() == Some(',') {
                    self.take(',')?;
                }
            }
            self.take(')')?;
        }
        if !self.word().is_some_and(|word| word.eq_ignore_ascii_case("VALUES")) {
            return Err("SQL: an INSERT without VALUES".to_owned());
        }
        loop {
            self.take('(')?;
            let mut cells = Vec::new();
            loop {
                cells.push(self.literal()?);
                if self.peek() != Some(',') {
                    break;
                }
                self.take(',')?;
            }
            self.take(')')?;
            if cells.len() != columns.len() {
                return Err(format!("SQL: {} values for {} columns", cells.len(), columns.len()));
            }
            records.push(columns.iter().cloned().zip(cells).collect());
            if self.peek() != Some(',') {
                break;
            }
            self.take(',')?;
        }
        self.statement();
        Ok(())
    }

    /// A text in quotes (doubled inside), a number, or NULL.
    fn literal(&mut self) -> Result<Value, String> {
        if self.peek() != Some('\'') {
            let rest = self.rest();
            let end = rest.find(|c: char| matches!(c, ',' | ')' | ';') || c.is_whitespace()).unwrap_or(rest.len());
            self.at += end;
            let word = &rest[..end];
            return match word.parse::<f64>() {
                _ if word.eq_ignore_ascii_case("NULL") => Ok(Value::Null),
                Ok(_) => Ok(Value::String(word.to_owned())),
                Err(_) => Err(format!("SQL: `{}` is no literal", short(word))),
            };
        }
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = rest.find('\'') else { return Err("SQL: a text without its end".to_owned()) };
            text += &rest[..end];
            self.at += end + 1;
            if !self.rest().starts_with('\'') {
                return Ok(Value::String(text));
            }
            text.push('\'');
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_llama_bench_and_a_dump_write_is_read() {
        let text = "BEGIN; -- a comment; with a semicolon\nCREATE TABLE IF NOT EXISTS llama_bench (\n a TEXT,\n b INTEGER\n);\n\
                    CREATE TABLE other (x TEXT DEFAULT ';');\n\
                    INSERT INTO llama_bench (b, a) VALUES ('1', 'it''s; (x)');\n\
                    INSERT INTO other VALUES ('no');\n\
                    INSERT INTO \"llama_bench\" VALUES('q',2),('r',NULL);\nCOMMIT;";
        let found = records(text).unwrap();
        let cell = |row: usize, name: &str| found[row][name].clone();
        assert_eq!(found.len(), 3);
        assert_eq!((cell(0, "a"), cell(0, "b")), ("it's; (x)".into(), "1".into()));
        assert_eq!((cell(1, "a"), cell(1, "b")), ("q".into(), "2".into()));
        assert_eq!(cell(2, "b"), Value::Null);
    }

    #[test]
    fn broken_sql_is_an_error_and_never_a_loop() {
        for text in [
            "INSERT INTO llama_bench (a) VALUES ('x",
            "INSERT INTO llama_bench (a) VALUES ('x', 'y');",
            "INSERT INTO llama_bench (a) VALUES (f(1));",
            "INSERT INTO llama_bench (a VALUES ('x');",
            "INSERT INTO llama_bench (a) SELECT 1;",
        ] {
            assert!(records(text).is_err(), "{text}");
        }
        assert!(records("CREATE TABLE llama_bench (").is_err());
        assert!(records("'unended").unwrap().is_empty());
    }
}
