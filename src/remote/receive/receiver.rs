//! From a request to its answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use crate::ingest::Ingest;
use crate::model::Metadata;
use crate::storage::{Batch, Durability, Point, Reason};

use super::error::{Refused, WriteError};
use super::message::{TimeSeries, Visitor, walk};
use super::series_cache::{SeriesCache, key};

/// Takes remote-write requests. Cheap to clone; clones share the memory of series.
#[derive(Clone)]
pub struct Receiver {
    shared: Arc<Shared>,
}

struct Shared {
    door: Ingest,
    limits: ReceiveLimits,
    cache: SeriesCache,
}

/// How large things may be.
#[derive(Clone, Copy, Debug)]
pub struct ReceiveLimits {
    /// Bytes of a request on the wire.
    pub body: usize,
    /// Bytes of a request unpacked.
    pub unpacked: usize,
    /// Labels of a series.
    pub labels: usize,
    /// Bytes of a label's name.
    pub name_length: usize,
    /// Bytes of a label's value.
    pub value_length: usize,
}

impl Default for ReceiveLimits {
    /// Far above what senders send (a request of 2,000 samples has some 30 KB), far below what hurts.
    fn default() -> Self {
        Self { body: 32 << 20, unpacked: 128 << 20, labels: 256, name_length: 1024, value_length: 64 << 10 }
    }
}

/// A request that was stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOutcome {
    /// Samples that are in the store now, and safe from a power cut.
    pub stored: usize,
    /// Exemplars that were passed over.
    pub exemplars: usize,
    /// Families of which something was said.
    pub metadata: usize,
}

impl Receiver {
    /// A receiver in front of a door.
    #[must_use]
    pub fn new(door: Ingest, limits: ReceiveLimits) -> Self {
        Self { shared: Arc::new(Shared { door, limits, cache: SeriesCache::default() }) }
    }

    /// Takes one request; returns when what it brought survives a power cut.
    ///
    /// # Errors
    /// The request is refused, altogether or (with [`WriteError::Partial`]) in part, or the store takes nothing.
    pub async fn write(&self, headers: &HeaderMap, body: Bytes) -> Result<WriteOutcome, WriteError> {
        let counters = self.shared.door.counters();
        counters.remote_requests.add(1);
        let outcome = self.take(headers, body).await;
        if outcome.as_ref().is_err_and(|error| !matches!(error, WriteError::Partial { .. })) {
            counters.remote_failed_requests.add(1);
        }
        outcome
    }

    async fn take(&self, headers: &HeaderMap, body: Bytes) -> Result<WriteOutcome, WriteError> {
        check_headers(headers)?;
        let limits = &self.shared.limits;
        let size = snap::raw::decompress_len(&body).map_err(|error| WriteError::Snappy(error.to_string()))?;
        for (size, limit) in [(body.len(), limits.body), (size, limits.unpacked)] {
            if size > limit {
                return Err(WriteError::TooLarge { size: size as u64, limit: limit as u64 });
            }
        }
        let shared = Arc::clone(&self.shared);
        let decode = move || shared.unpack(&body).and_then(|request| Ok((shared.decode(&request)?, request)));
        let (decoded, request) = if size > LARGEST_INLINE {
            // A defect that ends the thread is not the sender's fault, but trying again would not help either.
            tokio::task::spawn_blocking(decode).await.map_err(|_| WriteError::Protobuf)??
        } else {
            decode()?
        };
        self.shared.store(decoded, &request).await
    }
}

impl Shared {
    fn unpack(&self, body: &[u8]) -> Result<Vec<u8>, WriteError> {
        snap::raw::Decoder::new().decompress_vec(body).map_err(|error| WriteError::Snappy(error.to_string()))
    }

    /// Finds the series of a request and lines up its samples.
    fn decode(&self, request: &[u8]) -> Result<Decoded, WriteError> {
        let mut collected = Collected::default();
        walk(request, &mut collected)?;
        let keys: Vec<u128> = collected.series.iter().map(|series| series.labels.map_or(0, key)).collect();
        let known = self.cache.find(&keys);
        let mut decoded = Decoded { metadata: collected.metadata, ..Decoded::default() };
        decoded.points.reserve(collected.series.len());
        let mut to_remember = Vec::new();
        for ((series, key), known) in collected.series.iter().zip(keys).zip(known) {
            decoded.exemplars += series.exemplars;
            decoded.histograms += series.histograms;
            decoded.samples += series.histograms;
            if series.histograms > 0 {
                decoded.refuse(series.histograms, || Refused::NativeHistogram);
            }
            let found = match known.filter(|_| series.labels.is_some()) {
                Some(known) => {
                    if !known.young {
                        to_remember.push((key, known.series));
                    }
                    Ok(known.series)
                }
                None => series.decode_labels(&self.limits).map(|labels| {
                    let found = self.door.store().resolve(&labels);
                    if series.labels.is_some() {
                        to_remember.push((key, found));
                    }
                    found
                }),
            };
            let before = decoded.samples;
            match found {
                Ok(found) => series.samples(|t, v| {
                    decoded.samples += 1;
                    decoded.points.push(Point { series: found, t, v });
                })?,
                Err(refused) => {
                    series.samples(|_, _| decoded.samples += 1)?;
                    decoded.refuse(decoded.samples - before, || refused);
                }
            }
        }
        if !to_remember.is_empty() {
            self.cache.insert(to_remember);
        }
        // Time by time instead of series by series: rows of one time are what the log writes in the fewest bytes.
        decoded.points.sort_by_key(|point| point.t);
        Ok(decoded)
    }

