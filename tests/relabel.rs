//! Relabelling: each action by itself, and the same rules in a real Prometheus.
//!
//! The comparison runs where METERBOX_PEERS names a folder with the program `prometheus`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod peers;

use std::collections::BTreeMap;
use std::fmt::Write;

use meterbox::config::Config;
use meterbox::discovery::{self, Discovery};
use meterbox::model::{Labels, LabelsBuilder};
use meterbox::relabel::{Verdict, apply};

/// Rules, in YAML's flow style, and what they are tried on.
const CASES: [(&str, &[&str], &str); 34] = [
    (
        "replace_host",
        &["{source_labels: [__address__], regex: '([^:]+):(\\d+)', target_label: host, replacement: '$1 at ${2}!'}"],
        "a=1",
    ),
    ("replace_default", &["{source_labels: [a, b], target_label: ab}"], "a=1,b=2"),
    ("replace_separator", &["{source_labels: [a, b, none], separator: '--', target_label: ab}"], "a=1,b=2"),
    ("replace_no_match", &["{source_labels: [a], regex: 'x', target_label: a, replacement: changed}"], "a=xx"),
    ("replace_constant", &["{target_label: zone, replacement: eu}"], "a=1"),
    ("replace_removes", &["{source_labels: [none], target_label: a}"], "a=1"),
    ("replace_empty", &["{source_labels: [a], target_label: a, replacement: ''}"], "a=1"),
    (
        "replace_target_template",
        &["{source_labels: [a], regex: '(.)(.*)', target_label: 'x_$1', replacement: '$2'}"],
        "a=bcd",
    ),
    ("replace_target_gone", &["{source_labels: [a], regex: '(z?).*', target_label: '$1', replacement: q}"], "a=bcd"),
    ("replace_utf8_target", &["{source_labels: [a], target_label: 'grün.es'}"], "a=x"),
    (
        "replace_named",
        &[
            "{source_labels: [a], regex: '(?P<first>[a-z]+)-(?P<second>.+)', target_label: r, replacement: '${second}_$first'}",
        ],
        "a=left-right",
    ),
    (
        "replace_word_boundary",
        &["{source_labels: [a], regex: '(.*)', target_label: r, replacement: '$1x|${1}x|$$1|$|$-'}"],
        "a=v",
    ),
    (
        "replace_leading_zero",
        &["{source_labels: [a], regex: '(.*)', target_label: r, replacement: '<$01|$1|$2>'}"],
        "a=v",
    ),
    ("replace_newline", &["{source_labels: [a], regex: 'x.y', target_label: r, replacement: dot}"], "a=x\\ny"),
    (
        "replace_alternation_is_anchored",
        &["{source_labels: [a], regex: 'b|bc', target_label: r, replacement: hit}"],
        "a=bcd",
    ),
    ("replace_lazy", &["{source_labels: [a], regex: '(.*?)(b*)', target_label: r, replacement: '$1/$2'}"], "a=aabb"),
    ("replace_case", &["{source_labels: [a], regex: '(?i)HELLO', target_label: r, replacement: hit}"], "a=hello"),
    ("replace_unicode", &["{source_labels: [a], regex: '(.)(.*)', target_label: r, replacement: '$2$1'}"], "a=éa"),
    ("keep_hit", &["{action: keep, source_labels: [a], regex: 'x.*'}"], "a=xyz"),
    ("keep_miss", &["{action: keep, source_labels: [a], regex: 'x'}"], "a=xyz"),
    ("keep_absent", &["{action: keep, source_labels: [none], regex: '.+'}"], "a=xyz"),
    ("drop_hit", &["{action: drop, source_labels: [a, b], regex: '1;2'}"], "a=1,b=2"),
    ("drop_miss", &["{action: drop, source_labels: [a], regex: '2'}"], "a=1"),
    ("keepequal_hit", &["{action: keepequal, source_labels: [a], target_label: b}"], "a=1,b=1"),
    ("keepequal_miss", &["{action: keepequal, source_labels: [a], target_label: b}"], "a=1,b=2"),
    ("dropequal_hit", &["{action: dropequal, source_labels: [a], target_label: b}"], "a=1,b=1"),
    ("dropequal_absent", &["{action: dropequal, source_labels: [a], target_label: none}"], "a=1"),
    ("hashmod", &["{action: hashmod, source_labels: [a, b], modulus: 1000003, target_label: h}"], "a=foo,b=bar"),
    (
        "hashmod_large",
        &["{action: hashmod, source_labels: [none], modulus: 18446744073709551615, target_label: h}"],
        "a=foo",
    ),
    (
        "labelmap",
        &["{action: labelmap, regex: '__meta_(.+)_(x|y)', replacement: '${2}_$1'}"],
        "__meta_one_x=1,__meta_two_y=2,__meta_z=3",
    ),
    (
        "labeldrop_keep",
        &["{action: labeldrop, regex: 'b.*'}", "{action: labelkeep, regex: '__.*|job|instance|a.*'}"],
        "a=1,ab=2,b=3,bc=4,c=5",
    ),
    (
        "case",
        &[
            "{action: lowercase, source_labels: [a], target_label: low}",
            "{action: uppercase, source_labels: [a], target_label: up}",
        ],
        "a=StraßeÉ ΟΔΟΣ İﬁ",
    ),
    (
        "address",
        &[
            "{source_labels: [__address__], target_label: __param_target}",
            "{source_labels: [__param_target], target_label: instance}",
            "{target_label: __address__, replacement: 'probe:9115'}",
        ],
        "a=1",
    ),
    (
        "intervals",
        &[
            "{target_label: __scrape_interval__, replacement: 2m}",
            "{target_label: __scrape_timeout__, replacement: 3s}",
            "{target_label: __metrics_path__, replacement: '/a b?c'}",
            "{target_label: __scheme__, replacement: https}",
        ],
        "a=1",
    ),
];

