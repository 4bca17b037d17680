//! The list of commands that people see when they type `/`, by scope and language.
use crate::telegram::{
    Telegram,
    answer::{Answer, Failure, bad},
    request::Call,
    state::State,
};
use serde_json::{Value, json};

/// Bot API, setMyCommands and BotCommand.
const COMMANDS_MAX: usize = 100;
const NAME_MAX: usize = 32;
const DESCRIPTION_MAX: usize = 256;

impl State {
    pub(super) fn set_menu(&mut self, call: &Call) -> Answer {
        let at = self.menu_of(call)?;
        let Some(Value::Array(commands)) = call.json("commands") else {
            return bad("can't parse commands JSON object");
        };
        if commands.len() > COMMANDS_MAX {
            return bad("BOT_COMMANDS_TOO_MUCH");
        }
        for command in &commands {
            let (name, about) = (command["command"].as_str(), command["description"].as_str());
            let (Some(name), Some(about)) = (name, about) else { return bad("can't parse BotCommand") };
            let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(named) {
                return bad("BOT_COMMAND_INVALID");
            }
            if about.is_empty() || about.chars().count() > DESCRIPTION_MAX {
                return bad("BOT_COMMAND_DESCRIPTION_INVALID");
            }
        }
        self.menus.insert(at, json!(commands));
        Ok(json!(true))
    }
    pub(super) fn get_menu(&mut self, call: &Call) -> Answer {
        let at = self.menu_of(call)?;
        Ok(self.menus.get(&at).cloned().unwrap_or(json!([])))
    }
    pub(super) fn delete_menu(&mut self, call: &Call) -> Answer {
        let at = self.menu_of(call)?;
        self.menus.remove(&at);
        Ok(json!(true))
    }
    /// The scope, as one word, and the language.
    fn menu_of(&self, call: &Call) -> Result<(String, String), Failure> {
        let scope = call.json("scope").unwrap_or(json!({ "type": "default" }));
        let chat = || {
            let asked = Call {
                params: [("chat_id".to_owned(), scope["chat_id"].clone())].into_iter().collect(),
                ..Call::default()
            };
            self.reachable(&asked)
        };
        let word = match scope["type"].as_str().unwrap_or_default() {
            kind @ ("default" | "all_private_chats" | "all_group_chats" | "all_chat_administrators") => kind.to_owned(),
            kind @ ("chat" | "chat_administrators") => format!("{kind}:{}", chat()?),
            kind @ "chat_member" => match scope["user_id"].as_i64() {
                Some(user) => format!("{kind}:{}:{user}", chat()?),
                None => return bad("can't parse BotCommandScope: Field \"user_id\" must be of type Number"),
            },
            _ => return bad("can't parse BotCommandScope: unsupported type specified"),
        };
        Ok((word, call.text("language_code").unwrap_or_default()))
    }
}

impl Telegram {
    /// The commands of a scope, as `/name - description`. A scope is `default`,
    /// `all_private_chats`, `all_group_chats`, `all_chat_administrators`, `chat:-100123`,
    /// `chat_administrators:-100123` or `chat_member:-100123:111`, with ` (de)` behind it
    /// for the list of a language.
    pub fn menu(&self, scope: &str) -> Vec<String> {
        let state = self.core.state();
        let (scope, language) = scope.strip_suffix(')').and_then(|of| of.split_once(" (")).unwrap_or((scope, ""));
        let menu = state.menus.get(&(scope.to_owned(), language.to_owned()));
        let commands = menu.and_then(|menu| menu.as_array().cloned()).unwrap_or_default();
        let word = |command: &Value, field: &str| command[field].as_str().unwrap_or_default().to_owned();
        commands.iter().map(|one| format!("/{} - {}", word(one, "command"), word(one, "description"))).collect()
    }
    /// The scopes that have commands, in the words of [`menu`](Self::menu), with
    /// ` (de)` behind those of a language.
    pub fn menus(&self) -> Vec<String> {
        let state = self.core.state();
        let word = |(scope, language): &(String, String)| match language.as_str() {
            "" => scope.clone(),
            language => format!("{scope} ({language})"),
        };
        state.menus.keys().map(word).collect()
    }
}
