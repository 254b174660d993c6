//! Digests, hour by hour: each full hour of a trail that validates its files, also an empty one, until now.
//!
//! What a digest is to say is noted before it is put (`Planned`), so that whoever puts it puts the same bytes, and the chain moves on only
//! after. Where a trail did not log for an hour its chain ends, as AWS's does, and another one begins when it logs again.

use watchtrail_core::time::{HOUR, Timestamp};
use watchtrail_core::trail::digest::{Digest, File, Previous, SIGNATURE};
use watchtrail_core::trail::layout;
use watchtrail_store::Scope;
use watchtrail_store::trail::{Chain, LogFile, Outlet, Planned, Trail, error_code, sha256};

use super::files::{gzip, place};
use super::{Done, Refusal, Task};

/// Digests of a chain in one run: the next run goes on.
const AT_ONCE: usize = 100;

/// A chain, as it was read.
struct Link<'t> {
    task: &'t Task<'t>,
    trail: &'t Trail,
    chain: Chain,
}

/// Delivers the digests of all hours that are over.
pub(super) async fn deliver(task: &Task<'_>, done: &mut Done) -> Result<(), Refusal> {
    let Some(trail) = task.trail() else { return Ok(()) };
    let Some(mut link) = begin(task, trail).await? else { return Ok(()) };
    let mut hours = 0;
    while link.chain.end + HOUR <= task.now.millis() {
        if hours == AT_ONCE {
            done.due(task.now.plus_millis(1));
            return Ok(());
        }
        hours += 1;
        if link.chain.planned.is_none() && !link.plan().await? {
            continue;
        }
        link.put().await?;
        done.digests += 1;
    }
    // A trail that does not log has nothing to look forward to.
    if trail.is_logging() {
        done.due(Timestamp::from_millis(link.chain.end + HOUR));
    }
    Ok(())
}

/// The chain as it is, or a new one: at home at once, elsewhere with the first file.
async fn begin<'t>(task: &'t Task<'t>, trail: &'t Trail) -> Result<Option<Link<'t>>, Refusal> {
    let Some(since) = trail.validated_since else { return Ok(None) };
    let store = &task.context.store.trail;
    let found = store.chains(&trail.id).await?.remove(task.region());
    let link = |chain| Some(Link { task, trail, chain });
    let read = match found {
        Some(chain) if chain.since == since => return Ok(link(chain)),
        other => other,
    };
    let through = read.as_ref().map_or(0, |chain| chain.through);
    let mut begun = since;
    if task.region() != trail.scope.region {
        let files = store.files(&trail.id, task.region(), through, task.delivered).await?;
        let Some(first) = files.iter().find(|file| file.at.millis() >= since) else { return Ok(None) };
        begun = first.at.millis();
    }
    let end = Timestamp::from_millis(begun).floor_to(3_600).millis();
    let chain = Chain { since, end, previous: None, through, planned: None };
    store.chained(&trail.id, task.region(), read.as_ref(), &chain).await?;
    Ok(link(chain))
}

