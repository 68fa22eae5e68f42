//! Pages of one target, one after the other, and what the store holds afterwards.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod ingest_support;

use std::path::PathBuf;
use std::sync::Arc;

use ingest_support::{Box, of};
use meterbox::config::{RelabelAction, RelabelRule, WrittenRule};
use meterbox::exposition::Format::{OpenMetrics, Prometheus};
use meterbox::ingest::{LabelLimits, PageError, Report, TargetIngest, TargetRules};
use meterbox::model::{Labels, now_ms};

/// Reads a page at `origin + at` and stores it.
async fn scrape(target: &mut TargetIngest, page: &str, time: i64) -> Result<(), PageError> {
    let format = if page.contains("# EOF") { OpenMetrics } else { Prometheus };
    let (counts, result) = target.page(page.as_bytes(), format, time);
    target.report(time, &Report { up: result.is_ok(), counts, ..Report::default() });
    target.commit().await.unwrap();
    result
}

#[tokio::test]
async fn series_that_vanish_go_stale_and_may_come_back() {
    let store = Box::new();
    let mut target = store.target(TargetRules::default());
    let origin = now_ms() - 60_000;
    scrape(&mut target, "a 1\nb{x=\"1\"} 2\nc 3\n", origin).await.unwrap();
    scrape(&mut target, "a 1\nc 4\n", origin + 1).await.unwrap();
    scrape(&mut target, "c 5\nd 1\na 2\n", origin + 2).await.unwrap();
    scrape(&mut target, "a 3\nb{x=\"1\"} 7\nc 6\nd 2\n", origin + 3).await.unwrap();
    let content = store.everything(origin);
    assert_eq!(of(&content, "\"a\""), "1@0 1@1 2@2 3@3");
    assert_eq!(of(&content, "\"b\""), "2@0 stale@1 7@3");
    assert_eq!(of(&content, "\"c\""), "3@0 4@1 5@2 6@3");
    assert_eq!(of(&content, "\"d\""), "1@2 2@3");
    assert_eq!(of(&content, "\"scrape_series_added\""), "3@0 0@1 1@2 1@3");
    assert_eq!(of(&content, "\"scrape_samples_scraped\""), "3@0 2@1 3@2 4@3");
    assert_eq!(of(&content, "\"up\""), "1@0 1@1 1@2 1@3");
}

