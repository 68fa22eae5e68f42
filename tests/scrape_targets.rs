//! Targets of all kinds, scraped over HTTP into a real store.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod ingest_support;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use ingest_support::{Box, of};
use meterbox::config::Config;
use meterbox::model::Labels;
use meterbox::scrape::{Health, InternalTarget, Manager, ManagerOptions, TargetStatus};
use parking_lot::Mutex;

const TEXT: [(&str, &str); 1] = [("content-type", "text/plain; version=0.0.4")];

#[derive(Clone, Default)]
struct Seen {
    headers: Arc<Mutex<Option<HeaderMap>>>,
    drips: Arc<AtomicUsize>,
    page: Arc<Mutex<String>>,
}

/// A server with a path for every kind of target.
async fn server() -> (SocketAddr, Seen) {
    let seen = Seen::default();
    *seen.page.lock() = "page 1\n".to_owned();
    let router = Router::new()
        .route(
            "/ok",
            get(|State(seen): State<Seen>, headers: HeaderMap| async move {
                *seen.headers.lock() = Some(headers);
                (TEXT, "ok 1\n")
            }),
        )
        .route("/page", get(|State(seen): State<Seen>| async move { (TEXT, seen.page.lock().clone()) }))
        .route("/teapot", get(|| async { StatusCode::IM_A_TEAPOT }))
        .route("/bad", get(|| async { (TEXT, "fine 1\nbad{ 1\n") }))
        .route("/untyped", get(|| async { ([("content-type", "")], "a 1\n") }))
        .route("/html", get(|| async { ([("content-type", "text/html")], "<html>") }))
        .route("/loop", get(|| async { Redirect::temporary("/loop") }))
        .route("/there", get(|| async { Redirect::temporary("/ok") }))
        .route("/hang", get(|| async { tokio::time::sleep(Duration::from_secs(60)).await }))
        .route("/drip", get(drip))
        .route("/flood", get(flood))
        .with_state(seen.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, seen)
}

/// A byte now and then, without an end.
async fn drip(State(seen): State<Seen>) -> Response {
    let stream = futures_util::stream::unfold((), move |()| {
        let seen = seen.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            seen.drips.fetch_add(1, Ordering::Relaxed);
            Some((Ok::<_, Infallible>(Bytes::from_static(b"#")), ()))
        }
    });
    (TEXT, Body::from_stream(stream)).into_response()
}

/// A gigabyte of comments.
async fn flood() -> Response {
    let line = Bytes::from(vec![b'#'; 1 << 20]);
    let stream = futures_util::stream::iter((0..1024).map(move |_| Ok::<_, Infallible>(line.clone())));
    (TEXT, Body::from_stream(stream)).into_response()
}

