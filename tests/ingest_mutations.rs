//! Pages that change at random: what the memory of lines makes of each must be what reading it anew makes of it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod ingest_support;

use std::collections::{BTreeMap, BTreeSet};

use ingest_support::Box;
use meterbox::exposition::{Entry, Format, Parser, decode_series};
use meterbox::ingest::{TargetIngest, TargetRules};
use meterbox::model::{Labels, LabelsBuilder, MetricType, is_stale, now_ms};

/// What became of a page: series to values, the first of several.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    accepted: bool,
    values: BTreeMap<String, u64>,
    stale: BTreeSet<String>,
}

/// Reads a page without any memory but of which series were alive.
fn plainly(page: &[u8], format: Format, alive: &mut BTreeSet<String>) -> Outcome {
    let values = values(page, format);
    let accepted = values.is_some();
    let values = values.unwrap_or_default();
    let now: BTreeSet<String> = values.keys().cloned().collect();
    let stale = alive.difference(&now).cloned().collect();
    *alive = now;
    Outcome { accepted, values, stale }
}

/// The values without timestamps of their own; `None` for a page that is refused.
fn values(page: &[u8], format: Format) -> Option<BTreeMap<String, u64>> {
    let mut series = BTreeMap::new();
    let mut parser = Parser::new(page, format);
    if page.is_empty() {
        return Some(series);
    }
    let mut kind = MetricType::Unknown;
    let mut raw_seen = std::collections::HashSet::new();
    while let Some(entry) = parser.next() {
        if let Entry::Sample(sample) = entry.ok()? {
            let decoded = decode_series(sample.series, format, kind).ok()?;
            let mut builder = LabelsBuilder::default();
            for (name, value) in decoded.labels {
                builder.set(name, value);
            }
            builder.set("instance", "i").set("job", "j");
            let is_new = raw_seen.insert((sample.series.to_vec(), decoded.depends_on_type.then_some(kind)));
            if sample.timestamp.is_none() && is_new {
                series.entry(builder.build().to_string()).or_insert(sample.value.to_bits());
            }
        }
        kind = parser.kind();
    }
    Some(series)
}

/// The same by the target's memory.
fn by_memory(store: &Box, target: &mut TargetIngest, page: &[u8], format: Format, time: i64) -> Outcome {
    let (_, result) = target.page(page, format, time);
    let mut outcome = Outcome { accepted: result.is_ok(), ..Outcome::default() };
    for point in target.pending() {
        let labels = store.door.store().labels_of(point.series).unwrap().to_string();
        if is_stale(point.v) {
            assert!(outcome.stale.insert(labels), "two markers for one series");
        } else if point.t == time {
            outcome.values.entry(labels).or_insert(point.v.to_bits());
        }
    }
    target.discard();
    outcome
}

/// Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

fn mutate(random: &mut Random, page: &mut Vec<u8>, original: &[u8]) {
    let lines = |page: &[u8]| page.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let mut all = lines(page);
    let from = lines(original);
    match random.below(9) {
        0 if !all.is_empty() => {
            all.remove(random.below(all.len()));
        }
        1 => all.insert(random.below(all.len() + 1), from[random.below(from.len())].clone()),
        2 if !all.is_empty() => {
            let (a, b) = (random.below(all.len()), random.below(all.len()));
            all.swap(a, b);
        }
        3 => {
            let line = format!("new_{}{{x=\"{}\"}} {}\n", random.below(5), random.below(3), random.below(100));
            all.insert(random.below(all.len() + 1), line.into_bytes());
        }
        4 if !all.is_empty() => {
            // Digits at the end of a line change: the usual case.
            for line in &mut all {
                let end = line.len();
                if end > 2 && line[end - 2].is_ascii_digit() && !line.starts_with(b"#") {
                    line[end - 2] = b'0' + random.below(10) as u8;
                }
            }
        }
        5 if !all.is_empty() => {
            // One byte of one line becomes another that means something to the format.
            let line = random.below(all.len());
            let at = random.below(all[line].len());
            all[line][at] = b" {}\"\\,=#\n\t1aN._+-\xff\x00"[random.below(19)];
        }
        6 => *page = original.to_vec(),
        7 if !all.is_empty() => {
            let line = random.below(all.len());
            let at = random.below(all[line].len());
            let byte = b" {}\"\\,=#\n\t1a"[random.below(12)];
            all[line].insert(at, byte);
        }
        _ => {}
    }
    if random.below(9) != 6 {
        *page = all.concat();
    }
}

#[test]
fn memory_and_plain_reading_agree() {
    let original = b"# HELP a Words.\n# TYPE a counter\na 1\na_total{x=\"1\"} 2\na_total{x=\"2\",y=\"\\\"}\"} 3.5\n\n\
        # TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3e+002\nh_count 2\n# TYPE g gauge\ng{le=\"1\"} NaN\n\
        {\"q.n\",l=\"v\"} 7\n  b 2 \nlong{a=\"line\nbreak\"} 1\nt{u=\"v\"} 4 1700000000000\ng{le=\"2\"} 8\n";
    let open = b"# HELP a Words.\n# TYPE a counter\na_total{x=\"1\"} 2\na_total{x=\"2\",y=\"\\\"}\"} 3.5 # {t=\"x\"} 1\na_created 5\n\
        # TYPE h histogram\nh_bucket{le=\"1\"} 1 # {} 1 2\nh_bucket{le=\"+Inf\"} 2\n# TYPE g gauge\ng{le=\"1\"} NaN\n{\"q.n\",l=\"v\"} 7\n# EOF\n";
    let seed = std::env::var("METERBOX_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x9e37_79b9_7f4a_7c15);
    let mut random = Random(seed);
    for (original, format) in [(&original[..], Format::Prometheus), (&open[..], Format::OpenMetrics)] {
        let store = Box::new();
        let mut target =
            store.door.target(Labels::from_pairs([("job", "j"), ("instance", "i")]), TargetRules::default());
        let mut page = original.to_vec();
        let mut alive = BTreeSet::new();
        let (mut accepted, mut refused) = (0, 0);
        let origin = now_ms() - 100_000;
        for round in 0..5_000 {
            let plain = plainly(&page, format, &mut alive);
            let remembered = by_memory(&store, &mut target, &page, format, origin + round);
            if plain.accepted {
                accepted += 1;
            } else {
                refused += 1;
            }
            if plain != remembered {
                panic!("round {round}: {plain:#?}\n{remembered:#?}\n{}", String::from_utf8_lossy(&page));
            }
            // A page that is refused soon goes back to a good one, or nothing would ever be read to its end.
            if !plain.accepted && random.below(3) > 0 {
                page = original.to_vec();
            }
            mutate(&mut random, &mut page, original);
        }
        assert!(accepted > 800 && refused > 250, "{accepted} taken, {refused} refused");
    }
}
