//! Nobody runs what the rules refuse, and everybody what they allow: random rules,
//! people, chats and spellings through a whole host, against a second reading of
//! the rules. That reading is written from the README and the config's own
//! comments alone; it knows nothing of the host's.
use factotum_host::{access::Asker, dispatch::complete::complete};
use factotum_plugin_api::{Services, access::Grant, command::Who, prelude::*};
use factotum_testing::Bot;
use proptest::{prelude::*, sample::select, test_runner::FileFailurePersistence};

/// What a command of [`Prop`] takes.
#[derive(Clone, Copy, PartialEq)]
enum Takes {
    /// A word.
    Word,
    /// A word, or nothing.
    MaybeWord,
    /// Any number of words.
    Words,
    /// `--NAME`, or this.
    Option(&'static str),
    /// A chat.
    Chat,
}
use Takes::{Chat, MaybeWord, Option as Opt, Word, Words};

struct Spec {
    path: &'static str,
    aliases: &'static [&'static str],
    access: Access,
    args: &'static [(&'static str, Takes)],
}
/// The commands of [`Prop`], as its registration below has them.
const COMMANDS: [Spec; 7] = [
    Spec {
        path: "alpha run",
        aliases: &["ar", "go now"],
        access: Access::EVERYONE,
        args: &[("name", Word), ("place", MaybeWord)],
    },
    Spec {
        path: "alpha list",
        aliases: &["al"],
        access: Access::role("ops"),
        args: &[("words", Words), ("level", Opt("low"))],
    },
    Spec { path: "beta", aliases: &[], access: Access::ADMINS, args: &[] },
    Spec {
        path: "beta stop",
        aliases: &["halt"],
        access: Access::ADMINS.confirmed(),
        args: &[("chat", Chat), ("servers", Words)],
    },
    Spec { path: "gamma", aliases: &["g"], access: Access::EVERYONE.in_private(), args: &[("name", MaybeWord)] },
    Spec { path: "delta", aliases: &[], access: Access::role("ops").in_private(), args: &[] },
    Spec { path: "omega", aliases: &[], access: Access::role("ops").confirmed(), args: &[("name", Word)] },
];

struct Prop;
/// Run it
#[derive(Args)]
struct RunArgs {
    /// What
    name: String,
    /// Where, in the plugin's own reading
    place: Option<String>,
}
/// List it
#[derive(Args)]
struct ListArgs {
    /// Which
    words: Vec<String>,
    /// How much
    #[arg(long, default_value = "low")]
    level: String,
}
/// Take nothing
#[derive(Args)]
struct BareArgs {}
/// Stop it
#[derive(Args)]
struct StopArgs {
    /// In which chat
    chat: ChatId,
    /// Which
    servers: Vec<String>,
}
/// Name it
#[derive(Args)]
struct NameArgs {
    /// Its name
    name: Option<String>,
}
/// End it
#[derive(Args)]
struct EndArgs {
    /// Its name
    name: String,
}

