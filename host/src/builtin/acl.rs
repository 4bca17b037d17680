//! `!acl` `!acl why`: the access rules as they stand, and why one decides as it
//! does. The decision is dispatch's own: the same table, parser and rules.
use super::Builtin;
use crate::{
    access::{ALL_ARGS, Allow, Asker, Because, Decision, Explained, Glob, Globs, Met, RuleSpec, Rules, fits_any_case},
    config::KeyPath,
    dispatch::{
        has_below,
        help::Helper,
        path_like, resolved,
        table::{Command, LineWord},
        usage,
    },
    networks::Networks,
    registry::OpenTables,
    services::Shared,
    texts, words,
};
use factotum_plugin_api::{access::Grant, prelude::*};
use std::{rc::Rc, sync::Arc};

/// List the roles, the rules of the config and what plugins have granted
#[derive(Args)]
pub(super) struct AclArgs {}
/// Explain whether a sender may run a command, and which rule says so
#[derive(Args)]
pub(super) struct WhyArgs {
    /// The sender, as network:account
    sender: String,
    /// The command with its arguments; before it `in CHAT` for another chat
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<LineWord>,
}

impl Builtin {
    pub(super) async fn acl(&self, _: &Call, _: AclArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let open = shared.open_tables()?;
        let rules = &open.rules;
        let members = |(role, ids): (&String, &Vec<String>)| texts::acl_members(role, ids);
        let rule = |(spec, n): (&RuleSpec, usize)| {
            texts::acl_rule(n, place(&shared, n).as_deref(), &conditions(spec, None, None), spec.allow)
        };
        let granted = rules.grants().into_iter().flat_map(|(plugin, grants)| {
            let open = &open;
            grants.into_iter().map(move |grant| {
                texts::acl_grant(&plugin, &shown_grant(&grant), reaches_nothing(open, &plugin, &grant).as_deref())
            })
        });
        let groups = [
            texts::acl_members("admins", rules.admins()),
            texts::acl_group(texts::acl_roles(), rules.roles().iter().map(members).collect()),
            texts::acl_group(texts::acl_rules(), rules.specs().zip(1..).map(rule).collect()),
            texts::acl_group(texts::acl_grants(), granted.collect()),
        ];
        Ok(Text::lines(groups).into())
    }

    pub(super) async fn acl_why(&self, call: &Call, args: WhyArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let open = shared.open_tables()?;
        let networks = shared.networks();
        let sender = sender_of(&args.sender, networks, call.chat())?;
        let typed: Vec<String> = args.command.into_iter().map(|word| word.0).collect();
        let asked = |typed: Vec<String>| Asked::of(typed, &shared, &open, call.chat());
        let mut line = asked(typed.clone())?;
        if line.command(&open).is_none() {
            // A line that was quoted as a whole.
            line = asked(split_again(&typed))?;
        }
        let words = &line.words;
        let Some((command, n)) = line.command(&open) else {
            let asker = Asker::from(&call.incoming);
            let helper = Helper { table: &open.commands, rules: &open.rules, asker: &asker, networks };
            return Ok(texts::unknown_command(&path_like(&open, words), &helper.near(words)).into());
        };
        let own = networks.private_chat_of(&sender);
        let chat = match line.chat.clone() {
            Some(chat) => chat,
            // Nobody else is ever in the private chat of whoever asks.
            None if call.private() => own.clone(),
            None => call.chat().clone(),
        };
        let private = chat == own;
        let rest = words.get(n..).unwrap_or_default();
        let why = Why { shared: &shared, rules: &open.rules, command, sender: &sender };
        let asker = Asker { sender: &sender, chat: &chat, private };
        let mut lines = vec![why.explain(&asker, rest)];
        if command.access().private && !private {
            // What is refused everywhere is explained by the rules alone.
            let there = Asker { sender: &sender, chat: &own, private: true };
            let place = texts::acl_place(&chat.to_string(), false);
            lines = vec![texts::acl_private_only(command.path(), place), why.explain(&there, rest)];
        }
        if command.access().confirmed {
            lines.push(texts::acl_confirmed());
        }
        Ok(Text::lines(lines).into())
    }
}

/// What `!acl why` is asked about: a line, and the chat before it.
struct Asked {
    words: Vec<String>,
    chat: Option<ChatId>,
}

