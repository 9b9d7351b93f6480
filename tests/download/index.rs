//! A package index on a port of this machine: pages that link to wheels, and ranges of these.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use densimeter::eval::download::Hosts;

/// How wheels are served.
#[derive(Clone, Copy)]
pub(super) enum Manner {
    Ranges,
    /// Ranges that are counted from the beginning.
    NoSuffix,
    /// All of the file, whatever was asked.
    NoRanges,
    /// No more than so many bytes of an answer, then the connection is closed.
    Cut(usize),
}

/// The index; it ends with the test process.
pub(super) struct Index {
    pub(super) hosts: Hosts,
    asked: Arc<Mutex<Vec<String>>>,
    sent: Arc<Mutex<usize>>,
}

impl Index {
    /// Serves these wheels, by the names of their files, and other files by their paths.
    pub(super) fn start(wheels: &[(&str, Vec<u8>)], others: &[(&str, Vec<u8>)], manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hosts = super::hosts(&format!("http://{}", listener.local_addr().unwrap()));
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (name, bytes) in wheels {
            let package = name.split('-').next().unwrap().replace('_', "-");
            // Other versions, a source package, and a link that is relative to the page.
            let page = format!(
                "<html><a href=\"../../files/{0}-0.0.1-py3-none-any.whl\">old</a><a href='/files/{0}-1.tar.gz'>s</a>\n<a href=\"../../files/{name}#sha256=00\" data-requires-python=\"&gt;=3\">w</a></html>",
                name.split('-').next().unwrap()
            );
            files.insert(format!("/simple/{package}/"), page.into_bytes());
            files.insert(format!("/files/{name}"), bytes.clone());
        }
        files.extend(others.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.clone())));
        let index = Self { hosts, asked: Arc::default(), sent: Arc::default() };
        let (asked, sent) = (index.asked.clone(), index.sent.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &files, manner, &asked, &sent);
            }
        });
        index
    }

    /// Path and range of each request.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Bytes of all bodies.
    pub(super) fn sent(&self) -> usize {
        *self.sent.lock().unwrap()
    }
}

fn answer(
    mut stream: TcpStream,
    files: &BTreeMap<String, Vec<u8>>,
    manner: Manner,
    asked: &Mutex<Vec<String>>,
    sent: &Mutex<usize>,
) {
    let head: Vec<String> = BufReader::new(stream.try_clone().unwrap())
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let Some(path) = head.first().and_then(|line| line.split(' ').nth(1)) else { return };
    let range = head.iter().find_map(|line| line.to_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
    asked.lock().unwrap().push(format!("{path} {}", range.clone().unwrap_or_default()));
    let Some(file) = files.get(path) else {
        let _ = stream.write_all(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
    };
    let ends = range.filter(|_| !matches!(manner, Manner::NoRanges)).map(|range| {
        let (first, last) = range.split_once('-').unwrap();
        match (first.parse::<usize>(), last.parse::<usize>()) {
            (Ok(first), Ok(last)) => (first, (last + 1).min(file.len())),
            (Ok(first), Err(_)) => (first, file.len()),
            (Err(_), last) => (file.len().saturating_sub(last.unwrap()), file.len()),
        }
    });
    if ends.is_some_and(|(first, end)| first >= end) {
        let _ = stream.write_all(b"HTTP/1.1 416 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
    }
    if matches!(manner, Manner::NoSuffix) && asked.lock().unwrap().last().is_some_and(|line| line.contains(" -")) {
        let _ = stream.write_all(b"HTTP/1.1 501 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
    }
    let (first, end) = ends.unwrap_or((0, file.len()));
    let status = match ends {
        Some(_) => format!("206 Partial\r\nContent-Range: bytes {first}-{}/{}", end - 1, file.len()),
        None => "200 OK".to_owned(),
    };
    let body = &file[first..end];
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let body = match manner {
        Manner::Cut(most) if path.ends_with(".whl") => &body[..body.len().min(most)],
        _ => body,
    };
    *sent.lock().unwrap() += body.len();
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body);
}