impl Plugin for Prop {
    const NAME: &'static str = "prop";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Prop)
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands
            .on("alpha run", COMMANDS[0].access, Self::run)
            .alias("ar")
            .alias("go now")
            .on("alpha list", COMMANDS[1].access, Self::list)
            .alias("al")
            .on("beta", COMMANDS[2].access, Self::beta)
            .on("beta stop", COMMANDS[3].access, Self::stop)
            .alias("halt")
            .on("gamma", COMMANDS[4].access, Self::gamma)
            .alias("g")
            .on("delta", COMMANDS[5].access, Self::delta)
            .on("omega", COMMANDS[6].access, Self::omega);
    }
}
impl Prop {
    async fn run(&self, _: &Call, args: RunArgs) -> Result<Reply> {
        Ok(ran("alpha run", &[vec![args.name], args.place.into_iter().collect()]).into())
    }
    async fn list(&self, _: &Call, args: ListArgs) -> Result<Reply> {
        Ok(ran("alpha list", &[args.words, vec![args.level]]).into())
    }
    async fn beta(&self, _: &Call, _: BareArgs) -> Result<Reply> {
        Ok(ran("beta", &[]).into())
    }
    async fn stop(&self, _: &Call, args: StopArgs) -> Result<Reply> {
        Ok(ran("beta stop", &[vec![args.chat.to_string()], args.servers]).into())
    }
    async fn gamma(&self, _: &Call, args: NameArgs) -> Result<Reply> {
        Ok(ran("gamma", &[args.name.into_iter().collect()]).into())
    }
    async fn delta(&self, _: &Call, _: BareArgs) -> Result<Reply> {
        Ok(ran("delta", &[]).into())
    }
    async fn omega(&self, _: &Call, args: EndArgs) -> Result<Reply> {
        Ok(ran("omega", &[vec![args.name]]).into())
    }
}
/// What a handler answers: that it ran, and with what.
fn ran(path: &str, args: &[Vec<String>]) -> String {
    format!("ran {path} {args:?}")
}

// What rules and calls are made of. For every rule here there is a word that it fits.
const PEOPLE: [&str; 4] = ["admin", "ann", "bob", "eve"];
const ROOMS: [&str; 3] = ["lobby", "ops", "dev"];
const WORDS: [&str; 12] =
    ["prod", "Prod", "PROD", "prodzz", "staging", "ops", "OPS", "console:ops", "here", "two words", "low", "ſ“—"];
const CHATS: [&str; 6] = ["here", "ops", "Console:OPS", "console:dev", "#dev", "lobby"];
const COMMAND_GLOBS: [&str; 11] = [
    "*",
    "alpha run",
    "ALPHA *",
    "beta*",
    "beta stop",
    "prop:*",
    "Prop:GAMMA",
    "*:delta",
    "gamma",
    "omega",
    "alpha list",
];
const CHAT_GLOBS: [&str; 7] = ["*", "console:lobby", "console:ops", "console:*", "console:OPS", "*:dev", "console:ann"];
const SENDER_GLOBS: [&str; 6] = ["*", "console:ann", "console:bob", "console:*b", "console:BOB", "*:eve"];
const WORD_GLOBS: [&str; 12] =
    ["console:ops", "prod", "Prod", "pro*", "*", "*d", "console:ops", "console:*", "ops", "low", "l*", "two words"];
const ARG_CHAT_GLOBS: [&str; 5] = ["console:ops", "console:*", "*dev", "CONSOLE:ops", "*"];
const OPS: &str = "ann";
const STAFF: &str = "bob";

#[derive(Clone, Debug)]
struct Rule {
    command: Vec<&'static str>,
    chat: &'static str,
    sender: &'static str,
    role: Option<&'static str>,
    private: Option<bool>,
    args: Vec<(&'static str, &'static str)>,
    allow: &'static str,
}
impl Rule {
    fn toml(&self) -> String {
        let Rule { command, chat, sender, allow, .. } = self;
        let mut toml = format!("[[access.rules]]\ncommand = {command:?}\nallow = {allow}\n");
        // A key that says nothing may be left out.
        for (key, glob) in [("chat", chat), ("sender", sender)] {
            toml += &if *glob == "*" { String::new() } else { format!("{key} = {glob:?}\n") };
        }
        toml += &self.role.map(|role| format!("role = {role:?}\n")).unwrap_or_default();
        toml += &self.private.map(|private| format!("private = {private}\n")).unwrap_or_default();
        let args: Vec<String> = self.args.iter().map(|(name, glob)| format!("{name} = {glob:?}")).collect();
        toml + &if args.is_empty() { String::new() } else { format!("args = {{ {} }}\n", args.join(", ")) }
    }
}

