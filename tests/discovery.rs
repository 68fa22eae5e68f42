//! Discovery: targets from files and services, as they come, change and break.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use meterbox::config::{Config, ScrapeJob};
use meterbox::discovery::{self, BuildError, Discovery, Groups, SourceKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

fn job(folder: &Path, lines: &str) -> Arc<ScrapeJob> {
    let indented: Vec<String> = lines.lines().map(|line| format!("    {line}")).collect();
    let text = format!("scrape_configs:\n  - job_name: j\n{}\n", indented.join("\n"));
    let config = Config::parse(&text, Some(&folder.join("meterbox.yml")), &|_| None);
    Arc::clone(&config.unwrap_or_else(|error| panic!("{error}")).scrape[0])
}

fn addresses(groups: &Groups) -> Vec<String> {
    groups
        .iter()
        .flat_map(|group| group.targets.iter().map(|target| target.value_or_empty("__address__").to_owned()))
        .collect()
}

/// Waits until the groups list these addresses.
async fn until(groups: &mut watch::Receiver<Groups>, expected: &[&str]) {
    for _ in 0..300 {
        if addresses(&groups.borrow_and_update()) == expected {
            return;
        }
        let _ = tokio::time::timeout(Duration::from_millis(50), groups.changed()).await;
    }
    panic!("expected {expected:?}, have {:?}", addresses(&groups.borrow()));
}

#[tokio::test]
async fn files_are_read_at_the_start_and_when_they_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a.json"), r#"[{"targets": ["a:1"], "labels": {"zone": "x"}}]"#).unwrap();
    fs::write(path("t1.yml"), "- targets: [b:1, b:2]\n").unwrap();
    fs::write(path("t2.txt"), "- targets: [never:1]\n").unwrap();
    let job = job(
        folder.path(),
        "file_sd_configs:\n  - files: [a.json, 't*.yml', missing.yml]\nstatic_configs:\n  - targets: [s:1]",
    );
    let discovery = Discovery::start(&job);
    let mut groups = discovery.groups();
    assert_eq!(addresses(&groups.borrow()), ["s:1", "a:1", "b:1", "b:2"], "right after the start");
    let group = groups.borrow()[1].clone();
    assert_eq!(group.labels.value("__meta_filepath"), path("a.json").to_str());
    assert_eq!(group.labels.value("zone"), Some("x"));

    fs::write(path("missing.yml"), "- targets: [m:1]\n").unwrap();
    fs::write(path("t1.yml"), "- targets: [b:3]\n").unwrap();
    until(&mut groups, &["s:1", "a:1", "m:1", "b:3"]).await;

    // A broken file keeps what it had; the others still move.
    fs::write(path("t1.yml"), "- targets: [b:4\n").unwrap();
    fs::remove_file(path("a.json")).unwrap();
    until(&mut groups, &["s:1", "m:1", "b:3"]).await;
    let status = discovery.status();
    assert_eq!(status[1].kind, SourceKind::File);
    assert_eq!((status[1].failures, status[1].targets), (1, 2));
    let error = status[1].last_error.clone().unwrap();
    assert!(error.contains("t1.yml:2:1: this is not YAML"), "{error}");

    fs::write(path("t1.yml"), "- targets: [b:5]\n").unwrap();
    until(&mut groups, &["s:1", "m:1", "b:5"]).await;
    assert_eq!(discovery.status()[1].last_error, None);
}

/// Answers every request with what stands in the cell: the head's lines and the body.
async fn server(answer: Arc<Mutex<(String, String)>>, asked: Arc<Mutex<String>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).await.unwrap();
            *asked.lock().unwrap() = String::from_utf8_lossy(&request[..length]).into_owned();
            let (head, body) = answer.lock().unwrap().clone();
            let text = format!("{head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            stream.write_all(text.as_bytes()).await.unwrap();
        }
    });
    format!("http://{address}/targets")
}

