//! JSON over several lines, with every number and string as its sender wrote it.
use serde::de::IgnoredAny;

/// The text over several lines, if it is an object or a list.
pub(super) fn json(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return None;
    }
    let (mut laid_out, mut depth) = (String::with_capacity(text.len() * 2), 0_usize);
    let mut chars = text.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                laid_out.push(c);
                let mut escaped = false;
                for c in chars.by_ref() {
                    laid_out.push(c);
                    if c == '"' && !escaped {
                        break;
                    }
                    escaped = c == '\\' && !escaped;
                }
            }
            '{' | '[' => {
                laid_out.push(c);
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                match chars.next_if(|c| matches!(c, '}' | ']')) {
                    Some(end) => laid_out.push(end),
                    None => {
                        depth += 1;
                        line(&mut laid_out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut laid_out, depth);
                laid_out.push(c);
            }
            ',' => {
                laid_out.push(c);
                line(&mut laid_out, depth);
            }
            ':' => laid_out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => laid_out.push(c),
        }
    }
    Some(laid_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn each_field_has_its_line_and_stays_as_it_was_written() {
        let text = r#"{"b":1.0e2, "a" : [ ], "c":[{"d":"x, {y}: \"z\\"},null ] ,"e":{}}"#;
        insta::assert_snapshot!(json(text).unwrap(), @r#"
        {
          "b": 1.0e2,
          "a": [],
          "c": [
            {
              "d": "x, {y}: \"z\\"
            },
            null
          ],
          "e": {}
        }
        "#);
        for other in ["", "7", "\"x\"", "{", "[1,]", "a=b"] {
            assert_eq!(json(other), None, "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn it_says_the_same(keys in proptest::collection::vec("[a-z\"\\\\{},:\\[\\] ]{0,6}", 0..6), n: i64) {
            let inner: serde_json::Map<String, Value> = keys.iter().map(|key| (key.clone(), Value::from(n))).collect();
            let value = serde_json::json!([inner, keys, [], {}]);
            let laid_out = json(&value.to_string()).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&laid_out).unwrap(), value);
        }
    }
}
