//! `prometheus.WriteRequest` as remote write 1.0 defines it (prometheus.io/docs/specs/prw/remote_write_spec).

use crate::model::{Labels, LabelsBuilder, METRIC_NAME, Metadata, MetricType};

use super::error::{Refused, WriteError};
use super::receiver::ReceiveLimits;
use super::wire::{Fields, Value};

/// Who wants to know what a request holds.
pub(super) trait Visitor<'a> {
    /// A series.
    fn series(&mut self, series: TimeSeries<'a>);
    /// What is said about a family.
    fn metadata(&mut self, family: String, metadata: Metadata);
}

/// One series of a request.
pub(super) struct TimeSeries<'a> {
    /// The whole message.
    message: &'a [u8],
    /// Its label fields, where they stand in front of all others, as every known sender writes them.
    pub labels: Option<&'a [u8]>,
    /// Native histograms, which are not stored.
    pub histograms: usize,
    /// Exemplars, which are not stored.
    pub exemplars: usize,
}

/// Walks over a request.
///
/// # Errors
/// It is not protobuf, or not of this shape. Series in front of the damage have been visited.
pub(super) fn walk<'a>(request: &'a [u8], visitor: &mut impl Visitor<'a>) -> Result<(), WriteError> {
    let mut fields = Fields::new(request);
    for (number, value) in &mut fields {
        match (number, value) {
            (1, Value::Bytes(message)) => visitor.series(TimeSeries::read(message)?),
            (3, Value::Bytes(message)) => {
                let (family, metadata) = read_metadata(message)?;
                visitor.metadata(family, metadata);
            }
            (1 | 3, _) => return Err(WriteError::Protobuf),
            _ => {}
        }
    }
    if fields.is_broken() { Err(WriteError::Protobuf) } else { Ok(()) }
}

impl<'a> TimeSeries<'a> {
    fn read(message: &'a [u8]) -> Result<Self, WriteError> {
        let mut series = Self { message, labels: None, histograms: 0, exemplars: 0 };
        let mut fields = Fields::new(message);
        let mut labels_end = 0;
        let mut in_front = true;
        let mut others = false;
        while let Some((number, value)) = fields.next() {
            match (number, value) {
                (1, Value::Bytes(_)) => {
                    in_front &= !others;
                    labels_end = message.len() - fields.rest().len();
                }
                (2, Value::Bytes(_)) => others = true,
                (3, Value::Bytes(_)) => {
                    series.exemplars += 1;
                    others = true;
                }
                (4, Value::Bytes(_)) => {
                    series.histograms += 1;
                    others = true;
                }
                (1..=4, _) => return Err(WriteError::Protobuf),
                _ => others = true,
            }
        }
        if fields.is_broken() {
            return Err(WriteError::Protobuf);
        }
        series.labels = message.get(..labels_end).filter(|_| in_front);
        Ok(series)
    }

    /// Calls `each` with time (ms) and value of every sample.
    #[inline]
    pub fn samples(&self, mut each: impl FnMut(i64, f64)) -> Result<(), WriteError> {
        for (number, value) in Fields::new(self.message) {
            let (2, Value::Bytes(sample)) = (number, value) else { continue };
            let (mut time, mut bits) = (0, 0);
            let mut fields = Fields::new(sample);
            for field in &mut fields {
                match field {
                    (1, Value::Fixed64(value)) => bits = value,
                    // int64 is sent as two's complement.
                    (2, Value::Varint(value)) => time = value.cast_signed(),
                    (1 | 2, _) => return Err(WriteError::Protobuf),
                    _ => {}
                }
            }
            if fields.is_broken() {
                return Err(WriteError::Protobuf);
            }
            each(time, f64::from_bits(bits));
        }
        Ok(())
    }

    /// Decodes the labels.
    pub fn decode_labels(&self, limits: &ReceiveLimits) -> Result<Labels, Refused> {
        let mut builder = LabelsBuilder::default();
        let mut count = 0;
        for (number, value) in Fields::new(self.message) {
            let (1, Value::Bytes(label)) = (number, value) else { continue };
            let (mut name, mut text) = (&[][..], &[][..]);
            for field in Fields::new(label) {
                match field {
                    (1, Value::Bytes(bytes)) => name = bytes,
                    (2, Value::Bytes(bytes)) => text = bytes,
                    _ => {}
                }
            }
            let (Ok(name), Ok(text)) = (std::str::from_utf8(name), std::str::from_utf8(text)) else {
                return Err(Refused::InvalidLabels { labels: builder.build().to_string() });
            };
            count += 1;
            if count > limits.labels || name.len() > limits.name_length || text.len() > limits.value_length {
                let name: String = name.chars().take(SHOWN).collect();
                return Err(Refused::LabelsTooLarge { name, length: text.len(), count });
            }
            if name.is_empty() || builder.pairs().any(|(known, _)| known == name) {
                builder.set(name, text);
                return Err(Refused::InvalidLabels { labels: builder.build().to_string() });
            }
            builder.set(name, text);
        }
        if builder.value(METRIC_NAME).is_empty() {
            return Err(Refused::InvalidLabels { labels: builder.build().to_string() });
        }
        Ok(builder.build())
    }
}

fn read_metadata(message: &[u8]) -> Result<(String, Metadata), WriteError> {
    let mut family = String::new();
    let mut metadata = Metadata::default();
    let mut fields = Fields::new(message);
    for field in &mut fields {
        match field {
            (1, Value::Varint(kind)) => metadata.kind = metric_type(kind),
            (2, Value::Bytes(bytes)) => family = String::from_utf8_lossy(bytes).into_owned(),
            (4, Value::Bytes(bytes)) => metadata.help = String::from_utf8_lossy(bytes).into_owned(),
            (5, Value::Bytes(bytes)) => metadata.unit = String::from_utf8_lossy(bytes).into_owned(),
            _ => {}
        }
    }
    if fields.is_broken() { Err(WriteError::Protobuf) } else { Ok((family, metadata)) }
}

fn metric_type(number: u64) -> MetricType {
    match number {
        1 => MetricType::Counter,
        2 => MetricType::Gauge,
        3 => MetricType::Histogram,
        4 => MetricType::GaugeHistogram,
        5 => MetricType::Summary,
        6 => MetricType::Info,
        7 => MetricType::StateSet,
        _ => MetricType::Unknown,
    }
}

/// How much of a label's name a message shows.
const SHOWN: usize = 50;
