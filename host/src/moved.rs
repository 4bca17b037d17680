//! Which chats have moved, in memory: rules and arguments are read by it for each
//! line. The journal keeps what is here, and tells of each move that it keeps.
//!
//! One step leads from every old address to the one of now, as in the journal.
use factotum_plugin_api::chat::ChatId;
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

/// The moves that are known. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Moved(Arc<RwLock<HashMap<String, String>>>);

impl Moved {
    /// What was kept: the old address and the new one of each.
    pub(crate) fn set(&self, moves: impl IntoIterator<Item = (String, String)>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = moves.into_iter().collect();
    }
    /// A chat has moved.
    pub(crate) fn note(&self, old: &ChatId, new: &ChatId) {
        let (old, new) = (old.to_string(), new.to_string());
        if old == new {
            return;
        }
        let mut moves = self.0.write().unwrap_or_else(PoisonError::into_inner);
        moves.remove(&new);
        moves.values_mut().filter(|to| **to == old).for_each(|to| to.clone_from(&new));
        moves.insert(old, new);
    }
    /// Where a chat lives now.
    pub fn now(&self, chat: &ChatId) -> ChatId {
        let moves = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if moves.is_empty() {
            return chat.clone();
        }
        let new = moves.get(&chat.to_string()).and_then(|new| new.split_once(':'));
        new.map_or_else(|| chat.clone(), |(network, address)| ChatId::new(network, address))
    }
    /// Whether both are the same chat, before or after it moved.
    pub fn is_same(&self, one: &ChatId, other: &ChatId) -> bool {
        one == other || self.now(one) == self.now(other)
    }
    /// Every other name of the chat that is written like this: the one of now, and
    /// those from before in their order.
    pub fn other_names(&self, chat: &str) -> Vec<String> {
        let moves = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if moves.is_empty() {
            return vec![];
        }
        let now = moves.get(chat).map_or(chat, String::as_str);
        let mut before: Vec<&str> = moves.iter().filter(|(_, new)| *new == now).map(|(old, _)| old.as_str()).collect();
        before.sort_unstable();
        let names = std::iter::once(now).chain(before);
        names.filter(|name| *name != chat).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_leads_to_where_a_chat_is() {
        let [a, b, c] = ["a", "b", "c"].map(|address| ChatId::new("telegram", address));
        let moved = Moved::default();
        assert_eq!((moved.now(&a), moved.other_names("telegram:a")), (a.clone(), vec![]));
        moved.note(&a, &a);
        assert_eq!(moved.other_names("telegram:a"), [""; 0]);
        moved.note(&a, &b);
        moved.note(&b, &c);
        assert_eq!([&a, &b, &c].map(|chat| moved.now(chat)), [c.clone(), c.clone(), c.clone()]);
        assert!(moved.is_same(&a, &b) && moved.is_same(&c, &a));
        assert_eq!(moved.other_names("telegram:c"), ["telegram:a", "telegram:b"]);
        assert_eq!(moved.other_names("telegram:a"), ["telegram:c", "telegram:b"]);
        moved.note(&c, &a); // it came back
        assert_eq!([&a, &b, &c].map(|chat| moved.now(chat)), [a.clone(), a.clone(), a.clone()]);
        assert!(!moved.is_same(&a, &ChatId::new("irc", "a")));
    }
}
