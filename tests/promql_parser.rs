//! The query language by examples of our own: what binds to what, what is a name, what is refused and where, and that
//! no text whatsoever brings the parser down.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

use meterbox::model::{MatchOp, stale_marker};
use meterbox::promql::{
    At, Expr, Extension, Length, ParseOptions, SequenceValue, Span, ValueType, parse, parse_metric, parse_selector,
    parse_series, pretty, tree,
};

fn all(text: &str) -> Expr {
    parse(text, &ParseOptions::all()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(text: &str) -> String {
    match parse(text, &ParseOptions::all()) {
        Ok(expr) => panic!("{text} was read as {expr}"),
        Err(error) => error.to_string(),
    }
}

/// The tree with parentheses around every operator and sign.
fn grouped(expr: &Expr) -> String {
    match expr {
        Expr::Binary(node) => format!("({} {} {})", grouped(&node.lhs), node.op.as_str(), grouped(&node.rhs)),
        Expr::Unary(node) => format!("({}{})", if node.negative { '-' } else { '+' }, grouped(&node.expr)),
        Expr::Paren(node) => grouped(&node.expr),
        other => other.to_string(),
    }
}

#[test]
fn operators_bind_by_precedence_and_to_the_left() {
    for (text, groups) in [
        ("a or b and c", "(a or (b and c))"),
        ("a and b unless c or d", "(((a and b) unless c) or d)"),
        ("a == b + c * d ^ e", "(a == (b + (c * (d ^ e))))"),
        ("a - b - c", "((a - b) - c)"),
        ("a ^ b ^ c", "(a ^ (b ^ c))"),
        ("a atan2 b % c", "((a atan2 b) % c)"),
        ("a </ 1 + 2 >/ 3", "((a </ (1 + 2)) >/ 3)"),
        ("-a ^ b", "(-(a ^ b))"),
        ("-a * b", "((-a) * b)"),
        ("a ^ -b * c", "((a ^ (-b)) * c)"),
        ("- + -a", "(-(+(-a)))"),
        ("a + b offset 5m", "(a + b offset 5m)"),
        ("a offset 5m + 3", "(a offset 5m + 3)"),
        ("-a[5m:] @ 3", "(-a[5m:] @ 3.000)"),
        ("a > bool b", "(a > b)"),
    ] {
        let options = ParseOptions::all();
        // A subquery has no sign, but what binds to what shows in the message.
        match parse(text, &options) {
            Ok(expr) => assert_eq!(grouped(&expr), groups, "{text}"),
            Err(error) => assert!(error.message.starts_with("unary expression"), "{text}: {error}"),
        }
    }
}

#[test]
fn numbers_come_in_all_forms() {
    for (text, printed) in [
        ("0x1F", "31"),
        ("0X_ff", "255"),
        ("010", "8"),
        ("1_000", "1000"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e-3", "0.001"),
        ("+iNf", "+Inf"),
        ("-INF", "-Inf"),
        ("nan", "NaN"),
        ("1h30m", "1h30m"),
        ("-90s", "-1m30s"),
        ("1y2w3d", "382d"),
        ("2y", "2y"),
    ] {
        let expr = all(text);
        assert_eq!(expr.value_type(), ValueType::Scalar);
        assert_eq!(expr.to_string(), printed, "{text}");
    }
}

#[test]
fn strings_are_unquoted_with_the_escapes_of_go() {
    for (text, value) in
        [(r#""a\tb\x41\u00e9\"""#, "a\tbAé\""), (r"'it\'s'", "it's"), ("`a\\n\"'`", "a\\n\"'"), ("'\"'", "\"")]
    {
        assert!(matches!(all(text), Expr::String(node) if node.value == value), "{text}");
    }
}

#[test]
fn keywords_are_names_where_nothing_else_can_stand() {
    for text in [
        "by",
        "offset offset 5m",
        "and and and",
        "sum + avg",
        "sum by (sum, by, on, bool, offset, group_left) (count)",
        "start + end + step + range + min_of",
        "anchored{smoothed=\"1\"}",
        "fill + fill(0) fill_left",
        "without",
    ] {
        assert_eq!(all(text).to_string().replace("fill (0)", "fill(0)"), text);
    }
    for text in ["bool", "on", "group_left", "a + by (b) c", "atan2", "sum by (without) (a)"] {
        refusal(text);
    }
}

#[test]
fn selectors_keep_their_matchers_in_order() {
    let Expr::Vector(selector) = all(r#"up{job="a",b!~'x.*', "c d"=~`e`,} @ end() smoothed offset -1m"#) else {
        panic!("not a selector")
    };
    let matchers: Vec<_> = selector.matchers.iter().map(|m| (m.name.as_str(), m.op, m.value.as_str())).collect();
    assert_eq!(
        matchers,
        [
            ("job", MatchOp::Equal, "a"),
            ("b", MatchOp::NotRegex, "x.*"),
            ("c d", MatchOp::Regex, "e"),
            ("__name__", MatchOp::Equal, "up"),
        ]
    );
    assert!(matches!(selector.offset, Length::Fixed(-60_000)));
    assert_eq!((selector.at, selector.extension), (Some(At::End), Some(Extension::Smoothed)));
    assert_eq!(all("{'my metric', a=\"b\"}").to_string(), r#"{__name__="my metric",a="b"}"#);
}

#[test]
fn durations_may_be_computed() {
    for (text, step, range, ms) in [
        ("a[step() * 2 + 1s]", 15_000, 0, 31_000),
        ("a[max_of(range() / 2, 1m)]", 0, 3_600_000, 1_800_000),
        ("a[-(5m - 10m) % 4m]", 0, 0, 60_000),
        ("a[2 ^ 2 ^ 0s]", 0, 0, 2_000),
    ] {
        let Expr::Matrix(matrix) = all(text) else { panic!("{text} is no matrix selector") };
        assert_eq!(matrix.range.resolve_positive(step, range), Ok(ms), "{text}");
    }
    let Expr::Matrix(matrix) = all("a[step()]") else { panic!("no matrix selector") };
    let error = matrix.range.resolve_positive(0, 0).unwrap_err();
    assert_eq!(error.to_string(), "2:8: duration must be greater than 0");
    // Only parentheses make an offset longer than one term.
    assert_eq!(grouped(&all("a offset 1m * 2")), "(a offset 1m * 2)");
    assert!(matches!(all("a offset (1m * 2)"), Expr::Vector(node) if node.offset.resolve(0, 0) == Ok(120_000)));
}

#[test]
fn every_node_knows_its_place() {
    let text = "sum by (x) (\n rate(a{b=\"é\"}[5m] offset 1h)) / on (y) -(c)";
    let shown = |expr: &Expr| text[expr.span().start..expr.span().end].to_owned();
    let Expr::Binary(division) = all(text) else { panic!("no division") };
    assert_eq!(division.span, Span::new(0, text.len()));
    assert_eq!(shown(&division.rhs), "-(c)");
    assert_eq!(shown(&division.lhs), "sum by (x) (\n rate(a{b=\"é\"}[5m] offset 1h))");
    let Expr::Aggregate(sum) = &division.lhs else { panic!("no aggregation") };
    assert_eq!(shown(&sum.expr), "rate(a{b=\"é\"}[5m] offset 1h)");
    let Expr::Call(rate) = &sum.expr else { panic!("no call") };
    assert_eq!(shown(&rate.args[0]), "a{b=\"é\"}[5m] offset 1h");
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (text, message) in [
        ("", "unknown position: parse error: no expression found in input"),
        ("a +\n  b c", "2:5: parse error: unexpected identifier \"c\""),
        ("sum(a b)", "1:7: parse error: unexpected identifier \"b\" in aggregation"),
        ("a{b}", "1:4: parse error: unexpected \"}\" in label matching, expected label matching operator"),
        (
            "a{b=\"c\" d=\"e\"}",
            "1:9: parse error: unexpected identifier \"d\" in label matching, expected \",\" or \"}\"",
        ),
        ("sum by a (b)", "1:8: parse error: unexpected identifier \"a\" in grouping opts, expected \"(\""),
        ("a[5m", "1:5: parse error: unclosed left bracket"),
        ("a[5m)", "1:6: parse error: unexpected right parenthesis ')'"),
        ("a @ b", "1:5: parse error: unexpected identifier \"b\" in @, expected timestamp"),
        (
            "a offset b",
            "1:10: parse error: unexpected identifier \"b\" in offset, expected number, duration, step(), or range()",
        ),
        ("a offset -1e11", "1:10: parse error: duration out of range"),
        ("rate(a)", "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector"),
        ("clamp(a, 1)", "1:1: parse error: expected 3 argument(s) in call to \"clamp\", got 2"),
        ("label_join(a, \"b\")", "1:1: parse error: expected at least 3 argument(s) in call to \"label_join\", got 2"),
        ("round(a, 1, 2)", "1:1: parse error: expected at most 2 argument(s) in call to \"round\", got 3"),
        ("abs(a,)", "1:6: parse error: trailing commas not allowed in function call args"),
        ("1 > 2", "1:3: parse error: comparisons between scalars must use BOOL modifier"),
        ("a and fill(0) b", "1:1: parse error: filling in missing series not allowed for set operators"),
        ("a{b=~\"(\"}", "1:3: parse error: error parsing regexp: missing closing ): `(`"),
        ("\"a\\q\"", "1:1: parse error: unknown escape sequence U+0071 'q'"),
        ("a smoothed anchored", "1:1: parse error: anchored and smoothed modifiers cannot be used together"),
        ("a[1m:] smoothed", "1:1: parse error: smoothed modifier is not supported for subqueries"),
    ] {
        assert_eq!(refusal(text), message, "{text}");
    }
}

#[test]
fn experimental_parts_have_to_be_enabled() {
    for (text, message) in [
        (
            "limitk(1, a)",
            "limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions",
        ),
        ("sort_by_label(a, \"b\")", "function \"sort_by_label\" is not enabled"),
        ("a anchored", "anchored modifier is experimental and not enabled"),
        ("a + fill(0) b", "binop fill modifiers are experimental and not enabled"),
    ] {
        all(text);
        assert_eq!(parse(text, &ParseOptions::default()).unwrap_err().message, message);
    }
    let mut options = ParseOptions::default();
    assert!(options.enable("promql-binop-fill-modifiers") && !options.enable("exemplar-storage"));
    assert!(parse("a + fill(0) b", &options).is_ok());
}

#[test]
fn long_queries_are_laid_out() {
    let name = "a_metric_whose_name_is_so_long_that_lines_break_around_it_again_and_again";
    let text = format!("sum by (job) (rate({name}{{job=\"a job of some length\"}}[5m])) / -count({name})");
    let lines = [
        "  sum by (job) (",
        "    rate(",
        &format!("      {name}{{job=\"a job of some length\"}}[5m]"),
        "    )",
        "  )",
        "/",
        &format!("  -count({name})"),
    ];
    assert_eq!(pretty(&all(&text)), lines.join("\n"));
    assert_eq!(pretty(&all("sum(a)")), "sum(a)");
}

#[test]
fn the_tree_is_that_of_the_api() {
    let expected = serde_json::json!({
        "type": "binaryExpr", "op": "/", "bool": false,
        "matching": {
            "card": "many-to-one", "on": true, "labels": ["b"], "include": ["c"],
            "fillValues": { "lhs": null, "rhs": 1.5 },
        },
        "lhs": {
            "type": "vectorSelector", "name": "a", "offset": 0, "offsetExpr": null, "timestamp": 1000,
            "startOrEnd": null, "anchored": false, "smoothed": false,
            "matchers": [{ "name": "__name__", "type": "=", "value": "a" }],
        },
        "rhs": {
            "type": "aggregation", "op": "topk", "param": { "type": "numberLiteral", "val": "3" },
            "grouping": [], "without": false,
            "expr": {
                "type": "call", "args": [{ "type": "numberLiteral", "val": "+Inf" }],
                "func": { "name": "vector", "argTypes": ["scalar"], "returnType": "vector", "variadic": 0 },
            },
        },
    });
    assert_eq!(tree(&all("a @ 1 / on (b) group_left (c) fill_right (1.5) topk(3, vector(Inf))")), expected);
}

#[test]
fn selectors_and_label_sets_can_stand_alone() {
    let matchers = parse_selector("up{a!=\"\"}").unwrap();
    assert_eq!(matchers.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a!=\"\"", "__name__=\"up\""]);
    assert_eq!(parse_selector("{}").map(|matchers| matchers.len()), Ok(0));
    assert!(parse_selector("up[5m]").is_err() && parse_selector("").is_err() && parse_selector("1").is_err());
    assert_eq!(parse_metric("a{b=\"c\",\"d e\"='f'}").unwrap().to_string(), r#"{__name__="a", b="c", "d e"="f"}"#);
    assert!(parse_metric("a{b!=\"c\"}").is_err() && parse_metric("a b").is_err());
}

#[test]
fn series_are_described_with_their_values() {
    let floats = |text: &str| -> Vec<f64> {
        let series = parse_series(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        series.values.iter().map(|value| if let SequenceValue::Float(float) = value { *float } else { -99.0 }).collect()
    };
    assert_eq!(floats("a 1 2.5 -3 .5 1e2"), [1.0, 2.5, -3.0, 0.5, 100.0]);
    assert_eq!(floats("a{b='c'} 1+2x3 _ 10-5x1 7x1"), [1.0, 3.0, 5.0, 7.0, -99.0, 10.0, 5.0, 7.0, 7.0]);
    assert_eq!(floats("a _x2 +Inf -Inf"), [-99.0, -99.0, f64::INFINITY, f64::NEG_INFINITY]);
    assert_eq!(floats("{}  stale")[0].to_bits(), stale_marker().to_bits());
    assert_eq!(floats("a -1-2x2"), [-1.0, -3.0, -5.0]);
    assert!(parse_series("a").unwrap().values.is_empty());
    for text in
        ["a 1+2", "a 1x", "a b", "a 1 x2", "a{b}", "1", "a 1x99999999999", "a {{schema:x}}", "a {{sum:1", "a 1,2"]
    {
        assert!(parse_series(text).is_err(), "{text}");
    }
}

#[test]
fn histograms_are_described_by_their_parts() {
    let text = "a {{schema:-53 sum:5 count:3.5 z_bucket:1 custom_values:[1 2] buckets:[1 -2 Inf ] offset:-1 \
                counter_reset_hint:gauge }}-{{sum:1}}x2";
    let values = parse_series(text).unwrap().values;
    assert_eq!(values.len(), 3);
    let SequenceValue::Histogram { base, change: Some((change, true)), times: 2 } = &values[2] else {
        panic!("no histogram")
    };
    assert_eq!((base.schema, base.count, base.positive_offset), (-53, 3.5, -1));
    assert_eq!(base.positive, [1.0, -2.0, f64::INFINITY]);
    assert_eq!(change.sum, 1.0);
}

#[test]
fn deep_and_long_queries_end_in_a_tree_or_a_message() {
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(90), &ParseOptions::all()).is_ok());
    let long = |terms: usize| vec!["a{b=\"c\"}"; terms].join(" or ");
    let expr = all(&long(490));
    assert_eq!(parse(&expr.to_string(), &ParseOptions::all()).unwrap().to_string(), expr.to_string());
    assert!(pretty(&expr).len() > 490 && tree(&expr).is_object());
    for text in [
        nested(100_000),
        long(100_000),
        "-".repeat(100_000),
        "a^".repeat(100_000),
        "sum(".repeat(100_000),
        "abs(".repeat(100_000),
        format!("a{}", "[1m:]".repeat(100_000)),
        format!("a[{}", "(".repeat(100_000)),
        format!("a[{}1]", "-".repeat(100_000)),
        format!("a[{}1]", "1^".repeat(100_000)),
        format!("a[{}1]", "1+".repeat(100_000)),
        format!("a[{}", "max_of(1,".repeat(100_000)),
        format!("a offset {}1", "-".repeat(100_000)),
        format!("a{{{}", "b=\"c\",".repeat(100_000)),
    ] {
        refusal(&text);
    }
}

/// Changes queries at random, always in the same way, and wants an answer to each: printing what was accepted gives
/// text that means the same.
#[test]
fn no_text_brings_the_parser_down() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let options = ParseOptions::all();
    let mut accepted = 0;
    for round in 0..30_000 {
        let text = random.query(round % 4);
        if let Ok(expr) = parse(&text, &options) {
            accepted += 1;
            let printed = expr.to_string();
            assert_eq!(parse(&printed, &options).map(|again| again.to_string()).as_ref(), Ok(&printed), "{text}");
            assert_eq!(parse(&pretty(&expr), &options).map(|again| again.to_string()).as_ref(), Ok(&printed), "{text}");
            let _ = tree(&expr);
        }
        let _ = parse(&text, &ParseOptions::default());
        let _ = parse_series(&text);
        let _ = parse_selector(&text);
    }
    assert!(accepted > 500, "only {accepted} were queries at all");
}

/// An xorshift generator: enough to shuffle words.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// A query with so many changes, or words in any order.
    fn query(&mut self, changes: usize) -> String {
        if self.below(8) == 0 {
            let length = self.below(12) + 1;
            let words: Vec<&str> = (0..length).map(|_| self.pick(&WORDS)).collect();
            return words.join(if self.below(2) == 0 { " " } else { "" });
        }
        let mut text: Vec<char> = self.pick(&QUERIES).chars().collect();
        for _ in 0..changes {
            let at = self.below(text.len() + 1);
            match self.below(4) {
                0 => text.truncate(at),
                1 => {
                    let end = (at + self.below(6)).min(text.len());
                    text.drain(at..end);
                }
                2 => {
                    let word = self.pick(&WORDS);
                    text.splice(at..at, word.chars());
                }
                _ => {
                    let end = (at + self.below(20)).min(text.len());
                    let copy: Vec<char> = text[at..end].to_vec();
                    let to = self.below(text.len() + 1);
                    text.splice(to..to, copy);
                }
            }
        }
        text.into_iter().collect()
    }
}

const QUERIES: [&str; 14] = [
    "sum by (job, instance) (rate(http_requests_total{job=~\"a|b\", code!~'5..'}[5m] offset 1h)) > bool 0.5",
    "histogram_quantile(0.99, sum(rate(vllm:e2e_request_latency_seconds_bucket[$__rate_interval])) by (le))",
    "histogram_quantile(0.9, sum by (le) (increase(x_bucket{le!=\"+Inf\"}[1h30m]))) and on (a) b unless ignoring (c) d",
    "a * on (b, c) group_left (d) fill_left(0) fill_right(-1) e",
    "label_replace(up @ start(), \"x\", \"$1\", `y`, \"(.*)\") or -topk(3, -foo ^ 2 ^ -bar)",
    "max_over_time(rate(a[1m])[1h:30s] @ 1.5e9 offset -(step() * 2))",
    "a[max_of(step(), 5m - -3) smoothed",
    "rate(a[-2 ^ 2 + 1h / 2] anchored)",
    "{\"utf 8\", é=\"☺\", __name__=~`.+\\Q[x]\\E`}",
    "time() - 0x1F % 1_000 + Inf - NaN + 5m",
    "count_values without (x) (\"a\\u00e9\\n\", b) # comment\n / 2",
    "info(a, {b=~\".*\"})",
    "metric{a=\"b\"} 1+2x10 _ stale {{schema:0 buckets:[1 2] count:3}}+{{sum:1}}x3",
    "h </ 3 >/ 2 atan2 -+1",
];

const WORDS: [&str; 60] = [
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "=",
    "==",
    "!=",
    "=~",
    "!~",
    "<",
    "</",
    ">/",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "@",
    "\"",
    "'",
    "`",
    "\\",
    "#",
    "\n",
    "1",
    "0x",
    "1e",
    "5m",
    ".5",
    "1s5",
    "NaN",
    "a",
    "a:b",
    "é",
    "\u{fffd}",
    "\0",
    "sum",
    "by",
    "on",
    "bool",
    "offset",
    "anchored",
    "fill(",
    "fill_left",
    "group_left",
    "start()",
    "step()",
    "max_of(",
    "rate(",
    "or",
    "unless",
    "stale",
    "{{",
    "x",
];
