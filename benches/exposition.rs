//! How fast pages are read: `cargo bench --bench exposition`. Pages come from the folder of samples
//! (METERBOX_SHARED, `../shared` unless set); a line a case, in CPU time of all threads.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

use meterbox::collectors::host::Host;
use meterbox::exposition::{Entry, Format, Parser};
use meterbox::ingest::{Ingest, TargetRules};
use meterbox::model::{Labels, now_ms};
use meterbox::remote::receive::{ReceiveLimits, Receiver};
use meterbox::storage::{Options, Store};
use rustix::time::{ClockId, clock_gettime};

fn main() {
    let shared = std::env::var_os("METERBOX_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    println!("{:<28} {:>8} {:>8} {:>10} {:>12} {:>12}", "page", "bytes", "samples", "us/page", "MB/s", "samples/s");
    let mut host_page = String::new();
    Host::default().render(&mut host_page);
    bench_page("this host", &host_page, &moved(&host_page));
    for name in ["vllm_v1", "tgi", "sglang", "vllm_rust_openmetrics"] {
        let read = |index: u8| std::fs::read_to_string(shared.join(format!("samples/{name}.{index}.prom")));
        match (read(0), read(1)) {
            (Ok(first), Ok(second)) => bench_page(name, &first, &second),
            _ => println!("skipped: no {name} in {}", shared.join("samples").display()),
        }
    }
    bench_remote_write();
}

/// Requests of 2,000 series with one sample each, as Prometheus sends them; waiting for the disk is no CPU time.
fn bench_remote_write() {
    let folder = tempfile::tempdir().unwrap();
    let ingest = Ingest::new(Store::open(Options::new(folder.path())).unwrap());
    let receiver = Receiver::new(ingest, ReceiveLimits::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let origin = now_ms() - 3_600_000;
    let requests: Vec<bytes::Bytes> = (0..2500).map(|step| request(origin + step * 1000, step)).collect();
    let headers = http::HeaderMap::new();
    let size = requests.first().map_or(0, bytes::Bytes::len);
    let mut next = requests.iter();
    let time = measure(|_| {
        let request = next.next().expect("a machine this fast needs more requests");
        runtime.block_on(receiver.write(&headers, request.clone())).unwrap();
    });
    report("remote write", "to head", size, SERIES, time);
}

fn request(time: i64, step: i64) -> bytes::Bytes {
    let field = |number: u8, content: &[u8]| {
        let mut field = vec![number << 3 | 2];
        field.extend(varint(content.len() as u64));
        field.extend_from_slice(content);
        field
    };
    let mut request = Vec::new();
    for index in 0..SERIES {
        let mut series = Vec::new();
        let number = index.to_string();
        for (name, value) in [
            ("__name__", "http_request_duration_seconds_bucket"),
            ("instance", "gpu-node-1:8000"),
            ("job", "vllm"),
            ("le", number.as_str()),
            ("method", "POST"),
            ("model_name", "qwen3-8b"),
        ] {
            series.extend(field(1, &[field(1, name.as_bytes()), field(2, value.as_bytes())].concat()));
        }
        let mut sample = vec![0x09];
        sample.extend(((step * index as i64) as f64).to_le_bytes());
        sample.push(0x10);
        sample.extend(varint(time as u64));
        series.extend(field(2, &sample));
        request.extend(field(1, &series));
    }
    snap::raw::Encoder::new().compress_vec(&request).unwrap().into()
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

const SERIES: usize = 2000;

/// The same page with other numbers: every digit at the end of a line counts one up.
fn moved(page: &str) -> String {
    let next = |line: &str| match line.as_bytes().last() {
        Some(digit @ b'0'..=b'8') if !line.starts_with('#') => {
            format!("{}{}", line.get(..line.len() - 1).unwrap_or(""), char::from(digit + 1))
        }
        _ => line.to_owned(),
    };
    page.lines().map(|line| next(line) + "\n").collect()
}

fn bench_page(name: &str, first: &str, second: &str) {
    let format = if first.contains("# EOF") { Format::OpenMetrics } else { Format::Prometheus };
    let pages = [first.as_bytes(), second.as_bytes()];
    let count = |page| Parser::new(page, format).filter(|entry| matches!(entry, Ok(Entry::Sample(_)))).count();
    let samples = count(pages[0]).midpoint(count(pages[1]));

    let parse = measure(|round| {
        let page = pages[round % 2];
        black_box(Parser::new(black_box(page), format).filter(Result::is_ok).count());
    });
    report(name, "parse", pages[0].len(), samples, parse);

    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(Options::new(folder.path())).unwrap();
    let ingest = Ingest::new(store);
    let mut target = ingest.target(Labels::from_pairs([("job", "j"), ("instance", "i")]), TargetRules::default());
    let mut time = now_ms() - 3_600_000;
    // Without the store's part: what is lined up is thrown away.
    let lined_up = measure(|round| {
        time += 1;
        let (_, result) = target.page(black_box(pages[round % 2]), format, time);
        assert!(result.is_ok());
        target.discard();
    });
    report(name, "to batch", pages[0].len(), samples, lined_up);

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let to_head = measure(|round| {
        time += 1;
        let _ = target.page(black_box(pages[round % 2]), format, time);
        runtime.block_on(target.commit()).unwrap();
    });
    report(name, "to head", pages[0].len(), samples, to_head);

    let mut lines: Vec<&str> = first.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    if format == Format::Prometheus {
        let mut shuffled = Vec::new();
        for round in 0..2_u64 {
            lines.sort_by_key(|line| xxhash_rust::xxh3::xxh3_64_with_seed(line.as_bytes(), round));
            shuffled.push(lines.join("\n") + "\n");
        }
        let mut target = ingest.target(Labels::from_pairs([("job", "s"), ("instance", "i")]), TargetRules::default());
        let out_of_order = measure(|round| {
            time += 1;
            let (_, result) = target.page(black_box(shuffled[round % 2].as_bytes()), format, time);
            assert!(result.is_ok());
            target.discard();
        });
        report(name, "shuffled, to batch", shuffled[0].len(), samples, out_of_order);
    }
}

/// CPU time of one round in all threads, the best of several stretches: other programs on the machine do not count.
fn measure(mut round: impl FnMut(usize)) -> Duration {
    for warm in 0..20 {
        round(warm);
    }
    let mut best = Duration::MAX;
    for _ in 0..7 {
        let begun = cpu_time();
        let mut rounds = 0;
        while cpu_time() - begun < Duration::from_millis(100) {
            for _ in 0..10 {
                round(rounds as usize);
                rounds += 1;
            }
        }
        best = best.min((cpu_time() - begun) / rounds);
    }
    best
}

fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap()
}

fn report(page: &str, what: &str, bytes: usize, samples: usize, time: Duration) {
    let seconds = time.as_secs_f64();
    println!(
        "{:<28} {bytes:>8} {samples:>8} {:>10.1} {:>12.0} {:>10.1} M",
        format!("{page}, {what}"),
        seconds * 1e6,
        bytes as f64 / seconds / 1e6,
        samples as f64 / seconds / 1e6
    );
}
