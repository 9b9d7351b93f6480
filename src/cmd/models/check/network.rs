//! Whether the servers still have the files of the catalogue.

use super::asked::Asked;
use crate::cli::Global;
use crate::cmd::progress::Terminal;
use crate::model::catalog::check::Fault;
use crate::model::catalog::{CatalogEntry, CatalogFile};
use crate::model::fetch::Options;
use crate::model::reach::{self, Reached};
use crate::model::source::{HubFile, Source};
use crate::observer::{Bar, Counted};
use crate::process::interrupt::interrupted;

/// Asks the servers for each file; the first silence ends it, since the others would be silent too.
pub(super) fn ask(files: &[(&CatalogEntry, &CatalogFile)], global: &Global) -> Asked {
    let mut checked = Asked::default();
    let options = Options::from_environment();
    let asked: Vec<_> = files.iter().filter_map(|(entry, file)| Some((entry, file, hub(file)?))).collect();
    let bar = Terminal::new(global.quiet).line("files", Some(asked.len() as u64), Counted::Pieces);
    for (done, (entry, file, source)) in asked.iter().enumerate() {
        if interrupted() {
            checked.not_asked = Some("interrupted".to_owned());
            break;
        }
        match reach::ask(source, file, &options) {
            Reached::There => checked.reached += 1,
            Reached::Wrong(why) => checked.faults.push(Fault {
                model: entry.id.clone(),
                file: Some(file.name.clone()),
                fault: format!("{source}: {why}"),
            }),
            Reached::Silent(why) => {
                checked.not_asked = Some(format!("no answer from {}: {why}", options.endpoint));
                break;
            }
        }
        bar.position(done as u64 + 1);
    }
    bar.finish();
    if checked.not_asked.is_none() && asked.len() < files.len() {
        checked.not_asked = Some(format!("{} come from Python packages alone", files.len() - asked.len()));
    }
    checked
}

/// The first of a file's sources that is a file of the hub.
fn hub(file: &CatalogFile) -> Option<&HubFile> {
    file.sources.iter().find_map(|source| match source {
        Source::Hub(hub) => Some(hub),
        Source::Wheels(_) => None,
    })
}
