//! Label sets: the identity of a series.
//!
//! A [`Labels`] is one shared, immutable string that holds all names and values, each behind its length, so that
//! a clone is a reference count, equality and hashing read one run of bytes, and a series costs one allocation.
//! Lengths are written in seven-bit characters, which keeps the whole thing valid UTF-8.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::quote::quote;

/// The label that carries a metric's name.
pub const METRIC_NAME: &str = "__name__";

/// A label set: sorted by name, names unique, values not empty. Cheap to clone.
#[derive(Clone)]
pub struct Labels {
    packed: Arc<str>,
}

impl Labels {
    /// The set without any label.
    #[must_use]
    pub fn empty() -> Self {
        Self { packed: Arc::from("") }
    }

    /// Builds a set from pairs in any order. Of several pairs with one name the last counts; pairs with an
    /// empty value are left out, since to PromQL an empty label is an absent one.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        let mut builder = LabelsBuilder::default();
        for (name, value) in pairs {
            builder.set(name, value);
        }
        builder.build()
    }

    /// Builds a set from pairs that are already sorted by name, unique and not empty.
    ///
    /// The caller vouches for that; a set built otherwise is never equal to its well-formed twin.
    pub fn from_sorted<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut packed = String::new();
        for (name, value) in pairs {
            push_text(&mut packed, name);
            push_text(&mut packed, value);
        }
        Self { packed: packed.into() }
    }

    /// The set in its packed form, for storage in memory keyed by bytes; see [`Labels::from_packed`].
    #[must_use]
    pub fn as_packed(&self) -> &str {
        &self.packed
    }

    /// Takes back what [`Labels::as_packed`] gave; `None` when the text is not a well-formed packed set.
    #[must_use]
    pub fn from_packed(packed: &str) -> Option<Self> {
        let mut rest = packed;
        let mut previous: Option<&str> = None;
        while !rest.is_empty() {
            let (name, after_name) = take_text(rest)?;
            let (value, after_value) = take_text(after_name)?;
            if value.is_empty() || previous.is_some_and(|previous| previous >= name) {
                return None;
            }
            previous = Some(name);
            rest = after_value;
        }
        Some(Self { packed: packed.into() })
    }

    /// True when there is no label at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// How many labels there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Name and value pairs in the order of the names.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter { rest: &self.packed }
    }

    /// The value of a label, or `None` where it is absent.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.iter().find(|(candidate, _)| *candidate == name).map(|(_, value)| value)
    }

    /// The value of a label, or the empty string where it is absent.
    #[must_use]
    pub fn value_or_empty(&self, name: &str) -> &str {
        self.value(name).unwrap_or("")
    }

    /// The metric's name, or the empty string.
    #[must_use]
    pub fn metric_name(&self) -> &str {
        self.value_or_empty(METRIC_NAME)
    }

    /// A hash of the whole set, stable across runs and machines of one version.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        xxh3_64(self.packed.as_bytes())
    }

    /// The set without the metric's name.
    #[must_use]
    pub fn without_name(&self) -> Self {
        match self.value(METRIC_NAME) {
            None => self.clone(),
            Some(_) => Self::from_sorted(self.iter().filter(|(name, _)| *name != METRIC_NAME)),
        }
    }

    /// Only the labels that `names` lists (in any order).
    #[must_use]
    pub fn keep<S: AsRef<str>>(&self, names: &[S]) -> Self {
        Self::from_sorted(self.iter().filter(|(name, _)| names.iter().any(|listed| listed.as_ref() == *name)))
    }

    /// All labels but those that `names` lists.
    #[must_use]
    pub fn drop<S: AsRef<str>>(&self, names: &[S]) -> Self {
        Self::from_sorted(self.iter().filter(|(name, _)| !names.iter().any(|listed| listed.as_ref() == *name)))
    }

    /// A builder that starts from this set.
    #[must_use]
    pub fn to_builder(&self) -> LabelsBuilder {
        LabelsBuilder { pairs: self.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect() }
    }
}

impl Default for Labels {
    fn default() -> Self {
        Self::empty()
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.packed, &other.packed) || self.packed == other.packed
    }
}

impl Eq for Labels {}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.packed.hash(state);
    }
}

