use std::time::Instant;

use meterbox_testkit::compare::{Tolerance, answers};
use serde_json::Value;

use crate::measure::{cpu_seconds, median};
use crate::servers::{Kind, Running};
use crate::table::Table;

/// The questions of a dashboard for an inference box over several ranges that end where the history ends.
pub struct Dashboards {
    end: i64,
    hours: Vec<u64>,
}

/// What one server answered and how long it took.
pub struct Asked {
    ranges: Vec<RangeAsked>,
}

struct RangeAsked {
    hours: u64,
    /// The first time after a restart, milliseconds over all questions.
    cold: f64,
    /// The median of each question, added up.
    warm: f64,
    /// The same with the server's result cache switched off, where it has one.
    uncached: f64,
    /// CPU milliseconds of one warm refresh.
    cpu: f64,
    answers: Vec<Value>,
}

impl Dashboards {
    /// Over the ranges that `hours` of history can answer.
    pub fn new(end: i64, hours: u64) -> Self {
        Self { end, hours: [1, 6, 24, 24 * 7].into_iter().filter(|&range| range <= hours).collect() }
    }

    /// Asks everything. The server has just been started, so the first round is cold.
    pub fn ask(&self, running: &Running<'_>) -> Asked {
        let ranges = self.hours.iter().map(|&hours| self.ask_range(running, hours)).collect();
        Asked { ranges }
    }

    fn ask_range(&self, running: &Running<'_>, hours: u64) -> RangeAsked {
        let mut connection = running.connect();
        let end = self.end as f64 / 1000.0;
        let start = end - (hours * 3600) as f64;
        // As a dashboard does: some 700 points, whole multiples of the scrape interval, rates over four scrapes or one step.
        let step = ((hours * 3600) as f64 / 700.0 / 15.0).ceil().max(1.0) * 15.0;
        let window = format!("{}s", (step + 15.0).max(60.0));
        let mut timed = |query: &str, nocache: bool| {
            let (start, end, step) = (format!("{start:.3}"), format!("{end:.3}"), format!("{step}"));
            let parameters = [
                ("query", query),
                ("start", &start),
                ("end", &end),
                ("step", &step),
                ("nocache", if nocache { "1" } else { "0" }),
            ];
            let count = if running.kind() == Kind::VictoriaMetrics { 5 } else { 4 };
            let began = Instant::now();
            let answer = running
                .ask(&mut connection, "query_range", &parameters[..count])
                .unwrap_or_else(|error| panic!("{query}: {error}"));
            let took = began.elapsed().as_secs_f64() * 1000.0;
            assert!(answer.status == 200, "{query}: {} {}", answer.status, answer.text());
            (took, answer)
        };
        let queries: Vec<String> = PANELS.iter().map(|query| query.replace("$window", &window)).collect();
        let mut asked = RangeAsked { hours, cold: 0.0, warm: 0.0, uncached: 0.0, cpu: 0.0, answers: Vec::new() };
        for query in &queries {
            let (took, answer) = timed(query, true);
            asked.cold += took;
            asked.answers.push(answer.json());
        }
        let cpu = cpu_seconds(running.pid());
        for query in &queries {
            asked.warm += median(&(0..ROUNDS).map(|_| timed(query, false).0).collect::<Vec<f64>>());
        }
        asked.cpu = (cpu_seconds(running.pid()) - cpu) * 1000.0 / ROUNDS as f64;
        for query in &queries {
            asked.uncached += match running.kind() {
                Kind::VictoriaMetrics => median(&(0..ROUNDS).map(|_| timed(query, true).0).collect::<Vec<f64>>()),
                Kind::Prometheus | Kind::Meterbox => f64::NAN,
            };
        }
        asked
    }

