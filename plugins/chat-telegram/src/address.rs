//! Addresses of chats: `-1001234`, `-1001234/42` for a topic, `@channelusername`.
use teloxide_core::types::{ChatId, MessageId, Recipient, ThreadId};

/// What an address looks like, for error messages.
pub(crate) const FORM: &str = "-1001234, -1001234/42 for a topic, or @channelusername";

/// Ids have at most 52 significant bits (Bot API, "Chat").
const ID_MAX: i64 = 1 << 52;

/// An address, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// The chat.
    pub(crate) chat: Recipient,
    /// The topic, of a forum.
    pub(crate) topic: Option<ThreadId>,
}

impl Address {
    /// Reads an address in any spelling; `None` when it cannot be one.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let (chat, topic) = match word.split_once('/') {
            Some((chat, topic)) => (chat, Some(topic.parse::<i32>().ok().filter(|topic| *topic > 0)?)),
            None => (word, None),
        };
        let chat = match chat.strip_prefix('@') {
            Some(name) if is_username(name) => Recipient::ChannelUsername(format!("@{}", name.to_ascii_lowercase())),
            Some(_) => return None,
            None => Recipient::Id(ChatId(id(chat)?)),
        };
        let topics = !matches!(chat, Recipient::Id(ChatId(id)) if id > 0);
        if topic.is_some() && !topics {
            return None;
        }
        // The General topic is the group itself: with its number Telegram finds no thread.
        let topic = topic.filter(|topic| *topic != GENERAL);
        Some(Address { chat, topic: topic.map(|topic| ThreadId(MessageId(topic))) })
    }
    /// The address of `chat`, or of a topic in it.
    pub(crate) fn join(chat: &str, topic: Option<&str>) -> String {
        match topic {
            Some(topic) if !chat.contains('/') => format!("{chat}/{topic}"),
            _ => chat.to_owned(),
        }
    }
    /// `address` without its topic.
    pub(crate) fn chat_of(address: &str) -> &str {
        address.split_once('/').map_or(address, |(chat, _)| chat)
    }
    /// Whether several people read there, so that the pace of groups applies.
    pub(crate) fn is_group(address: &str) -> bool {
        address.starts_with(['-', '@'])
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.chat)?;
        match self.topic {
            Some(ThreadId(MessageId(topic))) => write!(f, "/{topic}"),
            None => Ok(()),
        }
    }
}

/// The number of the General topic of every forum.
pub(crate) const GENERAL: i32 = 1;

fn id(word: &str) -> Option<i64> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let plain = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|id: &i64| plain && id.abs() < ID_MAX)
}

/// 5 to 32 letters, digits and underscores, a letter first (Bot API, "Username").
fn is_username(name: &str) -> bool {
    (5..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_in_their_one_spelling() {
        let rows = [
            ("111", Some("111")),
            ("-123", Some("-123")),
            ("-1001234567890", Some("-1001234567890")),
            ("-1001234/42", Some("-1001234/42")),
            ("-1001234/1", Some("-1001234")),
            ("@ChannelUserName", Some("@channelusername")),
            ("@channelusername/7", Some("@channelusername/7")),
            ("111/42", None), // a private chat has no topics
            ("-1001234/", None),
            ("-1001234/0", None),
            ("-1001234/-2", None),
            ("-1001234/42/1", None),
            ("@abc", None),
            ("@1abcde", None),
            ("@name with space", None),
            ("channelusername", None),
            ("0", None),
            ("-0", None),
            ("007", None),
            ("+5", None),
            ("99999999999999999999", None),
            ("4503599627370496", None), // 53 bits
            ("", None),
            ("-", None),
            ("#dev", None),
        ];
        for (word, address) in rows {
            assert_eq!(Address::parse(word).map(|address| address.to_string()).as_deref(), address, "{word:?}");
        }
    }

    proptest! {
        #[test]
        fn any_word_is_an_address_that_stays_so_or_none(word in any::<String>()) {
            if let Some(address) = Address::parse(&word) {
                prop_assert_eq!(Address::parse(&address.to_string()), Some(address));
            }
        }
    }
}
