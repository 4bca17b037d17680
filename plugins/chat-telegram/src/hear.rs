//! What an update means: a line of somebody, something that happened to a chat, or
//! nothing for us. Pure functions of the update and of who the bot is.
use crate::{
    address::GENERAL,
    menu::Names,
    update::{MemberChange, Message, Press, Update, User, What},
};
use factotum_plugin_api::chat::{ChatEvent, ChatId, Incoming, Sender};
use teloxide_core::types::FileId;

/// What an update means.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    /// Somebody said or pressed something; with the file that came with it, to be fetched.
    Line(Box<Incoming>, Option<File>),
    /// Something happened to a chat.
    Event(ChatEvent),
    /// A press of which nothing can come; it is answered all the same.
    Press(String),
    /// Something for us, in a form that we do not know.
    Unreadable,
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
const FILE_MAX: u64 = 1 << 20;

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
        match &update.what {
            What::Message(message) => self.message(update, message),
            // Run once, as it was said first: the change may be of a word far from it.
            What::Edited => Heard::Nothing("an edited message"),
            What::Press(press) => self.press(update, press),
            What::Member(change) => self.member(change),
            What::Unreadable => Heard::Unreadable,
            What::Other => Heard::Nothing("an update of another kind"),
        }
    }
    fn chat(&self, chat: i64) -> ChatId {
        ChatId::new(self.network, chat.to_string())
    }
    fn message(&self, update: &Update, message: &Message) -> Heard {
        let here = self.chat(message.chat.id);
        // The old group and the new one both say so.
        if let Some(to) = message.migrate_to_chat_id {
            return Heard::Event(ChatEvent::Moved { from: here, to: self.chat(to) });
        }
        if let Some(from) = message.migrate_from_chat_id {
            return Heard::Event(ChatEvent::Moved { from: self.chat(from), to: here });
        }
        // Heard in the channel itself, where the bot is there too.
        if message.is_automatic_forward {
            return Heard::Nothing("a channel's post in its group");
        }
        // The words of somebody else, who may know what they do where they are shown.
        if message.forward_origin.is_some() {
            return Heard::Nothing("a forwarded message");
        }
        let Some(said) = message.text.as_ref().or(message.caption.as_ref()) else { return Heard::Nothing("no text") };
        let Some(sender) = self.sender(message) else { return Heard::Nothing("nobody said it") };
        let (line, addressed) = match self.addressed(said) {
            For::Us(line) => (line, true),
            For::Another => return Heard::Nothing("for another bot"),
            For::Nobody => (said.to_owned(), false),
        };
        let language = message.from.as_ref().and_then(|user| user.language_code.clone());
        let private = message.chat.is_private();
        // In a group a file is fetched only for a line that may be for us: the host alone
        // knows the signs that its commands begin with.
        let for_us = private || addressed || said.trim_start().starts_with(|c: char| c.is_ascii_punctuation());
        let file = message.document.as_ref().filter(|file| for_us && file.file_size <= FILE_MAX);
        let file = file.map(|file| File {
            id: file.file_id.clone(),
            name: file.file_name.clone().unwrap_or_else(|| "file".into()),
        });
        let incoming = Incoming {
            addressed,
            message: Some(message.id.to_string()),
            thread: topic(message),
            language,
            update: Some(update.id.to_string()),
            ..Incoming::new(here, sender, private, line)
        };
        Heard::Line(Box::new(incoming), file)
    }
    /// Who said it. Where a chat speaks (a channel, an anonymous admin) no person can
    /// be vouched for, so the account is none of a person.
    fn sender(&self, message: &Message) -> Option<Sender> {
        if let Some(chat) = &message.sender_chat {
            let account = format!("chat{}", chat.id);
            return Some(Sender::new(self.network, &account, chat.title()));
        }
        message.from.as_ref().filter(|user| !user.is_bot).map(|user| self.person(user))
    }
    fn person(&self, user: &User) -> Sender {
        Sender::new(self.network, &user.id.to_string(), user.full_name())
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
    fn press(&self, update: &Update, press: &Press) -> Heard {
        let (Some(data), Some(under)) = (&press.data, &press.message) else {
            return Heard::Press(press.id.clone());
        };
        let sender = self.person(&press.from);
        let incoming = Incoming {
            pressed: Some(under.id.to_string()),
            press: Some(press.id.clone()),
            thread: topic(under),
            language: press.from.language_code.clone(),
            update: Some(update.id.to_string()),
            ..Incoming::new(self.chat(under.chat.id), sender, under.chat.is_private(), data.as_str())
        };
        Heard::Line(Box::new(incoming), None)
    }
    /// The bot was added, removed, let in or shut out. A person who blocks it is told of
    /// when something is to be posted there.
    fn member(&self, change: &MemberChange) -> Heard {
        if change.chat.is_private() {
            return Heard::Nothing("a person blocked or unblocked the bot");
        }
        let (chat, title, by) = (self.chat(change.chat.id), change.chat.title(), Some(self.person(&change.from)));
        match (change.old.is_present(), change.new.is_present()) {
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
    let topic = message.message_thread_id.filter(|_| message.is_topic_message)?;
    (topic != i64::from(GENERAL)).then(|| topic.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use factotum_plugin_api::chat::{Menu, Offer};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn hear(update: Value) -> Option<Heard> {
        let offer = |path: &str| Offer { path: path.into(), about: String::new(), private: false };
        let names = Names::of(&Menu { everyone: vec![offer("travis route")], ..Menu::default() });
        let update = Update::read(update)?;
        Some(Ears { network: "telegram", username: "our_bot", names: &names }.hear(&update))
    }
    fn said(text: &str) -> Value {
        let chat = json!({ "id": -1_001_234, "type": "supergroup", "title": "Ops" });
        let from = json!({ "id": 222, "is_bot": false, "first_name": "Bob" });
        json!({ "update_id": 7, "message": { "message_id": 1, "chat": chat, "from": from, "text": text } })
    }

    #[test]
    fn the_forms_of_a_line() {
        let rows = [
            ("!echo a", "!echo a"),
            ("talk", "talk"),
            ("/echo a", "to us: echo a"),
            ("/echo", "to us: echo"),
            ("/Travis_Route@OUR_BOT a\nb", "to us: travis route a\nb"),
            ("  /travis_route", "to us: travis route"),
            ("/travis_route_", "to us: travis_route_"),
            ("/echo@other a", "for another bot"),
            ("/echo@our_bot2 a", "for another bot"),
            ("/echo@", "for another bot"),
            ("@our_bot, echo  a", "to us: echo  a"),
            ("@OUR_bot:", "to us: "),
            ("@our_bot2 echo", "@our_bot2 echo"),
            ("/", "/"),
            ("", ""),
            ("\u{a0}/echo\u{a0}a", "to us: echo\u{a0}a"),
        ];
        for (text, expected) in rows {
            let heard = match hear(said(text)) {
                Some(Heard::Line(incoming, None)) if incoming.addressed => format!("to us: {}", incoming.line),
                Some(Heard::Line(incoming, None)) => incoming.line,
                Some(Heard::Nothing(why)) => why.to_owned(),
                other => format!("{other:?}"),
            };
            assert_eq!(heard, expected, "{text:?}");
        }
    }

    /// Values that stand in updates, right and wrong, under each name that is read.
    fn odd() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            Just(json!(1e300)),
            ".{0,12}".prop_map(Value::from),
            prop::sample::select(vec!["/echo@our_bot ü", "@our_bot", "/@", "private", "member", "restricted"])
                .prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 8, |inner| {
            let name = prop::sample::select(vec![
                "update_id",
                "message",
                "channel_post",
                "edited_message",
                "callback_query",
                "my_chat_member",
                "chat",
                "from",
                "sender_chat",
                "text",
                "caption",
                "document",
                "file_id",
                "file_size",
                "message_id",
                "id",
                "type",
                "title",
                "username",
                "is_bot",
                "first_name",
                "data",
                "message_thread_id",
                "is_topic_message",
                "migrate_to_chat_id",
                "old_chat_member",
                "new_chat_member",
                "status",
                "is_member",
                "x",
            ]);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec((name, inner), 0..8)
                    .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
            ]
        })
    }

    /// Puts `value` at one of the places of a right update.
    fn spoiled(at: usize, value: Value) -> Value {
        let mut update = said("/echo hello");
        update["message"]["document"] = json!({ "file_id": "F", "file_size": 3 });
        let places = [
            "/update_id",
            "/message",
            "/message/message_id",
            "/message/chat",
            "/message/chat/id",
            "/message/chat/type",
            "/message/from",
            "/message/from/id",
            "/message/from/is_bot",
            "/message/text",
            "/message/document",
            "/message/document/file_size",
        ];
        *update.pointer_mut(places[at % places.len()]).unwrap() = value;
        update
    }

    proptest! {
        #[test]
        fn whatever_is_shaped_like_an_update_is_heard_or_passed_over(any in odd(), at in 0..12_usize) {
            for update in [any.clone(), json!({ "update_id": 1, "message": any.clone() }),
                json!({ "update_id": 1, "callback_query": any.clone() }),
                json!({ "update_id": 1, "my_chat_member": any.clone() }), spoiled(at, any)] {
                if let Some(Heard::Line(incoming, _)) = hear(update) {
                    // Somebody said it, and it can be dropped when it comes again.
                    prop_assert!(incoming.sender.id.starts_with("telegram:"));
                    prop_assert!(incoming.update.is_some());
                }
            }
        }

        #[test]
        fn the_command_of_another_bot_is_none(
            command in "[a-z_]{0,12}", bot in "[A-Za-z0-9_]{0,20}", rest in ".{0,20}", before in "[ \n]{0,2}"
        ) {
            prop_assume!(!bot.eq_ignore_ascii_case("our_bot") && !command.is_empty());
            let heard = hear(said(&format!("{before}/{command}@{bot} {rest}")));
            prop_assert_eq!(heard, Some(Heard::Nothing("for another bot")));
        }

        #[test]
        fn a_line_without_address_arrives_as_it_was_said(text in "[^/@].{0,40}") {
            prop_assume!(!text.trim_start().starts_with(['/', '@']));
            let Some(Heard::Line(incoming, None)) = hear(said(&text)) else { panic!("no line") };
            prop_assert_eq!((incoming.line, incoming.addressed), (text, false));
        }
    }
}
