//! The statements of a test, each by itself.

use super::cursor::{Cursor, Word, Wrong};
use super::parse::{Reader, empty_data};
use super::{
    Acts, Command, Composite, Data, Deed, Expectation, Fact, GRID, LONGEST_TIME, Line, Metric, MetricAlarm,
    Mute, Span, When,
};
use crate::alarms::{AlarmState, Comparison, LowSampleCount, TreatMissingData};
use crate::metrics::{Statistic, Unit};
use crate::time::Timestamp;

type Read<T> = Result<T, Wrong>;

/// The comparisons that a text can have: those with a number.
pub(super) const COMPARISONS: [(&str, Comparison); 4] = [
    (">=", Comparison::GreaterThanOrEqual),
    (">", Comparison::GreaterThan),
    ("<=", Comparison::LessThanOrEqual),
    ("<", Comparison::LessThan),
];

const STATES: &str = "OK, ALARM or INSUFFICIENT_DATA";

/// `2026-12-01T09:00:00Z`
pub(super) fn start(cursor: &mut Cursor<'_>) -> Read<Timestamp> {
    const EXPECTED: &str = "a time of full minutes, such as 2026-12-01T09:00:00Z";
    let word = cursor.word(EXPECTED)?;
    let start = Timestamp::parse_rfc3339(&word.text);
    // Years beyond these are no years of a service's life.
    let years = Timestamp::from_seconds(946_684_800)..Timestamp::from_seconds(7_258_118_400);
    let start = start.filter(|start| start.floor_to(60) == *start && years.contains(start));
    cursor.done()?;
    start.ok_or_else(|| cursor.wrong_at(word.place, EXPECTED))
}

fn state(cursor: &mut Cursor<'_>) -> Read<AlarmState> {
    let word = cursor.word(STATES)?;
    state_of(&word).ok_or_else(|| cursor.wrong_at(word.place, STATES))
}

fn state_of(word: &Word) -> Option<AlarmState> {
    AlarmState::parse(&word.text).filter(|_| !word.quoted)
}

/// A span of at least `least` seconds.
fn span(cursor: &mut Cursor<'_>, expected: &str, least: i64) -> Read<Span> {
    let word = cursor.word(expected)?;
    let span = Span::parse(&word.text).filter(|_| !word.quoted);
    let span = span.filter(|span| span.seconds() >= least && span.seconds().abs() <= LONGEST_TIME.seconds());
    span.ok_or_else(|| cursor.wrong_at(word.place, expected))
}

/// A time after the start, at which there can be an evaluation.
fn time(cursor: &mut Cursor<'_>) -> Read<Span> {
    const EXPECTED: &str = "a time after the start in steps of 10 s, such as 5m or 1h30m";
    cursor.space();
    let place = cursor.place();
    let time = span(cursor, EXPECTED, 0)?;
    let fits = time.seconds() % GRID.seconds() == 0;
    if fits { Ok(time) } else { Err(cursor.wrong_at(place, EXPECTED)) }
}

/// `AWS/EC2 CPUUtilization {InstanceId=i-1}`
fn metric(cursor: &mut Cursor<'_>) -> Read<Metric> {
    let namespace = cursor.word("a metric: its namespace, its name and {Name=value, …}")?.text;
    let name = cursor.word("the metric's name")?.text;
    let mut dimensions = Vec::new();
    if cursor.eat_next('{') {
        while !cursor.eat_next('}') {
            if !dimensions.is_empty() && !cursor.eat_next(',') {
                cursor.space();
                return Err(cursor.wrong("“,” or “}”"));
            }
            let name = cursor.word_until("a dimension: Name=value", |c| c == '=')?.text;
            if !cursor.eat_next('=') {
                return Err(cursor.wrong("“=” and the dimension's value"));
            }
            let value = cursor.word_until("the dimension's value", |c| c == '=')?.text;
            dimensions.push((name, value));
        }
    }
    Ok(Metric { namespace, name, dimensions })
}

