//! From a text to the tree.
use super::{
    Compare, Expr, Field, Mistake,
    lexer::{Token, tokens},
};

/// The longest expression, in characters.
pub const LENGTH_MAX: usize = 4_000;
/// How deep it may be.
const DEPTH_MAX: usize = 48;

/// Which names there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// The fields of a message: another one is a mistake.
    OfMessage,
    /// Any: a name that nobody knows is an empty text. For `${…}`.
    Any,
}

/// The names of a message's fields.
const FIELDS: [&str; 5] = ["entity", "type", "source", "severity", "message"];
/// What joins and compares, and is no name.
const KEYWORDS: [&str; 6] = ["and", "or", "not", "like", "in", "between"];

/// Reads an expression.
///
/// # Errors
/// The first mistake and its place.
pub fn parse(text: &str, names: Names) -> Result<Expr, Mistake> {
    let length = text.chars().count();
    if length > LENGTH_MAX {
        return Err(Mistake { at: LENGTH_MAX, what: format!("it is longer than {LENGTH_MAX} characters") });
    }
    let mut parser = Parser { tokens: tokens(text)?, next: 0, end: text.trim_end().chars().count(), depth: 0, names };
    let expr = parser.ternary()?;
    match parser.peek() {
        None => Ok(expr),
        Some(token) => Err(parser.mistake(format!("{} stands where the end or an operator should be", token.named()))),
    }
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    next: usize,
    end: usize,
    depth: usize,
    names: Names,
}

