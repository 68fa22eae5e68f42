//! The features that `--enable-feature` knows.

use crate::config::nearest;

use super::error::Fault;

/// A feature of Prometheus and what becomes of it here.
#[derive(Debug)]
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// What naming it does.
    pub effect: Effect,
}

/// What naming a feature does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It switches something on.
    Works,
    /// Nothing: meterbox always works that way.
    Always,
    /// Nothing: the feature tunes something that meterbox does another way.
    Moot,
    /// Nothing yet.
    NotYet,
}

/// All features of Prometheus 3, and those of older versions that have become the default.
pub static FEATURES: [Feature; 36] = [
    works("promql-experimental-functions"),
    works("promql-extended-range-selectors"),
    works("promql-binop-fill-modifiers"),
    always("promql-at-modifier"),
    always("promql-negative-offset"),
    always("promql-duration-expr"),
    always("promql-per-step-stats"),
    always("expand-external-labels"),
    always("no-default-scrape-port"),
    always("utf8-names"),
    always("new-service-discovery-manager"),
    moot("auto-gomaxprocs"),
    moot("auto-gomemlimit"),
    moot("delayed-compaction"),
    moot("memory-snapshot-on-shutdown"),
    moot("metadata-wal-records"),
    moot("old-ui"),
    moot("use-uncached-io"),
    moot("xor2-encoding"),
    moot("histograms-st-encoding"),
    later("promql-delayed-name-removal"),
    later("concurrent-rule-eval"),
    later("created-timestamp-zero-ingestion"),
    later("exemplar-storage"),
    later("extra-scrape-metrics"),
    later("native-histograms"),
    later("auto-reload-config"),
    later("otlp-deltatocumulative"),
    later("otlp-native-delta-ingestion"),
    later("otlp-write-receiver"),
    later("search-api"),
    later("st-storage"),
    later("st-synthesis"),
    later("type-and-unit-labels"),
    later("use-start-timestamps"),
    later("agent"),
];

/// Reads lists of names separated by commas.
pub(super) fn parse(lists: &[String]) -> Result<Vec<String>, Fault> {
    let mut names: Vec<String> = Vec::new();
    for name in lists.iter().flat_map(|list| list.split(',')).map(str::trim).filter(|name| !name.is_empty()) {
        if find(name).is_none() {
            let near = nearest(name, FEATURES.iter().map(|feature| feature.name));
            return Err(Fault::Feature { typed: name.to_owned(), near });
        }
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

/// What to log about a feature that was asked for and does nothing.
pub(super) fn note(name: &str) -> Option<String> {
    let effect = find(name)?.effect;
    let text = match effect {
        Effect::Works => return None,
        Effect::Always => "meterbox always works that way",
        Effect::Moot => "it tunes something that meterbox does another way",
        Effect::NotYet => "not supported yet",
    };
    Some(format!("--enable-feature={name} has no effect: {text}"))
}

fn find(name: &str) -> Option<&'static Feature> {
    FEATURES.iter().find(|feature| feature.name == name)
}

const fn works(name: &'static str) -> Feature {
    Feature { name, effect: Effect::Works }
}

const fn always(name: &'static str) -> Feature {
    Feature { name, effect: Effect::Always }
}

const fn moot(name: &'static str) -> Feature {
    Feature { name, effect: Effect::Moot }
}

const fn later(name: &'static str) -> Feature {
    Feature { name, effect: Effect::NotYet }
}
