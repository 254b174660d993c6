//! Tables of cases: a test whose last statement is `cases` is one test for each row, with the row's cells in place of `<name>`.

use super::{LONGEST_FILE, LONGEST_LINE, MOST_TESTS, ScriptError};

/// What all tests of a file have together when tables are written out, in bytes.
const MOST_BYTES: usize = 16 * LONGEST_FILE;

/// A line of a file.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) number: u32,
    pub(super) text: String,
}

/// The lines of one test, perhaps of one row of its table.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    pub(super) lines: Vec<Row>,
    /// The line of the row.
    pub(super) row: Option<u32>,
}

/// Whether nothing is in a line.
pub(super) fn is_blank(text: &str) -> bool {
    text.trim_start().is_empty() || text.trim_start().starts_with('#')
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

fn wrong(row: &Row, message: impl Into<String>) -> ScriptError {
    let column = row.text.len() - row.text.trim_start().len() + 1;
    ScriptError { line: row.number, column, message: message.into(), text: row.text.clone(), row: None }
}

/// The tests of a file, tables written out.
pub(super) fn tests(rows: Vec<Row>) -> Result<Vec<Lines>, ScriptError> {
    let mut tests: Vec<Vec<Row>> = Vec::new();
    for row in rows.into_iter().filter(|row| !is_blank(&row.text)) {
        match tests.last_mut() {
            _ if first_word(&row.text) == "test" => tests.push(vec![row]),
            Some(test) => test.push(row),
            None => return Err(wrong(&row, "expected “test” and what is tested")),
        }
    }
    let (mut all, mut bytes) = (Vec::new(), 0);
    for test in tests {
        let last = test.last().cloned();
        expand(test, &mut all, &mut bytes)?;
        if let Some(last) = last.filter(|_| all.len() > MOST_TESTS) {
            return Err(wrong(&last, format!("a file has at most {MOST_TESTS} tests")));
        }
    }
    Ok(all)
}

fn expand(lines: Vec<Row>, all: &mut Vec<Lines>, bytes: &mut usize) -> Result<(), ScriptError> {
    let Some(cases) = lines.iter().position(|row| first_word(&row.text) == "cases") else {
        all.push(Lines { lines, row: None });
        return Ok(());
    };
    let (body, table) = lines.split_at(cases);
    let [title, header, rows @ ..] = table else {
        return Err(wrong(&table[0], "expected a line with the names of columns after “cases”"));
    };
    if title.text.trim().split('#').next().map(str::trim) != Some("cases") {
        return Err(wrong(title, "expected nothing after “cases”"));
    }
    let names = cells(&header.text);
    for name in &names {
        let is_name = |c: char| c.is_alphanumeric() || " -_".contains(c);
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(wrong(header, "expected names of columns, with | between them"));
        }
        if !body.iter().any(|row| row.text.contains(&format!("<{name}>"))) {
            return Err(wrong(header, format!("there is no <{name}> in the test")));
        }
    }
    if rows.is_empty() {
        return Err(wrong(header, "expected a row of values after the names"));
    }
    for row in rows {
        let cells = cells(&row.text);
        if cells.len() != names.len() {
            let message = format!("expected {} values, with | between them", names.len());
            return Err(wrong(row, message));
        }
        if all.len() > MOST_TESTS {
            return Err(wrong(row, format!("a file has at most {MOST_TESTS} tests")));
        }
        all.push(filled(body, &names, &cells, row, bytes)?);
    }
    Ok(())
}

fn cells(text: &str) -> Vec<&str> {
    let text = text.split(" #").next().unwrap_or_default();
    text.split('|').map(str::trim).collect()
}

fn filled(
    body: &[Row],
    names: &[&str],
    cells: &[&str],
    row: &Row,
    bytes: &mut usize,
) -> Result<Lines, ScriptError> {
    let mut lines: Vec<Row> = Vec::with_capacity(body.len());
    for line in body {
        let text = fill(&line.text, names, cells).ok_or_else(|| {
            wrong(line, format!("a line has at most {LONGEST_LINE} bytes, also with the values of a table"))
        })?;
        *bytes += text.len();
        if *bytes > MOST_BYTES {
            let message = format!(
                "the tests of a file have at most {MOST_BYTES} bytes when its tables are written out"
            );
            return Err(wrong(line, message));
        }
        lines.push(Row { number: line.number, text });
    }
    // Rows that are named alike are told apart by what is in them.
    if let (Some(first), Some(before)) = (lines.first_mut(), body.first())
        && first.text == before.text
    {
        first.text = format!("{} ({})", first.text.trim_end(), cells.join(" | "));
    }
    Ok(Lines { lines, row: Some(row.number) })
}

/// The text with the cells in place of the names, unless it is too long; what is in a cell is not looked at again.
fn fill(text: &str, names: &[&str], cells: &[&str]) -> Option<String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<').filter(|_| filled.len() <= LONGEST_LINE) {
        let (before, after) = rest.split_at(start);
        filled.push_str(before);
        let named = names.iter().zip(cells).find_map(|(name, cell)| {
            let left = after.strip_prefix('<')?.strip_prefix(name)?.strip_prefix('>')?;
            Some((cell, left))
        });
        if let Some((cell, left)) = named {
            filled.push_str(cell);
            rest = left;
        } else {
            filled.push('<');
            rest = &after[1..];
        }
    }
    filled.push_str(rest);
    (filled.len() <= LONGEST_LINE).then_some(filled)
}
