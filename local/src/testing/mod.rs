//! `watchtrail test`: runs tests of alarms that are written in the language of [`watchtrail_core::alarms::script`].
//!
//! Each test has a home of its own, in memory, whose clock stands still; the real API is called and the real evaluator runs, one
//! step of time after the other. `docs/alarm-tests.md` explains it to those who write tests.

mod api;
mod check;
mod run;
mod timeline;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use watchtrail_core::alarms::script::{self, Test};

use crate::HostError;
pub use check::Failure;
pub use run::{Ran, run};

/// What `watchtrail test` is told.
#[derive(Debug, Clone, Args)]
pub struct TestOptions {
    /// Files of tests; folders are searched for `*.test`
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Print the timelines of all alarms, also where nothing failed
    #[arg(long, short)]
    pub verbose: bool,
}

/// How the tests came out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed.
    pub failed: usize,
    /// Files that could not be read, or are no tests.
    pub broken: usize,
}

impl Outcome {
    /// The exit code of the process: 2 where a file could not be understood, 1 where a test failed, else 0.
    pub const fn code(self) -> u8 {
        if self.broken > 0 {
            2
        } else if self.failed > 0 {
            1
        } else {
            0
        }
    }
}

/// Runs all tests of the files and prints how they came out.
///
/// # Errors
/// When nothing can be printed.
pub async fn run_all(options: &TestOptions, out: &mut impl Write) -> io::Result<Outcome> {
    let begun = now();
    let mut outcome = Outcome::default();
    let mut files = Vec::new();
    for path in &options.files {
        if let Err(error) = find(path, &mut files) {
            outcome.broken += 1;
            writeln!(out, "{}: {error}", path.display())?;
        }
    }
    if files.is_empty() && outcome.broken == 0 {
        outcome.broken = options.files.len();
        writeln!(out, "no file of these folders is called *.test")?;
    }
    for file in &files {
        match read(file) {
            Ok(tests) if tests.is_empty() => {
                outcome.broken += 1;
                writeln!(out, "{}: there is no test in it", file.display())?;
            }
            Ok(tests) => {
                for test in &tests {
                    one(file, test, options.verbose, &mut outcome, out).await?;
                }
            }
            Err(error) => {
                outcome.broken += 1;
                writeln!(out, "{}:{error}", file.display())?;
            }
        }
    }
    let Outcome { passed, failed, broken } = outcome;
    let broken = match broken {
        0 => String::new(),
        1 => ", 1 file not understood".to_owned(),
        n => format!(", {n} files not understood"),
    };
    writeln!(out, "{passed} passed, {failed} failed{broken} in {:.1} s", begun.elapsed().as_secs_f64())?;
    Ok(outcome)
}

#[expect(clippy::disallowed_methods, reason = "people want to know how long their tests take")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// The `*.test` files of a folder and of those in it, by name; a file that was named is taken whatever it is called.
fn find(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !std::fs::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    found.sort();
    for path in found {
        if std::fs::symlink_metadata(&path)?.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "test") {
            files.push(path);
        }
    }
    Ok(())
}

/// The tests of a file, or where and why it is none; the file's name is left to the caller.
fn read(file: &Path) -> Result<Vec<Test>, String> {
    let size = std::fs::metadata(file).map_err(|error| format!(" {error}"))?.len();
    if size > script::LONGEST_FILE as u64 {
        return Err(format!(" a file has at most {} bytes", script::LONGEST_FILE));
    }
    let text = std::fs::read_to_string(file).map_err(|error| format!(" {error}"))?;
    let tests = script::parse(&text).map_err(|error| error.to_string())?.tests;
    // A test that cannot fail is worse than none.
    if let Some(idle) = tests.iter().find(|test| test.expectations.is_empty()) {
        return Err(format!("{}: the test “{}” expects nothing", idle.line.0, idle.name));
    }
    Ok(tests)
}

async fn one(
    file: &Path,
    test: &Test,
    verbose: bool,
    outcome: &mut Outcome,
    out: &mut impl Write,
) -> io::Result<()> {
    let place = format!("{}:{}", file.display(), test.line.0);
    let ran = match run(test).await {
        Ok(ran) => ran,
        Err(error) => {
            outcome.failed += 1;
            return writeln!(out, "FAIL {place}: {}\n     {}", test.name, error_text(&error));
        }
    };
    let failed = !ran.failures.is_empty();
    *(if failed { &mut outcome.failed } else { &mut outcome.passed }) += 1;
    writeln!(out, "{} {place}: {}", if failed { "FAIL" } else { "ok  " }, test.name)?;
    for failure in &ran.failures {
        writeln!(out, "     {}:{}: {}", file.display(), failure.line.0, failure.message)?;
    }
    let timelines = ran.timelines(test, verbose);
    for timeline in &timelines {
        writeln!(out, "\n{timeline}")?;
    }
    if timelines.is_empty() { Ok(()) } else { writeln!(out) }
}

fn error_text(error: &HostError) -> String {
    format!("the suite did not start: {error}")
}
