//! The nearest name to a mistyped one.

/// The candidate that is fewest typing mistakes away, if it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed: Vec<char> = typed.chars().flat_map(char::to_lowercase).map(plain).collect();
    let bound = (typed.len() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| {
            let letters: Vec<char> = candidate.chars().map(plain).collect();
            (distance(&typed, &letters), candidate)
        })
        .filter(|(distance, _)| *distance <= bound)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Hyphens, dots and underscores are confused too easily to count as different.
fn plain(character: char) -> char {
    if matches!(character, '-' | '.') { '_' } else { character }
}

/// The edit distance: letters added, left out, changed, or swapped with a neighbour (Damerau's, restricted to swaps
/// of letters that are not edited again).
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous_left = None;
    for (row, a) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        let mut previous_right = None;
        for (column, b) in right.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (at(&last, column) + usize::from(a != b)).min(at(&last, column + 1) + 1).min(at(&current, column) + 1);
            if previous_left == Some(b) && previous_right == Some(a) && column > 0 {
                best = best.min(at(&before_last, column - 1) + 1);
            }
            current.push(best);
            previous_right = Some(b);
        }
        before_last = std::mem::replace(&mut last, current);
        previous_left = Some(a);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_mistakes_find_their_name() {
        let names = ["scrape_interval", "scrape_timeout", "scheme", "job_name"];
        for (typed, expected) in [
            ("scrape_intervall", Some("scrape_interval")),
            ("scrape-timeout", Some("scrape_timeout")),
            ("shceme", Some("scheme")),
            ("jobname", Some("job_name")),
            ("SCHEME", Some("scheme")),
            ("targets", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, names), expected, "{typed}");
        }
    }
}
