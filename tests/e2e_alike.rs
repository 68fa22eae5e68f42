//! The same targets, scraped by a real Prometheus and by meterbox from the same configuration file, answer alike.
//!
//! Four targets: a replayed vLLM, a real node_exporter, a vLLM that prints explicit timestamps, and one that keeps failing
//! and loses a metric now and then. Each page is the same for both scrapers within a window of one scrape interval
//! (`Windowed`), and queries are asked at the ends of windows, so what both have stored is the same but for when in the window
//! they came. Where timestamps are explicit, answers must agree to rounding; where they are the scrapers' own, plain values must
//! agree exactly and rates within what late scrapes change.
//!
//! It scrapes for three minutes; `METERBOX_ALIKE_SECONDS` sets another time (at least 90).

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::process::Command;
use std::time::Duration;

use meterbox_testkit::compare::{Tolerance, answers};
use meterbox_testkit::http::{self, encode_form};
use meterbox_testkit::{
    Meterbox, Process, Prometheus, Replay, ReplayOptions, TempDir, Windowed, free_port, meterbox_binary, now_ms, peer,
    sample_pair, wait_until,
};
use serde_json::Value;

const PERIOD: i64 = 5000;
/// No query looks further back than this many windows.
const REACH: i64 = 8;

#[test]
fn prometheus_and_meterbox_answer_alike() {
    let test = "prometheus_and_meterbox_answer_alike";
    let (Some(prometheus), Some(exporter)) = (peer(test, "prometheus"), peer(test, "prometheus-node-exporter")) else {
        return;
    };
    let (Some(v1), Some(v0)) = (sample_pair(test, "vllm_v1"), sample_pair(test, "vllm_v0")) else { return };
    let seconds: u64 =
        std::env::var("METERBOX_ALIKE_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(180).max(90);

    let targets = Targets::start(&exporter, &v1, &v0);
    let config = targets.config();
    let left = Prometheus::start(&prometheus, &config, &[]);
    let right = Meterbox::builder(meterbox_binary!()).config(&config).start();
    targets.settle();
    std::thread::sleep(Duration::from_secs(seconds));

    let mut wrong = Vec::new();
    let mut asked = 0;
    for question in QUESTIONS {
        asked += 1;
        let target = targets.range(question, seconds);
        let (there, here) = (left.get(&target).json(), right.get(&target).json());
        if let Err(why) = judge(question, &there, &here) {
            wrong.push(format!("{}\n    {target}\n    {}", question.query, why.join("\n    ")));
        }
    }
    for path in LISTS {
        asked += 1;
        let (there, here) = (left.get(path).json(), right.get(path).json());
        if sorted(&there["data"]) != sorted(&here["data"]) {
            wrong.push(format!("{path}\n    {}\n    {}", there["data"], here["data"]));
        }
    }
    for query in REFUSED {
        asked += 1;
        let target = format!("/api/v1/query?{}", encode_form(&[("query", query)]));
        let (there, here) = (left.get(&target), right.get(&target));
        let of = |answer: &http::Answer| (answer.status, answer.json()["errorType"].clone());
        if of(&there) != of(&here) || there.status == 200 {
            wrong.push(format!("{query}\n    {} {}\n    {} {}", there.status, there.text(), here.status, here.text()));
        }
    }
    assert!(wrong.is_empty(), "{} of {asked} answers differ:\n{}", wrong.len(), wrong.join("\n"));
    println!("{asked} answers alike after {seconds} s");
}

/// The four targets of both scrapers.
struct Targets {
    vllm: Windowed,
    node: Windowed,
    stamped: Windowed,
    failing: Windowed,
    _exporter: Process,
    _dir: TempDir,
}

impl Targets {
    fn start(
        exporter: &std::path::Path,
        v1: &(std::path::PathBuf, std::path::PathBuf),
        v0: &(std::path::PathBuf, std::path::PathBuf),
    ) -> Self {
        let dir = TempDir::new("alike");
        let address = free_port();
        let mut command = Command::new(exporter);
        command.arg(format!("--web.listen-address={address}")).args([
            "--log.level=error",
            "--no-collector.systemd",
            "--no-collector.textfile",
        ]);
        let mut exporter = Process::start("node_exporter", &mut command, address, &dir.join("exporter.log"));
        exporter.wait_ready("/metrics", Duration::from_secs(20));
        let node = move |_| {
            let answer = http::get(address, "/metrics").ok()?;
            Some((answer.header("content-type")?.to_owned(), answer.text()))
        };
        let replayed = |pair: &(std::path::PathBuf, std::path::PathBuf), seed| {
            let options = ReplayOptions { seed, ..ReplayOptions::default() };
            let replay = Replay::from_files(&pair.0, &pair.1, options).expect("the recordings can be read");
            let first = now_ms() / PERIOD;
            move |window: i64| {
                let elapsed = (window - first) as f64 * PERIOD as f64 / 1000.0;
                Some((replay.content_type().to_owned(), replay.page(elapsed)))
            }
        };
        let failing = |window: i64| {
            if window.rem_euclid(6) >= 4 {
                return None;
            }
            let mut page = format!("# TYPE wobble gauge\nwobble {}\n", window.rem_euclid(10));
            if window.rem_euclid(3) != 0 {
                page.push_str(&format!(
                    "# TYPE now_and_then_total counter\nnow_and_then_total {}\n",
                    window.rem_euclid(1000)
                ));
            }
            Some(("text/plain; version=0.0.4".to_owned(), page))
        };
        Self {
            vllm: Windowed::start(PERIOD, false, replayed(v1, 1)),
            node: Windowed::start(PERIOD, false, node),
            stamped: Windowed::start(PERIOD, true, replayed(v0, 2)),
            failing: Windowed::start(PERIOD, false, failing),
            _exporter: exporter,
            _dir: dir,
        }
    }

    fn config(&self) -> String {
        let mut text = "global:\n  scrape_interval: 5s\n  scrape_timeout: 4s\nscrape_configs:\n".to_owned();
        for (job, target) in
            [("vllm", &self.vllm), ("node", &self.node), ("stamped", &self.stamped), ("failing", &self.failing)]
        {
            text.push_str(&format!(
                "  - job_name: {job}\n    static_configs:\n      - targets: ['{}']\n        labels: {{rack: r1}}\n",
                target.address()
            ));
        }
        text
    }

    /// Waits until both scrapers have come to every target and places the windows between them.
    fn settle(&self) {
        for target in [&self.vllm, &self.node, &self.stamped, &self.failing] {
            let margin = wait_until("both scrapers to come", Duration::from_secs(30), || target.settle(2));
            assert!(margin > 200, "both scrapers are {margin} ms from the windows' beginnings");
        }
    }

    /// The query_range call of a question: from when all it looks at was scraped in settled windows, to the last full one.
    fn range(&self, question: &Question, seconds: u64) -> String {
        let target = match question.job {
            Job::Vllm => &self.vllm,
            Job::Node => &self.node,
            Job::Stamped => &self.stamped,
            Job::Failing => &self.failing,
        };
        let end = target.window_end(now_ms() - PERIOD);
        let spans = (i64::try_from(seconds).unwrap_or(i64::MAX) * 1000 / PERIOD - REACH - 4).max(1);
        let start = end - spans * PERIOD;
        let seconds = |ms: i64| format!("{}.{:03}", ms / 1000, ms % 1000);
        let parameters = [
            ("query", question.query),
            ("start", &seconds(start)),
            ("end", &seconds(end)),
            // Where timestamps are explicit, any step will do.
            ("step", if matches!(question.job, Job::Stamped) { "7" } else { "5" }),
        ];
        format!("/api/v1/query_range?{}", encode_form(&parameters))
    }
}

fn judge(question: &Question, there: &Value, here: &Value) -> Result<(), Vec<String>> {
    if there["status"] != "success" {
        return Err(vec![format!("the question itself is refused: {there}")]);
    }
    if there["data"]["result"].as_array().is_none_or(Vec::is_empty) {
        return Err(vec!["Prometheus has no data for this question: it compares nothing".to_owned()]);
    }
    answers(there, here, question.tolerance)
}

fn sorted(data: &Value) -> Vec<String> {
    let mut items: Vec<String> = data.as_array().into_iter().flatten().map(canonical).collect();
    items.sort();
    items
}

/// A JSON value with its keys in order.
fn canonical(value: &Value) -> String {
    match value.as_object() {
        Some(object) => {
            let mut pairs: Vec<String> = object.iter().map(|(key, value)| format!("{key}={value}")).collect();
            pairs.sort();
            pairs.join(",")
        }
        None => value.to_string(),
    }
}

#[derive(Clone, Copy)]
enum Job {
    Vllm,
    Node,
    Stamped,
    Failing,
}

struct Question {
    job: Job,
    tolerance: Tolerance,
    query: &'static str,
}

/// The values themselves: what was scraped must come back, and sums of it to rounding.
const fn plain(job: Job, query: &'static str) -> Question {
    Question { job, tolerance: Tolerance::relative(1e-9), query }
}

/// A rate over scrapers' own timestamps: a scrape that starts some 100 ms late, as happens on a busy machine, moves it.
const fn rate(job: Job, query: &'static str) -> Question {
    Question { job, tolerance: Tolerance { relative: 0.02, absolute: 1e-6 }, query }
}

const QUESTIONS: &[Question] = &[
    plain(Job::Vllm, r#"vllm:num_requests_running{job="vllm"}"#),
    plain(Job::Vllm, r#"sum by (model_name) (vllm:num_requests_waiting_by_reason{job="vllm"})"#),
    plain(Job::Vllm, r#"{job="vllm",__name__=~"vllm:.*tokens_total"}"#),
    plain(Job::Vllm, r#"100 * vllm:kv_cache_usage_perc{job="vllm"} > bool 50"#),
    plain(Job::Vllm, r#"vllm:num_requests_running{job="vllm"} and on (engine) (vllm:kv_cache_usage_perc > 0.45)"#),
    plain(
        Job::Vllm,
        r#"max_over_time(vllm:num_requests_running{job="vllm"}[30s]) - min_over_time(vllm:num_requests_running{job="vllm"}[30s])"#,
    ),
    plain(Job::Vllm, r#"stddev_over_time(vllm:kv_cache_usage_perc{job="vllm"}[30s])"#),
    plain(Job::Vllm, r#"quantile_over_time(0.9, vllm:kv_cache_usage_perc{job="vllm"}[30s])"#),
    plain(Job::Vllm, r#"changes(vllm:num_requests_waiting{job="vllm"}[30s])"#),
    plain(Job::Vllm, r#"count by (le) (vllm:e2e_request_latency_seconds_bucket{job="vllm"})"#),
    plain(
        Job::Vllm,
        r#"label_replace(vllm:request_success_total{job="vllm"}, "why", "r-$1", "finished_reason", "(.*)")"#,
    ),
    plain(Job::Vllm, r#"topk(2, vllm:prompt_tokens_by_source_total{job="vllm"} > 0)"#),
    plain(Job::Vllm, r#"count_values("state", vllm:engine_sleep_state{job="vllm"})"#),
    plain(
        Job::Vllm,
        r#"vllm:prompt_tokens_total{job="vllm"} / on (instance) group_left (block_size) vllm:cache_config_info{job="vllm"}"#,
    ),
    plain(Job::Vllm, r#"scrape_samples_scraped{job="vllm"}"#),
    plain(Job::Vllm, r#"up{rack="r1",job=~"vllm|node"}"#),
    rate(Job::Vllm, r#"sum by (finished_reason) (increase(vllm:request_success_total{job="vllm"}[30s]))"#),
    rate(
        Job::Vllm,
        r#"rate(vllm:prompt_tokens_total{job="vllm"}[30s]) + ignoring (source) rate(vllm:generation_tokens_total{job="vllm"}[30s])"#,
    ),
    rate(
        Job::Vllm,
        r#"histogram_quantile(0.95, sum by (le) (rate(vllm:e2e_request_latency_seconds_bucket{job="vllm"}[30s])))"#,
    ),
    rate(
        Job::Vllm,
        r#"rate(vllm:time_to_first_token_seconds_sum{job="vllm"}[30s]) / rate(vllm:time_to_first_token_seconds_count{job="vllm"}[30s])"#,
    ),
    rate(Job::Vllm, r#"irate(vllm:generation_tokens_total{job="vllm"}[30s])"#),
    plain(Job::Node, r#"node_memory_MemAvailable_bytes{job="node"} / node_memory_MemTotal_bytes"#),
    plain(Job::Node, r#"node_load1{job="node"}"#),
    plain(Job::Node, r#"count by (mode) (node_cpu_seconds_total{job="node"})"#),
    plain(Job::Node, r#"node_uname_info{job="node"} * on (instance) group_left () node_boot_time_seconds{job="node"}"#),
    plain(Job::Node, r#"sort_desc(node_filesystem_avail_bytes{job="node"})"#),
    plain(Job::Node, r#"avg without (cpu) (node_cpu_seconds_total{job="node"})"#),
    plain(Job::Node, r#"clamp_max(node_filesystem_size_bytes{job="node"}, 1e9)"#),
    plain(Job::Node, r#"resets(node_context_switches_total{job="node"}[30s])"#),
    plain(Job::Node, r#"count({job="node"})"#),
    plain(Job::Node, r#"group by (__name__) ({job="node",__name__=~"node_(disk|network)_.+"})"#),
    plain(Job::Node, r#"go_gc_duration_seconds{job="node",quantile="0.5"}"#),
    plain(Job::Node, r#"delta(node_memory_MemTotal_bytes{job="node"}[30s])"#),
    plain(Job::Node, r#"node_procs_running{job="node"} offset 10s"#),
    rate(Job::Node, r#"sum by (mode) (rate(node_cpu_seconds_total{job="node"}[30s]))"#),
    rate(Job::Node, r#"rate(node_context_switches_total{job="node"}[30s])"#),
    plain(Job::Failing, r#"up{job="failing"}"#),
    plain(Job::Failing, r#"wobble{job="failing"}"#),
    plain(Job::Failing, r#"now_and_then_total{job="failing"}"#),
    plain(Job::Failing, r#"absent(now_and_then_total{job="failing"})"#),
    plain(Job::Failing, r#"count_over_time(wobble{job="failing"}[30s])"#),
    plain(Job::Failing, r#"present_over_time(now_and_then_total{job="failing"}[15s])"#),
    plain(Job::Failing, r#"avg_over_time(up{job="failing"}[30s])"#),
    plain(Job::Failing, r#"wobble{job="failing"} or up{job="failing"}"#),
    plain(Job::Failing, r#"up{job="failing"} unless on (instance) wobble"#),
    plain(Job::Stamped, r#"vllm:num_requests_running{job="stamped"}"#),
    plain(Job::Stamped, r#"rate(vllm:generation_tokens_total{job="stamped"}[30s])"#),
    plain(
        Job::Stamped,
        r#"histogram_quantile(0.99, sum by (le) (rate(vllm:time_per_output_token_seconds_bucket{job="stamped"}[30s])))"#,
    ),
    plain(Job::Stamped, r#"sum by (le) (increase(vllm:request_prompt_tokens_bucket{job="stamped"}[30s]))"#),
    plain(Job::Stamped, r#"deriv(vllm:gpu_cache_usage_perc{job="stamped"}[30s])"#),
    plain(Job::Stamped, r#"predict_linear(vllm:gpu_cache_usage_perc{job="stamped"}[30s], 3600)"#),
    plain(Job::Stamped, r#"max_over_time(rate(vllm:prompt_tokens_total{job="stamped"}[15s])[20s:3s])"#),
    plain(Job::Stamped, r#"timestamp(vllm:num_requests_waiting{job="stamped"})"#),
    plain(Job::Stamped, r#"last_over_time(vllm:num_requests_running{job="stamped"}[20s] offset 7s)"#),
    plain(
        Job::Stamped,
        r#"time() - timestamp(vllm:num_requests_running{job="stamped"}) + scalar(minute()) + scalar(day_of_week())"#,
    ),
    plain(Job::Stamped, r#"idelta(vllm:generation_tokens_total{job="stamped"}[30s])"#),
    plain(Job::Stamped, r#"sum(vllm:request_success_total{job="stamped"}) by (finished_reason) % 7 ^ 2"#),
    plain(Job::Stamped, r#"quantile by (model_name) (0.75, vllm:e2e_request_latency_seconds_bucket{job="stamped"})"#),
    plain(Job::Stamped, r#"absent_over_time(vllm:no_such_metric{job="stamped"}[10s])"#),
];

/// Lists whose members must be the same.
const LISTS: &[&str] = &[
    "/api/v1/labels?match[]=%7Bjob%3D%22vllm%22%7D",
    "/api/v1/label/__name__/values?match[]=%7Bjob%3D%22node%22%7D",
    "/api/v1/label/job/values",
    "/api/v1/label/le/values",
    "/api/v1/series?match[]=%7Bjob%3D%22stamped%22%7D",
    "/api/v1/series?match[]=node_cpu_seconds_total&match[]=up",
];

/// Questions that both must refuse in the same way.
const REFUSED: &[&str] = &[
    "sum(",
    "up{",
    "rate(up)",
    "up[5m",
    "nosuchfunction(up)",
    "up + on (job) group_left (rack) {__name__=~\"up|scrape_samples_scraped\"}",
    "{}",
    "up @ \"yesterday\"",
    "label_replace(up, \"a b\", \"$1\", \"job\", \"(\")",
];
