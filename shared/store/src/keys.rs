//! Every key of every table and every object name, in one place.
//!
//! These names are a format that rests on disk (ARCHITECTURE.md lists them): change them only with a migration.

use std::fmt;

use watchtrail_core::time::Day;

/// The signals that share the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    /// CloudWatch metrics; a partition is account/region/namespace.
    Metrics,
    /// Log events; a partition is account/region/log group, the group known by its name and its id.
    Logs,
    /// Audit records; a partition is account/region.
    Trail,
}

impl Signal {
    /// The word that stands in keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Logs => "logs",
            Self::Trail => "trail",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Metrics, Self::Logs, Self::Trail].into_iter().find(|signal| signal.as_str() == text)
    }
}

/// An account and a region: the scope that every AWS name lives in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Scope {
    /// Twelve digits.
    pub account: String,
    /// Such as `us-east-1`.
    pub region: String,
}

impl Scope {
    /// Reads what [`Display`](fmt::Display) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (account, region) = text.split_once('/')?;
        Some(Self { account: account.to_owned(), region: region.to_owned() })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}

/// What a signal is cut into. Its generations are numbered from 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition {
    /// Which signal.
    pub signal: Signal,
    /// Whose.
    pub scope: Scope,
    /// The namespace of metrics; `<name>:<id>` of a log group; `records` of the trail.
    pub name: String,
}

impl Partition {
    /// A partition of metrics: one namespace of an account in a region.
    pub fn metrics(scope: Scope, namespace: impl Into<String>) -> Self {
        Self { signal: Signal::Metrics, scope, name: namespace.into() }
    }

    /// A partition of logs: one log group, from its creation to its deletion. A group that is created again under the same
    /// name has another id, so that nothing of the old one ever comes back.
    pub fn logs(scope: Scope, group: &str, id: &str) -> Self {
        Self { signal: Signal::Logs, scope, name: format!("{group}:{id}") }
    }

    /// The audit records of an account in a region.
    pub fn trail(scope: Scope) -> Self {
        Self { signal: Signal::Trail, scope, name: "records".to_owned() }
    }

    /// The log group's name and id. A name has no colon (AWS: `[.\-_/#A-Za-z0-9]+`).
    pub fn log_group(&self) -> (&str, &str) {
        self.name.rsplit_once(':').unwrap_or((&self.name, ""))
    }

    /// Reads what [`Display`](fmt::Display) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        // The name stands last and whole: a namespace may contain slashes.
        let mut parts = text.splitn(4, '/');
        let signal = Signal::parse(parts.next()?)?;
        let (account, region) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some(Self { signal, scope: Scope { account, region }, name: parts.next()?.to_owned() })
    }

    /// The hive-style folder of this partition below its signal's, without a slash at the end. Log groups of the same name share
    /// it, one after the other: their ids stand in the names of their objects.
    pub fn folder(&self) -> String {
        let scope = format!("account={}/region={}", escape(&self.scope.account), escape(&self.scope.region));
        match self.signal {
            Signal::Metrics => format!("{scope}/namespace={}", path_name(&self.name)),
            Signal::Logs => format!("{scope}/log_group={}", path_name(self.log_group().0)),
            Signal::Trail => scope,
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.signal.as_str(), self.scope, self.name)
    }
}

/// A generation of a partition's journal: 1, 2, 3 …; 0 stands for "none yet".
pub type Generation = u64;

/// How many shards the lists of dirty partitions and of due rollups are spread over.
pub const LIST_SHARDS: u64 = 4;

fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}

/// Percent-encodes whatever is not plainly safe in an object key, a folder of a file system and a hive partition value.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => out.push(byte as char),
            b'.' if at > 0 => out.push('.'),
            _ => out.extend(['%', hex(byte >> 4), hex(byte & 15)]),
        }
    }
    out
}

/// The longest escaped name in a path. File systems take names of 255 bytes; a namespace can have three times as many when it
/// is escaped, and stands after `namespace=`.
const LONGEST_PATH_NAME: usize = 200;

