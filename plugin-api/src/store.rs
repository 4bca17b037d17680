//! Tables: a plugin's typed view of the host's store.
//!
//! Keys are tokens of `A-Z a-z 0-9 - _ =` with dots between them, all other
//! bytes percent-encoded: the form that sled, a JetStream bucket and a SQL
//! column can all take and all list by prefix. One key is one record; nothing
//! changes several keys together.
use crate::{Result, chat::ChatId, secret::Secret, user_error};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt::Write as _, marker::PhantomData, sync::Arc};
use tokio::sync::broadcast;

/// Grows with every change of the store; gaps are normal, reuse never happens,
/// so a record removed and created again is seen as changed.
pub type Revision = u64;

/// A stored value: JSON, and the schema number that it was written under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The table's schema number at the time.
    pub schema: u32,
    /// The value as JSON.
    pub json: Bytes,
}

/// A stored value and its revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it was written.
    pub revision: Revision,
    /// What was written.
    pub value: Stored,
}

/// What must hold for a write to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    Anything,
    /// There is no record.
    Absent,
    /// There is one.
    Present,
    /// There is one at this revision.
    At(Revision),
}

/// What an engine implements; one `write` keeps the conformance suite small.
#[async_trait::async_trait]
pub trait Store: Send + Sync + 'static {
    /// The record of a key.
    async fn get(&self, table: &str, key: &str) -> Result<Option<Record>>;
    /// Returns when durable: the new revision, or `None` if `expect` did not
    /// hold. A `value` of `None` removes.
    async fn write(&self, table: &str, key: &str, expect: Expect, value: Option<Stored>) -> Result<Option<Revision>>;
    /// Up to `limit` records whose key begins with `prefix`, after key `after`, by key.
    async fn scan(&self, table: &str, prefix: &str, after: Option<&str>, limit: usize)
    -> Result<Vec<(String, Record)>>;
    /// Keys of durable changes from now on: `(table, key)`.
    fn changes(&self) -> broadcast::Receiver<Arc<(String, String)>>;
}

/// A key as tokens. Tuples have a token per part, so that [`Table::scan`] can
/// take the first ones as its prefix; tuples may stand in tuples.
pub trait Key: Sized + Send + Sync {
    /// How many parts the key has.
    const TOKENS: usize;
    /// The parts of the key.
    fn tokens(&self) -> Vec<String>;
    /// The key of these parts.
    fn from_tokens(tokens: &[String]) -> Option<Self>;
}
impl Key for String {
    const TOKENS: usize = 1;
    fn tokens(&self) -> Vec<String> {
        vec![self.clone()]
    }
    fn from_tokens(tokens: &[String]) -> Option<Self> {
        <[String; 1]>::try_from(tokens.to_vec()).ok().map(|[t]| t)
    }
}
impl Key for ChatId {
    const TOKENS: usize = 1;
    fn tokens(&self) -> Vec<String> {
        vec![self.to_string()]
    }
    fn from_tokens(tokens: &[String]) -> Option<Self> {
        let (network, address) = tokens.first().filter(|_| tokens.len() == 1)?.split_once(':')?;
        Some(ChatId::new(network, address))
    }
}
impl<A: Key, B: Key> Key for (A, B) {
    const TOKENS: usize = A::TOKENS + B::TOKENS;
    fn tokens(&self) -> Vec<String> {
        [self.0.tokens(), self.1.tokens()].concat()
    }
    fn from_tokens(tokens: &[String]) -> Option<Self> {
        let (first, last) = tokens.split_at_checked(A::TOKENS)?;
        Some((A::from_tokens(first)?, B::from_tokens(last)?))
    }
}

/// What a table can hold.
pub trait Value: Serialize + DeserializeOwned + Send + Sync {}
impl<V: Serialize + DeserializeOwned + Send + Sync> Value for V {}

fn encode(tokens: &[impl AsRef<str>]) -> String {
    let token = |token: &str| {
        let mut out = String::new();
        for byte in token.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'=' => out.push(byte as char),
                _ => write!(out, "%{byte:02X}").expect("a String takes everything"),
            }
        }
        out
    };
    let tokens: Vec<String> = tokens.iter().map(|t| token(t.as_ref())).collect();
    tokens.join(".")
}
fn decode(key: &str) -> Option<Vec<String>> {
    let token = |token: &str| {
        let (mut out, mut bytes) = (vec![], token.bytes());
        while let Some(byte) = bytes.next() {
            out.push(match byte {
                b'%' => {
                    let hex = [bytes.next()?, bytes.next()?];
                    u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?
                }
                _ => byte,
            });
        }
        String::from_utf8(out).ok()
    };
    key.split('.').map(token).collect()
}

/// The shape of a table's values: a number that grows when the shape changes,
/// and how an older value becomes one of today.
#[derive(Clone, Copy)]
pub struct Schema {
    /// The number written with each value; 1 for a new table.
    pub number: u32,
    /// Makes a value of an older number one of this.
    pub upgrade: fn(older: u32, value: serde_json::Value) -> Result<serde_json::Value>,
}