#[tokio::test]
async fn a_refused_page_leaves_nothing_but_stale_markers() {
    let store = Box::new();
    let mut target = store.target(TargetRules::default());
    let origin = now_ms() - 60_000;
    scrape(&mut target, "a 1\nb 2\nc 3\n", origin).await.unwrap();
    let error = scrape(&mut target, "a 2\nnew 1\nb x\n", origin + 1).await.unwrap_err();
    assert_eq!(error.to_string(), r#"line 3, column 3: "x" is not a number while parsing: "b x""#);
    scrape(&mut target, "a 2\nb x\n", origin + 2).await.unwrap_err();
    scrape(&mut target, "a 3\nb 4\n", origin + 3).await.unwrap();
    target.no_page(origin + 4);
    target.commit().await.unwrap();
    target.end(origin + 5);
    target.commit().await.unwrap();
    let content = store.everything(origin);
    assert_eq!(of(&content, "\"a\""), "1@0 stale@1 3@3 stale@4");
    assert_eq!(of(&content, "\"b\""), "2@0 stale@1 4@3 stale@4");
    assert_eq!(of(&content, "\"c\""), "3@0 stale@1");
    assert!(!content.keys().any(|series| series.contains("new")), "{content:?}");
    assert_eq!(of(&content, "\"up\""), "1@0 0@1 0@2 1@3 stale@5");
}

#[tokio::test]
async fn lines_are_told_apart_however_alike() {
    let store = Box::new();
    let mut target = store.target(TargetRules::default());
    let origin = now_ms() - 60_000;
    let first = "a 1\nab 2\na{b=\"c\"} 3\na_b 4\n# HELP x y\nx 5\n";
    let second = "ab 1\na{b=\"c\"}2\na 3 \n\n a_b 4\na{b=\"cd\"} 6\n# HELP x yz\nx 5";
    scrape(&mut target, first, origin).await.unwrap();
    scrape(&mut target, second, origin + 1).await.unwrap();
    scrape(&mut target, second, origin + 2).await.unwrap();
    scrape(&mut target, first, origin + 3).await.unwrap();
    let content = store.content(origin);
    assert_eq!(of(&content, "\"a\", instance"), "1@0 3@1 3@2 1@3");
    assert_eq!(of(&content, "\"ab\""), "2@0 1@1 1@2 2@3");
    assert_eq!(of(&content, "b=\"c\""), "3@0 2@1 2@2 3@3");
    assert_eq!(of(&content, "\"a_b\""), "4@0 4@1 4@2 4@3");
    assert_eq!(of(&content, "b=\"cd\""), "6@1 6@2 stale@3");
    assert_eq!(of(&content, "\"x\""), "5@0 5@1 5@2 5@3");
}

#[tokio::test]
async fn bucket_bounds_follow_the_type_declared_last() {
    let store = Box::new();
    let mut target = store.target(TargetRules::default());
    let origin = now_ms() - 60_000;
    let page = "# TYPE h histogram\nh_bucket{le=\"1\"} 1\n# TYPE g gauge\nh_bucket{le=\"1\"} 2\n";
    for time in 0..3 {
        scrape(&mut target, page, origin + time).await.unwrap();
    }
    let content = store.content(origin);
    assert_eq!(of(&content, "le=\"1.0\""), "1@0 1@1 1@2");
    assert_eq!(of(&content, "le=\"1\""), "2@0 2@1 2@2");
}

#[tokio::test]
async fn a_series_twice_counts_once() {
    let store = Box::new();
    let mut target = store.target(TargetRules::default());
    let origin = now_ms() - 60_000;
    scrape(&mut target, "a 1\nb 1\na 2\n", origin).await.unwrap();
    scrape(&mut target, "a 1\nb 1\na 2\n", origin + 1).await.unwrap();
    scrape(&mut target, "b 1\n", origin + 2).await.unwrap();
    let content = store.content(origin);
    assert_eq!(of(&content, "\"a\""), "1@0 1@1 stale@2");
    assert_eq!(store.door.counters().snapshot().duplicate_timestamp, 2);
}

#[tokio::test]
async fn timestamps_of_the_page_count_where_they_are_honored() {
    let store = Box::new();
    let origin = now_ms() - 60_000;
    let page = format!("a 1 {}\nb 2 {}\n", origin - 5, origin + 3_600_000);
    let mut target = store.target(TargetRules::default());
    scrape(&mut target, &page, origin).await.unwrap();
    scrape(&mut target, "c 1\n", origin + 1).await.unwrap();
    let content = store.content(origin);
    // No stale marker for a series with timestamps of its own; and none an hour ahead.
    assert_eq!(of(&content, "\"a\""), "1@-5");
    assert!(!content.iter().any(|(series, samples)| series.contains("\"b\"") && !samples.is_empty()));
    assert_eq!(store.door.counters().snapshot().out_of_bounds, 1);

    let store = Box::new();
    let mut target = store.target(TargetRules { honor_timestamps: false, ..TargetRules::default() });
    scrape(&mut target, &page, origin).await.unwrap();
    scrape(&mut target, "c 1\n", origin + 1).await.unwrap();
    assert_eq!(of(&store.content(origin), "\"a\""), "1@0 stale@1");
}

#[tokio::test]
async fn metric_relabelling_drops_and_renames() {
    let rule = |action, source: &str, regex: &str, target: Option<&str>, replacement: Option<&str>| {
        RelabelRule::new(WrittenRule {
            action,
            source_labels: Some(vec![source.to_owned()]),
            regex: Some(regex.to_owned()),
            target_label: target.map(str::to_owned),
            replacement: replacement.map(str::to_owned),
            ..WrittenRule::default()
        })
        .unwrap()
    };
    let rules = Arc::from([
        rule(RelabelAction::Drop, "__name__", ".*_created", None, None),
        rule(RelabelAction::Replace, "__name__", "old_(.*)", Some("__name__"), Some("new_$1")),
    ]);
    let store = Box::new();
    let mut target = store.target(TargetRules { metric_relabel: rules, ..TargetRules::default() });
    let origin = now_ms() - 60_000;
    for time in 0..2 {
        scrape(&mut target, "a 1\na_created 5\nold_b 2\n", origin + time).await.unwrap();
    }
    // Another line for the same series: nothing goes stale.
    scrape(&mut target, "a 1\nnew_b 2\n", origin + 2).await.unwrap();
    let content = store.everything(origin);
    assert_eq!(of(&content, "\"new_b\""), "2@0 2@1 2@2");
    assert!(!content.keys().any(|series| series.contains("created") || series.contains("old_b")));
    assert_eq!(of(&content, "\"scrape_samples_scraped\""), "3@0 3@1 2@2");
    assert_eq!(of(&content, "\"scrape_samples_post_metric_relabeling\""), "2@0 2@1 2@2");
}

#[tokio::test]
async fn limits_fail_the_whole_page() {
    let store = Box::new();
    let origin = now_ms() - 60_000;
    let mut target = store.target(TargetRules { sample_limit: Some(2), ..TargetRules::default() });
    scrape(&mut target, "a 1\nb 1\n", origin).await.unwrap();
    let error = scrape(&mut target, "a 1\nb 1\nc 1\nd 1\n", origin + 1).await.unwrap_err();
    assert_eq!(error.to_string(), "sample limit exceeded");
    let content = store.everything(origin);
    assert_eq!(of(&content, "\"a\""), "1@0 stale@1");
    assert_eq!(of(&content, "\"scrape_samples_scraped\""), "2@0 4@1");
    assert!(!content.keys().any(|series| series.contains("\"d\"")), "a series beyond the limit is not registered");

    for (limits, page, text) in [
        (
            LabelLimits { count: Some(3), ..LabelLimits::default() },
            "a{b=\"1\"} 1\n",
            "label_limit exceeded (metric: a, number of labels: 4, limit: 3)",
        ),
        (
            LabelLimits { name_length: Some(8), ..LabelLimits::default() },
            "a{too_long_a_name=\"1\"} 1\n",
            "label_name_length_limit exceeded (metric: a, label name: too_long_a_name, length: 15, limit: 8)",
        ),
        (
            LabelLimits { value_length: Some(3), ..LabelLimits::default() },
            "a{b=\"long\"} 1\n",
            "label_value_length_limit exceeded (metric: a, label name: b, value: \"long\", length: 4, limit: 3)",
        ),
    ] {
        let mut target = store.target(TargetRules { label_limits: limits, ..TargetRules::default() });
        assert_eq!(scrape(&mut target, page, origin + 10).await.unwrap_err().to_string(), text);
    }
}

#[tokio::test]
async fn metadata_of_families_reaches_the_store() {
    let store = Box::new();
    let mut target = store.target(TargetRules::default());
    let page = "# HELP a_seconds What it is.\n# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n# EOF\n";
    scrape(&mut target, page, now_ms()).await.unwrap();
    let metadata = store.door.store().metadata(Some("a_seconds"));
    let metadata = &metadata["a_seconds"][0];
    assert_eq!(
        (metadata.kind.as_str(), metadata.help.as_str(), metadata.unit.as_str()),
        ("gauge", "What it is.", "seconds")
    );
    scrape(&mut target, &page.replace("What it is", "Now"), now_ms() + 1).await.unwrap();
    assert!(store.door.store().metadata(Some("a_seconds"))["a_seconds"].iter().any(|metadata| metadata.help == "Now."));
}

#[tokio::test]
async fn another_target_in_the_same_place_continues_or_ends_the_series() {
    let store = Box::new();
    let origin = now_ms() - 60_000;
    let mut old = store.target(TargetRules::default());
    scrape(&mut old, "a 1\nb 1\n", origin).await.unwrap();
    let rules = TargetRules { honor_labels: true, ..TargetRules::default() };
    let mut new = store.target(rules).succeed(old);
    scrape(&mut new, "a 2\nc 1\n", origin + 1).await.unwrap();
    scrape(&mut new, "a 3\nc 1\n", origin + 2).await.unwrap();
    let content = store.content(origin);
    assert_eq!(of(&content, "\"a\""), "1@0 2@1 3@2");
    assert_eq!(of(&content, "\"b\""), "1@0 stale@1");
}

#[tokio::test]
async fn every_sample_page_is_read_twice_alike() {
    let shared = std::env::var_os("METERBOX_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let Ok(folder) = std::fs::read_dir(shared.join("samples")) else {
        println!("skipped: there is no {}", shared.join("samples").display());
        return;
    };
    let store = Box::new();
    let origin = now_ms() - 60_000;
    let mut pages: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    pages.retain(|path| path.to_str().is_some_and(|path| path.ends_with(".0.prom")));
    assert!(pages.len() >= 10);
    for path in pages {
        let labels = Labels::from_pairs([("job", "j"), ("instance", path.to_str().unwrap())]);
        let mut target = store.door.target(labels, TargetRules::default());
        let (first, second) = (&path, PathBuf::from(path.to_str().unwrap().replace(".0.prom", ".1.prom")));
        let pages = [first, &second, &second].map(|path| std::fs::read_to_string(path).unwrap());
        for (index, page) in pages.iter().enumerate() {
            let samples = page.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
            let format = if page.contains("# EOF") { OpenMetrics } else { Prometheus };
            let (counts, result) = target.page(page.as_bytes(), format, origin + index as i64);
            result.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(counts.scraped, samples, "{}", path.display());
            assert!(index < 2 || counts.added == 0);
            target.commit().await.unwrap();
        }
    }
    assert_eq!(store.door.counters().snapshot().duplicate_timestamp, 0);
}
