//! What dispatch remembers of people, in memory and for a while: the lines they
//! may repeat, what they run, and when they were last given a hint.
use super::{hint::Hints, repeat::History, running::Commands};
use factotum_plugin_api::chat::{ChatId, Incoming};
use std::collections::HashMap;

/// So many people and chats at most: the longest unused is forgotten first.
const KEPT: usize = 1_000;

/// What is known of the people who talk to the bot.
#[derive(Default)]
pub struct People {
    pub(crate) history: History,
    pub(crate) running: Commands,
    pub(super) hints: Hints,
}

/// Something for each sender in each chat, of those who were heard lately.
pub(super) struct Lately<V> {
    kept: HashMap<(String, ChatId), (u64, V)>,
    uses: u64,
}

impl<V> Default for Lately<V> {
    fn default() -> Self {
        Lately { kept: HashMap::new(), uses: 0 }
    }
}

impl<V: Default> Lately<V> {
    /// What there is for the sender of a line in its chat; makes room for it.
    pub(super) fn of(&mut self, incoming: &Incoming) -> &mut V {
        self.uses += 1;
        let place = (incoming.sender.id.clone(), incoming.chat.clone());
        if self.kept.len() >= KEPT && !self.kept.contains_key(&place) {
            let oldest = self.kept.iter().min_by_key(|(_, (used, _))| *used).map(|(place, _)| place.clone());
            oldest.map(|oldest| self.kept.remove(&oldest));
        }
        let (used, value) = self.kept.entry(place).or_default();
        *used = self.uses;
        value
    }
    /// What there is, if anything.
    pub(super) fn get(&self, incoming: &Incoming) -> Option<&V> {
        self.kept.get(&(incoming.sender.id.clone(), incoming.chat.clone())).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use factotum_plugin_api::chat::Sender;

    #[test]
    fn the_longest_unused_is_forgotten() {
        let said = |n: usize| {
            let (chat, name) = (ChatId::new("console", "ops"), n.to_string());
            Incoming::new(chat, Sender::new("console", &name, name.as_str()), false, "!help")
        };
        let mut lately = Lately::<usize>::default();
        for n in 0..KEPT {
            *lately.of(&said(n)) = n;
        }
        lately.of(&said(0)); // used again
        lately.of(&said(KEPT));
        assert_eq!(lately.kept.len(), KEPT);
        assert_eq!((lately.get(&said(0)), lately.get(&said(1)), lately.get(&said(2))), (Some(&0), None, Some(&2)));
    }
}
