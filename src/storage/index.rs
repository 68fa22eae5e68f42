//! The index in memory: which series exist, and which of them satisfy matchers.
//!
//! A label pair is stored once, with the sorted numbers of the series that carry it (its postings); a series is
//! the list of its pairs. Label sets are put together when they are asked for: most series are never asked for,
//! and a packed label set for each would be the largest thing in memory.

use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;

use hashbrown::{HashMap, HashTable};
use parking_lot::Mutex;

use super::idset::IdSet;
use crate::model::{Labels, MatchOp, Matcher};

/// All series that the store remembers.
pub(super) struct Index {
    hasher: RandomState,
    names: Vec<Name>,
    name_ids: HashMap<Arc<str>, u32>,
    pairs: Vec<Pair>,
    /// The pairs of each series, by number; empty for a number that is not in use.
    series: Vec<Box<[u32]>>,
    /// Fingerprint (low half) and number of each series.
    by_labels: HashTable<(u32, u32)>,
    live: usize,
    patterns: Mutex<HashMap<PatternKey, CachedPattern>>,
}

struct Name {
    text: Arc<str>,
    /// Pairs of this name, by value.
    values: HashTable<u32>,
    /// Grows when a value comes or goes: what was remembered about patterns is void then.
    version: u64,
    /// Series that carry the label.
    series: usize,
}

struct Pair {
    name: u32,
    value: Box<str>,
    postings: Vec<u32>,
}

#[derive(PartialEq, Eq, Hash)]
struct PatternKey {
    name: u32,
    negative: bool,
    pattern: String,
}

struct CachedPattern {
    version: u64,
    pairs: Arc<[u32]>,
}