/// A rule that the host starts with: its conditions on arguments are of commands
/// that it reaches.
fn rule() -> impl Strategy<Value = Rule> {
    let command = prop::collection::vec(select(&COMMAND_GLOBS[..]), 1..3);
    let narrow = |globs: &'static [&'static str]| prop_oneof![2 => Just("*"), 1 => select(globs)];
    let role = prop::option::weighted(0.2, select(&["ops", "staff"][..]));
    let private = prop::option::weighted(0.2, any::<bool>());
    let allow = select(&["true", "false", "\"default\""][..]);
    let args = (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    let args = prop_oneof![1 => Just(vec![]), 2 => prop::collection::vec(args, 1..3)];
    (command, narrow(&CHAT_GLOBS), narrow(&SENDER_GLOBS), role, private, args, allow).prop_map(
        |(command, chat, sender, role, private, picked, allow)| {
            let reached = COMMANDS.iter().filter(|spec| command.iter().any(|glob| names(glob, spec.path)));
            let known: Vec<_> = reached.flat_map(|spec| spec.args.iter().copied()).collect();
            let mut args: Vec<(&str, &str)> = vec![];
            for (name, glob) in picked.into_iter().filter(|_| !known.is_empty()) {
                let (name, takes) = *name.get(&known);
                let glob = if takes == Chat { *glob.get(&ARG_CHAT_GLOBS) } else { *glob.get(&WORD_GLOBS) };
                if !args.iter().any(|(there, _)| *there == name) {
                    args.push((name, glob));
                }
            }
            Rule { command, chat, sender, role, private, args, allow }
        },
    )
}

fn grant() -> impl Strategy<Value = Grant> {
    let command = select(&["alpha *", "Beta Stop", "omega", "delta", "help", "nothing"][..]);
    let arg = prop::option::weighted(0.4, (select(&["name", "level", "nosuch"][..]), select(&WORD_GLOBS[..])));
    (command, select(&PEOPLE[..]), arg).prop_map(|(command, who, arg)| Grant {
        command: command.into(),
        sender: format!("console:{who}"),
        args: arg.into_iter().map(|(name, glob)| (name.to_owned(), glob.to_owned())).collect(),
    })
}

/// Where somebody speaks: a room, or in private.
type Place = Option<&'static str>;
fn place() -> impl Strategy<Value = Place> {
    prop::option::weighted(0.7, select(&ROOMS[..]))
}
fn chat_of(who: &str, place: Place) -> String {
    format!("console:{}", place.unwrap_or(who))
}

/// A call, before anybody spells it: the words of each argument.
#[derive(Clone, Debug)]
struct Wanted {
    command: usize,
    args: Vec<Vec<&'static str>>,
    who: &'static str,
    place: Place,
    /// An argument that is left out, and given when the host asks for it.
    answered: bool,
    /// Decides the spelling.
    spelling: u64,
}
fn wanted() -> impl Strategy<Value = Wanted> {
    let word = || select(&WORDS[..]);
    let words = prop::collection::vec((word(), select(&CHATS[..]), 0..3_usize, word()), 2);
    let command = prop_oneof![1 => 0..COMMANDS.len(), 1 => select(&[0, 1, 3][..])];
    (command, words, select(&PEOPLE[..]), place(), prop::bool::weighted(0.1), any::<u64>()).prop_map(
        |(command, words, who, place, answered, spelling)| {
            let of = |((_, takes), (word, chat, n, other)): (&(&str, Takes), (_, _, usize, _))| match takes {
                Word => vec![word],
                Chat => vec![chat],
                MaybeWord | Opt(_) => [word].into_iter().take(n.min(1)).collect(),
                Words => [word, other].into_iter().take(n).collect(),
            };
            let args = COMMANDS[command].args.iter().zip(words).map(of).collect();
            Wanted { command, args, who, place, answered, spelling }
        },
    )
}

// The second reading.

