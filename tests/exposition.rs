//! What the formats allow and refuse, and where an error is said to be. The verdicts are Prometheus's: see
//! exposition_peer.rs, which asks it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use meterbox::exposition::Format::{OpenMetrics, Prometheus};
use meterbox::exposition::{ContentTypeError, Entry, Format, Parser, decode_series};
use meterbox::model::{Labels, MetricType};

/// One line per entry.
fn read(page: &str, format: Format) -> Result<Vec<String>, String> {
    let mut parser = Parser::new(page.as_bytes(), format);
    let mut entries = Vec::new();
    while let Some(entry) = parser.next() {
        let kind = parser.kind();
        entries.push(match entry.map_err(|error| error.to_string())? {
            Entry::Sample(sample) => {
                let decoded = decode_series(sample.series, format, kind).unwrap();
                let time = sample.timestamp.map(|time| format!(" {time}")).unwrap_or_default();
                format!("{} {}{time}", Labels::from_pairs(decoded.labels), sample.value)
            }
            Entry::Type { family, kind } => format!("type {family} {kind}"),
            Entry::Help { family, help } => format!("help {family} {help}"),
            Entry::Unit { family, unit } => format!("unit {family} {unit}"),
            Entry::Comment => "comment".to_owned(),
        });
    }
    Ok(entries)
}

#[test]
fn what_inference_engines_write_is_read() {
    let page = "# TYPE untyped_family untyped\nuntyped_family 1.0\nno_help_count 180\n\n\n# HELP lonely \n\
        tokens 8.5520809984e+010\nwith_time{a=\"b\"} 1 1700000000123\n# TYPE iteration_tokens_total histogram\n\
        iteration_tokens_total_bucket{le=\"1\"} 2\niteration_tokens_total_count 2\n# a remark\nvllm:x{engine=\"0\",} -1\n";
    assert_eq!(
        read(page, Prometheus).unwrap(),
        [
            "type untyped_family unknown",
            "{__name__=\"untyped_family\"} 1",
            "{__name__=\"no_help_count\"} 180",
            "help lonely ",
            "{__name__=\"tokens\"} 85520809984",
            "{__name__=\"with_time\", a=\"b\"} 1 1700000000123",
            "type iteration_tokens_total histogram",
            "{__name__=\"iteration_tokens_total_bucket\", le=\"1.0\"} 2",
            "{__name__=\"iteration_tokens_total_count\"} 2",
            "comment",
            "{__name__=\"vllm:x\", engine=\"0\"} -1",
        ]
    );
}

#[test]
fn names_beyond_ascii_stand_in_braces() {
    let page = "# TYPE \"http.größe\" gauge\n{\"http.größe\",\"server name\"=\"é\"} 1\n";
    assert_eq!(
        read(page, Prometheus).unwrap(),
        ["type http.größe gauge", "{__name__=\"http.größe\", \"server name\"=\"é\"} 1",]
    );
}

#[test]
fn open_metrics_has_units_exemplars_and_an_end() {
    let page = "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds \\\"x\\\"\\n\\\\\n\
        a_seconds_total{b=\"c\"} 1 1.5 # {trace=\"x\"} 0.25 1.5\na_seconds_created 1.0\n\
        # TYPE i info\ni_info{v=\"1\"} 1\n# TYPE s stateset\ns{s=\"on\"} 1\n# EOF\n";
    assert_eq!(
        read(page, OpenMetrics).unwrap(),
        [
            "type a_seconds counter",
            "unit a_seconds seconds",
            "help a_seconds \"x\"\n\\",
            "{__name__=\"a_seconds_total\", b=\"c\"} 1 1500",
            "{__name__=\"a_seconds_created\"} 1",
            "type i info",
            "{__name__=\"i_info\", v=\"1\"} 1",
            "type s stateset",
            "{__name__=\"s\", s=\"on\"} 1",
        ]
    );
}

#[test]
fn errors_say_where_and_what() {
    for (page, format, text) in [
        ("a 1\nb{c=\"d\" 1\n", Prometheus, r#"line 2, column 9: expected a label name while parsing: "b{c=\"d\" 1""#),
        (
            "a{b} 1\n",
            Prometheus,
            r#"line 1, column 4: expected an equal sign behind the label name while parsing: "a{b} 1""#,
        ),
        ("a{b=c} 1\n", Prometheus, r#"line 1, column 5: expected a quoted label value while parsing: "a{b=c} 1""#),
        (
            "\n\na 1 x\n",
            Prometheus,
            r#"line 3, column 5: expected a timestamp or the end of the line behind the value while parsing: "a 1 x""#,
        ),
        ("a 1\r\n", Prometheus, r#"line 1, column 3: "1\r" is not a number while parsing: "a 1\r""#),
        ("a 1e999\n", Prometheus, r#"line 1, column 3: "1e999" is out of a float's range while parsing: "a 1e999""#),
        (
            "# TYPE a thing\n",
            Prometheus,
            r##"line 1, column 10: invalid metric type "thing" while parsing: "# TYPE a thing""##,
        ),
        ("{a=\"b\"} 1\n", Prometheus, r#"line 1, column 1: the metric name is not set while parsing: "{a=\"b\"} 1""#),
        ("a 1\n", OpenMetrics, r#"line 2, column 1: data does not end with # EOF while parsing: """#),
        ("# EOF\na 1\n", OpenMetrics, r#"line 2, column 1: unexpected data after # EOF while parsing: "a 1""#),
        ("a  1\n# EOF\n", OpenMetrics, r#"line 1, column 3: expected a value behind the metric while parsing: "a  1""#),
        (
            "# UNIT a s\n# EOF\n",
            OpenMetrics,
            r##"line 1, column 10: unit "s" is not a suffix of metric "a" while parsing: "# UNIT a s""##,
        ),
    ] {
        assert_eq!(read(page, format).unwrap_err(), text, "{page:?}");
    }
    let long = format!("a{{b=\"{}\"}} x\n", "y".repeat(5000));
    assert!(read(&long, Prometheus).unwrap_err().len() < 400, "a message does not repeat a whole page");
}

#[test]
fn the_content_type_names_the_format() {
    let of = |content_type, fallback| Format::from_content_type(content_type, fallback);
    assert_eq!(of(Some("text/plain; version=1.0.0; charset=utf-8"), None), Ok(Prometheus));
    assert_eq!(of(Some("TEXT/PLAIN"), Some(OpenMetrics)), Ok(Prometheus));
    assert_eq!(of(Some("application/openmetrics-text; version=1.0.0"), None), Ok(OpenMetrics));
    assert_eq!(of(Some(""), None), Err(ContentTypeError::Missing));
    assert_eq!(of(None, Some(OpenMetrics)), Ok(OpenMetrics));
    assert_eq!(of(Some("text/html"), Some(Prometheus)), Ok(Prometheus));
    assert!(matches!(of(Some("text/html"), None), Err(ContentTypeError::Unsupported(_))));
}

#[test]
fn types_hold_until_the_next() {
    let mut parser = Parser::new(b"# TYPE a summary\na 1\n", Prometheus);
    assert_eq!(parser.by_ref().count(), 2);
    assert_eq!(parser.kind(), MetricType::Summary);
}
