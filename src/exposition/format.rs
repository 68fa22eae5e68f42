//! Which format a body is in, by its content type.

use std::fmt;

/// A text format of exposition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Prometheus text, 0.0.4 and 1.0.0: the syntax for quoted UTF-8 names is taken in both.
    #[default]
    Prometheus,
    /// OpenMetrics text 1.0 and 0.0.1.
    OpenMetrics,
}

impl Format {
    /// The format that a `Content-Type` header names. `fallback` stands in where the header is missing, empty or
    /// names something else, as the job's `fallback_scrape_protocol` says.
    ///
    /// # Errors
    /// The header does not help and there is no fallback.
    pub fn from_content_type(content_type: Option<&str>, fallback: Option<Self>) -> Result<Self, ContentTypeError> {
        let Some(content_type) = content_type.filter(|value| !value.is_empty()) else {
            return fallback.ok_or(ContentTypeError::Missing);
        };
        let media_type = content_type.split(';').next().unwrap_or("").trim();
        if media_type.eq_ignore_ascii_case("text/plain") {
            return Ok(Self::Prometheus);
        }
        if media_type.eq_ignore_ascii_case("application/openmetrics-text") {
            return Ok(Self::OpenMetrics);
        }
        fallback.ok_or_else(|| ContentTypeError::Unsupported(content_type.to_owned()))
    }
}

/// A body whose format is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentTypeError {
    /// There is no content type.
    Missing,
    /// It names no text format that can be read.
    Unsupported(String),
}

impl fmt::Display for ContentTypeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str(
                "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for \
                 target",
            ),
            Self::Unsupported(content_type) => write!(
                formatter,
                "received unsupported Content-Type {content_type:?} and no fallback_scrape_protocol specified for target"
            ),
        }
    }
}

impl std::error::Error for ContentTypeError {}
