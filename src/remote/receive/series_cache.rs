//! Series by the bytes of their labels, as senders write them.

use std::hash::{BuildHasherDefault, Hasher};

use hashbrown::HashMap;
use parking_lot::RwLock;
use xxhash_rust::xxh3::xxh3_128;

use crate::storage::SeriesRef;

/// Remembers series that were met lately. Two generations bound its size: when the young one is full, it becomes the
/// old one, and what nobody asks for until the next change is forgotten.
#[derive(Default)]
pub(super) struct SeriesCache {
    generations: RwLock<Generations>,
}

/// A series that was met before.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub series: SeriesRef,
    /// Whether it was met since the last change of generations; otherwise it wants to be inserted again.
    pub young: bool,
}

#[derive(Default)]
struct Generations {
    young: Map,
    old: Map,
}

type Map = HashMap<u128, SeriesRef, BuildHasherDefault<Taken>>;

impl SeriesCache {
    /// Looks up many at once, in their order: `keys` come from [`key`].
    pub fn find(&self, keys: &[u128]) -> Vec<Option<Known>> {
        let generations = self.generations.read();
        let find = |key| match generations.young.get(key) {
            Some(series) => Some(Known { series: *series, young: true }),
            None => generations.old.get(key).map(|series| Known { series: *series, young: false }),
        };
        keys.iter().map(find).collect()
    }

    /// Remembers a series; also moves one that is in use into the young generation.
    pub fn insert(&self, found: impl IntoIterator<Item = (u128, SeriesRef)>) {
        let mut generations = self.generations.write();
        for (key, series) in found {
            if generations.young.len() >= LARGEST_GENERATION {
                let young = std::mem::take(&mut generations.young);
                generations.old = young;
            }
            generations.young.insert(key, series);
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.generations.write() = Generations::default();
    }
}

/// The key for label fields. 128 bits: no two label sets of one store ever share them by chance.
pub(super) fn key(labels: &[u8]) -> u128 {
    xxh3_128(labels)
}

/// A hasher for keys that are hashes already.
#[derive(Default)]
pub(super) struct Taken(u64);

impl Hasher for Taken {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the low half is as good a hash as the whole")]
    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }
}

/// Series per generation: at about 40 bytes each, two generations stay below 40 MB.
const LARGEST_GENERATION: usize = 500_000;
