//! The ids of chats and senders: `network:address`, `network:account`.
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, cell::RefCell, fmt, rc::Rc, str::FromStr};

/// What a right chat looks like; ends every message about a wrong one.
pub const CHAT_FORM: &str = "a chat is like telegram:-1001234 or irc:#dev";

/// A place messages go to: `network:address`, where `network` is the name of a
/// configured network (`telegram`, `libera`). A private chat is a chat.
///
/// ```
/// use factotum_plugin_api::chat::ChatId;
/// let chat: ChatId = "telegram:-1001234".parse().unwrap();
/// assert_eq!((chat.network.as_str(), chat.address.as_str()), ("telegram", "-1001234"));
/// assert_eq!(chat.to_string(), "telegram:-1001234");
/// assert!("#dev".parse::<ChatId>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChatId {
    /// The name of the network: `NAME` of `[chats.NAME]`.
    pub network: String,
    /// The address in the one spelling that the network gives it.
    pub address: String,
}

impl ChatId {
    /// `network:address`, not checked against any network.
    pub fn new(network: impl Into<String>, address: impl Into<String>) -> Self {
        ChatId { network: network.into(), address: address.into() }
    }
}
impl fmt::Display for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.network, self.address)
    }
}

/// Makes a chat of a bare address, or says why there is none.
pub type Resolver = Rc<dyn Fn(&str) -> Result<ChatId, String>>;
thread_local! {
    static RESOLVER: RefCell<Option<Resolver>> = const { RefCell::new(None) };
}

/// Lets [`ChatId::from_str`] understand bare addresses while `f` runs.
///
/// Parsing a command line never awaits, so a thread-local is a scope here; it is
/// what makes `chat: ChatId` in an args struct arrive resolved, with the
/// candidates in clap's own error when it is ambiguous.
pub fn resolving<T>(resolver: Resolver, f: impl FnOnce() -> T) -> T {
    struct Restore(Option<Resolver>);
    impl Drop for Restore {
        fn drop(&mut self) {
            RESOLVER.set(self.0.take());
        }
    }
    let _restore = Restore(RESOLVER.replace(Some(resolver)));
    f()
}

/// Whether the words of a command line are being parsed.
pub(crate) fn is_resolving() -> bool {
    RESOLVER.with_borrow(Option::is_some)
}

impl FromStr for ChatId {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        if let Some(resolver) = RESOLVER.with_borrow(Clone::clone) {
            return resolver(word);
        }
        match word.split_once(':') {
            Some((network, address)) if !network.is_empty() && !address.is_empty() => Ok(ChatId::new(network, address)),
            _ => Err(CHAT_FORM.into()),
        }
    }
}
impl Serialize for ChatId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for ChatId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Cow::<str>::deserialize(deserializer)?;
        word.parse().map_err(D::Error::custom)
    }
}
impl JsonSchema for ChatId {
    fn schema_name() -> Cow<'static, str> {
        "ChatId".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[^:]+:.+$", "description": CHAT_FORM })
    }
}

/// Who wrote a message, as the network vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// `network:account`, by the stable id of the network: `telegram:123456`.
    pub id: String,
    /// How the person is called; for showing, never for deciding.
    pub name: String,
}

impl Sender {
    /// A sender of `network` with this account.
    pub fn new(network: &str, account: &str, name: impl Into<String>) -> Self {
        Sender { id: format!("{network}:{account}"), name: name.into() }
    }
    /// The id without the network.
    pub fn account(&self) -> &str {
        self.id.split_once(':').map_or(self.id.as_str(), |(_, account)| account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_chat_parses_as_it_prints(network in "[a-z][a-z0-9_-]{0,8}", address in "\\PC{1,20}") {
            let chat = ChatId::new(network, address);
            prop_assert_eq!(chat.to_string().parse::<ChatId>().unwrap(), chat.clone());
            let json = serde_json::to_string(&chat).unwrap();
            prop_assert_eq!(serde_json::from_str::<ChatId>(&json).unwrap(), chat);
        }

        #[test]
        fn any_word_is_a_chat_or_told_what_one_is(word in any::<String>()) {
            match word.parse::<ChatId>() {
                Ok(chat) => prop_assert_eq!(chat.to_string(), word),
                Err(said) => prop_assert_eq!(said, CHAT_FORM),
            }
        }
    }

    #[test]
    fn a_resolver_is_lent_for_one_parse() {
        let resolver: Resolver = Rc::new(|word| Ok(ChatId::new("irc", word)));
        let (inner, outer) = resolving(resolver, || ("#dev".parse::<ChatId>(), "x:y".parse::<ChatId>()));
        assert_eq!((inner.unwrap().to_string(), outer.unwrap().to_string()), ("irc:#dev".into(), "irc:x:y".into()));
        assert!("#dev".parse::<ChatId>().is_err());
    }
}
