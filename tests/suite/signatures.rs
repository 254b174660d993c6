//! No request without a valid signature is let in: a hundred thousand signed requests, each changed after it was signed.
//!
//! Requests are signed by `aws-sigv4`, as the SDK does it, and held against [`Context::admit`], which is in front of every API. A change
//! is made so that what is signed changes with it, or the claim: what means the same to the signature (another order of parameters, `%61` for
//! `a`, spaces around a header's value) is never made.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatch::config::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use watchtrail_core::time::{MINUTE, SECOND, Timestamp};
use watchtrail_local::Home;
use watchtrail_service::access::actions;
use watchtrail_service::{Api, Clock, Context, Gate};
use watchtrail_store::{AccessKey, KeyFacts, KeyStatus};

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// When requests are signed: 2026-11-22T10:00:00Z.
const SIGNED: i64 = 1_795_341_600_000;
const HOUR: u64 = 3_600;

/// A clock that is where it was put.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// A request that can be changed piece by piece.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sent {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    service: &'static str,
    /// When it arrives, after it was signed (milliseconds).
    late: i64,
}

impl Sent {
    fn new(method: &str, path: &str, service: &'static str, body: &str) -> Self {
        let headers = vec![("host".to_owned(), "127.0.0.1:4700".to_owned())];
        let (method, path) = (method.to_owned(), path.to_owned());
        Self { method, path, query: vec![], headers, body: body.into(), service, late: 0 }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn asking(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    fn target(&self) -> String {
        let pairs: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, pairs.join("&")) }
    }