impl Asked {
    /// Takes `in CHAT` and the prefix off.
    fn of(mut words: Vec<String>, shared: &Shared, open: &OpenTables, from: &ChatId) -> Result<Self> {
        let mut chat = None;
        if let [first, named, _, ..] = words.as_slice()
            && first.eq_ignore_ascii_case("in")
            && open.commands.find(&words).is_none()
        {
            let networks = shared.networks();
            let named = networks.resolve(named, from).map_err(user_error)?;
            // What is said in a topic is said in its group.
            chat = Some(shared.journal.moved().now(&networks.whole(&named)));
            words.drain(..2);
        }
        if let Some(first) = words.first_mut()
            && let Some(bare) = shared.config().config.commands.after_prefix(first).map(str::to_owned)
        {
            match bare.is_empty() {
                true => drop(words.remove(0)),
                false => *first = bare,
            }
        }
        Ok(Asked { words, chat })
    }
    /// The command, and the length of its path in words.
    fn command<'t>(&self, open: &'t OpenTables) -> Option<(&'t Arc<Command>, usize)> {
        open.commands.find(&self.words).filter(|(_, n)| !has_below(open, &self.words, *n))
    }
}

/// The words within quotes as words of their own.
fn split_again(typed: &[String]) -> Vec<String> {
    let pieces =
        |word: &String| words::split(word).unwrap_or_else(|_| word.split_whitespace().map(str::to_owned).collect());
    typed.iter().flat_map(pieces).collect()
}

/// One question of `!acl why`.
struct Why<'a> {
    shared: &'a Shared,
    rules: &'a Rules,
    command: &'a Arc<Command>,
    sender: &'a str,
}

impl Why<'_> {
    /// The decision in one chat, in the steps of dispatch: on the path, then on the
    /// parsed arguments.
    fn explain(&self, asker: &Asker, rest: &[String]) -> Text {
        let (command, rules) = (self.command, self.rules);
        let on_path = rules.explain(&command.for_rules(), asker, None);
        if on_path.verdict.decision != Decision::OnArguments {
            return self.decided(asker, &on_path, None);
        }
        let (networks, from) = (self.shared.networks().clone(), asker.chat.clone());
        let moved = self.shared.journal.moved().clone();
        match command.parse(rest, Rc::new(move |word| networks.resolve(word, &from).map(|chat| moved.now(&chat)))) {
            Ok(matches) => {
                let args = command.named_args(&matches);
                let also = resolved(&args, self.shared.networks(), asker.chat);
                let explained = rules.explain(&command.for_rules(), asker, Some((&args, &also)));
                self.decided(asker, &explained, Some(&args))
            }
            // Nothing was asked of the arguments, or not all are there.
            Err(error) if rest.is_empty() || is_incomplete(&error) => self.depends(asker, &on_path),
            Err(error) => texts::acl_no_such_call(command.path()) + "\n" + usage::explain(command, &error),
        }
    }

    fn decided(&self, asker: &Asker, explained: &Explained, args: Option<&[(String, Vec<String>)]>) -> Text {
        let place = texts::acl_place(&asker.chat.to_string(), asker.private);
        let may = explained.verdict.decision != Decision::Refused;
        let left_by = explained.decided_by();
        let why = self.reason(&explained.verdict.because, left_by, args);
        texts::acl_may(self.sender, self.command.path(), place, may, why)
    }

    fn depends(&self, asker: &Asker, explained: &Explained) -> Text {
        let mut ways: Vec<Text> = vec![];
        for met in &explained.met {
            match met {
                Met::Rule { rule, surely: false } => ways.push(self.by_rule(*rule, None)),
                Met::Rule { surely: true, .. } => {}
                Met::Grant(grant) => ways.push(self.by_grant(grant).into()),
            }
        }
        ways.dedup();
        let left_by = explained.decided_by();
        ways.push(texts::acl_else(self.reason(&explained.otherwise, left_by, None)));
        let place = texts::acl_place(&asker.chat.to_string(), asker.private);
        texts::acl_depends(self.sender, self.command.path(), place, ways)
    }

    /// What a decision rests on; `left_by` is a rule that left it to the command.
    fn reason(&self, because: &Because, left_by: Option<usize>, args: Option<&[(String, Vec<String>)]>) -> Text {
        let what = match because {
            Because::Rule(n) => return self.by_rule(*n, args),
            Because::Grant(grant) => self.by_grant(grant),
            because => texts::acl_because(because, self.sender),
        };
        texts::acl_reason(&what, left_by.map(|n| self.by_rule(n, args)))
    }

    fn by_grant(&self, grant: &Grant) -> String {
        texts::acl_by_grant(self.command.plugin, &shown_grant(grant))
    }

    fn by_rule(&self, n: usize, args: Option<&[(String, Vec<String>)]>) -> Text {
        let Some(spec) = self.rules.specs().nth(n - 1) else { return Text::default() };
        let conditions = conditions(spec, Some(self.command.path()), args);
        texts::acl_by_rule(n, place(self.shared, n).as_deref(), spec.allow, &conditions)
    }
}

