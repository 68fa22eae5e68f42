//! Runs scripts of the language in which Prometheus's own tests are written: `load` puts samples into a store in memory,
//! `eval` asks and compares. Our own scripts are in `tests/promql`; a part of Prometheus's suite is read from the shared
//! test data beside the project, where it is there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod memory;
mod run;
mod script;
mod series;

use std::path::{Path, PathBuf};

use run::{Backing, Mode, Outcome};

#[test]
fn our_scripts_pass() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/promql");
    let scripts = scripts_in(&folder);
    assert!(!scripts.is_empty(), "no scripts in {}", folder.display());
    run_all(&scripts, Mode::Default, Backing::Memory);
    run_all(&scripts, Mode::Default, Backing::Store);
}

#[test]
fn shared_scripts_pass_with_the_defaults() {
    if let Some(folder) = shared_scripts() {
        run_all(&scripts_in(&folder), Mode::DefaultOfShared, Backing::Memory);
    }
}

#[test]
fn shared_scripts_pass_with_every_feature() {
    if let Some(folder) = shared_scripts() {
        run_all(&scripts_in(&folder), Mode::EveryFeature, Backing::Memory);
    }
}

#[test]
fn shared_scripts_pass_on_the_store() {
    if let Some(folder) = shared_scripts() {
        run_all(&scripts_in(&folder), Mode::EveryFeature, Backing::Store);
    }
}

/// The shared scripts, or a line that says why they do not run.
fn shared_scripts() -> Option<PathBuf> {
    let shared = std::env::var_os("METERBOX_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let folder = shared.join("promql/testdata");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: no shared scripts in {} (METERBOX_SHARED names another place)", folder.display());
    None
}

fn scripts_in(folder: &Path) -> Vec<PathBuf> {
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "test"))
        .collect();
    scripts.sort();
    scripts
}

/// Runs scripts, prints what came of each, and fails where a case failed.
fn run_all(scripts: &[PathBuf], mode: Mode, backing: Backing) {
    let mut total = Outcome::default();
    for path in scripts {
        let text = std::fs::read_to_string(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let outcome = run::run(&name, &text, mode, backing);
        println!("{name:28} {outcome}");
        total.add(outcome);
    }
    println!("{:28} {total}", "total");
    assert!(total.failures.is_empty(), "{} cases failed:\n{}", total.failures.len(), total.failures.join("\n"));
}