fn fits(glob: &str, text: &str) -> bool {
    fn go(glob: &[char], text: &[char]) -> bool {
        match glob.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|n| go(rest, &text[n..])),
            Some((c, rest)) => text.first() == Some(c) && go(rest, &text[1..]),
        }
    }
    go(&glob.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>())
}
fn fits_in_any_case(glob: &str, text: &str) -> bool {
    let plain = |text: &str| text.to_uppercase().to_lowercase();
    fits(&plain(glob), &plain(text))
}
/// `travis *`, or with a colon all of a plugin; in any case.
fn names(glob: &str, path: &str) -> bool {
    let whole = if glob.contains(':') { format!("prop:{path}") } else { path.to_owned() };
    fits_in_any_case(glob, &whole)
}
/// The chat that a word means: `here`, `network:address`, or a bare address.
fn meant(word: &str, here: &str) -> Option<String> {
    let lower = word.to_lowercase();
    let address = lower.strip_prefix("console:").unwrap_or(&lower);
    let is_room = address.starts_with(|c: char| c.is_ascii_alphabetic() || c == '#')
        && address.chars().all(|c| c.is_ascii_alphanumeric() || "#-_.".contains(c));
    match lower.as_str() {
        "here" => Some(here.to_owned()),
        _ if is_room => Some(format!("console:{address}")),
        _ => None,
    }
}

struct World {
    rules: Vec<Rule>,
    grants: Vec<Grant>,
}
impl World {
    /// The values as the handler will have them.
    fn values(spec: &Spec, args: &[Vec<&str>], here: &str) -> Vec<Vec<String>> {
        let of = |((_, takes), given): (&(&str, Takes), &Vec<&str>)| match takes {
            Chat => given.iter().map(|word| meant(word, here).expect("a chat")).collect(),
            Opt(default) if given.is_empty() => vec![(*default).to_owned()],
            _ => given.iter().map(|word| (*word).to_owned()).collect(),
        };
        spec.args.iter().zip(args).map(of).collect()
    }

    /// Whether the rules let a call run in a chat, wherever the command itself runs.
    fn permits(&self, spec: &Spec, values: &[Vec<String>], who: &str, chat: &str, private: bool) -> bool {
        let sender = format!("console:{who}");
        let has = |role: &str| (role, who) == ("ops", OPS) || (role, who) == ("staff", STAFF);
        let of = |name: &str| {
            let at = spec.args.iter().position(|(there, _)| *there == name);
            at.map(|at| values[at].clone()).unwrap_or_default()
        };
        let decides = self.rules.iter().find(|rule| {
            let refuses = rule.allow == "false";
            let text = |glob: &str, text: &str| if refuses { fits_in_any_case(glob, text) } else { fits(glob, text) };
            rule.command.iter().any(|glob| names(glob, spec.path))
                && text(rule.chat, chat)
                && text(rule.sender, &sender)
                && rule.role.is_none_or(has)
                && rule.private.is_none_or(|wanted| wanted == private)
                && rule.args.iter().all(|(name, glob)| {
                    let given = of(name);
                    match refuses {
                        true => given.iter().any(|value| {
                            text(glob, value) || meant(value, chat).is_some_and(|meant| text(glob, &meant))
                        }),
                        false => !given.is_empty() && given.iter().all(|value| text(glob, value)),
                    }
                })
        });
        let granted = || {
            self.grants.iter().any(|grant| {
                let arg = |(name, glob): (&String, &String)| {
                    let given = of(name);
                    !given.is_empty() && given.iter().all(|value| fits(glob, value))
                };
                grant.sender == sender && fits_in_any_case(&grant.command, spec.path) && grant.args.iter().all(arg)
            })
        };
        let own = || match spec.access.who {
            Who::Everyone => true,
            Who::Admins => who == "admin",
            Who::Role(role) => who == "admin" || has(role),
            Who::Listed(ids) => ids.contains(&sender),
        };
        match decides.map(|rule| rule.allow) {
            Some("true") => true,
            Some("false") => false,
            _ => granted() || own(),
        }
    }

