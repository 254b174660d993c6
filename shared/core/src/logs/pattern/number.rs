//! Numbers in patterns and messages: signs, decimals and exponents, compared by value.

use std::cmp::Ordering;

/// A number. Whole ones are compared exactly, so that long identifiers do not become equal; others as doubles (ours: AWS
/// does not say).
#[derive(Copy, Clone, Debug)]
pub(super) enum Number {
    Whole(i128),
    Real(f64),
}

impl Number {
    /// An optional sign, digits, optionally a point with digits, optionally an exponent. Everything else is text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
            }
            None => (unsigned, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        if ![Some(whole), fraction, exponent].into_iter().flatten().all(is_digits) {
            return None;
        }
        let is_whole = fraction.is_none() && exponent.is_none();
        let exact = is_whole.then(|| text.parse().ok()).flatten().map(Self::Whole);
        exact.or_else(|| text.parse().ok().map(Self::Real))
    }

    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => Some(left.cmp(&right)),
            _ => self.real().partial_cmp(&other.real()),
        }
    }

    fn real(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Real(number) => number,
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
