//! What an expression gives, of one message.
use super::{Compare, Expr, Field};
use crate::{
    message::{Message, Severity},
    wildcard::{Burnt, Fuel, like},
};
use std::{borrow::Cow, cmp::Ordering, fmt};

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing: a field that is not there.
    Null,
    /// Yes or no.
    Truth(bool),
    /// A text, or a number as it is written.
    Text(Cow<'a, str>),
    /// The severity of the message, which is compared by its weight.
    Severity(Severity),
}

impl<'a> Value<'a> {
    /// What stands for it in a text.
    pub fn text(&self) -> &str {
        match self {
            Value::Null => "",
            Value::Truth(true) => "true",
            Value::Truth(false) => "false",
            Value::Text(text) => text,
            Value::Severity(severity) => severity.name(),
        }
    }
    /// Whether it says yes; nothing is as good as no.
    ///
    /// # Errors
    /// [`Failure::NoTruth`] for what is neither.
    pub fn holds(&self) -> Result<bool, Failure> {
        match self {
            Value::Truth(truth) => Ok(*truth),
            other => match other.text().trim() {
                "" => Ok(false),
                text if text.eq_ignore_ascii_case("true") => Ok(true),
                text if text.eq_ignore_ascii_case("false") => Ok(false),
                text => Err(Failure::NoTruth(shown(text))),
            },
        }
    }
    fn number(&self) -> Option<f64> {
        match self {
            Value::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }
}

/// Why an expression cannot be worked out of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It takes too long.
    TooLong,
    /// This stands where yes or no is asked.
    NoTruth(String),
    /// This is to be more or less than a number.
    NoNumber(String),
}
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::TooLong => f.write_str("it takes too long"),
            Failure::NoTruth(text) => write!(f, "{text:?} is neither true nor false"),
            Failure::NoNumber(text) => write!(f, "{text:?} is compared with a number and is none"),
        }
    }
}
impl From<Burnt> for Failure {
    fn from(_: Burnt) -> Self {
        Failure::TooLong
    }
}

/// As much of a value as a failure shows.
fn shown(text: &str) -> String {
    const SHOWN_MAX: usize = 40;
    let short: String = text.chars().take(SHOWN_MAX).collect();
    if short.len() < text.len() { short + "…" } else { short }
}

/// What an expression is about.
pub struct Context<'a> {
    /// The message.
    pub message: &'a Message,
    /// How many messages are in the window.
    pub count: usize,
    /// What else has a name: `status`, `rule`.
    pub more: &'a [(&'a str, Cow<'a, str>)],
}

impl<'a> Context<'a> {
    fn field(&self, field: &Field) -> Value<'a> {
        let message = self.message;
        let text = |text: &'a str| Value::Text(Cow::Borrowed(text));
        match field {
            Field::Count => Value::Text(self.count.to_string().into()),
            Field::Tags => Value::Text(message.all_tags().into()),
            Field::Tag(name) => message.tags.get(name).map_or(Value::Null, |value| text(value)),
            Field::Named(name) => match name.as_str() {
                "entity" | "entity.displayname" | "entity.name" => text(&message.entity),
                "type" => text(&message.kind),
                "source" => text(&message.source),
                "message" => text(&message.message),
                "severity" => Value::Severity(message.severity),
                name => match self.more.iter().find(|(known, _)| *known == name) {
                    Some((_, value)) => Value::Text(value.clone()),
                    None => Value::Null,
                },
            },
        }
    }
}

