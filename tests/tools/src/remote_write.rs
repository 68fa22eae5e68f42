//! Writes the messages of the Prometheus remote-write 1.0 protocol: protocol buffers, snappy, POST.

use crate::http::{Answer, Connection};

/// One series with its samples: label pairs sorted by name, `(milliseconds, value)` in time order.
pub struct WriteSeries<'a> {
    /// Sorted label pairs, `__name__` among them.
    pub labels: &'a [(String, String)],
    /// Samples in time order.
    pub samples: &'a [(i64, f64)],
}

/// Encodes a write request, not yet compressed.
pub fn encode<'a>(series: impl IntoIterator<Item = WriteSeries<'a>>) -> Vec<u8> {
    let mut message = Vec::new();
    for one in series {
        let labels = encode_labels(one.labels);
        append_series(&mut message, &labels, one.samples.iter().copied());
    }
    message
}

/// The encoded labels of a series, to be used again in every request that has samples of it.
pub fn encode_labels(labels: &[(String, String)]) -> Vec<u8> {
    let mut encoded = Vec::new();
    let mut pair = Vec::new();
    for (name, value) in labels {
        pair.clear();
        for (tag, text) in [(0x0a, name), (0x12, value)] {
            pair.push(tag);
            varint(&mut pair, text.len() as u64);
            pair.extend_from_slice(text.as_bytes());
        }
        encoded.push(0x0a);
        varint(&mut encoded, pair.len() as u64);
        encoded.extend_from_slice(&pair);
    }
    encoded
}

/// Appends one series (labels as [`encode_labels`] gives them) to a write request.
pub fn append_series(message: &mut Vec<u8>, labels: &[u8], samples: impl Iterator<Item = (i64, f64)>) {
    let mut body = Vec::with_capacity(labels.len() + 24);
    body.extend_from_slice(labels);
    for (time, value) in samples {
        let mut sample = [0_u8; 20];
        sample[0] = 0x09;
        sample[1..9].copy_from_slice(&value.to_le_bytes());
        sample[9] = 0x10;
        let length = 10 + put_varint(&mut sample[10..], time as u64);
        body.push(0x12);
        body.push(length as u8);
        body.extend_from_slice(&sample[..length]);
    }
    message.push(0x0a);
    varint(message, body.len() as u64);
    message.extend_from_slice(&body);
}

/// Compresses an encoded request for sending.
pub fn compress(message: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new()
        .compress_vec(message)
        .unwrap_or_else(|error| panic!("a write request of {} bytes: {error}", message.len()))
}

/// Sends a compressed request to `target` (`/api/v1/write`).
pub fn send(connection: &mut Connection, target: &str, compressed: &[u8]) -> std::io::Result<Answer> {
    let headers = [
        ("Content-Type", "application/x-protobuf"),
        ("Content-Encoding", "snappy"),
        ("X-Prometheus-Remote-Write-Version", "0.1.0"),
        ("User-Agent", "meterbox-testkit"),
    ];
    connection.request("POST", target, &headers, compressed)
}

fn varint(out: &mut Vec<u8>, value: u64) {
    let mut bytes = [0_u8; 10];
    let length = put_varint(&mut bytes, value);
    out.extend_from_slice(&bytes[..length]);
}

fn put_varint(out: &mut [u8], mut value: u64) -> usize {
    let mut at = 0;
    while value >= 0x80 {
        out[at] = (value as u8) | 0x80;
        value >>= 7;
        at += 1;
    }
    out[at] = value as u8;
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_the_protocol() {
        let labels = [("__name__".to_owned(), "m".to_owned())];
        let bytes = encode([WriteSeries { labels: &labels, samples: &[(300, 1.0)] }]);
        let expected = [
            &[0x0a, 30, 0x0a, 13, 0x0a, 8][..],
            b"__name__",
            &[0x12, 1, b'm', 0x12, 12, 0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x10, 0xac, 0x02],
        ];
        // The length of the series is 15 for its label and 14 for its sample.
        let mut expected = expected.concat();
        expected[1] = 29;
        assert_eq!(bytes, expected);
    }
}
