//! What is still to be posted, in files: a message that was taken is delivered, also when the process is killed in between.
//!
//! A delivery is a file of the folder from before its message is acknowledged until it is taken, refused for good, or given up. The ids of the suite's own
//! actions are remembered beside it: an action that is repeated, because nobody knows whether it was done, is the same message, and is not told again.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::delivery::Posting;
use crate::clock::write_whole;

/// A delivery at rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) subscription: String,
    pub(super) posting: Posting,
}

#[derive(Debug)]
pub(super) struct Outbox {
    folder: PathBuf,
    actions: Mutex<HashSet<String>>,
}

impl Outbox {
    /// The outbox of a folder, and what was left in it.
    ///
    /// # Errors
    /// When the folder cannot be used. A file that is no delivery is left alone, with a warning.
    pub(super) fn open(folder: PathBuf) -> io::Result<(Self, Vec<(PathBuf, Kept)>)> {
        std::fs::create_dir_all(&folder)?;
        let mut left = Vec::new();
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            match serde_json::from_slice(&std::fs::read(&path)?) {
                Ok(kept) => left.push((path, kept)),
                Err(error) => tracing::warn!(file = %path.display(), %error, "no delivery; it is left alone"),
            }
        }
        let actions = match std::fs::read_to_string(log(&folder)) {
            Ok(text) => text.lines().map(str::to_owned).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => HashSet::new(),
            Err(error) => return Err(error),
        };
        Ok((Self { folder, actions: Mutex::new(actions) }, left))
    }

    /// Keeps a delivery until its file is removed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn keep(&self, id: &str, delivery: &Kept) -> io::Result<PathBuf> {
        let path = self.folder.join(format!("{id}.json"));
        write_whole(&path, &serde_json::to_vec(delivery)?)?;
        Ok(path)
    }

    /// Whether the message of an action was taken before.
    pub(super) fn has_told(&self, action: &str) -> bool {
        self.actions.lock().unwrap_or_else(PoisonError::into_inner).contains(action)
    }

    /// Remembers that the message of an action was taken.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn told(&self, action: &str) -> io::Result<()> {
        let mut actions = self.actions.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(log(&self.folder))?;
        writeln!(file, "{action}")?;
        actions.insert(action.to_owned());
        Ok(())
    }
}

fn log(folder: &Path) -> PathBuf {
    folder.join("actions.log")
}

/// Removes a delivery that is over.
pub(super) fn over(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        // After a reset the whole folder is gone.
        tracing::debug!(file = %path.display(), %error, "a delivery was not removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_delivered_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let posting = Posting {
            endpoint: "http://there/".to_owned(),
            headers: vec![("a".to_owned(), "b".to_owned())],
            body: "{}".to_owned(),
        };
        let delivery = Kept { subscription: "arn".to_owned(), posting };
        let (outbox, left) = Outbox::open(folder.path().join("outbox")).unwrap();
        assert_eq!(left, []);
        let done = outbox.keep("1", &delivery).unwrap();
        let kept = outbox.keep("2", &delivery).unwrap();
        outbox.told("one").unwrap();
        over(&done);
        let (again, left) = Outbox::open(folder.path().join("outbox")).unwrap();
        assert_eq!(left, [(kept, delivery)]);
        assert!(again.has_told("one") && !again.has_told("two"));
    }
}
