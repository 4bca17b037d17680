//! Text with tags into text with entities, as the real server reads HTML: offsets
//! and lengths are UTF-16 units, references it does not know stay as they are.
use serde_json::{Value, json};

/// The text without its tags, and what they said; or why it cannot be read.
pub(super) fn html(source: &str) -> Result<(String, Vec<Value>), String> {
    let mut reader = Reader { bytes: source.as_bytes(), source, at: 0, text: String::new(), units: 0, open: vec![] };
    let mut entities = vec![];
    while let Some(c) = reader.peek() {
        match c {
            '<' if reader.source.as_bytes().get(reader.at + 1) == Some(&b'/') => entities.extend(reader.end()?),
            '<' => reader.start()?,
            _ => {
                let c = reader.character();
                reader.push(c);
            }
        }
    }
    if let Some(tag) = reader.open.last() {
        return Err(format!("Can't find end tag corresponding to start tag \"{}\"", tag.name));
    }
    entities.sort_by_key(|entity| (entity["offset"].as_u64(), std::cmp::Reverse(entity["length"].as_u64())));
    Ok((reader.text, entities))
}

/// A start tag whose end has not come.
struct Open {
    name: String,
    /// The target of a link, the language of code, the number of an emoji.
    argument: String,
    offset: usize,
    begins: usize,
}

struct Reader<'a> {
    source: &'a str,
    bytes: &'a [u8],
    at: usize,
    text: String,
    units: usize,
    open: Vec<Open>,
}