impl Index {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            names: Vec::new(),
            name_ids: HashMap::new(),
            pairs: Vec::new(),
            series: Vec::new(),
            by_labels: HashTable::new(),
            live: 0,
            patterns: Mutex::new(HashMap::new()),
        }
    }

    /// How many series there are.
    pub(super) fn len(&self) -> usize {
        self.live
    }

    /// The number that the next new series gets, if nobody says otherwise.
    pub(super) fn next_id(&self) -> u32 {
        u32::try_from(self.series.len()).unwrap_or(u32::MAX)
    }

    /// Keeps numbers below `next` from being given out.
    pub(super) fn reserve_ids(&mut self, next: u32) {
        if self.series.len() < next as usize {
            self.series.resize_with(next as usize, Box::default);
        }
    }

    pub(super) fn find(&self, labels: &Labels) -> Option<u32> {
        let fingerprint = labels.fingerprint() as u32;
        self.by_labels
            .find(spread(fingerprint), |(candidate, id)| *candidate == fingerprint && self.is_series(*id, labels))
            .map(|(_, id)| *id)
    }

    /// Finds or registers; numbers are given out in a row.
    pub(super) fn resolve(&mut self, labels: &Labels) -> u32 {
        if let Some(id) = self.find(labels) {
            return id;
        }
        let id = self.next_id();
        self.insert(id, labels);
        id
    }

    /// Registers a series under a number that was given out before (log, registry, day files). False when the
    /// number belongs to other labels already.
    pub(super) fn insert(&mut self, id: u32, labels: &Labels) -> bool {
        self.reserve_ids(id.saturating_add(1));
        if self.is_used(id) {
            return self.is_series(id, labels);
        }
        let pairs: Box<[u32]> = labels.iter().map(|(name, value)| self.pair_id(name, value)).collect();
        for pair_id in &pairs {
            let Some(pair) = self.pairs.get_mut(*pair_id as usize) else { continue };
            match pair.postings.last() {
                Some(last) if *last > id => {
                    if let Err(place) = pair.postings.binary_search(&id) {
                        pair.postings.insert(place, id);
                    }
                }
                _ => pair.postings.push(id),
            }
            if let Some(name) = self.names.get_mut(pair.name as usize) {
                name.series += 1;
            }
        }
        let fingerprint = labels.fingerprint() as u32;
        self.by_labels.insert_unique(spread(fingerprint), (fingerprint, id), |(fingerprint, _)| spread(*fingerprint));
        if let Some(slot) = self.series.get_mut(id as usize) {
            *slot = pairs;
        }
        self.live += 1;
        true
    }

    /// Forgets series. Numbers are not given out again.
    pub(super) fn remove(&mut self, ids: &IdSet) {
        let mut touched = Vec::new();
        for id in ids.iter() {
            let Some(labels) = self.labels(id) else { continue };
            let fingerprint = labels.fingerprint() as u32;
            if let Ok(entry) = self.by_labels.find_entry(spread(fingerprint), |(_, candidate)| *candidate == id) {
                entry.remove();
            }
            if let Some(slot) = self.series.get_mut(id as usize) {
                touched.extend(std::mem::take(slot));
            }
            self.live -= 1;
        }
        touched.sort_unstable();
        touched.dedup();
        for pair_id in touched {
            let Some(pair) = self.pairs.get_mut(pair_id as usize) else { continue };
            let before = pair.postings.len();
            pair.postings.retain(|id| !ids.contains(*id));
            pair.postings.shrink_to_fit();
            if let Some(name) = self.names.get_mut(pair.name as usize) {
                name.series = name.series.saturating_sub(before - pair.postings.len());
                if pair.postings.is_empty() {
                    name.version += 1;
                }
            }
        }
    }

    /// The label set of a series.
    pub(super) fn labels(&self, id: u32) -> Option<Labels> {
        self.is_used(id).then(|| Labels::from_sorted(self.label_pairs(id)))
    }

    /// The numbers of the series that satisfy all matchers, sorted.
    pub(super) fn select(&self, matchers: &[Matcher]) -> Vec<u32> {
        let mut required: Vec<Vec<u32>> = Vec::new();
        let mut excluded: Vec<Vec<u32>> = Vec::new();
        for matcher in matchers {
            if matcher.matches_empty() {
                // Whoever lacks the label satisfies; whoever has a value that fails does not.
                excluded.push(self.postings_where(matcher, false));
            } else {
                let postings = self.postings_where(matcher, true);
                if postings.is_empty() {
                    return Vec::new();
                }
                required.push(postings);
            }
        }
        required.sort_by_key(Vec::len);
        let mut required = required.into_iter();
        let mut ids = match required.next() {
            Some(first) => first,
            None => (0..self.next_id()).filter(|id| self.is_used(*id)).collect(),
        };
        for other in required {
            ids = intersect(&ids, &other);
        }
        for other in excluded {
            if !other.is_empty() {
                ids = subtract(&ids, &other);
            }
        }
        ids
    }

    /// Sorts numbers by the labels of their series.
    pub(super) fn sort_by_labels(&self, ids: &mut [u32]) {
        ids.sort_unstable_by(|left, right| self.compare(*left, *right));
    }

    /// The label names that at least one series has of which `wanted` says yes; sorted.
    pub(super) fn label_names(&self, wanted: impl Fn(u32) -> bool) -> Vec<String> {
        let is_wanted = |pair: &u32| self.has_any(*pair, &wanted);
        let mut names: Vec<String> = self
            .names
            .iter()
            .filter(|name| name.series > 0 && name.values.iter().any(is_wanted))
            .map(|name| name.text.to_string())
            .collect();
        names.sort_unstable();
        names
    }

    /// The values of a label, likewise.
    pub(super) fn label_values(&self, name: &str, wanted: impl Fn(u32) -> bool) -> Vec<String> {
        let Some(name) = self.name_ids.get(name).and_then(|id| self.names.get(*id as usize)) else {
            return Vec::new();
        };
        let mut values: Vec<String> = name
            .values
            .iter()
            .filter(|pair| self.has_any(**pair, &wanted))
            .filter_map(|pair| self.pairs.get(*pair as usize))
            .map(|pair| pair.value.to_string())
            .collect();
        values.sort_unstable();
        values
    }

    /// The newest series are tried first: they are the likeliest to have samples.
    fn has_any(&self, pair: u32, wanted: impl Fn(u32) -> bool) -> bool {
        self.pairs.get(pair as usize).is_some_and(|pair| pair.postings.iter().rev().any(|id| wanted(*id)))
    }

    /// The label names of some series; sorted.
    pub(super) fn names_of(&self, ids: &[u32]) -> Vec<String> {
        let mut seen = vec![false; self.names.len()];
        for pair in ids.iter().filter_map(|id| self.series.get(*id as usize)).flatten() {
            let name = self.pairs.get(*pair as usize).and_then(|pair| seen.get_mut(pair.name as usize));
            if let Some(seen) = name {
                *seen = true;
            }
        }
        let mut names: Vec<String> =
            (self.names.iter().zip(seen)).filter(|(_, seen)| *seen).map(|(name, _)| name.text.to_string()).collect();
        names.sort_unstable();
        names
    }

    /// The values of one label among some series; sorted.
    pub(super) fn values_of(&self, name: &str, ids: &[u32]) -> Vec<String> {
        let Some(name) = self.name_ids.get(name).copied() else { return Vec::new() };
        let mut pairs: Vec<u32> = ids
            .iter()
            .filter_map(|id| self.series.get(*id as usize))
            .flatten()
            .copied()
            .filter(|pair| self.pairs.get(*pair as usize).is_some_and(|pair| pair.name == name))
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut values: Vec<String> =
            pairs.iter().filter_map(|pair| self.pairs.get(*pair as usize)).map(|pair| pair.value.to_string()).collect();
        values.sort_unstable();
        values
    }

    /// How many label pairs are in use.
    pub(super) fn pair_count(&self) -> usize {
        self.pairs.iter().filter(|pair| !pair.postings.is_empty()).count()
    }

    /// Every pair in use: name, value, how many series carry it.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str, usize)> {
        self.pairs.iter().filter(|pair| !pair.postings.is_empty()).filter_map(|pair| {
            let name = self.names.get(pair.name as usize)?;
            Some((&*name.text, &*pair.value, pair.postings.len()))
        })
    }

    pub(super) fn is_used(&self, id: u32) -> bool {
        // A series without labels cannot be told from a free number here; nobody sends one.
        self.series.get(id as usize).is_some_and(|pairs| !pairs.is_empty())
    }

    fn label_pairs(&self, id: u32) -> impl Iterator<Item = (&str, &str)> {
        self.series.get(id as usize).into_iter().flatten().filter_map(|pair| {
            let pair = self.pairs.get(*pair as usize)?;
            Some((&*self.names.get(pair.name as usize)?.text, &*pair.value))
        })
    }

    fn is_series(&self, id: u32, labels: &Labels) -> bool {
        self.label_pairs(id).eq(labels.iter())
    }

    fn compare(&self, left: u32, right: u32) -> Ordering {
        let (Some(a), Some(b)) = (self.series.get(left as usize), self.series.get(right as usize)) else {
            return left.cmp(&right);
        };
        for (x, y) in a.iter().zip(b.iter()) {
            if x == y {
                continue;
            }
            let (Some(x), Some(y)) = (self.pairs.get(*x as usize), self.pairs.get(*y as usize)) else {
                return left.cmp(&right);
            };
            if x.name != y.name {
                let text = |name: u32| self.names.get(name as usize).map(|name| &*name.text);
                return text(x.name).cmp(&text(y.name));
            }
            return x.value.cmp(&y.value);
        }
        a.len().cmp(&b.len())
    }

    fn pair_id(&mut self, name: &str, value: &str) -> u32 {
        let name_id = match self.name_ids.get(name) {
            Some(id) => *id,
            None => {
                let id = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
                let text: Arc<str> = name.into();
                self.name_ids.insert(Arc::clone(&text), id);
                self.names.push(Name { text, values: HashTable::new(), version: 0, series: 0 });
                id
            }
        };
        let hash = self.hasher.hash_one(value);
        let next = u32::try_from(self.pairs.len()).unwrap_or(u32::MAX);
        let Self { hasher, names, pairs, .. } = self;
        let value_of = |pair: u32| pairs.get(pair as usize).map_or("", |pair: &Pair| &*pair.value);
        let Some(entry) = names.get_mut(name_id as usize) else { return next };
        if let Some(id) = entry.values.find(hash, |pair| value_of(*pair) == value) {
            let id = *id;
            if pairs.get(id as usize).is_some_and(|pair| pair.postings.is_empty()) {
                entry.version += 1;
            }
            return id;
        }
        entry.values.insert_unique(hash, next, |pair| hasher.hash_one(value_of(*pair)));
        entry.version += 1;
        pairs.push(Pair { name: name_id, value: value.into(), postings: Vec::new() });
        next
    }

    /// The series that carry the matcher's label with a value that satisfies it (or, when `satisfied` is false,
    /// fails it); sorted.
    fn postings_where(&self, matcher: &Matcher, satisfied: bool) -> Vec<u32> {
        let Some(name_id) = self.name_ids.get(matcher.name.as_str()).copied() else { return Vec::new() };
        let Some(name) = self.names.get(name_id as usize) else { return Vec::new() };
        let positive_op = matches!(matcher.op, MatchOp::Equal | MatchOp::Regex);
        if let (Some(listed), true) = (matcher.listed(), positive_op == satisfied) {
            let pairs: Vec<u32> = listed.iter().filter_map(|value| self.find_pair(name, value)).collect();
            return self.union(&pairs);
        }
        let every = || name.values.iter().copied();
        let value_of = |pair: u32| self.pairs.get(pair as usize).map_or("", |pair| &*pair.value);
        if matcher.listed().is_some() {
            let pairs: Vec<u32> = every().filter(|pair| matcher.matches(value_of(*pair)) == satisfied).collect();
            return self.union(&pairs);
        }
        // What a pattern hits among the values is remembered, for `=~` and `!~` alike.
        let wants_hits = positive_op == satisfied;
        let key = PatternKey { name: name_id, negative: !wants_hits, pattern: matcher.value.clone() };
        if let Some(cached) = self.patterns.lock().get(&key)
            && cached.version == name.version
        {
            let pairs = Arc::clone(&cached.pairs);
            return self.union(&pairs);
        }
        let pairs: Arc<[u32]> = every().filter(|pair| matcher.matches(value_of(*pair)) == satisfied).collect();
        let mut patterns = self.patterns.lock();
        if patterns.len() >= PATTERNS {
            patterns.clear();
        }
        patterns.insert(key, CachedPattern { version: name.version, pairs: Arc::clone(&pairs) });
        drop(patterns);
        self.union(&pairs)
    }

    fn find_pair(&self, name: &Name, value: &str) -> Option<u32> {
        name.values
            .find(self.hasher.hash_one(value), |pair| {
                self.pairs.get(*pair as usize).is_some_and(|pair| &*pair.value == value)
            })
            .copied()
    }

    fn union(&self, pairs: &[u32]) -> Vec<u32> {
        let mut lists = pairs.iter().filter_map(|pair| self.pairs.get(*pair as usize)).map(|pair| &pair.postings);
        match pairs {
            [_] => lists.next().cloned().unwrap_or_default(),
            _ => {
                let mut ids: Vec<u32> = lists.flatten().copied().collect();
                // A series has one value of a label, so that nothing comes twice.
                ids.sort_unstable();
                ids
            }
        }
    }
}

