//! From words and environment to a command.

use std::path::PathBuf;

use crate::app::ServeOptions;
use crate::config::nearest;

use super::error::{CliError, Origin};
use super::features;
use super::flags::{FLAGS, Flag};
use super::prometheus::{self, Fate, Foreign};

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Run.
    Serve(Box<Serve>),
    /// Check configuration files.
    CheckConfig {
        /// The files; at least one.
        files: Vec<PathBuf>,
    },
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// How to run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Serve {
    /// The flags, typed.
    pub options: ServeOptions,
    /// Things worth a line in the log: flags and variables that change nothing.
    pub notes: Vec<String>,
}

/// Reads the arguments and the environment of this process.
///
/// # Errors
/// The arguments or a variable make no sense.
pub fn from_process() -> Result<Command, CliError> {
    let mut arguments = Vec::new();
    for argument in std::env::args_os().skip(1) {
        let argument = argument
            .into_string()
            .map_err(|argument| CliError::NotText { argument: argument.to_string_lossy().into_owned() })?;
        arguments.push(argument);
    }
    let mut environment = Vec::new();
    for (name, value) in std::env::vars_os() {
        if let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) {
            environment.push((name, value));
        }
    }
    parse(&arguments, &environment)
}

/// Reads arguments, without the program's name, and environment variables.
///
/// # Errors
/// The arguments or a variable make no sense.
pub fn parse(arguments: &[String], environment: &[(String, String)]) -> Result<Command, CliError> {
    let words = Words::read(arguments)?;
    if words.help {
        return Ok(Command::Help);
    }
    if words.version {
        return Ok(Command::Version);
    }
    let plain: Vec<&str> = words.plain.iter().map(String::as_str).collect();
    match plain.as_slice() {
        [] | ["serve"] => serve(&words, environment).map(|serve| Command::Serve(Box::new(serve))),
        ["check", "config"] => Err(CliError::NoFile),
        ["check", "config", files @ ..] => {
            no_flags(&words)?;
            Ok(Command::CheckConfig { files: files.iter().map(PathBuf::from).collect() })
        }
        ["check", typed, ..] => {
            Err(CliError::UnknownCommand { typed: format!("check {typed}"), near: Some("check config") })
        }
        ["check"] => Err(CliError::NoFile),
        ["help", ..] => Ok(Command::Help),
        ["version"] => Ok(Command::Version),
        ["serve" | "version", word, ..] => Err(CliError::Unexpected { word: (*word).to_owned() }),
        [typed, ..] => {
            let near = nearest(typed, COMMANDS);
            Err(CliError::UnknownCommand { typed: (*typed).to_owned(), near })
        }
    }
}

/// The arguments, told apart.
#[derive(Default)]
struct Words {
    /// Words that are no flags, in order.
    plain: Vec<String>,
    /// Our flags: how they were typed, and their value.
    given: Vec<(&'static Flag, String, String)>,
    notes: Vec<String>,
    help: bool,
    version: bool,
}

impl Words {
    fn read(arguments: &[String]) -> Result<Self, CliError> {
        let mut words = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "--" => {
                    words.plain.extend(rest.by_ref().cloned());
                }
                "-h" | "--help" | "--help-long" => words.help = true,
                "-V" | "--version" => words.version = true,
                long if long.starts_with("--") => words.flag(long, &mut rest)?,
                short if short.starts_with('-') && short.len() > 1 => {
                    let near = find(short.trim_start_matches('-').split('=').next().unwrap_or(""));
                    let near = near.map(|_| format!("-{short}"));
                    return Err(CliError::UnknownFlag { typed: short.to_owned(), near });
                }
                plain => words.plain.push(plain.to_owned()),
            }
        }
        Ok(words)
    }

    /// Reads one flag that begins with two hyphens, and its value where that is the next argument.
    fn flag<'a>(&mut self, argument: &str, rest: &mut impl Iterator<Item = &'a String>) -> Result<(), CliError> {
        let (typed, inline) = match argument.split_once('=') {
            None => (argument, None),
            Some((typed, value)) => (typed, Some(value.to_owned())),
        };
        let name = typed.trim_start_matches('-');
        let (kind, negated) = match (find(name), name.strip_prefix("no-").and_then(find)) {
            (Some(kind), _) => (kind, false),
            (None, Some(kind)) if kind.is_switch() => (kind, true),
            _ => return Err(unknown(typed, name)),
        };
        let value = match inline {
            Some(value) => value,
            None if kind.is_switch() => (!negated).to_string(),
            None => rest
                .next()
                .cloned()
                .ok_or_else(|| CliError::NeedsValue { typed: typed.to_owned(), value: kind.value() })?,
        };
        match kind {
            Kind::Ours(flag) => self.given.push((flag, typed.to_owned(), value)),
            Kind::Foreign(flag) => self.foreign(flag, &value)?,
        }
        Ok(())
    }

    fn foreign(&mut self, flag: &'static Foreign, value: &str) -> Result<(), CliError> {
        let asks_for_nothing = flag.is_switch && value == "false";
        match flag.fate {
            Fate::Accepted(reason) => self.notes.push(format!("--{} has no effect: {reason}", flag.name)),
            Fate::Only(only, _) if value == only => {}
            Fate::Refused(_) if asks_for_nothing => {}
            Fate::Only(_, reason) | Fate::Refused(reason) => {
                return Err(CliError::Refused { flag: flag.name, reason });
            }
        }
        Ok(())
    }
}

