//! `!rules …`: rules made, changed, tried and looked at in a chat.
use crate::{
    PATH, Rules,
    engine::{self, State, Status},
    params::{self, Understood},
    rule::{self, Compiled, Rule, Trigger},
};
use factotum_plugin_api::{hook::Made, prelude::*};
use http::{HeaderMap, HeaderValue, Method, header::CONTENT_TYPE};

/// List the rules
#[derive(Args)]
struct ListArgs {}
/// Show a rule whole
#[derive(Args)]
struct ShowArgs {
    /// Name of the rule
    #[arg(value_parser = rule::name)]
    name: String,
}
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
    #[arg(long, value_name = "CHAT")]
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
/// Show what a request would do; nothing is posted and nothing changes
#[derive(Args)]
struct TestArgs {
    /// The end of the URL as the sender has it, such as telegram?command.message=message.text
    url: String,
    /// The body, pasted as it is: JSON, or a form
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    body: Vec<String>,
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
/// Show which rules are open, for which entity, and since how many messages
#[derive(Args)]
struct AlertsArgs {
    /// Name of one rule
    #[arg(value_parser = rule::name)]
    name: Option<String>,
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

    async fn list(&self, _: &Call, _: ListArgs) -> Result<Reply> {
        let rules = self.rules().await?;
        if rules.is_empty() {
            return Ok((Text::from("There is no rule: ") + command("rules add NAME CHAT TEXT") + " makes one.").into());
        }
        let mut lines = vec![];
        for rule in rules.iter() {
            let off = if rule.rule.enabled { "" } else { " (disabled)" };
            let line = bold(&rule.name) + off + ": " + about(&rule.rule) + " → " + chats(&rule.rule.to);
            lines.push(self.troubles(rule).await?.into_iter().fold(line, |line, trouble| line + "; " + trouble));
        }
        Ok(list(lines).into())
    }
    async fn show(&self, _: &Call, args: ShowArgs) -> Result<Reply> {
        let rule = self.rule(&args.name).await?;
        let Rule { to, kind, source, entity, filter, window, condition, on, text, .. } = &rule.rule;
        let on: Vec<String> = on.iter().map(ToString::to_string).collect();
        let rows = [
            ("to", to.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
            ("type", kind.clone()),
            ("source", source.clone()),
            ("entity", entity.clone()),
            ("filter", filter.clone()),
            ("window", window.clone()),
            ("condition", condition.clone()),
            ("on", on.join(", ")),
            ("repeat_every", rule.rule.repeat_every.clone()),
            ("delay", rule.rule.delay.clone()),
            ("text", text.clone()),
            ("repeat_text", rule.rule.repeat_text.clone()),
            ("cancel_text", rule.rule.cancel_text.clone()),
        ];
        let lines = rows
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| Text::from(*key) + ": " + code(value));
        let state = match (rule.rule.enabled, self.is_of_config(&args.name)) {
            (true, false) => "",
            (false, false) => " (disabled)",
            (true, true) => " (in the config)",
            (false, true) => " (in the config, disabled)",
        };
        let lines = lines.chain(self.troubles(&rule).await?);
        Ok((bold(&rule.name) + state + list(lines)).into())
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
    async fn remove(&self, _: &Call, args: RemoveArgs) -> Result<Reply> {
        self.in_the_store(&args.name)?;
        if !self.stored.remove(&args.name).await? {
            return Err(unknown(&args.name));
        }
        self.read_again().await;
        self.states.remove(&args.name).await?;
        Ok((Text::from("The rule ") + bold(&args.name) + " is removed.").into())
    }
    async fn alerts(&self, _: &Call, args: AlertsArgs) -> Result<Reply> {
        let (mut rows, mut troubles) = (vec![], vec![]);
        if let Some(name) = &args.name {
            self.rule(name).await?;
        }
        for rule in self.rules().await?.iter().filter(|rule| args.name.as_ref().is_none_or(|name| *name == rule.name)) {
            for (entity, State { status, repeats, last, .. }) in self.states.of(&rule.name).await? {
                if status != Status::Cancel {
                    let last = last.map(|last| last.message).unwrap_or_default();
                    let short: String = last.chars().take(60).collect();
                    rows.push([rule.name.clone(), entity, status.to_string(), repeats.to_string(), short]);
                }
            }
            let named = |trouble| bold(&rule.name) + ": " + trouble;
            troubles.extend(self.troubles(rule).await?.into_iter().map(named));
        }
        let open = match rows.is_empty() {
            true => "No rule is open.".into(),
            false => table(["Rule", "Entity", "Status", "Repeats", "Last message"], rows),
        };
        Ok(Text::lines([open].into_iter().chain(troubles)).into())
    }
    async fn test(&self, call: &Call, args: TestArgs) -> Result<Reply> {
        let request = self.pasted(&args, &call.incoming.line);
        let Understood { message, .. } =
            params::understand(&request).map_err(|refusal| user_error(refusal.reason()))?;
        let mut lines = vec![
            bold(&message.entity)
                + format!(", type {}, source {}, {}, {}", message.kind, message.source, message.severity, message.date),
            Text::from("Message: ") + code(if message.message.is_empty() { "(empty)" } else { &message.message }),
        ];
        let tags: Vec<String> = message.tags.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        const TAGS_SHOWN: usize = 40;
        let more = tags.len().saturating_sub(TAGS_SHOWN);
        lines.push(block(tags.iter().take(TAGS_SHOWN).map(String::as_str).collect::<Vec<_>>().join("\n")));
        if more > 0 {
            lines.push(format!("and {more} tags more").into());
        }
        let rules = self.rules().await?;
        if rules.is_empty() {
            lines.push("There is no rule.".into());
        }
        for rule in rules.iter() {
            let name = bold(&rule.name) + ": ";
            if let Err(why) = engine::is_about(rule, &message) {
                lines.push(name + format!("nothing, {why}"));
                continue;
            }
            let key = (rule.name.clone(), message.entity.clone());
            let mut state = self.states.get(&key).await?;
            let fired = state.step(rule, &message, request.id, request.received_at);
            lines.push(match fired {
                Err(why) => name + format!("nothing, its condition cannot be worked out: {why}"),
                Ok(None) => name + "nothing, its condition does not hold",
                Ok(Some(fired)) if !fired.says => name + format!("{}, and nothing is said of that", fired.trigger),
                Ok(Some(fired)) => {
                    let (text, failures) = engine::text(rule, &message, fired, request.received_at);
                    let chats = chats(&rule.rule.to);
                    let line = name + format!("{}, to ", fired.trigger) + chats + ": " + text;
                    failures.into_iter().fold(line, |line, why| line + "; " + bold("rule error") + ": " + why)
                }
            });
        }
        Ok(Text::lines(lines).into())
    }

    /// A request made of what was pasted.
    fn pasted(&self, args: &TestArgs, line: &str) -> Request {
        // As the sender has it: with the host before it, or without.
        let end = args.url.split_once(PATH).map_or(args.url.as_str(), |(_, end)| end).trim_start_matches('/');
        let (rest, query) = end.split_once('?').unwrap_or((end, ""));
        // Words have lost their quotes; the line has them still.
        let begins = line.find(&args.url).map_or(0, |at| at + args.url.len());
        let raw = line.get(begins..).unwrap_or_default().trim_start_matches(['"', '\'']).trim();
        let body = if args.body.is_empty() { "" } else { raw };
        let mut headers = HeaderMap::new();
        let json = body.starts_with(['{', '[']);
        let media_type = if json { "application/json" } else { "application/x-www-form-urlencoded" };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        Request {
            id: 0,
            method: if body.is_empty() { Method::GET } else { Method::POST },
            path: format!("{PATH}/{rest}"),
            params: vec![("rest".into(), rest.into())],
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers,
            body: body.to_owned().into(),
            peer: [127, 0, 0, 1].into(),
            received_at: self.host.clock.now(),
            made: Made::default(),
        }
    }
    async fn rule(&self, name: &str) -> Result<std::sync::Arc<Compiled>> {
        self.rules().await?.iter().find(|rule| rule.name == name).cloned().ok_or_else(|| unknown(name))
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
    match rule.filter.is_empty() {
        true => messages,
        false => messages + " where " + code(&rule.filter),
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
