//! Headers: what they say, and what damaged ones may not do.

use std::io::Cursor;
use std::path::Path;

use densimeter::model::gguf::{Header, Problem};
use proptest::prelude::*;

use super::writer::{Writer, small};

fn parse(bytes: &[u8]) -> Result<Header, Problem> {
    Header::parse(Cursor::new(bytes), bytes.len() as u64)
}

#[test]
fn a_small_file_says_what_was_written() {
    let header = parse(&small().finish()).unwrap();
    assert_eq!(header.version, 3);
    assert_eq!(header.tensors.len(), 2);
    assert_eq!(header.params().count(), 4096.0 + 64.0);
    assert_eq!(header.tensor_bytes().bytes(), 2304 + 256);
    assert_eq!(header.bits_per_weight().unwrap().bits(), 2560.0 * 8.0 / 4160.0);
    assert_eq!(header.tensor_types().into_iter().collect::<Vec<_>>(), [("F32", 1), ("Q4_0", 1)]);
    let facts = header.facts();
    assert_eq!(facts.architecture.as_deref(), Some("llama"));
    assert_eq!(facts.context_length, Some(2048));
    assert_eq!((facts.layers, facts.heads, facts.kv_heads), (Some(2), Some(4), Some(2)));
    assert_eq!((facts.key_length, facts.value_length), (Some(16), Some(16)));
    let tokenizer = &facts.tokenizer;
    assert_eq!((tokenizer.vocabulary, tokenizer.bos_id, tokenizer.eos_id), (Some(3), Some(0), Some(1)));
    assert_eq!((tokenizer.add_bos, tokenizer.chat_template), (Some(true), true));
    // Two layers, two heads of 16, keys and values, two bytes each.
    assert_eq!(facts.kv_cache.unwrap().bytes_per_token(16.0, 16.0), 256.0);
    assert!(!facts.kv_cache.unwrap().upper_bound);
}

#[test]
fn what_is_not_stated_is_none() {
    let facts = parse(&Writer::default().finish()).unwrap().facts();
    assert_eq!(facts.architecture, None);
    assert_eq!(facts.kv_cache, None);
    assert_eq!(facts.tokenizer.add_bos, None);
    assert!(parse(&Writer::default().finish()).unwrap().bits_per_weight().is_none());
}

#[test]
fn heads_may_differ_by_layer() {
    let file = Writer::default()
        .text("general.architecture", "openelm")
        .u32("openelm.block_count", 3)
        .u32("openelm.attention.key_length", 8)
        .u32("openelm.attention.value_length", 4)
        .u32("openelm.attention.sliding_window", 128)
        .u32s("openelm.attention.head_count", &[2, 4, 6])
        .u32s("openelm.attention.head_count_kv", &[1, 2, 3])
        .finish();
    let cache = parse(&file).unwrap().facts().kv_cache.unwrap();
    assert_eq!((cache.key_elements, cache.value_elements), (6 * 8, 6 * 4));
    assert!(cache.upper_bound, "layers with a window stop growing");
}

#[test]
fn every_shorter_file_is_refused() {
    let whole = small().finish();
    for length in 0..whole.len() {
        // The last tensor ends on a multiple of the alignment, so every byte of the file is asked for.
        assert!(parse(&whole[..length]).is_err(), "{length} of {} bytes", whole.len());
    }
    let error = parse(&whole[..whole.len() - 1]).unwrap_err();
    assert!(matches!(error, Problem::Truncated { needed, found } if needed == found + 1), "{error}");
}

