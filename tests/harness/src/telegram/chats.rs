//! The people and chats that a test makes, and what the bot may do there.
use super::{
    Telegram,
    methods::member,
    state::{Chat, Kind, Message, Standing, State, User, anonymous_json, bot_json},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Making people and chats. Nothing of it is an update, save where it says so.
impl Telegram {
    /// A person, whose user name is the name in lower case. The bot cannot write to
    /// them before they wrote: that is [`private`](Self::private), or their first
    /// [`say`](Self::say) there.
    pub fn user(&self, id: i64, name: &str) -> i64 {
        self.user_named(id, name, Some(&name.to_lowercase()))
    }
    /// A person with another user name, or none.
    pub fn user_named(&self, id: i64, name: &str, username: Option<&str>) -> i64 {
        let username = username.map(str::to_owned);
        let mut chat = Chat::new(id, Kind::Private, name);
        chat.username.clone_from(&username);
        chat.bot = Standing::Left;
        self.core.change(|state| {
            state.users.insert(id, User { id, name: name.to_owned(), username, language: "en".into() });
            state.chats.insert(id, chat);
        });
        id
    }
    /// A person's client is in this language from now on; in `en` at first.
    ///
    /// # Panics
    /// When there is no such person.
    pub fn speaks(&self, user: i64, language: &str) {
        let of = |state: &mut State| language.clone_into(&mut state.users.get_mut(&user).expect("a person").language);
        self.core.change(of);
    }
    /// The private chat of a person who wrote to the bot some time ago.
    pub fn private(&self, user: i64) -> i64 {
        self.core.change(|state| state.known(user).bot = Standing::Member);
        user
    }
    /// A basic group, with the bot as a member: `group(-123, "Dev")`.
    pub fn group(&self, id: i64, title: &str) -> i64 {
        self.make(Chat::new(id, Kind::Group, title))
    }
    /// A supergroup without topics, with the bot as a member: `supergroup(-1001234, "Dev")`.
    pub fn supergroup(&self, id: i64, title: &str) -> i64 {
        self.make(Chat::new(id, Kind::Supergroup, title))
    }
    /// A supergroup with topics; General is there, the others are made by
    /// [`topic`](Self::topic).
    pub fn forum(&self, id: i64, title: &str) -> i64 {
        let mut chat = Chat::new(id, Kind::Supergroup, title);
        chat.topics = Some(BTreeMap::new());
        self.make(chat)
    }
    /// A topic of a forum: its id is the number of the message that made it, and later
    /// messages have higher ones.
    pub fn topic(&self, chat: i64, id: i64, title: &str) -> i64 {
        self.core.change(|state| {
            let date = state.date();
            let place = state.known(chat);
            let topics = place.topics.as_mut().expect("only a forum has topics");
            topics.insert(id, title.to_owned());
            place.last = place.last.max(id);
            let json = json!({
                "message_id": id, "date": date, "chat": place.json(), "from": anonymous_json(),
                "sender_chat": place.json(), "message_thread_id": id, "is_topic_message": true,
                "forum_topic_created": { "name": title, "icon_color": 7_322_096 },
            });
            let made = Message { json, source: format!("(topic {title})"), author: "admins".into(), by_bot: false };
            place.messages.insert(id, made);
        });
        id
    }
    /// Removes a topic: posts there are refused then.
    pub fn delete_topic(&self, chat: i64, id: i64) {
        self.core.change(|state| {
            let place = state.known(chat);
            place.topics.as_mut().expect("only a forum has topics").remove(&id);
            place.messages.retain(|_, message| message.thread() != Some(id));
        });
    }
    /// A channel, with the bot as an admin, who alone may post there.
    pub fn channel(&self, id: i64, title: &str, username: Option<&str>) -> i64 {
        let mut chat = Chat::new(id, Kind::Channel, title);
        chat.username = username.map(str::to_owned);
        chat.bot = Standing::Admin;
        self.make(chat)
    }
    fn make(&self, chat: Chat) -> i64 {
        let id = chat.id;
        self.core.change(|state| state.chats.insert(id, chat));
        id
    }
    /// Makes the bot an admin of a chat: it may delete messages of others there, and
    /// privacy mode is off for it.
    pub fn bot_is_admin(&self, chat: i64) {
        self.core.change(|state| state.known(chat).bot = Standing::Admin);
    }
    /// Makes a person an admin of a chat.
    pub fn admin(&self, chat: i64, user: i64) {
        self.core.change(|state| state.known(chat).admins.insert(user));
    }
    /// Makes a person a member of a chat; whoever says something there is one.
    pub fn member(&self, chat: i64, user: i64) {
        self.core.change(|state| state.known(chat).members.insert(user));
    }
    /// Whether the bot hears in groups only commands, answers to it and service
    /// messages, as BotFather sets it. Off at first.
    pub fn privacy(&self, on: bool) {
        self.core.change(|state| state.privacy = on);
    }
    /// Forgets a chat: calls with it are answered `chat not found`.
    pub fn delete_chat(&self, chat: i64) {
        self.core.change(|state| state.chats.remove(&chat));
    }
    /// `by` adds the bot to a group where it was not; the bot hears of it.
    pub fn add_bot(&self, chat: i64, by: i64) {
        self.core.change(|state| {
            state.stand(chat, by, Standing::Member);
            if state.known(chat).is_group() {
                state.service(chat, by, &json!({ "new_chat_members": [bot_json()] }), "adds the bot");
            }
        });
    }
    /// `by` throws the bot out of a chat; the bot hears of it.
    pub fn remove_bot(&self, chat: i64, by: i64) {
        self.core.change(|state| {
            state.stand(chat, by, Standing::Kicked);
            let who = state.speaker(chat, by, None);
            state.transcript.line(&who, "(removes the bot)");
        });
    }
    /// `by` makes the bot an admin, or a mere member again; the bot hears of it.
    pub fn promote_bot(&self, chat: i64, by: i64, admin: bool) {
        let standing = if admin { Standing::Admin } else { Standing::Member };
        self.core.change(|state| state.stand(chat, by, standing));
    }
    /// A person blocks the bot; it hears of it. Their next line unblocks it.
    pub fn block(&self, user: i64) {
        self.core.change(|state| {
            state.stand(user, user, Standing::Kicked);
            let who = state.speaker(user, user, None);
            state.transcript.line(&who, "(blocks the bot)");
        });
    }
    /// A basic group becomes a supergroup, whose id is returned; the bot hears of it in
    /// both, and calls with the old id are refused with the new one. Members, admins and
    /// the bot's standing stay; messages do not come along.
    pub fn upgrade(&self, group: i64) -> i64 {
        self.upgrade_to(group, -1_000_000_000_000 + group)
    }
    /// As [`upgrade`](Self::upgrade), with the new id.
    pub fn upgrade_to(&self, group: i64, to: i64) -> i64 {
        self.core.change(|state| {
            let old = state.known(group);
            assert_eq!(old.kind, Kind::Group, "only a basic group is upgraded");
            let mut chat = Chat::new(to, Kind::Supergroup, &old.title);
            (chat.bot, chat.members, chat.admins) = (old.bot, old.members.clone(), old.admins.clone());
            state.chats.insert(to, chat);
            state.anonymous_service(group, &json!({ "migrate_to_chat_id": to }));
            state.anonymous_service(to, &json!({ "migrate_from_chat_id": group }));
            state.known(group).moved_to = Some(to);
            state.transcript.line(&format!("admins@{group}"), &format!("(upgrade to {to})"));
        });
        to
    }
}

impl State {
    /// Changes what the bot is in a chat, and tells it.
    pub(super) fn stand(&mut self, chat: i64, by: i64, new: Standing) {
        let from = self.users.get(&by).expect("a person: make them first").json();
        let date = self.date();
        let place = self.known(chat);
        let old = std::mem::replace(&mut place.bot, new);
        let change = json!({
            "chat": place.json(), "from": from, "date": date,
            "old_chat_member": member(bot_json(), old), "new_chat_member": member(bot_json(), new),
        });
        self.updates.push(chat, "my_chat_member", change);
    }
    /// A service message of a person; the bot hears it.
    fn service(&mut self, chat: i64, by: i64, what: &Value, shown: &str) {
        let who = self.speaker(chat, by, None);
        let mut json = what.clone();
        json["from"] = self.users.get(&by).expect("a person: make them first").json();
        let author = self.users[&by].shown();
        let json = self.add(chat, Message { json, source: format!("({shown})"), author, by_bot: false });
        self.transcript.line(&who, &format!("({shown})"));
        self.updates.push(chat, "message", json);
    }
    /// A service message of the group itself; the bot hears it where it is.
    fn anonymous_service(&mut self, chat: i64, what: &Value) {
        let mut json = what.clone();
        json["from"] = anonymous_json();
        json["sender_chat"] = self.known(chat).json();
        let message = Message { json, source: "(service)".into(), author: "admins".into(), by_bot: false };
        let json = self.add(chat, message);
        if matches!(self.known(chat).bot, Standing::Member | Standing::Admin) {
            self.updates.push(chat, "message", json);
        }
    }
}
