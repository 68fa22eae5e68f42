use std::collections::{HashMap, HashSet};
use std::f64::consts::TAU;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::exposition::{Kind, Line, Page, histogram_of, labels_of, series_of};

/// A recording of two scrapes, 15 s apart, that goes on for ever.
///
/// Counters advance by the recorded difference every 15 s, in whole steps where the engine counts whole things; each
/// bucket of a histogram gets its own observations, so that buckets stay cumulative and `_count` equals the last one at
/// any moment; `_sum` moves with the observations and where they fall. Gauges swing between the two recorded values within some minutes. A counter that had
/// counted but stood still during the recording keeps counting slowly. The load swells and ebbs over some minutes
/// around the recorded pace, so that rates and quantiles are curves and no flat lines.
///
/// The page is a pure function of the elapsed time: two readers at the same moment see the same bytes.
#[derive(Debug)]
pub struct Replay {
    lines: Vec<Moving>,
    histograms: Vec<Histogram>,
    openmetrics: bool,
    options: ReplayOptions,
}

/// How a replay moves.
#[derive(Clone, Debug)]
pub struct ReplayOptions {
    /// Shifts the phases of all swings; two replays of one recording with different seeds look like two engines.
    pub seed: u64,
    /// How many recorded seconds pass in a real one.
    pub speed: f64,
    /// Whether the load swells and ebbs; without it every rate is the recorded one.
    pub swell: bool,
}

impl Default for ReplayOptions {
    fn default() -> Self {
        Self { seed: 0, speed: 1.0, swell: true }
    }
}

impl Replay {
    /// Joins two expositions of one target, the second recorded 15 s after the first. Samples that only one of them has
    /// come and go (gauges) or start from zero (counters).
    pub fn new(first: &str, second: &str, options: ReplayOptions) -> Self {
        let (first, second) = (Page::parse(first), Page::parse(second));
        let openmetrics = second.openmetrics;
        let later = values(&second);
        let earlier = values(&first);
        let mut replay = Self { lines: Vec::new(), histograms: Vec::new(), openmetrics, options };
        let mut builder = Builder { replay: &mut replay, by_identity: HashMap::new() };
        for line in union(&first, &second) {
            builder.add(line, &earlier, &later);
        }
        builder.finish();
        replay
    }

    /// Reads the pair `first`, `second` from files.
    pub fn from_files(
        first: impl AsRef<std::path::Path>,
        second: impl AsRef<std::path::Path>,
        options: ReplayOptions,
    ) -> std::io::Result<Self> {
        Ok(Self::new(&std::fs::read_to_string(first)?, &std::fs::read_to_string(second)?, options))
    }

    /// The exposition `elapsed` seconds after the first recorded scrape.
    pub fn page(&self, elapsed: f64) -> String {
        let at = elapsed * self.options.speed;
        let observed = self.observed(at);
        let mut out = String::with_capacity(self.lines.len() * 96);
        for line in &self.lines {
            line.print(line.value(self, at, &observed), &mut out);
        }
        out
    }

    /// The series of the page: names and labels, in the order of [`values`](Self::values).
    pub fn series(&self) -> Vec<Vec<(String, String)>> {
        self.lines.iter().filter_map(Moving::key).map(labels_of).collect()
    }

    /// The values that [`page`](Self::page) prints at the same moment, without the detour over text; none for a series that
    /// is not on the page then.
    pub fn values(&self, elapsed: f64) -> Vec<Option<f64>> {
        let at = elapsed * self.options.speed;
        let observed = self.observed(at);
        let series = self.lines.iter().filter(|line| line.key().is_some());
        series.map(|line| line.value(self, at, &observed)).collect()
    }

    fn observed(&self, at: f64) -> Vec<Vec<f64>> {
        self.histograms.iter().map(|histogram| histogram.cumulative(self, at)).collect()
    }

    /// The content type to serve the page with.
    pub fn content_type(&self) -> &'static str {
        Page { lines: Vec::new(), openmetrics: self.openmetrics }.content_type()
    }

    /// How many recorded 15 s steps have passed at `at` seconds, swelling and ebbing with `phase`.
    fn progress(&self, at: f64, phase: f64) -> f64 {
        let steps = at / STEP_SECONDS;
        if !self.options.swell {
            return steps;
        }
        let wave = |period: f64, strength: f64| {
            let turns = TAU / (period / STEP_SECONDS);
            strength / turns * ((turns * steps + phase).sin() - phase.sin())
        };
        steps + wave(420.0, 0.55) + wave(97.0, 0.30)
    }
}