    async fn store(&self, mut decoded: Decoded, request: &[u8]) -> Result<WriteOutcome, WriteError> {
        for (family, metadata) in &decoded.metadata {
            self.door.store().set_metadata(family, metadata);
        }
        let mut points = std::mem::take(&mut decoded.points);
        let mut stored = 0;
        for attempt in 0..ATTEMPTS {
            if points.is_empty() {
                break;
            }
            let batch = Batch { points: points.clone(), durability: Durability::Now };
            let appended = self.door.store().append_async(batch).await.map_err(WriteError::Store)?;
            stored += appended.stored + appended.repeated;
            let again = attempt + 1 < ATTEMPTS && !appended.unknown_series.is_empty();
            for rejected in &appended.rejected {
                if again && rejected.reason == Reason::UnknownSeries {
                    continue;
                }
                let Some(point) = points.get(rejected.index) else { continue };
                decoded.refuse(1, || Refused::Sample {
                    reason: rejected.reason,
                    series: self.door.store().labels_of(point.series).unwrap_or_default().to_string(),
                    time: point.t,
                });
            }
            points = Vec::new();
            if again {
                // The store has let go of series that were silent for long; they are found anew.
                self.cache.clear();
                let anew = self.decode(request)?.points;
                points = appended.unknown_series.iter().filter_map(|index| anew.get(*index).copied()).collect();
            }
        }
        let counters = self.door.counters();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        counters.remote_samples.add(count(stored));
        counters.remote_rejected_samples.add(count(decoded.refused));
        counters.remote_native_histograms.add(count(decoded.histograms));
        counters.remote_exemplars.add(count(decoded.exemplars));
        match decoded.first {
            Some(first) => Err(WriteError::Partial { refused: decoded.refused, samples: decoded.samples, first }),
            None => Ok(WriteOutcome { stored, exemplars: decoded.exemplars, metadata: decoded.metadata.len() }),
        }
    }
}

/// A request, lined up for the store.
#[derive(Default)]
struct Decoded {
    points: Vec<Point>,
    metadata: BTreeMap<String, Metadata>,
    /// All samples, native histograms included.
    samples: usize,
    exemplars: usize,
    histograms: usize,
    refused: usize,
    first: Option<Refused>,
}

impl Decoded {
    fn refuse(&mut self, samples: usize, why: impl FnOnce() -> Refused) {
        self.refused += samples;
        self.first.get_or_insert_with(why);
    }
}

/// What a walk over a request found.
#[derive(Default)]
struct Collected<'a> {
    series: Vec<TimeSeries<'a>>,
    metadata: BTreeMap<String, Metadata>,
}

impl<'a> Visitor<'a> for Collected<'a> {
    fn series(&mut self, series: TimeSeries<'a>) {
        self.series.push(series);
    }

    fn metadata(&mut self, family: String, metadata: Metadata) {
        if !family.is_empty() {
            self.metadata.insert(family, metadata);
        }
    }
}

/// Version 1.0 of the protocol: a protobuf message in a snappy block. Senders of old leave the headers out.
fn check_headers(headers: &HeaderMap) -> Result<(), WriteError> {
    let text = |name| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    if let Some(content_type) = text(CONTENT_TYPE) {
        let mut parts = content_type.split(';').map(str::trim);
        let is_protobuf = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/x-protobuf"));
        let is_known = parts.all(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            !name.trim().eq_ignore_ascii_case("proto") || value.trim().trim_matches('"') == "prometheus.WriteRequest"
        });
        if !is_protobuf || !is_known {
            return Err(WriteError::ContentType(content_type));
        }
    }
    match text(CONTENT_ENCODING) {
        Some(encoding) if !encoding.is_empty() && !encoding.eq_ignore_ascii_case("snappy") => {
            Err(WriteError::Encoding(encoding))
        }
        _ => Ok(()),
    }
}

/// Requests up to this size, unpacked, are decoded in well under a millisecond.
const LARGEST_INLINE: usize = 512 << 10;

/// Once more where the store has let go of a series.
const ATTEMPTS: usize = 2;
