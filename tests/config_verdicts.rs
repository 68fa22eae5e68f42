//! The same configurations in meterbox and in a real Prometheus: both take them, or both refuse them.
//!
//! Runs where METERBOX_PEERS names a folder with the program `prometheus`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod peers;

use meterbox::config::Config;

/// What is expected besides agreement.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    Good,
    Bad,
    /// Right, but not supported here yet.
    Later,
    /// Taken by Prometheus, although it cannot mean what it says.
    Strict,
}

use Verdict::{Bad, Good, Later, Strict};

const GLOBAL: &[(Verdict, &str)] = &[
    (Good, ""),
    (Good, "global: {scrape_interval: 1h30m, scrape_timeout: 500ms}"),
    (Good, "global: {scrape_interval: 5s}"),
    (Good, "global: {external_labels: {a: '${HOME}', b.c: x}, evaluation_interval: 1m}"),
    (Good, "global: {scrape_interval: 0}"),
    (Good, "global: {sample_limit: 10, body_size_limit: 10MB, keep_dropped_targets: 3}"),
    (Good, "global: {scrape_protocols: [PrometheusText0.0.4, OpenMetricsText1.0.0]}"),
    (Good, "rule_files:\nalerting:\n"),
    (Bad, "global: {scrape_interval: 5s, scrape_timeout: 6s}"),
    (Bad, "global: {scrape_interval: 5}"),
    (Bad, "global: {scrape_interval: -5s}"),
    (Bad, "global: {scrape_intervall: 5s}"),
    (Bad, "global: [a]"),
    (Bad, "global: {scrape_protocols: [PrometheusText0.0.4, PrometheusText0.0.4]}"),
    (Later, "remote_write: [{url: 'http://x/api/v1/write'}]"),
];

const JOBS: &[(Verdict, &str)] = &[
    (Good, "scrape_interval: 5s"),
    (Good, "scrape_interval: 5s\nscrape_timeout: 5s"),
    (Good, "honor_labels: yes\nhonor_timestamps: off"),
    (Good, "honor_labels: True"),
    (Good, "metrics_path: metrics"),
    (Good, "metrics_path:"),
    (Good, "params: {a: [b, c], d: []}"),
    (Good, "static_configs: [{targets: [a, 'b:1', '[::1]:2']}]"),
    (Good, "static_configs: [{targets: [a], labels: {é: x, n: 5, t: true, e: ''}}]"),
    (Good, "static_configs: [{labels: {a: b}}]"),
    (Good, "static_configs: [{targets: ['http://a/b']}]\nrelabel_configs: [{target_label: x}]"),
    (Good, "file_sd_configs: [{files: [a.yml, '*.json', 'x/*y.yaml']}]"),
    (Good, "http_sd_configs: [{url: 'https://x/y', refresh_interval: 5s}]"),
    (Good, "relabel_configs: [{action: REPLACE, target_label: a}]"),
    (Good, "relabel_configs: [{action: labelmap, regex: '__meta_(.*)'}]"),
    (Good, "relabel_configs: [{action: hashmod, modulus: 3, target_label: a}]"),
    (Good, "relabel_configs: [{action: keep, source_labels: [a], regex: 5}]"),
    (Good, "metric_relabel_configs: [{action: labeldrop, regex: 'a|b'}]"),
    (
        Good,
        "relabel_configs: [{source_labels: [a], regex: '\\Qx.y\\E(?P<n>.*)', target_label: b, replacement: '${n}'}]",
    ),
    (Good, "basic_auth: {username: a, password: b}"),
    (Good, "authorization: {type: Token, credentials: b}"),
    (Good, "bearer_token: x"),
    (Good, "tls_config: {insecure_skip_verify: true, min_version: TLS12}"),
    (Good, "follow_redirects: false\nenable_http2: false\nproxy_url: http://p:1\nno_proxy: x"),
    (Good, "sample_limit: 0\nlabel_limit: 5\nbody_size_limit: 0"),
    (Good, "fallback_scrape_protocol: PrometheusText0.0.4"),
    (Later, "dns_sd_configs: [{names: [a.b]}]"),
    (Later, "kubernetes_sd_configs: [{role: pod}]"),
    (Later, "oauth2: {client_id: a, client_secret: b, token_url: 'http://x'}"),
    (Later, "scrape_failure_log_file: x.log"),
    (Bad, "scrape_interval: 5s\nscrape_timeout: 6s"),
    (Bad, "scrape_interval: 1 m"),
    (Bad, "job_name: again"),
    (Bad, "honor_labels: maybe"),
    (Bad, "sample_limit: -1"),
    (Bad, "sample_limit: many"),
    (Bad, "body_size_limit: 5"),
    (Bad, "params: {a: b}"),
    (Bad, "params: [a]"),
    (Bad, "static_configs: [{targets: a}]"),
    (Bad, "static_configs: [{targets: ['http://a/b']}]"),
    (Bad, "static_configs: [{target: [a]}]"),
    (Bad, "static_configs: [{targets: [a], labels: {'': x}}]"),
    (Bad, "file_sd_configs: [{files: []}]"),
    (Bad, "file_sd_configs: [{files: [a.txt]}]"),
    (Bad, "file_sd_configs: [{files: ['*/a.yml']}]"),
    (Bad, "http_sd_configs: [{url: 'ftp://x'}]"),
    (Bad, "http_sd_configs: [{refresh_interval: 5s}]"),
    (Bad, "relabel_configs: [{regex: '('}]"),
    (Bad, "relabel_configs: [{source_labels: [a]}]"),
    (Bad, "relabel_configs: [{action: hashmod, target_label: a}]"),
    (Bad, "relabel_configs: [{action: unknown}]"),
    (Bad, "relabel_configs: [{action: labeldrop, regex: a, target_label: b}]"),
    (Bad, "relabel_configs: [{action: lowercase, source_labels: [a], target_label: b, replacement: c}]"),
    (Bad, "relabel_configs: [{action: keepequal, source_labels: [a], target_label: b, separator: c}]"),
    (Bad, "relabel_configs: [null]"),
    (Bad, "basic_auth: {username: a}\nbearer_token: b"),
];

