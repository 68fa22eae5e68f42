//! The payload of a samples record.

use super::super::bits::{Cursor, put_signed, put_varint};
use super::super::stream::{FROM_ZERO, Token, put_run, put_value, take_token};

/// Puts one record together, in one pass over the points.
#[derive(Default)]
pub(in super::super) struct RowEncoder {
    new_series: Vec<u8>,
    new_count: u64,
    count: u64,
    ids: Vec<u8>,
    expected_id: u32,
    id_run: u64,
    id_jump: i64,
    times: Vec<u8>,
    time: i64,
    time_before: i64,
    time_run: u64,
    values: Vec<u8>,
    unchanged: u32,
}

impl RowEncoder {
    /// A series that the log has not named before.
    pub(in super::super) fn new_series(&mut self, id: u32, packed: &str) {
        self.new_count += 1;
        put_varint(&mut self.new_series, u64::from(id));
        put_varint(&mut self.new_series, packed.len() as u64);
        self.new_series.extend_from_slice(packed.as_bytes());
    }

    /// The next point; its value has to follow.
    #[inline]
    pub(in super::super) fn point(&mut self, id: u32, t: i64) {
        self.count += 1;
        if id != self.expected_id || self.id_run == 0 {
            self.close_ids();
            self.id_jump = i64::from(id) - i64::from(self.expected_id);
        }
        self.id_run += 1;
        self.expected_id = id.wrapping_add(1);
        if t != self.time || self.time_run == 0 {
            self.close_times();
            self.time = t;
        }
        self.time_run += 1;
    }

    /// The point has the value that its series had before in this segment.
    #[inline]
    pub(in super::super) fn unchanged(&mut self) {
        self.unchanged += 1;
    }

    /// The point's value is what the token says.
    #[inline]
    pub(in super::super) fn token(&mut self, token: &[u8]) {
        self.close_values();
        self.values.extend_from_slice(token);
    }

    /// The point has this value, and whoever writes does not know what the segment has of the series.
    #[inline]
    pub(in super::super) fn fresh(&mut self, value: f64) {
        self.close_values();
        self.values.push(FROM_ZERO);
        put_value(&mut self.values, 0.0, value);
    }

    /// The point's value, of which the segment has the one before.
    #[inline]
    pub(in super::super) fn changed(&mut self, before: f64, value: f64) {
        self.close_values();
        put_value(&mut self.values, before, value);
    }

    /// Bytes of the new series so far.
    pub(in super::super) fn bound(&self) -> u64 {
        self.new_series.len() as u64 + 32
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.count == 0 && self.new_count == 0
    }

    /// Appends the payload to `out` and starts over.
    pub(in super::super) fn finish(&mut self, out: &mut Vec<u8>) {
        self.close_ids();
        self.close_times();
        self.close_values();
        put_varint(out, self.new_count);
        out.extend_from_slice(&self.new_series);
        put_varint(out, self.count);
        put_varint(out, self.ids.len() as u64);
        out.extend_from_slice(&self.ids);
        put_varint(out, self.times.len() as u64);
        out.extend_from_slice(&self.times);
        out.extend_from_slice(&self.values);
        self.new_series.clear();
        self.ids.clear();
        self.times.clear();
        self.values.clear();
        (self.new_count, self.count, self.expected_id, self.time, self.time_before) = (0, 0, 0, 0, 0);
    }

    #[inline]
    fn close_ids(&mut self) {
        if self.id_run > 0 {
            put_signed(&mut self.ids, self.id_jump);
            put_varint(&mut self.ids, self.id_run);
            self.id_run = 0;
        }
    }

    #[inline]
    fn close_times(&mut self) {
        if self.time_run > 0 {
            put_signed(&mut self.times, self.time.wrapping_sub(self.time_before));
            put_varint(&mut self.times, self.time_run);
            self.time_before = self.time;
            self.time_run = 0;
        }
    }

    #[inline]
    fn close_values(&mut self) {
        if self.unchanged > 0 {
            put_run(&mut self.values, self.unchanged);
            self.unchanged = 0;
        }
    }
}

/// Who takes in what a record holds.
pub(in super::super) trait Samples {
    /// A series that the log has not named before.
    fn series(&mut self, id: u32, packed: &str);
    /// A point; calls come in the order of the record.
    fn point(&mut self, id: u32, t: i64, v: f64);
}

