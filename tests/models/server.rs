//! A small HTTP server with faults, on a port of this machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the server does with one request; the last of a list holds for all that follow.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Act {
    /// The file, or the range asked for.
    Serve,
    /// The file from its beginning, whatever was asked.
    NoRange,
    /// This many bytes of the answer, then the connection is closed.
    Cut(usize),
    /// As `Cut`, by a server that knows no ranges.
    CutNoRange(usize),
    /// An error.
    Status(u16),
    /// Nothing, for longer than anybody should wait.
    Hang,
}

/// The server; it ends with the test process.
pub(super) struct Server {
    pub(super) endpoint: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) fn start(file: Vec<u8>, etag: &'static str, acts: &[Act]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, acts) = (requests.clone(), acts.to_vec());
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let act = acts[number.min(acts.len() - 1)];
                let (file, log) = (file.clone(), log.clone());
                thread::spawn(move || answer(stream.unwrap(), &file, etag, act, &log));
            }
        });
        Self { endpoint, requests }
    }

    /// The head of each request, in order.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, file: &[u8], etag: &str, act: Act, log: &Mutex<Vec<String>>) {
    let head: Vec<String> = BufReader::new(stream.try_clone().unwrap())
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let head = head.join("\n").to_lowercase();
    log.lock().unwrap().push(head.clone());
    let value = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let ranged = !matches!(act, Act::NoRange | Act::CutNoRange(_))
        && value("if-range:").is_none_or(|wanted| wanted == etag.to_lowercase());
    let from = value("range: bytes=").and_then(|range| range.trim_end_matches('-').parse::<usize>().ok());
    let from = from.filter(|_| ranged);
    match act {
        Act::Hang => thread::sleep(Duration::from_secs(60)),
        Act::Status(status) => {
            let _ = write!(stream, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
        _ => {
            let body = &file[from.unwrap_or(0).min(file.len())..];
            let status = match from {
                Some(from) => format!("206 Partial\r\nContent-Range: bytes {from}-{}/{}", file.len() - 1, file.len()),
                None => "200 OK".to_owned(),
            };
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nETag: {etag}\r\nConnection: close\r\n\r\n"
            );
            let sent = match act {
                Act::Cut(count) | Act::CutNoRange(count) => &body[..count.min(length)],
                _ => body,
            };
            let _ = stream.write_all(sent);
        }
    }
}