/// An escaped text as a name in a path. One that is too long for that is cut, and a hash of the whole text keeps it apart
/// from others; `~` is in no escaped text.
fn path_name(text: &str) -> String {
    let escaped = escape(text);
    if escaped.len() <= LONGEST_PATH_NAME {
        return escaped;
    }
    let hash = format!("~{:016x}", xxhash_rust::xxh3::xxh3_64(text.as_bytes()));
    let cut = LONGEST_PATH_NAME - hash.len();
    // `%2F` stays whole or goes.
    let cut = escaped[cut - 2..cut].find('%').map_or(cut, |at| cut - 2 + at);
    format!("{}{hash}", &escaped[..cut])
}

/// Sixteen digits in place of a text of any length.
fn short_hash(text: &str) -> String {
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.as_bytes()))
}

fn list_shard(partition: &Partition) -> u64 {
    xxhash_rust::xxh3::xxh3_64(partition.to_string().as_bytes()) % LIST_SHARDS
}

/// Partition keys (`pk`) and sort keys (`sk`) of the tables.
pub mod item {
    use super::{Day, Generation, Partition, Scope, Signal, list_shard};

    /// The ledger table: a partition's head.
    pub fn head(partition: &Partition) -> (String, String) {
        (format!("head#{partition}"), "head".to_owned())
    }

    /// The ledger table: one write slot of one generation; the sort key is the request's ULID.
    pub fn journal(partition: &Partition, generation: Generation, slot: u32) -> String {
        format!("journal#{generation:012}#{slot:02}#{partition}")
    }

    /// The ledger table: an entry in the list of partitions that may have undelivered rows.
    pub fn dirty(partition: &Partition) -> (String, String) {
        (dirty_shard(list_shard(partition)), partition.to_string())
    }

    /// One shard of the dirty list.
    pub fn dirty_shard(shard: u64) -> String {
        format!("dirty#{shard}")
    }

    /// The ledger table: work that becomes due at a known day ("roll up day D of this partition").
    pub fn due(partition: &Partition, day: Day, step: &str) -> (String, String) {
        (due_shard(list_shard(partition)), format!("{step}#{day}#{partition}"))
    }

    /// One shard of the list of due work.
    pub fn due_shard(shard: u64) -> String {
        format!("due#{shard}")
    }

    /// The ledger table: how far a day is rolled.
    pub fn day(partition: &Partition, day: Day) -> (String, String) {
        (days(partition), day.to_string())
    }

    /// All [`day`]s of a partition.
    pub fn days(partition: &Partition) -> String {
        format!("day#{partition}")
    }

    /// The index table: all segments of a partition.
    pub fn index(partition: &Partition) -> String {
        format!("index#{partition}")
    }

    /// Within [`index`]: generations' segments (`g`) sort before the rolled ones (`r`) of the same day and resolution.
    pub fn segment(day: Day, resolution: u32, rolled: bool, from: Generation) -> String {
        let kind = if rolled { 'r' } else { 'g' };
        format!("{day}#{resolution:04}#{kind}#{from:012}")
    }

    /// The index table: the directories (which series had data on a day) of a partition; the sort key is the day.
    pub fn directory(partition: &Partition) -> String {
        format!("directory#{partition}")
    }

    /// The catalog: the partitions of a signal in a scope; the sort key is the partition's name.
    pub fn registry(signal: Signal, scope: &Scope) -> String {
        format!("partitions#{}#{scope}", signal.as_str())
    }

    /// The catalog: access keys; the sort key is the id.
    pub const ACCESS_KEYS: &str = "accesskeys";

    /// The catalog: the tags of resources of a scope; the sort key is the ARN.
    pub fn tags(scope: &Scope) -> String {
        format!("tags#{scope}")
    }

    /// The catalog: the scopes that ever had an alarm; the sort key is the scope.
    pub const ALARM_SCOPES: &str = "alarmscopes";

    /// The catalog: one bucket of a scope's alarms; the sort key is the alarm's name.
    pub fn alarms(scope: &Scope, bucket: usize) -> String {
        format!("alarms#{scope}#{bucket:02}")
    }

    /// The catalog: the buckets' versions of a scope, and when it was evaluated last.
    pub fn alarm_heads(scope: &Scope) -> String {
        format!("alarmheads#{scope}")
    }

    /// The catalog: the mute rules of a scope; the sort key is the rule's name.
    pub fn mute_rules(scope: &Scope) -> String {
        format!("muterules#{scope}")
    }

    /// The catalog: the log groups of a scope; the sort key is the group's name.
    pub fn log_groups(scope: &Scope) -> String {
        format!("loggroups#{scope}")
    }

