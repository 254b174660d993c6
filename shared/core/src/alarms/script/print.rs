//! From tests to text, as [`parse`](super::parse) reads it.

use std::fmt;

use super::cursor::ends_word;
use super::statements::COMPARISONS;
use super::values::{Item, Samples, What};
use super::{
    Acts, Command, Composite, Data, Deed, Expectation, Fact, Metric, MetricAlarm, Mute, Put, Script, Span,
    Test, Thing, When,
};

/// A word as it has to be written: in quotes where it could be misread.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let misread = |c: char| ends_word(c) || c == '=' || c == '\\' || c == '<';
        let keyword = ["", "nothing"].contains(&self.0);
        if !keyword && !self.0.starts_with('#') && !self.0.contains(misread) {
            return f.write_str(self.0);
        }
        write!(f, "\"{}\"", self.0.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// Words with commas between them.
struct Words<'a>(&'a [String]);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{}", Quoted(word))?;
        }
        Ok(())
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, test) in self.tests.iter().enumerate() {
            write!(f, "{}{test}", if at == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "test {}", self.name)?;
        if let Some(start) = self.start {
            writeln!(f, "\n  start {start}")?;
        }
        self.puts.iter().try_for_each(|put| write!(f, "\n{put}"))?;
        self.data.iter().try_for_each(|data| write!(f, "\n{data}"))?;
        if !self.commands.is_empty() {
            writeln!(f)?;
        }
        self.commands.iter().try_for_each(|command| writeln!(f, "  {command}"))?;
        if !self.expectations.is_empty() {
            writeln!(f, "\n  expect")?;
        }
        self.expectations.iter().try_for_each(|expectation| writeln!(f, "    {expectation}"))
    }
}

impl fmt::Display for Put {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Quoted(&self.name);
        match &self.what {
            Thing::Metric(alarm) => write!(f, "  alarm {name}\n{alarm}"),
            Thing::Composite(composite) => write!(f, "  composite {name}\n{composite}"),
            Thing::Mute(mute) => write!(f, "  mute {name}\n{mute}"),
        }?;
        if self.at == Span::default() { Ok(()) } else { writeln!(f, "    at: {}", self.at) }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Quoted(&self.namespace), Quoted(&self.name))?;
        for (at, (name, value)) in self.dimensions.iter().enumerate() {
            write!(f, "{}{}={}", if at == 0 { " {" } else { ", " }, Quoted(name), Quoted(value))?;
        }
        if self.dimensions.is_empty() { Ok(()) } else { f.write_str("}") }
    }
}

impl MetricAlarm {
    /// What it watches for: `Average > 80 for 3 of 5 periods of 1m`.
    pub fn condition(&self) -> String {
        let sign = COMPARISONS.iter().find(|(_, comparison)| *comparison == self.comparison);
        let sign = sign.map_or("?", |(sign, _)| sign);
        let n = self.evaluation_periods;
        let m = self.datapoints_to_alarm.map(|m| format!("{m} of ")).unwrap_or_default();
        let noun = if n == 1 { "period" } else { "periods" };
        format!("{} {sign} {} for {m}{n} {noun} of {}", self.statistic, self.threshold, self.period)
    }
}

impl fmt::Display for MetricAlarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "    {}\n    {}", self.metric, self.condition())?;
        if let Some(missing) = self.missing {
            writeln!(f, "    missing: {}", missing.as_str())?;
        }
        if let Some(low_samples) = self.low_samples {
            writeln!(f, "    low-samples: {}", low_samples.as_str())?;
        }
        if let Some(unit) = self.unit {
            writeln!(f, "    unit: {}", unit.as_str())?;
        }
        self.acts.fmt(f)
    }
}

impl fmt::Display for Acts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.disabled {
            writeln!(f, "    actions: disabled")?;
        }
        let actions = &self.actions;
        let lists = [
            ("ALARM", &actions.alarm),
            ("OK", &actions.ok),
            ("INSUFFICIENT_DATA", &actions.insufficient_data),
        ];
        for (state, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            writeln!(f, "    on {state}: {}", Words(list))?;
        }
        Ok(())
    }
}

impl fmt::Display for Composite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "    rule: {}", self.rule)?;
        if let Some((alarm, wait, extension)) = &self.suppressor {
            writeln!(f, "    suppressor: {} wait {wait} extension {extension}", Quoted(alarm))?;
        }
        self.acts.fmt(f)
    }
}

impl fmt::Display for Mute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "    {} for {}", self.expression, self.duration)?;
        if let Some(timezone) = &self.timezone {
            write!(f, " in {}", Quoted(timezone))?;
        }
        writeln!(f)?;
        if self.alarms.is_empty() { Ok(()) } else { writeln!(f, "    alarms: {}", Words(&self.alarms)) }
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  data {} every {}", self.metric, self.every)?;
        if self.from != Span::default() {
            write!(f, " from {}", self.from)?;
        }
        if self.late != Span::default() {
            write!(f, " late {}", self.late)?;
        }
        if let Some(unit) = self.unit {
            write!(f, " unit {}", unit.as_str())?;
        }
        for (at, item) in self.items.iter().enumerate() {
            write!(f, "{}{item}", if at % 12 == 0 { "\n    " } else { " " })?;
        }
        writeln!(f)
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Gap => f.write_str("_"),
            What::Samples(samples) => f.write_str(&shown(samples)),
            What::Range { from, to, step } => write!(f, "{from}..{to}{step:+}"),
        }?;
        if self.times == 1 { Ok(()) } else { write!(f, "x{}", self.times) }
    }
}

/// The samples of a data point as they are written.
pub fn shown(samples: &Samples) -> String {
    if let [(value, 1)] = samples.as_slice() {
        return value.to_string();
    }
    let times = |times: u32| if times == 1 { String::new() } else { format!("x{times}") };
    let words: Vec<String> = samples.iter().map(|(value, n)| format!("{value}{}", times(*n))).collect();
    format!("[{}]", words.join(" "))
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {} {}", self.at, self.what)
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { alarm, state, reason } => {
                write!(f, "set {} {state}", Quoted(alarm))?;
                reason.as_ref().map_or(Ok(()), |reason| write!(f, " because {}", Quoted(reason)))
            }
            Self::Delete(alarm) => write!(f, "delete {}", Quoted(alarm)),
            Self::Enable(alarm) => write!(f, "enable {}", Quoted(alarm)),
            Self::Disable(alarm) => write!(f, "disable {}", Quoted(alarm)),
            Self::Unmute(rule) => write!(f, "unmute {}", Quoted(rule)),
            Self::Pause => f.write_str("pause"),
            Self::Resume => f.write_str("resume"),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(time) => write!(f, "{time}"),
            Self::Between(first, last) => write!(f, "{first} to {last}"),
            Self::From(first) => write!(f, "from {first}"),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(state) => write!(f, "{state}"),
            Self::Gone => f.write_str("gone"),
            Self::Told(target, state) => write!(f, "told {} {state}", Quoted(target)),
            Self::ToldNothing => f.write_str("told nothing"),
            Self::Reason(text) => write!(f, "reason {}", Quoted(text)),
            Self::Suppressed(by) => write!(f, "suppressed {}", by.as_deref().unwrap_or("nothing")),
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.when, Quoted(&self.alarm), self.fact)
    }
}