const SPELLINGS: &[(Verdict, &str)] = &[
    (Good, "honor_labels: On"),
    (Bad, "honor_labels: 'true'"),
    (Bad, "honor_labels: yEs"),
    (Bad, "honor_labels: 1"),
    (Good, "honor_labels: ~"),
    (Good, "sample_limit: 1_000"),
    (Good, "sample_limit: 0x10"),
    (Good, "sample_limit: 0b11"),
    (Good, "sample_limit: 010"),
    (Good, "sample_limit: 1e3"),
    (Good, "sample_limit: +5"),
    (Bad, "sample_limit: '5'"),
    (Strict, "sample_limit: 1.5"),
    (Good, "body_size_limit: 1.5GB"),
    (Bad, "body_size_limit: 1gb"),
    (Bad, "body_size_limit: 5M"),
    (Bad, "body_size_limit: 5Mi"),
    (Good, "body_size_limit: 5MiB"),
    (Good, "body_size_limit: 5B"),
    (Strict, "body_size_limit: 1GB2MB"),
    (Bad, "body_size_limit: ''"),
    (Bad, "scrape_interval: ''"),
    (Good, "scrape_interval: 1m0s"),
    (Good, "scrape_timeout: 0s"),
    (Good, "metrics_path: ''"),
    (Good, "scheme: ''"),
    (Good, "static_configs: [{targets: [a], labels: {a: ~}}]"),
    (Bad, "static_configs: [{targets: [a], labels: [a]}]"),
    (Bad, "static_configs: [{targets: [a], labels: {a: [b]}}]"),
    (Bad, "static_configs: [{targets: [a], labels: {a: b, a: c}}]"),
    (Good, "static_configs: [{targets: [5, true, 1.0]}]"),
    (Good, "static_configs: [{targets: [~]}]"),
    (Good, "static_configs: [{targets: ['']}]"),
    (Bad, "static_configs: {}"),
    (Bad, "file_sd_configs: [~]"),
    (Bad, "http_sd_configs: [~]"),
    (Good, "params: {a: ~}"),
    (Good, "params: {a: [1, true, ~]}"),
    (Good, "relabel_configs: [{source_labels: ~, target_label: x}]"),
    (Bad, "relabel_configs: [{source_labels: a, target_label: x}]"),
    (Bad, "relabel_configs: [{source_labels: [''], target_label: x}]"),
    (Bad, "relabel_configs: [{action: '', target_label: x}]"),
    (Bad, "relabel_configs: [{action: ~, target_label: x}]"),
    (Good, "relabel_configs: [{target_label: x, regex: ''}]"),
    (Good, "relabel_configs: [{target_label: x, regex: ~}]"),
    (Good, "relabel_configs: [{target_label: 'a$', replacement: x}]"),
    (Good, "relabel_configs: [{target_label: 'a b', replacement: x}]"),
    (Bad, "relabel_configs: [{action: labelmap, regex: a, replacement: ''}]"),
    (Good, "relabel_configs: [{action: labelmap, regex: a, replacement: 'a-b'}]"),
    (Good, "relabel_configs: [{action: labelmap, regex: a, source_labels: [b]}]"),
    (Good, "relabel_configs: [{action: keep, regex: a}]"),
    (
        Good,
        "relabel_configs: [{action: keep, source_labels: [a], regex: a, modulus: 4, replacement: q, target_label: z}]",
    ),
    (Good, "relabel_configs: [{action: lowercase, source_labels: [a], regex: q, target_label: z}]"),
    (Bad, "relabel_configs: [{action: dropequal, source_labels: [a]}]"),
    (Bad, "relabel_configs: [{action: labelkeep, regex: a, source_labels: []}]"),
    (Good, "relabel_configs: [{action: labelkeep, regex: a, target_label: ''}]"),
    (Good, "relabel_configs: [{action: hashmod, modulus: 18446744073709551615, target_label: a}]"),
    (Strict, "relabel_configs: [{action: hashmod, modulus: 18446744073709551616, target_label: a}]"),
    (Good, "relabel_configs: [{regex: 'a{2,1000}', target_label: x}]"),
    (Bad, "relabel_configs: [{regex: 'a{2,1001}', target_label: x}]"),
    (Bad, "relabel_configs: [{regex: '(?=a)', target_label: x}]"),
    (Bad, "relabel_configs: [{regex: 'a**', target_label: x}]"),
    (Bad, "relabel_configs: [{regex: '\\1', target_label: x}]"),
    (Good, "relabel_configs: [{regex: '\\pL[[:alpha:]]\\d', target_label: x}]"),
    (Bad, "relabel_configs: [{regex: '[z-a]', target_label: x}]"),
    (Good, "relabel_configs: [{regex: '(?P<n>a)(?<m>b)(?P<1>c)', target_label: x}]"),
    (Good, "relabel_configs: [{regex: '(?P<n>a)(?P<n>b)', target_label: x}]"),
    (Bad, "basic_auth: [a]"),
    (Good, "basic_auth: {}"),
    (Good, "basic_auth: ~"),
    (Good, "authorization: {}"),
    (Good, "authorization: {type: ''}"),
    (Good, "tls_config: {}"),
    (Good, "tls_config: {cert: a, key: b}"),
    (Bad, "tls_config: {ca: a, ca_file: b}"),
    (Strict, "tls_config: {min_version: TLS13, max_version: TLS12}"),
    (Good, "tls_config: {min_version: TLS10}"),
    (Strict, "tls_config: {max_version: TLS11}"),
    (Bad, "relabel_configs: [{regex: 'a{2}{3}', target_label: x}]"),
    (Bad, "relabel_configs: [{regex: 'a*??', target_label: x}]"),
    (Bad, "relabel_configs: [{regex: '*a', target_label: x}]"),
    (Good, "relabel_configs: [{regex: 'a*?[*][+]\\*+(b?)?', target_label: x}]"),
    (Good, "http_headers: {X-A: {values: [a]}}"),
    (Strict, "http_headers: {'X A': {values: [a]}}"),
    (Good, "http_headers: {X-A: }"),
    (Bad, "proxy_url: 'http://a b'"),
    (Later, "proxy_url: 'socks5://a:1'"),
    (Bad, "http_sd_configs: [{url: 'http://'}]"),
    (Bad, "http_sd_configs: [{url: 'x/y'}]"),
    (Bad, "fallback_scrape_protocol: Text"),
    (Bad, "scrape_protocols: []"),
    (Good, "keep_dropped_targets: 0"),
    (Good, "metric_name_validation_scheme: utf8"),
    (Good, "<<: {scrape_interval: 5s}"),
    (Good, "'scrape_interval': 5s"),
];