    /// The ledger: the log streams of a group; the sort key is the stream's name.
    pub fn log_streams(group: &Partition) -> String {
        format!("logstreams#{group}")
    }

    /// The ledger: the log streams of a group that were deleted; the sort key is the stream's id.
    pub fn log_graves(group: &Partition) -> String {
        format!("loggraves#{group}")
    }

    /// The ledger: how many bytes a log group holds of each day; the sort key is the day.
    pub fn log_bytes(group: &Partition) -> String {
        format!("logbytes#{group}")
    }

    /// The catalog: other resources of CloudWatch Logs in a scope (destinations, policies, queries, exports); the sort key is
    /// the resource's name or id.
    pub fn log_resources(kind: &str, scope: &Scope) -> String {
        format!("log{kind}#{scope}")
    }

    /// The ledger: one list of what subscriptions are still to send; the sort key is the queue's name, and the ULID of the request.
    pub fn log_sends(shard: u64) -> String {
        format!("logsends#{shard}")
    }

    /// The queue of a subscription: its list, and its name there. Filters are known by a hash of their names, since a group's and a
    /// filter's together may be longer than a sort key.
    pub fn log_queue(group: &Partition, filter: &str) -> (String, String) {
        (log_sends(list_shard(group)), format!("{group}#{}", super::short_hash(filter)))
    }

    /// The ledger: who works on the queues of a list, and when they are tried again; the sort key is the queue's name.
    pub fn log_sending(shard: u64) -> String {
        format!("logsending#{shard}")
    }

    /// The ledger: log events that were handed over and taken.
    pub fn log_taken(identity: ulid::Ulid) -> (String, String) {
        (format!("logstaken#{identity}"), "taken".to_owned())
    }

    /// The catalog: the trails of an account; the sort key is `<home region>/<name>`.
    pub fn trails(account: &str) -> String {
        format!("trails#{account}")
    }

    /// The catalog: deleted trails of an account that are still to get something; the sort key is the trail's id.
    pub fn trails_deleted(account: &str) -> String {
        format!("trailsdeleted#{account}")
    }

    /// The catalog: the regions of an account that ever had audit records; the sort key is the region.
    pub fn trail_regions(account: &str) -> String {
        format!("trailregions#{account}")
    }

    /// The ledger: what each generation of audit records brought; the sort key is the generation.
    pub fn trail_lots(partition: &Partition) -> String {
        format!("traillots#{partition}")
    }

    /// The ledger: how many texts are kept aside that are no audit records.
    pub fn trail_aside(scope: &Scope) -> (String, String) {
        (format!("trailaside#{scope}"), "count".to_owned())
    }

    /// The ledger: a text that is kept aside already, by its identity.
    pub fn trail_aside_taken(scope: &Scope, identity: ulid::Ulid) -> (String, String) {
        (format!("trailaside#{scope}"), identity.to_string())
    }

    /// The ledger: how far somebody has handed lots on; the sort key is the channel and the region.
    pub fn trail_cursors(owner: &str) -> String {
        format!("trailcursors#{owner}")
    }

    /// The ledger: the log files of a trail in a region; the sort key is the generation and the number of the file.
    pub fn trail_files(trail: &str, region: &str) -> String {
        format!("trailfiles#{trail}#{region}")
    }

    /// The ledger: a trail's chains of digests; the sort key is the region.
    pub fn trail_chains(trail: &str) -> String {
        format!("trailchains#{trail}")
    }

    /// The ledger: what became of a trail's deliveries.
    pub fn trail_status(trail: &str) -> (String, String) {
        (format!("trailstatus#{trail}"), "status".to_owned())
    }

    /// The catalog: the accounts that ever had a trail; the sort key is the account.
    pub const TRAIL_ACCOUNTS: &str = "trailaccounts";

    /// The catalog: other resources of CloudTrail in a scope (channels, keys); the sort key is the resource's id.
    pub fn trail_resources(kind: &str, scope: &Scope) -> String {
        format!("trail{kind}#{scope}")
    }

    /// The ledger: which alarms of a bucket changed; the sort key is the bucket's version.
    pub fn alarm_log(scope: &Scope, bucket: usize) -> String {
        format!("alarmlog#{scope}#{bucket:02}")
    }

