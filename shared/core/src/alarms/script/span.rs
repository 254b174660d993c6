//! Spans of time as people write them: `90s`, `5m`, `1h30m`, `-5m`.

use std::fmt;

/// A span of time in whole seconds, or a time so long after a test's start.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl Span {
    /// So many seconds.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// In seconds.
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The first multiple of `step` that is not less.
    #[must_use]
    pub fn ceil_to(self, step: Self) -> Self {
        let step = step.0.max(1);
        let over = self.0.rem_euclid(step);
        if over == 0 { self } else { Self(self.0.saturating_add(step - over)) }
    }

    /// Reads a span: numbers with `d`, `h`, `m` and `s`, the larger first.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        if rest.is_empty() {
            return None;
        }
        let (mut units, mut seconds) = (UNITS.iter(), 0_i64);
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let number: i64 = rest.get(..digits)?.parse().ok()?;
            let unit = rest.get(digits..)?.chars().next()?;
            let (_, length) = units.find(|(name, _)| *name == unit)?;
            seconds = seconds.checked_add(number.checked_mul(*length)?)?;
            rest = rest.get(digits + 1..)?;
        }
        Some(Self(sign * seconds))
    }

    /// As ISO 8601 writes it: `P1DT2H`. What is less than nothing is nothing.
    pub fn iso(self) -> String {
        let seconds = self.0.max(0);
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        let mut text = String::from("P");
        if days > 0 {
            text = format!("P{days}D");
        }
        if rest > 0 || days == 0 {
            text.push('T');
        }
        for (length, unit) in [(3_600, 'H'), (60, 'M'), (1, 'S')] {
            let number = match unit {
                'H' => rest / length,
                'M' => rest % 3_600 / length,
                _ => rest % 60,
            };
            if number > 0 || (unit == 'S' && seconds == 0) {
                text.push_str(&number.to_string());
                text.push(unit);
            }
        }
        text
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.pad("0m");
        }
        let mut text = String::new();
        if self.0 < 0 {
            text.push('-');
        }
        let mut rest = self.0.unsigned_abs();
        for (name, length) in UNITS {
            let length = length.unsigned_abs();
            if rest >= length {
                text.push_str(&(rest / length).to_string());
                text.push(name);
            }
            rest %= length;
        }
        f.pad(&text)
    }
}