/// Where rule `n` stands in the config.
fn place(shared: &Shared, n: usize) -> Option<String> {
    shared.config().place(&KeyPath::of(["access", "rules"]).index(n - 1))
}

/// The conditions of a rule, `role release, repo release/*`. Without the command
/// when that is just `path`; with values that fit in another spelling.
fn conditions(spec: &RuleSpec, path: Option<&str>, args: Option<&[(String, Vec<String>)]>) -> String {
    let any = Globs::default();
    let shown = |key: &str, globs: &Globs| format!("{key} {}", texts::or(globs.all()));
    let mut conditions = vec![];
    let is_path = |globs: &Globs| path.is_some_and(|path| globs.all().iter().all(|glob| glob.to_lowercase() == path));
    if spec.command != any && !is_path(&spec.command) {
        conditions.push(shown("command", &spec.command));
    }
    conditions.extend(spec.role.iter().map(|roles| shown("role", roles)));
    for (key, globs) in [("chat", &spec.chat), ("sender", &spec.sender)] {
        if *globs != any {
            conditions.push(shown(key, globs));
        }
    }
    conditions.extend(spec.private.map(texts::acl_only));
    for (name, globs) in &spec.args {
        let given = args.and_then(|args| args.iter().find(|(given, _)| same_name(given, name)));
        let values = given.map(|(_, values)| values.as_slice()).unwrap_or_default();
        let other = fits_otherwise(globs, spec.allow, values);
        let other = if other.is_empty() { String::new() } else { texts::acl_given(&other) };
        // `chat` is an argument of many commands.
        let also_key = ["command", "chat", "sender", "role"].contains(&name.as_str());
        let name = texts::acl_argument((name != ALL_ARGS).then_some(name), also_key);
        conditions.push(shown(&name, globs) + &other);
    }
    match (conditions.is_empty(), path) {
        (false, _) => conditions.join(", "),
        (true, Some(_)) if spec.command != any => texts::acl_whoever(),
        (true, _) => texts::acl_every_call(),
    }
}

/// The values that make a condition fit, unless all do as they are written.
fn fits_otherwise(globs: &Globs, allow: Allow, values: &[String]) -> Vec<String> {
    let any = |fits: &dyn Fn(&str) -> bool| globs.all().iter().any(|glob| fits(glob));
    if values.iter().all(|value| any(&|glob| Glob::new(glob).fits(value))) {
        return vec![];
    }
    let fit = |value: &&String| allow == Allow::No && any(&|glob| fits_any_case(glob, value));
    let fitting: Vec<String> = values.iter().filter(fit).cloned().collect();
    // Else one of them is another word for a chat that fits.
    if fitting.is_empty() { values.to_vec() } else { fitting }
}

fn same_name(one: &str, other: &str) -> bool {
    one.replace('-', "_").eq_ignore_ascii_case(&other.replace('-', "_"))
}

/// `console:bob may run travis *, repo release/*`
fn shown_grant(grant: &Grant) -> String {
    let args: String = grant.args.iter().map(|(name, glob)| format!(", {name} {glob}")).collect();
    texts::acl_granted(&grant.command, &grant.sender, &args)
}

/// Why a grant opens nothing now, if it does not.
fn reaches_nothing(open: &OpenTables, plugin: &str, grant: &Grant) -> Option<String> {
    let glob = Glob::new(&grant.command.to_lowercase());
    let of_plugin: Vec<_> = open.commands.sorted().into_iter().filter(|command| command.plugin == plugin).collect();
    match of_plugin.as_slice() {
        [] => Some(texts::acl_not_on()),
        commands if !commands.iter().any(|command| glob.fits(command.path())) => Some(texts::acl_fits_nothing()),
        _ => None,
    }
}

/// The sender that a word means: `network:account`, or a bare account of the
/// network that the command came from.
fn sender_of(word: &str, networks: &Networks, from: &ChatId) -> Result<String> {
    if let Some((network, account)) = word.split_once(':')
        && networks.get(&network.to_lowercase()).is_some()
        && !account.is_empty()
    {
        return Ok(format!("{}:{account}", network.to_lowercase()));
    }
    // A colon may stand in an account: `@bob:example.org`.
    let here = networks.get(&from.network);
    match here.is_some_and(|here| !word.contains(':') || here.parse_chat(word).is_some()) && !word.is_empty() {
        true => Ok(format!("{}:{word}", from.network)),
        false => Err(user_error(texts::acl_no_sender(word, &networks.0.keys().cloned().collect::<Vec<_>>()))),
    }
}

/// Whether arguments are missing, rather than wrong.
fn is_incomplete(error: &clap::Error) -> bool {
    error.kind() == clap::error::ErrorKind::MissingRequiredArgument
}
