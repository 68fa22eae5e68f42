//! A real store in a temporary folder, and a way to look into it.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;

use meterbox::ingest::{Ingest, TargetIngest, TargetRules};
use meterbox::model::{Labels, format_float, is_stale};
use meterbox::storage::{Columns, Hints, Options, Select, Source as _, Store};

/// A store with its door.
pub struct Box {
    pub door: Ingest,
    _folder: tempfile::TempDir,
}

impl Box {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Options::new(folder.path())).unwrap();
        Self { door: Ingest::new(store), _folder: folder }
    }

    pub fn target(&self, rules: TargetRules) -> TargetIngest {
        self.door.target(Labels::from_pairs([("job", "j"), ("instance", "i")]), rules)
    }

    /// Every series but the report, with its samples as text: `value@offset`, `stale@offset`; offsets count from
    /// `origin`, in ms.
    pub fn content(&self, origin: i64) -> BTreeMap<String, String> {
        let mut all = self.everything(origin);
        all.retain(|series, _| !series.contains("__name__=\"scrape_") && !series.contains("__name__=\"up\""));
        all
    }

    /// Every series.
    pub fn everything(&self, origin: i64) -> BTreeMap<String, String> {
        let select = Select { matchers: &[], start: i64::MIN, end: i64::MAX, hints: Hints::default() };
        let mut content = BTreeMap::new();
        for series in self.door.store().select(&select).unwrap() {
            let mut columns = Columns::default();
            series.read(i64::MIN, i64::MAX, &mut columns).unwrap();
            let samples: Vec<String> = columns
                .timestamps
                .iter()
                .zip(&columns.values)
                .map(|(time, value)| {
                    let value = if is_stale(*value) { "stale".to_owned() } else { format_float(*value) };
                    format!("{value}@{}", time - origin)
                })
                .collect();
            content.insert(series.labels().to_string(), samples.join(" "));
        }
        content
    }
}

/// The samples of the series that contains `part` in its labels.
pub fn of<'a>(content: &'a BTreeMap<String, String>, part: &str) -> &'a str {
    let mut found = content.iter().filter(|(series, _)| series.contains(part));
    let samples = found.next().unwrap_or_else(|| panic!("no series with {part} in {content:#?}")).1;
    assert!(found.next().is_none(), "{part} is not unique in {content:#?}");
    samples
}