/// What `expr` gives.
///
/// # Errors
/// Why it cannot be worked out.
pub fn eval<'a>(expr: &'a Expr, context: &Context<'a>, fuel: &mut Fuel) -> Result<Value<'a>, Failure> {
    fuel.burn(1)?;
    let truth = |truth: bool| Ok(Value::Truth(truth));
    match expr {
        Expr::Text(text) | Expr::Number(text) => Ok(Value::Text(Cow::Borrowed(text))),
        Expr::Truth(value) => truth(*value),
        Expr::Null => Ok(Value::Null),
        Expr::Field(field) => Ok(context.field(field)),
        Expr::Not(a) => truth(!eval(a, context, fuel)?.holds()?),
        Expr::And(a, b) => truth(eval(a, context, fuel)?.holds()? && eval(b, context, fuel)?.holds()?),
        Expr::Or(a, b) => truth(eval(a, context, fuel)?.holds()? || eval(b, context, fuel)?.holds()?),
        Expr::If(a, b, c) => match eval(a, context, fuel)?.holds()? {
            true => eval(b, context, fuel),
            false => eval(c, context, fuel),
        },
        Expr::Like(a, b) => {
            let (text, pattern) = (eval(a, context, fuel)?, eval(b, context, fuel)?);
            truth(like(pattern.text(), text.text(), fuel)?)
        }
        Expr::Compare(a, compare, b) => {
            let numeric = is_number(a) || is_number(b);
            let (a, b) = (eval(a, context, fuel)?, eval(b, context, fuel)?);
            if numeric && !matches!(compare, Compare::Equal | Compare::Differs) {
                numbers([&a, &b])?;
            }
            truth(compared(&a, *compare, &b, fuel)?)
        }
        Expr::In(a, list) => {
            let a = eval(a, context, fuel)?;
            for item in list {
                let item = eval(item, context, fuel)?;
                if compared(&a, Compare::Equal, &item, fuel)? {
                    return truth(true);
                }
            }
            truth(false)
        }
        Expr::Between(a, b, c) => {
            let numeric = [a, b, c].into_iter().any(|expr| is_number(expr));
            let [a, b, c] = [eval(a, context, fuel)?, eval(b, context, fuel)?, eval(c, context, fuel)?];
            if numeric {
                numbers([&a, &b, &c])?;
            }
            truth(compared(&a, Compare::AtLeast, &b, fuel)? && compared(&a, Compare::AtMost, &c, fuel)?)
        }
    }
}

/// Whether it is written as a number: what stands beside it is to be one too.
fn is_number(expr: &Expr) -> bool {
    matches!(expr, Expr::Number(_) | Expr::Field(Field::Count))
}
/// What is more or less than a number is one; by its letters it would be an accident.
fn numbers<'a, 'v: 'a>(values: impl IntoIterator<Item = &'a Value<'v>>) -> Result<(), Failure> {
    let wrong = |value: &&Value<'_>| match value {
        Value::Text(text) => !text.trim().is_empty() && value.number().is_none(),
        Value::Truth(_) => true,
        Value::Null | Value::Severity(_) => false,
    };
    match values.into_iter().find(wrong) {
        Some(value) => Err(Failure::NoNumber(shown(value.text()))),
        None => Ok(()),
    }
}

fn compared(a: &Value<'_>, compare: Compare, b: &Value<'_>, fuel: &mut Fuel) -> Result<bool, Burnt> {
    fuel.burn(a.text().len() + b.text().len())?;
    let order = order(a, b);
    Ok(match compare {
        Compare::Equal => order == Ordering::Equal,
        Compare::Differs => order != Ordering::Equal,
        // What is not there is neither more nor less than anything.
        _ if *a == Value::Null || *b == Value::Null => false,
        Compare::Above => order == Ordering::Greater,
        Compare::AtLeast => order != Ordering::Less,
        Compare::Below => order == Ordering::Less,
        Compare::AtMost => order != Ordering::Greater,
    })
}

/// Numbers by their size, severities by their weight, all else by its letters without case.
fn order(a: &Value<'_>, b: &Value<'_>) -> Ordering {
    if let Some(a) = a.number()
        && let Some(b) = b.number()
    {
        return a.partial_cmp(&b).unwrap_or(Ordering::Equal);
    }
    if matches!(a, Value::Severity(_)) || matches!(b, Value::Severity(_)) {
        let severity = |value: &Value<'_>| value.text().parse::<Severity>().ok();
        if let (Some(a), Some(b)) = (severity(a), severity(b)) {
            return a.cmp(&b);
        }
    }
    by_letters(a.text(), b.text())
}

/// Without case, and for ASCII without copies.
fn by_letters(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        let lower = |byte: u8| byte.to_ascii_lowercase();
        return a.bytes().map(lower).cmp(b.bytes().map(lower));
    }
    a.to_lowercase().cmp(&b.to_lowercase())
}