    /// The ledger: actions of alarms that are not done yet; the sort key is when they are due, and their ULID.
    pub fn todo(scope: &Scope) -> String {
        format!("todo#{scope}")
    }

    /// The ledger: the history of all alarms of a scope in a day; the sort key is a ULID.
    pub fn history_of_day(scope: &Scope, day: Day) -> String {
        format!("historyday#{scope}#{day}")
    }

    /// The ledger: the history of an alarm; the sort key is a ULID.
    pub fn history_of_alarm(scope: &Scope, name: &str) -> String {
        format!("history#{scope}#{name}")
    }
}

/// Names of objects in the data bucket.
pub mod object {
    use std::fmt;

    use super::{Day, Generation, Partition, Scope, Signal, path_name};

    /// The prefix of all segments of a partition.
    pub fn segments(partition: &Partition) -> String {
        format!("{}/{}/", partition.signal.as_str(), partition.folder())
    }

    /// A segment. The name ends in a hash of its bytes: a repeat of the same work overwrites the same object,
    /// and an object that the index names never changes, whatever a late worker does.
    pub fn segment(partition: &Partition, day: Day, resolution: u32, span: Span, hash: u64) -> String {
        format!("{}resolution={resolution}/date={day}/{span}-{hash:016x}.parquet", segments(partition))
    }

    /// A segment of log events. Groups of the same name share a folder: the id tells their objects apart.
    pub fn log_segment(group: &Partition, day: Day, span: Span, hash: u64) -> String {
        let (_, id) = group.log_group();
        format!("{}date={day}/{id}-{span}-{hash:016x}.parquet", segments(group))
    }

    /// A segment of audit records.
    pub fn trail_segment(partition: &Partition, day: Day, span: Span, hash: u64) -> String {
        format!("{}date={day}/{span}-{hash:016x}.parquet", segments(partition))
    }

    /// The ids of the audit records of a day, as a generation left them.
    pub fn trail_ids(partition: &Partition, day: Day, generation: Generation, hash: u64) -> String {
        format!("{}{day}-g{generation:012}-{hash:016x}.ids", directories(partition))
    }

    /// What came as audit records on a day and is none.
    pub fn trail_aside(scope: &Scope, day: Day, name: &str, hash: u64) -> String {
        let folder = Partition::trail(scope.clone()).folder();
        format!("trail-aside/{folder}/date={day}/{name}-{hash:016x}.jsonl")
    }

