//! What an update means: a line of somebody, something that happened to a chat, or
//! nothing for us. Pure functions of the update and of who the bot is.
use crate::{address::GENERAL, menu::Names};
use factotum_plugin_api::chat::{ChatEvent, ChatId, Incoming, Sender};
use teloxide_core::types::{
    CallbackQuery, Chat, ChatMemberUpdated, FileId, MaybeInaccessibleMessage, Message, Update, UpdateKind, User,
};

/// What an update means.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    /// Somebody said or pressed something; with the file that came with it, to be fetched.
    Line(Box<Incoming>, Option<File>),
    /// Something happened to a chat.
    Event(ChatEvent),
    /// A press of which nothing can come; it is answered all the same.
    Press(String),
    /// Not for us: why.
    Nothing(&'static str),
}

/// A file that came with a line.
#[derive(Debug, PartialEq)]
pub(crate) struct File {
    /// Its id, for getFile.
    pub(crate) id: FileId,
    /// Its name, as its sender has it.
    pub(crate) name: String,
}

/// The largest file that is fetched, in bytes: a list of servers or of rules is far smaller.
const FILE_MAX: u32 = 1 << 20;

/// Who hears.
pub(crate) struct Ears<'a> {
    /// The name of the network.
    pub(crate) network: &'a str,
    /// The bot's username, in any case, without `@`.
    pub(crate) username: &'a str,
    /// The commands of Telegram's menu, such as `travis_route`.
    pub(crate) names: &'a Names,
}