/// What stands below `alarm`.
pub(super) fn alarm(reader: &mut Reader<'_>) -> Read<(MetricAlarm, Span)> {
    let mut line = reader.must("the metric, such as AWS/EC2 CPUUtilization {InstanceId=i-1}")?;
    let metric = metric(&mut line)?;
    line.done()?;
    let mut alarm =
        condition(&mut reader.must("the condition, such as Average > 80 for 3 periods of 1m")?, metric)?;
    let mut at = Span::default();
    let options = ["missing:", "low-samples:", "unit:", "actions:", "on", "at:"];
    while let Some((option, mut cursor)) = reader.when(&options) {
        let cursor = &mut cursor;
        match option.as_str() {
            "missing:" => {
                let expected = "missing, ignore, breaching or notBreaching";
                alarm.missing = Some(choice(cursor, expected, TreatMissingData::parse)?);
            }
            "low-samples:" => {
                alarm.low_samples = Some(choice(cursor, "evaluate or ignore", LowSampleCount::parse)?);
            }
            "unit:" => alarm.unit = Some(unit(cursor)?),
            "at:" => at = time(cursor)?,
            _ => acts(cursor, &option, &mut alarm.acts)?,
        }
        cursor.done()?;
    }
    Ok((alarm, at))
}

/// `Average > 80 for 3 of 5 periods of 1m`
fn condition(cursor: &mut Cursor<'_>, metric: Metric) -> Read<MetricAlarm> {
    const STATISTIC: &str = "a statistic, such as Average or p99";
    let word = cursor.word(STATISTIC)?;
    if Statistic::parse(&word.text).is_err() {
        return Err(cursor.wrong_at(word.place, STATISTIC));
    }
    let statistic = word.text;
    let word = cursor.word(">, >=, < or <=")?;
    let comparison = COMPARISONS.iter().find(|(sign, _)| word.is(sign)).map(|(_, comparison)| *comparison);
    let comparison = comparison.ok_or_else(|| cursor.wrong_at(word.place, ">, >=, < or <="))?;
    cursor.space();
    let threshold = cursor.number("the threshold, a number")?;
    cursor.word_ends()?;
    cursor.keyword("for")?;
    let (mut evaluation_periods, mut datapoints_to_alarm) = (periods(cursor)?, None);
    if cursor.eat_keyword("of") {
        datapoints_to_alarm = Some(evaluation_periods);
        evaluation_periods = periods(cursor)?;
    }
    if !cursor.eat_keyword("period") {
        cursor.keyword("periods")?;
    }
    cursor.keyword("of")?;
    let period = span(cursor, "a period, such as 1m or 10s", 1)?;
    cursor.done()?;
    let (missing, low_samples, unit, acts) = (None, None, None, Acts::default());
    Ok(MetricAlarm {
        metric,
        statistic,
        comparison,
        threshold,
        datapoints_to_alarm,
        evaluation_periods,
        period,
        missing,
        low_samples,
        unit,
        acts,
    })
}

fn periods(cursor: &mut Cursor<'_>) -> Read<u32> {
    cursor.space();
    let place = cursor.place();
    let count = cursor.count("a number of periods")?;
    cursor.word_ends()?;
    // PutMetricAlarm says what it does not take; this is what its shape can hold.
    if i32::try_from(count).is_ok() { Ok(count) } else { Err(cursor.wrong_at(place, "a number of periods")) }
}

fn choice<T>(cursor: &mut Cursor<'_>, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Read<T> {
    let word = cursor.word(expected)?;
    parse(&word.text).ok_or_else(|| cursor.wrong_at(word.place, expected))
}

fn unit(cursor: &mut Cursor<'_>) -> Read<Unit> {
    choice(cursor, "a unit of CloudWatch, such as Percent or Count", Unit::parse)
}

/// `on ALARM: ops, other` and `actions: disabled`
fn acts(cursor: &mut Cursor<'_>, option: &str, acts: &mut Acts) -> Read<()> {
    const EXPECTED: &str = "OK:, ALARM: or INSUFFICIENT_DATA:";
    if option == "actions:" {
        acts.disabled = choice(cursor, "enabled or disabled", |word| match word {
            "enabled" => Some(false),
            "disabled" => Some(true),
            _ => None,
        })?;
        return Ok(());
    }
    let word = cursor.word(EXPECTED)?;
    let list = match word.text.as_str() {
        "OK:" => &mut acts.actions.ok,
        "ALARM:" => &mut acts.actions.alarm,
        "INSUFFICIENT_DATA:" => &mut acts.actions.insufficient_data,
        _ => return Err(cursor.wrong_at(word.place, EXPECTED)),
    };
    list.extend(names(cursor, "an ARN or the name of a topic")?.into_iter().map(|word| word.text));
    Ok(())
}