impl Schema {
    /// The first shape of a table.
    pub const FIRST: Schema = Schema { number: 1, upgrade: |_, value| Ok(value) };
}

/// The tables of one plugin.
#[derive(Clone)]
pub struct Tables {
    store: Arc<dyn Store>,
    namespace: String,
}

impl Tables {
    /// Tables of `namespace`, a plugin's name; a plugin cannot name another's.
    pub fn new(store: Arc<dyn Store>, namespace: impl Into<String>) -> Self {
        Tables { store, namespace: namespace.into() }
    }
    /// The tables that a library keeps for all plugins built on it, whatever their
    /// names: no plugin has this namespace. What stands there belongs to the library,
    /// which says in its keys whose each record is.
    ///
    /// # Panics
    /// When `library` is no name of a crate.
    pub fn shared(&self, library: &str) -> Tables {
        let named = !library.is_empty() && library.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        assert!(named, "{library:?} is no name of a crate");
        // The host takes no plugin with a colon in its name.
        Tables { store: self.store.clone(), namespace: format!("shared:{library}") }
    }
    /// The table `name` in its first shape.
    ///
    /// # Errors
    /// [`Error::User`](crate::Error::User) when the name is not lower-case letters and `_`.
    pub fn table<K: Key, V: Value>(&self, name: &str) -> Result<Table<K, V>> {
        self.table_of(name, Schema::FIRST)
    }
    /// The table `name` in the shape `schema`; older values are upgraded as they are read.
    ///
    /// # Errors
    /// As [`table`](Self::table).
    pub fn table_of<K: Key, V: Value>(&self, name: &str, schema: Schema) -> Result<Table<K, V>> {
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            return Err(user_error(format!("table {name:?}: a table's name is lower-case letters and _")));
        }
        let name = format!("{}.{name}", self.namespace);
        Ok(Table { store: self.store.clone(), name, schema, types: PhantomData })
    }
}

/// `K` to `V`; every write returns when it is on disk.
///
/// A [`Secret`] in a value is kept whole and masked by exports.
pub struct Table<K, V> {
    store: Arc<dyn Store>,
    name: String,
    schema: Schema,
    types: PhantomData<fn(K) -> V>,
}

impl<K, V> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        Table { store: self.store.clone(), name: self.name.clone(), schema: self.schema, types: PhantomData }
    }
}

impl<K: Key, V: Value> Table<K, V> {
    /// The longest value, as JSON, in bytes.
    pub const VALUE_MAX: usize = 64 * 1024;

    /// The value of a key.
    pub async fn get(&self, key: &K) -> Result<Option<V>> {
        Ok(self.get_at(key).await?.map(|(value, _)| value))
    }
    /// With the revision that [`compare_and_swap`](Self::compare_and_swap) wants.
    pub async fn get_at(&self, key: &K) -> Result<Option<(V, Revision)>> {
        let record = self.store.get(&self.name, &encode(&key.tokens())).await?;
        record.map(|record| Ok((self.read(&record.value)?, record.revision))).transpose()
    }
    /// Writes, whatever was there.
    ///
    /// # Errors
    /// [`Error::User`](crate::Error::User) for more than [`VALUE_MAX`](Self::VALUE_MAX);
    /// [`Error::Internal`](crate::Error::Internal) when the disk does not take it.
    pub async fn put(&self, key: &K, value: &V) -> Result<Revision> {
        let written = self.write(key, Expect::Anything, Some(value)).await?;
        Ok(written.expect("anything was expected"))
    }
    /// `None` if there is one already.
    pub async fn create(&self, key: &K, value: &V) -> Result<Option<Revision>> {
        self.write(key, Expect::Absent, Some(value)).await
    }
    /// `None` if the record is no longer at `revision`.
    pub async fn compare_and_swap(&self, key: &K, revision: Revision, value: &V) -> Result<Option<Revision>> {
        self.write(key, Expect::At(revision), Some(value)).await
    }
    /// Whether there was one.
    pub async fn remove(&self, key: &K) -> Result<bool> {
        Ok(self.write(key, Expect::Present, None).await?.is_some())
    }
    /// Up to `limit` records whose key begins with the whole tokens of `prefix`,
    /// after key `after`, by key.
    pub async fn scan(&self, prefix: &[&str], after: Option<&K>, limit: usize) -> Result<Vec<(K, V)>> {
        let after = after.map(|key| encode(&key.tokens()));
        let records = self.store.scan(&self.name, &prefix_of(prefix), after.as_deref(), limit).await?;
        let read = |(key, record): (String, Record)| {
            let key = decode(&key).and_then(|tokens| K::from_tokens(&tokens));
            let key = key.ok_or_else(|| anyhow::anyhow!("odd key in {}", self.name))?;
            Ok((key, self.read(&record.value)?))
        };
        records.into_iter().map(read).collect()
    }
    /// All records whose key begins with the whole tokens of `prefix`, read in
    /// pages; for tables that a person fills, not for a hot path.
    pub async fn all(&self, prefix: &[&str]) -> Result<Vec<(K, V)>> {
        const PAGE: usize = 256;
        let mut all: Vec<(K, V)> = vec![];
        loop {
            let page = self.scan(prefix, all.last().map(|(key, _)| key), PAGE).await?;
            let more = page.len() == PAGE;
            all.extend(page);
            if !more {
                return Ok(all);
            }
        }
    }
    /// Changes from now on. Scan after this call, not before, to miss none.
    pub fn watch(&self, prefix: &[&str]) -> Watch<K> {
        Watch { changes: self.store.changes(), table: self.name.clone(), prefix: prefix_of(prefix), key: PhantomData }
    }
    fn read(&self, stored: &Stored) -> Result<V> {
        if stored.schema == self.schema.number {
            return Ok(serde_json::from_slice(&stored.json)?);
        }
        if stored.schema > self.schema.number {
            let (name, found, known) = (&self.name, stored.schema, self.schema.number);
            return Err(anyhow::anyhow!("{name} has schema {found}; this version knows {known}").into());
        }
        let value = (self.schema.upgrade)(stored.schema, serde_json::from_slice(&stored.json)?)?;
        Ok(serde_json::from_value(value)?)
    }
    async fn write(&self, key: &K, expect: Expect, value: Option<&V>) -> Result<Option<Revision>> {
        let json = value.map(|value| Secret::storing(|| serde_json::to_vec(value))).transpose()?;
        if json.as_ref().is_some_and(|json| json.len() > Self::VALUE_MAX) {
            return Err(user_error("that is more than one record can hold (64 KiB)"));
        }
        let stored = json.map(|json| Stored { schema: self.schema.number, json: json.into() });
        self.store.write(&self.name, &encode(&key.tokens()), expect, stored).await
    }
}

