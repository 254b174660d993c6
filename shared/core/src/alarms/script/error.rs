//! What is wrong with a text: where, and what would have been right there.

use std::fmt;

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// The line, from 1.
    pub line: u32,
    /// The character of the line, from 1.
    pub column: usize,
    /// What would have been right.
    pub message: String,
    /// The line itself, with the values of a table's row in it.
    pub text: String,
    /// The line of that row.
    pub row: Option<u32>,
}

impl fmt::Display for ScriptError {
    /// `12:5: expected …`, and below it the line with a mark.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        if let Some(row) = self.row {
            write!(f, " (with the values of line {row})")?;
        }
        let before = self.text.chars().take(self.column.saturating_sub(1));
        let blank: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        write!(f, "\n    {}\n    {blank}^", self.text)
    }
}

impl std::error::Error for ScriptError {}