/// A line of the page and how it moves.
#[derive(Debug)]
enum Moving {
    Text(String),
    Still { key: String, text: String, rest: String, shown: Shown },
    Gauge { key: String, rest: String, from: f64, to: f64, decimals: usize, float: bool, phase: f64 },
    Counter { key: String, rest: String, from: f64, step: f64, whole: bool, float: bool, phase: f64 },
    Bucket { key: String, rest: String, histogram: usize, index: usize, float: bool },
    Sum { key: String, rest: String, from: f64, step: f64, histogram: usize },
}

/// When a line is on the page: always, or only in one half of a minute.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shown {
    Always,
    FirstHalf,
    SecondHalf,
}

#[derive(Debug, Default)]
struct Histogram {
    /// Bounds in rising order, with what each bucket alone had at first and gets in one step, and its phase.
    buckets: Vec<(f64, f64, f64, f64)>,
}

impl Histogram {
    /// What so many new observations in each bucket add to the sum, if each lies in the middle of its bucket. Only ratios of
    /// it are used: the recorded sum says how much it really is.
    fn weigh(&self, observations: impl Iterator<Item = f64>) -> f64 {
        let mut below = 0.0;
        self.buckets
            .iter()
            .zip(observations)
            .map(|(bucket, count)| {
                let middle = if bucket.0.is_finite() { f64::midpoint(below, bucket.0) } else { below * 1.25 };
                below = bucket.0;
                middle * count
            })
            .sum()
    }

    fn cumulative(&self, replay: &Replay, at: f64) -> Vec<f64> {
        let mut sum = 0.0;
        self.buckets
            .iter()
            .map(|&(_, first, step, phase)| {
                sum += first + whole_part(step * replay.progress(at, phase), phase);
                sum
            })
            .collect()
    }
}

impl Moving {
    /// The value at `at`; none for a comment and for a sample that is not on the page now.
    fn value(&self, replay: &Replay, at: f64, observed: &[Vec<f64>]) -> Option<f64> {
        match self {
            Self::Text(_) => None,
            Self::Still { text, shown, .. } => {
                let first_half = at.rem_euclid(60.0) < 30.0;
                let visible = *shown == Shown::Always || first_half == (*shown == Shown::FirstHalf);
                if visible { text.parse().ok() } else { None }
            }
            Self::Gauge { from, to, decimals, phase, .. } => {
                let wave = |period: f64| 0.5 - 0.5 * (TAU * at / period).cos();
                let ripple = 0.1 * ((TAU * at / 37.0 + phase).sin() - phase.sin());
                let share = (0.75 * wave(10.0 * STEP_SECONDS) + 0.25 * wave(43.0) + ripple).clamp(0.0, 1.0);
                let scale = 10_f64.powi(i32::try_from(*decimals).unwrap_or(0));
                Some(((from + (to - from) * share) * scale).round() / scale)
            }
            Self::Counter { from, step, whole, phase, .. } => {
                let moved = step * replay.progress(at, *phase);
                Some(from + if *whole { whole_part(moved, *phase) } else { moved.max(0.0) })
            }
            Self::Bucket { histogram, index, .. } => Some(observed[*histogram][*index]),
            Self::Sum { from, step, histogram, .. } => {
                let source = &replay.histograms[*histogram];
                let expected = source.weigh(source.buckets.iter().map(|bucket| bucket.2));
                let mut below = 0.0;
                let seen = observed[*histogram].iter().zip(&source.buckets).map(|(cumulative, bucket)| {
                    let new = cumulative - below - bucket.1;
                    below = *cumulative;
                    new
                });
                Some(if expected > 0.0 { from + step / expected * source.weigh(seen) } else { *from })
            }
        }
    }

