//! What an expression gives, of one message.
use super::{Compare, Expr, Field};
use crate::{
    message::{Message, Severity},
    wildcard::{Burnt, Fuel, like},
};
use std::{borrow::Cow, cmp::Ordering};

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
    /// Whether it says yes.
    pub fn holds(&self) -> bool {
        match self {
            Value::Null | Value::Severity(_) => false,
            Value::Truth(truth) => *truth,
            Value::Text(text) => text.eq_ignore_ascii_case("true"),
        }
    }
    fn number(&self) -> Option<f64> {
        match self {
            Value::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }
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
/// [`Burnt`] when it takes too long.
pub fn eval<'a>(expr: &'a Expr, context: &Context<'a>, fuel: &mut Fuel) -> Result<Value<'a>, Burnt> {
    fuel.burn(1)?;
    let truth = |truth: bool| Ok(Value::Truth(truth));
    match expr {
        Expr::Text(text) | Expr::Number(text) => Ok(Value::Text(Cow::Borrowed(text))),
        Expr::Truth(value) => truth(*value),
        Expr::Null => Ok(Value::Null),
        Expr::Field(field) => Ok(context.field(field)),
        Expr::Not(a) => truth(!eval(a, context, fuel)?.holds()),
        Expr::And(a, b) => truth(eval(a, context, fuel)?.holds() && eval(b, context, fuel)?.holds()),
        Expr::Or(a, b) => truth(eval(a, context, fuel)?.holds() || eval(b, context, fuel)?.holds()),
        Expr::If(a, b, c) => match eval(a, context, fuel)?.holds() {
            true => eval(b, context, fuel),
            false => eval(c, context, fuel),
        },
        Expr::Like(a, b) => {
            let (text, pattern) = (eval(a, context, fuel)?, eval(b, context, fuel)?);
            truth(like(pattern.text(), text.text(), fuel)?)
        }
        Expr::Compare(a, compare, b) => {
            let (a, b) = (eval(a, context, fuel)?, eval(b, context, fuel)?);
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
            let [a, b, c] = [eval(a, context, fuel)?, eval(b, context, fuel)?, eval(c, context, fuel)?];
            truth(compared(&a, Compare::AtLeast, &b, fuel)? && compared(&a, Compare::AtMost, &c, fuel)?)
        }
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
    if let (Some(a), Some(b)) = (a.number(), b.number()) {
        return a.partial_cmp(&b).unwrap_or(Ordering::Equal);
    }
    if matches!(a, Value::Severity(_)) || matches!(b, Value::Severity(_)) {
        let severity = |value: &Value<'_>| value.text().parse::<Severity>().ok();
        if let (Some(a), Some(b)) = (severity(a), severity(b)) {
            return a.cmp(&b);
        }
    }
    a.text().to_lowercase().cmp(&b.text().to_lowercase())
}