/// Reads a payload. `previous` holds the last value of each series in the segment so far, by number, and is kept
/// up to date. `None` when the payload is none; a part may have been visited then.
pub(in super::super) fn decode_samples(
    payload: &[u8],
    previous: &mut Vec<f64>,
    samples: &mut impl Samples,
) -> Option<()> {
    let mut cursor = Cursor::new(payload);
    for _ in 0..cursor.varint()? {
        let id = u32::try_from(cursor.varint()?).ok()?;
        let length = cursor.length()?;
        samples.series(id, std::str::from_utf8(cursor.take(length)?).ok()?);
    }
    let mut left = cursor.varint()?;
    let length = cursor.length()?;
    let mut ids = Cursor::new(cursor.take(length)?);
    let length = cursor.length()?;
    let mut times = Cursor::new(cursor.take(length)?);
    let mut values = cursor;
    let (mut id, mut id_run) = (0i64, 0u64);
    let (mut t, mut time_run) = (0i64, 0u64);
    let mut unchanged = 0u32;
    while left > 0 {
        left -= 1;
        if id_run == 0 {
            id = id.checked_add(ids.signed()?)?;
            id_run = ids.varint()?;
        }
        id_run = id_run.checked_sub(1)?;
        if time_run == 0 {
            t = t.wrapping_add(times.signed()?);
            time_run = times.varint()?;
        }
        time_run = time_run.checked_sub(1)?;
        let place = usize::try_from(id).ok().filter(|place| *place < SERIES_MAX)?;
        if previous.len() <= place {
            previous.resize((place + 1).next_power_of_two(), 0.0);
        }
        let slot = previous.get_mut(place)?;
        if unchanged > 0 {
            unchanged -= 1;
        } else {
            if values.rest().first() == Some(&FROM_ZERO) {
                values.byte();
                *slot = 0.0;
            }
            match take_token(&mut values, *slot)? {
                Token::Value(value) => *slot = value,
                Token::Run(count) => unchanged = count - 1,
                Token::Step(_) => return None,
            }
        }
        samples.point(u32::try_from(id).ok()?, t, *slot);
        id += 1;
    }
    (values.is_empty() && ids.is_empty() && times.is_empty()).then_some(())
}

/// Numbers above are not believed: they would ask for gigabytes.
const SERIES_MAX: usize = 1 << 28;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Kept {
        series: Vec<(u32, String)>,
        points: Vec<(u32, i64, u64)>,
    }

    impl Samples for Kept {
        fn series(&mut self, id: u32, packed: &str) {
            self.series.push((id, packed.to_owned()));
        }
        fn point(&mut self, id: u32, t: i64, v: f64) {
            self.points.push((id, t, v.to_bits()));
        }
    }

    #[test]
    fn rows_come_back_and_an_unchanged_scrape_costs_next_to_nothing() {
        let mut encoder = RowEncoder::default();
        let mut last = vec![0.0; 600];
        let mut previous = Vec::new();
        for round in 0..4i64 {
            let mut expected = Vec::new();
            if round == 0 {
                encoder.new_series(3, "packed");
            }
            for id in (0..500u32).chain([599, 7]) {
                let value = if id % 5 == 0 { round as f64 * f64::from(id) } else { 42.5 };
                let t = 1_000 + round * 15_000 + i64::from(id == 7);
                encoder.point(id, t);
                let slot: &mut f64 = &mut last[id as usize];
                if slot.to_bits() == value.to_bits() {
                    encoder.unchanged();
                } else {
                    if round == 0 {
                        encoder.fresh(value)
                    } else {
                        encoder.changed(*slot, value)
                    }
                    *slot = value;
                }
                expected.push((id, t, value.to_bits()));
            }
            let mut payload = Vec::new();
            encoder.finish(&mut payload);
            assert!(round == 0 || payload.len() < 400, "{} bytes", payload.len());
            let mut kept = Kept::default();
            assert!(decode_samples(&payload, &mut previous, &mut kept).is_some());
            assert_eq!(kept.points, expected);
            assert_eq!(kept.series.len(), usize::from(round == 0));
            let mut scratch = previous.clone();
            assert!(decode_samples(&payload[..payload.len() - 1], &mut scratch, &mut Kept::default()).is_none());
        }
    }
}