#[test]
fn damaged_headers_name_the_damage() {
    let with = |at: usize, bytes: &[u8]| {
        let mut file = small().finish();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        parse(&file).unwrap_err().to_string()
    };
    assert!(with(0, b"PK\x03\x04").contains("not a GGUF file"));
    assert!(with(4, &3u32.to_be_bytes()).contains("big-endian"));
    assert!(with(4, &1u32.to_le_bytes()).contains("version 1"));
    assert!(with(4, &9u32.to_le_bytes()).contains("version 9"));
    assert!(with(8, &u64::MAX.to_le_bytes()).contains("tensor count"));
    assert!(with(16, &u64::MAX.to_le_bytes()).contains("metadata count"));
    assert!(with(24, &u64::MAX.to_le_bytes()).contains("metadata key"));

    let refused = |writer: Writer| parse(&writer.finish()).unwrap_err().to_string();
    assert!(refused(small().u32("llama.block_count", 3)).contains("`llama.block_count` appears twice"));
    assert!(refused(small().tensor("output_norm.weight", &[1], 0, 4)).contains("`output_norm.weight` appears twice"));
    assert!(refused(small().tensor("x", &[33], 2, 18)).contains("impossible shape [33] of tensor `x`"));
    assert!(refused(small().tensor("x", &[0], 0, 0)).contains("impossible shape"));
    assert!(refused(small().tensor("x", &[1 << 40, 1 << 40], 0, 0)).contains("overflows"));
    assert!(refused(small().tensor("x", &[1, 1, 1, 1, 1], 0, 4)).contains("tensor rank"));
    assert!(refused(small().tensor("x", &[32], 4, 18)).contains("type 4"));
    assert!(refused(small().u32("general.alignment", 24)).contains("alignment 24"));
    assert!(refused(small().raw("x", 13, &[0; 8])).contains("metadata type 13"));
    // An array of arrays, and one that claims more elements than the file has bytes.
    let nested = [&9u32.to_le_bytes()[..], &1u64.to_le_bytes(), &[0; 12]].concat();
    assert!(refused(small().raw("x", 9, &nested)).contains("metadata type 9"));
    let huge = [&10u32.to_le_bytes()[..], &(1u64 << 20).to_le_bytes()].concat();
    assert!(refused(small().raw("x", 9, &huge)).contains("truncated"));
}

#[test]
fn tensors_laid_over_each_other_do_not_hide_a_short_file() {
    let one = small().tensor("x", &[1 << 20], 0, 1 << 22).finish();
    let mut file = one.clone();
    file.truncate(one.len() - (1 << 21));
    assert!(matches!(parse(&file), Err(Problem::Truncated { .. })));
}

#[test]
fn files_that_are_none_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let of = |path: &Path| Header::read(path).unwrap_err().to_string();
    let missing = of(&folder.path().join("missing.gguf"));
    assert!(missing.contains("missing.gguf: no such file"), "{missing}");
    assert!(of(folder.path()).contains("is a directory"));
    let text = folder.path().join("notes.gguf");
    std::fs::write(&text, "<!doctype html><title>Sign in</title>").unwrap();
    let said = of(&text);
    assert!(said.contains("notes.gguf: not a GGUF file (it begins with `<!do`)"), "{said}");
    std::fs::write(&text, "").unwrap();
    assert!(of(&text).contains("only 0 bytes"));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = parse(&bytes);
        let _ = parse(&[b"GGUF\x03\0\0\0".as_slice(), &bytes].concat());
    }

    #[test]
    fn mutated_files_never_panic(
        changes in prop::collection::vec((0usize..3400, any::<u8>()), 1..12),
        cut in 0usize..3400,
        claimed in any::<u64>(),
    ) {
        let mut file = small().finish();
        for (at, byte) in changes {
            let at = at % file.len();
            file[at] = byte;
        }
        if let Ok(header) = parse(&file) {
            let facts = header.facts();
            prop_assert!(header.tensor_bytes().bytes() <= file.len() as u64);
            prop_assert!(facts.layers.is_none_or(|layers| layers <= 65_536));
        }
        file.truncate(cut);
        let _ = parse(&file);
        // A length that lies, as of a sparse file, must not lead to an allocation of that size.
        let _ = Header::parse(Cursor::new(&file), claimed);
    }
}