const CLIENTS: &[(Verdict, &str)] = &[
    (Bad, "authorization: {type: Basic, credentials: x}"),
    (Bad, "basic_auth: {username: a, password: b, password_file: c}"),
    (Bad, "tls_config: {cert_file: a}"),
    (Bad, "tls_config: {min_version: TLS99}"),
    (Bad, "no_proxy: x"),
    (Bad, "http_headers: {Authorization: {values: [x]}}"),
    (Bad, "scrape_protocols: [Text]"),
    (Bad, "scheme: [http]"),
];

#[tokio::test]
async fn a_real_prometheus_agrees() {
    meterbox::net::install_provider();
    let Some(prometheus) = peers::Prometheus::start("") else { return };
    let jobs = JOBS.iter().chain(CLIENTS).chain(SPELLINGS).map(|(verdict, lines)| {
        let indented: Vec<String> = lines.lines().map(|line| format!("    {line}")).collect();
        (*verdict, format!("scrape_configs:\n  - job_name: a\n{}\n", indented.join("\n")))
    });
    let cases = GLOBAL.iter().map(|(verdict, text)| (*verdict, (*text).to_owned())).chain(jobs);
    let mut wrong = Vec::new();
    for (expected, text) in cases {
        let theirs = prometheus.reload(&text).await;
        let ours = Config::parse(&text, Some(&prometheus.config()), &|_| None);
        let ours = match &ours {
            Ok(_) => Good,
            Err(error) if error.to_string().lines().all(|line| line.contains("not supported yet")) => Later,
            Err(_) => Bad,
        };
        let agreed = ours == expected || (ours, expected) == (Bad, Strict);
        if !agreed || theirs.is_ok() != (expected != Bad) {
            wrong.push(format!("{text}expected {expected:?}, ours {ours:?}, Prometheus {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
