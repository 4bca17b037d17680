//! Who may run what: the config's rules, then the grants of plugins, then what
//! the command itself says. Dispatch is the only caller: it asks `check_path`
//! before it parses a line and `check_args` before the handler runs. The reason
//! comes as a value; the sentence for the person is made in the host's texts.
use crate::moved::Moved;
use factotum_plugin_api::{
    access::Grant,
    chat::{ChatId, Incoming},
    command::{Access, Who},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, RwLock},
};

mod explain;
mod glob;
mod rule;
#[cfg(test)]
mod tests;
mod values;

pub use explain::{Explained, Met};
pub use glob::Glob;
pub(crate) use rule::{ALL_ARGS, fits_any_case};
pub use rule::{Allow, Globs, RuleSpec};
use rule::{ArgRules, Fit, Rule, args_fit};

/// A command, as rules see it.
#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    /// The plugin that has it: a grant reaches only the commands of its plugin.
    pub plugin: &'a str,
    /// Its path, `travis route`; never an alias, so that no alias slips past a rule.
    pub path: &'a str,
    /// What the plugin proposes.
    pub access: Access,
}

/// Who wants to run it, and where.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The sender's id: `telegram:123456`.
    pub sender: &'a str,
    /// The chat it is asked in.
    pub chat: &'a ChatId,
    /// Whether nobody else reads that chat.
    pub private: bool,
}

impl<'a> From<&'a Incoming> for Asker<'a> {
    fn from(incoming: &'a Incoming) -> Self {
        Asker { sender: &incoming.sender.id, chat: &incoming.chat, private: incoming.private }
    }
}

/// The arguments of a call by name, after defaults and answers are filled in;
/// one that was left out stands there without values.
pub type Args = [(String, Vec<String>)];

/// What a call is decided on.
#[derive(Clone, Copy)]
struct Given<'a> {
    args: &'a Args,
    /// What else the values may mean, all arguments once for each way to read them;
    /// only rules that refuse look at it.
    also: &'a Args,
    moved: &'a Moved,
}

impl Given<'_> {
    /// `also`, and all values once more by each other name of the chats among them;
    /// `None` when there is no such name.
    fn with_other_names(self) -> Option<Vec<(String, Vec<String>)>> {
        let mut all = self.also.to_vec();
        for way in std::iter::once(self.args).chain(self.also.chunks(self.args.len().max(1))) {
            let names = |(_, values): &(String, Vec<String>)| {
                values.iter().map(|value| self.moved.other_names(value)).collect::<Vec<_>>()
            };
            let names: Vec<Vec<Vec<String>>> = way.iter().map(names).collect();
            let most = names.iter().flatten().map(Vec::len).max().unwrap_or_default();
            for n in 0..most {
                let renamed = way.iter().zip(&names).map(|((arg, values), names)| {
                    let values = values.iter().zip(names).map(|(value, names)| names.get(n).unwrap_or(value).clone());
                    (arg.clone(), values.collect())
                });
                all.extend(renamed);
            }
        }
        (all.len() > self.also.len()).then_some(all)
    }
}

/// May it run?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Allowed,
    /// Before parsing only: there are arguments with which it may run.
    OnArguments,
    /// Yes, but in a private chat.
    PrivateOnly,
    /// No.
    Refused,
}

/// A decision and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What was decided.
    pub decision: Decision,
    /// Why; for [`Decision::PrivateOnly`], why it would be allowed there.
    pub because: Because,
}

/// What a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// This rule of the config, the first being 1.
    Rule(usize),
    /// A right that the command's plugin gave.
    Grant(Grant),
    /// The command is for everyone.
    Everyone,
    /// The plugin's config lists the sender.
    Listed,
    /// The plugin's config lists others, or nobody.
    NotListed,
    /// The sender is an admin.
    Admin,
    /// The sender has the role that the command is for.
    Role(&'static str),
    /// The command is for admins, and the sender is none.
    NotAdmin,
    /// The command is for this role, and the sender lacks it.
    NoRole(&'static str),
    /// The arguments decide.
    Arguments,
}

/// The config's rules, ready to be asked, and the grants of the plugins.
#[derive(Default)]
pub struct Rules {
    admins: Vec<String>,
    roles: BTreeMap<String, Vec<String>>,
    rules: Vec<Rule>,
    /// Shared by the rules of one host, before and after a new config.
    grants: Arc<RwLock<BTreeMap<String, Arc<[CompiledGrant]>>>>,
    /// What is said of a chat is said of it wherever it moves.
    moved: Moved,
}

struct CompiledGrant {
    command: Vec<Glob>,
    args: ArgRules,
    grant: Grant,
}

/// A command of the binary, for [`Rules::check_commands`].
#[derive(Clone, Debug)]
pub struct Known<'a> {
    /// The plugin that has it.
    pub plugin: &'a str,
    /// Its path.
    pub path: &'a str,
    /// The names of its arguments and options.
    pub args: Vec<&'a str>,
}

