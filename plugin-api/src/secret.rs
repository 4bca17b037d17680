//! A value that nothing prints: tokens, passwords, keys.
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeMap};
use std::{borrow::Cow, cell::Cell, convert::Infallible, fmt, str::FromStr};
use subtle::ConstantTimeEq;

mod known;

use known::Origin;
pub use known::scrub;

/// A token, password or key. Shows as `***` wherever it is printed or serialised,
/// is wiped from memory when dropped, and is compared in constant time.
///
/// As a field of a config it may also come from a file (`NAME_file`) or a systemd
/// credential; as an argument of a command it makes the command private-only, and
/// no confirmation, usage error, question, transcript or log repeats it. In a
/// [`Table`](crate::store::Table) it is kept whole, and masked by exports.
///
/// ```
/// use factotum_plugin_api::secret::Secret;
/// let token = Secret::new("s3cret");
/// assert_eq!(format!("{token} {token:?}"), "*** ***");
/// assert!(token.matches(b"s3cret") && !token.matches(b"other"));
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

/// The key that marks a secret in a stored record: `{"$secret": "…"}`.
pub const STORED_KEY: &str = "$secret";

thread_local! {
    static STORING: Cell<bool> = const { Cell::new(false) };
}

impl Secret {
    /// Takes `value` over.
    pub fn new(value: impl Into<String>) -> Self {
        let value = SecretString::from(value.into());
        let origin = if crate::chat::is_resolving() { Origin::Typed } else { Origin::Own };
        known::remember(value.expose_secret(), origin);
        Secret(value)
    }
    /// The value itself, for the one call that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
    /// Whether `given` is the secret, in a time that does not depend on where they differ.
    pub fn matches(&self, given: &[u8]) -> bool {
        self.expose().as_bytes().ct_eq(given).into()
    }
    /// Runs `f`, in which secrets are serialised whole, as [`STORED_KEY`] objects: for tables.
    pub(crate) fn storing<T>(f: impl FnOnce() -> T) -> T {
        struct Restore(bool);
        impl Drop for Restore {
            fn drop(&mut self) {
                STORING.set(self.0);
            }
        }
        let _restore = Restore(STORING.replace(true));
        f()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
impl FromStr for Secret {
    type Err = Infallible;
    fn from_str(value: &str) -> Result<Self, Infallible> {
        Ok(Secret::new(value))
    }
}
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !STORING.get() {
            return serializer.serialize_str("***");
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(STORED_KEY, self.expose())?;
        map.end()
    }
}
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Plain(String),
            Stored {
                #[serde(rename = "$secret")]
                value: String,
            },
        }
        // The error must not repeat the value.
        match Form::deserialize(deserializer) {
            Ok(Form::Plain(value) | Form::Stored { value }) => Ok(Secret::new(value)),
            Err(_) => Err(D::Error::custom("a secret is a text")),
        }
    }
}
impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true, "format": "secret" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_command_line_are_typed() {
        let resolver: crate::chat::Resolver = std::rc::Rc::new(|_| Err(String::new()));
        let parsed: Secret = crate::chat::resolving(resolver, || "a typed canary".parse()).unwrap();
        assert_eq!(scrub(parsed.expose()), "a typed canary");
        let kept: Secret = serde_json::from_str("\"a kept canary\"").unwrap();
        assert_eq!(scrub(kept.expose()), "***");
    }

    #[test]
    fn is_masked_everywhere_but_in_tables() {
        let secret = Secret::new("s3cret");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"***\"");
        let stored = Secret::storing(|| serde_json::to_string(&secret).unwrap());
        assert_eq!(stored, r#"{"$secret":"s3cret"}"#);
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"***\"");
        for form in [stored.as_str(), "\"s3cret\""] {
            assert!(serde_json::from_str::<Secret>(form).unwrap().matches(b"s3cret"));
        }
        let error = serde_json::from_str::<Secret>("[\"s3cret\"]").unwrap_err();
        assert_eq!(error.to_string(), "a secret is a text");
    }
}
