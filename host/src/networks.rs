//! The configured networks by their names, which of them a bare address means,
//! and where a person is written to in private.
use crate::texts;
use factotum_plugin_api::{
    chat::{ChatId, Network, PostError},
    clock::Clock,
    secret::scrub,
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// How long a network may take to say whether it can post to a chat.
const REACH_LIMIT: Duration = Duration::from_secs(3);

/// Every `[chats.NAME]`, and the console.
#[derive(Default, Clone)]
pub struct Networks(pub BTreeMap<String, Arc<dyn Network>>);

impl Networks {
    /// The network of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Network>> {
        self.0.get(name)
    }
    /// The networks' names, each with what its addresses look like.
    pub fn forms(&self) -> Vec<(String, &'static str)> {
        self.0.iter().map(|(name, network)| (name.clone(), network.address_form())).collect()
    }
    /// Why nothing can be posted to a chat now, where its network says so in time.
    pub(crate) async fn reach(&self, chat: &ChatId, clock: &Clock) -> Option<String> {
        let (network, address) = (self.get(&chat.network)?.clone(), chat.address.clone());
        // A task of its own: a network that panics says nothing.
        let mut asked = JoinSet::new();
        asked.spawn(async move { network.reach(&address).await });
        match clock.timeout(REACH_LIMIT, asked.join_next()).await {
            Ok(Some(Ok(Err(PostError::Permanent(why))))) => Some(scrub(&why).into_owned()),
            _ => None,
        }
    }
    /// The private chat with a sender (`network:account`), where one can write first.
    pub fn private_chat(&self, sender: &str) -> Option<ChatId> {
        let (network, account) = sender.split_once(':')?;
        let address = self.get(network)?.private_chat(account)?;
        Some(ChatId::new(network, address))
    }
    /// The chat in which a sender writes alone: also where one cannot write first.
    pub fn private_chat_of(&self, sender: &str) -> ChatId {
        let (network, account) = sender.split_once(':').unwrap_or((sender, ""));
        self.private_chat(sender).unwrap_or_else(|| ChatId::new(network, account))
    }
    /// What `here` means for something said in a thread of a chat.
    pub fn here(&self, chat: &ChatId, thread: Option<&str>) -> ChatId {
        let address = self.get(&chat.network).map(|network| network.here(&chat.address, thread));
        address.map_or_else(|| chat.clone(), |address| ChatId::new(chat.network.as_str(), address))
    }
    /// The chat that an address is a part of, such as a topic of a group; itself if of none.
    pub fn whole(&self, chat: &ChatId) -> ChatId {
        let whole = self.get(&chat.network).map(|network| network.paced(&chat.address).chat.to_owned());
        whole.map_or_else(|| chat.clone(), |address| ChatId::new(chat.network.as_str(), address))
    }
    /// `network:address`, or a bare address that one network alone could mean;
    /// the network that the command came from is asked first. A bare address has no
    /// `:`. `here` is `from`
    /// itself: see [`here`](Self::here).
    ///
    /// # Errors
    /// A sentence for the person: what an address of each loaded network looks
    /// like, or the candidates of an ambiguous one.
    pub fn resolve(&self, word: &str, from: &ChatId) -> Result<ChatId, String> {
        if word.eq_ignore_ascii_case("here") {
            return Ok(from.clone());
        }
        if let Some((name, address)) = word.split_once(':') {
            let name = name.to_lowercase();
            if let Some(network) = self.get(&name) {
                let parsed = network.parse_chat(address);
                let form = network.address_form();
                return parsed
                    .map(|address| ChatId::new(name.as_str(), address))
                    .ok_or_else(|| texts::no_chat_of(address, &name, form));
            }
            // Most networks would take it as a room of theirs.
            return Err(self.no_such_chat(word));
        }
        let ask = |(name, network): (&String, &Arc<dyn Network>)| {
            network.parse_chat(word).map(|address| ChatId::new(name.as_str(), address))
        };
        if let Some(chat) = self.0.get_key_value(&from.network).and_then(ask) {
            return Ok(chat);
        }
        let mut could: Vec<ChatId> = self.0.iter().filter_map(ask).collect();
        match could.len() {
            0 => Err(self.no_such_chat(word)),
            1 => Ok(could.remove(0)),
            _ => {
                let all: Vec<_> = could.iter().map(ToString::to_string).collect();
                Err(texts::several_chats(word, &all))
            }
        }
    }
    fn no_such_chat(&self, word: &str) -> String {
        let forms: Vec<_> = self.forms().into_iter().map(|(name, form)| format!("{name}:{form}")).collect();
        texts::no_chat(word, &forms)
    }
}