fn names(cursor: &mut Cursor<'_>, expected: &str) -> Read<Vec<Word>> {
    let mut names = vec![cursor.word(expected)?];
    while cursor.eat_next(',') {
        names.push(cursor.word(expected)?);
    }
    Ok(names)
}

/// What stands below `composite`.
pub(super) fn composite(reader: &mut Reader<'_>) -> Read<(Composite, Span)> {
    const RULE: &str = "rule: and an alarm rule, such as ALARM(a) AND NOT ALARM(b)";
    let (mut composite, mut at) = (Composite::default(), Span::default());
    let mut rule = reader.must(RULE)?;
    rule.keyword("rule:").map_err(|wrong| Wrong { expected: RULE.to_owned(), ..wrong })?;
    rule.rest().clone_into(&mut composite.rule);
    if composite.rule.is_empty() {
        return Err(rule.wrong("an alarm rule, such as ALARM(a) AND NOT ALARM(b)"));
    }
    while let Some((option, mut cursor)) = reader.when(&["suppressor:", "actions:", "on", "at:"]) {
        let cursor = &mut cursor;
        match option.as_str() {
            "suppressor:" => {
                let alarm = cursor.word("an alarm")?.text;
                cursor.keyword("wait")?;
                let wait = span(cursor, "how long to wait, such as 2m", 0)?;
                cursor.keyword("extension")?;
                let extension = span(cursor, "how long after the suppressor, such as 3m", 0)?;
                composite.suppressor = Some((alarm, wait, extension));
            }
            "at:" => at = time(cursor)?,
            _ => acts(cursor, &option, &mut composite.acts)?,
        }
        cursor.done()?;
    }
    Ok((composite, at))
}

/// What stands below `mute`.
pub(super) fn mute(reader: &mut Reader<'_>) -> Read<(Mute, Span)> {
    const SCHEDULE: &str = "a schedule, such as cron(0 2 * * *) for 2h in Europe/Berlin";
    let (mut mute, mut at) = (Mute::default(), Span::default());
    let mut line = reader.must(SCHEDULE)?;
    line.call(SCHEDULE)?.clone_into(&mut mute.expression);
    line.keyword("for")?;
    mute.duration = span(&mut line, "how long, such as 2h", 0)?;
    if line.eat_keyword("in") {
        mute.timezone = Some(line.word("a time zone, such as Europe/Berlin")?.text);
    }
    line.done()?;
    while let Some((option, mut cursor)) = reader.when(&["alarms:", "at:"]) {
        if option == "at:" {
            at = time(&mut cursor)?;
        } else {
            mute.alarms.extend(names(&mut cursor, "names of alarms")?.into_iter().map(|word| word.text));
        }
        cursor.done()?;
    }
    Ok((mute, at))
}

/// What stands after `data`.
pub(super) fn data(cursor: &mut Cursor<'_>, line: Line) -> Read<Data> {
    let mut data = empty_data(line, metric(cursor)?);
    loop {
        if cursor.eat_keyword("every") {
            data.every = span(cursor, "from one data point to the next, such as 1m", 1)?;
        } else if cursor.eat_keyword("from") {
            let least = -LONGEST_TIME.seconds();
            data.from = span(cursor, "when the first data point is, such as 5m or -5m", least)?;
        } else if cursor.eat_keyword("late") {
            data.late = span(cursor, "how late the data comes, such as 2m", 0)?;
        } else if cursor.eat_keyword("unit") {
            data.unit = Some(unit(cursor)?);
        } else {
            return Ok(data);
        }
    }
}

