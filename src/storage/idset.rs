//! A set of series numbers: words of 64 bits where there are any.

use super::bits::{Cursor, put_varint};

/// A sorted, sparse bitmap. Numbers are given out in a row, so that a target's series share words: a dense set
/// costs a quarter of a byte a series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct IdSet {
    words: Vec<(u32, u64)>,
}

impl IdSet {
    pub(super) fn contains(&self, id: u32) -> bool {
        self.words
            .binary_search_by_key(&(id >> 6), |(index, _)| *index)
            .ok()
            .and_then(|place| self.words.get(place))
            .is_some_and(|(_, bits)| bits >> (id & 63) & 1 == 1)
    }

    /// Adds a number; cheap at the end, where numbers usually come.
    pub(super) fn insert(&mut self, id: u32) {
        let (index, bit) = (id >> 6, 1u64 << (id & 63));
        match self.words.last_mut() {
            Some((last, bits)) if *last == index => *bits |= bit,
            Some((last, _)) if *last > index => match self.words.binary_search_by_key(&index, |(index, _)| *index) {
                Ok(place) => {
                    if let Some((_, bits)) = self.words.get_mut(place) {
                        *bits |= bit;
                    }
                }
                Err(place) => self.words.insert(place, (index, bit)),
            },
            _ => self.words.push((index, bit)),
        }
    }

    pub(super) fn union(&mut self, other: &Self) {
        if self.words.is_empty() {
            self.words.clone_from(&other.words);
            return;
        }
        let mut merged = Vec::with_capacity(self.words.len().max(other.words.len()));
        let mut left = self.words.iter().copied().peekable();
        let mut right = other.words.iter().copied().peekable();
        loop {
            match (left.peek().copied(), right.peek().copied()) {
                (Some((a, x)), Some((b, y))) if a == b => {
                    merged.push((a, x | y));
                    left.next();
                    right.next();
                }
                (Some((a, x)), Some((b, _))) if a < b => {
                    merged.push((a, x));
                    left.next();
                }
                (Some(item), None) => {
                    merged.push(item);
                    left.next();
                }
                (_, Some(item)) => {
                    merged.push(item);
                    right.next();
                }
                (None, None) => break,
            }
        }
        self.words = merged;
    }

    pub(super) fn len(&self) -> usize {
        self.words.iter().map(|(_, bits)| bits.count_ones() as usize).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().flat_map(|(index, bits)| {
            let base = index << 6;
            let mut left = *bits;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                Some(base | bit)
            })
        })
    }

    /// The bytes of the `ids` row of a day file.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(4 + self.words.len() * 9);
        put_varint(&mut out, self.words.len() as u64);
        let mut previous = 0;
        for (index, bits) in &self.words {
            put_varint(&mut out, u64::from(index - previous));
            out.extend_from_slice(&bits.to_le_bytes());
            previous = *index;
        }
        out
    }

    /// The way back of [`IdSet::encode`].
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let count = cursor.length()?;
        let mut words = Vec::with_capacity(count.min(bytes.len() / 9));
        let mut index = 0u32;
        for _ in 0..count {
            index = index.checked_add(u32::try_from(cursor.varint()?).ok()?)?;
            words.push((index, cursor.u64()?));
        }
        cursor.is_empty().then_some(Self { words })
    }
}

impl FromIterator<u32> for IdSet {
    fn from_iter<I: IntoIterator<Item = u32>>(ids: I) -> Self {
        let mut set = Self::default();
        for id in ids {
            set.insert(id);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_behave_like_sets() {
        let ids = [5, 3, 64, 63, 1000, 0, 4_000_000_000, 5];
        let set: IdSet = ids.into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 3, 5, 63, 64, 1000, 4_000_000_000]);
        assert_eq!(set.len(), 7);
        assert!(set.contains(63) && !set.contains(62) && !set.contains(999));
        assert_eq!(IdSet::decode(&set.encode()), Some(set.clone()));
        assert_eq!(IdSet::decode(&set.encode()[..9]), None);
        let mut other: IdSet = [7, 65, 2000].into_iter().collect();
        other.union(&set);
        assert_eq!(other.iter().collect::<Vec<_>>(), [0, 3, 5, 7, 63, 64, 65, 1000, 2000, 4_000_000_000]);
    }
}