type Parsed = Result<Expr, Mistake>;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }
    /// What is wrong with the next token, or with there being none.
    fn mistake(&self, what: impl Into<String>) -> Mistake {
        let at = self.tokens.get(self.next).map_or(self.end, |(_, at)| *at);
        Mistake { at, what: what.into() }
    }
    fn sign(&mut self, sign: &str) -> bool {
        let there = matches!(self.peek(), Some(Token::Sign(other)) if *other == sign);
        self.next += usize::from(there);
        there
    }
    fn keyword(&mut self, keyword: &str) -> bool {
        let there = matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.next += usize::from(there);
        there
    }
    fn expect(&mut self, sign: &str) -> Result<(), Mistake> {
        match self.sign(sign) {
            true => Ok(()),
            false => Err(self.mistake(format!("a {sign} is missing here"))),
        }
    }
    fn deeper(&mut self, inner: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.depth >= DEPTH_MAX {
            return Err(self.mistake(format!("it is more than {DEPTH_MAX} deep")));
        }
        self.depth += 1;
        let parsed = inner(self);
        self.depth -= 1;
        parsed
    }
    fn ternary(&mut self) -> Parsed {
        self.deeper(|parser| {
            let condition = parser.or()?;
            if !parser.sign("?") {
                return Ok(condition);
            }
            let then = parser.ternary()?;
            parser.expect(":")?;
            let otherwise = parser.ternary()?;
            Ok(Expr::If(condition.into(), then.into(), otherwise.into()))
        })
    }
    fn or(&mut self) -> Parsed {
        let (mut left, mut joined) = (self.and()?, 0);
        while self.sign("||") || self.keyword("or") {
            joined = self.one_more(joined)?;
            left = Expr::Or(left.into(), self.and()?.into());
        }
        Ok(left)
    }
    fn and(&mut self) -> Parsed {
        let (mut left, mut joined) = (self.not()?, 0);
        while self.sign("&&") || self.keyword("and") {
            joined = self.one_more(joined)?;
            left = Expr::And(left.into(), self.not()?.into());
        }
        Ok(left)
    }
    /// A long row is as deep as it is long.
    fn one_more(&self, joined: usize) -> Result<usize, Mistake> {
        const JOINED_MAX: usize = 200;
        match joined < JOINED_MAX {
            true => Ok(joined + 1),
            false => Err(self.mistake(format!("more than {JOINED_MAX} parts are joined"))),
        }
    }
    fn not(&mut self) -> Parsed {
        if self.sign("!") || self.keyword("not") {
            return self.deeper(|parser| Ok(Expr::Not(parser.not()?.into())));
        }
        self.comparison()
    }
    fn comparison(&mut self) -> Parsed {
        let left = self.operand()?;
        let compare = match self.peek() {
            Some(Token::Sign("=")) => Some(Compare::Equal),
            Some(Token::Sign("!=")) => Some(Compare::Differs),
            Some(Token::Sign(">")) => Some(Compare::Above),
            Some(Token::Sign(">=")) => Some(Compare::AtLeast),
            Some(Token::Sign("<")) => Some(Compare::Below),
            Some(Token::Sign("<=")) => Some(Compare::AtMost),
            _ => None,
        };
        if let Some(compare) = compare {
            self.next += 1;
            return Ok(Expr::Compare(left.into(), compare, self.operand()?.into()));
        }
        let not = self.keyword("not");
        let found = if self.keyword("like") {
            Expr::Like(left.into(), self.operand()?.into())
        } else if self.keyword("in") {
            self.expect("(")?;
            let mut list = vec![self.operand()?];
            while self.sign(",") {
                list.push(self.operand()?);
            }
            self.expect(")")?;
            Expr::In(left.into(), list)
        } else if self.keyword("between") {
            let from = self.operand()?;
            if !self.keyword("and") {
                return Err(self.mistake("AND and the upper end are missing after BETWEEN"));
            }
            Expr::Between(left.into(), from.into(), self.operand()?.into())
        } else if not {
            return Err(self.mistake("LIKE, IN or BETWEEN is missing after NOT"));
        } else {
            return Ok(left);
        };
        Ok(if not { Expr::Not(found.into()) } else { found })
    }
    fn operand(&mut self) -> Parsed {
        let Some(token) = self.peek().cloned() else { return Err(self.mistake("a value is missing here")) };
        match token {
            Token::Text(text) => {
                self.next += 1;
                Ok(Expr::Text(text))
            }
            Token::Number(number) => {
                self.next += 1;
                Ok(Expr::Number(number))
            }
            Token::Sign("-") => {
                self.next += 1;
                match self.peek().cloned() {
                    Some(Token::Number(number)) => {
                        self.next += 1;
                        Ok(Expr::Number(format!("-{number}")))
                    }
                    _ => Err(self.mistake("a number is missing after the -")),
                }
            }
            Token::Sign("(") => {
                self.next += 1;
                let inner = self.ternary()?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Word(word) if !KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword)) => {
                self.named(&word)
            }
            other => Err(self.mistake(format!("{} stands where a value should be", other.named()))),
        }
    }
    fn named(&mut self, word: &str) -> Parsed {
        let lower = word.to_ascii_lowercase();
        let field = match lower.as_str() {
            "true" | "false" => {
                self.next += 1;
                return Ok(Expr::Truth(lower == "true"));
            }
            "null" => {
                self.next += 1;
                return Ok(Expr::Null);
            }
            "tags" => {
                self.next += 1;
                let path = self.path()?;
                if path.is_empty() { Field::Tags } else { Field::Tag(crate::flatten::plain_name(&path)) }
            }
            "count" => {
                self.next += 1;
                self.expect("(")?;
                self.expect(")")?;
                Field::Count
            }
            name if FIELDS.contains(&name) && self.names == Names::OfMessage => {
                self.next += 1;
                Field::Named(lower)
            }
            _ if self.names == Names::Any => {
                self.next += 1;
                let path = self.path()?;
                let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
                Field::Named(format!("{lower}{dot}{}", crate::flatten::plain_name(&path)))
            }
            _ => {
                let known = FIELDS.join(", ");
                return Err(self.mistake(format!("there is no field {word}; there is {known} and tags.NAME")));
            }
        };
        Ok(Expr::Field(field))
    }
    /// What follows `tags`: `.a.b`, `['a-b']`, `[0]`.
    fn path(&mut self) -> Result<String, Mistake> {
        let mut path = String::new();
        loop {
            if self.sign(".") {
                match self.peek().cloned() {
                    Some(Token::Word(word) | Token::Number(word)) => {
                        self.next += 1;
                        path += if path.is_empty() { "" } else { "." };
                        path += &word;
                    }
                    _ => return Err(self.mistake("a name is missing after the dot")),
                }
            } else if self.sign("[") {
                match self.peek().cloned() {
                    Some(Token::Text(name)) => {
                        path += if path.is_empty() { "" } else { "." };
                        path += &name;
                    }
                    Some(Token::Number(at)) => path += &format!("[{at}]"),
                    _ => return Err(self.mistake("a name in quotes or a number is missing here")),
                }
                self.next += 1;
                self.expect("]")?;
            } else {
                return Ok(path);
            }
        }
    }
}
