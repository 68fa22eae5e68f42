//! The HTTP API held against a real Prometheus: both get the same samples by remote write, then both are asked the
//! same questions, and status code and JSON have to agree.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use meterbox_testkit::http::{Connection, encode};
use meterbox_testkit::remote_write::{append_series, compress, encode_labels, send};
use meterbox_testkit::{Meterbox, Prometheus, meterbox_binary, peer};
use serde_json::Value;

const TEST: &str = "http_alike";

/// The first sample; a multiple of the scrape interval, some minutes ago so that both take it as fresh.
fn first() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    (i64::try_from(now).unwrap() - 40 * 60_000) / 15_000 * 15_000
}

const STEPS: i64 = 120;

#[test]
fn answers_are_those_of_prometheus() {
    let Some(binary) = peer(TEST, "prometheus") else { return };
    let config = "global:\n  scrape_interval: 1h\n";
    let prometheus = Prometheus::start(&binary, config, &["--web.enable-remote-write-receiver"]);
    let meterbox = Meterbox::builder(meterbox_binary!()).config(config).flag("--enable-remote-write-receiver").start();
    let start = first();
    let body = compress(&samples(start));
    for address in [prometheus.process().address(), meterbox.address()] {
        let answer = send(&mut Connection::new(address), "/api/v1/write", &body).unwrap();
        assert!((200..300).contains(&answer.status), "{} {}", answer.status, answer.text());
    }
    let mut differing = Vec::new();
    let questions = questions(start);
    let asked = questions.len();
    for question in questions {
        let read = |answer: meterbox_testkit::http::Answer| {
            let text = answer.text();
            (answer.status, serde_json::from_str::<Value>(&text).map_or(Value::String(text), sorted))
        };
        let target = format!("/api/v1/{question}");
        let (theirs, ours) = (read(prometheus.get(&target)), read(meterbox.get(&target)));
        if theirs.0 != ours.0 || !alike(&theirs.1, &ours.1) {
            differing.push(format!(
                "{question}\n  prometheus {} {}\n  meterbox   {} {}",
                theirs.0, theirs.1, ours.0, ours.1
            ));
        }
    }
    for path in ["query", "labels", "label/job/values", "admin/tsdb/snapshot", "admin/tsdb/delete_series", "nothing"] {
        for method in ["PUT", "DELETE", "POST"] {
            let ask = |address| {
                let answer = Connection::new(address).request(method, &format!("/api/v1/{path}"), &[], b"").unwrap();
                (answer.status, answer.text())
            };
            let (theirs, ours) = (ask(prometheus.process().address()), ask(meterbox.address()));
            if theirs != ours {
                differing.push(format!("{method} {path}\n  prometheus {theirs:?}\n  meterbox   {ours:?}"));
            }
        }
    }
    assert!(differing.is_empty(), "{} of {asked} differ:\n{}", differing.len(), differing.join("\n"));
}

/// Whether two answers say the same. Three things may differ: the last bits of a float (Go and C compute logarithms
/// differently), which of several offending series a message names, and fields of the syntax tree that only one version
/// of Prometheus has and that say "no".
fn alike(theirs: &Value, ours: &Value) -> bool {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let no = |value: Option<&Value>| match value {
                None | Some(Value::Null | Value::Bool(false)) => true,
                Some(Value::Object(fields)) => fields.values().all(Value::is_null),
                Some(_) => false,
            };
            theirs.keys().chain(ours.keys()).all(|key| {
                let (theirs, ours) = (theirs.get(key), ours.get(key));
                (no(theirs) && no(ours)) || matches!((theirs, ours), (Some(theirs), Some(ours)) if alike(theirs, ours))
            })
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            theirs.len() == ours.len() && theirs.iter().zip(ours).all(|(theirs, ours)| alike(theirs, ours))
        }
        (Value::String(theirs), Value::String(ours)) => {
            let close = || {
                let (theirs, ours): (f64, f64) = (theirs.parse().ok()?, ours.parse().ok()?);
                Some((theirs - ours).abs() <= 1e-14 * theirs.abs())
            };
            let stem = |text: &str| text.split("operation: [").next().map(str::to_owned);
            theirs == ours || close() == Some(true) || (theirs.contains("operation: [") && stem(theirs) == stem(ours))
        }
        _ => theirs == ours,
    }
}

/// The order of an instant vector is nobody's promise: lists of series are compared as sets, unless sorted by the query.
fn sorted(mut answer: Value) -> Value {
    if let Some(list) = answer.pointer_mut("/data/result").and_then(Value::as_array_mut)
        && list.iter().all(|item| item.get("metric").is_some())
    {
        list.sort_by_key(|item| item["metric"].to_string());
    }
    if let Some(list) = answer.get_mut("data").and_then(Value::as_array_mut)
        && list.iter().all(|item| item.get("__name__").is_some())
    {
        list.sort_by_key(Value::to_string);
    }
    answer
}

