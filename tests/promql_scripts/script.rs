//! Scripts as text, and the commands that they consist of.

use meterbox::model::{parse_duration, parse_float};
use meterbox::promql::{Expr, ParseOptions};

use crate::series::Description;

/// A command and the number of its line.
pub struct Command {
    pub line: usize,
    pub action: Action,
}

pub enum Action {
    Clear,
    Load { step: i64, series: Vec<Description>, with_histograms: bool },
    Eval(Box<Eval>),
}

/// A case.
pub struct Eval {
    pub query: String,
    pub time: Time,
    pub expected: Expected,
}

#[derive(Clone, Copy)]
pub enum Time {
    Instant(i64),
    Range { start: i64, end: i64, step: i64 },
}

/// What has to come out.
#[derive(Default)]
pub struct Expected {
    pub fail: Option<Text>,
    pub ordered: bool,
    pub warn: Vec<Text>,
    pub no_warn: bool,
    pub info: Vec<Text>,
    pub no_info: bool,
    pub string: Option<String>,
    pub scalar: Option<f64>,
    /// Of a range vector: its first time and the step between two.
    pub range_vector: Option<(i64, i64)>,
    pub series: Vec<Description>,
}

/// A text that has to appear.
pub enum Text {
    Any,
    Exactly(String),
    Matching(regex::Regex),
}

impl Text {
    pub fn accepts(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(wanted) => wanted == text,
            Self::Matching(regex) => regex.is_match(text),
        }
    }
}

/// Reads a whole script.
pub fn parse(text: &str) -> Result<Vec<Command>, String> {
    let lines: Vec<&str> =
        text.lines().map(|line| if line.trim_start().starts_with('#') { "" } else { line.trim() }).collect();
    let mut commands = Vec::new();
    let mut index = 0;
    while index < lines.len() {
        let (line, head) = (index + 1, lines[index]);
        index += 1;
        if head.is_empty() {
            continue;
        }
        let body_end = lines[index..].iter().position(|line| line.is_empty()).map_or(lines.len(), |n| index + n);
        let body = &lines[index..body_end];
        let at = |error: String| format!("line {line}: {error}");
        let action = match head.split_whitespace().next().unwrap_or("") {
            "clear" => Action::Clear,
            "load" | "load_with_nhcb" => {
                index = body_end;
                parse_load(head, body).map_err(at)?
            }
            word if word.starts_with("eval") => {
                index = body_end;
                Action::Eval(Box::new(parse_eval(head, body).map_err(at)?))
            }
            word => return Err(at(format!("unknown command {word:?}"))),
        };
        commands.push(Command { line, action });
    }
    Ok(commands)
}

fn parse_load(head: &str, body: &[&str]) -> Result<Action, String> {
    let (command, step) = head.split_once(char::is_whitespace).ok_or("no step")?;
    let series = body.iter().map(|line| Description::parse(line)).collect::<Result<_, _>>()?;
    Ok(Action::Load { step: parse_time(step.trim())?, series, with_histograms: command == "load_with_nhcb" })
}

fn parse_eval(head: &str, body: &[&str]) -> Result<Eval, String> {
    let mut expected = Expected::default();
    let (command, rest) = head.split_once(char::is_whitespace).ok_or("nothing to evaluate")?;
    match command {
        "eval" => {}
        "eval_fail" => expected.fail = Some(Text::Any),
        "eval_warn" => expected.warn.push(Text::Any),
        "eval_info" => expected.info.push(Text::Any),
        "eval_ordered" => expected.ordered = true,
        other => return Err(format!("unknown command {other:?}")),
    }
    let rest = rest.trim_start();
    let (time, query) = if let Some(rest) = rest.strip_prefix("instant") {
        match rest.trim_start().strip_prefix("at ") {
            Some(rest) => {
                let (at, query) = rest.trim_start().split_once(char::is_whitespace).ok_or("no query")?;
                (Time::Instant(parse_time(at)?), query)
            }
            None => (Time::Instant(0), rest),
        }
    } else if let Some(rest) = rest.strip_prefix("range") {
        let mut words = rest.trim_start().splitn(7, char::is_whitespace);
        let mut next = || words.next().ok_or("a range query is: from .. to .. step .. query");
        let (_, start, _, end, _, step) = (next()?, next()?, next()?, next()?, next()?, next()?);
        let time = Time::Range { start: parse_time(start)?, end: parse_time(end)?, step: parse_time(step)? };
        (time, words.next().ok_or("no query")?)
    } else {
        return Err(format!("neither instant nor range: {rest:?}"));
    };
    for line in body {
        parse_expectation(line, &mut expected)?;
    }
    Ok(Eval { query: query.trim().to_owned(), time, expected })
}

fn parse_expectation(line: &str, expected: &mut Expected) -> Result<(), String> {
    if let Some(message) = line.strip_prefix("expected_fail_message ") {
        expected.fail = Some(Text::Exactly(message.trim().to_owned()));
        return Ok(());
    }
    if let Some(pattern) = line.strip_prefix("expected_fail_regexp ") {
        expected.fail = Some(Text::Matching(regex::Regex::new(pattern.trim()).map_err(|error| error.to_string())?));
        return Ok(());
    }
    let Some(rest) = line.strip_prefix("expect ") else {
        if let Ok(value) = parse_float(line) {
            expected.scalar = Some(value);
        } else {
            expected.series.push(Description::parse(line)?);
        }
        return Ok(());
    };
    let rest = rest.trim_start();
    let (word, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let argument = argument.trim();
    let text = || -> Result<Text, String> {
        Ok(if let Some(message) = argument.strip_prefix("msg:") {
            Text::Exactly(message.trim().to_owned())
        } else if let Some(pattern) = argument.strip_prefix("regex:") {
            Text::Matching(regex::Regex::new(pattern.trim()).map_err(|error| error.to_string())?)
        } else {
            Text::Any
        })
    };
    match word {
        "fail" => expected.fail = Some(text()?),
        "warn" => expected.warn.push(text()?),
        "info" => expected.info.push(text()?),
        "no_warn" => expected.no_warn = true,
        "no_info" => expected.no_info = true,
        "ordered" => expected.ordered = true,
        "string" => expected.string = Some(unquote(argument)?),
        "range" => {
            let words: Vec<&str> = argument.split_whitespace().collect();
            let [_, _, start, _, _, _, step] = words.as_slice() else {
                return Err(format!("not understood: {line:?}"));
            };
            expected.range_vector = Some((parse_time(start)?, parse_time(step)?));
        }
        _ => return Err(format!("not understood: {line:?}")),
    }
    Ok(())
}

fn unquote(text: &str) -> Result<String, String> {
    match meterbox::promql::parse(text, &ParseOptions::default()) {
        Ok(Expr::String(literal)) => Ok(literal.value),
        _ => Err(format!("no quoted text: {text:?}")),
    }
}

/// Reads a time or a length of time in ms: a duration, or seconds.
pub fn parse_time(text: &str) -> Result<i64, String> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Ok((seconds * 1000.0).round() as i64);
    }
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let duration = parse_duration(text).map_err(|error| error.to_string())?;
    Ok(sign * i64::try_from(duration.as_millis()).map_err(|error| error.to_string())?)
}
