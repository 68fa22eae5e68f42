//! The parser held against what Prometheus 3.14 made of nine thousand queries: which it accepts, with all features and
//! with none, how it prints them, and how it words and places its errors.
//!
//! The file is not part of the project: it is looked for in `../shared/promql`, or where `METERBOX_SHARED` points.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use flate2::read::GzDecoder;
use meterbox::promql::{ParseOptions, parse, parse_series, pretty, tree};
use serde_json::Value;

#[test]
fn queries_parse_print_and_fail_as_in_prometheus() {
    let Some(cases) = golden_cases() else { return };
    let mut tally = Tally::default();
    for case in &cases {
        check(case, &mut tally);
    }
    assert!(cases.len() > 9000, "the golden file has only {} cases", cases.len());
    tally.report();
    assert_eq!(tally.verdict.failed, 0, "accepted or refused otherwise than Prometheus");
    for aspect in [&tally.text, &tally.pretty, &tally.tree, &tally.error] {
        assert!(aspect.failed * 100 <= aspect.asked, "{} of {} differ", aspect.failed, aspect.asked);
    }
}

#[test]
fn the_series_and_queries_of_scripts_are_read() {
    let Some(folder) = shared("promql/testdata") else { return };
    let (mut series, mut queries) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut loading = false;
        // The times at which counters began (`@st`) are given in a notation of their own.
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#') && !line.contains("@st ")) {
            if line.is_empty() {
                loading = false;
            } else if line.starts_with("load") {
                loading = true;
            } else if loading {
                parse_series(line).unwrap_or_else(|error| panic!("{}: {line}: {error}", path.display()));
                series += 1;
            } else if let Some(query) = line.strip_prefix("eval instant at ").and_then(|rest| rest.split_once(' ')) {
                parse(query.1.trim(), &ParseOptions::all())
                    .unwrap_or_else(|error| panic!("{}: {line}: {error}", path.display()));
                queries += 1;
            }
        }
    }
    assert!(series > 500 && queries > 500, "only {series} series and {queries} queries");
}

#[derive(Default)]
struct Tally {
    verdict: Aspect,
    kind: Aspect,
    text: Aspect,
    pretty: Aspect,
    tree: Aspect,
    error: Aspect,
}

#[derive(Default)]
struct Aspect {
    asked: usize,
    failed: usize,
}

impl Aspect {
    fn compare<T: PartialEq + std::fmt::Debug>(&mut self, name: &str, query: &str, ours: &T, theirs: &T) {
        self.asked += 1;
        if ours != theirs {
            self.failed += 1;
            if self.failed <= SHOWN {
                let query: String = query.chars().take(300).collect();
                println!("{name} differs\n  query  {query:?}\n  ours   {ours:?}\n  theirs {theirs:?}");
            }
        }
    }
}

impl Tally {
    fn report(&self) {
        for (name, aspect) in [
            ("verdict", &self.verdict),
            ("type", &self.kind),
            ("text", &self.text),
            ("pretty", &self.pretty),
            ("tree", &self.tree),
            ("error", &self.error),
        ] {
            println!("{name}: {} of {} agree", aspect.asked - aspect.failed, aspect.asked);
        }
    }
}

fn check(case: &Value, tally: &mut Tally) {
    let query = case["q"].as_str().unwrap();
    for (options, ok, err) in
        [(ParseOptions::all(), "ok", "err"), (ParseOptions::default(), "default_ok", "default_err")]
    {
        let parsed = parse(query, &options);
        tally.verdict.compare("verdict", query, &parsed.is_ok(), &case[ok].as_bool().unwrap());
        if let (Err(ours), Some(theirs)) = (&parsed, case.get(err).and_then(Value::as_str)) {
            tally.error.compare("error", query, &ours.to_string(), &theirs.to_owned());
        }
        let Ok(expr) = parsed else { continue };
        if case["ok"] != true {
            continue;
        }
        tally.kind.compare("type", query, &expr.value_type().as_str(), &case["type"].as_str().unwrap());
        tally.text.compare("text", query, &expr.to_string().as_str(), &case["str"].as_str().unwrap());
        tally.pretty.compare("pretty", query, &pretty(&expr).as_str(), &case["pretty"].as_str().unwrap());
        // A tree with a fill value of NaN cannot be written as JSON there.
        if case["ast"].is_object() {
            tally.tree.compare("tree", query, &tree(&expr), &case["ast"]);
        }
        let printed = expr.to_string();
        // Bytes that are no text cannot be kept.
        if !printed.contains(char::REPLACEMENT_CHARACTER) {
            let again = parse(&printed, &options).map(|again| again.to_string());
            assert_eq!(again.as_ref(), Ok(&printed), "{query} does not read back");
        }
    }
}

fn golden_cases() -> Option<Vec<Value>> {
    let file = std::fs::File::open(shared("promql/parser-golden.jsonl.gz")?).unwrap();
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    Some(lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect())
}

/// A file or folder of the shared test data, where it is there.
fn shared(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("METERBOX_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = root.join(name);
    if !path.exists() {
        println!("SKIPPED: there is no {}", path.display());
        return None;
    }
    Some(path)
}

/// So many differences of a kind are shown.
const SHOWN: usize = 12;
