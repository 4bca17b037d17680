//! Whether a wrong secret can be guessed by how long its refusal takes: Welch's
//! t-test of hashes whose first character is wrong and ones whose last is.
//!
//! The two kinds take turns at random in one process, so that what the machine
//! does meanwhile falls on both. |t| under 4.5 says that no difference was found
//! (the usual bound of leakage tests, ISO/IEC 17825).
use crate::server::now;
use factotum_plugin_api::secret::Secret;
use std::hint::black_box;

/// |t| over `count` comparisons of each kind.
pub(crate) fn t(count: usize) -> f64 {
    let right = "f20c9aba74ee4651864cebe9c800a258c933e76793e560993e627ae7fc403846";
    let secret = Secret::new(right);
    let wrong = [format!("0{}", right.split_at(1).1), format!("{}0", right.split_at(63).0)];
    let (mut random, mut times) = (fastrand::Rng::with_seed(1), [vec![], vec![]]);
    // One place in memory for both, or the test would find that place.
    let mut given = [0; 64];
    while times.iter().any(|times| times.len() < count) {
        let kind = usize::from(random.bool());
        given.copy_from_slice(wrong[kind].as_bytes());
        let given = black_box(&given[..]);
        let began = now();
        // Many at a time: one is quicker than a clock tells.
        for _ in 0..16 {
            black_box(secret.matches(given));
        }
        let nanoseconds = u32::try_from(began.elapsed().as_nanos()).unwrap_or(u32::MAX);
        times[kind].push(f64::from(nanoseconds));
    }
    let [first, last] = times.map(middle);
    welch(&first, &last).abs()
}

/// Without the slowest tenth, in which the machine did something else.
fn middle(mut times: Vec<f64>) -> Vec<f64> {
    times.sort_by(f64::total_cmp);
    times.truncate(times.len() * 9 / 10);
    times
}

fn welch(a: &[f64], b: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    let of = |values: &[f64]| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, variance / n)
    };
    let ((mean_a, error_a), (mean_b, error_b)) = (of(a), of(b));
    (mean_a - mean_b) / (error_a + error_b).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_and_none_does_not() {
        let at = |mean: f64| -> Vec<f64> { (0..1000).map(|n| mean + f64::from(n % 7)).collect() };
        assert!(welch(&at(100.0), &at(100.0)).abs() < 4.5);
        assert!(welch(&at(100.0), &at(101.0)).abs() > 4.5);
    }
}
