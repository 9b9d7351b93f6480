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

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let folder = std::env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no OUT_DIR"))?;
    for (name, file) in PACKED {
        println!("cargo:rerun-if-changed={file}");
        // Without a time, so that the same files make the same binary.
        let to = File::create(Path::new(&folder).join(name).with_extension("gz"))?;
        let mut packer = GzBuilder::new().mtime(0).write(to, Compression::best());
        packer.write_all(&fs::read(file)?)?;
        packer.finish()?;
    }
    Ok(())
}