/// A condition of a rule that no command of the binary meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// The rule's place in the config, from 0.
    pub rule: usize,
    /// The key: `command` or `args`.
    pub key: &'static str,
    /// What is wrong with it.
    pub message: String,
    /// Whether it may yet be met: by a plugin whose commands cannot be looked at.
    pub perhaps: bool,
}

/// What is left to decide when some arguments are not known yet.
#[derive(Default)]
struct Open {
    may_allow: bool,
    may_refuse: bool,
}

impl Rules {
    /// Makes the config's `admins`, `[access.roles]` and `[[access.rules]]` ready.
    ///
    /// # Errors
    /// Everything that could never fit anybody, a sentence each: a rule that
    /// silently does nothing would be a hole.
    pub fn compile(
        admins: Vec<String>,
        roles: BTreeMap<String, Vec<String>>,
        specs: Vec<RuleSpec>,
    ) -> Result<Self, Vec<String>> {
        let mut mistakes: Vec<String> =
            admins.iter().filter_map(|id| wrong_id(id)).map(|wrong| format!("admins: {wrong}")).collect();
        for (role, members) in &roles {
            let wrong = members.iter().filter_map(|id| wrong_id(id));
            mistakes.extend(wrong.map(|wrong| format!("access.roles.{role}: {wrong}")));
        }
        let mut rules = Vec::new();
        for (spec, n) in specs.into_iter().zip(1..) {
            let wrong = spec.mistakes(&roles);
            mistakes.extend(wrong.into_iter().map(|(key, wrong)| format!("access.rules, rule {n}: {key}: {wrong}")));
            rules.push(Rule::new(spec));
        }
        match mistakes.is_empty() {
            true => Ok(Rules { admins, roles, rules, grants: Arc::default(), moved: Moved::default() }),
            false => Err(mistakes),
        }
    }

    /// What in the rules fits none of the binary's commands: a command glob, or
    /// an argument that no command under the rule's globs has. To be asked once
    /// all plugins are known, disabled ones too, and to stop the start: at run
    /// time such a condition fits nothing. `unseen` are plugins that the binary knows
    /// and that cannot start; what names one of them is worth a warning, no more.
    pub fn check_commands(&self, commands: &[Known], unseen: &[&str]) -> Vec<Unmet> {
        let of_rule = |(at, rule): (usize, &Rule)| {
            let unmet = rule.unmet(commands, unseen).into_iter();
            unmet.map(move |(key, message, perhaps)| Unmet { rule: at, key, message, perhaps })
        };
        self.rules.iter().enumerate().flat_map(of_rule).collect()
    }

    /// Whether the sender is listed under `admins`.
    pub fn is_admin(&self, sender: &str) -> bool {
        self.admins.iter().any(|id| id == sender)
    }

    /// The roles of `[access.roles]` that the sender has.
    pub fn roles_of(&self, sender: &str) -> Vec<String> {
        let has = |(role, ids): (&String, &Vec<String>)| ids.iter().any(|id| id == sender).then(|| role.clone());
        self.roles.iter().filter_map(has).collect()
    }

    /// Replaces the rights that `plugin` has given.
    pub fn set_grants(&self, plugin: &str, grants: Vec<Grant>) {
        let compiled = grants.into_iter().map(CompiledGrant::new).collect();
        self.grants.write().expect("no panic inside").insert(plugin.to_owned(), compiled);
    }

    /// The same rules over the rights that plugins have given under `old`, and will give.
    pub fn in_place_of(self, old: &Rules) -> Self {
        Rules { grants: old.grants.clone(), moved: old.moved.clone(), ..self }
    }

    /// The same rules, which know a chat by its old names too.
    pub fn following(self, moved: Moved) -> Self {
        Rules { moved, ..self }
    }

    /// The decision before the line is parsed. Refuses only what no arguments
    /// could make allowed.
    pub fn check_path(&self, command: &Command, asker: &Asker) -> Verdict {
        self.check(command, asker, None)
    }

    /// The final decision; never [`Decision::OnArguments`].
    ///
    /// A rule that allows needs certainty: the command has the argument, the
    /// call gives it, and every value fits. A rule that refuses fits as soon as
    /// one value fits, in any case, or one of `also`: the chats that words of
    /// another type could mean. An argument that is absent, or that the command
    /// does not have, fits no condition.
    pub fn check_args(&self, command: &Command, asker: &Asker, args: &Args, also: &Args) -> Verdict {
        self.check(command, asker, Some(Given { args, also, moved: &self.moved }))
    }

    fn check(&self, command: &Command, asker: &Asker, args: Option<Given>) -> Verdict {
        self.read(command, asker, args, &mut |_| {}).0
    }