    fn print(&self, value: Option<f64>, out: &mut String) {
        let (key, text, rest) = match (self, value) {
            (Self::Text(text), _) => {
                out.push_str(text);
                out.push('\n');
                return;
            }
            (_, None) => return,
            (Self::Still { key, text, rest, .. }, _) => (key, text.clone(), rest),
            (Self::Gauge { key, rest, decimals, float, .. }, Some(value)) => {
                let text = format!("{value:.decimals$}");
                (key, if *decimals == 0 && *float { text + ".0" } else { text }, rest)
            }
            (Self::Counter { key, rest, float, .. } | Self::Bucket { key, rest, float, .. }, Some(value)) => {
                (key, number(value, *float), rest)
            }
            (Self::Sum { key, rest, .. }, Some(value)) => (key, number(value, true), rest),
        };
        out.push_str(key);
        out.push(' ');
        out.push_str(&text);
        out.push_str(rest);
        out.push('\n');
    }

    fn key(&self) -> Option<&str> {
        match self {
            Self::Text(_) => None,
            Self::Still { key, .. }
            | Self::Gauge { key, .. }
            | Self::Counter { key, .. }
            | Self::Bucket { key, .. }
            | Self::Sum { key, .. } => Some(key),
        }
    }
}

/// Collects lines into a replay; histograms are complete only once all their buckets were seen.
struct Builder<'a> {
    replay: &'a mut Replay,
    by_identity: HashMap<String, usize>,
}

impl Builder<'_> {
    fn add(&mut self, line: &Line, earlier: &HashMap<&str, &str>, later: &HashMap<&str, &str>) {
        let Line::Sample { key, value, rest, kind } = line else {
            if let Line::Text(text) = line {
                self.replay.lines.push(Moving::Text(text.clone()));
            }
            return;
        };
        let (first, second) = (earlier.get(key.as_str()), later.get(key.as_str()));
        let before = number_of(first.copied());
        let after = number_of(second.copied());
        let float = value.contains('.') || value.contains('e');
        let phase = phase_of(key, self.replay.options.seed);
        let (key, rest) = (key.clone(), rest.clone());
        let moving = match kind {
            Kind::Bucket if let Some((identity, bound)) = histogram_of(&key) => {
                let histogram = self.histogram(identity);
                let start = before.unwrap_or(0.0);
                let step = (after.unwrap_or(start) - start).max(0.0);
                let buckets = &mut self.replay.histograms[histogram].buckets;
                buckets.push((bound, start, step, phase));
                Moving::Bucket { key, rest, histogram, index: buckets.len() - 1, float }
            }
            Kind::Count => {
                let histogram = self.histogram(series_of(&key, "_count"));
                // The bucket it equals is the last one; which that is shows when all are known.
                Moving::Bucket { key, rest, histogram, index: usize::MAX, float }
            }
            Kind::Sum => {
                let start = before.unwrap_or(0.0);
                let step = after.unwrap_or(start) - start;
                let histogram = self.histogram(series_of(&key, "_sum"));
                Moving::Sum { key, rest, from: start, step, histogram }
            }
            Kind::Counter => {
                let start = before.unwrap_or(0.0);
                let end = after.unwrap_or(start);
                let whole = start.fract() == 0.0 && end.fract() == 0.0;
                let step = if end > start { end - start } else { idle_step(start) };
                if step == 0.0 {
                    Moving::Still { key, text: value.clone(), rest, shown: Shown::Always }
                } else {
                    Moving::Counter { key, rest, from: start, step, whole, float, phase: self.shared_phase() }
                }
            }
            _ => match (first, second) {
                (Some(a), Some(b)) if a != b => {
                    let decimals = decimals_of(a).max(decimals_of(b));
                    let (from, to) = (before.unwrap_or(0.0), after.unwrap_or(0.0));
                    Moving::Gauge { key, rest, from, to, decimals, float, phase }
                }
                (Some(_), None) => Moving::Still { key, text: value.clone(), rest, shown: Shown::FirstHalf },
                (None, Some(_)) => Moving::Still { key, text: value.clone(), rest, shown: Shown::SecondHalf },
                _ => Moving::Still { key, text: value.clone(), rest, shown: Shown::Always },
            },
        };
        self.replay.lines.push(moving);
    }

    fn histogram(&mut self, identity: String) -> usize {
        let histograms = &mut self.replay.histograms;
        *self.by_identity.entry(identity).or_insert_with(|| {
            histograms.push(Histogram::default());
            histograms.len() - 1
        })
    }

    /// Counters of one target share the load's phase: requests, tokens and cache look-ups rise together.
    fn shared_phase(&self) -> f64 {
        phase_of("load", self.replay.options.seed)
    }

    fn finish(self) {
        let load = self.shared_phase();
        for histogram in &mut self.replay.histograms {
            let total = histogram.buckets.last().map_or(0.0, |bucket| bucket.1);
            let moved = histogram.buckets.last().map_or(0.0, |bucket| bucket.2);
            let (mut below, mut below_step) = (0.0, 0.0);
            let count = histogram.buckets.len() as f64;
            for (index, bucket) in histogram.buckets.iter_mut().enumerate() {
                let (start, step) = (bucket.1, bucket.2);
                bucket.1 = (start - below).max(0.0);
                bucket.2 = if moved > 0.0 {
                    (step - below_step).max(0.0)
                } else if total > 0.0 {
                    bucket.1 / total * idle_step(total)
                } else {
                    0.0
                };
                // Slow buckets fill a little later than fast ones, as when a queue builds up.
                bucket.3 = load - 1.5 * index as f64 / count;
                (below, below_step) = (start.max(below), step.max(below_step));
            }
        }
        let last: Vec<usize> =
            self.replay.histograms.iter().map(|histogram| histogram.buckets.len().saturating_sub(1)).collect();
        for line in &mut self.replay.lines {
            if let Moving::Bucket { histogram, index, .. } = line
                && *index == usize::MAX
            {
                *index = last[*histogram];
            }
        }
        // A histogram that stood still keeps the mean it had.
        let histograms = &self.replay.histograms;
        for line in &mut self.replay.lines {
            if let Moving::Sum { from, step, histogram, .. } = line
                && *step == 0.0
            {
                let buckets = &histograms[*histogram].buckets;
                let total: f64 = buckets.iter().map(|bucket| bucket.1).sum();
                let moved: f64 = buckets.iter().map(|bucket| bucket.2).sum();
                *step = if total > 0.0 { *from / total * moved } else { 0.0 };
            }
        }
        // A `_count` or `_sum` without any bucket has nothing to follow: it stands still as recorded.
        let empty: HashSet<usize> =
            (0..last.len()).filter(|&at| self.replay.histograms[at].buckets.is_empty()).collect();
        if !empty.is_empty() {
            for line in &mut self.replay.lines {
                if let Moving::Bucket { key, rest, histogram, .. } | Moving::Sum { key, rest, histogram, .. } = line
                    && empty.contains(histogram)
                {
                    let (key, rest) = (std::mem::take(key), std::mem::take(rest));
                    *line = Moving::Still { key, text: "0".to_owned(), rest, shown: Shown::Always };
                }
            }
        }
    }
}

