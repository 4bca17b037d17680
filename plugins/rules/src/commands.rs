//! `!rules …`: rules made and changed in a chat; looked at in `looks`, tried in `tries`.
mod looks;
mod tries;

use crate::{
    Rules,
    rule::{self, Compiled, Rule, Trigger},
};
use factotum_plugin_api::prelude::*;

/// Make a rule: which messages it is about, and what is posted of them
#[derive(Args)]
struct AddArgs {
    /// Name of the rule
    #[arg(value_parser = rule::name)]
    name: String,
    /// Chat to post to, as network:address
    chat: ChatId,
    /// Text to post, with ${message}, ${entity}, ${tags.NAME} and the like
    text: String,
    #[command(flatten)]
    options: Options,
}
/// Change a rule; what is not named stays
#[derive(Args)]
struct EditArgs {
    /// Name of the rule
    #[arg(value_parser = rule::name)]
    name: String,
    /// Text to post
    #[arg(long)]
    text: Option<String>,
    #[command(flatten)]
    options: Options,
}
/// The options that rules are made and changed with.
#[derive(Args)]
struct Options {
    /// More chats to post to; on edit, all of them
    #[arg(long, value_name = "CHAT", value_delimiter = ',')]
    to: Vec<ChatId>,
    /// Type of the messages, such as webhook; * and ? are wild
    #[arg(long = "type", value_name = "PATTERN")]
    kind: Option<String>,
    /// Source of the messages; * and ? are wild
    #[arg(long, value_name = "PATTERN")]
    source: Option<String>,
    /// Entity of the messages; * and ? are wild
    #[arg(long, value_name = "PATTERN")]
    entity: Option<String>,
    /// Which messages, such as "message LIKE '/deploy*' && tags.message.chat.id = -100"
    #[arg(long, value_name = "EXPRESSION")]
    filter: Option<String>,
    /// What it looks at: length(1), or time(10 minutes)
    #[arg(long)]
    window: Option<String>,
    /// When it is open, such as "count() >= 3"; true is always
    #[arg(long, value_name = "EXPRESSION")]
    condition: Option<String>,
    /// When it says something: open,repeat,cancel
    #[arg(long, value_delimiter = ',')]
    on: Vec<Trigger>,
    /// Text to post on repeat; '' is the same as on open
    #[arg(long, value_name = "TEXT")]
    repeat_text: Option<String>,
    /// Text to post on cancel; '' is the same as on open
    #[arg(long, value_name = "TEXT")]
    cancel_text: Option<String>,
    /// Which repeats it says: all, every so many (10), or one in a time (5 minutes)
    #[arg(long, value_name = "HOW_MANY")]
    repeat_every: Option<String>,
    /// How long it must stay open before it says so, such as "2 minutes"; '' is not at all
    #[arg(long, value_name = "TIME")]
    delay: Option<String>,
}
/// Put rules to work
#[derive(Args)]
struct EnableArgs {
    /// Names of the rules
    #[arg(required = true, value_parser = rule::name)]
    names: Vec<String>,
}
/// Let rules rest
#[derive(Args)]
struct DisableArgs {
    /// Names of the rules
    #[arg(required = true, value_parser = rule::name)]
    names: Vec<String>,
}
/// Remove a rule
#[derive(Args)]
struct RemoveArgs {
    /// Name of the rule
    #[arg(value_parser = rule::name)]
    name: String,
}
impl Options {
    fn apply(self, rule: &mut Rule) {
        let set = |field: &mut String, value: Option<String>| {
            if let Some(value) = value {
                *field = value;
            }
        };
        set(&mut rule.kind, self.kind);
        set(&mut rule.source, self.source);
        set(&mut rule.entity, self.entity);
        set(&mut rule.filter, self.filter);
        set(&mut rule.window, self.window);
        set(&mut rule.condition, self.condition);
        set(&mut rule.repeat_text, self.repeat_text);
        set(&mut rule.cancel_text, self.cancel_text);
        set(&mut rule.repeat_every, self.repeat_every);
        set(&mut rule.delay, self.delay);
        if !self.on.is_empty() {
            rule.on = self.on;
        }
    }
}

impl Rules {
    pub(crate) fn add_commands(&self, commands: &mut Commands<Self>) {
        commands
            .on("rules list", Access::ADMINS, Self::list)
            .alias("rules")
            .on("rules show", Access::ADMINS, Self::show)
            .on("rules add", Access::ADMINS, Self::add)
            .on("rules edit", Access::ADMINS, Self::edit)
            .on("rules test", Access::ADMINS, Self::test)
            .on("rules enable", Access::ADMINS, Self::enable)
            .on("rules disable", Access::ADMINS, Self::disable)
            .on("rules remove", Access::ADMINS, Self::remove)
            .on("rules alerts", Access::ADMINS, Self::alerts)
            .on("webhook user add", Access::ADMINS.in_private(), Self::add_user)
            .on("webhook user list", Access::ADMINS, Self::list_users)
            .alias("webhook users")
            .on("webhook user remove", Access::ADMINS, Self::remove_user);
    }