fn samples(start: i64) -> Vec<u8> {
    let mut message = Vec::new();
    let mut series = |labels: &[(&str, String)], value: &dyn Fn(i64) -> f64| {
        let mut pairs: Vec<(String, String)> =
            labels.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        pairs.sort();
        append_series(
            &mut message,
            &encode_labels(&pairs),
            (0..STEPS).map(|step| (start + step * 15_000, value(step))),
        );
    };
    let text = str::to_owned;
    for instance in 0..3_i64 {
        for code in ["200", "404", "500"] {
            let code_number = code.parse::<i64>().unwrap();
            series(
                &[
                    ("__name__", text("http_requests_total")),
                    ("job", text("api")),
                    ("instance", format!("i{instance}")),
                    ("code", text(code)),
                ],
                &|step| ((step % 70) * (instance + 1) * 3 + code_number % 7) as f64,
            );
        }
        for (index, bound) in ["0.1", "0.5", "1", "+Inf"].iter().enumerate() {
            series(
                &[
                    ("__name__", text("latency_seconds_bucket")),
                    ("job", text("api")),
                    ("instance", format!("i{instance}")),
                    ("le", text(bound)),
                ],
                &|step| (step * (index as i64 + 1) * (instance + 2)) as f64,
            );
        }
        series(
            &[("__name__", text("temperature_celsius")), ("job", text("node")), ("instance", format!("i{instance}"))],
            &|step| 20.0 + (step as f64 * 0.37 + instance as f64).sin() * 7.3,
        );
    }
    series(&[("__name__", text("up")), ("job", text("node")), ("zone", text("a<b>&\"c\"\nü"))], &|_| 1.0);
    series(&[("__name__", text("odd")), ("kind", text("nan"))], &|_| f64::NAN);
    series(&[("__name__", text("odd")), ("kind", text("inf"))], &|_| f64::INFINITY);
    series(&[("__name__", text("odd")), ("kind", text("tiny"))], &|step| 1.5e-9 * step as f64);
    series(&[("__name__", text("odd")), ("kind", text("huge"))], &|step| 1.5e22 * step as f64);
    message
}

fn questions(start: i64) -> Vec<String> {
    let end = start + (STEPS - 1) * 15_000;
    let seconds = |ms: i64| format!("{}.{:03}", ms / 1000, ms % 1000);
    let mut questions = Vec::new();
    for query in QUERIES {
        questions.push(format!("query?query={}&time={}", encode(query), seconds(end)));
        questions.push(format!("query?query={}&time={}", encode(query), seconds(end - 7_001)));
        questions.push(format!(
            "query_range?query={}&start={}&end={}&step=61",
            encode(query),
            seconds(start - 60_000),
            seconds(end)
        ));
    }
    let range = format!("start={}&end={}", seconds(start), seconds(end));
    for query in BROKEN {
        questions.push(format!("query?query={}", encode(query)));
        questions.push(format!("query_range?query={}&{range}&step=15", encode(query)));
        questions.push(format!("parse_query?query={}", encode(query)));
    }
    for query in QUERIES.iter().take(12) {
        questions.push(format!("format_query?query={}", encode(query)));
        questions.push(format!("parse_query?query={}", encode(query)));
    }
    for plain in PLAIN {
        questions.push(plain.replace("RANGE", &range).replace("START", &seconds(start)).replace("END", &seconds(end)));
    }
    questions
}