fn prefix_of(tokens: &[&str]) -> String {
    match tokens {
        [] => String::new(),
        _ => encode(tokens) + ".",
    }
}

/// What a [`Watch`] saw.
#[derive(Debug, PartialEq, Eq)]
pub enum Changed<K> {
    /// This key was written or removed.
    Key(K),
    /// Too many to name: scan again.
    Many,
}

/// Durable changes of a table.
pub struct Watch<K> {
    changes: broadcast::Receiver<Arc<(String, String)>>,
    table: String,
    prefix: String,
    key: PhantomData<fn() -> K>,
}
impl<K: Key> Watch<K> {
    /// The next change; `None` when the store has closed.
    pub async fn next(&mut self) -> Option<Changed<K>> {
        loop {
            match self.changes.recv().await {
                Ok(change) if change.0 != self.table || !change.1.starts_with(&self.prefix) => {}
                Ok(change) => {
                    let key = decode(&change.1).and_then(|tokens| K::from_tokens(&tokens));
                    return Some(key.map_or(Changed::Many, Changed::Key));
                }
                Err(broadcast::error::RecvError::Lagged(_)) => return Some(Changed::Many),
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_key_comes_back_as_it_was(repo in any::<String>(), address in "\\PC{1,12}") {
            let key = (repo.clone(), ChatId::new("irc", address));
            let encoded = encode(&key.tokens());
            prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=.%".contains(&b)));
            prop_assert!(encoded.starts_with(&prefix_of(&[&repo])));
            let tokens = decode(&encoded).unwrap();
            prop_assert_eq!(<(String, ChatId)>::from_tokens(&tokens).unwrap(), key);
        }

        #[test]
        fn a_tuple_may_stand_on_either_side(a in any::<String>(), b in any::<String>(), c in any::<String>()) {
            let left = ((a.clone(), b.clone()), c.clone());
            let right = (a, (b, c));
            let tokens = decode(&encode(&right.tokens())).unwrap();
            prop_assert_eq!(&decode(&encode(&left.tokens())).unwrap(), &tokens);
            prop_assert_eq!(<((String, String), String)>::from_tokens(&tokens).unwrap(), left);
            prop_assert_eq!(<(String, (String, String))>::from_tokens(&tokens).unwrap(), right);
            // Neither too many nor too few tokens are a key.
            for odd in [&tokens[1..], &[tokens.clone(), tokens.clone()].concat()] {
                prop_assert_eq!(<(String, (String, String))>::from_tokens(odd), None);
                prop_assert_eq!(<((String, String), String)>::from_tokens(odd), None);
            }
        }

        #[test]
        fn a_prefix_is_whole_tokens(a in any::<String>(), b in any::<String>()) {
            let same = encode(&[a.as_str(), "x"]).starts_with(&prefix_of(&[&b]));
            prop_assert_eq!(same, a == b);
        }

        #[test]
        fn reading_any_key_does_not_panic(key in any::<String>()) {
            if let Some(tokens) = decode(&key) {
                drop((String::from_tokens(&tokens), <(String, ChatId)>::from_tokens(&tokens)));
                drop(<(String, (String, ChatId))>::from_tokens(&tokens));
            }
        }
    }
}
