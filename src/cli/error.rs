//! What is wrong with a command line.

use std::fmt;

use crate::config::SizeError;
use crate::model::DurationError;

/// Why a command line is refused. Each prints as one line that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CliError {
    /// A flag that nobody knows.
    UnknownFlag {
        /// As it was typed.
        typed: String,
        /// The flag that may be meant.
        near: Option<String>,
    },
    /// A flag of Prometheus that meterbox cannot honour.
    Refused {
        /// The flag.
        flag: &'static str,
        /// Why, and what to do.
        reason: &'static str,
    },
    /// A flag that needs a value and has none.
    NeedsValue {
        /// The flag as it was typed.
        typed: String,
        /// What its value is.
        value: &'static str,
    },
    /// A flag that may be given once.
    Repeated {
        /// The flag as it was typed the first time.
        first: String,
        /// And the second time, perhaps by its other name.
        second: String,
    },
    /// A value that does not fit.
    BadValue {
        /// Where it was given.
        origin: Origin,
        /// The value.
        value: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A command that nobody knows.
    UnknownCommand {
        /// As it was typed.
        typed: String,
        /// The command that may be meant.
        near: Option<&'static str>,
    },
    /// A word too many.
    Unexpected {
        /// The word.
        word: String,
    },
    /// `check config` without a file.
    NoFile,
    /// An argument that is not UTF-8.
    NotText {
        /// As far as it can be shown.
        argument: String,
    },
}

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag, as it was typed.
    Flag(String),
    /// An environment variable.
    Variable(String),
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// No duration.
    Duration(DurationError),
    /// No size.
    Size(SizeError),
    /// No whole number.
    Number,
    /// No address to listen on.
    Address,
    /// No URL.
    Url,
    /// A path that is not served.
    Prefix,
    /// Empty.
    Empty,
    /// Zero where that has no meaning.
    Zero,
    /// None of a few words, which these are.
    Choice(&'static str),
    /// No feature that Prometheus has.
    Feature {
        /// As it was typed.
        typed: String,
        /// The one that may be meant.
        near: Option<&'static str>,
    },
}

impl fmt::Display for CliError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFlag { typed, near: Some(near) } => {
                write!(formatter, "there is no flag {typed}; did you mean {near}?")
            }
            Self::UnknownFlag { typed, near: None } => {
                write!(formatter, "there is no flag {typed}; 'meterbox help' lists them all")
            }
            Self::Refused { flag, reason } => write!(formatter, "--{flag}: {reason}"),
            Self::NeedsValue { typed, value } => write!(formatter, "{typed} needs a value: {typed}={value}"),
            Self::Repeated { first, second } if first == second => {
                write!(formatter, "{first} is given twice; take one of them out")
            }
            Self::Repeated { first, second } => {
                write!(formatter, "{second} means the same as {first}; take one of them out")
            }
            Self::BadValue { origin, value, fault } => write!(formatter, "{origin}: {value:?} {fault}"),
            Self::UnknownCommand { typed, near: Some(near) } => {
                write!(formatter, "there is no command '{typed}'; did you mean '{near}'?")
            }
            Self::UnknownCommand { typed, near: None } => {
                write!(formatter, "there is no command '{typed}'; the commands are serve, check, help and version")
            }
            Self::Unexpected { word } => {
                write!(formatter, "'{word}' is one word too many; the value of a flag follows it: --flag=value")
            }
            Self::NoFile => formatter.write_str("which file? write: meterbox check config FILE"),
            Self::NotText { argument } => write!(formatter, "the argument '{argument}' is not UTF-8 text"),
        }
    }
}

impl std::error::Error for CliError {}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(text) | Self::Variable(text) => formatter.write_str(text),
        }
    }
}

impl fmt::Display for Fault {
    /// What follows the value in a sentence.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duration(_) => formatter.write_str("is not a duration; write it like 15s, 1h30m or 30d"),
            Self::Size(_) => formatter.write_str("is not a size; write it like 512MB or 10GiB"),
            Self::Number => formatter.write_str("is not a whole number of 0 or more"),
            Self::Address => {
                formatter.write_str("is not an address to listen on; write it like 127.0.0.1:10161 or :10161")
            }
            Self::Url => formatter.write_str("is not a URL; write it like https://box.example/prometheus"),
            Self::Prefix => formatter.write_str("is not a path that meterbox serves: it serves / and /prometheus"),
            Self::Empty => formatter.write_str("is empty"),
            Self::Zero => formatter.write_str("has to be more than 0"),
            Self::Choice(words) => write!(formatter, "is not one of {words}"),
            Self::Feature { typed, near: Some(near) } => {
                write!(formatter, "names the feature '{typed}', which does not exist; did you mean '{near}'?")
            }
            Self::Feature { typed, near: None } => {
                write!(formatter, "names the feature '{typed}', which does not exist")
            }
        }
    }
}