    fn allows(&self, wanted: &Wanted) -> bool {
        let (spec, here) = (&COMMANDS[wanted.command], chat_of(wanted.who, wanted.place));
        let private = wanted.place.is_none();
        let values = World::values(spec, &wanted.args, &here);
        self.permits(spec, &values, wanted.who, &here, private) && (private || !spec.access.private)
    }

    /// Whether there are arguments with which it may run, here or, if it is for
    /// private chats, there: by trying them all.
    fn possible(&self, spec: &Spec, who: &str, place: Place) -> bool {
        let place = if spec.access.private { None } else { place };
        let here = chat_of(who, place);
        let choices = spec.args.iter().map(|(_, takes)| {
            let given: Vec<Vec<&str>> = match takes {
                Chat => CHATS.iter().map(|word| vec![*word]).collect(),
                _ => WORDS.iter().map(|word| vec![*word]).collect(),
            };
            let none = if matches!(takes, Word | Chat) { vec![] } else { vec![vec![]] };
            [given, none].concat()
        });
        let all = choices.fold(vec![vec![]], |all: Vec<Vec<Vec<&str>>>, choices| {
            let with = |args: &Vec<Vec<&'static str>>| {
                choices.iter().map(|choice| [args.clone(), vec![choice.clone()]].concat()).collect::<Vec<_>>()
            };
            all.iter().flat_map(with).collect()
        });
        all.iter().any(|args| self.permits(spec, &World::values(spec, args, &here), who, &here, place.is_none()))
    }
}

// The spelling.

/// Numbers that follow from one number.
struct Dice(u64);
impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }
}
/// A word as somebody may type it.
fn typed(dice: &mut Dice, word: &str) -> String {
    let must = word.contains(' ') || word.is_empty() || word.starts_with(['"', '\'', '“', '«', '‘', '„', '‚', '—']);
    let quotes = [('"', '"'), ('\'', '\''), ('“', '”'), ('«', '»'), ('„', '“'), ('‘', '’')];
    let (open, close) = dice.pick(&quotes);
    let quoted = format!("{open}{}{close}", word.replace(close, &format!("{close}{close}")));
    // A doubled curly quote of the other kind would close it.
    let safe = !word.contains(['“', '”', '’', '»']) || matches!(open, '"' | '\'');
    match () {
        () if must && !safe => format!("\"{word}\""),
        () if must || (safe && dice.roll(3) == 0) => quoted,
        () => word.to_owned(),
    }
}
/// A line that means the call; words at the end answer what it leaves out.
fn spell(wanted: &Wanted) -> (String, Vec<&'static str>) {
    let mut dice = Dice(wanted.spelling);
    let spec = &COMMANDS[wanted.command];
    let paths: Vec<&str> = [spec.path].into_iter().chain(spec.aliases.iter().copied()).collect();
    let path = dice.pick(&paths);
    let case = |dice: &mut Dice, c: char| if dice.roll(3) == 0 { c.to_ascii_uppercase() } else { c };
    let path: String = path.chars().map(|c| case(&mut dice, c)).collect();
    let mut words: Vec<String> = path.split(' ').map(str::to_owned).collect();
    let (mut answers, mut options) = (vec![], vec![]);
    for ((name, takes), given) in spec.args.iter().zip(&wanted.args) {
        match takes {
            Opt(_) => {
                for word in given {
                    let dashes = dice.pick(&["--", "—"]);
                    options.push(match dice.roll(2) == 0 && !word.contains(' ') {
                        true => vec![format!("{dashes}{name}={word}")],
                        false => vec![format!("{dashes}{name}"), typed(&mut dice, word)],
                    });
                }
            }
            // Only the last can be left out.
            Word | Chat if wanted.answered && given.len() == 1 && spec.args.len() == 1 => answers.push(given[0]),
            _ => words.extend(given.iter().map(|word| typed(&mut dice, word))),
        }
    }
    for option in options {
        let at = path.split(' ').count() + dice.roll(words.len() - path.split(' ').count() + 1);
        words.splice(at..at, option);
    }
    let mut line = dice.pick(&["!", " !", "!  ", "\t!"]).to_owned();
    for (n, word) in words.iter().enumerate() {
        line += if n == 0 { "" } else { dice.pick(&[" ", " ", "  ", "\t", "\u{a0}"]) };
        line += word;
    }
    (line + dice.pick(&["", "", " "]), answers)
}

