//! The `Accept` header that asks for the formats of a job, the best first.

use crate::config::ScrapeProtocol;

/// The header for these formats. Both 1.0.0 formats carry names beyond ASCII, which is said too.
#[must_use]
pub fn accept_header(protocols: &[ScrapeProtocol]) -> String {
    let mut header = String::new();
    let mut weight = HIGHEST_WEIGHT;
    for protocol in protocols {
        let escaping = match protocol {
            ScrapeProtocol::OpenMetricsText1_0_0 | ScrapeProtocol::PrometheusText1_0_0 => ";escaping=allow-utf-8",
            ScrapeProtocol::OpenMetricsText0_0_1 | ScrapeProtocol::PrometheusText0_0_4 => "",
        };
        header.push_str(&format!("{}{escaping};q=0.{weight},", protocol.media_type()));
        weight = weight.saturating_sub(1).max(1);
    }
    header.push_str(&format!("*/*;q=0.{weight}"));
    header
}

/// The weight of the first format, in tenths: Prometheus counts down from its number of formats, protobuf included.
const HIGHEST_WEIGHT: u32 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_what_prometheus_asks_for() {
        assert_eq!(
            accept_header(&ScrapeProtocol::ALL),
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
             application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
             text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
        );
    }
}
