//! Fetching from a server with faults.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime};

use densimeter::model::cache::Cache;
use densimeter::model::catalog::CatalogFile;
use densimeter::model::fetch::{self, Options, Progress};
use densimeter::unit::Bytes;
use tempfile::TempDir;

use super::server::{Act, Server};
use super::writer::small;

/// A model of a megabyte.
fn model() -> Vec<u8> {
    small().tensor("x", &[1 << 18], 0, 1 << 20).finish()
}

/// SHA-256 by the system's own tool, not by the code under test.
fn sha256(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, bytes).unwrap();
    let output = Command::new("sha256sum").arg(&path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

struct Bench {
    folder: TempDir,
    file: CatalogFile,
    warnings: Vec<String>,
    options: Options,
}

impl Bench {
    fn new(server: &Server, sha256: Option<String>, bytes: Option<u64>) -> Self {
        let source = "hf:o/r@main/m.gguf".parse().map(densimeter::model::source::Source::Hub).unwrap();
        Self {
            folder: tempfile::tempdir().unwrap(),
            file: CatalogFile {
                fetched: false,
                name: "m.gguf".to_owned(),
                quantisation: "Q4_0".to_owned(),
                bytes: bytes.map(Bytes::from_bytes),
                sha256,
                sources: vec![source],
            },
            warnings: Vec::new(),
            options: Options {
                offline: false,
                verify: false,
                endpoint: server.endpoint.clone(),
                token: Some("secret".to_owned()),
            },
        }
    }

    fn pinned(server: &Server) -> Self {
        Self::new(server, Some(sha256(&model())), Some(model().len() as u64))
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("models/m/m.gguf")
    }

    fn fetch(&mut self) -> Result<String, String> {
        let cache = Cache::in_folder(self.folder.path());
        let target = self.target();
        let warnings = &mut self.warnings;
        let mut hear = |event: Progress<'_>| {
            if let Progress::Warning(text) = event {
                warnings.push(text.to_owned());
            }
        };
        fetch::fetch(&self.file, &target, &cache, &self.options, &mut hear)
            .map(|record| record.sha256)
            .map_err(|error| error.to_string())
    }

    /// Files beside the final one, without locks.
    fn left(&self) -> Vec<String> {
        let names = fs::read_dir(self.target().parent().unwrap()).unwrap();
        let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| !name.ends_with(".lock"));
        names.sort();
        names
    }
}

#[test]
fn a_file_comes_whole_with_the_token_and_then_from_the_cache() {
    let server = Server::start(model(), "\"a\"", &[Act::Serve]);
    let mut bench = Bench::pinned(&server);
    assert_eq!(bench.fetch().unwrap(), sha256(&model()));
    assert_eq!(fs::read(bench.target()).unwrap(), model());
    assert_eq!(bench.left(), ["m.gguf"]);
    let requests = server.requests();
    assert!(requests[0].starts_with("get /o/r/resolve/main/m.gguf "), "{}", requests[0]);
    assert!(requests[0].contains("authorization: bearer secret"));
    bench.options.offline = true;
    bench.fetch().unwrap();
    assert_eq!(server.requests().len(), 1);
    assert!(bench.warnings.is_empty());
}

#[test]
fn a_cut_connection_is_resumed_where_it_stopped() {
    let server = Server::start(model(), "\"a\"", &[Act::Cut(300_000), Act::Cut(200_000), Act::Serve]);
    let mut bench = Bench::pinned(&server);
    bench.fetch().unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests[1].contains("range: bytes=300000-") && requests[1].contains("if-range: \"a\""), "{}", requests[1]);
    assert!(requests[2].contains("range: bytes=500000-"), "{}", requests[2]);
    assert_eq!(fs::read(bench.target()).unwrap(), model());
}

#[test]
fn a_later_run_resumes_too() {
    let server =
        Server::start(model(), "\"a\"", &[Act::Cut(300_000), Act::Cut(0), Act::Cut(0), Act::Cut(0), Act::Serve]);
    let mut bench = Bench::pinned(&server);
    let error = bench.fetch().unwrap_err();
    assert!(error.contains("connection lost after 300000 bytes") && error.contains("resume"), "{error}");
    assert_eq!(bench.left(), ["m.gguf.part", "m.gguf.part.etag"]);
    bench.fetch().unwrap();
    assert!(server.requests().last().unwrap().contains("range: bytes=300000-"));
    assert_eq!(bench.left(), ["m.gguf"]);
}

#[test]
fn a_server_without_ranges_is_taken_from_the_beginning() {
    let server = Server::start(model(), "\"a\"", &[Act::CutNoRange(300_000), Act::NoRange]);
    let mut bench = Bench::pinned(&server);
    bench.fetch().unwrap();
    assert_eq!(fs::read(bench.target()).unwrap(), model());
}

