//! The lines that a target's pages consist of, as raw bytes, in the order of the last page.
//!
//! A slot is one line: for a sample the bytes of its series, for a comment the whole line. Pages of one target
//! hardly ever change but for their numbers, so the reader compares the page with the slot that came next last time
//! and is right almost always. Where it is not, the slot is found by the hash of the bytes.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use crate::model::MetricType;
use crate::storage::SeriesRef;

/// One line that was met before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// The series; `None` for comments and for series that relabelling dropped.
    pub series: Option<SeriesRef>,
    /// Where the bytes start.
    start: u32,
    /// How many bytes there are.
    length: u32,
    /// The pass that met the line last.
    pub seen: u32,
    /// The pass that met it before that one.
    pub before: u32,
    /// Where the line stands in the order.
    position: u32,
    /// What the line is.
    pub what: What,
    /// Whether a stale marker is due when the series is missing after pass `seen`.
    pub tracked: bool,
    /// The same for pass `before`.
    pub was_tracked: bool,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A sample.
    Sample {
        /// Whether its series ends in a brace.
        braced: bool,
        /// The type under which its labels were decoded, where they depend on it.
        under: Option<MetricType>,
    },
    /// A comment, possibly one that declares a type for what follows.
    Comment {
        /// The type.
        declares: Option<MetricType>,
    },
}

impl What {
    /// Whether the same bytes mean the same where `kind` was declared last.
    #[inline]
    fn holds_under(self, kind: MetricType) -> bool {
        match self {
            Self::Sample { under: Some(under), .. } => under == kind,
            Self::Sample { under: None, .. } | Self::Comment { .. } => true,
        }
    }
}

/// The lines of one target.
#[derive(Default)]
pub(super) struct LineCache {
    bytes: Vec<u8>,
    slots: Vec<Slot>,
    /// Slots in the order of the last page; a line that stands twice is in here twice.
    order: Vec<u32>,
    /// Slots by the hash of their bytes; built when it is first needed.
    index: HashTable<u32>,
}

impl LineCache {
    /// The slot that stood at `position` in the last page, if its bytes stand at the front of `page` now and mean the
    /// same. Gives the slot's number and how many bytes it covers.
    #[inline]
    pub fn predicted(&self, position: usize, page: &[u8], kind: MetricType) -> Option<(u32, usize, What)> {
        let number = *self.order.get(position)?;
        let slot = self.slots.get(number as usize)?;
        let bytes = self.bytes_of(slot);
        (page.starts_with(bytes) && slot.what.holds_under(kind)).then_some((number, bytes.len(), slot.what))
    }

    /// The slot for exactly these bytes.
    pub fn find(&mut self, raw: &[u8], kind: MetricType) -> Option<u32> {
        if self.index.len() != self.slots.len() {
            self.rebuild_index();
        }
        let matches = |number: &u32| {
            let slot = self.slots.get(*number as usize);
            slot.is_some_and(|slot| self.bytes_of(slot) == raw && slot.what.holds_under(kind))
        };
        self.index.find(xxh3_64(raw), matches).copied()
    }

    /// Remembers a line. `None` when four gigabytes of lines are exceeded.
    pub fn insert(&mut self, raw: &[u8], what: What, series: Option<SeriesRef>) -> Option<u32> {
        let number = u32::try_from(self.slots.len()).ok()?;
        let start = u32::try_from(self.bytes.len()).ok()?;
        let length = u32::try_from(raw.len()).ok()?;
        start.checked_add(length)?;
        if self.index.len() != self.slots.len() {
            self.rebuild_index();
        }
        self.bytes.extend_from_slice(raw);
        self.slots.push(Slot {
            series,
            start,
            length,
            seen: 0,
            before: 0,
            position: 0,
            what,
            tracked: false,
            was_tracked: false,
        });
        let (bytes, slots) = (&self.bytes, &self.slots);
        self.index.insert_unique(xxh3_64(raw), number, |number| hash_of(bytes, slots, *number));
        Some(number)
    }

    #[inline]
    pub fn slot_mut(&mut self, number: u32) -> Option<&mut Slot> {
        self.slots.get_mut(number as usize)
    }

    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    pub fn bytes_of(&self, slot: &Slot) -> &[u8] {
        self.bytes.get(slot.start as usize..(slot.start as usize + slot.length as usize)).unwrap_or(&[])
    }

    /// Where the slot stood in the last page.
    pub fn position_of(&self, number: u32) -> usize {
        self.slots.get(number as usize).map_or(0, |slot| slot.position as usize)
    }

    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Takes the order of a page that was read to its end in pass `pass` and had `seen` different lines. Once too many
    /// lines are there that it did not have, they are forgotten.
    pub fn settle(&mut self, order: Vec<u32>, pass: u32, seen: usize) {
        self.order = order;
        if self.slots.len() - seen.min(self.slots.len()) > self.slots.len() / 4 + FEW {
            self.compact(pass);
        } else if self.bytes.capacity() > self.bytes.len() + self.bytes.len() / 4 {
            // A first page makes them grow by doubling; they hardly grow any more.
            self.bytes.shrink_to_fit();
            self.slots.shrink_to_fit();
            self.order.shrink_to_fit();
        }
        for (position, number) in self.order.iter().enumerate() {
            if let Some(slot) = self.slots.get_mut(*number as usize) {
                slot.position = u32::try_from(position).unwrap_or(u32::MAX);
            }
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Copies the lines that pass `pass` met, in their order, and drops the rest.
    fn compact(&mut self, pass: u32) {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut slots: Vec<Slot> = Vec::with_capacity(self.order.len());
        let mut moved = vec![u32::MAX; self.slots.len()];
        let mut order = Vec::with_capacity(self.order.len());
        for number in &self.order {
            let Some(slot) = self.slots.get(*number as usize).filter(|slot| slot.seen == pass) else { continue };
            let Some(target) = moved.get_mut(*number as usize) else { continue };
            if *target == u32::MAX {
                *target = u32::try_from(slots.len()).unwrap_or(u32::MAX);
                // Cannot exceed what the offsets of the larger cache held.
                let start = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                bytes.extend_from_slice(self.bytes_of(slot));
                slots.push(Slot { start, ..*slot });
            }
            order.push(*target);
        }
        bytes.shrink_to_fit();
        slots.shrink_to_fit();
        *self = Self { bytes, slots, order, index: HashTable::new() };
    }

    fn rebuild_index(&mut self) {
        let (bytes, slots) = (&self.bytes, &self.slots);
        let mut index = HashTable::with_capacity(slots.len());
        for number in 0..u32::try_from(slots.len()).unwrap_or(u32::MAX) {
            index.insert_unique(hash_of(bytes, slots, number), number, |number| hash_of(bytes, slots, *number));
        }
        self.index = index;
    }
}

/// Lines that come and go are cheaper to keep than to meet anew.
const FEW: usize = 16;

fn hash_of(bytes: &[u8], slots: &[Slot], number: u32) -> u64 {
    let raw = slots
        .get(number as usize)
        .and_then(|slot| bytes.get(slot.start as usize..(slot.start as usize + slot.length as usize)));
    xxh3_64(raw.unwrap_or(&[]))
}
