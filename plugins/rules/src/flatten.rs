//! JSON and form fields as tags: a name for the path, a text for the value.
//!
//! Names are in lower case; `a.b` is a field of a field, `a[0]` an item of a list.
use serde_json::Value;
use std::collections::BTreeMap;

/// How deep a document may be.
pub const DEPTH_MAX: usize = 32;
/// How many tags a message may have.
pub const TAGS_MAX: usize = 4_000;
/// The longest name of a tag, in characters.
pub const NAME_MAX: usize = 512;
/// The longest value of a tag, in characters; the rest is cut off.
pub const VALUE_MAX: usize = 32_768;

/// Tags by name.
pub type Tags = BTreeMap<String, String>;

/// Adds a document under `name`, which is empty for its root.
///
/// # Errors
/// What there is too much of.
pub fn document(tags: &mut Tags, name: &str, value: &Value) -> Result<(), String> {
    walk(tags, &mut plain_name(name), value, 0)
}

/// Adds one field with its value as a text.
///
/// # Errors
/// What there is too much of.
pub fn field(tags: &mut Tags, name: &str, value: &str) -> Result<(), String> {
    insert(tags, &plain_name(name), value)
}

/// Adds one field whose name is plain.
fn insert(tags: &mut Tags, name: &str, value: &str) -> Result<(), String> {
    if name.len() > NAME_MAX && name.chars().count() > NAME_MAX {
        return Err(format!("the name of a field is longer than {NAME_MAX} characters"));
    }
    if tags.len() >= TAGS_MAX && !tags.contains_key(name) {
        return Err(format!("there are more than {TAGS_MAX} fields"));
    }
    tags.insert(name.to_owned(), cut(unquoted(value)));
    Ok(())
}

/// A name as tags have it: in lower case, with `_` for what is blank or cannot be printed.
pub fn plain_name(name: &str) -> String {
    if name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return name.to_ascii_lowercase(); // as nearly all are
    }
    let plain = |c: char| if c.is_whitespace() || c.is_control() || is_invisible(c) { '_' } else { c };
    name.chars().map(plain).flat_map(char::to_lowercase).collect()
}

/// Characters that show nothing and change how others stand: soft hyphen, joiners, marks
/// of direction, the byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// A value without the one pair of quotes around it.
fn unquoted(value: &str) -> &str {
    let inner = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

fn cut(value: &str) -> String {
    if value.len() <= VALUE_MAX {
        return value.to_owned();
    }
    match value.char_indices().nth(VALUE_MAX) {
        Some((end, _)) => value.get(..end).unwrap_or_default().to_owned() + "…",
        None => value.to_owned(),
    }
}

/// Adds what is under `name`, which is plain, and the same again when this returns well.
fn walk(tags: &mut Tags, name: &mut String, value: &Value, depth: usize) -> Result<(), String> {
    if depth > DEPTH_MAX {
        return Err(format!("the fields are more than {DEPTH_MAX} deep"));
    }
    let length = name.len();
    match value {
        Value::Null => Ok(()),
        Value::Object(fields) => fields.iter().try_for_each(|(key, value)| {
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(&plain_name(key));
            walk(tags, name, value, depth + 1)?;
            name.truncate(length);
            Ok(())
        }),
        Value::Array(items) => items.iter().enumerate().try_for_each(|(at, value)| {
            name.push_str(&format!("[{at}]"));
            walk(tags, name, value, depth + 1)?;
            name.truncate(length);
            Ok(())
        }),
        Value::String(text) => insert(tags, name, text),
        Value::Bool(truth) => insert(tags, name, if *truth { "true" } else { "false" }),
        Value::Number(number) => insert(tags, name, &written(number)),
    }
}

/// A number without exponent and without `.0`.
fn written(number: &serde_json::Number) -> String {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) => float.to_string(),
        None => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn flat(value: &Value) -> Vec<(String, String)> {
        let mut tags = Tags::new();
        document(&mut tags, "", value).unwrap();
        tags.into_iter().collect()
    }

    #[test]
    fn names_and_values() {
        let rows = [
            (json!({"event": "commit"}), vec![("event", "commit")]),
            (json!({"Repository": {"Full Name": "o/r"}}), vec![("repository.full_name", "o/r")]),
            (json!({"a": {"public": true, "none": null, "list": [], "map": {}}}), vec![("a.public", "true")]),
            (json!({"authors": ["ann", "bob"]}), vec![("authors[0]", "ann"), ("authors[1]", "bob")]),
            (json!({"a": [{"b": [1]}]}), vec![("a[0].b[0]", "1")]),
            (
                json!({"n": 1.0, "m": 1e3, "o": 1.25, "p": -7}),
                vec![("m", "1000"), ("n", "1"), ("o", "1.25"), ("p", "-7")],
            ),
            (json!({"q": "'x'", "r": "\"y\"", "s": "'z"}), vec![("q", "x"), ("r", "y"), ("s", "'z")]),
            (json!({"a\tb": "tab", "": "none"}), vec![("", "none"), ("a_b", "tab")]),
            (json!([{"a": 1}]), vec![("[0].a", "1")]),
            (json!({" a ": 1, "b\u{202e}\u{feff}c": 2}), vec![("_a_", "1"), ("b__c", "2")]),
        ];
        for (value, expected) in rows {
            let expected: Vec<_> = expected.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            assert_eq!(flat(&value), expected, "{value}");
        }
    }

    #[test]
    fn limits_are_said() {
        let deep = (0..40).fold(json!(1), |inner, _| json!({ "a": inner }));
        let many = json!((0..5_000).collect::<Vec<_>>());
        let long = json!({ "a".repeat(600): 1 });
        let said = |value: &Value| document(&mut Tags::new(), "", value).unwrap_err();
        insta::assert_snapshot!([said(&deep), said(&many), said(&long)].join("\n"), @"
        the fields are more than 32 deep
        there are more than 4000 fields
        the name of a field is longer than 512 characters
        ");
        let tags = flat(&json!({ "a": "ü".repeat(VALUE_MAX + 5) }));
        assert_eq!(tags[0].1.chars().count(), VALUE_MAX + 1);
    }

    /// Any document, not too deep.
    fn documents() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 60, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::hash_map(".{0,8}", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_name_is_plain_and_no_number_has_an_exponent(value in documents()) {
            let mut tags = Tags::new();
            if document(&mut tags, "", &value).is_ok() {
                for name in tags.keys() {
                    prop_assert!(!name.chars().any(char::is_whitespace), "{name:?}");
                    prop_assert_eq!(&plain_name(name), name);
                }
            }
        }

        #[test]
        fn numbers_read_back(number in any::<f64>()) {
            if let Some(number) = serde_json::Number::from_f64(number) {
                let text = written(&number);
                prop_assert!(!text.contains(['e', 'E']), "{text}");
                prop_assert_eq!(text.parse::<f64>().unwrap(), number.as_f64().unwrap());
            }
        }
    }
}