impl Ord for Labels {
    /// Pair by pair, names before values; a set that is the beginning of another comes first.
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<'a> IntoIterator for &'a Labels {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl fmt::Display for Labels {
    /// `{__name__="up", job="node"}`, as Prometheus prints a label set in messages.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("{")?;
        for (index, (name, value)) in self.iter().enumerate() {
            if index > 0 {
                formatter.write_str(", ")?;
            }
            let name = if is_legacy_label_name(name) { Cow::Borrowed(name) } else { Cow::Owned(quote(name)) };
            write!(formatter, "{name}={}", quote(value))?;
        }
        formatter.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The pairs of a [`Labels`], in the order of the names.
#[derive(Clone)]
pub struct Iter<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let (name, after_name) = take_text(self.rest)?;
        let (value, after_value) = take_text(after_name)?;
        self.rest = after_value;
        Some((name, value))
    }
}

/// Collects labels in any order and yields a well-formed [`Labels`].
#[derive(Clone, Debug, Default)]
pub struct LabelsBuilder {
    pairs: Vec<(String, String)>,
}

impl LabelsBuilder {
    /// Sets a label; an empty value takes it away.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) -> &mut Self {
        let (name, value) = (name.into(), value.into());
        match self.pairs.iter_mut().find(|(candidate, _)| *candidate == name) {
            Some((_, slot)) => *slot = value,
            None => self.pairs.push((name, value)),
        }
        self
    }

    /// Takes a label away.
    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.pairs.retain(|(candidate, _)| candidate != name);
        self
    }

    /// The value set so far, or the empty string.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.pairs.iter().find(|(candidate, _)| candidate == name).map_or("", |(_, value)| value)
    }

    /// The pairs set so far, in no particular order; values may be empty.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The finished set.
    #[must_use]
    pub fn build(mut self) -> Labels {
        self.pairs.retain(|(_, value)| !value.is_empty());
        self.pairs.sort_unstable();
        Labels::from_sorted(self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

/// True for a name that needs no quotes in PromQL's label position: `[a-zA-Z_][a-zA-Z0-9_]*`.
#[must_use]
pub fn is_legacy_label_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// True for a metric name that needs no quotes in PromQL: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
#[must_use]
pub fn is_legacy_metric_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_' || first == b':')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':')
}

/// Appends a length and the text behind it.
fn push_text(packed: &mut String, text: &str) {
    let text = clip(text);
    let length = text.len();
    if length < SHORT {
        packed.push(seven_bits(length));
    } else {
        packed.push(seven_bits(SHORT | (length >> 21)));
        packed.push(seven_bits((length >> 14) & 0x7f));
        packed.push(seven_bits((length >> 7) & 0x7f));
        packed.push(seven_bits(length & 0x7f));
    }
    packed.push_str(text);
}

/// Splits off one text with its length in front; `None` where the packed form is damaged.
#[inline]
fn take_text(packed: &str) -> Option<(&str, &str)> {
    let bytes = packed.as_bytes();
    let first = usize::from(*bytes.first()?);
    let (length, header) = if first < SHORT {
        (first, 1)
    } else {
        let [second, third, fourth] = *bytes.get(1..4)?.first_chunk::<3>()?;
        let length = ((first & (SHORT - 1)) << 21)
            | (usize::from(second) << 14)
            | (usize::from(third) << 7)
            | usize::from(fourth);
        (length, 4)
    };
    let text = packed.get(header..header + length)?;
    Some((text, packed.get(header + length..)?))
}

fn seven_bits(value: usize) -> char {
    char::from(u8::try_from(value & 0x7f).unwrap_or(0))
}

/// Cuts a text that the packed form could not hold, on a character's border.
fn clip(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

/// Lengths below this take one character in front of the text, longer ones four.
const SHORT: usize = 64;

/// The longest name or value: what 27 bits count. Requests and scrapes are limited far below it.
const LONGEST: usize = (1 << 27) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_back_sorted_without_empty_ones() {
        let labels = Labels::from_pairs([("job", "node"), ("__name__", "up"), ("gone", ""), ("job", "vllm")]);
        assert_eq!(labels.iter().collect::<Vec<_>>(), [("__name__", "up"), ("job", "vllm")]);
        assert_eq!(labels.to_string(), r#"{__name__="up", job="vllm"}"#);
        assert_eq!(labels.without_name(), Labels::from_pairs([("job", "vllm")]));
    }

    #[test]
    fn long_and_wide_texts_survive_packing() {
        for length in [0, 1, 63, 64, 127, 128, 16_384, 3_000_000] {
            let value = "é".repeat(length) + "x";
            let labels = Labels::from_pairs([("a", value.as_str()), ("b", "y")]);
            assert_eq!(labels.value("a"), Some(value.as_str()));
            assert_eq!(labels.value("b"), Some("y"));
            assert_eq!(Labels::from_packed(labels.as_packed()), Some(labels));
        }
    }

    #[test]
    fn a_damaged_packed_set_is_refused() {
        let labels = Labels::from_pairs([("a", "1"), ("b", "2")]);
        let packed = labels.as_packed();
        assert!(Labels::from_packed(&packed[..packed.len() - 1]).is_none());
        assert!(Labels::from_packed(&format!("{packed}{packed}")).is_none());
    }

    #[test]
    fn order_is_by_name_then_value_then_length() {
        let a = Labels::from_pairs([("a", "1")]);
        let ab = Labels::from_pairs([("a", "1"), ("b", "1")]);
        let b = Labels::from_pairs([("b", "0")]);
        assert!(Labels::empty() < a && a < ab && ab < b);
    }
}
