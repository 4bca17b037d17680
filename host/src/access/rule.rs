//! One rule of the config: as it is written, and as it is asked. What a rule
//! overrides and in which order, its owner decides.
use super::{Args, Asker, Command, Given, Glob, Known};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One of `[[access.rules]]`. Every condition that is given must fit; the first
/// such rule decides, for admins too. `*` in a condition stands for any text,
/// every other character for itself; of a list, one must fit.
///
/// ```toml
/// [[access.rules]]            # operators may force builds of main, in their room
/// command = "buildbot force"
/// role = "operators"
/// chat = "irc:#builds"
/// args = { branch = "main" }
/// allow = true
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// The command's path, in any case: `travis *`; or with a colon all of a
    /// plugin: `travishook:*`. Aliases need no rule of their own
    #[serde(default)]
    pub command: Globs,
    /// The chat it is asked in: `irc:#dev`, `telegram:*`; a rule that refuses fits it in any case
    #[serde(default)]
    pub chat: Globs,
    /// The sender's id: `telegram:123456`, `irc:*`; a rule that refuses fits it, and
    /// the senders of a role, in any case
    #[serde(default)]
    pub sender: Globs,
    /// Names in `[access.roles]`; the sender must have one of them
    #[schemars(example = &"release")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Globs>,
    /// Only in private chats (`true`), or only where others read too (`false`)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// Values of the command's arguments by their names: `{ server = "main" }`.
    /// A rule that allows fits when each is given and all its values fit as they
    /// are written; one that refuses fits when any value does, in any case, also
    /// when it is the chat that a word like `here` or `#ops` means. An argument
    /// that is not given fits no condition. `"*"` names all values of a call as one
    /// text, in the order of its usage line; to refuse, better name the argument
    #[schemars(example = BTreeMap::from([("repo", "owner/*")]))]
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, Globs>,
    /// `true` lets it run, `false` refuses it, `"default"` leaves it to the
    /// command itself and skips the rules that follow
    #[schemars(example = true)]
    pub allow: Allow,
}

/// One glob, or a list of which one must fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Globs {
    /// `"travis *"`
    One(String),
    /// `["travis", "travis *"]`
    Several(Vec<String>),
}

impl Globs {
    /// The globs in their order.
    pub fn all(&self) -> &[String] {
        match self {
            Globs::One(glob) => std::slice::from_ref(glob),
            Globs::Several(globs) => globs,
        }
    }
}
impl Default for Globs {
    /// Fits everything.
    fn default() -> Self {
        Globs::One("*".into())
    }
}
impl From<&str> for Globs {
    fn from(glob: &str) -> Self {
        Globs::One(glob.into())
    }
}
impl<const N: usize> From<[&str; N]> for Globs {
    fn from(globs: [&str; N]) -> Self {
        Globs::Several(globs.map(str::to_owned).to_vec())
    }
}

/// What a rule says of the calls that fit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "AllowValue", into = "AllowValue")]
pub enum Allow {
    /// They may run.
    Yes,
    /// They may not.
    No,
    /// As if there were no rules: grants, then the command's own `who` decide.
    /// Errbot's ACCESS_CONTROLS can narrow who may run a command without
    /// opening it to anybody; this says the same.
    Default,
}

/// How [`Allow`] is written.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum AllowValue {
    Decided(bool),
    Left(AllowWord),
}
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum AllowWord {
    Default,
}
impl From<AllowValue> for Allow {
    fn from(value: AllowValue) -> Self {
        match value {
            AllowValue::Decided(true) => Allow::Yes,
            AllowValue::Decided(false) => Allow::No,
            AllowValue::Left(AllowWord::Default) => Allow::Default,
        }
    }
}
impl From<Allow> for AllowValue {
    fn from(allow: Allow) -> Self {
        match allow {
            Allow::Yes => AllowValue::Decided(true),
            Allow::No => AllowValue::Decided(false),
            Allow::Default => AllowValue::Left(AllowWord::Default),
        }
    }
}

impl RuleSpec {
    /// A rule for everything, to be narrowed.
    pub fn new(allow: Allow) -> Self {
        let any = Globs::default;
        RuleSpec { command: any(), chat: any(), sender: any(), role: None, private: None, args: BTreeMap::new(), allow }
    }