/// Every command of [`Prop`] that a text names, by path or alias.
fn named(text: &str) -> Vec<&'static str> {
    let mut named = vec![];
    for rest in text.split('!').skip(1) {
        let paths = COMMANDS.iter().flat_map(|spec| {
            std::iter::once(spec.path).chain(spec.aliases.iter().copied()).map(move |path| (spec, path))
        });
        let here = paths.filter(|(_, path)| {
            rest.strip_prefix(*path).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        });
        named.extend(here.max_by_key(|(_, path)| path.len()).map(|(spec, _)| spec.path));
    }
    named
}

async fn say(bot: &Bot, who: &str, place: Place, line: &str) {
    match place {
        Some(room) => bot.say_in(room, who, line).await,
        None => bot.say_privately(who, line).await,
    }
}
/// What the bot has said, without what people have.
fn said(bot: &Bot) -> String {
    let transcript = bot.transcript();
    let mut said = String::new();
    let mut by_bot = false;
    for line in transcript.lines() {
        let continued = line.starts_with("          ");
        by_bot = if continued { by_bot } else { line.starts_with("bot") };
        if by_bot {
            said += line.split_once(" > ").map_or(line, |(_, text)| text);
            said.push('\n');
        }
    }
    said
}

async fn calls_agree(bot: &Bot, world: &World, calls: &[Wanted]) -> Result<(), TestCaseError> {
    for wanted in calls {
        let spec = &COMMANDS[wanted.command];
        let (line, answers) = spell(wanted);
        say(bot, wanted.who, wanted.place, &line).await;
        for answer in &answers {
            say(bot, wanted.who, wanted.place, answer).await;
        }
        if spec.access.confirmed {
            say(bot, wanted.who, wanted.place, "yes").await;
        }
        // Whatever it asked is over.
        say(bot, wanted.who, wanted.place, "!nay").await;
        let said = said(bot);
        let values = World::values(spec, &wanted.args, &chat_of(wanted.who, wanted.place));
        let did = said.lines().filter(|line| line.starts_with("ran ")).collect::<Vec<_>>();
        let expected = ran(spec.path, &values);
        match world.allows(wanted) {
            false => prop_assert!(did.is_empty(), "refused, and ran: {line:?} by {wanted:?}\n{said}"),
            // It may ask for what was left out, or tell how it is typed.
            true if !answers.is_empty() => prop_assert!(did.is_empty() || did == [expected], "{line:?}\n{said}"),
            true => prop_assert!(did == [&expected], "allowed, and not ran: {line:?} by {wanted:?}\n{said}"),
        }
    }
    Ok(())
}

