//! Tables, for a terminal and as Markdown.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use crate::Result;
use crate::options::Options;
use crate::peers::{Binaries, Peer};

/// A table with notes beneath.
pub(crate) struct Table {
    title: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
}

impl Table {
    pub(crate) fn new(title: &'static str, columns: &[&'static str]) -> Self {
        Self { title, columns: columns.to_vec(), rows: Vec::new(), notes: Vec::new() }
    }

    pub(crate) fn row(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    pub(crate) fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
    }

    /// Lines of cells between `edge`s, each column as wide as its widest cell.
    fn render(&self, edge: &str, between: &str, rule: impl Fn(usize) -> String) -> String {
        let header: Vec<String> = self.columns.iter().map(|name| (*name).to_owned()).collect();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            cells.chain([header[column].chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..header.len()).map(width).collect();
        let rules: Vec<String> = widths.iter().map(|width| rule(*width)).collect();
        let mut text = String::new();
        for row in [&header, &rules].into_iter().chain(&self.rows) {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            let line = format!("{edge}{}{edge}", cells.join(between));
            let _ = writeln!(text, "{}", line.trim());
        }
        text
    }
}

/// A part of a report.
pub(crate) enum Piece {
    /// Figures.
    Table(Table),
    /// What is written by hand, as Markdown; a terminal does not show it.
    Words(&'static str),
}

/// All tables, and what they were measured on.
pub(crate) struct Report {
    head: String,
    pieces: Vec<Piece>,
}

impl Report {
    pub(crate) fn new(options: &Options, binaries: &Binaries) -> Self {
        let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
        let left_out: Vec<&str> =
            Peer::ALL.into_iter().filter(|peer| !binaries.has(*peer)).map(Peer::name).collect();
        let mut head = format!(
            "Measured with {} on {cores} cores ({}), which the load and each server share.",
            concat!("watchtrail-bench ", env!("CARGO_PKG_VERSION")),
            processor().unwrap_or_else(|| "unknown processor".to_owned()),
        );
        if !left_out.is_empty() {
            let _ = write!(head, " Not installed and left out: {}.", left_out.join(", "));
        }
        if options.quick {
            head.push_str(" A quick run: it shows that everything works; its figures mean nothing.");
        }
        Self { head, pieces: Vec::new() }
    }

    pub(crate) fn add(&mut self, table: Table) {
        self.pieces.push(Piece::Table(table));
    }

    pub(crate) fn add_pieces(&mut self, pieces: Vec<Piece>) {
        self.pieces.extend(pieces);
    }

    pub(crate) fn print(&self) {
        let mut text = format!("\n{}\n", self.head);
        for piece in &self.pieces {
            let Piece::Table(table) = piece else { continue };
            let _ =
                write!(text, "\n{}\n\n{}", table.title, table.render("", "  ", |width| "-".repeat(width)));
            for note in &table.notes {
                let _ = write!(text, "\n* {note}");
            }
            text.push('\n');
        }
        // Whoever closed standard output does not want to read it.
        let _ = std::io::stdout().write_all(text.as_bytes());
    }

    pub(crate) fn write_markdown(&self, file: &Path) -> Result<()> {
        let mut text = format!("{}\n", self.head);
        for piece in &self.pieces {
            let table = match piece {
                Piece::Table(table) => table,
                Piece::Words(words) => {
                    let _ = write!(text, "\n{words}");
                    continue;
                }
            };
            let grid = table.render("|", "|", |width| "-".repeat(width.max(3)));
            let _ = write!(text, "\n## {}\n\n{grid}\n", table.title);
            for note in &table.notes {
                let _ = writeln!(text, "- {note}");
            }
        }
        Ok(std::fs::write(file, text)?)
    }
}

fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Tells what is being done, on standard error.
pub(crate) fn progress(line: &str) {
    let _ = writeln!(std::io::stderr(), "bench: {line}");
}

/// A number in groups of three digits.
pub(crate) fn count(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number in two digits and zeros: for what is not known better.
pub(crate) fn about(number: f64) -> String {
    let unit = 10f64.powf(number.abs().max(1.0).log10().floor() - 1.0).max(1.0);
    count((number / unit).round() * unit)
}

/// How many times better.
pub(crate) fn ratio(times: f64) -> String {
    match times {
        10.0.. => format!("{times:.0}×"),
        1.0.. => format!("{times:.1}×"),
        _ => format!("{times:.2}×"),
    }
}

/// Seconds as milliseconds.
pub(crate) fn millis(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        fn check(number: f64, expected: &str) {
            assert_eq!(count(number), expected);
        }
        check(0.4, "0");
        check(999.0, "999");
        check(1_000.0, "1,000");
        check(1_234_567.4, "1,234,567");
        assert_eq!([3.4, 39_887.0, 1_802_208.0].map(about), ["3", "40,000", "1,800,000"]);
    }

    #[test]
    fn ratios() {
        fn check(times: f64, expected: &str) {
            assert_eq!(ratio(times), expected);
        }
        check(0.456, "0.46×");
        check(1.04, "1.0×");
        check(61.4, "61×");
    }

    #[test]
    fn tables() {
        let mut table = Table::new("T", &["a", "long"]);
        table.row(vec!["µµµ".to_owned(), "1".to_owned()]);
        assert_eq!(table.render("", "  ", |width| "-".repeat(width)), "a    long\n---  ----\nµµµ  1\n");
        assert_eq!(table.render("|", "|", |width| "-".repeat(width)), "|a  |long|\n|---|----|\n|µµµ|1   |\n");
    }
}