    /// What could never fit: the key and a sentence each.
    pub fn mistakes(&self, roles: &BTreeMap<String, Vec<String>>) -> Vec<(String, String)> {
        let mut mistakes = Vec::new();
        let named = [("command", &self.command), ("chat", &self.chat), ("sender", &self.sender)];
        let named = named.into_iter().chain(self.role.iter().map(|role| ("role", role)));
        let named = named.map(|(key, globs)| (key.to_owned(), globs));
        let args = self.args.iter().map(|(name, globs)| (format!("args.{name}"), globs));
        for (key, globs) in named.chain(args) {
            if globs.all().is_empty() {
                mistakes.push((key, "an empty list fits nothing; leave the key out or put something in".into()));
            }
        }
        for (key, globs, form) in [("chat", &self.chat, "irc:#dev"), ("sender", &self.sender, "telegram:123456")] {
            let never = globs.all().iter().filter(|glob| !glob.contains([':', '*']));
            mistakes.extend(never.map(|glob| (key.to_owned(), format!("`{glob}` fits no {key}; one is like {form}"))));
        }
        let unknown = self.role.iter().flat_map(Globs::all).filter(|role| !roles.contains_key(*role));
        mistakes.extend(unknown.map(|role| {
            let known: Vec<_> = roles.keys().map(String::as_str).collect();
            let message = match known.is_empty() {
                true => format!("`{role}` is not under [access.roles], which is empty"),
                false => format!("`{role}` is not under [access.roles]; there: {}", known.join(", ")),
            };
            ("role".to_owned(), message)
        }));
        mistakes
    }
}

/// Conditions on arguments, by [`arg_name`]; all must fit, also two on one name.
pub(super) type ArgRules = Vec<(String, Vec<Glob>)>;

/// Whether a rule fits a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    No,
    /// The arguments, not known yet, decide.
    Maybe,
    Yes,
}

/// A rule that is ready to be asked.
pub(super) struct Rule {
    /// As it is written.
    pub(super) spec: RuleSpec,
    command: Vec<Glob>,
    chat: Vec<Glob>,
    sender: Vec<Glob>,
    roles: Option<Vec<String>>,
    private: Option<bool>,
    args: ArgRules,
    pub(super) allow: Allow,
}

impl Rule {
    pub(super) fn new(spec: RuleSpec) -> Self {
        let compile = |globs: &Globs| match spec.allow {
            Allow::No => globs.all().iter().map(|glob| Glob::new(&any_case(glob))).collect(),
            Allow::Yes | Allow::Default => globs.all().iter().map(|glob| Glob::new(glob)).collect(),
        };
        Rule {
            command: spec.command.all().iter().map(|glob| Glob::new(&glob.to_lowercase())).collect(),
            chat: compile(&spec.chat),
            sender: compile(&spec.sender),
            roles: spec.role.as_ref().map(|roles| roles.all().to_vec()),
            private: spec.private,
            args: spec.args.iter().map(|(name, globs)| (arg_name(name), compile(globs))).collect(),
            allow: spec.allow,
            spec,
        }
    }

    /// Whether all but the arguments fits.
    pub(super) fn fits(
        &self,
        command: &Command,
        asker: &Asker,
        chat: &str,
        roles: &BTreeMap<String, Vec<String>>,
    ) -> bool {
        // Networks there are whose people choose the case of their names: none slips past.
        let fold = |text: &str| if self.allow == Allow::No { any_case(text) } else { text.to_owned() };
        let is_sender = |id: &String| fold(id) == fold(asker.sender);
        let has = |role: &String| roles.get(role).is_some_and(|ids| ids.iter().any(is_sender));
        (0..self.command.len()).any(|at| self.command_fits(at, command.plugin, command.path))
            && any_fits(&self.chat, &fold(chat))
            && any_fits(&self.sender, &fold(asker.sender))
            && self.roles.as_ref().is_none_or(|roles| roles.iter().any(has))
            && self.private.is_none_or(|private| private == asker.private)
    }

    pub(super) fn args_fit(&self, args: Option<Given>) -> Fit {
        args_fit(&self.args, args, self.allow)
    }

    /// A glob with a colon speaks of `plugin:path`, as in Errbot; without one
    /// only of the path, or `travis*` would reach all of a plugin `travishook`.
    fn command_fits(&self, at: usize, plugin: &str, path: &str) -> bool {
        let path = path.to_lowercase();
        match self.spec.command.all()[at].contains(':') {
            true => self.command[at].fits(&format!("{}:{path}", plugin.to_lowercase())),
            false => self.command[at].fits(&path),
        }
    }

    /// Whether it speaks of the command.
    pub(super) fn reaches(&self, command: &Known) -> bool {
        (0..self.command.len()).any(|at| self.command_fits(at, command.plugin, command.path))
    }

