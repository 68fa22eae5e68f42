//! Remote-write requests, well-formed and not, and what the store holds afterwards.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod ingest_support;

use axum::body::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use ingest_support::{Box, of};
use meterbox::model::{now_ms, stale_marker};
use meterbox::remote::receive::{ReceiveLimits, Receiver, WriteError, WriteOutcome};

/// Protobuf by hand: fields with a length in front.
fn bytes_field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    field.extend(varint(content.len() as u64));
    field.extend(content);
    field
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn labels(pairs: &[(&str, &str)]) -> Vec<u8> {
    let label = |(name, value): &(&str, &str)| {
        bytes_field(1, &[bytes_field(1, name.as_bytes()), bytes_field(2, value.as_bytes())].concat())
    };
    pairs.iter().flat_map(label).collect()
}

fn sample(time: i64, value: f64) -> Vec<u8> {
    let mut sample = vec![0x09];
    sample.extend(value.to_le_bytes());
    sample.push(0x10);
    sample.extend(varint(time as u64));
    bytes_field(2, &sample)
}

fn series(pairs: &[(&str, &str)], samples: &[(i64, f64)]) -> Vec<u8> {
    let mut message = labels(pairs);
    message.extend(samples.iter().flat_map(|(time, value)| sample(*time, *value)));
    bytes_field(1, &message)
}

fn packed(request: &[u8]) -> Bytes {
    snap::raw::Encoder::new().compress_vec(request).unwrap().into()
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("snappy"));
    headers
}

fn receiver(store: &Box) -> Receiver {
    Receiver::new(store.door.clone(), ReceiveLimits::default())
}

#[tokio::test]
async fn samples_and_metadata_are_stored() {
    let store = Box::new();
    let receiver = receiver(&store);
    let origin = now_ms() - 60_000;
    let metadata = [vec![0x08, 1], bytes_field(2, b"a"), bytes_field(4, b"What it is.")].concat();
    let nan = f64::from_bits(0x7ff8_0000_0000_00aa);
    let request = [
        series(&[("__name__", "a"), ("x", "1")], &[(origin, 1.0), (origin + 1, stale_marker())]),
        series(&[("x", "2"), ("__name__", "a"), ("empty", "")], &[(origin, -0.5), (origin + 1, nan)]),
        bytes_field(3, &metadata),
        bytes_field(9, b"of a later version"),
    ]
    .concat();
    let outcome = receiver.write(&headers(), packed(&request)).await.unwrap();
    assert_eq!(outcome, WriteOutcome { stored: 4, exemplars: 0, metadata: 1 });
    // A retry is no error as long as nothing newer has come: the samples are there.
    let again = series(&[("__name__", "a"), ("x", "1")], &[(origin + 1, stale_marker())]);
    assert_eq!(receiver.write(&headers(), packed(&again)).await.unwrap().stored, 1);
    let content = store.content(origin);
    assert_eq!(of(&content, "x=\"1\""), "1@0 stale@1");
    assert_eq!(of(&content, "x=\"2\""), "-0.5@0 NaN@1");
    assert_eq!(store.door.store().metadata(Some("a"))["a"][0].help, "What it is.");
    assert_eq!(store.door.counters().snapshot().remote_samples, 5);
    assert!(receiver.write(&HeaderMap::new(), packed(&[])).await.is_ok(), "old senders leave the headers out");
}