#[tokio::test]
async fn a_service_is_asked_again_and_keeps_its_last_good_targets() {
    const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8";
    let answer = Arc::new(Mutex::new((OK.to_owned(), r#"[{"targets":["h:1"],"labels":{"c":"d"}}]"#.to_owned())));
    let asked = Arc::new(Mutex::new(String::new()));
    let url = server(Arc::clone(&answer), Arc::clone(&asked)).await;
    let lines = format!(
        "http_sd_configs:\n  - url: {url}\n    refresh_interval: 200ms\n    authorization: {{credentials: t0ken}}"
    );
    let discovery = Discovery::start(&job(Path::new("/"), &lines));
    let mut groups = discovery.groups();
    until(&mut groups, &["h:1"]).await;
    assert_eq!(groups.borrow()[0].labels.value("__meta_url"), Some(url.as_str()));
    let request = asked.lock().unwrap().to_ascii_lowercase();
    for line in
        ["x-prometheus-refresh-interval-seconds: 0.2", "accept: application/json", "authorization: bearer t0ken"]
    {
        assert!(request.contains(line), "{request}");
    }

    for (head, body, reason) in [
        ("HTTP/1.1 500 Oops\r\nContent-Type: application/json", "[]", "500"),
        ("HTTP/1.1 200 OK\r\nContent-Type: text/html", "[]", "text/html"),
        (OK, "{}", "not a list of target groups"),
        (OK, r#"[{"targets":["h:2"],"labls":{}}]"#, "labls"),
    ] {
        *answer.lock().unwrap() = (head.to_owned(), body.to_owned());
        let mut said = String::new();
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            said = discovery.status()[1].last_error.clone().unwrap_or_default();
            if said.contains(reason) {
                break;
            }
        }
        assert!(said.contains(reason) && said.contains(&url), "{said}");
        assert_eq!(addresses(&groups.borrow()), ["h:1"]);
    }
    assert!(discovery.status()[1].failures >= 4);

    *answer.lock().unwrap() = (OK.to_owned(), "[]".to_owned());
    until(&mut groups, &[]).await;
}

#[tokio::test]
async fn a_service_that_nobody_runs_is_an_error_with_its_cause() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let lines = format!("http_sd_configs:\n  - url: http://localhost:{port}/\n    refresh_interval: 100ms");
    let discovery = Discovery::start(&job(Path::new("/"), &lines));
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if let Some(error) = &discovery.status()[1].last_error {
            assert!(error.contains("Connection refused"), "{error}");
            return;
        }
    }
    panic!("no error within 5 s");
}

fn targets(lines: &str) -> discovery::Targets {
    let job = job(Path::new("/"), lines);
    let groups: Vec<_> = job
        .static_groups
        .iter()
        .enumerate()
        .map(|(index, group)| discovery::TargetGroup::new(index.to_string(), group, None))
        .collect();
    discovery::build(&job, &groups)
}

#[test]
fn targets_that_are_alike_are_scraped_once() {
    let found = targets("static_configs:\n  - targets: [a:1, a:1, b:1]\n  - targets: [a:1]\n    labels: {zone: x}");
    let urls: Vec<&str> = found.active.iter().map(|target| target.url.as_str()).collect();
    assert_eq!(urls, ["http://a:1/metrics", "http://b:1/metrics", "http://a:1/metrics"]);
    assert_eq!(found.active[0].labels.to_string(), r#"{instance="a:1", job="j"}"#);
    assert_eq!(found.active[2].labels.value("zone"), Some("x"));
}

#[test]
fn limits_and_broken_targets_are_told_apart() {
    let found = targets(
        "target_limit: 1\nkeep_dropped_targets: 1\nstatic_configs:\n  - targets: [a, b, c1, c2, 'x/y', 'user@h:1', 'bad port:1']\nrelabel_configs:\n  - {action: drop, source_labels: [__address__], regex: 'c.'}",
    );
    assert_eq!(found.active.len(), 2);
    assert!(found.over_limit);
    assert_eq!((found.dropped.len(), found.dropped_count), (1, 2));
    assert_eq!(found.rejected.len(), 3);
    assert_eq!(found.rejected[0].reason, BuildError::BadAddress("x/y".to_owned()));
    let found = targets(
        "static_configs:\n  - targets: [a]\nrelabel_configs:\n  - {target_label: __scrape_timeout__, replacement: 2m}",
    );
    assert!(matches!(found.rejected[0].reason, BuildError::TimeoutTooLong { .. }));
    let found = targets(
        "static_configs:\n  - targets: [a]\nrelabel_configs:\n  - {target_label: __scrape_interval__, replacement: 0s}",
    );
    assert!(matches!(found.rejected[0].reason, BuildError::BadDuration { .. }));
}