    /// The same, signed in a header or, for so many seconds, in the query.
    fn signed(mut self, presigned: Option<u64>, told: PayloadChecksumKind) -> Self {
        let identity = Credentials::new(KEY, SECRET, None, None, "tests").into();
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = told;
        if let Some(seconds) = presigned {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_secs(seconds));
        }
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name(self.service)
            .time(SystemTime::UNIX_EPOCH + Duration::from_millis(SIGNED.unsigned_abs()))
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let body = SignableBody::Bytes(&self.body);
        let request = SignableRequest::new(&self.method, self.target(), headers, body).unwrap();
        let (made, _) = sign(request, &params).unwrap().into_parts();
        let (headers, params) = made.into_parts();
        self.headers.extend(headers.iter().map(|one| (one.name().to_owned(), one.value().to_owned())));
        let encode = |text: &str| text.replace('/', "%2F").replace(';', "%3B");
        self.query.extend(params.iter().map(|(name, value)| ((*name).to_owned(), encode(value))));
        self
    }

    /// The request as a server has it; nothing where none could be sent.
    fn parts(&self) -> Option<http::request::Parts> {
        let mut request = http::Request::builder().method(self.method.as_str()).uri(self.target());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        Some(request.body(()).ok()?.into_parts().0)
    }

    fn header(&mut self, name: &str) -> Option<&mut String> {
        self.headers.iter_mut().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    fn parameter(&mut self, name: &str) -> Option<&mut String> {
        self.query.iter_mut().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    fn is_presigned(&self) -> bool {
        self.query.iter().any(|(name, _)| name == "X-Amz-Signature")
    }

    /// One field of the claim, wherever it is.
    fn edit(&mut self, field: &str, edit: impl FnOnce(&str) -> String) {
        if self.is_presigned() {
            let value = self.parameter(&format!("X-Amz-{field}")).unwrap();
            *value = edit(&value.replace("%2F", "/").replace("%3B", ";")).replace('/', "%2F");
            return;
        }
        let header = self.header("authorization").unwrap();
        let start = header.find(&format!("{field}=")).unwrap() + field.len() + 1;
        let end = header[start..].find(',').map_or(header.len(), |at| start + at);
        let edited = edit(&header[start..end]);
        header.replace_range(start..end, &edited);
    }

    fn field(&self, field: &str) -> String {
        let mut found = String::new();
        self.clone().edit(field, |value| {
            value.clone_into(&mut found);
            String::new()
        });
        found
    }
}

/// Requests of all protocols, signed in all ways.
fn requests() -> Vec<Sent> {
    let json = Sent::new("POST", "/", "monitoring", r#"{"Namespace":"Shop","MetricData":[]}"#)
        .with("content-type", "application/x-amz-json-1.0")
        .with("x-amz-target", "GraniteServiceVersion20100801.PutMetricData");
    let logs = Sent::new("POST", "/", "logs", r#"{"logGroupName":"g"}"#)
        .with("content-type", "application/x-amz-json-1.1")
        .with("x-amz-target", "Logs_20140328.CreateLogGroup");
    let path = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
    let cbor = Sent::new("POST", path, "monitoring", "binary")
        .with("smithy-protocol", "rpc-v2-cbor")
        .with("content-type", "application/cbor");
    let form = Sent::new("POST", "/", "monitoring", "Action=DescribeAlarms&Version=2010-08-01")
        .with("content-type", "application/x-www-form-urlencoded");
    let get = Sent::new("GET", "/", "monitoring", "")
        .asking("Action", "ListMetrics")
        .asking("Namespace", "AWS%2FEC2")
        .asking("Version", "2010-08-01");
    let (plain, told) = (PayloadChecksumKind::NoHeader, PayloadChecksumKind::XAmzSha256);
    let mut all = Vec::new();
    for request in [json, logs, cbor, form, get] {
        all.push(request.clone().signed(None, plain));
        all.push(request.clone().signed(None, told));
        all.push(request.signed(Some(HOUR), plain));
    }
    all
}

/// Another letter or digit in the place of one.
fn flipped(text: &str, random: &mut StdRng) -> String {
    let places: Vec<usize> =
        text.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric()).map(|(at, _)| at).collect();
    let Some(at) = places.choose(random) else { return format!("{text}x") };
    // What a percent sign begins stays another character, not another spelling of it.
    let from = text[*at..=*at].to_owned();
    let pool = if from.bytes().all(|byte| byte.is_ascii_digit()) { "0123456789" } else { "ghjkmnpqrstuvwz" };
    let others: Vec<char> = pool.chars().filter(|c| !from.eq_ignore_ascii_case(&c.to_string())).collect();
    format!("{}{}{}", &text[..*at], others.choose(random).unwrap(), &text[at + 1..])
}

type Change = fn(&mut Sent, &mut StdRng);

/// Ways to change a request after it was signed. Two of them never undo each other.
const CHANGES: [(&str, Change); 10] = [
    ("method", |sent, random| {
        let others = ["GET", "POST", "PUT", "DELETE", "get", "PATCH"];
        let others: Vec<&&str> = others.iter().filter(|other| **other != sent.method).collect();
        sent.method = (**others.choose(random).unwrap()).to_owned();
    }),
    ("path", |sent, random| {
        sent.path = match random.random_range(0..6) {
            0 => format!("{}x", sent.path),
            1 => format!("/x{}", sent.path),
            2 => format!("/{}", sent.path),
            3 => format!("/.{}", sent.path),
            4 => format!("/a/..{}", sent.path),
            _ => format!("{}%2e", sent.path),
        };
    }),
    ("query", |sent, random| {
        let own: Vec<usize> =
            (0..sent.query.len()).filter(|at| !sent.query[*at].0.starts_with("X-Amz-")).collect();
        match (random.random_range(0..5), own.choose(random)) {
            (0, Some(at)) => sent.query[*at].1 = flipped(&sent.query[*at].1.clone(), random),
            (1, Some(at)) => sent.query[*at].0 = flipped(&sent.query[*at].0.clone(), random),
            (2, Some(at)) => drop(sent.query.remove(*at)),
            (3, Some(at)) => sent.query.push(sent.query[*at].clone()),
            _ => sent.query.push(("Extra".to_owned(), random.random_range(0..9).to_string())),
        }
    }),
    ("header", |sent, random| {
        let own: Vec<usize> = (0..sent.headers.len())
            .filter(|at| !["authorization", "x-amz-date"].contains(&sent.headers[*at].0.as_str()))
            .collect();
        let at = *own.choose(random).unwrap();
        match random.random_range(0..5) {
            0 => sent.headers[at].1 = flipped(&sent.headers[at].1.clone(), random),
            1 => drop(sent.headers.remove(at)),
            2 => sent.headers.push((sent.headers[at].0.clone(), "more".to_owned())),
            3 => sent.headers.push(("x-amz-more".to_owned(), "more".to_owned())),
            _ => sent.headers[at].1 += "x",
        }
    }),
    ("body", |sent, random| match random.random_range(0..4) {
        0 if !sent.body.is_empty() => {
            let at = random.random_range(0..sent.body.len());
            sent.body[at] ^= 1 << random.random_range(0..8);
        }
        1 if !sent.body.is_empty() => sent.body.truncate(random.random_range(0..sent.body.len())),
        2 => sent.body.insert(0, b' '),
        _ => sent.body.push(random.random()),
    }),
    ("signature", |sent, random| {
        let kind = random.random_range(0..6);
        let mut digit = || char::from_digit(random.random_range(0..16), 16).unwrap();
        let (one, other) = (digit(), digit());
        sent.edit("Signature", |own| match kind {
            0 => String::new(),
            1 => own[..own.len() - 1].to_owned(),
            2 => format!("{own}{one}"),
            3 => own.replace(|c: char| c.is_ascii_lowercase(), "A"),
            4 => [one, other].iter().cycle().take(64).collect(),
            // Another digit in place of one: one further, so that it is never the same.
            _ => {
                let at = one.to_digit(16).unwrap() as usize;
                let next = (own[at..=at].chars().next().unwrap().to_digit(16).unwrap() + 1) % 16;
                format!("{}{}{}", &own[..at], char::from_digit(next, 16).unwrap(), &own[at + 1..])
            }
        });
    }),
    ("credential", |sent, random| {
        let (kind, place) = (random.random_range(0..4), random.random_range(0..5));
        let mut copy = random.clone();
        sent.edit("Credential", |own| {
            let mut fields: Vec<String> = own.split('/').map(str::to_owned).collect();
            match kind {
                0 => drop(fields.remove(place)),
                1 => fields.push("more".to_owned()),
                2 => fields[place] += "1",
                _ => fields[place] = flipped(&fields[place], &mut copy),
            }
            fields.join("/")
        });
    }),
    ("signed headers", |sent, random| {
        let kind = random.random_range(0..6);
        sent.edit("SignedHeaders", |own| match kind {
            0 => String::new(),
            1 => own.split(';').skip(1).collect::<Vec<_>>().join(";"),
            2 => format!("{own};zzz"),
            3 => own.to_uppercase(),
            4 => format!("{own};{own}"),
            _ => format!("a;{own}"),
        });
    }),
    ("date", |sent, random| {
        let kind = random.random_range(0..5);
        let mut copy = random.clone();
        let mut edit = |own: &str| match kind {
            0 => String::new(),
            1 => own.replace('Z', ""),
            2 => own.to_lowercase(),
            3 => format!("{own}0"),
            _ => {
                flipped(&own.replace(['T', 'Z'], "-"), &mut copy).replacen('-', "T", 1).replacen('-', "Z", 1)
            }
        };
        if sent.is_presigned() {
            sent.edit("Date", edit);
        } else {
            let date = sent.header("x-amz-date").unwrap();
            *date = edit(date);
        }
    }),
    ("claim", |sent, random| {
        let presigned = sent.is_presigned();
        match random.random_range(0..7) {
            0 => sent.headers.push(("x-amz-security-token".to_owned(), "token".to_owned())),
            1 => sent.query.push(("X-Amz-Security-Token".to_owned(), "token".to_owned())),
            2 => sent.headers.push(("x-amz-content-sha256".to_owned(), "UNSIGNED-PAYLOAD".to_owned())),
            // Too late, too early.
            3 if presigned => sent.late = HOUR.cast_signed() * SECOND + random.random_range(1..MINUTE),
            3 => sent.late = 15 * MINUTE + random.random_range(1..10 * MINUTE),
            4 => sent.late = -15 * MINUTE - random.random_range(SECOND..10 * MINUTE),
            5 if presigned => {
                let expires = ["03600", "%2B3600", "3601", "0", "-1", "", "604801", "3600.0", "36OO"];
                let expires = (*expires.choose(random).unwrap()).to_owned();
                *sent.parameter("X-Amz-Expires").unwrap() = expires;
            }
            6 if presigned => {
                let name = ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"];
                let name = format!("X-Amz-{}", name.choose(random).unwrap());
                let at = sent.query.iter().position(|(known, _)| *known == name).unwrap();
                // Gone, or there twice.
                let pair = sent.query[at].clone();
                if random.random() { drop(sent.query.remove(at)) } else { sent.query.push(pair) }
            }
            _ if presigned => "AWS4-HMAC-SHA1".clone_into(sent.parameter("X-Amz-Algorithm").unwrap()),
            _ => {
                let header = sent.header("authorization").unwrap();
                let edits: [(&str, &str); 6] = [
                    ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"),
                    ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
                    ("AWS4-HMAC-SHA256", "Bearer"),
                    ("Signature=", "Sig="),
                    ("Signature=", "Signature=0, Signature="),
                    ("SignedHeaders=", "More=1, SignedHeaders="),
                ];
                let (from, to) = edits.choose(random).unwrap();
                *header = header.replacen(from, to, 1);
            }
        }
    }),
];

struct Locked {
    context: Context,
    hand: Arc<Hand>,
    _home: Home,
}

impl Locked {
    async fn new() -> Self {
        let home = Home::still(Timestamp::from_millis(SIGNED)).await.unwrap();
        let facts = KeyFacts {
            id: KEY.to_owned(),
            account: "123456789012".to_owned(),
            user: "somebody".to_owned(),
            status: KeyStatus::Active,
            created: SIGNED,
            policy: r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#.to_owned(),
        };
        let key = AccessKey { facts, secret: SECRET.to_owned() };
        home.context.store.access.create(&key, &|| [7; 32]).await.unwrap();
        let hand = Arc::new(Hand(AtomicI64::new(SIGNED)));
        let clock = Arc::clone(&hand) as Arc<dyn Clock>;
        // Keys are read once: this is about signatures.
        let gate = Gate::new(Arc::clone(&home.context.store.access), clock, i64::MAX / 4);
        let context = Context { gate: Some(Arc::new(gate)), ..home.context.clone() };
        Self { context, hand, _home: home }
    }

    /// Whether a request is let in; the words of the refusal else.
    async fn admits(&self, sent: &Sent) -> Result<(), String> {
        let mut parts = sent.parts().ok_or("it cannot be sent")?;
        self.hand.0.store(SIGNED + sent.late, Ordering::Relaxed);
        let admitted = self.context.admit(&mut parts, &sent.body, sent.service).await;
        admitted.map_err(|fault| fault.to_string())
    }
}

#[tokio::test]
async fn a_hundred_thousand_changed_requests_are_refused() {
    let locked = Locked::new().await;
    let requests = requests();
    for request in &requests {
        locked.admits(request).await.unwrap_or_else(|refusal| panic!("{refusal}: {request:?}"));
    }
    let seed = std::env::var("SIGNATURE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = StdRng::seed_from_u64(seed);
    let (mut refusals, mut made) = (BTreeSet::new(), [0; CHANGES.len()]);
    for number in 0..100_000 {
        let request = requests.choose(&mut random).unwrap();
        let mut changed = request.clone();
        let first = random.random_range(0..CHANGES.len());
        // One change mostly, sometimes two of different kinds.
        let second = random.random_range(0..4 * CHANGES.len());
        let second = Some(second).filter(|second| *second != first && *second < CHANGES.len());
        // In the order of the list: a header that one adds is not removed by another.
        for which in [first].into_iter().chain(second).collect::<BTreeSet<_>>() {
            CHANGES[which].1(&mut changed, &mut random);
            made[which] += 1;
        }
        let what = CHANGES[first].0;
        assert_ne!(changed, *request, "{what} changed nothing");
        match locked.admits(&changed).await {
            Ok(()) => panic!("{number}, a change of {what} was let in: {changed:?}\nsigned: {request:?}"),
            Err(refusal) => drop(refusals.insert(refusal.split(':').next().unwrap_or_default().to_owned())),
        }
    }
    assert!(made.iter().all(|count| *count > 1_000), "{made:?}");
    assert!(refusals.len() >= 3, "{refusals:?}");
    for request in &requests {
        locked.admits(request).await.unwrap_or_else(|refusal| panic!("{refusal}: {request:?}"));
    }
}

/// Signatures of one request are no signatures of another.
#[tokio::test]
async fn a_signature_is_good_for_its_own_request_alone() {
    let locked = Locked::new().await;
    let requests = requests();
    for one in &requests {
        for other in requests.iter().filter(|other| *other != one) {
            if one.is_presigned() == other.is_presigned() {
                let mut mixed = one.clone();
                let theirs = other.field("Signature");
                mixed.edit("Signature", |_| theirs);
                assert!(locked.admits(&mixed).await.is_err(), "{mixed:?}");
            }
        }
    }
}

/// An operation that has no line in its table is refused to everybody: none may be forgotten.
#[test]
fn every_operation_has_its_line_in_the_table_of_actions() {
    let live_tail = ["StartLiveTail"];
    let apis: [&Api; 4] = [
        &watchtrail_metrics::API,
        &watchtrail_logs::API,
        &watchtrail_trail::API,
        &watchtrail_trail::DATA_API,
    ];
    for api in apis {
        let more = if api.model.name == "logs" { &live_tail[..] } else { &[] };
        let names = api.operations.iter().map(watchtrail_service::Entry::name).chain(more.iter().copied());
        for name in names {
            assert!(actions::rule(api.model.name, name).is_some(), "{} {name}", api.model.name);
        }
    }
    for operation in watchtrail_wire::shapes::sns::MODEL.operations {
        let embedded = actions::rule("sns", operation).is_some();
        let listed =
            include_str!("../../local/src/embedded/sns/mod.rs").contains(&format!("\"{operation}\" =>"));
        assert_eq!(embedded, listed, "sns {operation}");
    }
}
