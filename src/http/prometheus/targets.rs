//! What is scraped, and how it went.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::http::envelope::{ApiError, success_value};
use crate::http::params::Params;
use crate::http::router::Context;
use crate::model::{Labels, format_duration, format_rfc3339};

pub(super) async fn targets(State(context): State<Context>, params: Params) -> Result<Response, ApiError> {
    let state = params.text("state").to_lowercase();
    let pool = params.text("scrapePool");
    let wants = |kind: &str| state.is_empty() || state == "any" || state == kind;
    let scrape = &context.parts().scrape;
    let active: Vec<Value> = if wants("active") {
        scrape
            .targets()
            .iter()
            .filter(|target| pool.is_empty() || target.scrape_pool == pool)
            .map(|target| {
                json!({
                    "discoveredLabels": object(&target.discovered_labels),
                    "labels": object(&target.labels),
                    "scrapePool": target.scrape_pool,
                    "scrapeUrl": target.scrape_url,
                    "globalUrl": target.global_url,
                    "lastError": target.last_error,
                    "lastScrape": target.last_scrape.map_or_else(|| NEVER.to_owned(), format_rfc3339),
                    "lastScrapeDuration": target.last_scrape_duration.as_secs_f64(),
                    "health": target.health.as_str(),
                    "scrapeInterval": format_duration(target.scrape_interval),
                    "scrapeTimeout": format_duration(target.scrape_timeout),
                })
            })
            .collect()
    } else {
        Vec::new()
    };
    let mut counts = Map::new();
    let dropped: Vec<Value> = if wants("dropped") {
        counts.extend(scrape.dropped_counts().into_iter().map(|(pool, count)| (pool, json!(count))));
        scrape
            .dropped()
            .iter()
            .filter(|target| pool.is_empty() || target.scrape_pool == pool)
            .map(|target| {
                json!({ "discoveredLabels": object(&target.discovered_labels), "scrapePool": target.scrape_pool })
            })
            .collect()
    } else {
        Vec::new()
    };
    Ok(success_value(&json!({ "activeTargets": active, "droppedTargets": dropped, "droppedTargetCounts": counts })))
}

pub(super) async fn scrape_pools(State(context): State<Context>) -> Response {
    success_value(&json!({ "scrapePools": context.parts().scrape.pools() }))
}

fn object(labels: &Labels) -> Value {
    Value::Object(labels.iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect())
}

/// Go's zero time: what Prometheus answers for a target that has not been scraped yet.
const NEVER: &str = "0001-01-01T00:00:00Z";