    /// The verdict, and what decides where no argument does; `met` is told of every
    /// rule that fits or may fit, in order.
    fn read(
        &self,
        command: &Command,
        asker: &Asker,
        args: Option<Given>,
        met: &mut dyn FnMut(Met),
    ) -> (Verdict, Because) {
        let also = args.and_then(Given::with_other_names);
        let args = args.map(|given| Given { also: also.as_deref().unwrap_or(given.also), ..given });
        let (open, last) = self.decide(command, asker, args, met);
        let decision = match (open.may_allow, open.may_refuse) {
            (false, _) => Decision::Refused,
            // A rule moves `who`, never where.
            (true, _) if command.access.private && !asker.private => Decision::PrivateOnly,
            (true, false) => Decision::Allowed,
            (true, true) => Decision::OnArguments,
        };
        let because = if open.may_allow && open.may_refuse { Because::Arguments } else { last.clone() };
        (Verdict { decision, because }, last)
    }

    /// Looks for the first rule that surely fits; the rules before it that may
    /// fit add what they would decide.
    fn decide(
        &self,
        command: &Command,
        asker: &Asker,
        args: Option<Given>,
        met: &mut dyn FnMut(Met),
    ) -> (Open, Because) {
        let mut chats = vec![asker.chat.to_string()];
        chats.extend(self.moved.other_names(&chats[0]));
        let mut open = Open::default();
        for (rule, n) in self.rules.iter().zip(1..) {
            let fit = match chats.iter().any(|chat| rule.fits(command, asker, chat, &self.roles)) {
                false => Fit::No,
                true => rule.args_fit(args),
            };
            if fit != Fit::No {
                met(Met::Rule { rule: n, surely: fit == Fit::Yes });
            }
            match (fit, rule.allow) {
                (Fit::No, _) => continue,
                (_, Allow::Yes) => open.may_allow = true,
                (_, Allow::No) => open.may_refuse = true,
                (Fit::Yes, Allow::Default) => break,
                (Fit::Maybe, Allow::Default) => {
                    self.without_rules(command, asker, args, &mut open, met);
                }
            }
            if let Fit::Yes = fit {
                return (open, Because::Rule(n));
            }
        }
        let because = self.without_rules(command, asker, args, &mut open, met);
        (open, because)
    }

    /// The grants of the command's plugin, then what the command itself says.
    fn without_rules(
        &self,
        command: &Command,
        asker: &Asker,
        args: Option<Given>,
        open: &mut Open,
        met: &mut dyn FnMut(Met),
    ) -> Because {
        let grants = self.grants.read().expect("no panic inside").get(command.plugin).cloned();
        let path = command.path.to_lowercase();
        for grant in grants.iter().flat_map(|grants| grants.iter()) {
            if grant.grant.sender != asker.sender || !grant.command.iter().any(|glob| glob.fits(&path)) {
                continue;
            }
            match args_fit(&grant.args, args, Allow::Yes) {
                Fit::No => {}
                Fit::Maybe => {
                    met(Met::Grant(grant.grant.clone()));
                    open.may_allow = true;
                }
                Fit::Yes => {
                    open.may_allow = true;
                    return Because::Grant(grant.grant.clone());
                }
            }
        }
        let has = |role: &str| self.roles.get(role).is_some_and(|ids| ids.iter().any(|id| id == asker.sender));
        let (allowed, because) = match command.access.who {
            Who::Everyone => (true, Because::Everyone),
            Who::Listed(ids) if Who::lists(ids, asker.sender) => (true, Because::Listed),
            Who::Listed(_) => (false, Because::NotListed),
            _ if self.is_admin(asker.sender) => (true, Because::Admin),
            Who::Admins => (false, Because::NotAdmin),
            Who::Role(role) if has(role) => (true, Because::Role(role)),
            Who::Role(role) => (false, Because::NoRole(role)),
        };
        open.may_allow |= allowed;
        open.may_refuse |= !allowed;
        because
    }
}

impl CompiledGrant {
    fn new(grant: Grant) -> Self {
        let any_of = |globs: &str| globs.split('|').map(Glob::new).collect::<Vec<Glob>>();
        let one = |(name, globs): (&String, &String)| (rule::arg_name(name), any_of(globs));
        let args = grant.args.iter().map(one).collect();
        CompiledGrant { command: any_of(&grant.command.to_lowercase()), args, grant }
    }
}

/// What is wrong with an id that stands for one sender.
fn wrong_id(id: &str) -> Option<String> {
    let whole = id.split_once(':').is_some_and(|(network, account)| !network.is_empty() && !account.is_empty());
    match whole && !id.contains('*') {
        true => None,
        false => Some(format!("`{id}` is no sender; one is like telegram:123456, without `*`")),
    }
}
