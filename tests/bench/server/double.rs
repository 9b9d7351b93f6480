//! A server of known pace, and one for each way in which a server can be wrong.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Milliseconds to the first token, and to each that follows.
pub(super) const FIRST_MS: u64 = 30;
pub(super) const TOKEN_MS: u64 = 6;

/// What it does with a request for a completion.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Act {
    Good,
    /// Knows `/chat/completions` alone, and refuses words that it does not know.
    StrictChat,
    /// Refuses the key, and repeats it.
    Unauthorized,
    Status(u16, &'static str),
    Redirect(String),
    Html,
    Document,
    CloseBeforeHead,
    HeadWithoutEnd,
    /// Sends so many bytes in one line, or in many.
    Gigabyte {
        lines: bool,
    },
    GzipBomb,
    Stall,
    Trickle,
    Cut,
    NotJson,
    NotUtf8,
    WrongTypes,
    ErrorInStream,
    Repeat,
    Empty,
    /// Several tokens in a piece.
    Several(usize),
    /// Counts so many times the tokens that it sent.
    Lies(u64),
    Uncounted,
    /// Ends after so many tokens.
    Early(u64),
    /// All tokens at once, at the end.
    Burst,
    /// Took the whole prompt from a cache.
    Cached,
}

/// What it saw.
#[derive(Default)]
pub(super) struct Seen {
    /// Path, key and body of every request.
    pub(super) requests: Mutex<Vec<(String, Option<String>, Value)>>,
    now: AtomicUsize,
    /// Most requests at once.
    pub(super) at_once: AtomicUsize,
    /// Bytes of bodies that the client took.
    pub(super) bytes: AtomicU64,
}

pub(super) struct Double {
    pub(super) url: String,
    pub(super) seen: Arc<Seen>,
}