impl Ears<'_> {
    /// What `update` means.
    pub(crate) fn hear(&self, update: &Update) -> Heard {
        match &update.kind {
            UpdateKind::Message(message) | UpdateKind::ChannelPost(message) => self.message(update, message),
            // Run once, as it was said first: the change may be of a word far from it.
            UpdateKind::EditedMessage(_) | UpdateKind::EditedChannelPost(_) => Heard::Nothing("an edited message"),
            UpdateKind::CallbackQuery(query) => self.press(update, query),
            UpdateKind::MyChatMember(change) => self.member(change),
            UpdateKind::Error(_) => Heard::Nothing("an update of an unknown kind"),
            _ => Heard::Nothing("no message"),
        }
    }
    fn chat(&self, chat: i64) -> ChatId {
        ChatId::new(self.network, chat.to_string())
    }
    fn message(&self, update: &Update, message: &Message) -> Heard {
        let here = self.chat(message.chat.id.0);
        // The old group and the new one both say so.
        if let Some(to) = message.migrate_to_chat_id() {
            return Heard::Event(ChatEvent::Moved { from: here, to: self.chat(to.0) });
        }
        if let Some(from) = message.migrate_from_chat_id() {
            return Heard::Event(ChatEvent::Moved { from: self.chat(from.0), to: here });
        }
        let Some(said) = message.text().or(message.caption()) else { return Heard::Nothing("no text") };
        let Some(sender) = self.sender(message) else { return Heard::Nothing("nobody said it") };
        let (line, addressed) = match self.addressed(said) {
            For::Us(line) => (line, true),
            For::Another => return Heard::Nothing("for another bot"),
            For::Nobody => (said.to_owned(), false),
        };
        let language = message.from.as_ref().and_then(|user| user.language_code.clone());
        let private = message.chat.is_private();
        // In a group a file is fetched only for a line that is surely for us.
        let file = message.document().filter(|file| (private || addressed) && file.file.size <= FILE_MAX);
        let file = file.map(|file| File {
            id: file.file.id.clone(),
            name: file.file_name.clone().unwrap_or_else(|| "file".into()),
        });
        let incoming = Incoming {
            addressed,
            message: Some(message.id.0.to_string()),
            thread: topic(message),
            language,
            update: Some(update.id.0.to_string()),
            ..Incoming::new(here, sender, private, line)
        };
        Heard::Line(Box::new(incoming), file)
    }
    /// Who said it. Where a chat speaks (a channel, an anonymous admin) no person can
    /// be vouched for, so the account is none of a person.
    fn sender(&self, message: &Message) -> Option<Sender> {
        if let Some(chat) = &message.sender_chat {
            let account = format!("chat{}", chat.id.0);
            return Some(Sender::new(self.network, &account, title(chat)));
        }
        message.from.as_ref().filter(|user| !user.is_bot).map(|user| self.person(user))
    }
    fn person(&self, user: &User) -> Sender {
        Sender::new(self.network, &user.id.0.to_string(), user.full_name())
    }
    /// Whether a line is for a bot by its form, and what is left of it then: `/cmd`,
    /// `/cmd@us`, `@us cmd`.
    fn addressed(&self, said: &str) -> For {
        let said = said.trim_start();
        let (first, rest) = said.split_once(char::is_whitespace).unwrap_or((said, ""));
        if let Some(name) = first.strip_prefix('@') {
            let ours = name.trim_end_matches([':', ',']).eq_ignore_ascii_case(self.username);
            return if ours { For::Us(rest.trim_start().to_owned()) } else { For::Nobody };
        }
        let Some(command) = first.strip_prefix('/').filter(|command| !command.is_empty()) else {
            return For::Nobody;
        };
        let (command, bot) = command.split_once('@').unwrap_or((command, self.username));
        if !bot.eq_ignore_ascii_case(self.username) {
            return For::Another;
        }
        let path = self.names.path(command).unwrap_or(command);
        let rest = said.strip_prefix(first).unwrap_or_default();
        For::Us(format!("{path}{rest}"))
    }
    fn press(&self, update: &Update, query: &CallbackQuery) -> Heard {
        let (Some(data), Some(under)) = (&query.data, &query.message) else {
            return Heard::Press(query.id.0.clone());
        };
        let (chat, thread) = match under {
            MaybeInaccessibleMessage::Regular(message) => (&message.chat, topic(message)),
            MaybeInaccessibleMessage::Inaccessible(message) => (&message.chat, None),
        };
        let sender = self.person(&query.from);
        let incoming = Incoming {
            pressed: Some(under.id().0.to_string()),
            press: Some(query.id.0.clone()),
            thread,
            language: query.from.language_code.clone(),
            update: Some(update.id.0.to_string()),
            ..Incoming::new(self.chat(chat.id.0), sender, chat.is_private(), data.as_str())
        };
        Heard::Line(Box::new(incoming), None)
    }
    /// The bot was added, removed, let in or shut out. A person who blocks it is told of
    /// when something is to be posted there.
    fn member(&self, change: &ChatMemberUpdated) -> Heard {
        if change.chat.is_private() {
            return Heard::Nothing("a person blocked or unblocked the bot");
        }
        let (chat, title, by) = (self.chat(change.chat.id.0), title(&change.chat), Some(self.person(&change.from)));
        match (change.old_chat_member.is_present(), change.new_chat_member.is_present()) {
            (false, true) => Heard::Event(ChatEvent::Joined { chat, title, by }),
            (true, false) => Heard::Event(ChatEvent::Left { chat, title, by }),
            _ => Heard::Nothing("the bot's rights changed"),
        }
    }
}

/// For whom a line is by its form.
enum For {
    Us(String),
    Another,
    Nobody,
}

/// The topic of a forum that a message is in. Elsewhere a reply has a thread id too,
/// which is none to post to.
fn topic(message: &Message) -> Option<String> {
    let topic = message.thread_id.filter(|_| message.is_topic_message)?;
    (topic.0.0 != GENERAL).then(|| topic.0.0.to_string())
}

/// What people call a chat.
fn title(chat: &Chat) -> String {
    let username = || chat.username().map(|name| format!("@{name}"));
    chat.title().map(str::to_owned).or_else(username).unwrap_or_else(|| chat.id.to_string())
}
