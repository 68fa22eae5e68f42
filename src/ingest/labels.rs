//! How a sample gets the labels of its target, and how large label sets may be.

use crate::config::Limits;
use crate::model::{Labels, LabelsBuilder};

use super::error::PageError;

/// Adds the target's labels to those of a sample.
///
/// Where both have a label, `honor` keeps the sample's; otherwise the target's wins and the sample's moves to
/// `exported_` plus its name, with as many prefixes as it takes to find a free one. Labels of the target whose name
/// starts with two underscores stay behind.
pub fn attach_target_labels(sample: &mut LabelsBuilder, target: &Labels, honor: bool) {
    let mut moved: Vec<(&str, String)> = Vec::new();
    for (name, value) in target.iter().filter(|(name, _)| !name.starts_with("__")) {
        // A label that the page exposes as empty is there all the same: with `honor` it hides the target's.
        if honor {
            if sample.pairs().all(|(exposed, _)| exposed != name) {
                sample.set(name, value);
            }
            continue;
        }
        let exposed = sample.value(name).to_owned();
        sample.set(name, value);
        if !exposed.is_empty() {
            moved.push((name, exposed));
        }
    }
    moved.sort_by_key(|(name, _)| name.len());
    for (name, value) in moved {
        let mut free = format!("{EXPORTED}{name}");
        while !sample.value(&free).is_empty() {
            free.insert_str(0, EXPORTED);
        }
        sample.set(free, value);
    }
}

/// Bounds on the label set of one sample; `None` where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LabelLimits {
    /// How many labels, the metric's name included.
    pub count: Option<u64>,
    /// Bytes of a name.
    pub name_length: Option<u64>,
    /// Bytes of a value.
    pub value_length: Option<u64>,
}

impl LabelLimits {
    /// Checks a finished label set.
    ///
    /// # Errors
    /// The bound that it exceeds first.
    pub fn check(&self, labels: &Labels) -> Result<(), PageError> {
        if *self == Self::default() {
            return Ok(());
        }
        let metric = || labels.metric_name().to_owned();
        let exceeds = |length: usize, limit: Option<u64>| {
            limit.filter(|limit| u64::try_from(length).is_ok_and(|length| length > *limit))
        };
        let count = labels.len();
        if let Some(limit) = exceeds(count, self.count) {
            return Err(PageError::LabelLimit { metric: metric(), labels: count, limit });
        }
        for (name, value) in labels {
            if let Some(limit) = exceeds(name.len(), self.name_length) {
                let label = name.to_owned();
                return Err(PageError::LabelNameLength { metric: metric(), label, length: name.len(), limit });
            }
            if let Some(limit) = exceeds(value.len(), self.value_length) {
                return Err(PageError::LabelValueLength {
                    metric: metric(),
                    label: name.to_owned(),
                    value: value.chars().take(50).collect(),
                    length: value.len(),
                    limit,
                });
            }
        }
        Ok(())
    }
}

impl From<&Limits> for LabelLimits {
    fn from(limits: &Limits) -> Self {
        Self { count: limits.labels, name_length: limits.label_name_length, value_length: limits.label_value_length }
    }
}

/// What is put in front of a label of the page that the target has too.
const EXPORTED: &str = "exported_";

#[cfg(test)]
mod tests {
    use super::*;

    fn attached(sample: &[(&str, &str)], honor: bool) -> String {
        let target = Labels::from_pairs([("instance", "a:1"), ("job", "x"), ("__address__", "a:1")]);
        let mut builder = LabelsBuilder::default();
        for (name, value) in sample {
            builder.set(*name, *value);
        }
        attach_target_labels(&mut builder, &target, honor);
        builder.build().to_string()
    }

    #[test]
    fn the_targets_labels_win_unless_honored() {
        let sample = [("instance", "mine"), ("l", "1")];
        assert_eq!(attached(&sample, false), r#"{exported_instance="mine", instance="a:1", job="x", l="1"}"#);
        assert_eq!(attached(&sample, true), r#"{instance="mine", job="x", l="1"}"#);
        let taken = [("job", "mine"), ("exported_job", "other")];
        assert_eq!(
            attached(&taken, false),
            r#"{exported_exported_job="mine", exported_job="other", instance="a:1", job="x"}"#
        );
        assert_eq!(attached(&[("job", "")], true), r#"{instance="a:1"}"#);
    }
}
