//! Pages that are well-formed, ugly or wrong, read by a real Prometheus and by us: both have to take and refuse the
//! same ones, and to see the same series. Needs `prometheus` in the folder that METERBOX_PEERS names.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use meterbox::exposition::{Entry, Format, Parser, decode_series};
use meterbox::model::{Labels, MetricType, format_float};

const TEXT: &str = "text/plain; version=0.0.4";
const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Not among them: `{a} 1`, which brings Prometheus 3.5 down; we refuse it, as later versions do. Nor blanks in
/// front of a bare name, which Prometheus takes for a part of the name.
fn cases() -> Vec<(&'static str, Vec<u8>)> {
    let text: &[&[u8]] = &[
        b"", b"\n\n", b"a 1\n", b"a 1", b"a 1 \n", b"a  1\n", b"a\t1\n", b"a 1\r\n", b"\r\n", b"a 1 1700000000000\r\n",
        b" \n", b"#\n", b"# \n", b"#a\n", b"# a b c\n", b"# HELP\n", b"# HELP \n", b"# HELP a\n", b"# HELP a \n", b"# HELP a b \\n \\\\ \\\" x\n",
        b"# HELP a-b c\n", b"# HELP 1 c\n", b"#HELP a b\na 1\n", b"#  HELP  a  b\n", b"#\tTYPE\ta\tgauge\n", b"# TYPE a gauge\n", b"# TYPE a gauge \n",
        b"# TYPE a  gauge\n", b"# TYPE a\n", b"# TYPE a \n", b"# TYPE a GAUGE\n", b"# TYPE a unknown\n", b"# TYPE a untyped\na 1\n", b"# TYPE a info\n",
        b"# TYPE a gauge\r\n", b"# HELP a b\r\na 1\n", b"# UNIT a seconds\n", b"# EOF\na 1\n", b"# TYPE \"a.b\" gauge\n{\"a.b\"} 1\n",
        b"# HELP a \xff\n", b"# \xff\na 1\n", b"# HELPER a\n", b"# TYPES a\n",
        b"a{} 1\n", b"a{b=\"c\"} 1\n", b"a{b=\"c\",} 1\n", b"a{b=\"c\",,} 1\n", b"a{,} 1\n", b"a{b=\"c\" d=\"e\"} 1\n", b"a { b = \"c\" , d = \"e\" } 1\n",
        b"a{b=\"c\"}1\n", b"a{b=\"c\"} 1 2 3\n", b"a{b=c} 1\n", b"a{b='c'} 1\n", b"a{b=\"c} 1\n", b"a{b=\"c\" 1\n", b"a{b} 1\n", b"a{1=\"b\"} 1\n",
        b"a{b=\"x\\\"y\\\\z\\nw\\tv\"} 1\n", b"a{b=\"\\\n\"} 1\n", b"a{b=\"line\nbreak\"} 1\n", b"a{b=\"\xc3\xa9\"} 1\n", b"a{b=\"\xff\"} 1\n", b"a{b=\"\"} 1\n",
        b"a{b=\"1\",b=\"2\"} 1\n", b"a{b=\"1\",b=\"1\"} 1\n", b"a{__name__=\"b\"} 1\n", b"a{b:c=\"d\"} 1\n", b"a:b{c=\"d\"} 1\n", b":a 1\n", b"1a 1\n", b"a.b 1\n", b"a-1\n",
        b"{\"a.b\"} 1\n", b"{\"a.b\",c=\"d\"} 1\n", b"{c=\"d\",\"a.b\"} 1\n", b"{ \"a.b\" , \"c d\" = \"e\" , } 1\n", b"{\"a\",\"b\"} 1\n", b"{c=\"d\"} 1\n", b"{} 1\n",
        b"a{\"b\"} 1\n", b"{\"\"} 1\n", b"{\"a\",\"\"=\"b\"} 1\n", b"{\"a\\\"b\"} 1\n", b"{\"\xff\"} 1\n", b"{\"a\"}1\n", b"{\"a\" b=\"c\"} 1\n",
        b"a nan\n", b"a NaN\n", b"a -NaN\n", b"a +Inf\n", b"a -inf\n", b"a Infinity\n", b"a infinit\n", b"a 0x1\n", b"a 0x1p3\n", b"a 1_0\n", b"a 1e400\n", b"a 1e-400\n",
        b"a 8.5520809984e+010\n", b"a 1e5\n", b"a .5\n", b"a 5.\n", b"a .\n", b"a +5\n", b"a --5\n", b"a 1,5\n", b"a\n", b"a \n", b"a 1{\n", b"a \"1\"\n", b"a {b=\"c\"} 1\n",
        b"a 1 -1\n", b"a 1 +1\n", b"a 1 1.5\n", b"a 1 x\n", b"a 1 99999999999999999999\n", b"a 1 # {} 1\n", b"a 1 # comment\n", b"  # TYPE a gauge\n  {\"b\"} 1\n",
        b"a 1\na 2\n", b"a 1\na 1\n", b"a 1\n\x00\nnonsense\n", b"a{b=\"x\x00y\"} 1\n", b"# c\x00d\na 1\n", b"a\x00 1\n", b"a 1\x00\n",
        b"# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"1e3\"} 1\nh_bucket{le=\"1000000\"} 1\nh_bucket{le=\"0.00001\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n",
        b"# TYPE h histogram\nother{le=\"1\"} 1\n# TYPE g gauge\nthird{le=\"1\"} 1\n", b"# TYPE s summary\ns{quantile=\"1\"} 1\ns{quantile=\"x\"} 1\ns{le=\"1\"} 1\n",
        b"h_bucket{le=\"1\"} 1\n# TYPE h histogram\n", b"a{le=\"1\"} 1\na{le=\"1.0\"} 2\n", b"# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"1.0\"} 1\n",
        b"a{b=\"c\"}\n1\n", b"a{b=\n\"c\"} 1\n", b"a{b=\"c\"} 1\n\xef\xbb\xbf", b"\xef\xbb\xbfa 1\n", b"# HELP \"x y\" text\n", b"# HELP \"x y text\n", b"a{instance=\"mine\"} 1\n",
        b"# TYPE http_request_total histogram\nhttp_request_total_bucket{le=\"0.1\"} 1\nhttp_request_total_count 1\n",
    ];
    let open: &[&[u8]] = &[
        b"",
        b"# EOF",
        b"# EOF\n",
        b"# EOF\n\n",
        b"# EOF\na 1\n",
        b"a 1\n",
        b"a 1\n# EOF",
        b"a 1\n# EOF\n",
        b"a 1# EOF\n",
        b"\na 1\n# EOF\n",
        b" a 1\n# EOF\n",
        b"a  1\n# EOF\n",
        b"a\t1\n# EOF\n",
        b"a 1 \n# EOF\n",
        b"#EOF\n",
        b"# comment\n# EOF\n",
        b"#\n# EOF\n",
        b"# HELP a\n# EOF\n",
        b"# HELP a \n# EOF\n",
        b"# HELP a b\\n\\\"c\n# EOF\n",
        b"# TYPE a gauge\n# EOF\n",
        b"# TYPE a untyped\n# EOF\n",
        b"# TYPE a unknown\n# EOF\n",
        b"# TYPE a info\na_info{b=\"c\"} 1\n# EOF\n",
        b"# TYPE a stateset\na{a=\"x\"} 1\n# EOF\n",
        b"# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n# EOF\n",
        b"# UNIT a seconds\n# EOF\n",
        b"# UNIT a \n# EOF\n",
        b"# UNIT seconds seconds\n# EOF\n",
        b"# TYPE a counter\na_total 1 # {trace=\"x\"} 0.5 1700000000.5\na_created 1700000000.1\n# EOF\n",
        b"a_total 1 # {} 0.5\n# EOF\n",
        b"a_total 1 1700000000 # {t=\"x\"} 0.5\n# EOF\n",
        b"a 1 # {t} 1\n# EOF\n",
        b"a 1 # {t=\"x\"}\n# EOF\n",
        b"a 1 # {t=\"x\"} y\n# EOF\n",
        b"a 1 # {t=\"x\"} 1 z\n# EOF\n",
        b"a 1 # {t=\"x\"} 1 2 3\n# EOF\n",
        b"a 1 #{t=\"x\"} 1\n# EOF\n",
        b"a 1 # {\"t\"=\"x\"} 1\n# EOF\n",
        b"a 1 # {\"t\"} 1\n# EOF\n",
        b"a 1 # {t=\"x\",} 1\n# EOF\n",
        b"a{b=\"c\"} 1\n# EOF\n",
        b"a{b=\"c\",} 1\n# EOF\n",
        b"a{b=\"c\",d=\"e\"} 1\n# EOF\n",
        b"a{b=\"c\", d=\"e\"} 1\n# EOF\n",
        b"a{b=\"c\" d=\"e\"} 1\n# EOF\n",
        b"a{b=\"c\"}1\n# EOF\n",
        b"a{b=\"line\nbreak\"} 1\n# EOF\n",
        b"{\"a.b\",c=\"d\"} 1\n# EOF\n",
        b"{\"a.b\"} 1\n# EOF\n",
        b"a {b=\"c\"} 1\n# EOF\n",
        b"a{} 1\n# EOF\n",
        b"a 1 x\n# EOF\n",
        b"a 1 NaN\n# EOF\n",
        b"a 1 -1\n# EOF\n",
        b"a 1e400\n# EOF\n",
        b"a 1\r\n# EOF\n",
        b"a 1\na 2\n# EOF\n",
        b"# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1 # {a=\"b\"} 0.5\n# EOF\n",
        b"# TYPE \"a.b\" gauge\n{\"a.b\"} 1\n# EOF\n",
        b"# HELP a \xff\n# EOF\n",
        b"a{b=\"\xff\"} 1\n# EOF\n",
        b"# EOF \n",
        b"# EOFx\n",
        b"a 1\n\n# EOF\n",
        b"# HELP a b",
        b"a{b=\"c\"} 1",
    ];
    let mut cases: Vec<(&str, Vec<u8>)> = text.iter().map(|body| (TEXT, body.to_vec())).collect();
    cases.extend(open.iter().map(|body| (OPEN, body.to_vec())));
    cases
}