/// A flag, ours or one that only Prometheus knows.
enum Kind {
    Ours(&'static Flag),
    Foreign(&'static Foreign),
}

impl Kind {
    fn is_switch(&self) -> bool {
        match self {
            Self::Ours(flag) => flag.is_switch(),
            Self::Foreign(flag) => flag.is_switch,
        }
    }

    fn value(&self) -> &'static str {
        match self {
            Self::Ours(flag) => flag.value,
            Self::Foreign(_) => "VALUE",
        }
    }
}

fn find(name: &str) -> Option<Kind> {
    let ours = FLAGS.iter().find(|flag| flag.name == name || flag.prometheus == Some(name));
    ours.map(Kind::Ours).or_else(|| prometheus::find(name).map(Kind::Foreign))
}

fn unknown(typed: &str, name: &str) -> CliError {
    let ours = FLAGS.iter().flat_map(|flag| std::iter::once(flag.name).chain(flag.prometheus));
    let near = nearest(name, ours.chain(["help", "version"])).map(|near| format!("--{near}"));
    CliError::UnknownFlag { typed: typed.to_owned(), near }
}

fn serve(words: &Words, environment: &[(String, String)]) -> Result<Serve, CliError> {
    let mut serve = Serve { options: ServeOptions::default(), notes: words.notes.clone() };
    for flag in &FLAGS {
        let typed: Vec<_> = words.given.iter().filter(|(given, ..)| std::ptr::eq(*given, flag)).collect();
        if let (false, [(_, first, _), (_, second, _), ..]) = (flag.repeats, typed.as_slice()) {
            return Err(CliError::Repeated { first: first.clone(), second: second.clone() });
        }
        let (origin, values) = match typed.as_slice() {
            [] => match from_environment(flag, environment) {
                Some(found) => found,
                None => continue,
            },
            [(_, name, _), ..] => {
                (Origin::Flag(name.clone()), typed.iter().map(|(_, _, value)| value.clone()).collect::<Vec<_>>())
            }
        };
        (flag.set)(&mut serve.options, &values).map_err(|fault| CliError::BadValue {
            origin,
            value: values.join(","),
            fault,
        })?;
    }
    serve.notes.extend(serve.options.features.iter().filter_map(|name| features::note(name)));
    serve.notes.extend(environment.iter().filter_map(|(name, _)| mistyped(name)));
    Ok(serve)
}

/// The values that the environment has for a flag. An empty variable counts as absent.
fn from_environment(flag: &Flag, environment: &[(String, String)]) -> Option<(Origin, Vec<String>)> {
    let value = |wanted: &str| {
        environment.iter().find(|(name, value)| name == wanted && !value.is_empty()).map(|(_, value)| value.as_str())
    };
    let ours = flag.variable();
    let (name, value) = match value(&ours) {
        Some(value) => (ours, value.to_owned()),
        None => {
            let gpustack = flag.gpustack.as_ref()?;
            (gpustack.name.to_owned(), (gpustack.translate)(value(gpustack.name)?))
        }
    };
    let values = if flag.repeats {
        value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    } else {
        vec![value]
    };
    Some((Origin::Variable(name), values))
}

/// A note about a variable that looks like one of ours and is none.
fn mistyped(name: &str) -> Option<String> {
    let known: Vec<String> = FLAGS.iter().map(Flag::variable).collect();
    if !name.starts_with("METERBOX_") || known.iter().any(|known| known == name) {
        return None;
    }
    let lower: Vec<String> = known.iter().map(|known| known.to_ascii_lowercase()).collect();
    let near = nearest(name, lower.iter().map(String::as_str))?;
    Some(format!("the variable {name} means nothing; did you mean {}?", near.to_ascii_uppercase()))
}

fn no_flags(words: &Words) -> Result<(), CliError> {
    match words.given.first() {
        None => Ok(()),
        Some((_, typed, _)) => Err(CliError::Unexpected { word: typed.clone() }),
    }
}

const COMMANDS: [&str; 4] = ["serve", "check", "help", "version"];
