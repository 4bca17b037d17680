//! An expression as a text that makes the same one again.
use super::{Compare, Expr, Field};
use std::fmt;

/// A text in quotes.
struct Quoted<'a>(&'a str);
impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = self.0.replace('\\', "\\\\").replace('\'', "\\'");
        write!(f, "'{escaped}'")
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |part: &str| {
            let mut chars = part.chars();
            chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
                && chars.all(|c| c.is_alphanumeric() || c == '_')
        };
        match self {
            Field::Named(name) => f.write_str(name),
            Field::Tags => f.write_str("tags"),
            Field::Count => f.write_str("count()"),
            Field::Tag(name) if name.split('.').all(plain) => write!(f, "tags.{name}"),
            Field::Tag(name) => write!(f, "tags[{}]", Quoted(name)),
        }
    }
}

impl fmt::Display for Compare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Compare::Equal => "=",
            Compare::Differs => "!=",
            Compare::Above => ">",
            Compare::AtLeast => ">=",
            Compare::Below => "<",
            Compare::AtMost => "<=",
        })
    }
}

/// How tightly an expression holds together; what is looser than its place gets parentheses.
fn tightness(expr: &Expr) -> u8 {
    match expr {
        Expr::If(..) => 0,
        Expr::Or(..) => 1,
        Expr::And(..) => 2,
        Expr::Not(_) => 3,
        Expr::Compare(..) | Expr::Like(..) | Expr::In(..) | Expr::Between(..) => 4,
        _ => 5,
    }
}

struct In<'a>(&'a Expr, u8);
impl fmt::Display for In<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match tightness(self.0) < self.1 {
            true => write!(f, "({})", self.0),
            false => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Text(text) => write!(f, "{}", Quoted(text)),
            Expr::Number(number) => f.write_str(number),
            Expr::Truth(truth) => write!(f, "{truth}"),
            Expr::Null => f.write_str("null"),
            Expr::Field(field) => write!(f, "{field}"),
            Expr::Compare(a, compare, b) => write!(f, "{} {compare} {}", In(a, 5), In(b, 5)),
            Expr::Like(a, b) => write!(f, "{} LIKE {}", In(a, 5), In(b, 5)),
            Expr::In(a, list) => {
                let list: Vec<String> = list.iter().map(|item| In(item, 5).to_string()).collect();
                write!(f, "{} IN ({})", In(a, 5), list.join(", "))
            }
            Expr::Between(a, b, c) => write!(f, "{} BETWEEN {} AND {}", In(a, 5), In(b, 5), In(c, 5)),
            Expr::Not(a) => write!(f, "NOT {}", In(a, 3)),
            Expr::And(a, b) => write!(f, "{} && {}", In(a, 2), In(b, 3)),
            Expr::Or(a, b) => write!(f, "{} || {}", In(a, 1), In(b, 2)),
            Expr::If(a, b, c) => write!(f, "{} ? {} : {}", In(a, 1), b, c),
        }
    }
}
