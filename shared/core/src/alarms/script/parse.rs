//! From text to tests: the lines, the order of statements, and what has to fit together.

use super::cursor::{Cursor, Wrong};
use super::statements as read;
use super::table::{self, Lines, Row};
use super::values::{self, Item};
use super::{
    Data, Fact, LONGEST_FILE, LONGEST_LINE, Line, MOST_ALARMS, MOST_POINTS, Put, Script, ScriptError, Span,
    Test, Thing,
};

/// Reads a file.
///
/// # Errors
/// The first thing that is wrong.
pub fn parse(text: &str) -> Result<Script, ScriptError> {
    let error =
        |line: u32, message: String| ScriptError { line, column: 1, message, text: String::new(), row: None };
    if text.len() > LONGEST_FILE {
        return Err(error(1, format!("a file has at most {LONGEST_FILE} bytes")));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.len() > LONGEST_LINE {
            return Err(error(number, format!("a line has at most {LONGEST_LINE} bytes")));
        }
        rows.push(Row { number, text: line.to_owned() });
    }
    let mut script = Script::default();
    for lines in table::tests(rows)? {
        let mut reader = Reader { lines: &lines, next: 0 };
        let test = reader.test().map_err(|wrong| reader.error(wrong))?;
        script.tests.push(test);
    }
    Ok(script)
}

/// The lines of a test, one after the other.
pub(super) struct Reader<'a> {
    lines: &'a Lines,
    /// The line after the one that is being read.
    next: usize,
}

type Read<T> = Result<T, Wrong>;

impl<'a> Reader<'a> {
    fn error(&self, wrong: Wrong) -> ScriptError {
        let row = self.lines.lines.get(self.next.saturating_sub(1));
        let (number, text) = row.map_or((1, ""), |row| (row.number, row.text.as_str()));
        let column = text.get(..wrong.place).unwrap_or(text).chars().count() + 1;
        let message = format!("expected {}", wrong.expected);
        ScriptError { line: number, column, message, text: text.to_owned(), row: self.lines.row }
    }

