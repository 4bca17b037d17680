//! Filters and conditions: a text, a small tree, and what it gives.
//!
//! `&&` binds tighter than `||`, and a comparison tighter than `!`. Texts are compared
//! without case; a field that a message does not have is as good as an empty one. Nothing
//! in an expression can run anything: there are fields, values and the operators here.
pub mod eval;
mod lexer;
mod parse;
mod print;

pub use eval::{Context, Value};
pub use parse::{LENGTH_MAX, Names, parse};

/// What a message has, by name.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// `entity`, `type`, `source`, `message`, `severity`, and what a rule adds to them.
    Named(String),
    /// `tags.NAME`
    Tag(String),
    /// `tags`
    Tags,
    /// `count()`, the messages in the window.
    Count,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// `=`
    Equal,
    /// `!=`
    Differs,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A text.
    Text(String),
    /// A number, as it is written.
    Number(String),
    /// `true` or `false`
    Truth(bool),
    /// `null`
    Null,
    /// A field.
    Field(Field),
    /// `a = b` and its like.
    Compare(Box<Expr>, Compare, Box<Expr>),
    /// `a LIKE 'b*'`
    Like(Box<Expr>, Box<Expr>),
    /// `a IN (b, c)`
    In(Box<Expr>, Vec<Expr>),
    /// `a BETWEEN b AND c`
    Between(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `NOT a`
    Not(Box<Expr>),
    /// `a && b`
    And(Box<Expr>, Box<Expr>),
    /// `a || b`
    Or(Box<Expr>, Box<Expr>),
    /// `a ? b : c`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
}

impl Expr {
    /// Whether it speaks of a field for which `is` says yes.
    pub fn speaks_of(&self, is: &dyn Fn(&Field) -> bool) -> bool {
        match self {
            Expr::Field(field) => is(field),
            Expr::Text(_) | Expr::Number(_) | Expr::Truth(_) | Expr::Null => false,
            Expr::Not(a) => a.speaks_of(is),
            Expr::Compare(a, _, b) | Expr::Like(a, b) | Expr::And(a, b) | Expr::Or(a, b) => {
                a.speaks_of(is) || b.speaks_of(is)
            }
            Expr::In(a, list) => a.speaks_of(is) || list.iter().any(|item| item.speaks_of(is)),
            Expr::Between(a, b, c) | Expr::If(a, b, c) => a.speaks_of(is) || b.speaks_of(is) || c.speaks_of(is),
        }
    }
}

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// How many characters stand before it.
    pub at: usize,
    /// What is wrong.
    pub what: String,
}

impl Mistake {
    /// What is wrong, and under the line that it stands in a mark for its place.
    pub fn shown(&self, text: &str) -> String {
        /// How much of a long line stands before and after the mark.
        const AROUND: usize = 60;
        let before: Vec<char> = text.chars().take(self.at).collect();
        let begins = before.iter().rposition(|&c| c == '\n').map_or(0, |at| at + 1);
        let begins = begins.max(self.at.saturating_sub(AROUND));
        let ends = text.chars().skip(self.at).take(AROUND).take_while(|&c| c != '\n').count() + self.at;
        let tab = |c: char| if c.is_control() { ' ' } else { c };
        let line: String = text.chars().skip(begins).take(ends.saturating_sub(begins)).map(tab).collect();
        let place = before.len().min(self.at).saturating_sub(begins);
        format!("{}:\n{}\n{}^", self.what, line.trim_end(), " ".repeat(place))
    }
}

#[cfg(test)]
mod tests;