    /// Fills the table and counts how many answers are those of the first server.
    pub fn report(&self, asked: &[(usize, Asked)], kinds: &[Kind], table: &mut Table) {
        table.heading(&format!("a dashboard's {} queries, one after another", PANELS.len()));
        for (index, hours) in self.hours.iter().enumerate() {
            for (column, Asked { ranges }) in asked {
                let range = &ranges[index];
                debug_assert_eq!(range.hours, *hours);
                table.set(*column, &format!("{hours} h, cold ms"), 0, range.cold);
            }
            for (column, Asked { ranges }) in asked {
                let range = &ranges[index];
                table.set(*column, &format!("{hours} h, warm ms (sum of medians)"), 1, range.warm);
                table.set(*column, &format!("{hours} h, warm ms, result cache off"), 1, range.uncached);
                table.set(*column, &format!("{hours} h, server CPU ms a refresh"), 0, range.cpu);
            }
            let Some((_, reference)) = asked.first() else { continue };
            for (column, Asked { ranges }) in asked {
                let mut equal = 0;
                for (number, (there, here)) in
                    reference.ranges[index].answers.iter().zip(&ranges[index].answers).enumerate()
                {
                    match answers(there, here, Tolerance::relative(1e-6)) {
                        Ok(()) => equal += 1,
                        // VictoriaMetrics differs by design wherever rates are; ours should not.
                        Err(why) if kinds[*column] == Kind::Meterbox => {
                            eprintln!("  differs: {}: {}", PANELS[number], why.join("; "));
                        }
                        Err(_) => {}
                    }
                }
                table.set(*column, &format!("{hours} h, answers as the first column's"), 0, f64::from(equal));
            }
        }
    }
}

/// How often each question is asked for its median.
const ROUNDS: usize = 7;

/// What the panels of an inference dashboard ask: latencies, throughput, scheduler, cache, lengths, GPUs, machine.
const PANELS: &[&str] = &[
    r#"histogram_quantile(0.99, sum by (le) (rate(vllm:e2e_request_latency_seconds_bucket[$window])))"#,
    r#"histogram_quantile(0.95, sum by (le) (rate(vllm:e2e_request_latency_seconds_bucket[$window])))"#,
    r#"histogram_quantile(0.5, sum by (le) (rate(vllm:e2e_request_latency_seconds_bucket[$window])))"#,
    r#"sum(rate(vllm:e2e_request_latency_seconds_sum[$window])) / sum(rate(vllm:e2e_request_latency_seconds_count[$window]))"#,
    r#"histogram_quantile(0.99, sum by (le, instance) (rate(vllm:time_to_first_token_seconds_bucket[$window])))"#,
    r#"histogram_quantile(0.5, sum by (le, instance) (rate(vllm:time_to_first_token_seconds_bucket[$window])))"#,
    r#"histogram_quantile(0.95, sum by (le) (rate(vllm:inter_token_latency_seconds_bucket[$window])))"#,
    r#"sum by (instance) (rate(vllm:prompt_tokens_total[$window]))"#,
    r#"sum by (instance) (rate(vllm:generation_tokens_total[$window]))"#,
    r#"sum by (instance) (vllm:num_requests_running)"#,
    r#"sum by (instance) (vllm:num_requests_waiting)"#,
    r#"vllm:kv_cache_usage_perc"#,
    r#"max_over_time(vllm:kv_cache_usage_perc[$window])"#,
    r#"sum by (le) (increase(vllm:request_prompt_tokens_bucket[$window]))"#,
    r#"sum by (le) (increase(vllm:request_generation_tokens_bucket[$window]))"#,
    r#"sum by (finished_reason) (increase(vllm:request_success_total[$window]))"#,
    r#"sum(rate(vllm:prefix_cache_hits_total[$window])) / sum(rate(vllm:prefix_cache_queries_total[$window]))"#,
    r#"rate(vllm:request_queue_time_seconds_sum[$window])"#,
    r#"topk(5, sum by (instance) (rate(vllm:generation_tokens_total[$window])))"#,
    r#"avg by (gpu) (DCGM_FI_DEV_GPU_UTIL)"#,
    r#"sum(DCGM_FI_DEV_POWER_USAGE)"#,
    r#"max by (instance, gpu) (DCGM_FI_DEV_GPU_TEMP)"#,
    r#"1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$window]))"#,
    r#"node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes"#,
    r#"sum by (instance, device) (rate(node_network_receive_bytes_total[$window]))"#,
    r#"sum by (instance) (rate(node_disk_written_bytes_total[$window]))"#,
    r#"node_filesystem_avail_bytes / node_filesystem_size_bytes"#,
];