#[test]
fn actions_do_what_they_say() {
    for (name, expected) in [
        ("replace_host", Some(r#"{a="1", host="127.0.0.1 at 1!"}"#)),
        ("replace_separator", Some(r#"{a="1", ab="1--2--", b="2"}"#)),
        ("replace_no_match", Some(r#"{a="xx"}"#)),
        ("replace_removes", Some("{}")),
        ("replace_target_template", Some(r#"{a="bcd", x_b="cd"}"#)),
        ("replace_word_boundary", Some(r#"{a="v", r="|vx|$1|$|$-"}"#)),
        ("keep_miss", None),
        ("drop_hit", None),
        ("keepequal_miss", None),
        ("dropequal_hit", None),
        ("hashmod", Some(r#"{a="foo", b="bar", h="94511"}"#)),
        ("labeldrop_keep", Some(r#"{a="1", ab="2"}"#)),
    ] {
        let (_, rules, labels) = CASES.iter().find(|case| case.0 == name).unwrap();
        let config =
            Config::parse(&job(name, rules, labels), None, &|_| None).unwrap_or_else(|error| panic!("{error}"));
        let mut builder: LabelsBuilder = config.scrape[0].static_groups[0].labels.to_builder();
        builder.set("__address__", "127.0.0.1:1");
        let verdict = apply(&config.scrape[0].relabel, &mut builder);
        builder.remove("__address__");
        let found = (verdict == Verdict::Keep).then(|| builder.build().to_string());
        assert_eq!(found.as_deref(), expected, "{name}");
    }
}

#[tokio::test]
async fn a_real_prometheus_makes_the_same_targets() {
    let mut text = String::from("global: {scrape_interval: 1m}\nscrape_configs:\n");
    for (name, rules, labels) in &CASES {
        text.push_str(job(name, rules, labels).strip_prefix("scrape_configs:\n").unwrap());
    }
    let config = Config::parse(&text, None, &|_| None).unwrap_or_else(|error| panic!("{error}"));
    let Some(prometheus) = peers::Prometheus::start(&text) else { return };
    let theirs = prometheus.targets(CASES.len()).await;
    let mut ours = BTreeMap::new();
    for job in &config.scrape {
        let groups = Discovery::start(job).groups().borrow().clone();
        let targets = discovery::build(job, &groups);
        assert!(targets.rejected.is_empty(), "{:?}", targets.rejected);
        let mut lines: Vec<String> = targets
            .active
            .iter()
            .map(|target| {
                let (interval, timeout) = (target.interval.as_secs(), target.timeout.as_secs());
                format!("{} {} {interval} {timeout}", target.labels, target.url)
            })
            .collect();
        lines.extend(targets.dropped.iter().map(|dropped| format!("dropped {}", dropped.discovered)));
        ours.insert(job.name.clone(), lines);
    }
    for (name, ..) in &CASES {
        assert_eq!(ours.get(*name), theirs.get(*name), "{name}: ours left, Prometheus's right");
    }
}

fn job(name: &str, rules: &[&str], labels: &str) -> String {
    let labels = Labels::from_pairs(labels.split(',').map(|pair| pair.split_once('=').unwrap()));
    let mut text = format!(
        "scrape_configs:\n  - job_name: {name}\n    static_configs:\n      - targets: ['127.0.0.1:1']\n        labels:\n"
    );
    for (name, value) in &labels {
        let _ = writeln!(text, "          {name}: \"{value}\"");
    }
    text.push_str("    relabel_configs:\n");
    for rule in rules {
        let _ = writeln!(text, "      - {rule}");
    }
    text
}