const QUERIES: &[&str] = &[
    "http_requests_total",
    "sum by (job, code) (rate(http_requests_total[5m]))",
    "histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[5m])))",
    "histogram_quantile(0.5, latency_seconds_bucket)",
    "increase(http_requests_total{code=~\"4..|5..\"}[10m])",
    "irate(http_requests_total[2m])",
    "temperature_celsius > 22",
    "temperature_celsius > bool 22",
    "avg_over_time(temperature_celsius[5m])",
    "stddev_over_time(temperature_celsius[5m])",
    "quantile_over_time(0.3, temperature_celsius[7m])",
    "deriv(temperature_celsius[5m])",
    "predict_linear(temperature_celsius[5m], 600)",
    "max_over_time(rate(http_requests_total[1m])[10m:30s])",
    "topk(2, http_requests_total)",
    "bottomk(3, temperature_celsius)",
    "quantile(0.7, http_requests_total)",
    "count_values(\"v\", up)",
    "stddev(temperature_celsius)",
    "avg without (instance) (http_requests_total)",
    "group by (code) (http_requests_total)",
    "http_requests_total / on (instance) group_left () temperature_celsius",
    "sum by (instance) (http_requests_total) * on (instance) temperature_celsius",
    "http_requests_total and on (instance) (temperature_celsius > 24)",
    "http_requests_total unless http_requests_total{code=\"500\"}",
    "up or odd",
    "odd",
    "sum(odd)",
    "odd + 1",
    "-odd",
    "label_replace(up, \"x\", \"$1-y\", \"job\", \"(n.*)e\")",
    "label_join(http_requests_total, \"j\", \"/\", \"instance\", \"code\")",
    "absent(nothing{a=\"b\"})",
    "absent_over_time(http_requests_total[5m])",
    "changes(temperature_celsius[5m])",
    "resets(http_requests_total[20m])",
    "delta(temperature_celsius[5m])",
    "idelta(temperature_celsius[1m])",
    "http_requests_total offset 5m",
    "http_requests_total offset -5m",
    "sum(http_requests_total @ end())",
    "rate(http_requests_total[5m] @ start())",
    "timestamp(up)",
    "time()",
    "vector(1)",
    "scalar(up)",
    "42",
    "\"text\"",
    "hour()",
    "day_of_week(vector(0))",
    "round(temperature_celsius, 0.5)",
    "clamp(temperature_celsius, 20, 22)",
    "ln(temperature_celsius)",
    "temperature_celsius ^ 2 % 7",
    "1 / 0",
    "atan2(1, 2)",
    "temperature_celsius atan2 2",
    "count_over_time(up[5m])",
    "present_over_time(up[5m])",
    "last_over_time(odd[5m])",
    "sum_over_time(odd{kind!=\"nan\"}[5m])",
    "rate(temperature_celsius[5m])",
    "histogram_quantile(1.5, latency_seconds_bucket)",
    "quantile(2, up)",
    "{__name__=~\"h.*_total\", code=\"200\"}",
    "sgn(temperature_celsius - 20)",
    "up[1m]",
];

const BROKEN: &[&str] = &[
    "",
    "sum(",
    "rate(up)",
    "up[5m",
    "foo{bar=~\"(\"}",
    "{}",
    "1 + ",
    "sum(up) by (x) y",
    "up + on (x) group_left (x) up",
    "http_requests_total + on (job) http_requests_total",
    "label_replace(up, \"1x\", \"\", \"\", \"\")",
    "unknown_function(up)",
    "up offset 5",
    "\"unclosed",
    "limitk(1, up)",
];

const PLAIN: &[&str] = &[
    "query?query=sort_desc(temperature_celsius)&time=END",
    "series",
    "series?match[]=up&RANGE",
    "series?match[]=http_requests_total&match[]=up&RANGE",
    "series?match[]={}&RANGE",
    "series?match[]=http_requests_total&RANGE&limit=9",
    "series?match[]=up(&RANGE",
    "series?match[]=up&start=100&end=200",
    "labels",
    "labels?RANGE",
    "labels?match[]=up&RANGE",
    "labels?match[]=nothing&RANGE",
    "labels?match[]=up(&RANGE",
    "labels?match[]={}",
    "label/job/values?match[]={}",
    "label/a%2Db%ff/values",
    "status/tsdb?limit=0",
    "status/tsdb?limit=x",
    "write",
    "admin/tsdb/snapshot",
    "labels?limit=2",
    "labels?limit=x",
    "labels?limit=-1",
    "label/job/values",
    "label/__name__/values?RANGE",
    "label/instance/values?match[]=up&RANGE",
    "label/instance/values?match[]=http_requests_total&RANGE&limit=1",
    "label/U__job/values",
    "label/nothing/values",
    "label/job/values?start=x",
    "query",
    "query?query=up&time=x",
    "query?query=up&time=START&timeout=x",
    "query?query=up&time=START&timeout=0.1",
    "query?query=up&time=START&limit=x",
    "query?query=up&time=END&limit=2",
    "query?query=up&time=START&lookback_delta=1x",
    "query?query=up&time=END&lookback_delta=1m",
    "query_range?query=up",
    "query_range?query=up&start=START",
    "query_range?query=up&RANGE",
    "query_range?query=up&RANGE&step=0",
    "query_range?query=up&RANGE&step=-5",
    "query_range?query=up&RANGE&step=x",
    "query_range?query=up&RANGE&step=0.01",
    "query_range?query=up&start=END&end=START&step=15",
    "query_range?query=up&RANGE&step=1m",
    "query_range?query=up[5m]&RANGE&step=15",
    "query_range?query=sum(http_requests_total)&RANGE&step=15&limit=1",
    "query_range?query=http_requests_total&RANGE&step=7.5s",
    "metadata",
    "metadata?limit=x",
    "metadata?metric=nothing",
    "targets?state=dropped",
    "scrape_pools",
];