fn config(jobs: &str) -> Config {
    let text = format!("global: {{scrape_interval: 500ms, scrape_timeout: 500ms}}\nscrape_configs:\n{jobs}");
    Config::parse(&text, None, &|_| None).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn job(server: SocketAddr, name: &str, more: &str) -> String {
    format!("- {{job_name: {name}, metrics_path: /{name}, static_configs: [{{targets: ['{server}']}}]{more}}}\n")
}

fn manager(store: &Box) -> Manager {
    meterbox::net::install_provider();
    Manager::start(store.door.clone(), ManagerOptions { host: "box".to_owned() })
}

/// The targets, once `done` holds for them.
async fn wait(manager: &Manager, what: &str, done: impl Fn(&[TargetStatus]) -> bool) -> Vec<TargetStatus> {
    let begun = Instant::now();
    loop {
        let targets = manager.targets();
        if done(&targets) {
            return targets;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "no {what}: {targets:#?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn all_scraped(targets: &[TargetStatus]) -> bool {
    !targets.is_empty() && targets.iter().all(|target| target.health != Health::Unknown)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_has_its_words_and_hurts_nobody_else() {
    let store = Box::new();
    let (server, seen) = server().await;
    let manager = manager(&store);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let jobs: String = ["ok", "teapot", "bad", "untyped", "html", "loop", "there", "hang", "drip"]
        .map(|name| job(server, name, ""))
        .concat();
    let more = job(server, "flood", ", body_size_limit: 3MB, scrape_interval: 5s, scrape_timeout: 5s")
        + &job(closed, "closed", "")
        + "- {job_name: nowhere, static_configs: [{targets: ['no-such-host.invalid:80']}]}\n"
        + "- {job_name: fallback, metrics_path: /html, fallback_scrape_protocol: PrometheusText0.0.4, static_configs: [{targets: ['"
        + &server.to_string()
        + "']}]}\n";
    manager.apply(&config(&(jobs + &more))).unwrap();
    let targets = wait(&manager, "scrape of all", all_scraped).await;
    let of = |pool: &str| targets.iter().find(|target| target.scrape_pool == pool).unwrap();
    for (pool, error) in [
        ("ok", String::new()),
        ("there", String::new()),
        ("teapot", "server returned HTTP status 418 I'm a teapot".to_owned()),
        ("bad", r#"line 2, column 6: expected a label name while parsing: "bad{ 1""#.to_owned()),
        ("untyped", "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target".to_owned()),
        ("html", r#"received unsupported Content-Type "text/html" and no fallback_scrape_protocol specified for target"#.to_owned()),
        ("fallback", r#"line 1, column 1: expected a metric name, a brace or a comment while parsing: "<html>""#.to_owned()),
        ("loop", format!(r#"Get "http://{server}/loop": stopped after 10 redirects"#)),
        ("hang", format!(r#"Get "http://{server}/hang": context deadline exceeded"#)),
        ("drip", "context deadline exceeded".to_owned()),
        ("flood", "body size limit exceeded".to_owned()),
        ("closed", format!(r#"Get "http://{closed}/closed": dial tcp {closed}: connect: connection refused"#)),
    ] {
        let target = of(pool);
        assert_eq!(target.last_error, error, "{pool}");
        assert_eq!(target.health, if error.is_empty() { Health::Up } else { Health::Down }, "{pool}");
    }
    assert!(of("nowhere").last_error.starts_with("Get \"http://no-such-host.invalid:80/metrics\": "));
    assert_eq!(of("ok").global_url, format!("http://box:{}/ok", server.port()));
    assert_eq!(of("ok").labels.to_string(), format!(r#"{{instance="{server}", job="ok"}}"#));
    assert!(of("ok").last_samples == 1 && of("ok").last_scrape_duration < Duration::from_millis(600));

    let headers = seen.headers.lock().clone().unwrap();
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert!(header("accept").starts_with("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"));
    assert_eq!(header("accept-encoding"), "identity");
    assert_eq!(header("user-agent"), concat!("meterbox/", env!("CARGO_PKG_VERSION")));
    assert_eq!(header("x-prometheus-scrape-timeout-seconds"), "0.5");

    manager.shutdown().await;
    let drips = seen.drips.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(seen.drips.load(Ordering::Relaxed) <= drips + 1, "connections end with the manager");
    let content = store.everything(0);
    let up = |job: &str| {
        content
            .iter()
            .find(|(series, _)| series.contains("\"up\"") && series.contains(&format!("job=\"{job}\"")))
            .unwrap()
            .1
    };
    assert!(up("ok").starts_with("1@") && up("hang").starts_with("0@"));
    assert!(!content.keys().any(|series| series.contains("\"fine\"")), "nothing of a refused page is stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn timestamps_lie_on_an_even_grid() {
    let store = Box::new();
    let (server, _) = server().await;
    let manager = manager(&store);
    manager.apply(&config(&job(server, "ok", ""))).unwrap();
    // A loaded machine is late now and then, but hardly always.
    let begun = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let content = store.everything(0);
        let times = content.iter().find(|(series, _)| series.contains("\"up\"")).map(|(_, samples)| samples.clone());
        let times = times.unwrap_or_default();
        let times: Vec<i64> = times.split(' ').filter_map(|sample| sample.split_once('@')?.1.parse().ok()).collect();
        let is_even = |time: &&i64| times.iter().filter(|other| (*other - **time) % 500 == 0).count() > 2;
        if times.iter().find(is_even).is_some() {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{times:?}");
    }
    manager.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reloading_keeps_what_stays_and_ends_what_goes() {
    let store = Box::new();
    let (server, seen) = server().await;
    let manager = manager(&store);
    let (page, ok) = (job(server, "page", ""), job(server, "ok", ""));
    manager.apply(&config(&(page.clone() + &ok))).unwrap();
    wait(&manager, "scrape of both", all_scraped).await;
    // The same configuration again, then one that changes a job's rules, then one without the other job.
    manager.apply(&config(&(page.clone() + &ok))).unwrap();
    *seen.page.lock() = "page 2\nextra{job=\"mine\"} 1\n".to_owned();
    manager.apply(&config(&(job(server, "page", ", honor_labels: true")))).unwrap();
    let targets = manager.targets();
    assert_eq!(targets.len(), 1);
    assert_eq!(targets[0].health, Health::Up, "the last scrape is remembered");
    let begun = Instant::now();
    loop {
        let content = store.content(0);
        let has = |part: &str, what: &str| {
            content.iter().any(|(series, samples)| series.contains(part) && samples.contains(what))
        };
        if has("\"ok\"", "stale@") && has("\"extra\"", " 1@") {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{content:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    manager.shutdown().await;
    let content = store.content(0);
    let values = |part: &str| -> Vec<String> {
        of(&content, part).split(' ').map(|sample| sample.split('@').next().unwrap().to_owned()).collect()
    };
    let page = values("\"page\"");
    assert!(!page.contains(&"stale".to_owned()) && page.last().unwrap() == "2", "{page:?}");
    assert!(values("\"extra\"").len() > 1 && content.keys().any(|series| series.contains("job=\"mine\"")));
    let ok = values("\"ok\"");
    assert_eq!(ok.iter().filter(|value| *value == "stale").count(), 1, "{ok:?}");
    assert_eq!(ok.last().unwrap(), "stale");
}

#[tokio::test(flavor = "multi_thread")]
async fn relabelling_and_limits_of_targets_show() {
    let store = Box::new();
    let (server, _) = server().await;
    let manager = manager(&store);
    let drop = ", relabel_configs: [{source_labels: [__address__], regex: '.*', action: drop}]";
    let crowd = format!(
        "- {{job_name: crowd, target_limit: 1, metrics_path: /ok, static_configs: [{{targets: ['{server}', 'localhost:{}']}}]}}\n",
        server.port()
    );
    manager.apply(&config(&(job(server, "ok", drop) + &crowd))).unwrap();
    let targets = wait(&manager, "scrape of the crowd", all_scraped).await;
    assert_eq!(targets.len(), 2);
    for target in &targets {
        assert_eq!(target.last_error, "target_limit exceeded (number of targets: 2, limit: 1)");
    }
    let dropped = manager.dropped();
    assert_eq!((dropped.len(), dropped[0].scrape_pool.as_str()), (1, "ok"));
    assert_eq!(dropped[0].discovered_labels.value("__metrics_path__"), Some("/ok"));
    assert_eq!(manager.dropped_counts()["ok"], 1);
    assert_eq!(manager.pools(), ["crowd", "ok"]);
    manager.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_come_and_go_with_a_file() {
    let store = Box::new();
    let (server, _) = server().await;
    let manager = manager(&store);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("targets.json");
    std::fs::write(&file, "[]").unwrap();
    manager
        .apply(&config(&format!(
            "- {{job_name: f, metrics_path: /ok, file_sd_configs: [{{files: ['{}']}}]}}\n",
            file.display()
        )))
        .unwrap();
    assert!(manager.targets().is_empty());
    std::fs::write(&file, format!(r#"[{{"targets": ["{server}"], "labels": {{"zone": "a"}}}}]"#)).unwrap();
    let targets = wait(&manager, "target from the file", all_scraped).await;
    assert_eq!(targets[0].labels.value("zone"), Some("a"));
    std::fs::write(&file, "[]").unwrap();
    wait(&manager, "end of the target", <[TargetStatus]>::is_empty).await;
    let begun = Instant::now();
    while !of(&store.content(0), "\"ok\"").contains("stale@") {
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", store.content(0));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    manager.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_this_process_is_a_target_too() {
    let store = Box::new();
    let manager = manager(&store);
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    manager.add_internal(InternalTarget {
        pool: "node".to_owned(),
        url: "meterbox://host".to_owned(),
        labels: Labels::from_pairs([("job", "node"), ("instance", "box")]),
        interval: Duration::from_millis(250),
        source: Arc::new(move |page: &mut String| {
            if count.fetch_add(1, Ordering::SeqCst) == 3 {
                // A collector that hangs in the kernel.
                std::thread::sleep(Duration::from_millis(1000));
            }
            page.push_str("inside 1\n");
        }),
    });
    let targets = wait(&manager, "scrape of the part", all_scraped).await;
    assert_eq!((targets[0].scrape_url.as_str(), targets[0].health), ("meterbox://host", Health::Up));
    wait(&manager, "failure", |targets| targets[0].last_error.contains("busy since")).await;
    wait(&manager, "recovery", |targets| targets[0].health == Health::Up).await;
    manager.shutdown().await;
    assert!(of(&store.content(0), "\"inside\"").contains("1@"));
}
