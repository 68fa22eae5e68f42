//! What is wrong with a configuration, with its places.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::yaml::Place;

/// Why a configuration cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file is not UTF-8.
    NotText {
        /// The file.
        path: PathBuf,
        /// The line with the first byte that is not.
        line: usize,
    },
    /// The file says something that is wrong or not supported.
    Invalid {
        /// The file.
        path: PathBuf,
        /// Every mistake, in the order of the file; at least one.
        problems: Vec<Problem>,
    },
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it is.
    pub place: Place,
    /// The way to the key, such as `scrape_configs[0].scheme`; empty where there is none.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it, where that is not obvious.
    pub mend: Option<String>,
}

impl ConfigError {
    /// The mistakes of the file's content; empty where it could not be read.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid { problems, .. } => problems,
            _ => &[],
        }
    }
}

impl fmt::Display for ConfigError {
    /// One line for each mistake, `file:line:column: key: what; mend`, without a newline at the end.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, error } => {
                write!(formatter, "cannot read the configuration {}: {}", path.display(), reason(error))
            }
            Self::NotText { path, line } => {
                write!(formatter, "{}:{line}: this is not UTF-8 text; save the file as UTF-8", path.display())
            }
            Self::Invalid { path, problems } => {
                for (index, problem) in problems.iter().enumerate() {
                    if index > 0 {
                        formatter.write_str("\n")?;
                    }
                    write!(formatter, "{}:{problem}", path.display())?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: ", self.place.line, self.place.column)?;
        if !self.key.is_empty() {
            write!(formatter, "{}: ", self.key)?;
        }
        formatter.write_str(&self.message)?;
        match &self.mend {
            Some(mend) => write!(formatter, "; {mend}"),
            None => Ok(()),
        }
    }
}

/// What the system says, without the number in parentheses.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}
