//! Packs the large tables that the binary carries: as text they would be a thirtieth of what a phone is sent.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};

/// Names in the binary, and the files.
const PACKED: [(&str, &str); 4] = [
    ("schema", "docs/report.schema.json"),
    ("releases", "models/releases.csv"),
    ("edge_control", "models/edge_control.csv"),
    ("compression_pairs", "models/compression_pairs.csv"),
];

/// The catalogue: one file a family, and a new one is found here by itself.
const CATALOG: &str = "models/catalog";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    for (name, file) in PACKED {
        println!("cargo:rerun-if-changed={file}");
        pack(name, &fs::read(file)?)?;
    }
    println!("cargo:rerun-if-changed={CATALOG}");
    pack("catalog", catalog()?.as_bytes())
}

fn pack(name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = std::env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no OUT_DIR"))?;
    let to = File::create(Path::new(&folder).join(name).with_extension("gz"))?;
    // Without a time, so that the same files make the same binary.
    let mut packer = GzBuilder::new().mtime(0).write(to, Compression::best());
    packer.write_all(bytes)?;
    packer.finish().map(drop)
}

/// All files of the catalogue behind each other, in the order of their names, each after a line with its name.
fn catalog() -> io::Result<String> {
    let mut paths = fs::read_dir(CATALOG)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|end| end == "toml"));
    paths.sort();
    paths.iter().map(|path| Ok(format!("#: {}\n{}\n", path.display(), fs::read_to_string(path)?))).collect()
}
