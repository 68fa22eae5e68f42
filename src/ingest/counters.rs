//! What happened at the door, counted since the start.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// Counters that only grow. Shared by all targets and senders.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[$doc])+ pub $name: Counter,)+
        }

        /// The counters at one time.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct CountersSnapshot {
            $($(#[$doc])+ pub $name: u64,)+
        }

        impl Counters {
            /// Reads all of them.
            #[must_use]
            pub fn snapshot(&self) -> CountersSnapshot {
                CountersSnapshot { $($name: self.$name.value(),)+ }
            }
        }
    };
}

counters! {
    /// Samples that scrapes handed to the store, stale markers and report series included.
    scraped_samples,
    /// Scrapes that ended, well or not.
    scrapes,
    /// Scrapes that failed, for whatever reason.
    failed_scrapes,
    /// Pages that did not follow their format.
    malformed_pages,
    /// Samples refused because their series already had one at that time.
    duplicate_timestamp,
    /// Samples refused because they were older than what their series had.
    out_of_order,
    /// Samples refused because they lay too far in the future.
    out_of_bounds,
    /// Scrapes refused because they had too many samples.
    exceeded_sample_limit,
    /// Scrapes refused because a label set was too large.
    exceeded_label_limits,
    /// Scrapes refused because the body was too large.
    exceeded_body_size_limit,
    /// Samples accepted over remote write.
    remote_samples,
    /// Remote-write requests that were answered, well or not.
    remote_requests,
    /// Remote-write requests that were refused altogether.
    remote_failed_requests,
    /// Samples in remote-write requests that were refused.
    remote_rejected_samples,
    /// Native histograms in remote-write requests, which are not stored.
    remote_native_histograms,
    /// Exemplars in remote-write requests, which are not stored.
    remote_exemplars,
}

/// One counter.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts `amount` more.
    pub fn add(&self, amount: u64) {
        if amount > 0 {
            self.0.fetch_add(amount, Ordering::Relaxed);
        }
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
