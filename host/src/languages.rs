//! In which language somebody is answered: what the chat or the person has chosen with
//! `!lang`, else what the chat program of the person says, else the config. Choices are
//! kept in the store, and are read from memory.
use crate::{moved::Moved, services::Shared};
use factotum_plugin_api::{
    Result,
    chat::{ChatId, Incoming},
    language::Language,
    store::{Store, Table, Tables},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

/// So many private chats are remembered; then they are all forgotten, until the next
/// line in each.
const HEARD_MAX: usize = 10_000;

/// Why a language is the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It was chosen for the chat.
    Chat,
    /// The person has chosen it.
    Person,
    /// The person's chat program says so.
    Client,
    /// The config says so.
    Default,
}

/// Whose language is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose<'a> {
    /// That of a chat, for everybody who writes there.
    Chat(&'a ChatId),
    /// That of a person, by the id.
    Person(&'a str),
}

/// The choices, and what was heard.
pub(crate) struct Languages {
    chats: Choices,
    people: Choices,
    /// Who writes in a private chat, and the language of that person's chat program.
    heard: Mutex<HashMap<ChatId, Heard>>,
    moved: Moved,
}
#[derive(Clone, Debug, PartialEq, Eq)]
struct Heard {
    sender: String,
    client: Option<Language>,
}

/// The languages of some, by their ids: a table, and the same in memory.
struct Choices {
    table: Table<String, Language>,
    chosen: RwLock<HashMap<String, Language>>,
    /// Held from the write to the table until memory says the same.
    changing: tokio::sync::Mutex<()>,
}

impl Choices {
    async fn read(store: &Arc<dyn Store>, table: &'static str) -> Result<Self> {
        let table: Table<String, Language> = Tables::new(store.clone(), "host").table(table)?;
        let chosen = RwLock::new(table.all(&[]).await?.into_iter().collect());
        Ok(Choices { table, chosen, changing: tokio::sync::Mutex::default() })
    }
    fn get(&self, id: &str) -> Option<Language> {
        self.chosen.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
    async fn set(&self, id: &str, language: Option<&Language>) -> Result<()> {
        let id = id.to_owned();
        let _changing = self.changing.lock().await;
        match language {
            Some(language) => drop(self.table.put(&id, language).await?),
            None => drop(self.table.remove(&id).await?),
        }
        let mut chosen = self.chosen.write().unwrap_or_else(PoisonError::into_inner);
        match language {
            Some(language) => chosen.insert(id, language.clone()),
            None => chosen.remove(&id),
        };
        Ok(())
    }
}

impl Languages {
    /// What was chosen before.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn read(store: Arc<dyn Store>, moved: Moved) -> Result<Self> {
        let chats = Choices::read(&store, "chat_languages").await?;
        let people = Choices::read(&store, "languages").await?;
        Ok(Languages { chats, people, heard: Mutex::default(), moved })
    }
    /// What a chat has chosen, under its address of now or one from before.
    fn of_chat(&self, chat: &ChatId) -> Option<Language> {
        if self.chats.chosen.read().unwrap_or_else(PoisonError::into_inner).is_empty() {
            return None; // as in most hosts
        }
        let chat = chat.to_string();
        self.chats.get(&chat).or_else(|| self.moved.other_names(&chat).iter().find_map(|name| self.chats.get(name)))
    }
    async fn choose(&self, whose: Whose<'_>, language: Option<&Language>) -> Result<()> {
        match whose {
            Whose::Person(id) => self.people.set(id, language).await,
            Whose::Chat(chat) => {
                let now = self.moved.now(chat).to_string();
                for name in self.moved.other_names(&now) {
                    if self.chats.get(&name).is_some() {
                        self.chats.set(&name, None).await?;
                    }
                }
                self.chats.set(&now, language).await
            }
        }
    }
    /// Remembers who writes in a private chat.
    fn hear(&self, incoming: &Incoming) {
        if !incoming.private {
            return;
        }
        let client = incoming.language.as_ref().and_then(|tag| tag.parse().ok());
        let heard = Heard { sender: incoming.sender.id.clone(), client };
        let mut all = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(&incoming.chat).is_some_and(|before| *before == heard) {
            return;
        }
        if all.len() >= HEARD_MAX {
            all.clear();
        }
        all.insert(incoming.chat.clone(), heard);
    }
    /// Who writes in a private chat, and the language of that person's chat program.
    fn heard(&self, chat: &ChatId) -> Option<Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).get(chat).cloned()
    }
    /// The choices of people on a network, by their ids.
    fn people_of(&self, network: &str) -> Vec<(String, Language)> {
        let on_it = |(id, _): &(&String, &Language)| id.split_once(':').is_some_and(|(of, _)| of == network);
        let people = self.people.chosen.read().unwrap_or_else(PoisonError::into_inner);
        people.iter().filter(on_it).map(|(id, language)| (id.clone(), language.clone())).collect()
    }
}

impl Shared {
    /// The config's language.
    pub fn language(&self) -> Language {
        self.config().language().clone()
    }
    /// The language in which a line is answered, and why. Cheap.
    pub(crate) fn language_for(&self, incoming: &Incoming) -> (Language, Why) {
        let Languages { people, .. } = &self.languages;
        self.languages.hear(incoming);
        let default = self.language();
        let known = |language: Language| language.with_texts_of(&default).known();
        let of_chat = || self.languages.of_chat(&incoming.chat).and_then(known).map(|it| (it, Why::Chat));
        let own = || people.get(&incoming.sender.id).and_then(known).map(|it| (it, Why::Person));
        let client = || incoming.language.as_ref()?.parse().ok().and_then(known).map(|it| (it, Why::Client));
        let of_group = if incoming.private { None } else { of_chat() };
        of_group.or_else(own).or_else(client).unwrap_or((default.clone(), Why::Default))
    }
    /// The language of what is posted to a chat without being asked for: what the chat
    /// has chosen, in private what its person has chosen or the chat program said last.
    pub(crate) fn language_of_chat(&self, chat: &ChatId) -> Language {
        let default = self.language();
        let known = |language: Language| language.with_texts_of(&default).known();
        let whole = self.networks().whole(chat);
        let of_chat = self.languages.of_chat(&whole).and_then(known);
        of_chat.or_else(|| self.language_in_private(&whole, &known)).unwrap_or_else(|| default.clone())
    }
    fn language_in_private(&self, chat: &ChatId, known: &dyn Fn(Language) -> Option<Language>) -> Option<Language> {
        if let Some(Heard { sender, client }) = self.languages.heard(chat) {
            return self.languages.people.get(&sender).and_then(known).or_else(|| client.and_then(known));
        }
        // Not heard since the start: whoever has chosen one may be the person of this chat.
        let people = self.languages.people_of(&chat.network);
        let is_theirs = |(id, _): &(String, Language)| self.networks().private_chat_of(id) == *chat;
        people.into_iter().find(is_theirs).and_then(|(_, language)| known(language))
    }
    /// Keeps a choice, or takes it back.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn choose_language(&self, whose: Whose<'_>, language: Option<&Language>) -> Result<()> {
        self.languages.choose(whose, language).await
    }
    /// The language that a tag means here, if there are texts in it.
    pub(crate) fn known_language(&self, tag: &str) -> Option<Language> {
        tag.parse::<Language>().ok()?.with_texts_of(&self.language()).known()
    }
}