/// What one page says: its series with their values, or that it is refused.
type Verdict = Result<BTreeMap<String, String>, String>;

fn our_verdict(content_type: &str, body: &[u8]) -> Verdict {
    if body.is_empty() {
        // No page at all: nothing to refuse, whatever the format.
        return Ok(BTreeMap::new());
    }
    let format = Format::from_content_type(Some(content_type), None).unwrap();
    let mut parser = Parser::new(body, format);
    let mut series = BTreeMap::new();
    let mut kind = MetricType::Unknown;
    while let Some(entry) = parser.next() {
        if let Entry::Sample(sample) = entry.map_err(|error| error.to_string())? {
            let decoded = decode_series(sample.series, format, kind).map_err(|error| error.to_string())?;
            let labels = Labels::from_pairs(decoded.labels);
            // Old timestamps are not found by the query that asks Prometheus.
            if sample.timestamp.is_some() {
                continue;
            }
            series.entry(labels.to_string()).or_insert(format_float(sample.value));
        }
        kind = parser.kind();
    }
    Ok(series)
}

#[tokio::test]
async fn prometheus_takes_and_refuses_the_same_pages() {
    let Some(program) = peer("prometheus") else { return };
    meterbox::net::install_provider();
    let cases = Arc::new(cases());
    let server = serve(Arc::clone(&cases)).await;
    let folder = tempfile::tempdir().unwrap();
    let jobs: String = (0..cases.len())
        .map(|case| {
            format!("- {{job_name: c{case}, metrics_path: /{case}, static_configs: [{{targets: ['{server}']}}]}}\n")
        })
        .collect();
    let config = format!("global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs:\n{jobs}");
    std::fs::write(folder.path().join("prometheus.yml"), config).unwrap();
    let port = free_port();
    let _running = Running(
        Command::new(program)
            .arg(format!("--config.file={}", folder.path().join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let base = format!("http://127.0.0.1:{port}/api/v1");
    let targets = scraped_targets(&base, cases.len()).await;
    let mut different = Vec::new();
    for (index, (content_type, body)) in cases.iter().enumerate() {
        let job = format!("c{index}");
        let theirs: Verdict = match targets.get(&job).unwrap().as_str() {
            "" => Ok(series_of(&base, &job).await),
            error => Err(error.to_owned()),
        };
        let ours = our_verdict(content_type, body);
        let agree = match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => ours == theirs,
            (Err(_), Err(_)) => true,
            _ => false,
        };
        if !agree {
            different.push(format!("{:?}\n  ours   {ours:?}\n  theirs {theirs:?}", String::from_utf8_lossy(body)));
        }
    }
    assert!(different.is_empty(), "{} of {} differ:\n{}", different.len(), cases.len(), different.join("\n"));
}

/// Pages by the path they are served under.
type Cases = Arc<Vec<(&'static str, Vec<u8>)>>;

async fn serve(cases: Arc<Vec<(&'static str, Vec<u8>)>>) -> SocketAddr {
    async fn page(State(cases): State<Cases>, Path(case): Path<usize>) -> impl IntoResponse {
        let (content_type, body) = cases[case].clone();
        ([(CONTENT_TYPE, content_type)], body)
    }
    let router = Router::new().route("/{case}", get(page)).with_state(cases);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// The last error of each job, once all have been scraped.
async fn scraped_targets(base: &str, count: usize) -> BTreeMap<String, String> {
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < Duration::from_secs(60), "Prometheus has not scraped everything in a minute");
        tokio::time::sleep(Duration::from_millis(300)).await;
        let Some(answer) = ask(&format!("{base}/targets")).await else { continue };
        let targets = answer["data"]["activeTargets"].as_array().cloned().unwrap_or_default();
        let scraped: BTreeMap<String, String> = targets
            .iter()
            .filter(|target| target["health"] != "unknown")
            .map(|target| {
                let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
                (text(&target["labels"]["job"]), text(&target["lastError"]))
            })
            .collect();
        if scraped.len() == count {
            // The last scrape's samples are appended by now or soon.
            tokio::time::sleep(Duration::from_millis(500)).await;
            return scraped;
        }
    }
}

async fn series_of(base: &str, job: &str) -> BTreeMap<String, String> {
    let query = format!("%7Bjob%3D%22{job}%22%7D%5B5m%5D");
    let answer = ask(&format!("{base}/query?query={query}")).await.unwrap();
    let synthetic: BTreeSet<&str> = BTreeSet::from([
        "up",
        "scrape_duration_seconds",
        "scrape_samples_scraped",
        "scrape_samples_post_metric_relabeling",
        "scrape_series_added",
    ]);
    let mut series = BTreeMap::new();
    for result in answer["data"]["result"].as_array().unwrap() {
        let metric = result["metric"].as_object().unwrap();
        if synthetic.contains(metric["__name__"].as_str().unwrap()) {
            continue;
        }
        let mine = metric.get("exported_instance").cloned();
        let labels = metric
            .iter()
            .filter(|(name, _)| !["job", "instance", "exported_instance"].contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .chain(mine.iter().map(|value| ("instance".to_owned(), value.as_str().unwrap().to_owned())));
        let value = result["values"][0][1].as_str().unwrap().to_owned();
        series.insert(Labels::from_pairs(labels).to_string(), value);
    }
    series
}

async fn ask(url: &str) -> Option<serde_json::Value> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let body = client.get(url).send().await.ok()?.bytes().await.ok()?;
    serde_json::from_slice(&body).ok()
}

fn peer(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("METERBOX_PEERS") else {
        println!("skipped: METERBOX_PEERS names no folder with {name}");
        return None;
    };
    let program = PathBuf::from(folder).join(name);
    if !program.exists() {
        println!("skipped: there is no {}", program.display());
        return None;
    }
    Some(program)
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Ends the program with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
