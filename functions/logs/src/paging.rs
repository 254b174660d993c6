//! Pages: how many, from where, and the token of the next one.

use serde::Serialize;
use serde::de::DeserializeOwned;
use watchtrail_service::wording::logs as wording;
use watchtrail_service::{Fault, Request, token};

use crate::faults::worded;

/// Where most operations end a page by default; AWS's limit, too.
pub(crate) const PAGE: i32 = 50;

/// The page that a request asks for; a place `P` says behind what it begins.
#[derive(Debug)]
pub(crate) struct Paging<P> {
    fingerprint: u64,
    /// The place that the token names.
    pub(crate) after: Option<P>,
    /// Items on the page.
    pub(crate) limit: usize,
}

impl<P: Serialize + DeserializeOwned> Paging<P> {
    /// Reads the token; `rest` is the input without it and without its limit, which may differ from page to page.
    ///
    /// # Errors
    /// When the token is none of this request's.
    pub(crate) fn of(
        request: &Request<'_>,
        rest: &impl Serialize,
        token: Option<String>,
        limit: i32,
    ) -> Result<Self, Fault> {
        let fingerprint = token::fingerprint(&request.scope().to_string(), rest);
        let after = token
            .map(|given| token::read(&given, fingerprint))
            .transpose()
            .map_err(|_| worded(wording::next_token()))?;
        Ok(Self { fingerprint, after, limit: usize::try_from(limit).unwrap_or_default() })
    }

    /// How many items tell whether there is another page.
    pub(crate) fn enough(&self) -> usize {
        self.limit + 1
    }

    /// The page and the token of the next one, of at least [`enough`](Self::enough) items if there are as many.
    pub(crate) fn cut<T>(&self, mut items: Vec<T>, place: impl Fn(&T) -> P) -> (Vec<T>, Option<String>) {
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let last = items.last().filter(|_| more);
        let token = last.and_then(|last| token::write(self.fingerprint, &place(last)));
        (items, token)
    }
}

impl<P: Serialize + DeserializeOwned + Ord> Paging<P> {
    /// The page of all items, which are put in the order of their places.
    pub(crate) fn of_all<T>(&self, mut items: Vec<T>, place: impl Fn(&T) -> P) -> (Vec<T>, Option<String>) {
        items.sort_by_key(&place);
        if let Some(after) = &self.after {
            items.retain(|item| place(item) > *after);
        }
        self.cut(items, place)
    }
}