    async fn add(&self, _: &Call, args: AddArgs) -> Result<Reply> {
        let AddArgs { name, chat, text, options } = args;
        self.in_the_store(&name)?;
        let mut rule = Rule { to: vec![chat], text, ..Rule::default() };
        rule.to.extend(options.to.iter().filter(|more| **more != rule.to[0]).cloned().collect::<Vec<_>>());
        options.apply(&mut rule);
        let compiled = Compiled::of(&name, rule.clone())?;
        if self.stored.create(&name, &rule).await?.is_none() {
            return Err(user_error(format!("there is a rule {name} already: edit or remove it")));
        }
        self.read_again().await;
        Ok(with_mistakes(bold(&name) + " posts " + about(&rule) + " to " + chats(&rule.to) + ".", &compiled).into())
    }
    async fn edit(&self, _: &Call, args: EditArgs) -> Result<Reply> {
        let EditArgs { name, text, options } = args;
        self.in_the_store(&name)?;
        let Some((mut rule, revision)) = self.stored.get_at(&name).await? else { return Err(unknown(&name)) };
        let before = rule.clone();
        if !options.to.is_empty() {
            rule.to.clone_from(&options.to);
        }
        if let Some(text) = text {
            rule.text = text;
        }
        options.apply(&mut rule);
        if rule == before {
            return Err(user_error("nothing of it changes: name what is to, such as --text, --filter or --to"));
        }
        let compiled = Compiled::of(&name, rule.clone())?;
        if self.stored.compare_and_swap(&name, revision, &rule).await?.is_none() {
            return Err(user_error("somebody else changed it just now: look at it again"));
        }
        self.read_again().await;
        Ok(with_mistakes(bold(&name) + " posts " + about(&rule) + " to " + chats(&rule.to) + ".", &compiled).into())
    }
    async fn enable(&self, _: &Call, args: EnableArgs) -> Result<Reply> {
        self.switch(&args.names, true).await
    }
    async fn disable(&self, _: &Call, args: DisableArgs) -> Result<Reply> {
        self.switch(&args.names, false).await
    }
    async fn switch(&self, names: &[String], on: bool) -> Result<Reply> {
        for name in names {
            self.in_the_store(name)?;
            let rule = self.stored.get(name).await?.ok_or_else(|| unknown(name))?;
            if on && rule.to.is_empty() {
                return Err(user_error(format!("{name} has no chat to post to: rules edit {name} --to CHAT")));
            }
        }
        for name in names {
            if let Some((rule, revision)) = self.stored.get_at(name).await? {
                self.stored.compare_and_swap(name, revision, &Rule { enabled: on, ..rule }).await?;
            }
        }
        self.read_again().await;
        Ok(format!("{}: {}", if on { "At work" } else { "At rest" }, names.join(", ")).into())
    }
    async fn remove(&self, call: &Call, args: RemoveArgs) -> Result<Reply> {
        self.in_the_store(&args.name)?;
        let what = match self.stored.get(&args.name).await {
            Ok(Some(rule)) => bold(&args.name) + ", which posts " + about(&rule) + " to " + chats(&rule.to),
            Ok(None) => return Err(unknown(&args.name)),
            // One that cannot be read is removed too.
            Err(_) => bold(&args.name),
        };
        call.confirm(Text::from("Remove the rule ") + what + "?").await?;
        if !self.stored.remove(&args.name).await? {
            return Err(unknown(&args.name));
        }
        self.read_again().await;
        self.states.remove(&args.name).await?;
        Ok((Text::from("The rule ") + bold(&args.name) + " is removed.").into())
    }
    async fn rule(&self, name: &str) -> Result<std::sync::Arc<Compiled>> {
        if let Some(rule) = self.rules().await?.iter().find(|rule| rule.name == name) {
            return Ok(rule.clone());
        }
        match self.unreadable().await?.into_iter().find(|(other, _)| other == name) {
            Some((_, why)) => Err(user_error(format!("the rule {name} is at rest: it cannot be read: {why}"))),
            None => Err(unknown(name)),
        }
    }
    fn is_of_config(&self, name: &str) -> bool {
        self.of_config.iter().any(|rule| rule.name == name)
    }
    fn in_the_store(&self, name: &str) -> Result<()> {
        match self.is_of_config(name) {
            true => Err(user_error(format!(
                "the rule {name} stands in the config, [plugins.rules.rule.{name}]: change it there"
            ))),
            false => Ok(()),
        }
    }
}

fn unknown(name: &str) -> Error {
    user_error(format!("there is no rule {name}"))
}
fn chats(to: &[ChatId]) -> Text {
    match to {
        [] => "no chat".into(),
        to => Text::join(", ", to.iter().map(code)),
    }
}
/// Which messages a rule is about, in a few words.
fn about(rule: &Rule) -> Text {
    let fields = [("type", &rule.kind), ("source", &rule.source), ("entity", &rule.entity)];
    let said = fields.iter().filter(|(_, value)| !value.is_empty());
    let said: Vec<Text> = said.map(|(name, value)| Text::from(format!("{name} ")) + code(value)).collect();
    let messages = match said.is_empty() {
        true => "every message".into(),
        false => Text::from("messages of ") + Text::join(", ", said),
    };
    let messages = match rule.filter.is_empty() {
        true => messages,
        false => messages + " where " + code(&rule.filter),
    };
    match rule.condition.trim() {
        "true" => messages,
        condition => messages + " when " + code(condition),
    }
}
/// Placeholders that are none are left standing, which somebody should know.
fn with_mistakes(done: Text, rule: &Compiled) -> Text {
    let mistakes = rule.texts.iter().flat_map(|text| &text.mistakes);
    let mut lines = vec![done];
    let mut seen = vec![];
    for (inner, mistake) in mistakes {
        if !seen.contains(&inner) {
            seen.push(inner);
            lines.push(Text::from("This is left standing, since it is no expression: ") + block(mistake.shown(inner)));
        }
    }
    Text::lines(lines)
}