    fn peek(&self) -> Option<&'a str> {
        self.lines.lines.get(self.next).map(|row| row.text.as_str())
    }

    fn line(&mut self) -> Option<(Line, Cursor<'a>)> {
        let row = self.lines.lines.get(self.next)?;
        self.next += 1;
        Some((Line(row.number), Cursor::new(&row.text)))
    }

    /// The next line, which must be there.
    pub(super) fn must(&mut self, expected: &str) -> Read<Cursor<'a>> {
        if let Some((_, cursor)) = self.line() {
            return Ok(cursor);
        }
        let end = self.lines.lines.last().map_or(0, |row| row.text.len());
        Err(Wrong { place: end, expected: format!("a line after this one: {expected}") })
    }

    /// The next line when it begins with one of these words.
    pub(super) fn when(&mut self, words: &[&str]) -> Option<(String, Cursor<'a>)> {
        let mut cursor = Cursor::new(self.peek()?);
        let word = cursor.word("").ok().filter(|word| !word.quoted && words.contains(&word.text.as_str()))?;
        self.next += 1;
        Some((word.text, cursor))
    }

    fn test(&mut self) -> Read<Test> {
        let mut first = self.must("test")?;
        first.keyword("test")?;
        first.space();
        let name = self.lines.lines.first().and_then(|row| row.text.get(first.place()..)).unwrap_or_default();
        if name.trim_end().is_empty() {
            return Err(first.wrong("what is tested"));
        }
        let line = self.lines.row.or_else(|| self.lines.lines.first().map(|row| row.number));
        let name = name.trim_end().to_owned();
        let mut test = Test { name, line: Line(line.unwrap_or(1)), ..Test::default() };
        while let Some((line, cursor)) = self.line() {
            self.statement(&mut test, line, cursor)?;
        }
        Ok(test)
    }

    fn statement(&mut self, test: &mut Test, line: Line, mut cursor: Cursor<'a>) -> Read<()> {
        const STATEMENTS: &str = "start, alarm, composite, mute, data, at, expect or cases";
        let word = cursor.word(STATEMENTS)?;
        match word.text.as_str() {
            _ if word.quoted => Err(cursor.wrong_at(word.place, STATEMENTS)),
            "start" => {
                test.start = Some(read::start(&mut cursor)?);
                Ok(())
            }
            "alarm" | "composite" | "mute" => self.put(test, line, &word.text, cursor),
            "data" => self.data(test, line, cursor),
            "at" => {
                let known = |name: &str| test.alarms().any(|alarm| alarm == name);
                let rule = |name: &str| is_mute(test, name);
                let command = read::command(&mut cursor, line, &known, &rule)?;
                test.commands.push(command);
                Ok(())
            }
            "expect" => {
                cursor.done()?;
                self.expect(test)
            }
            _ => Err(cursor.wrong_at(word.place, STATEMENTS)),
        }
    }

    fn put(&mut self, test: &mut Test, line: Line, kind: &str, mut cursor: Cursor<'a>) -> Read<()> {
        let word = cursor.word("a name")?;
        cursor.done()?;
        if test.puts.len() >= MOST_ALARMS {
            return Err(cursor.wrong_at(word.place, format!("at most {MOST_ALARMS} alarms and mute rules")));
        }
        let (what, at) = match kind {
            "alarm" => {
                let (alarm, at) = read::alarm(self)?;
                (Thing::Metric(Box::new(alarm)), at)
            }
            "composite" => {
                let (composite, at) = read::composite(self)?;
                (Thing::Composite(composite), at)
            }
            _ => {
                let (mute, at) = read::mute(self)?;
                (Thing::Mute(mute), at)
            }
        };
        test.puts.push(Put { line, at, name: word.text, what });
        Ok(())
    }

    fn data(&mut self, test: &mut Test, line: Line, mut cursor: Cursor<'a>) -> Read<()> {
        let mut data = read::data(&mut cursor, line)?;
        if !cursor.is_done() {
            let wrong = "every, from, late or unit; values stand on lines of their own";
            return Err(cursor.wrong(wrong));
        }
        let before: usize = test.data.iter().flat_map(|data| &data.items).map(Item::len).sum();
        let mut count = before;
        while self.peek().is_some_and(values::is_values) {
            let Some((_, mut cursor)) = self.line() else { break };
            while !cursor.is_done() {
                let place = cursor.place();
                data.items.push(values::item(&mut cursor)?);
                count += data.items.last().map_or(0, Item::len);
                if count > MOST_POINTS {
                    return Err(
                        cursor.wrong_at(place, format!("at most {MOST_POINTS} data points in a test"))
                    );
                }
            }
        }
        if count == before {
            return Err(cursor.wrong("values on the lines after this one"));
        }
        if data.end() > super::LONGEST_TIME {
            return Err(
                cursor.wrong(format!("data that ends at most {} after the start", super::LONGEST_TIME))
            );
        }
        test.data.push(data);
        Ok(())
    }

    fn expect(&mut self, test: &mut Test) -> Read<()> {
        let mut any = false;
        while let Some(mut cursor) = self.peek().map(Cursor::new) {
            let Some(when) = read::when(&mut cursor) else { break };
            let line = self.line().map_or(Line(0), |(line, _)| line);
            let when = when?;
            any = true;
            let known = |name: &str| test.alarms().any(|alarm| alarm == name);
            let facts = read::facts(&mut cursor, (line, when), &known)?;
            for expectation in facts {
                let at_once = matches!(when, super::When::At(_));
                if matches!(expectation.fact, Fact::Told(..)) && !at_once {
                    let wrong = "one time: an action is carried out once (“told nothing” goes with any)";
                    return Err(Cursor::new("").wrong(wrong));
                }
                test.expectations.push(expectation);
            }
        }
        if any {
            Ok(())
        } else {
            Err(Wrong {
                place: 0, expected: "lines such as “5m cpu-high ALARM” after this one".to_owned()
            })
        }
    }
}

fn is_mute(test: &Test, name: &str) -> bool {
    test.puts.iter().any(|put| put.name == name && matches!(put.what, Thing::Mute(_)))
}

impl Put {
    /// A put at the start, which most are.
    #[cfg(test)]
    pub(super) fn first(name: &str, what: Thing) -> Self {
        Self { line: Line(0), at: Span::default(), name: name.to_owned(), what }
    }
}

/// What the reader makes of nothing.
pub(super) fn empty_data(line: Line, metric: super::Metric) -> Data {
    let minute = Span::from_seconds(60);
    let zero = Span::default();
    Data { line, metric, every: minute, from: zero, late: zero, unit: None, items: Vec::new() }
}
