//! A process that writes is killed with SIGKILL, again and again.
// Helpers of a test may stop at the first surprise, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod storage_support;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use meterbox::storage::{Options, Store};
use storage_support::*;

const SERIES: usize = 60;

/// Not a test of its own: the process that the test below starts and kills. It says each step that was answered.
#[test]
fn child() {
    let Ok(dir) = std::env::var("METERBOX_TEST_CHILD_DIR") else { return };
    let first: i64 = std::env::var("METERBOX_TEST_CHILD_STEP").unwrap().parse().unwrap();
    let store = Store::open(options(Path::new(&dir))).unwrap();
    let series = resolve(&store, "m", SERIES);
    let mut out = std::io::stdout();
    for step in first.. {
        let points = row(&series, DAY0 + step * 1000, |index| (index as i64 * step) as f64);
        let appended = if step % 2 == 0 { append(&store, points) } else { append_now(&store, points) };
        assert_eq!(appended.stored, SERIES);
        writeln!(out, "step {step}").unwrap();
        out.flush().unwrap();
        if step % 37 == 0 {
            store.flush().unwrap();
        }
    }
}

#[test]
fn a_killed_process_loses_nothing_that_it_answered() {
    let dir = tempfile::tempdir().unwrap();
    let mut last = -1i64;
    for round in 0..20u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env("METERBOX_TEST_CHILD_DIR", dir.path())
            .env("METERBOX_TEST_CHILD_STEP", (last + 1).to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        let enough = 5 + mix(round) % 60;
        while seen < enough {
            let line = lines.next().expect("the child ended").unwrap();
            if let Some(step) = line.strip_prefix("step ") {
                last = step.parse().unwrap();
                seen += 1;
            }
        }
        std::thread::sleep(Duration::from_micros(mix(round + 99) % 3000));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            if let Some(step) = line.strip_prefix("step ").and_then(|step| step.parse().ok()) {
                last = step;
            }
        }
        let store = Store::open(options(dir.path())).unwrap();
        let read = all(&store);
        assert_eq!(read.len(), SERIES);
        for (labels, columns) in &read {
            let index: i64 = labels.value("index").unwrap().parse().unwrap();
            // What was written but not answered may be there; then it is the next step.
            assert!(columns.len() as i64 > last, "round {round}: {} of {} steps", columns.len(), last + 1);
            for (step, (t, v)) in (0i64..).zip(columns.timestamps.iter().zip(&columns.values)) {
                assert_eq!((*t, *v), (DAY0 + step * 1000, (index * step) as f64));
            }
        }
        last = read[0].1.len() as i64 - 1;
        assert!(read.iter().all(|(_, columns)| columns.len() as i64 == last + 1), "a row is there in part");
    }
}

fn options(dir: &Path) -> Options {
    Clock::at(DAY0 + DAY).options(dir)
}