/// What stands after `at`.
pub(super) fn command(
    cursor: &mut Cursor<'_>,
    line: Line,
    is_alarm: &dyn Fn(&str) -> bool,
    is_mute: &dyn Fn(&str) -> bool,
) -> Read<Command> {
    const DEEDS: &str = "set, delete, enable, disable, unmute, pause or resume";
    let at = time(cursor)?;
    let word = cursor.word(DEEDS)?;
    let what = match word.text.as_str() {
        "set" => {
            let alarm = known(cursor, is_alarm)?;
            let state = state(cursor)?;
            let reason =
                if cursor.eat_keyword("because") { Some(cursor.word("a reason")?.text) } else { None };
            Deed::Set { alarm, state, reason }
        }
        "delete" => Deed::Delete(known(cursor, is_alarm)?),
        "enable" => Deed::Enable(known(cursor, is_alarm)?),
        "disable" => Deed::Disable(known(cursor, is_alarm)?),
        "unmute" => {
            let word = cursor.word("a mute rule")?;
            if !is_mute(&word.text) {
                return Err(cursor.wrong_at(word.place, "a mute rule that stands above"));
            }
            Deed::Unmute(word.text)
        }
        "pause" => Deed::Pause,
        "resume" => Deed::Resume,
        _ => return Err(cursor.wrong_at(word.place, DEEDS)),
    };
    cursor.done()?;
    Ok(Command { line, at, what })
}

fn known(cursor: &mut Cursor<'_>, is_alarm: &dyn Fn(&str) -> bool) -> Read<String> {
    let word = cursor.word("an alarm")?;
    if is_alarm(&word.text) {
        Ok(word.text)
    } else {
        Err(cursor.wrong_at(word.place, "an alarm that stands above"))
    }
}

/// `5m`, `3m to 9m`, `from 3m` or `always`; nothing where a line does not begin so.
pub(super) fn when(cursor: &mut Cursor<'_>) -> Option<Read<When>> {
    if cursor.eat_keyword("always") {
        return Some(Ok(When::From(Span::default())));
    }
    if cursor.eat_keyword("from") {
        return Some(time(cursor).map(When::From));
    }
    cursor.space();
    if !cursor.looking_at(|c, _| c.is_ascii_digit() || c == '-') {
        return None;
    }
    Some(at_or_between(cursor))
}

fn at_or_between(cursor: &mut Cursor<'_>) -> Read<When> {
    let first = time(cursor)?;
    if !cursor.eat_keyword("to") {
        return Ok(When::At(first));
    }
    cursor.space();
    let place = cursor.place();
    let last = time(cursor)?;
    if last < first {
        return Err(cursor.wrong_at(place, format!("a time after {first}")));
    }
    Ok(When::Between(first, last))
}

/// `cpu-high ALARM, both told ops OK`
pub(super) fn facts(
    cursor: &mut Cursor<'_>,
    (line, when): (Line, When),
    is_alarm: &dyn Fn(&str) -> bool,
) -> Read<Vec<Expectation>> {
    let mut facts = Vec::new();
    loop {
        let alarm = known(cursor, is_alarm)?;
        facts.push(Expectation { line, when, alarm, fact: fact(cursor)? });
        if !cursor.eat_next(',') {
            break;
        }
    }
    cursor.done()?;
    Ok(facts)
}

fn fact(cursor: &mut Cursor<'_>) -> Read<Fact> {
    const FACTS: &str = "OK, ALARM, INSUFFICIENT_DATA, told, reason, suppressed or gone";
    let word = cursor.word(FACTS)?;
    if let Some(state) = state_of(&word) {
        return Ok(Fact::State(state));
    }
    match word.text.as_str() {
        _ if word.quoted => Err(cursor.wrong_at(word.place, FACTS)),
        "gone" => Ok(Fact::Gone),
        "told" => {
            let target = cursor.word("an ARN, the name of a topic, or nothing")?;
            if target.is("nothing") {
                return Ok(Fact::ToldNothing);
            }
            Ok(Fact::Told(target.text, state(cursor)?))
        }
        "reason" => Ok(Fact::Reason(cursor.word("a text in quotes")?.text)),
        "suppressed" => {
            const BY: &str = "Alarm, WaitPeriod, ExtensionPeriod or nothing";
            choice(cursor, BY, |word| match word {
                "nothing" => Some(Fact::Suppressed(None)),
                "Alarm" | "WaitPeriod" | "ExtensionPeriod" => Some(Fact::Suppressed(Some(word.to_owned()))),
                _ => None,
            })
        }
        _ => Err(cursor.wrong_at(word.place, FACTS)),
    }
}
