//! The values of data: `50 90x5 _x3 10..100+10 [1x99 500]`.

use super::cursor::{Cursor, Wrong};

/// The samples of a data point: each value, and how often. None where there is a gap.
pub type Samples = Vec<(f64, u32)>;

/// The data points that something stands for.
pub type Points = Vec<Option<Samples>>;

/// A word of the data: one or more data points.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it stands for.
    pub what: What,
    /// How often.
    pub times: u32,
}

/// What a word of the data stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// No data point.
    Gap,
    /// A data point of some samples.
    Samples(Samples),
    /// Data points of one sample each.
    Range {
        /// The first value.
        from: f64,
        /// What no value is beyond.
        to: f64,
        /// From one value to the next; not 0.
        step: f64,
    },
}

/// A word stands for at most so many data points, and a data point for so many samples.
const MOST: u32 = 100_000;

/// PutMetricData takes so many different values.
const MOST_VALUES: usize = 150;

impl Item {
    /// How many data points it stands for.
    pub fn len(&self) -> usize {
        self.times as usize * self.what.len()
    }

    /// Whether it stands for none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The data points.
    pub fn points(&self) -> Points {
        let once: Points = match &self.what {
            What::Gap => vec![None],
            What::Samples(samples) => vec![Some(samples.clone())],
            What::Range { from, step, .. } => {
                (0..self.what.len()).map(|n| Some(vec![(from + step * n as f64, 1)])).collect()
            }
        };
        (0..self.times).flat_map(|_| once.clone()).collect()
    }
}

impl What {
    fn len(&self) -> usize {
        match self {
            Self::Gap | Self::Samples(_) => 1,
            Self::Range { from, to, step } => {
                // What is missing of a whole step by rounding is not missing.
                let steps = ((to - from) / step + 1e-9).floor();
                if steps >= 0.0 { (steps.min(f64::from(MOST)) as usize) + 1 } else { 0 }
            }
        }
    }
}

/// Whether a line can be one of values.
pub(super) fn is_values(line: &str) -> bool {
    line.trim_start().starts_with(|c: char| c.is_ascii_digit() || "+-._[".contains(c))
}

/// Reads one word.
pub(super) fn item(cursor: &mut Cursor<'_>) -> Result<Item, Wrong> {
    cursor.space();
    let start = cursor.place();
    let what = what(cursor)?;
    let times = times(cursor)?;
    cursor.word_ends()?;
    let item = Item { what, times };
    if item.is_empty() {
        return Err(cursor.wrong_at(start, "a range with at least one value"));
    }
    if item.len() > MOST as usize {
        return Err(cursor.wrong_at(start, format!("at most {MOST} data points")));
    }
    Ok(item)
}

fn what(cursor: &mut Cursor<'_>) -> Result<What, Wrong> {
    if cursor.eat('_') {
        return Ok(What::Gap);
    }
    if cursor.eat('[') {
        return samples(cursor);
    }
    // AWS's own tables have a dash for a gap.
    if cursor.looking_at(|c, next| c == '-' && next.is_none_or(|n| n.is_whitespace() || n == 'x')) {
        cursor.eat('-');
        return Ok(What::Gap);
    }
    let from = cursor.number("a value, a gap (_), a range (1..9+2) or samples ([1 2 3])")?;
    if !(cursor.looking_at(|c, next| c == '.' && next == Some('.'))) {
        return Ok(What::Samples(vec![(from, 1)]));
    }
    cursor.eat('.');
    cursor.eat('.');
    let to = cursor.number("the last value of the range")?;
    let start = cursor.place();
    let step = if cursor.looking_at(|c, _| c == '+' || c == '-') { cursor.number("a step")? } else { 0.0 };
    if step == 0.0 {
        return Err(cursor.wrong_at(start, "the step of the range, such as +10 or -1"));
    }
    Ok(What::Range { from, to, step })
}

fn samples(cursor: &mut Cursor<'_>) -> Result<What, Wrong> {
    let mut samples = Samples::new();
    loop {
        cursor.space();
        if cursor.eat(']') {
            break;
        }
        if samples.len() >= MOST_VALUES {
            return Err(cursor.wrong(format!("at most {MOST_VALUES} values in a data point")));
        }
        let value = cursor.number("a value or ]")?;
        samples.push((value, times(cursor)?));
    }
    if samples.is_empty() {
        Err(cursor.wrong("at least one value between [ and ]"))
    } else {
        Ok(What::Samples(samples))
    }
}

/// `x5`
fn times(cursor: &mut Cursor<'_>) -> Result<u32, Wrong> {
    if !cursor.eat('x') {
        return Ok(1);
    }
    let start = cursor.place();
    let times = cursor.count("how often")?;
    if (1..=MOST).contains(&times) { Ok(times) } else { Err(cursor.wrong_at(start, format!("1 to {MOST}"))) }
}