    /// What of the rule fits none of these commands: the key, a sentence, and
    /// whether one of the plugins `unseen` may have what it speaks of.
    pub(super) fn unmet(&self, commands: &[Known], unseen: &[&str]) -> Vec<(&'static str, String, bool)> {
        let mut unmet = Vec::new();
        let mut reached: Vec<&Known> = Vec::new();
        let mut perhaps = false;
        for (at, written) in self.spec.command.all().iter().enumerate() {
            let before = reached.len();
            reached.extend(commands.iter().filter(|known| self.command_fits(at, known.plugin, known.path)));
            if reached.len() > before {
                continue;
            }
            // Only what names the plugin: `travis rout` could be any plugin's, and a
            // slip in a rule that refuses must not wait for the plugin to be seen.
            let plugin = written.split_once(':').map(|(plugin, _)| Glob::new(&plugin.to_lowercase()));
            match plugin.and_then(|plugin| unseen.iter().find(|name| plugin.fits(&name.to_lowercase()))) {
                Some(name) => {
                    perhaps = true;
                    let message = format!("`{written}` cannot be checked: the plugin {name} is not started");
                    unmet.push(("command", message, true));
                }
                None => {
                    let near = did_you_mean(written, commands.iter().map(|known| known.path));
                    let hint = match unseen {
                        _ if !near.is_empty() || written.contains(':') => "",
                        [] => "",
                        _ => "; of a plugin that is not started, name the plugin too: `plugin:command`",
                    };
                    unmet.push(("command", format!("`{written}` fits no command{near}{hint}"), false));
                }
            }
        }
        for (name, _) in &self.args {
            let args = || reached.iter().flat_map(|known| known.args.iter().copied());
            if name != ALL_ARGS && !reached.is_empty() && !args().any(|arg| arg_name(arg) == *name) {
                let near = did_you_mean(name, args());
                unmet.push(("args", format!("no such command has an argument `{name}`{near}"), perhaps));
            }
        }
        unmet
    }
}

/// Whether the arguments fit; see [`Rules::check_args`](super::Rules::check_args).
pub(super) fn args_fit(rules: &ArgRules, args: Option<Given>, allow: Allow) -> Fit {
    let fits = |(name, globs): &(String, Vec<Glob>), Given { args, also, moved }: Given| {
        if name == ALL_ARGS {
            return match allow {
                Allow::No => {
                    let ways = std::iter::once(&[][..]).chain(also.chunks(args.len().max(1)));
                    ways.into_iter().any(|also| any_fits(globs, &any_case(&as_one_text(args, also))))
                }
                Allow::Yes | Allow::Default => any_fits(globs, &as_one_text(args, &[])),
            };
        }
        let named = |(given, _): &&(String, Vec<String>)| arg_name(given) == *name;
        let mut values = args.iter().filter(named).flat_map(|(_, values)| values).peekable();
        match allow {
            // Many a plugin takes `ACME/prod` for `acme/prod`: no spelling may slip past.
            Allow::No => {
                let also = also.iter().filter(named).flat_map(|(_, values)| values);
                values.chain(also).any(|value| any_fits(globs, &any_case(value)))
            }
            // An absent value is no value that fits: the handler may have a default of its own.
            Allow::Yes | Allow::Default => {
                let named = |value: &str| {
                    any_fits(globs, value) || moved.other_names(value).iter().any(|name| any_fits(globs, name))
                };
                values.peek().is_some() && values.all(|value| named(value))
            }
        }
    };
    match args {
        _ if rules.is_empty() => Fit::Yes,
        None => Fit::Maybe,
        Some(args) if rules.iter().all(|rule| fits(rule, args)) => Fit::Yes,
        Some(_) => Fit::No,
    }
}

/// The name in `args` under which a rule speaks of all arguments as one text.
pub(crate) const ALL_ARGS: &str = "*";

/// The values of a call in the order of its usage line; for an argument in `also`,
/// what else it may mean.
fn as_one_text(args: &Args, also: &Args) -> String {
    let meant = |name: &String| also.iter().find(|(other, values)| other == name && !values.is_empty());
    let values = args.iter().flat_map(|given| &meant(&given.0).unwrap_or(given).1);
    values.map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// `--older-than` is written `older-than` by some and `older_than` by others.
pub(super) fn arg_name(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

/// The same text for every case of its letters: `ſ` has no lower case of its own and
/// is an `S` all the same.
fn any_case(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.to_lowercase().to_uppercase().to_lowercase() }
}

/// Whether a glob fits as it does in a rule that refuses.
pub(crate) fn fits_any_case(glob: &str, text: &str) -> bool {
    Glob::new(&any_case(glob)).fits(&any_case(text))
}

fn any_fits(globs: &[Glob], text: &str) -> bool {
    globs.iter().any(|glob| glob.fits(text))
}

/// The nearest of `known`, when one is near.
fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    const NEAR: f64 = 0.8; // clap suggests from 0.7 on, over shorter lists
    let word = word.to_lowercase();
    let near = known.map(|known| (strsim::jaro_winkler(&word, &known.to_lowercase()), known));
    match near.filter(|(near, _)| *near > NEAR).max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((_, known)) => format!("; did you mean `{known}`?"),
        None => String::new(),
    }
}
