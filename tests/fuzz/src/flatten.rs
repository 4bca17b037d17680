//! Any JSON as tags: plain names, no value longer than it may be, the same when asked
//! twice; or a reason.
use plugin_rules::flatten::{NAME_MAX, TAGS_MAX, Tags, VALUE_MAX, document, plain_name};
use serde_json::Value;

/// Flattens the bytes.
pub fn run(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    let (mut tags, mut again) = (Tags::new(), Tags::new());
    let done = document(&mut tags, "", &value);
    assert_eq!(document(&mut again, "", &value), done);
    assert_eq!(tags, again);
    if let Err(why) = done {
        assert!(!why.is_empty());
        return;
    }
    assert!(tags.len() <= TAGS_MAX);
    for (name, value) in &tags {
        assert_eq!(&plain_name(name), name, "a plain name stays one");
        assert!(name.chars().count() <= NAME_MAX && value.chars().count() <= VALUE_MAX + 1);
    }
}