const TAGS: &[&str] = &[
    "a",
    "b",
    "strong",
    "i",
    "em",
    "s",
    "strike",
    "del",
    "u",
    "ins",
    "tg-spoiler",
    "tg-emoji",
    "span",
    "pre",
    "code",
    "blockquote",
];

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.source.get(self.at..)?.chars().next()
    }
    fn push(&mut self, c: char) {
        self.text.push(c);
        self.units += c.len_utf16();
    }
    /// What stands from `from` to here.
    fn since(&self, from: usize) -> &str {
        self.source.get(from..self.at).expect("both ends are of ASCII characters")
    }
    fn skip(&mut self, is: impl Fn(u8) -> bool) {
        while self.bytes.get(self.at).is_some_and(|byte| is(*byte)) {
            self.at += 1;
        }
    }
    /// One character, or the one that a reference stands for.
    fn character(&mut self) -> char {
        let c = self.peek().expect("asked for where there is one");
        if c == '&'
            && let Some((c, length)) = reference(&self.bytes[self.at..])
        {
            self.at += length;
            return c;
        }
        self.at += c.len_utf8();
        c
    }
    fn start(&mut self) -> Result<(), String> {
        let begin = self.at;
        self.at += 1;
        self.skip(|byte| !byte.is_ascii_whitespace() && byte != b'>');
        if self.peek().is_none() {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        let name = self.since(begin + 1).to_lowercase();
        if !TAGS.contains(&name.as_str()) {
            return Err(format!("Unsupported start tag \"{name}\" at byte offset {begin}"));
        }
        let mut argument = String::new();
        loop {
            self.skip(|byte| byte.is_ascii_whitespace());
            match self.peek() {
                Some('>') => break,
                None => return Err(format!("Unclosed start tag \"{name}\" at byte offset {begin}")),
                Some(_) => {}
            }
            let (attribute, value) = self.attribute(&name, begin)?;
            match (name.as_str(), attribute.as_str()) {
                ("a", "href") | ("tg-emoji", "emoji-id") => argument = value,
                ("code", "class") => argument = value.strip_prefix("language-").unwrap_or_default().to_owned(),
                ("span", "class") => argument = value.strip_prefix("tg-").unwrap_or_default().to_owned(),
                ("blockquote", "expandable") => argument = attribute,
                _ => {}
            }
        }
        self.at += 1;
        if name == "span" && argument != "spoiler" {
            return Err(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {begin}"));
        }
        self.open.push(Open { name, argument, offset: self.units, begins: self.text.len() });
        Ok(())
    }
    fn attribute(&mut self, tag: &str, begin: usize) -> Result<(String, String), String> {
        let from = self.at;
        self.skip(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'=' | b'>'));
        let name = self.since(from).to_lowercase();
        if name.is_empty() {
            return Err(format!("Empty attribute name in the tag \"{tag}\" at byte offset {begin}"));
        }
        self.skip(|byte| byte.is_ascii_whitespace());
        if self.peek() != Some('=') {
            // `<blockquote expandable>` alone may go without a value.
            return match (tag, name.as_str()) {
                ("blockquote", "expandable") => Ok((name, String::new())),
                _ => Err(format!(
                    "Expected equal sign in declaration of an attribute of the tag \"{tag}\" at byte offset {begin}"
                )),
            };
        }
        self.at += 1;
        self.skip(|byte| byte.is_ascii_whitespace());
        let unclosed = || format!("Unclosed start tag \"{tag}\" at byte offset {begin}");
        let mut value = String::new();
        match self.peek().ok_or_else(unclosed)? {
            quote @ ('"' | '\'') => {
                self.at += 1;
                while self.peek().ok_or_else(unclosed)? != quote {
                    value.push(self.character());
                }
                self.at += 1;
            }
            _ => {
                let from = self.at;
                self.skip(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
                value.push_str(&self.since(from).to_lowercase());
                match self.peek().ok_or_else(unclosed)? {
                    c if c.is_ascii_whitespace() || c == '>' => {}
                    _ => return Err(format!("Unexpected end of name token at byte offset {from}")),
                }
            }
        }
        Ok((name, value))
    }
    fn end(&mut self) -> Result<Option<Value>, String> {
        let begin = self.at;
        let Some(open) = self.open.pop() else { return Err(format!("Unexpected end tag at byte offset {begin}")) };
        self.at += 2;
        self.skip(|byte| !byte.is_ascii_whitespace() && byte != b'>');
        let found = self.since(begin + 2).to_lowercase();
        self.skip(|byte| byte.is_ascii_whitespace());
        if self.peek() != Some('>') {
            return Err(format!("Unclosed end tag at byte offset {begin}"));
        }
        self.at += 1;
        if !found.is_empty() && found != open.name {
            let expected = open.name;
            return Err(format!(
                "Unmatched end tag at byte offset {begin}, expected \"</{expected}>\", found \"</{found}>\""
            ));
        }
        let length = self.units - open.offset;
        if length == 0 {
            return Ok(None);
        }
        let inside = self.text.get(open.begins..).unwrap_or_default();
        let what = match open.name.as_str() {
            "b" | "strong" => json!({ "type": "bold" }),
            "i" | "em" => json!({ "type": "italic" }),
            "u" | "ins" => json!({ "type": "underline" }),
            "s" | "strike" | "del" => json!({ "type": "strikethrough" }),
            "tg-spoiler" | "span" => json!({ "type": "spoiler" }),
            "tg-emoji" => json!({ "type": "custom_emoji", "custom_emoji_id": open.argument }),
            "pre" => json!({ "type": "pre" }),
            "code" if open.argument.is_empty() => json!({ "type": "code" }),
            "code" => json!({ "type": "pre", "language": open.argument }),
            "blockquote" if open.argument.is_empty() => json!({ "type": "blockquote" }),
            "blockquote" => json!({ "type": "expandable_blockquote" }),
            _ => match link(if open.argument.is_empty() { inside } else { &open.argument }) {
                Some(url) => json!({ "type": "text_link", "url": url }),
                None => return Ok(None), // a link that leads nowhere is text
            },
        };
        let mut entity = what;
        entity["offset"] = json!(open.offset);
        entity["length"] = json!(length);
        Ok(Some(entity))
    }
}

/// A link's target, if it is one.
fn link(target: &str) -> Option<String> {
    let target = target.trim();
    let known = ["http://", "https://", "tg://", "ton://", "mailto:", "tel:"];
    match known.iter().any(|scheme| target.to_ascii_lowercase().starts_with(scheme)) {
        true => Some(target.to_owned()),
        false if target.contains('.') && !target.contains("://") && !target.contains(char::is_whitespace) => {
            Some(format!("http://{target}"))
        }
        false => None,
    }
}

/// The character of `&lt;` or `&#60;` here, and the length of its name.
fn reference(bytes: &[u8]) -> Option<(char, usize)> {
    let rest = bytes.get(1..)?;
    let word = |rest: &[u8], is: fn(&u8) -> bool| rest.iter().take_while(|byte| is(byte)).count();
    let (c, length) = if let Some(hex) = rest.strip_prefix(b"#x") {
        let length = word(hex, u8::is_ascii_hexdigit);
        (u32::from_str_radix(std::str::from_utf8(&hex[..length]).ok()?, 16).ok()?, length + 3)
    } else if let Some(digits) = rest.strip_prefix(b"#") {
        let length = word(digits, u8::is_ascii_digit);
        (std::str::from_utf8(&digits[..length]).ok()?.parse().ok()?, length + 2)
    } else {
        let length = word(rest, u8::is_ascii_alphabetic);
        let c = match &rest[..length] {
            b"lt" => '<',
            b"gt" => '>',
            b"amp" => '&',
            b"quot" => '"',
            _ => return None,
        };
        (c as u32, length + 1)
    };
    let c = char::from_u32(c).filter(|c| *c != '\0')?;
    Some((c, length + usize::from(bytes.get(length) == Some(&b';'))))
}

/// The text without white space around it, and its entities moved along.
pub(super) fn trimmed(text: &str, entities: Vec<Value>) -> (String, Vec<Value>) {
    let kept = text.trim_end();
    let begun = kept.trim_start();
    let gone = super::checks::units(kept) - super::checks::units(begun);
    let length = super::checks::units(begun);
    let moved = |mut entity: Value| {
        let number = |field: &str| usize::try_from(entity[field].as_u64()?).ok();
        let (offset, units) = (number("offset")?, number("length")?);
        let (from, to) = (offset.saturating_sub(gone), (offset + units).saturating_sub(gone).min(length));
        entity["offset"] = json!(from);
        entity["length"] = json!(to.checked_sub(from).filter(|units| *units > 0)?);
        Some(entity)
    };
    (begun.to_owned(), entities.into_iter().filter_map(moved).collect())
}

/// The `bot_command` entities of what a person typed: `/word` and `/word@bot`, at
/// the beginning and after white space.
pub(super) fn commands(text: &str) -> Vec<Value> {
    let mut found = vec![];
    let mut offset = 0;
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        if let Some(name) = word.strip_prefix('/') {
            let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let command: String = name.chars().take_while(|c| named(*c)).collect();
            let rest = name.strip_prefix(command.as_str()).unwrap_or_default();
            let bot: String = rest.strip_prefix('@').unwrap_or_default().chars().take_while(|c| named(*c)).collect();
            let bot = if bot.is_empty() { 0 } else { bot.len() + 1 };
            if (1..=32).contains(&command.len()) {
                found.push(json!({ "type": "bot_command", "offset": offset, "length": 1 + command.len() + bot }));
            }
        }
        offset += super::checks::units(piece);
    }
    found
}
