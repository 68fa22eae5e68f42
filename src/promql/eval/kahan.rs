//! Summation that carries the rounding error along (Kahan's, with Neumaier's improvement).
//!
//! The order of operations decides the last bits of a result; it is the one that Prometheus uses, so that both agree.

/// A running sum and what rounding took from it so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kahan {
    /// The sum as rounded.
    pub sum: f64,
    /// What is missing in it.
    pub compensation: f64,
}

impl Kahan {
    /// A sum that starts from a first term.
    pub(crate) fn new(first: f64) -> Self {
        Self { sum: first, compensation: 0.0 }
    }

    /// The sum with one more term.
    #[inline]
    #[must_use]
    pub(crate) fn plus(self, term: f64) -> Self {
        let sum = self.sum + term;
        let compensation = if sum.is_infinite() {
            0.0
        } else if self.sum.abs() >= term.abs() {
            self.compensation + ((self.sum - sum) + term)
        } else {
            self.compensation + ((term - sum) + self.sum)
        };
        Self { sum, compensation }
    }

    /// Adds a term.
    #[inline]
    pub(crate) fn add(&mut self, term: f64) {
        *self = self.plus(term);
    }

    /// The corrected sum.
    #[inline]
    pub(crate) fn total(self) -> f64 {
        self.sum + self.compensation
    }
}

/// A running mean: the sum divided at the end for as long as the sum fits a float, incremental from then on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mean {
    sum: Kahan,
    mean: f64,
    count: f64,
    incremental: bool,
}

impl Mean {
    /// The mean of one value.
    pub(crate) fn new(first: f64) -> Self {
        Self { sum: Kahan::new(first), mean: 0.0, count: 1.0, incremental: false }
    }

    /// Takes one more value in.
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1.0;
        if !self.incremental {
            let next = self.sum.plus(value);
            if !next.sum.is_infinite() {
                self.sum = next;
                return;
            }
            self.incremental = true;
            self.mean = self.sum.sum / (self.count - 1.0);
            self.sum.compensation /= self.count - 1.0;
        }
        let weight = (self.count - 1.0) / self.count;
        let next =
            Kahan { sum: weight * self.mean, compensation: weight * self.sum.compensation }.plus(value / self.count);
        self.mean = next.sum;
        self.sum.compensation = next.compensation;
    }

    /// The mean so far.
    pub(crate) fn value(self) -> f64 {
        if self.incremental {
            self.mean + self.sum.compensation
        } else {
            self.sum.sum / self.count + self.sum.compensation / self.count
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_terms_survive_large_ones() {
        let mut sum = Kahan::default();
        for term in [1.0, 1e100, 1.0, -1e100] {
            sum.add(term);
        }
        assert_eq!(sum.total(), 2.0);
    }

    #[test]
    fn a_mean_does_not_overflow() {
        let mut mean = Mean::new(9.5e307);
        for _ in 0..3 {
            mean.add(9.5e307);
        }
        assert_eq!(mean.value(), 9.5e307);
    }
}