/// What names commands, names those that are possible and no other. Whatever else
/// names commands belongs here.
async fn names_agree(bot: &Bot, world: &World, who: &str, place: Place) -> Result<(), TestCaseError> {
    let refused = |spec: &Spec| !world.possible(spec, who, place);
    let whole = ["!help", "!help prop", "!HELP alpha", "!apropos it", "!apropos run name"];
    let slips =
        ["!alpha rnu", "!alpa list x", "!btea", "!beta stpo ops", "!gama", "!detla", "!omgea x", "!go nwo", "!hlat"];
    let asked = COMMANDS.iter().map(|spec| format!("!help {}", spec.path)).collect::<Vec<_>>();
    for line in whole.iter().chain(&slips).copied().chain(asked.iter().map(String::as_str)) {
        say(bot, who, place, line).await;
        // What the person wrote is repeated to them, and names nothing.
        let said = said(bot);
        let said = match said.strip_prefix("There is no command ") {
            Some(rest) => rest.split_once('.').map_or("", |(_, rest)| rest),
            None => &said,
        };
        if said.contains("is for ") && said.contains("!whoami") || said.contains("You may not run") {
            continue; // not `!help` itself, or one that a slip reached
        }
        for spec in &COMMANDS {
            let named = named(said).contains(&spec.path);
            prop_assert!(!(named && refused(spec)), "{who} in {place:?}: {line} names {}\n{said}", spec.path);
            // A long list names their first words alone, or under the first word those behind it.
            let short = line == "!help" && said.contains("explains one command");
            let (first, rest) = spec.path.split_once(' ').unwrap_or((spec.path, ""));
            let under = |line: &str| {
                let words = line.trim().strip_prefix(&format!("• {first}: "));
                words.is_some_and(|words| rest.is_empty() || words.split([' ', ',', '.']).any(|word| word == rest))
            };
            let begun = said.split([' ', ',', '.']).any(|word| word.strip_prefix('!') == Some(first))
                || said.lines().any(under);
            prop_assert!(begun || refused(spec) || !short, "{who} in {place:?}: {line} hides {first}\n{said}");
            let all = line == "!help" && said.contains("says more on one of them") || line == "!help prop";
            prop_assert!(named || refused(spec) || !all, "{who} in {place:?}: {line} hides {}\n{said}", spec.path);
        }
    }
    let (shared, chat) = (&bot.host().shared, chat_of(who, place).parse().unwrap());
    let (open, sender) = (shared.open_tables().unwrap(), format!("console:{who}"));
    let asker = Asker { sender: &sender, chat: &chat, private: place.is_none() };
    for begun in ["", "alpha ", "b", "beta ", "go ", "help ", "help beta "] {
        let lines = complete(&open.commands, &shared.rules(), shared.networks(), &asker, &|_, _| vec![], begun);
        for line in lines {
            let typed = line.strip_prefix("help ").unwrap_or(&line);
            let whole = |path: &&str| *path == typed || path.starts_with(&format!("{typed} "));
            let paths = |spec: &Spec| [&[spec.path], spec.aliases].concat().iter().any(whole);
            let ours = COMMANDS.iter().filter(|spec| paths(spec)).collect::<Vec<_>>();
            // A first word may be that of several commands.
            let some = ours.iter().any(|spec| !refused(spec) && (place.is_none() || !spec.access.private));
            prop_assert!(ours.is_empty() || some, "{who} in {place:?}: {begun:?} goes on to {line:?}");
        }
    }
    Ok(())
}

async fn agree(
    rules: Vec<Rule>,
    grants: Vec<Grant>,
    calls: &[Wanted],
    asks: &[(&'static str, Place)],
) -> Result<(), TestCaseError> {
    let mut config = format!("[access.roles]\nops = [\"console:{OPS}\"]\nstaff = [\"console:{STAFF}\"]\n");
    config.extend(rules.iter().map(Rule::toml));
    let bot = Bot::with::<Prop>().admin("admin").config(&config).start().await;
    for grant in &grants {
        Services::grant(&*bot.host().shared, "prop", grant.clone()).await.unwrap();
    }
    let world = World { rules, grants };
    calls_agree(&bot, &world, calls).await?;
    for (who, place) in asks {
        names_agree(&bot, &world, who, *place).await?;
    }
    bot.stop().await;
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::SourceParallel("proptest-regressions"))),
        max_shrink_iters: 40,
        ..ProptestConfig::with_cases(24)
    })]

    #[test]
    fn nobody_runs_what_the_rules_refuse_and_everybody_what_they_allow(
        rules in prop::collection::vec(rule(), 0..6),
        grants in prop::collection::vec(grant(), 0..3),
        calls in prop::collection::vec(wanted(), 60..90),
        asks in prop::collection::vec((select(&PEOPLE[..]), place()), 1..3),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(agree(rules, grants, &calls, &asks))?;
    }
}