/// What two sorted lists share. Walks the shorter one and leaps through the longer.
fn intersect(short: &[u32], long: &[u32]) -> Vec<u32> {
    let (short, mut long) = if short.len() <= long.len() { (short, long) } else { (long, short) };
    let mut out = Vec::with_capacity(short.len());
    for id in short {
        long = leap(long, *id);
        match long.first() {
            Some(first) if first == id => out.push(*id),
            Some(_) => {}
            None => break,
        }
    }
    out
}

/// What of the first sorted list is not in the second.
fn subtract(from: &[u32], other: &[u32]) -> Vec<u32> {
    let mut other = other;
    let mut out = Vec::with_capacity(from.len());
    for id in from {
        other = leap(other, *id);
        if other.first() != Some(id) {
            out.push(*id);
        }
    }
    out
}

/// The list from the first number on that is not below `id`, found by doubling steps.
fn leap(list: &[u32], id: u32) -> &[u32] {
    let mut step = 1;
    let mut low = 0;
    while list.get(low + step - 1).is_some_and(|candidate| *candidate < id) {
        low += step;
        step *= 2;
    }
    let window = list.get(low..list.len().min(low + step)).unwrap_or(&[]);
    let place = low + window.partition_point(|candidate| *candidate < id);
    list.get(place..).unwrap_or(&[])
}

