//! What all targets and senders share.

use std::sync::Arc;

use crate::model::Labels;
use crate::storage::Store;

use super::counters::Counters;
use super::target::{TargetIngest, TargetRules};

/// The door into a store. Cheap to clone; all clones count together.
#[derive(Clone)]
pub struct Ingest {
    store: Store,
    counters: Arc<Counters>,
}

impl Ingest {
    /// A door into `store`.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, counters: Arc::new(Counters::default()) }
    }

    /// The way in for one target with these labels.
    #[must_use]
    pub fn target(&self, labels: Labels, rules: TargetRules) -> TargetIngest {
        TargetIngest::new(self.clone(), labels, rules)
    }

    /// The store behind the door.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What happened so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}