impl Link<'_> {
    async fn move_on(&mut self, next: Chain) -> Result<(), Refusal> {
        let (store, region) = (&self.task.context.store.trail, self.task.region());
        store.chained(&self.trail.id, region, Some(&self.chain), &next).await?;
        self.chain = next;
        Ok(())
    }

    async fn files(&self, through: u64) -> Result<Vec<LogFile>, Refusal> {
        let store = &self.task.context.store.trail;
        let after = self.chain.through;
        Ok(store.files(&self.trail.id, self.task.region(), after, through).await?)
    }

    /// Notes what the next digest says; `false` where there is none to be, and the chain ends.
    async fn plan(&mut self) -> Result<bool, Refusal> {
        let end = self.chain.end + HOUR;
        let files = self.files(self.task.delivered).await?;
        // In the order of generations: a file that came late is named by the next digest, and none is left out.
        let named = files.iter().take_while(|file| file.at.millis() < end).last();
        let logged = self
            .trail
            .logging
            .iter()
            .any(|span| span.from < end && span.to.is_none_or(|to| to >= self.chain.end));
        let mut next = self.chain.clone();
        if named.is_none() && !logged {
            next.previous = None;
            next.end = self.next_hour(end, files.first());
            self.move_on(next).await?;
            return Ok(false);
        }
        let place = place(self.trail, self.task.region());
        let home = &self.trail.scope.region;
        let key = layout::digest_file(place, &self.trail.name, home, Timestamp::from_millis(end));
        let through = named.map_or(self.chain.through, |file| file.generation);
        next.planned = Some(Planned { end, bucket: self.trail.bucket.clone(), key, through });
        self.move_on(next).await?;
        Ok(true)
    }

    /// The beginning of the next hour in which there is something to say, or of the one that is now.
    fn next_hour(&self, end: i64, file: Option<&LogFile>) -> i64 {
        let spans = self.trail.logging.iter().map(|span| span.from).filter(|from| *from >= end);
        let next = spans.chain(file.map(|file| file.at.millis())).min().unwrap_or(i64::MAX);
        let next = Timestamp::from_millis(next.min(self.task.now.millis()));
        next.floor_to(3_600).millis().max(end)
    }

    /// Puts the planned digest and moves the chain on.
    async fn put(&mut self) -> Result<(), Refusal> {
        let Some(planned) = self.chain.planned.clone() else { return Ok(()) };
        if planned.bucket != self.trail.bucket {
            // The trail was given another bucket before this could be put.
            let next = Chain { planned: None, ..self.chain.clone() };
            self.move_on(next).await?;
            self.plan().await?;
            return Box::pin(self.put()).await;
        }
        let files: Vec<File> = self
            .files(planned.through)
            .await?
            .into_iter()
            .filter(|file| file.at.millis() >= self.chain.since)
            .map(|file| file.file)
            .collect();
        self.is_current().await?;
        let previous = self.put_digest(&planned, &files).await?;
        let next = Chain {
            end: planned.end,
            previous: Some(previous),
            through: planned.through,
            planned: None,
            since: self.chain.since,
        };
        self.move_on(next).await?;
        let (store, id) = (&self.task.context.store.trail, &self.trail.id);
        store.note_try(id, self.task.hand.channel, Ok(()), self.task.now).await?;
        let mut named = planned.through;
        if self.trail.topic.is_some() {
            let cursor = (Outlet::Notices, self.task.region().to_owned());
            let told = store.cursors(id).await?.get(&cursor).map_or(0, |cursor| cursor.generation);
            named = named.min(told);
        }
        Ok(store.forget_files(id, self.task.region(), named).await?)
    }

    /// Files leave the list when their digest is put: who read the list has read it whole if the chain stands still where it was.
    async fn is_current(&self) -> Result<(), Refusal> {
        let chains = self.task.context.store.trail.chains(&self.trail.id).await?;
        let same = chains.get(self.task.region()) == Some(&self.chain);
        if same { Ok(()) } else { Err(Refusal::Ours(watchtrail_store::StoreError::Conflict)) }
    }

    async fn put_digest(&self, planned: &Planned, files: &[File]) -> Result<Previous, Refusal> {
        let (task, store) = (self.task, &self.task.context.store.trail);
        let end = Timestamp::from_millis(planned.end);
        let account = &self.trail.scope.account;
        let scope = Scope { account: account.clone(), region: task.region().to_owned() };
        let entropy = &task.context.entropy;
        let seed = || {
            let mut seed = [0; 32];
            seed[..16].copy_from_slice(&entropy.bits().to_be_bytes());
            seed[16..].copy_from_slice(&entropy.bits().to_be_bytes());
            seed
        };
        let key = store.signing_key(&scope, end, seed).await?;
        let fingerprint = key.fingerprint();
        let digest = Digest {
            account,
            end,
            bucket: &planned.bucket,
            key: &planned.key,
            fingerprint: &fingerprint,
            previous: self.chain.previous.as_ref(),
            files,
        };
        let json = digest.json();
        let hash = sha256(json.as_bytes());
        let signature = key.sign(&digest.to_sign(&hash))?;
        let metadata = [("signature", signature.as_str()), ("signature-algorithm", SIGNATURE)];
        let put = store.put_file(self.trail, &planned.key, gzip(&json)?, &metadata).await;
        put.map_err(|error| Refusal::Theirs(error_code(&error)))?;
        Ok(Previous { bucket: planned.bucket.clone(), key: planned.key.clone(), hash, signature })
    }
}