#[tokio::test]
async fn what_is_refused_does_not_hold_up_the_rest() {
    let store = Box::new();
    let receiver = receiver(&store);
    let origin = now_ms() - 60_000;
    let first = series(&[("__name__", "a")], &[(origin + 10, 1.0)]);
    receiver.write(&headers(), packed(&first)).await.unwrap();
    let second = [
        series(&[("__name__", "a")], &[(origin + 5, 5.0), (origin + 10, 2.0), (origin + 11, 3.0)]),
        series(&[("no", "name")], &[(origin, 1.0), (origin + 1, 1.0)]),
        series(&[("__name__", "b"), ("x", "1"), ("x", "2")], &[(origin, 1.0)]),
        series(&[("__name__", "c")], &[(origin, 1.0)]),
    ]
    .concat();
    let error = receiver.write(&headers(), packed(&second)).await.unwrap_err();
    assert_eq!(error.status(), 400);
    assert!(matches!(error, WriteError::Partial { refused: 5, samples: 7, .. }), "{error:?}");
    let late = series(&[("__name__", "a")], &[(origin + 5, 5.0)]);
    let error = receiver.write(&headers(), packed(&late)).await.unwrap_err();
    let text = format!(
        "out of order sample: series {{__name__=\"a\"}} at {} (1 of 1 samples refused, the rest stored)",
        origin + 5
    );
    assert_eq!(error.to_string(), text);
    let content = store.content(origin);
    assert_eq!(of(&content, "\"a\""), "1@10 3@11");
    assert_eq!(of(&content, "\"c\""), "1@0");
    assert_eq!(content.len(), 2);
}

#[tokio::test]
async fn native_histograms_are_refused_and_exemplars_passed_over() {
    let store = Box::new();
    let receiver = receiver(&store);
    let origin = now_ms() - 60_000;
    let mut message = labels(&[("__name__", "h")]);
    message.extend(sample(origin, 1.0));
    message.extend(bytes_field(3, &[1, 1, 1]));
    let ok = bytes_field(1, &message);
    assert_eq!(receiver.write(&headers(), packed(&ok)).await.unwrap().exemplars, 1);
    let histogram = bytes_field(1, &[labels(&[("__name__", "n")]), bytes_field(4, b"")].concat());
    let error = receiver.write(&headers(), packed(&histogram)).await.unwrap_err();
    assert!(error.to_string().starts_with("native histograms are not supported"), "{error}");
    assert_eq!(error.status(), 400);
    assert_eq!(store.door.counters().snapshot().remote_native_histograms, 1);
}

#[tokio::test]
async fn other_protocols_and_damage_are_told() {
    let store = Box::new();
    let receiver = receiver(&store);
    let good = packed(&series(&[("__name__", "a")], &[(now_ms(), 1.0)]));
    for (name, value) in [
        (CONTENT_TYPE, "application/x-protobuf;proto=io.prometheus.write.v2.Request"),
        (CONTENT_TYPE, "application/json"),
        (CONTENT_ENCODING, "zstd"),
    ] {
        let mut headers = headers();
        headers.insert(name, HeaderValue::from_static(value));
        let error = receiver.write(&headers, good.clone()).await.unwrap_err();
        assert_eq!(error.status(), 415, "{value}");
        assert!(error.to_string().contains(value), "{error}");
    }
    let mut v1 = headers();
    v1.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf;proto=prometheus.WriteRequest"));
    receiver.write(&v1, good).await.unwrap();
    for (body, status) in [
        (Bytes::from_static(b"nonsense"), 400),
        (Bytes::new(), 400),
        (packed(b"\x0a\xff"), 400),
        (packed(&[0x08, 1]), 400),
        (packed(&bytes_field(1, &bytes_field(2, &[0x09, 1]))), 400),
        (packed(&vec![0; 129 << 20]), 413),
        // A block that claims four gigabytes.
        (Bytes::from_static(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0]), 413),
    ] {
        let error = receiver.write(&headers(), body).await.unwrap_err();
        assert_eq!(error.status(), status, "{error}");
    }
    let long = "x".repeat(100_000);
    let many: Vec<(String, String)> = (0..300).map(|index| (format!("l{index}"), "x".to_owned())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for pairs in [&[("__name__", "a"), ("b", long.as_str())][..], &many] {
        let error = receiver.write(&headers(), packed(&series(pairs, &[(now_ms(), 1.0)]))).await.unwrap_err();
        assert!(error.to_string().starts_with("label set too large"), "{error}");
    }
}