/// The second page's lines, with the samples that only the first one has put back behind their neighbours.
fn union<'a>(first: &'a Page, second: &'a Page) -> Vec<&'a Line> {
    let key_of = |line: &'a Line| match line {
        Line::Sample { key, .. } => Some(key.as_str()),
        Line::Text(_) => None,
    };
    let known: HashSet<&str> = second.lines.iter().filter_map(key_of).collect();
    let mut missing: HashMap<&str, Vec<&Line>> = HashMap::new();
    let mut neighbour = "";
    for line in &first.lines {
        match line {
            Line::Sample { key, .. } if !known.contains(key.as_str()) => {
                missing.entry(neighbour).or_default().push(line)
            }
            Line::Sample { key, .. } => neighbour = key,
            Line::Text(text) => neighbour = text,
        }
    }
    let mut joined = Vec::with_capacity(first.lines.len() + 16);
    for line in &second.lines {
        joined.push(line);
        let name = match line {
            Line::Sample { key, .. } => key,
            Line::Text(text) => text,
        };
        joined.extend(missing.remove(name.as_str()).unwrap_or_default());
    }
    joined
}

fn values(page: &Page) -> HashMap<&str, &str> {
    page.lines
        .iter()
        .filter_map(|line| match line {
            Line::Sample { key, value, .. } => Some((key.as_str(), value.as_str())),
            Line::Text(_) => None,
        })
        .collect()
}

fn number_of(text: Option<&str>) -> Option<f64> {
    text.and_then(|text| text.parse().ok())
}

/// Digits after the point, as printed; exponents count as none.
fn decimals_of(text: &str) -> usize {
    match text.split_once('.') {
        Some((_, fraction)) if !fraction.contains(['e', 'E']) && fraction != "0" => fraction.len(),
        _ => 0,
    }
}

