//! The catalogue: what is in it, and what a wrong one says.

use std::fs;

use densimeter::model::catalog::{Catalog, Kind};
use densimeter::model::resolve::{self, Named};

#[test]
fn the_models_that_are_known_to_the_byte() {
    let catalog = Catalog::embedded().unwrap();
    let default = catalog.default_model().unwrap();
    assert_eq!(default.id, "smollm2-135m-instruct");
    assert_eq!(catalog.entries().iter().filter(|entry| entry.default).count(), 1);
    let of = |id: &str| {
        let file = &catalog.get(id).unwrap().files[0];
        (file.quantisation.clone(), file.bytes.unwrap().bytes(), file.sha256.clone().unwrap())
    };
    let smol = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
    let gemma = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818";
    assert_eq!(of("smollm2-135m-instruct"), ("Q4_1".to_owned(), 98_362_432, smol.to_owned()));
    assert_eq!(of("gemma-3-270m"), ("Q4_K_M".to_owned(), 253_113_024, gemma.to_owned()));
}

#[test]
fn six_models_and_more_have_published_scores() {
    let catalog = Catalog::embedded().unwrap();
    let scored = catalog.entries().iter().filter(|entry| {
        let scores = entry.scores.as_ref();
        let whole = scores.is_some_and(|s| {
            [s.mmlu, s.bbh, s.math, s.humaneval, s.mbpp].iter().all(Option::is_some) && !s.source.is_empty()
        });
        whole && entry.lineage.kind == Kind::Base && (0.45e9..8.5e9).contains(&entry.parameters.total.count())
    });
    assert!(scored.count() >= 6);
    let mut ids: Vec<_> = catalog.entries().iter().map(|entry| &entry.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), catalog.entries().len(), "ids are unique");
    for entry in catalog.entries() {
        for file in &entry.files {
            assert!(file.sources[0].to_string().starts_with("hf:"), "{}: the hub comes first", entry.id);
        }
    }
}

const MINE: &str = r#"
family = "Mine"
[[model]]
id = "mine-1b"
name = "Mine-1B"
parameters = { total = 1e9, active = 1e9 }
released = "2026-01-31"
licence = "MIT"
lineage = { kind = "base", original = "me/mine" }
[[model.file]]
name = "mine.gguf"
quantisation = "Q8_0"
sources = ["hf:me/mine@main/mine.gguf"]
"#;

fn with_folder(text: &str) -> Result<Catalog, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.toml"), text).unwrap();
    let mut catalog = Catalog::embedded().unwrap();
    catalog.add_folder(folder.path()).map(|()| catalog).map_err(|error| error.to_string())
}

#[test]
fn a_folder_adds_and_replaces() {
    let before = Catalog::embedded().unwrap().entries().len();
    let added = with_folder(MINE).unwrap();
    assert_eq!(added.entries().len(), before + 1);
    assert_eq!(added.get("mine-1b").unwrap().family, "Mine");
    let replaced = with_folder(&MINE.replace("mine-1b", "phi-2")).unwrap();
    assert_eq!(replaced.entries().len(), before);
    assert_eq!(replaced.get("phi-2").unwrap().name, "Mine-1B");
    let default = with_folder(&MINE.replace("name = \"Mine-1B\"", "name = \"Mine-1B\"\ndefault = true")).unwrap();
    assert_eq!(default.default_model().unwrap().id, "mine-1b");
}

#[test]
fn a_wrong_file_names_itself_and_the_mistake() {
    let cases = [
        ("licence = \"MIT\"", "license = \"MIT\"", "license"),
        ("id = \"mine-1b\"", "id = \"../x\"", "an id has"),
        ("id = \"mine-1b\"", "id = \"Mine\"", "an id has"),
        ("active = 1e9", "active = 2e9", "active <= total"),
        ("name = \"mine.gguf\"", "name = \"../mine.gguf\"", "plain file name"),
        ("quantisation = \"Q8_0\"", "quantisation = \"Q8_0\"\nsha256 = \"ABC\"", "64 lower-case"),
        ("hf:me/mine@main/mine.gguf", "hf:me/mine", "sources"),
        ("2026-01-31", "2026-02-31", "released"),
    ];
    for (from, to, said) in cases {
        let text = MINE.replace(from, to);
        assert_ne!(text, MINE, "{from}");
        let error = with_folder(&text).unwrap_err();
        assert!(error.contains("mine.toml") && error.contains(said), "{to}: {error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn arguments_mean_ids_sources_or_paths() {
    let catalog = Catalog::embedded().unwrap();
    let name = |argument: &str| resolve::name(argument, &catalog);
    assert!(matches!(name("gemma-3-270m").unwrap(), Named::Catalogue(entry, _) if entry.id == "gemma-3-270m"));
    assert!(matches!(name("Gemma-3-270m:q4_k_m").unwrap(), Named::Catalogue(_, file) if file.quantisation == "Q4_K_M"));
    assert!(matches!(name("hf:a/b/c.gguf").unwrap(), Named::Hub(file) if file.revision == "main"));
    assert!(matches!(name("some/where.gguf").unwrap(), Named::Path(_)));
    assert!(matches!(name("where.GGUF").unwrap(), Named::Path(_)));
    let error = name("gemma-3-270m:Q2_K").unwrap_err().to_string();
    assert!(error.contains("no Q2_K file") && error.contains("Q4_K_M"), "{error}");
    let error = name("smollm2-135m-instrct").unwrap_err().to_string();
    assert!(error.contains("did you mean `smollm2-135m-instruct`"), "{error}");
    let error = name("zzz").unwrap_err().to_string();
    assert!(!error.contains("did you mean") && error.contains("models list"), "{error}");
}
