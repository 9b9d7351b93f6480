//! No circle of files: none uses an item of a file that, directly or not, uses one of its own.
//!
//! A file imports another where a path in it, in a `use` or written out, leads to an item that is defined there. `mod` and
//! `pub use` are no imports; a name that a file only hands on is followed to where it is defined, and a `use` of a module
//! counts where the module is used. Tests may import what they like.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{Kind, Named, paths};
use super::source::{Source, crate_sources};

/// Words before the name of an item.
const ITEMS: [&str; 9] = ["fn", "struct", "enum", "trait", "type", "const", "static", "union", "!"];

/// Names that are followed to one item; more are the name of another crate that leads to itself.
const LONGEST_WAY: usize = 50;

/// A module that has a file.
struct Module<'a> {
    source: &'a Source,
    parent: usize,
    children: BTreeMap<String, usize>,
    items: BTreeSet<String>,
    named: Vec<Named>,
}

/// The modules, from the root down.
struct Modules<'a>(Vec<Module<'a>>);

/// What was looked for already on the way to an item.
type Seen = Vec<(usize, Vec<String>)>;

impl<'a> Modules<'a> {
    fn of(sources: &'a [Source]) -> Self {
        let mut modules = Self(Vec::new());
        let root = sources.iter().find(|source| source.path == "lib.rs").expect("a crate has a lib.rs");
        modules.add(root, 0, sources);
        modules
    }

    fn add(&mut self, source: &'a Source, parent: usize, all: &'a [Source]) -> usize {
        let own = self.0.len();
        let item = source.code.windows(2).filter(|pair| ITEMS.contains(&pair[0].text.as_str()));
        let items = item.map(|pair| pair[1].text.clone()).collect();
        self.0.push(Module { source, parent, children: BTreeMap::new(), items, named: paths(&source.code) });
        let stem = source.path.trim_end_matches(".rs");
        let folder = stem.trim_end_matches("mod").trim_end_matches("lib").trim_end_matches('/');
        let folder = if ["mod.rs", "lib.rs"].iter().any(|end| source.path.ends_with(end)) { folder } else { stem };
        for found in source.code.windows(3).filter(|at| at[0].text == "mod" && at[2].text == ";") {
            let name = &found[1].text;
            let base = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let places = [format!("{base}.rs"), format!("{base}/mod.rs")];
            if let Some(child) = all.iter().find(|source| places.contains(&source.path)) {
                let child = self.add(child, own, all);
                self.0[own].children.insert(name.clone(), child);
            }
        }
        own
    }

    /// The module whose file defines what the parts lead to, and whether they lead to a module itself.
    fn resolve(&self, start: usize, parts: &[String], seen: &mut Seen) -> Option<(usize, bool)> {
        let key = (start, parts.to_vec());
        if parts.is_empty() || seen.contains(&key) || seen.len() > LONGEST_WAY {
            return None;
        }
        seen.push(key);
        let found = self.look(start, parts, seen);
        seen.pop();
        found
    }

    fn look(&self, start: usize, parts: &[String], seen: &mut Seen) -> Option<(usize, bool)> {
        let (mut at, mut rest) = (start, parts);
        while let Some(word) = rest.first() {
            match word.as_str() {
                "crate" | "densimeter" => at = 0,
                "super" => at = self.0[at].parent,
                "self" => {}
                _ => break,
            }
            rest = &rest[1..];
        }
        let Some(first) = rest.first() else { return Some((at, true)) };
        let module = &self.0[at];
        if let Some(&child) = module.children.get(first) {
            return if rest.len() == 1 { Some((child, true)) } else { self.resolve(child, &rest[1..], seen) };
        }
        let used = || module.named.iter().filter(|named| named.kind != Kind::Written);
        if let Some(named) = used().find(|named| named.alias == *first) {
            // The name of another crate leads nowhere.
            return self.resolve(at, &[&named.parts, &rest[1..]].concat(), seen);
        }
        if module.items.contains(first) {
            return Some((at, false));
        }
        used().filter(|named| named.alias == "*").find_map(|named| {
            let inside = &named.parts[..named.parts.len() - 1];
            self.resolve(at, &[inside, rest].concat(), seen)
        })
    }

    /// Which file imports which, and by what path.
    fn imports(&self) -> BTreeMap<&'a str, BTreeMap<&'a str, String>> {
        let mut found: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
        for (own, module) in self.0.iter().enumerate() {
            for named in module.named.iter().filter(|named| named.kind != Kind::PubUse) {
                // `Type::function` and `Enum::Variant` belong to the file of the type, as does `Enum::*`.
                let most = named.parts.len() - usize::from(named.alias == "*");
                let target =
                    (1..=most).rev().find_map(|length| self.resolve(own, &named.parts[..length], &mut Seen::new()));
                let Some((target, false)) = target else { continue };
                let target = &self.0[target].source.path;
                if *target != module.source.path && target != "lib.rs" {
                    let from = found.entry(&module.source.path).or_default();
                    from.entry(target).or_insert_with(|| named.parts.join("::"));
                }
            }
        }
        found
    }
}

/// The files that one imports, directly or not.
fn reached<'a>(imports: &BTreeMap<&'a str, BTreeMap<&'a str, String>>, from: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        let next = imports.get(file).into_iter().flat_map(BTreeMap::keys).copied();
        open.extend(next.filter(|file| reached.insert(*file)));
    }
    reached
}

/// The circles, each as the imports that close it.
fn circles(sources: &[Source]) -> Vec<String> {
    let imports = Modules::of(sources).imports();
    let reach: BTreeMap<&str, BTreeSet<&str>> = imports.keys().map(|file| (*file, reached(&imports, file))).collect();
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for (file, reached) in reach.iter().filter(|(file, reached)| reached.contains(*file)) {
        let group: BTreeSet<&str> = reached
            .iter()
            .filter(|other| reach.get(**other).is_some_and(|back| back.contains(file)))
            .copied()
            .collect();
        if told.insert(group.clone()) {
            let edges = group.iter().flat_map(|from| imports[from].iter().map(move |(to, by)| (from, to, by)));
            let edges = edges.filter(|(_, to, _)| group.contains(*to));
            found.push(edges.map(|(from, to, by)| format!("\n    {from} -> {to} ({by})")).collect());
        }
    }
    found
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let sources = crate_sources();
    let imports = Modules::of(sources).imports();
    assert!(imports.values().map(BTreeMap::len).sum::<usize>() > 500, "the imports were not read");
    let found = circles(sources);
    assert!(
        found.is_empty(),
        "{} circle(s) of files:{}\nmove what both need into a file that imports neither, or let the caller hand it over",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn a_circle_is_seen_through_what_a_module_hands_on() {
    let circle = |b: &str| {
        circles(&[
            Source::new("lib.rs", "mod a; mod b;"),
            Source::new("a/mod.rs", "mod one; pub use one::One;"),
            Source::new("a/one.rs", "use super::super::b; pub struct One; fn f() { b::two(); }"),
            Source::new("b.rs", b),
        ])
        .len()
    };
    assert_eq!(circle("pub fn two() {}"), 0);
    assert_eq!(circle("use crate::a::One; pub fn two() {}"), 1);
    assert_eq!(circle("pub fn two() { crate::a::One::new() }"), 1);
    assert_eq!(circle("pub use crate::a::One; pub fn two() {}"), 0);
    assert_eq!(circle("#[cfg(test)] mod tests { use crate::a::One; } pub fn two() {}"), 0);
}
