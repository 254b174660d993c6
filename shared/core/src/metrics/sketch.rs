//! The log-scale buckets of a merged distribution: which bucket a value falls into, and what stands for it.
//!
//! Bucket `k` holds the values in `(γ^(k-1), γ^k]`, as in `DDSketch` (Masson, Rim, Lee: "`DDSketch`: a fast and
//! fully-mergeable quantile sketch with relative-error guarantees", 2019). Its representative is the value with
//! the same relative error to both ends. The bucket of a value does not depend on what else was counted, so the
//! order of merging never matters. Negative values have no bucket: `CloudWatch` gives no percentiles of them.

/// The greatest relative error of a value read from a bucket. AWS does not publish its own.
pub const RELATIVE_ERROR: f64 = 0.005;

/// ln γ, where γ = (1 + e) / (1 - e).
const LN_GAMMA: f64 = 0.010_000_083_334_583_356;

/// The bucket of zero, and of values too small to be told from it in a double (below 2.3e-308).
const ZERO: i32 = i32::MIN;

/// A bucket with its count, ordered by bucket.
pub(super) type Buckets = Vec<(i32, f64)>;

/// The bucket of a value that is not negative.
pub(super) fn bucket_of(value: f64) -> i32 {
    if value < f64::MIN_POSITIVE { ZERO } else { (value.ln() / LN_GAMMA).ceil() as i32 }
}

/// The value that stands for a bucket; it falls into that bucket itself.
pub(super) fn representative(bucket: i32) -> f64 {
    if bucket == ZERO {
        return 0.0;
    }
    // γ^k · (1 - e) is both 2γ^k / (γ + 1) and within e of both ends of the bucket.
    (f64::from(bucket) * LN_GAMMA).exp() * (1.0 - RELATIVE_ERROR)
}

/// Counts `count` more values in `bucket`.
pub(super) fn add(buckets: &mut Buckets, bucket: i32, count: f64) {
    match buckets.binary_search_by_key(&bucket, |(own, _)| *own) {
        Ok(at) => buckets[at].1 += count,
        Err(at) => buckets.insert(at, (bucket, count)),
    }
}

/// Counts all of `other`, which is in the order of buckets (a bucket may come twice), in one pass.
pub(super) fn merge(buckets: &mut Buckets, other: impl ExactSizeIterator<Item = (i32, f64)>) {
    let mut merged: Buckets = Vec::with_capacity(buckets.len() + other.len());
    let mut own = buckets.iter().copied().peekable();
    let push = |merged: &mut Buckets, (bucket, count): (i32, f64)| match merged.last_mut() {
        Some(last) if last.0 == bucket => last.1 += count,
        _ => merged.push((bucket, count)),
    };
    for (bucket, count) in other {
        while let Some(mine) = own.next_if(|mine| mine.0 <= bucket) {
            push(&mut merged, mine);
        }
        push(&mut merged, (bucket, count));
    }
    own.for_each(|mine| push(&mut merged, mine));
    *buckets = merged;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_base_follows_from_the_error() {
        let gamma = (1.0 + RELATIVE_ERROR) / (1.0 - RELATIVE_ERROR);
        assert!((gamma.ln() - LN_GAMMA).abs() < 1e-15, "{}", gamma.ln());
    }

    #[test]
    fn edges() {
        fn check(value: f64, expected: f64) {
            let near = representative(bucket_of(value));
            assert!((near - expected).abs() <= expected * RELATIVE_ERROR * 1.000_001, "{value} {near}");
        }
        check(0.0, 0.0);
        check(5e-324, 0.0);
        check(f64::MIN_POSITIVE, f64::MIN_POSITIVE);
        check(1.0, 1.0);
        check(2f64.powi(360), 2f64.powi(360));
    }

    proptest! {
        #[test]
        fn a_representative_is_near_and_stays_in_its_bucket(exponent in -1000.0..360.0f64) {
            let value = exponent.exp2();
            let bucket = bucket_of(value);
            let near = representative(bucket);
            prop_assert!((near - value).abs() <= value * RELATIVE_ERROR * (1.0 + 1e-9));
            prop_assert_eq!(bucket_of(near), bucket);
        }
    }
}