/// Half a hash made into a whole one, so that only half has to be kept for each series.
fn spread(fingerprint: u32) -> u64 {
    u64::from(fingerprint).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Patterns that are remembered: more than all panels of a large dashboard ask for.
const PATTERNS: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Index {
        let mut index = Index::new();
        for job in ["node", "vllm", "dcgm"] {
            for instance in 0..10 {
                let instance = format!("host{instance}:80");
                index.resolve(&Labels::from_pairs([("__name__", "up"), ("job", job), ("instance", &instance)]));
            }
        }
        index.resolve(&Labels::from_pairs([("__name__", "alone")]));
        index
    }

    fn count(index: &Index, matchers: &[(MatchOp, &str, &str)]) -> usize {
        let matchers: Vec<Matcher> =
            matchers.iter().map(|(op, name, value)| Matcher::new(*op, *name, *value).unwrap()).collect();
        let fast = index.select(&matchers);
        let slow: Vec<u32> = (0..index.next_id())
            .filter(|id| {
                index.labels(*id).is_some_and(|labels| {
                    matchers.iter().all(|matcher| matcher.matches(labels.value_or_empty(&matcher.name)))
                })
            })
            .collect();
        assert_eq!(fast, slow, "{matchers:?}");
        fast.len()
    }

    #[test]
    fn matchers_mean_what_they_mean_in_prometheus() {
        use MatchOp::{Equal, NotEqual, NotRegex, Regex};
        let index = sample();
        assert_eq!(count(&index, &[]), 31);
        assert_eq!(count(&index, &[(Equal, "job", "node")]), 10);
        assert_eq!(count(&index, &[(Equal, "job", "")]), 1);
        assert_eq!(count(&index, &[(NotEqual, "job", "")]), 30);
        assert_eq!(count(&index, &[(NotEqual, "job", "node")]), 21);
        assert_eq!(count(&index, &[(Regex, "job", "node|vllm")]), 20);
        assert_eq!(count(&index, &[(Regex, "job", "node|")]), 11);
        assert_eq!(count(&index, &[(Regex, "job", ".*")]), 31);
        assert_eq!(count(&index, &[(Regex, "job", ".+")]), 30);
        assert_eq!(count(&index, &[(NotRegex, "job", ".+")]), 1);
        assert_eq!(count(&index, &[(NotRegex, "job", "v.*")]), 21);
        assert_eq!(count(&index, &[(NotRegex, "job", "v.*")]), 21);
        assert_eq!(count(&index, &[(NotRegex, "job", "node|dcgm")]), 11);
        assert_eq!(count(&index, &[(NotRegex, "job", "node|dcgm|")]), 10);
        assert_eq!(count(&index, &[(Equal, "absent", "")]), 31);
        assert_eq!(count(&index, &[(Equal, "absent", "x")]), 0);
        assert_eq!(count(&index, &[(Regex, "instance", "host[1-3].*"), (NotEqual, "job", "vllm")]), 6);
    }

    #[test]
    fn what_is_removed_is_gone_and_patterns_notice() {
        use MatchOp::Regex;
        let mut index = sample();
        assert_eq!(count(&index, &[(Regex, "instance", "host.*")]), 30);
        index.remove(&(0..10).collect());
        assert_eq!(index.len(), 21);
        assert_eq!(count(&index, &[(Regex, "job", "n.*")]), 0);
        assert_eq!(index.label_values("job", |_| true), ["dcgm", "vllm"]);
        let again = Labels::from_pairs([("__name__", "up"), ("job", "node"), ("instance", "host0:80")]);
        assert_eq!(index.find(&again), None);
        assert_eq!(index.resolve(&again), 31);
        assert_eq!(count(&index, &[(Regex, "job", "n.*")]), 1);
        assert_eq!(index.labels(31), Some(again));
    }

    #[test]
    fn order_is_that_of_label_sets() {
        let mut index = sample();
        index.resolve(&Labels::from_pairs([("__name__", "up"), ("a", "b")]));
        index.resolve(&Labels::from_pairs([("__name__", "up")]));
        let mut ids = index.select(&[]);
        index.sort_by_labels(&mut ids);
        let labels: Vec<Labels> = ids.iter().map(|id| index.labels(*id).unwrap()).collect();
        assert!(labels.is_sorted());
    }

    #[test]
    fn leaping_finds_every_border() {
        let list: Vec<u32> = (0..100).map(|x| x * 3).collect();
        for id in 0..310 {
            let expected = list.partition_point(|x| *x < id);
            assert_eq!(leap(&list, id), &list[expected..]);
        }
    }
}
