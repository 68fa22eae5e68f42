//! Configuration files: what they come to, and what is said about mistakes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;
use std::time::Duration;

use meterbox::config::keys::{SECTIONS, State};
use meterbox::config::{Config, ConfigError, HttpAuth, RelabelAction, Scheme, ScrapeProtocol};

fn env(name: &str) -> Option<String> {
    (name == "HOST").then(|| "box".to_owned())
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Some(Path::new("/etc/m/p.yml")), &env)
}

fn good(text: &str) -> Config {
    parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The mistakes, each in one line, without the file's name.
fn mistakes(text: &str) -> Vec<String> {
    let error = parse(text).expect_err(text).to_string();
    error.lines().map(|line| line.strip_prefix("/etc/m/p.yml:").expect(line).to_owned()).collect()
}

/// A job with the given lines in it.
fn job(lines: &str) -> String {
    let indented: Vec<String> = lines.lines().map(|line| format!("    {line}")).collect();
    format!("scrape_configs:\n  - job_name: a\n{}\n", indented.join("\n"))
}

#[test]
fn an_empty_file_has_the_defaults() {
    for text in ["", "# nothing\n", "global:\nscrape_configs:\n", "---\n"] {
        let config = good(text);
        assert_eq!(config.global.scrape_interval, Duration::from_secs(60));
        assert_eq!(config.global.scrape_timeout, Duration::from_secs(10));
        assert!(config.scrape.is_empty());
    }
}

#[test]
fn the_file_that_prometheus_ships_works() {
    let text = "
# my global config
global:
  scrape_interval: 15s # Set the scrape interval to every 15 seconds.
  evaluation_interval: 15s
  # scrape_timeout is set to the global default (10s).

alerting:
  alertmanagers:
    - static_configs:
        - targets:
          # - alertmanager:9093

rule_files:
  # - \"first_rules.yml\"

scrape_configs:
  - job_name: \"prometheus\"
    static_configs:
      - targets: [\"localhost:9090\"]
        labels:
          app: \"prometheus\"
";
    let config = good(text);
    assert_eq!(config.scrape.len(), 1);
    assert_eq!(config.scrape[0].scrape_interval, Duration::from_secs(15));
    assert_eq!(config.scrape[0].static_groups[0].labels.value("app"), Some("prometheus"));
}

#[test]
fn a_job_takes_what_global_says_unless_it_says_otherwise() {
    let config = good(
        "global: {scrape_interval: 5s, scrape_timeout: 4s, sample_limit: 100, label_limit: 7, scrape_protocols: [PrometheusText0.0.4]}
scrape_configs:
  - job_name: a
  - {job_name: b, scrape_interval: 2s, sample_limit: 0, label_limit: 9, scrape_protocols: [OpenMetricsText1.0.0]}
",
    );
    let [a, b] = config.scrape.as_slice() else { panic!() };
    assert_eq!((a.scrape_interval, a.scrape_timeout), (Duration::from_secs(5), Duration::from_secs(4)));
    assert_eq!((a.limits.samples, a.limits.labels), (Some(100), Some(7)));
    assert_eq!(a.scrape_protocols, [ScrapeProtocol::PrometheusText0_0_4]);
    // The global timeout would not fit the job's interval.
    assert_eq!((b.scrape_interval, b.scrape_timeout), (Duration::from_secs(2), Duration::from_secs(2)));
    assert_eq!((b.limits.samples, b.limits.labels), (None, Some(9)));
    assert_eq!(b.scrape_protocols, [ScrapeProtocol::OpenMetricsText1_0_0]);
}

#[test]
fn all_keys_of_a_job_are_read() {
    let config = good(&job("scrape_interval: 10s
scrape_timeout: 5s
metrics_path: /probe
scheme: https
params: {module: [http_2xx], list: [b, a]}
honor_labels: yes
honor_timestamps: false
track_timestamps_staleness: true
enable_compression: off
fallback_scrape_protocol: PrometheusText1.0.0
body_size_limit: 10MB
keep_dropped_targets: 5
basic_auth: {username: me, password_file: secret}
tls_config: {ca_file: ca.pem, insecure_skip_verify: true, min_version: TLS13}
follow_redirects: false
enable_http2: false
proxy_url: http://proxy:3128
no_proxy: localhost
http_headers: {X-Scope: {values: [a, b], secrets: [c]}}
static_configs: [{targets: [x:1, y:2], labels: {zone: 1}}]
file_sd_configs: [{files: [t/*.json, /abs.yml], refresh_interval: 1m}]
http_sd_configs: [{url: 'http://sd/targets', bearer_token: t}]
relabel_configs: [{source_labels: [__address__], regex: '(.*):.*', target_label: host}]
metric_relabel_configs: [{action: labeldrop, regex: tmp_.*}]"));
    let job = &config.scrape[0];
    assert_eq!(job.scheme, Scheme::Https);
    assert_eq!(job.params, [("list".into(), vec!["b".into(), "a".into()]), ("module".into(), vec!["http_2xx".into()])]);
    assert!(job.honor_labels && !job.honor_timestamps && job.track_timestamps_staleness && !job.enable_compression);
    assert_eq!(job.limits.body_size, Some(10 << 20));
    assert!(matches!(job.client.auth, Some(HttpAuth::Basic { .. })));
    assert_eq!(job.static_groups[0].labels.value("zone"), Some("1"));
    assert_eq!(job.file_sd[0].files[0], Path::new("/etc/m/t/*.json"));
    assert_eq!(job.file_sd[0].files[1], Path::new("/abs.yml"));
    assert!(matches!(job.http_sd[0].client.auth, Some(HttpAuth::Authorization { .. })));
    assert_eq!(job.relabel[0].action, RelabelAction::Replace);
    assert_eq!(job.metric_relabel[0].action, RelabelAction::LabelDrop);
}

#[test]
fn what_is_printed_reads_back_alike() {
    let text = "global: {scrape_interval: 7s, external_labels: {site: '${HOST}: 1', n: '5'}, body_size_limit: 1MB}
scrape_configs:
  - job_name: 'true'
    params: {x: [\"a b\", '']}
    sample_limit: 9
    relabel_configs:
      - {source_labels: [a, b], separator: '', regex: \"x\\\\d|y\", target_label: c, replacement: ''}
      - {action: hashmod, source_labels: [a], modulus: 8, target_label: __tmp}
      - {action: labelmap, regex: __meta_(.+)}
      - {action: keepequal, source_labels: [a], target_label: b}
      - {action: Uppercase, source_labels: [a], target_label: b}
    metric_relabel_configs: [{action: drop, source_labels: [__name__], regex: 'go_.*'}]
    static_configs: [{targets: ['a:1', '[::1]:2'], labels: {q: '\"'}}, {}]
    file_sd_configs: [{files: [x/*.yml]}]
    http_sd_configs: [{url: 'https://sd/?a=b#c', proxy_url: 'http://p:1', refresh_interval: 90s}]
    tls_config: {ca_file: c.pem, max_version: TLS12}
  - {job_name: plain, authorization: {credentials_file: t}}
";
    let config = good(text);
    let printed = config.to_yaml();
    let again = good(&printed);
    assert_eq!(config.global, again.global, "{printed}");
    assert_eq!(config.scrape, again.scrape, "{printed}");
    assert_eq!(again.to_yaml(), printed);
    assert_eq!(config.global.external_labels.value("site"), Some("box: 1"));
}

#[test]
fn secrets_are_never_printed() {
    let config = good(&job("basic_auth: {username: me, password: hunter2}
http_headers: {X-Key: {secrets: [hunter2]}}
http_sd_configs:
  - {url: 'http://x', authorization: {credentials: hunter2}}
  - {url: 'http://y', bearer_token: hunter2}
  - {url: 'http://me:hunter2@z/', proxy_url: 'http://me:hunter2@p:1'}
tls_config: {cert: hunter2, key: hunter2}"));
    let printed = config.to_yaml();
    assert!(printed.contains("password: <secret>") && printed.contains("username: me"), "{printed}");
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(printed.contains("url: http://me:xxxxx@z/"), "{printed}");
    assert!(!format!("{:?}", config.scrape[0].client).contains("hunter2"));
}

#[test]
fn every_supported_key_is_read() {
    // A value that fits no key has to be complained about; a key that nobody reads would swallow it.
    for section in SECTIONS {
        for key in section.keys.iter().filter(|key| key.state == State::Supported) {
            let line = format!("{}: [[[x]]]", key.name);
            let text = match section.name {
                "the top level" => line,
                "global" => format!("global:\n  {line}"),
                "scrape_configs" if key.name == "job_name" => format!("scrape_configs:\n  - {line}"),
                "scrape_configs" | "HTTP client" => job(&line),
                "basic_auth" | "authorization" | "tls_config" => job(&format!("{}:\n  {line}", section.name)),
                "http_headers" => job(&format!("http_headers:\n  X-A:\n    {line}")),
                list => job(&format!("{list}:\n  - {line}")),
            };
            let said = mistakes(&text);
            assert!(said.iter().any(|line| line.contains(key.name)), "{}.{}: {said:?}", section.name, key.name);
        }
    }
}

#[test]
fn keys_that_are_not_supported_are_refused_by_name() {
    for section in SECTIONS {
        for key in section.keys.iter().filter(|key| key.state == State::NotYet) {
            let line = format!("{}: something", key.name);
            let text = match section.name {
                "the top level" => line,
                "global" => format!("global:\n  {line}"),
                "scrape_configs" | "HTTP client" => job(&line),
                "basic_auth" | "authorization" | "tls_config" => job(&format!("{}:\n  {line}", section.name)),
                other => panic!("{other}"),
            };
            let said = mistakes(&text).join("\n");
            assert!(said.contains(key.name) && said.contains("not supported yet"), "{said}");
            if !key.default.is_empty() {
                good(&text.replace("something", key.default));
            }
        }
    }
}

#[test]
fn mistakes_are_told_with_place_key_and_mend() {
    for (text, expected) in [
        (
            "scrape_configs:\n  - job_name: a\n    scrape_intervall: 5s\n",
            "3:5: scrape_configs[0].scrape_intervall: scrape_configs has no key 'scrape_intervall'; did you mean 'scrape_interval'?",
        ),
        (
            "scrape_interval: 5s\n",
            "1:1: scrape_interval: the top level has no key 'scrape_interval'; it is a key of global, scrape_configs: check the indentation",
        ),
        (
            "rule_files: [a.yml]\n",
            "1:1: rule_files: not supported yet: files with recording and alerting rules; take it out, or keep Prometheus for it",
        ),
        (
            "global:\n  scrape_interval: 15\n",
            "2:20: global.scrape_interval: not a valid duration string: \"15\"; add a unit: 15s for seconds",
        ),
        (
            "global:\n  scrape_interval: 5s\n  scrape_timeout: 10s\n",
            "3:19: global.scrape_timeout: a scrape may take 10s, longer than the interval of 5s; make it at most the scrape_interval",
        ),
        ("global: {}\nglobal: {}\n", "2:1: global: this key stands here twice, first in line 1; take one of them out"),
        (
            "scrape_configs:\n  - job_name: a\n  - job_name: a\n",
            "3:15: scrape_configs[1].job_name: a job named \"a\" stands in line 2 already; give each job a name of its own",
        ),
        (
            "scrape_configs:\n  - scheme: http\n",
            "2:5: scrape_configs[0].job_name: every job needs a name; add 'job_name: ...'",
        ),
        (&job("scheme: htps"), "3:13: scrape_configs[0].scheme: \"htps\" is not known here; did you mean 'https'?"),
        (
            &job("relabel_configs:\n  - regex: '('\n    target_label: x"),
            "4:16: scrape_configs[0].relabel_configs[0].regex: error parsing regexp: missing closing ): `(`",
        ),
        (
            &job("relabel_configs:\n  - action: hashmod\n    target_label: x"),
            "4:9: scrape_configs[0].relabel_configs[0].modulus: action hashmod needs 'modulus', a whole number above 0",
        ),
        (
            &job("relabel_configs:\n  - source_labels: [a]"),
            "4:9: scrape_configs[0].relabel_configs[0].target_label: action replace needs 'target_label'",
        ),
        (
            &job("relabel_configs:\n  - {action: dropp, regex: x}"),
            "4:18: scrape_configs[0].relabel_configs[0].action: \"dropp\" is not known here; did you mean 'drop'?",
        ),
        (
            &job("static_configs:\n  - targets: ['http://localhost:8000/metrics']"),
            "4:9: scrape_configs[0].static_configs[0].targets[0]: \"http://localhost:8000/metrics\" is not an address; write host:port only; scheme and metrics_path are keys of the job",
        ),
        (
            &job("static_configs:\n  - targets: localhost:8000"),
            "4:18: scrape_configs[0].static_configs[0].targets: a single value where a list has to be; begin each item with '- '",
        ),
        (
            &job("file_sd_configs:\n  - files: [a.txt]"),
            "4:17: scrape_configs[0].file_sd_configs[0].files[0]: \"a.txt\" cannot name target files; the path has to end in .yml, .yaml or .json, and may hold one '*' in its last part",
        ),
        (
            &job("kubernetes_sd_configs: [{role: pod}]"),
            "3:5: scrape_configs[0].kubernetes_sd_configs: not supported yet: another way of discovery; file_sd_configs and http_sd_configs take any list of targets; take it out, or keep Prometheus for it",
        ),
        (
            &job("basic_auth: {username: a}\nbearer_token: b"),
            "4:19: scrape_configs[0].bearer_token: credentials are given twice; keep one of basic_auth, authorization, bearer_token and bearer_token_file",
        ),
        ("a: [\n", "2:1: this is not YAML: while parsing a node, did not find expected node content"),
    ] {
        assert_eq!(mistakes(text), [expected], "{text}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let said = mistakes(
        "global: {scrape_interval: x, evaluation_interval: y}\nscrape_configs:\n  - job_name: a\n    honor_labels: maybe\n    sample_limit: -1\nremote_writ: []\n",
    );
    let places: Vec<&str> = said.iter().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["1:27", "1:51", "4:19", "5:19", "6:1"], "{said:?}");
}

#[test]
fn things_without_effect_are_noted() {
    let config = good(
        "runtime: {gogc: 75}\nglobal: {external_labels: {a: $NONE}}\nscrape_configs: [{job_name: a, scrape_protocols: [PrometheusProto, PrometheusText0.0.4]}]\n",
    );
    assert_eq!(config.notes.len(), 3, "{:?}", config.notes);
    assert_eq!(mistakes(&job("scrape_protocols: [PrometheusProto]")).len(), 1);
}

#[test]
fn files_that_cannot_be_read_say_so_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no.yml");
    let said = Config::load(&missing).unwrap_err().to_string();
    assert_eq!(said, format!("cannot read the configuration {}: there is no such file", missing.display()));
    let binary = folder.path().join("b.yml");
    std::fs::write(&binary, b"a: 1\nb: \xff\n").unwrap();
    let said = Config::load(&binary).unwrap_err().to_string();
    assert_eq!(said, format!("{}:2: this is not UTF-8 text; save the file as UTF-8", binary.display()));
}

#[test]
fn the_built_in_configuration_scrapes_meterbox_itself() {
    let config = Config::built_in("127.0.0.1:10161").unwrap();
    assert_eq!(config.scrape[0].static_groups[0].targets, ["127.0.0.1:10161"]);
    assert_eq!(config.scrape[0].scrape_interval, Duration::from_secs(5));
}
