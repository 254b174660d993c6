//! How AWS words that a request is not let in: signatures (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>)
//! and policies (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>).
//!
//! "Confirmed" are texts that AWS documents or that its users quoted in public.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use watchtrail_wire::Fault;

use crate::access::Refusal;

/// A request whose signature is not one.
pub(crate) fn refused(refusal: &Refusal) -> Fault {
    match refusal {
        // Confirmed.
        Refusal::Missing => Fault::missing_authentication_token(),
        Refusal::Token | Refusal::Unknown => Fault::unrecognized_client(),
        Refusal::Wrong => Fault::invalid_signature(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key \
             and signing method. Consult the service documentation for details.",
        ),
        Refusal::Expired(given, earliest, now, allowed) => Fault::invalid_signature(format!(
            "Signature expired: {given} is now earlier than {earliest} ({now} - {allowed}.)"
        )),
        Refusal::Early(given, latest, now) => Fault::invalid_signature(format!(
            "Signature not yet current: {given} is still later than {latest} ({now} + 15 min.)"
        )),
        Refusal::Service(own) => {
            Fault::invalid_signature(format!("Credential should be scoped to correct service: '{own}'. "))
        }
        Refusal::Region(region) => Fault::invalid_signature(format!(
            "Credential should be scoped to a valid region, not '{region}'. "
        )),
        Refusal::Terminator(given) => Fault::invalid_signature(format!(
            "Credential should be scoped with a valid terminator: 'aws4_request', not '{given}'. "
        )),
        Refusal::ScopeDate(scope, date) => Fault::invalid_signature(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope}' != '{}', \
             from '{date}'.",
            date.get(..8).unwrap_or_default()
        )),
        Refusal::Unsigned(header) => {
            Fault::invalid_signature(format!("'{header}' must be a 'SignedHeader' in the AWS Authorization."))
        }
        other => incomplete(other),
    }
}

/// A signature that lacks something or cannot be read.
fn incomplete(refusal: &Refusal) -> Fault {
    let text = match refusal {
        // Confirmed, but for the hash, which newer answers have in place of the header itself.
        Refusal::Parts(missing, header) => {
            let one = |part: &&str| match *part {
                "X-Amz-Date" => {
                    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
                        .to_owned()
                }
                part => format!("Authorization header requires '{part}' parameter. "),
            };
            let text: String = missing.iter().map(one).collect();
            format!("{text}{}", hashed(header))
        }
        Refusal::Pair(pair, header) => format!(
            "'{pair}' not a valid key=value pair (missing equal-sign) in Authorization header: {}",
            hashed(header)
        ),
        Refusal::Credential(given) => format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{given}'"
        ),
        Refusal::Date(given) => format!(
            "Date must be in ISO-8601 'basic format'. Got '{given}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ),
        Refusal::Parameter(name) => format!("AWS query-string parameters must include '{name}'. "),
        // Wordings not confirmed from here on.
        Refusal::Algorithm(given) => format!("Unsupported AWS 'algorithm': '{given}'. "),
        Refusal::Expires => "X-Amz-Expires must be a number of seconds from 1 to 604800. ".to_owned(),
        Refusal::SignedHeaders => {
            "'SignedHeaders' must be a sorted list of the names of headers, in lower case. ".to_owned()
        }
        Refusal::Query => "The query string must be UTF-8 and have each parameter once. ".to_owned(),
        Refusal::Twice => {
            "A request has one signature, in its Authorization header or in its query. ".to_owned()
        }
        Refusal::Payload => {
            "The payload must be signed: 'x-amz-content-sha256' must be its SHA-256. ".to_owned()
        }
        Refusal::Hash => {
            "The provided 'x-amz-content-sha256' header does not match what was computed. ".to_owned()
        }
        _ => String::new(),
    };
    match refusal {
        Refusal::Payload | Refusal::Hash => Fault::invalid_signature(text),
        _ => Fault::incomplete_signature(text),
    }
}

fn hashed(header: &str) -> String {
    let hash = STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, header.as_bytes()));
    format!("(Hashed with SHA-256 and encoded with Base64) Authorization={hash}")
}

/// A resource as refusals tell of it; of none they tell nothing.
fn on(resource: &str) -> String {
    if resource == "*" { String::new() } else { format!(" on resource: {resource}") }
}

/// No statement allows it. Confirmed.
pub(crate) fn not_allowed(user: &str, action: &str, resource: &str) -> Fault {
    Fault::access_denied(format!(
        "User: {user} is not authorized to perform: {action}{} because no identity-based policy allows the {action} action",
        on(resource)
    ))
}

/// A statement denies it. Confirmed.
pub(crate) fn denied(user: &str, action: &str, resource: &str) -> Fault {
    Fault::access_denied(format!(
        "User: {user} is not authorized to perform: {action}{} with an explicit deny in an identity-based policy",
        on(resource)
    ))
}