#[test]
fn a_wrong_hash_leaves_nothing() {
    let mut other = model();
    *other.last_mut().unwrap() ^= 1;
    let server = Server::start(other, "\"a\"", &[Act::Serve]);
    let mut bench = Bench::pinned(&server);
    let error = bench.fetch().unwrap_err();
    assert!(error.contains("m.gguf") && error.contains("wrong SHA-256"), "{error}");
    assert!(!error.contains('\n'));
    assert!(bench.left().is_empty(), "{:?}", bench.left());
}

#[test]
fn a_wrong_size_is_refused_before_the_download() {
    let server = Server::start(vec![0; 1000], "\"a\"", &[Act::Serve]);
    let mut bench = Bench::pinned(&server);
    let error = bench.fetch().unwrap_err();
    assert!(error.contains("1000 bytes"), "{error}");
    assert!(bench.left().is_empty());
}

#[test]
fn errors_of_the_server_are_told_at_once() {
    for (status, said) in [(404, "not found there"), (403, "HF_TOKEN"), (500, "HTTP status 500")] {
        let server = Server::start(model(), "\"a\"", &[Act::Status(status)]);
        let error = Bench::pinned(&server).fetch().unwrap_err();
        assert!(error.contains(said) && error.contains("hf:o/r@main/m.gguf"), "{error}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_server_that_hangs_costs_five_seconds_and_the_next_source_is_tried() {
    let server = Server::start(model(), "\"a\"", &[Act::Hang, Act::Serve]);
    let mut bench = Bench::pinned(&server);
    bench.file.sources.push(bench.file.sources[0].clone());
    let before = SystemTime::now();
    bench.fetch().unwrap();
    let took = before.elapsed().unwrap();
    assert!((Duration::from_secs(4)..Duration::from_secs(7)).contains(&took), "{took:?}");
}

#[test]
fn nobody_listening_is_said_with_the_way_out() {
    let server = Server::start(model(), "\"a\"", &[Act::Serve]);
    let mut bench = Bench::pinned(&server);
    // Port 9 is `discard`; nothing listens there.
    bench.options.endpoint = "http://127.0.0.1:9".to_owned();
    let error = bench.fetch().unwrap_err();
    assert!(error.contains("cannot fetch m.gguf") && error.contains("put the file at"), "{error}");
    assert!(bench.left().is_empty());
}

#[test]
fn without_a_known_hash_the_first_is_trusted_recorded_and_held_to() {
    let server = Server::start(model(), "\"a\"", &[Act::Serve]);
    let mut bench = Bench::new(&server, None, None);
    let hash = bench.fetch().unwrap();
    assert_eq!(hash, sha256(&model()));
    assert!(bench.warnings[0].contains("trusted on first use") && bench.warnings[0].contains(&hash));
    let pins = fs::read_to_string(bench.folder.path().join("pins.json")).unwrap();
    assert!(pins.contains("hf:o/r@main/m.gguf") && pins.contains(&hash));

    // The same name, another file: refused, although the catalogue knows no hash.
    let mut other = model();
    *other.last_mut().unwrap() ^= 1;
    let changed = Server::start(other, "\"b\"", &[Act::Serve]);
    bench.options.endpoint = changed.endpoint.clone();
    fs::remove_file(bench.target()).unwrap();
    let error = bench.fetch().unwrap_err();
    assert!(error.contains("wrong SHA-256") && error.contains(&hash), "{error}");
    assert_eq!(bench.warnings.len(), 1);
}

#[test]
fn without_a_known_hash_a_part_of_another_version_is_not_continued() {
    let server = Server::start(model(), "\"a\"", &[Act::Cut(300_000), Act::Cut(0), Act::Cut(0), Act::Cut(0)]);
    let mut bench = Bench::new(&server, None, None);
    bench.fetch().unwrap_err();
    let mut other = model();
    other.iter_mut().skip(500_000).for_each(|byte| *byte = 9);
    let changed = Server::start(other.clone(), "\"b\"", &[Act::Serve]);
    bench.options.endpoint = changed.endpoint.clone();
    bench.fetch().unwrap();
    assert!(changed.requests()[0].contains("if-range: \"a\""));
    assert_eq!(fs::read(bench.target()).unwrap(), other);
}

#[test]
fn a_page_is_not_trusted_as_a_model() {
    let server = Server::start(b"<html>sign in</html>".to_vec(), "\"a\"", &[Act::Serve]);
    let mut bench = Bench::new(&server, None, None);
    let error = bench.fetch().unwrap_err();
    assert!(error.contains("not a GGUF file"), "{error}");
    assert!(bench.left().is_empty());
    assert!(!bench.folder.path().join("pins.json").exists());
}

#[test]
fn a_disk_that_is_too_small_is_said_before_the_download() {
    let server = Server::start(model(), "\"a\"", &[Act::Serve]);
    let mut bench = Bench::new(&server, Some(sha256(&model())), Some(1 << 60));
    let error = bench.fetch().unwrap_err();
    assert!(error.contains("free") && error.contains("DENSIMETER_CACHE"), "{error}");
    assert!(server.requests().is_empty());
}
