//! Reading a policy, and refusing one that does not say clearly what it means.

use std::collections::HashSet;

use super::condition::{Condition, Wrong};
use super::json::Json;
use super::template::{Case, Template, matches, matches_arn};
use super::{Ask, Keys};

/// A policy has at most so many characters besides white space: IAM's limit for managed policies.
pub const LARGEST: usize = 6_144;

/// Nothing longer is read at all.
const LONGEST: usize = 8 * LARGEST;

/// A policy that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub(super) statements: Vec<Statement>,
}

/// Which language a policy is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// 2012-10-17
    Current,
    /// 2008-10-17, which knows no variables; also of policies that name none.
    Old,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum List {
    These(Vec<Template>),
    AllBut(Vec<Template>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    actions: List,
    resources: List,
    conditions: Vec<Condition>,
}

/// Why a policy is refused. Statements are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Too long.
    #[error("a policy has at most {LARGEST} characters besides white space")]
    TooLong,
    /// No JSON, or a name twice in one object.
    #[error("the policy is no JSON document: {0}")]
    Json(String),
    /// Something else where a policy is an object.
    #[error("{0} must be {1}")]
    Type(String, &'static str),
    /// An element that is not of the language.
    #[error("{0} has no element {1}")]
    Unknown(String, String),
    /// An element that is of the language, but not for an access key.
    #[error("{0} has {1}: the policy of an access key is for whoever has the key")]
    Principal(String, String),
    /// A version that is none.
    #[error("Version must be 2012-10-17 or 2008-10-17, not {0}")]
    Version(String),
    /// An element that is missing, or that excludes another.
    #[error("{0} needs exactly one of {1}")]
    Needs(String, &'static str),
    /// No statement.
    #[error("the policy has no Statement")]
    Empty,
    /// A Sid that is none, or that is there twice.
    #[error("{0}: Sid {1} must be of letters and digits, and the only one of its name")]
    Sid(String, String),
    /// An effect that is none.
    #[error("{0}: Effect must be Allow or Deny, not {1}")]
    Effect(String, String),
    /// An action that is none.
    #[error("{0}: an action is written service:Name or *, not {1}")]
    Action(String, String),
    /// A resource that is none.
    #[error("{0}: a resource is an ARN or *, not {1}")]
    Resource(String, String),
    /// An operator that is none.
    #[error("{0}: there is no condition operator {1}")]
    Operator(String, String),
    /// A value that an operator cannot compare.
    #[error("{0}: {1} cannot compare with {2}")]
    Value(String, String, String),
}

type Members<'a> = &'a [(String, Json)];

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// When it is malformed: a key never has a policy of which a part is passed over.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let length = text.chars().filter(|c| !c.is_whitespace()).count();
        if length > LARGEST || text.len() > LONGEST {
            return Err(PolicyError::TooLong);
        }
        let json: Json = serde_json::from_str(text).map_err(|error| PolicyError::Json(error.to_string()))?;
        let here = "the policy";
        let members = object(&json, here)?;
        only(members, here, &["Version", "Id", "Statement"])?;
        let version = match member(members, "Version") {
            None => Version::Old,
            Some(Json::Text(text)) if text == "2012-10-17" => Version::Current,
            Some(Json::Text(text)) if text == "2008-10-17" => Version::Old,
            Some(Json::Text(other)) => return Err(PolicyError::Version(other.clone())),
            Some(_) => return Err(PolicyError::Type("Version".to_owned(), "a string")),
        };
        let statements = match member(members, "Statement") {
            None => return Err(PolicyError::Empty),
            Some(Json::List(list)) => list.iter().collect(),
            Some(one) => vec![one],
        };
        if statements.is_empty() {
            return Err(PolicyError::Empty);
        }
        let mut sids = HashSet::new();
        let mut read = Vec::with_capacity(statements.len());
        for (number, statement) in statements.iter().enumerate() {
            let here = format!("statement {}", number + 1);
            let members = object(statement, &here)?;
            check_sid(members, &here, &mut sids)?;
            read.push(Statement::of(members, &here, version)?);
        }
        Ok(Self { statements: read })
    }
}

impl Statement {
    fn of(members: Members<'_>, here: &str, version: Version) -> Result<Self, PolicyError> {
        for name in ["Principal", "NotPrincipal"] {
            if member(members, name).is_some() {
                return Err(PolicyError::Principal(here.to_owned(), name.to_owned()));
            }
        }
        let known = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
        only(members, here, &known)?;
        let effect = match member(members, "Effect") {
            Some(Json::Text(text)) if text == "Allow" => Effect::Allow,
            Some(Json::Text(text)) if text == "Deny" => Effect::Deny,
            Some(Json::Text(other)) => return Err(PolicyError::Effect(here.to_owned(), other.clone())),
            _ => return Err(PolicyError::Needs(here.to_owned(), "Effect")),
        };
        let actions = list(members, here, "Action", "NotAction", "Action and NotAction")?;
        let actions = actions.read(&|text| {
            let good = is_action(text).then(|| Template::parse(text, Version::Old)).flatten();
            good.ok_or_else(|| PolicyError::Action(here.to_owned(), text.to_owned()))
        })?;
        let resources = list(members, here, "Resource", "NotResource", "Resource and NotResource")?;
        let resources = resources.read(&|text| {
            let is_arn = text.starts_with("arn:") || (!text.is_empty() && text.chars().all(|c| c == '*'));
            let good = is_arn.then(|| Template::parse(text, version)).flatten();
            good.ok_or_else(|| PolicyError::Resource(here.to_owned(), text.to_owned()))
        })?;
        let conditions = match member(members, "Condition") {
            None => Vec::new(),
            Some(json) => conditions(json, here, version)?,
        };
        Ok(Self { effect, actions, resources, conditions })
    }

