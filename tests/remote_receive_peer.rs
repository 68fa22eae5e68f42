//! A real Prometheus scrapes a page and sends it to us. Needs `prometheus` in the folder that METERBOX_PEERS names.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod ingest_support;

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use ingest_support::{Box, of};
use meterbox::remote::receive::{ReceiveLimits, Receiver};

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_sends_and_we_store() {
    let Some(folder) = std::env::var_os("METERBOX_PEERS") else {
        println!("skipped: METERBOX_PEERS names no folder with prometheus");
        return;
    };
    let program = PathBuf::from(folder).join("prometheus");
    if !program.exists() {
        println!("skipped: there is no {}", program.display());
        return;
    }
    let store = Box::new();
    let receiver = Receiver::new(store.door.clone(), ReceiveLimits::default());
    let write = |State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes| async move {
        match receiver.write(&headers, body).await {
            Ok(_) => (StatusCode::NO_CONTENT, String::new()),
            Err(error) => (StatusCode::from_u16(error.status()).unwrap(), error.to_string()),
        }
    };
    let page =
        || async { ([("content-type", "text/plain; version=0.0.4")], "# TYPE sent counter\nsent{x=\"é\"} 42.5\n") };
    let router = Router::new().route("/write", post(write)).route("/metrics", get(page)).with_state(receiver);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });

    let work = tempfile::tempdir().unwrap();
    let config = format!(
        "global: {{scrape_interval: 1s, scrape_timeout: 1s, external_labels: {{box: far}}}}\n\
         scrape_configs: [{{job_name: j, static_configs: [{{targets: ['{address}']}}]}}]\n\
         remote_write: [{{url: 'http://{address}/write', queue_config: {{batch_send_deadline: 1s}}}}]\n"
    );
    std::fs::write(work.path().join("prometheus.yml"), config).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let _running = Running(
        Command::new(program)
            .arg(format!("--config.file={}", work.path().join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", work.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let begun = Instant::now();
    loop {
        let content = store.everything(0);
        if content.iter().any(|(series, samples)| series.contains("\"sent\"") && samples.split(' ').count() >= 3) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing arrives: {content:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let content = store.everything(0);
    assert!(
        of(&content, &format!("\"sent\", box=\"far\", instance=\"{address}\", job=\"j\", x=\"é\""))
            .starts_with("42.5@")
    );
    assert!(of(&content, "\"up\"").starts_with("1@"));
    let counters = store.door.counters().snapshot();
    assert_eq!((counters.remote_failed_requests, counters.remote_rejected_samples), (0, 0));
}

/// Ends the program with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
