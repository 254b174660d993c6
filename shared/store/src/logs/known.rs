//! What a warm process remembers of the groups that it writes to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::LogGroup;
use super::metrics::{self, Compiled};
use super::sends;
use crate::keys::{Partition, Scope};

/// A group with what is made of it once and used for each batch.
#[derive(Debug)]
pub struct Known {
    /// The group, as it was when its head said `revision`.
    pub group: LogGroup,
    /// Its partition.
    pub partition: Partition,
    pub(super) filters: Vec<Compiled>,
    pub(super) subscriptions: Vec<sends::Compiled>,
    /// The ids of its streams that were written to.
    streams: Mutex<HashMap<String, String>>,
}

impl Known {
    pub(super) fn stream(&self, name: &str) -> Option<String> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    pub(super) fn keep_stream(&self, name: &str, id: &str) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.insert(name.to_owned(), id.to_owned());
    }
}

#[derive(Debug, Default)]
pub(super) struct KnownGroups(Mutex<HashMap<(Scope, String), Arc<Known>>>);

impl KnownGroups {
    pub(super) fn get(&self, scope: &Scope, name: &str) -> Option<Arc<Known>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(scope.clone(), name.to_owned())).cloned()
    }

    pub(super) fn keep(&self, scope: &Scope, group: LogGroup) -> Arc<Known> {
        let key = (scope.clone(), group.name.clone());
        let partition = group.partition(scope);
        let filters = metrics::compile(&group);
        let subscriptions = sends::compile(&group);
        let made = Arc::new(Known { group, partition, filters, subscriptions, streams: Mutex::default() });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&made));
        made
    }

    pub(super) fn forget(&self, scope: &Scope, name: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&(scope.clone(), name.to_owned()));
    }
}
