//! Targets that share labels, as a source lists them.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::config::StaticGroup;
use crate::model::{Labels, LabelsBuilder};

/// Targets with the labels they share. What a source knows about them stands in labels that begin with `__meta_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetGroup {
    /// Which part of which source the group came from; unique within a job.
    pub source: String,
    /// Each target's own labels, `__address__` among them.
    pub targets: Vec<Labels>,
    /// The labels of all; a target's own win.
    pub labels: Labels,
}

impl TargetGroup {
    /// A group from its written form, with one label more.
    #[must_use]
    pub fn new(source: String, written: &StaticGroup, meta: Option<(&str, &str)>) -> Self {
        let targets = written.targets.iter().map(|address| Labels::from_pairs([(ADDRESS, address.as_str())])).collect();
        let labels = match meta {
            None => written.labels.clone(),
            Some((name, value)) => {
                let mut builder: LabelsBuilder = written.labels.to_builder();
                builder.set(name, value);
                builder.build()
            }
        };
        Self { source, targets, labels }
    }
}

/// Reads a list of groups written in JSON.
///
/// # Errors
/// The text is not JSON, or not a list of mappings with `targets` and `labels` alone.
pub(super) fn from_json(text: &[u8]) -> Result<Vec<StaticGroup>, GroupError> {
    let groups: Option<Vec<Option<JsonGroup>>> = serde_json::from_slice(text).map_err(GroupError::Json)?;
    groups
        .unwrap_or_default()
        .into_iter()
        .enumerate()
        .map(|(index, group)| {
            let group = group.ok_or(GroupError::Null { index })?;
            let pairs = group.labels.unwrap_or_default().0;
            Ok(StaticGroup { targets: group.targets.unwrap_or_default(), labels: Labels::from_pairs(pairs) })
        })
        .collect()
}

/// What is wrong with a list of groups.
#[derive(Debug)]
#[non_exhaustive]
pub enum GroupError {
    /// Not JSON, or another shape.
    Json(serde_json::Error),
    /// Not YAML, or another shape.
    Yaml(crate::config::Problem),
    /// A group that is null.
    Null {
        /// Which one, from 0.
        index: usize,
    },
}

impl fmt::Display for GroupError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(formatter, "not a list of target groups: {error}"),
            Self::Yaml(problem) => write!(formatter, "{problem}"),
            Self::Null { index } => write!(formatter, "group {index} of the list is null"),
        }
    }
}

impl std::error::Error for GroupError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonGroup {
    targets: Option<Vec<String>>,
    labels: Option<Pairs>,
}

/// The pairs of a JSON object whose values are texts.
#[derive(Default)]
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Pairs;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object with texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// The label that holds `host:port`.
pub(super) const ADDRESS: &str = "__address__";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_groups_are_read() {
        let groups = from_json(br#"[{"targets": ["a:1", "b"], "labels": {"zone": "x"}}, {"targets": []}]"#).unwrap();
        assert_eq!(groups[0].targets, ["a:1", "b"]);
        assert_eq!(groups[0].labels.value("zone"), Some("x"));
        assert!(from_json(b"null").unwrap().is_empty());
        for text in ["{}", r#"[{"target": []}]"#, r#"[{"targets": [1]}]"#, "[null]", "[] []", ""] {
            assert!(from_json(text.as_bytes()).is_err(), "{text}");
        }
    }
}