/// What a counter that stood still during the recording gains in one step: nothing if it never counted, otherwise
/// half a percent, at least one in four minutes.
fn idle_step(total: f64) -> f64 {
    if total > 0.0 { (total / 200.0).max(STEP_SECONDS / 240.0) } else { 0.0 }
}

/// Whole events out of a steady flow; the phase says how far the first one was already on its way.
fn whole_part(flow: f64, phase: f64) -> f64 {
    (flow + phase.rem_euclid(1.0) * 0.999).floor().max(0.0)
}

fn phase_of(key: &str, seed: u64) -> f64 {
    let mut hasher = DefaultHasher::new();
    (key, seed).hash(&mut hasher);
    (hasher.finish() % 10_000) as f64 / 10_000.0 * TAU
}

/// As the engines print: whole numbers with or without `.0`, all others with the shortest digits.
fn number(value: f64, float: bool) -> String {
    if float { format!("{value:?}") } else { format!("{value}") }
}

/// The time between the two recorded scrapes.
const STEP_SECONDS: f64 = 15.0;

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "# TYPE r counter\nr_total 10.0\n# TYPE q gauge\nq 1.0\n# TYPE h histogram\n\
                         h_bucket{le=\"1\"} 4\nh_bucket{le=\"2\"} 9\nh_bucket{le=\"+Inf\"} 10\nh_count 10\nh_sum 12.5\n";
    const SECOND: &str = "# TYPE r counter\nr_total 40.0\n# TYPE q gauge\nq 5.0\n# TYPE h histogram\n\
                          h_bucket{le=\"1\"} 14\nh_bucket{le=\"2\"} 29\nh_bucket{le=\"+Inf\"} 31\nh_count 31\nh_sum 40.0\n";

    fn read(page: &str) -> HashMap<String, f64> {
        Page::parse(page)
            .lines
            .iter()
            .filter_map(|line| match line {
                Line::Sample { key, value, .. } => Some((key.clone(), value.parse().unwrap())),
                Line::Text(_) => None,
            })
            .collect()
    }

    #[test]
    fn it_starts_as_recorded_and_keeps_the_recorded_pace() {
        let steady = ReplayOptions { swell: false, ..ReplayOptions::default() };
        let replay = Replay::new(FIRST, SECOND, steady);
        assert_eq!(read(&replay.page(0.0)), read(FIRST));
        let later = read(&replay.page(1500.0));
        assert_eq!(later["r_total"], 3010.0);
        assert!((later["h_count"] - 2110.0).abs() <= 3.0, "{later:?}");
    }

    #[test]
    fn histograms_stay_whole_and_nothing_that_counts_goes_down() {
        let replay = Replay::new(FIRST, SECOND, ReplayOptions::default());
        let mut before = read(&replay.page(0.0));
        for second in 1..2000 {
            let now = read(&replay.page(f64::from(second)));
            assert!(now["h_bucket{le=\"1\"}"] <= now["h_bucket{le=\"2\"}"]);
            assert!(now["h_bucket{le=\"2\"}"] <= now["h_bucket{le=\"+Inf\"}"]);
            assert_eq!(now["h_bucket{le=\"+Inf\"}"], now["h_count"]);
            assert!((1.0..=5.0).contains(&now["q"]));
            for key in now.keys().filter(|key| key.as_str() != "q") {
                assert!(now[key] >= before[key], "{key} fell from {} to {}", before[key], now[key]);
            }
            before = now;
        }
        assert!(before["h_count"] > 2000.0);
    }

    #[test]
    fn values_are_those_of_the_page() {
        let replay = Replay::new(FIRST, SECOND, ReplayOptions::default());
        let series = replay.series();
        assert_eq!(series[2], [("__name__".to_owned(), "h_bucket".to_owned()), ("le".to_owned(), "1".to_owned())]);
        let printed: Vec<f64> = Page::parse(&replay.page(77.7))
            .lines
            .iter()
            .filter_map(|line| match line {
                Line::Sample { value, .. } => value.parse().ok(),
                Line::Text(_) => None,
            })
            .collect();
        let values: Vec<f64> = replay.values(77.7).into_iter().flatten().collect();
        assert_eq!(values, printed);
        assert_eq!(values.len(), series.len());
    }
}
