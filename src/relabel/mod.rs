//! Relabelling: rules that rewrite the labels of targets and samples, or drop them.
//!
//! Labels go in, and come out changed with a verdict. Rules run in the order of the configuration, each seeing what
//! the ones before it did. The rules themselves are checked and compiled by `config`; nothing here can fail.

use md5::{Digest, Md5};

use crate::config::{RelabelAction, RelabelRule};
use crate::model::LabelsBuilder;

/// What is to become of a target or sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It stays, with the labels as they are now.
    Keep,
    /// It goes.
    Drop,
}

/// Applies rules one after the other, up to the one that drops.
pub fn apply(rules: &[RelabelRule], labels: &mut LabelsBuilder) -> Verdict {
    let drops = rules.iter().any(|rule| step(rule, labels) == Verdict::Drop);
    if drops { Verdict::Drop } else { Verdict::Keep }
}

/// Applies one rule.
pub fn step(rule: &RelabelRule, labels: &mut LabelsBuilder) -> Verdict {
    let source = source(rule, labels);
    let target = rule.target_label.as_str();
    let keep_if = |keep| if keep { Verdict::Keep } else { Verdict::Drop };
    match rule.action {
        RelabelAction::Keep => return keep_if(rule.regex.is_match(&source)),
        RelabelAction::Drop => return keep_if(!rule.regex.is_match(&source)),
        RelabelAction::KeepEqual => return keep_if(labels.value(target) == source),
        RelabelAction::DropEqual => return keep_if(labels.value(target) != source),
        RelabelAction::Replace => replace(rule, &source, labels),
        RelabelAction::Lowercase => {
            labels.set(target, lowercase(&source));
        }
        RelabelAction::Uppercase => {
            labels.set(target, uppercase(&source));
        }
        RelabelAction::HashMod => {
            labels.set(target, hash_mod(&source, rule.modulus).to_string());
        }
        RelabelAction::LabelMap => label_map(rule, labels),
        RelabelAction::LabelDrop => retain(labels, |name| !rule.regex.is_match(name)),
        RelabelAction::LabelKeep => retain(labels, |name| rule.regex.is_match(name)),
    }
    Verdict::Keep
}

/// The values of the source labels, joined.
fn source(rule: &RelabelRule, labels: &LabelsBuilder) -> String {
    let mut source = String::new();
    for (index, name) in rule.source_labels.iter().enumerate() {
        if index > 0 {
            source.push_str(&rule.separator);
        }
        source.push_str(labels.value(name));
    }
    source
}

fn replace(rule: &RelabelRule, source: &str, labels: &mut LabelsBuilder) {
    let Some(captures) = rule.regex.captures(source) else { return };
    let target = rule.target_label.expand(&captures);
    if !target.is_empty() {
        labels.set(target, rule.replacement.expand(&captures));
    }
}

fn label_map(rule: &RelabelRule, labels: &mut LabelsBuilder) {
    let copies: Vec<(String, String)> = labels
        .pairs()
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, value)| {
            let captures = rule.regex.captures(name)?;
            Some((rule.replacement.expand(&captures), value.to_owned()))
        })
        .collect();
    for (name, value) in copies {
        labels.set(name, value);
    }
}

fn retain(labels: &mut LabelsBuilder, keep: impl Fn(&str) -> bool) {
    let gone: Vec<String> = labels.pairs().filter(|(name, _)| !keep(name)).map(|(name, _)| name.to_owned()).collect();
    for name in gone {
        labels.remove(&name);
    }
}

/// Letter by letter, as Go does it: a final sigma is like any other.
fn lowercase(text: &str) -> String {
    // The one letter that becomes two is the dotted İ; Go keeps the first.
    text.chars().filter_map(|letter| letter.to_lowercase().next()).collect()
}

/// Letter by letter, as Go does it: a letter whose capital would be several letters, such as ß, stays as it is.
fn uppercase(text: &str) -> String {
    let upper = |letter: char| {
        let mut capitals = letter.to_uppercase();
        if capitals.len() == 1 { capitals.next().unwrap_or(letter) } else { letter }
    };
    text.chars().map(upper).collect()
}

/// The last eight bytes of the MD5 sum, read as a big-endian number, modulo `modulus`: what Prometheus computes, so
/// that a fleet can be split between both.
fn hash_mod(text: &str, modulus: u64) -> u64 {
    let sum: [u8; 16] = Md5::digest(text.as_bytes()).into();
    let [.., a, b, c, d, e, f, g, h] = sum;
    u64::from_be_bytes([a, b, c, d, e, f, g, h]).checked_rem(modulus).unwrap_or(0)
}