impl Double {
    /// Good for so many requests, then as it is told.
    pub(super) fn start(good: usize, act: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let seen = Arc::new(Seen::default());
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for (place, stream) in listener.incoming().flatten().enumerate() {
                let (seen, act) = (Arc::clone(&shared), if place < good { Act::Good } else { act.clone() });
                thread::spawn(move || {
                    seen.at_once.fetch_max(seen.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    // A client that went away is no fault of the double.
                    let _ = answer(stream, &act, &seen);
                    seen.now.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { url, seen }
    }

    pub(super) fn prompts(&self) -> Vec<String> {
        let requests = self.seen.requests.lock().unwrap();
        requests.iter().filter_map(|(_, _, body)| Some(body["prompt"].as_str()?.to_owned())).collect()
    }
}

const EVENTS: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n";

fn answer(mut stream: TcpStream, act: &Act, seen: &Seen) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (path, key, body) = request(&stream)?;
    seen.requests.lock().unwrap().push((path.clone(), key.clone(), body.clone()));
    let event = |text: &str| format!("data: {{\"choices\":[{{\"text\":{text}}}]}}\n\n");
    let status = |status: u16, said: &str| {
        let length = said.len();
        format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{said}")
    };
    match act {
        Act::StrictChat if path.ends_with("/v1/completions") => stream.write_all(status(404, "{}").as_bytes()),
        Act::StrictChat if body.get("cache_prompt").is_some() => {
            stream.write_all(status(400, "{\"error\":{\"message\":\"unknown argument\"}}").as_bytes())
        }
        Act::Unauthorized => {
            let said = format!("{{\"error\":{{\"message\":\"no such key: {}\\u001b[2J\"}}}}", key.unwrap_or_default());
            stream.write_all(status(401, &said).as_bytes())
        }
        Act::Status(code, said) => stream.write_all(status(*code, said).as_bytes()),
        Act::Redirect(to) => {
            write!(stream, "HTTP/1.1 307 X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
        }
        Act::Html => {
            let page = "<html><body>Welcome</body></html>";
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}", page.len())
        }
        Act::Document => stream.write_all(status(200, "{\"choices\":[{\"text\":\"a\"}]}").as_bytes()),
        Act::CloseBeforeHead => Ok(()),
        Act::HeadWithoutEnd => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
            forever(&mut stream, seen, b"X-More: and more and more and more\r\n")
        }
        Act::Gigabyte { lines } => {
            write!(stream, "{EVENTS}Content-Length: 1000000000\r\n\r\n")?;
            let mut piece = vec![b'x'; 1 << 16];
            if *lines {
                piece.chunks_mut(64).for_each(|line| line.copy_from_slice(format!(":{}\n", " ".repeat(62)).as_bytes()));
            }
            forever(&mut stream, seen, &piece)
        }
        Act::GzipBomb => {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            packed.write_all(&vec![b' '; 1 << 20])?;
            // Members one after another are one file: 256 MiB of a quarter of a megabyte.
            let packed = packed.finish()?.repeat(256);
            write!(stream, "{EVENTS}Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.len())?;
            stream.write_all(&packed)
        }
        Act::Stall => {
            write!(stream, "{EVENTS}\r\n{}", event("\"a\""))?;
            thread::sleep(Duration::from_secs(30));
            Ok(())
        }
        Act::Trickle => {
            write!(stream, "{EVENTS}\r\n")?;
            for byte in event("\"a\"").repeat(3).bytes() {
                stream.write_all(&[byte])?;
                thread::sleep(Duration::from_millis(500));
            }
            Ok(())
        }
        Act::Cut => write!(stream, "{EVENTS}\r\n{}data: {{\"cho", event("\"a\"")),
        Act::NotJson => write!(stream, "{EVENTS}\r\ndata: {{oops}}\n\n"),
        Act::NotUtf8 => {
            write!(stream, "{EVENTS}\r\n")?;
            stream.write_all(b"data: \xff\xfe\n\n")
        }
        Act::WrongTypes => write!(stream, "{EVENTS}\r\ndata: {{\"choices\":{{\"text\":1}}}}\n\n"),
        Act::ErrorInStream => {
            write!(stream, "{EVENTS}\r\n{}data: {{\"error\":{{\"message\":\"out of slots\"}}}}\n\n", event("\"a\""))
        }
        Act::Repeat => {
            write!(stream, "{EVENTS}\r\n")?;
            forever(&mut stream, seen, event("\"again\"").as_bytes())
        }
        _ => tokens(&mut stream, act, &body),
    }
}

/// Writes for as long as it is taken.
fn forever(stream: &mut TcpStream, seen: &Seen, piece: &[u8]) -> std::io::Result<()> {
    while seen.bytes.load(Ordering::SeqCst) < 1_000_000_000 {
        stream.write_all(piece)?;
        seen.bytes.fetch_add(piece.len() as u64, Ordering::SeqCst);
    }
    Ok(())
}

/// Tokens at the known pace, then the counts and the clock.
#[expect(clippy::disallowed_methods, reason = "a server has a clock of its own")]
fn tokens(stream: &mut TcpStream, act: &Act, body: &Value) -> std::io::Result<()> {
    let begun = Instant::now();
    let asked = body["max_tokens"].as_u64().unwrap_or(1);
    let text = body["prompt"].as_str().or_else(|| body["messages"][0]["content"].as_str()).unwrap_or_default();
    let prompt = text.split(' ').count() as u64 + 1;
    let count = if let Act::Early(most) = act { asked.min(*most) } else { asked };
    let choice = |text: &str, finish: Option<&str>| match body.get("messages") {
        Some(_) => json!({"choices": [{"delta": {"content": text}, "finish_reason": finish}]}),
        None => json!({"choices": [{"text": text, "finish_reason": finish}], "system_fingerprint": "b1-double"}),
    };
    write!(stream, "{EVENTS}\r\n")?;
    thread::sleep(Duration::from_millis(FIRST_MS));
    let prompt_ms = begun.elapsed().as_secs_f64() * 1e3;
    let mut kept = String::new();
    for token in 0..count {
        if token > 0 {
            thread::sleep(Duration::from_millis(TOKEN_MS));
        }
        let text = if *act == Act::Empty { "" } else { "a " };
        let piece = format!("data: {}\n\n", choice(text, None));
        match act {
            Act::Several(together) if !(token as usize + 1).is_multiple_of(*together) => {}
            Act::Burst => kept += &piece,
            _ => stream.write_all(piece.as_bytes())?,
        }
    }
    let predicted_ms = begun.elapsed().as_secs_f64() * 1e3 - prompt_ms;
    let told = if let Act::Lies(times) = act { count * times } else { count };
    let cached = if *act == Act::Cached { prompt } else { 0 };
    let mut end = choice("", Some("length"));
    end["timings"] = json!({"cache_n": cached, "prompt_n": prompt, "prompt_ms": prompt_ms, "predicted_n": count,
        "predicted_ms": predicted_ms, "predicted_per_second": (count - 1) as f64 / predicted_ms * 1e3});
    if *act != Act::Uncounted {
        end["usage"] = json!({"prompt_tokens": prompt, "completion_tokens": told});
    }
    write!(stream, "{kept}data: {end}\n\ndata: [DONE]\n\n")
}

/// Path, key and body of a request.
fn request(stream: &TcpStream) -> std::io::Result<(String, Option<String>, Value)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut key, mut length) = (None, 0);
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" => key = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((path, key, serde_json::from_slice(&body).unwrap_or_default()))
}