    /// Which generations a segment holds; written `g000000000012`, or `r000000000001-000000000288` when it was rolled.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Span {
        /// One generation, as it was delivered.
        Delivered(Generation),
        /// What several segments were rolled into, both ends inclusive.
        Rolled(Generation, Generation),
    }

    impl fmt::Display for Span {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::Delivered(generation) => write!(f, "g{generation:012}"),
                Self::Rolled(from, to) => write!(f, "r{from:012}-{to:012}"),
            }
        }
    }

    /// The directory of a day, as a generation left it.
    pub fn directory(partition: &Partition, day: Day, generation: Generation, hash: u64) -> String {
        format!("{}{day}-g{generation:012}-{hash:016x}.parquet", directories(partition))
    }

    /// The prefix of all directories of a partition.
    pub fn directories(partition: &Partition) -> String {
        format!("directory/{}", segments(partition))
    }

    /// The generation that wrote a directory.
    pub fn parse_directory(key: &str) -> Option<Generation> {
        let name = key.rsplit('/').next()?;
        let name = name.strip_suffix(".parquet").or_else(|| name.strip_suffix(".ids"))?;
        let (rest, _hash) = name.rsplit_once('-')?;
        rest.rsplit_once("-g")?.1.parse().ok()
    }

    /// The body of a journal item that is too large to stand in the item.
    pub fn journal(partition: &Partition, generation: Generation, ulid: &str) -> String {
        format!(
            "journal/{}/{}/g{generation:012}/{ulid}",
            partition.signal.as_str(),
            path_name(&partition.to_string())
        )
    }

    /// What a subscription is to send of one request, when that is too large to stand in an item.
    pub fn log_send(group: &Partition, filter: &str, ulid: &str) -> String {
        format!("sends/{}/{}/{ulid}", path_name(&group.to_string()), super::short_hash(filter))
    }

    /// What the name of a segment of this partition tells: `(day, resolution, span)`; nothing when it is another's.
    pub fn parse_segment(partition: &Partition, key: &str) -> Option<(Day, u32, Span)> {
        let mut parts = key.rsplit('/');
        let mut name = parts.next()?.strip_suffix(".parquet")?;
        let day = Day::parse(parts.next()?.strip_prefix("date=")?)?;
        let resolution = match partition.signal {
            Signal::Metrics => parts.next()?.strip_prefix("resolution=")?.parse().ok()?,
            Signal::Trail => 0,
            Signal::Logs => {
                name = name.strip_prefix(partition.log_group().1)?.strip_prefix('-')?;
                0
            }
        };
        let (span, _hash) = name.rsplit_once('-')?;
        let span = if let Some(generation) = span.strip_prefix('g') {
            Span::Delivered(generation.parse().ok()?)
        } else {
            let (from, to) = span.strip_prefix('r')?.split_once('-')?;
            Span::Rolled(from.parse().ok()?, to.parse().ok()?)
        };
        Some((day, resolution, span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope { account: "123456789012".into(), region: "eu-west-1".into() }
    }

    #[test]
    fn partitions_round_trip_whatever_the_namespace() {
        for name in ["AWS/EC2", "a#b/c d", "..", "ünïcode", "x=y"] {
            let partition = Partition::metrics(scope(), name);
            assert_eq!(Partition::parse(&partition.to_string()), Some(partition));
        }
        assert_eq!(Partition::parse("nothing/1/2/3"), None);
    }

    #[test]
    fn folders_are_safe_in_a_file_system() {
        fn check(namespace: &str, expected: &str) {
            let folder = Partition::metrics(scope(), namespace).folder();
            assert_eq!(folder.rsplit_once('=').map(|(_, value)| value), Some(expected));
        }
        check("AWS/EC2", "AWS%2FEC2");
        check("..", "%2E.");
        check("a b", "a%20b");
        check("a=b", "a%3Db");
        let longest = "x".repeat(200);
        check(&longest, &longest);
    }

    #[test]
    fn long_namespaces_are_cut_and_kept_apart() {
        fn value(namespace: &str) -> String {
            Partition::metrics(scope(), namespace).folder().rsplit_once('=').unwrap().1.to_owned()
        }
        for character in ["x", "/"] {
            for length in 200..=255 {
                let (one, other) = (character.repeat(length), format!("{}y", character.repeat(length - 1)));
                let (one, other) = (value(&one), value(&other));
                assert!(one.len() <= 200 && other.len() <= 200, "{length} {character}: {one} {other}");
                assert_ne!(one, other, "{length} {character}");
                let (text, _hash) = one.rsplit_once('~').unwrap_or((&one, ""));
                assert!(!text.trim_end_matches("%2F").contains('%'), "{one}");
            }
        }
    }

    #[test]
    fn object_names_tell_what_they_hold() {
        let partition = Partition::metrics(scope(), "N");
        let day = Day::parse("2026-11-21").unwrap();
        for span in [object::Span::Delivered(7), object::Span::Rolled(1, 288), object::Span::Rolled(3, 3)] {
            let key = object::segment(&partition, day, 60, span, 0xabc);
            assert_eq!(object::parse_segment(&partition, &key), Some((day, 60, span)), "{key}");
        }
        let group = Partition::logs(scope(), "/aws/lambda/a", "01ID");
        for span in [object::Span::Delivered(7), object::Span::Rolled(1, 288)] {
            let key = object::log_segment(&group, day, span, 0xabc);
            assert_eq!(object::parse_segment(&group, &key), Some((day, 0, span)), "{key}");
            let another = Partition::logs(scope(), "/aws/lambda/a", "02ID");
            assert_eq!(object::parse_segment(&another, &key), None, "{key}");
        }
        assert_eq!(object::parse_directory(&object::directory(&partition, day, 12, 1)), Some(12));
        let trail = Partition::trail(scope());
        assert_eq!(object::parse_directory(&object::trail_ids(&trail, day, 12, 1)), Some(12));
        let key = object::trail_segment(&trail, day, object::Span::Delivered(7), 0xabc);
        assert_eq!(object::parse_segment(&trail, &key), Some((day, 0, object::Span::Delivered(7))));
        assert_eq!(object::parse_segment(&partition, "metrics/date=x/y.parquet"), None);
    }
}
