//! The words of an expression, each with its place.
use super::Mistake;
use winnow::{
    LocatingSlice, Parser,
    combinator::{alt, delimited, dispatch, empty, fail, opt, preceded, repeat},
    error::ContextError,
    token::{any, none_of, one_of, take_while},
};

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Text(String),
    Number(String),
    /// A name, or `AND` and its like.
    Word(String),
    /// `&&`, `(` and their like, in the spelling that they have here.
    Sign(&'static str),
}

impl Token {
    /// As it is called in a mistake.
    pub(super) fn named(&self) -> String {
        match self {
            Token::Text(_) => "a text".into(),
            Token::Number(number) => format!("the number {number}"),
            Token::Word(word) => format!("the word {word}"),
            Token::Sign(sign) => format!("a {sign}"),
        }
    }
}

type Input<'a> = LocatingSlice<&'a str>;
type Lexed<T> = Result<T, ContextError>;

/// The tokens, and how many characters stand before each.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, Mistake> {
    let mut input = LocatingSlice::new(text);
    let mut all = vec![];
    // Where a token stands, counted in characters: people count those.
    let place = |rest: &str| text.chars().count() - rest.chars().count();
    loop {
        blank.parse_next(&mut input).map_err(|_| wrong(place(&input)))?;
        if input.is_empty() {
            return Ok(all);
        }
        let at = place(&input);
        let begins = input.chars().next();
        let lexed = token.parse_next(&mut input).map_err(|_| match begins {
            Some('\'' | '"') => Mistake { at, what: "the quote that opens here is not closed".into() },
            _ => wrong(at),
        })?;
        all.push((lexed, at));
    }
}

fn wrong(at: usize) -> Mistake {
    Mistake { at, what: "this character means nothing here".into() }
}

fn blank(input: &mut Input<'_>) -> Lexed<()> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}

fn token(input: &mut Input<'_>) -> Lexed<Token> {
    alt((
        quoted('\'').map(Token::Text),
        quoted('"').map(Token::Text),
        number.map(Token::Number),
        word.map(Token::Word),
        sign.map(Token::Sign),
    ))
    .parse_next(input)
}

/// A text in quotes; `\` keeps the character after it from its meaning.
fn quoted<'a>(quote: char) -> impl Parser<Input<'a>, String, ContextError> {
    let escaped = preceded('\\', any).map(|c: char| match c {
        'n' => '\n',
        't' => '\t',
        c => c,
    });
    let inner = repeat(0.., alt((escaped, none_of(move |c: char| c == quote || c == '\\'))));
    delimited(quote, inner, quote)
}

fn number(input: &mut Input<'_>) -> Lexed<String> {
    let digits = |c: char| c.is_ascii_digit();
    (take_while(1.., digits), opt(('.', take_while(1.., digits)))).take().map(str::to_owned).parse_next(input)
}

fn word(input: &mut Input<'_>) -> Lexed<String> {
    (one_of(|c: char| c.is_alphabetic() || c == '_'), take_while(0.., |c: char| c.is_alphanumeric() || c == '_'))
        .take()
        .map(str::to_owned)
        .parse_next(input)
}

fn sign(input: &mut Input<'_>) -> Lexed<&'static str> {
    dispatch! {any;
        '=' => opt('=').value("="),
        '!' => alt(('='.value("!="), empty.value("!"))),
        '<' => alt(('='.value("<="), '>'.value("!="), empty.value("<"))),
        '>' => alt(('='.value(">="), empty.value(">"))),
        '&' => '&'.value("&&"),
        '|' => '|'.value("||"),
        '(' => empty.value("("),
        ')' => empty.value(")"),
        '[' => empty.value("["),
        ']' => empty.value("]"),
        '.' => empty.value("."),
        ',' => empty.value(","),
        '?' => empty.value("?"),
        ':' => empty.value(":"),
        '-' => empty.value("-"),
        _ => fail,
    }
    .parse_next(input)
}