    /// Whether the statement says anything of this.
    ///
    /// A statement that allows is passed over where a variable of it has no value: nobody is let in by what is not known.
    pub(super) fn is_about(&self, ask: &Ask<'_>) -> bool {
        let unknown = self.effect == Effect::Deny;
        self.actions.names_action(ask.action)
            && self.resources.names_resource(ask.resource, ask.keys, unknown)
            && self.conditions.iter().all(|condition| condition.holds(ask.keys).unwrap_or(unknown))
    }
}

/// The texts of an element, before they are looked at.
enum Texts {
    These(Vec<String>),
    AllBut(Vec<String>),
}

impl Texts {
    fn read(self, one: &dyn Fn(&str) -> Result<Template, PolicyError>) -> Result<List, PolicyError> {
        let all = |texts: Vec<String>| texts.iter().map(|text| one(text)).collect::<Result<Vec<_>, _>>();
        Ok(match self {
            Self::These(texts) => List::These(all(texts)?),
            Self::AllBut(texts) => List::AllBut(all(texts)?),
        })
    }
}

impl List {
    fn names_action(&self, action: &str) -> bool {
        let none = Keys::default();
        let fits = |template: &Template| {
            template.filled(&none).is_some_and(|pattern| matches(&pattern, action, Case::Ignored))
        };
        match self {
            Self::These(these) => these.iter().any(fits),
            Self::AllBut(these) => !these.iter().any(fits),
        }
    }

    /// Whether a resource is meant; of a list with a variable that has no value `unknown` is the answer, where nothing else of it decides.
    fn names_resource(&self, resource: &str, keys: &Keys, unknown: bool) -> bool {
        let (Self::These(these) | Self::AllBut(these)) = self;
        let mut open = false;
        for template in these {
            match template.filled(keys) {
                Some(pattern) if matches_arn(&pattern, resource) => return matches!(self, Self::These(_)),
                Some(_) => {}
                None => open = true,
            }
        }
        match self {
            // What has no value names nothing.
            Self::These(_) => false,
            Self::AllBut(_) => !open || unknown,
        }
    }
}

fn is_action(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let is_word = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    // AWS takes no wildcards in the service's name.
    text.split_once(':').is_some_and(|(service, name)| is_word(service, "-") && is_word(name, "*?"))
}

fn object<'a>(json: &'a Json, here: &str) -> Result<Members<'a>, PolicyError> {
    match json {
        Json::Object(members) => Ok(members),
        _ => Err(PolicyError::Type(here.to_owned(), "an object")),
    }
}

fn member<'a>(members: Members<'a>, name: &str) -> Option<&'a Json> {
    members.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

fn only(members: Members<'_>, here: &str, known: &[&str]) -> Result<(), PolicyError> {
    match members.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some((name, _)) => Err(PolicyError::Unknown(here.to_owned(), name.clone())),
    }
}

fn check_sid<'a>(members: Members<'a>, here: &str, sids: &mut HashSet<&'a str>) -> Result<(), PolicyError> {
    match member(members, "Sid") {
        None => Ok(()),
        Some(Json::Text(sid)) => {
            let is_good = sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let is_new = sid.is_empty() || sids.insert(sid);
            let wrong = || PolicyError::Sid(here.to_owned(), sid.clone());
            (is_good && is_new).then_some(()).ok_or_else(wrong)
        }
        Some(_) => Err(PolicyError::Type(format!("Sid of {here}"), "a string")),
    }
}

/// One of two elements, of which a statement has exactly one.
fn list(
    members: Members<'_>,
    here: &str,
    name: &str,
    not: &str,
    both: &'static str,
) -> Result<Texts, PolicyError> {
    match (member(members, name), member(members, not)) {
        (Some(these), None) => Ok(Texts::These(texts(these, name, here)?)),
        (None, Some(these)) => Ok(Texts::AllBut(texts(these, not, here)?)),
        _ => Err(PolicyError::Needs(here.to_owned(), both)),
    }
}

/// A string, or a list of strings that is not empty.
fn texts(json: &Json, name: &str, here: &str) -> Result<Vec<String>, PolicyError> {
    let wrong = || PolicyError::Type(format!("{name} of {here}"), "a string or a list of strings");
    let one = |json: &Json| match json {
        Json::Text(text) => Ok(text.clone()),
        _ => Err(wrong()),
    };
    match json {
        Json::List(list) if !list.is_empty() => list.iter().map(one).collect(),
        other => Ok(vec![one(other)?]),
    }
}

fn conditions(json: &Json, here: &str, version: Version) -> Result<Vec<Condition>, PolicyError> {
    let mut made = Vec::new();
    let whole = format!("Condition of {here}");
    for (operator, keys) in object(json, &whole)? {
        for (key, values) in object(keys, &format!("{operator} of {here}"))? {
            let values = scalars(values).ok_or_else(|| {
                PolicyError::Type(format!("{key} of {here}"), "a string or a list of strings")
            })?;
            let condition = Condition::of(operator, key, &values, version).map_err(|wrong| match wrong {
                Wrong::Operator => PolicyError::Operator(here.to_owned(), operator.clone()),
                Wrong::Value(value) => PolicyError::Value(here.to_owned(), operator.clone(), value),
            })?;
            made.push(condition);
        }
    }
    Ok(made)
}

/// Values of a condition, which may be numbers and booleans, too.
fn scalars(json: &Json) -> Option<Vec<String>> {
    let one = |json: &Json| match json {
        Json::Text(text) | Json::Plain(text) => Some(text.clone()),
        _ => None,
    };
    match json {
        Json::List(list) if !list.is_empty() => list.iter().map(one).collect(),
        other => Some(vec![one(other)?]),
    }
}
