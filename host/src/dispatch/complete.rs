//! What a line that is being typed may go on with. It names no command that would
//! be refused to this person in this chat, nor a word of one.
use super::{
    help::HOST,
    possible::possible,
    table::{Command, CommandTable, is_secret},
};
use crate::{
    access::{Asker, Decision, Rules},
    networks::Networks,
    words,
};
use factotum_plugin_api::clap;
use std::{collections::BTreeSet, sync::Arc};

/// What an argument may be, beside what its type lists.
pub type Offers<'a> = &'a dyn Fn(&Command, &clap::Arg) -> Vec<String>;

/// The lines that `line`, up to where it is typed and without its prefix, may go
/// on to: each is `line` with its last word completed. Words of commands first of
/// all; then the options and the values that the command itself lists or the host
/// `offers`, where they are allowed whatever they are.
pub fn complete(
    table: &CommandTable,
    rules: &Rules,
    networks: &Networks,
    asker: &Asker<'_>,
    offers: Offers,
    line: &str,
) -> Vec<String> {
    // The last word begins after the last white space; one in quotes is left alone.
    let (head, begun) = match line.char_indices().rev().find(|(_, c)| c.is_whitespace()) {
        Some((at, space)) => line.split_at(at + space.len_utf8()),
        None => ("", line),
    };
    let Ok(typed) = words::split(head) else { return vec![] };
    let decision = |command: &Command| rules.check_path(&command.for_rules(), asker).decision;
    let permitted = |command: &Command| match decision(command) {
        Decision::Allowed => true,
        Decision::OnArguments => possible(command, asker, rules, networks),
        Decision::PrivateOnly | Decision::Refused => false,
    };
    let mut words = next_words(table, &permitted, &typed, begun);
    if let Some((command, n)) = table.find(&typed)
        && permitted(command)
    {
        let rest = typed.get(n..).unwrap_or_default();
        if command.plugin == HOST && command.path() == "help" {
            words.extend(next_words(table, &permitted, rest, begun));
        } else if decision(command) == Decision::Allowed {
            words.extend(command.with_clap(|clap| values(clap, &|arg| offers(command, arg), rest, begun)));
        }
    }
    words.into_iter().map(|word| format!("{head}{word}")).collect()
}

/// The words that stand next in the paths of commands that are permitted.
fn next_words(
    table: &CommandTable,
    permitted: &dyn Fn(&Command) -> bool,
    typed: &[String],
    begun: &str,
) -> BTreeSet<String> {
    let (typed, begun) = (typed.iter().map(|word| word.to_lowercase()).collect::<Vec<_>>(), begun.to_lowercase());
    let next = |path: &String| {
        let mut words = path.split(' ');
        let fits = typed.iter().all(|word| words.next() == Some(word.as_str()));
        words.next().filter(|word| fits && word.starts_with(&begun)).map(str::to_owned)
    };
    let next_of = |command: &Arc<Command>| command.paths().iter().filter_map(next).collect::<Vec<_>>();
    // The rules are asked only about what fits.
    let all = table.sorted().into_iter().map(|command| (command, next_of(command)));
    all.filter(|(command, words)| !words.is_empty() && permitted(command)).flat_map(|(_, words)| words).collect()
}

/// The options of a command, or the values that the argument at hand lists.
fn values(
    clap: &clap::Command,
    offers: &dyn Fn(&clap::Arg) -> Vec<String>,
    rest: &[String],
    begun: &str,
) -> Vec<String> {
    let option = |word: &str| {
        let name = word.strip_prefix("--")?;
        clap.get_arguments().find(|arg| arg.get_long() == Some(name) && arg.get_action().takes_values())
    };
    let possible = |arg: &clap::Arg| {
        if is_secret(arg) {
            return vec![];
        }
        let listed = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
        let listed = listed.map(|value| value.get_name().to_owned()).chain(offers(arg));
        listed.map(|value| words::quote(&value)).filter(|value| value.starts_with(begun)).collect()
    };
    if let Some(arg) = rest.last().and_then(|word| option(word)) {
        return possible(arg);
    }
    if begun.starts_with("--") {
        let longs = clap.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(clap::Arg::get_long);
        return longs.map(|name| format!("--{name}")).filter(|name| name.starts_with(begun)).collect();
    }
    // Neither options nor the words that belong to them count.
    let mut given = 0;
    let mut of_option = false;
    for word in rest {
        given += usize::from(!of_option && !word.starts_with("--"));
        of_option = option(word).is_some();
    }
    let positionals: Vec<_> = clap.get_positionals().collect();
    let last = positionals.last().filter(|arg| arg.get_num_args().is_some_and(|range| range.max_values() > 1));
    positionals.get(given).or(last).map(|arg| possible(arg)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{access::RuleSpec, services::dry::DryServices};
    use factotum_plugin_api::{Registration, chat::ChatId, clap::ValueEnum, clock::Clock, prelude::*};

    #[derive(Clone, Debug, ValueEnum)]
    enum Colour {
        Red,
        Reddish,
        Blue,
        #[value(skip)]
        None,
    }
    struct Painter;
    /// Paint
    #[derive(Args)]
    struct PaintArgs {
        /// What
        thing: String,
        /// How
        colours: Vec<Colour>,
        /// On what
        #[arg(long)]
        ground: Option<Colour>,
        /// For sure
        #[arg(long)]
        sure: bool,
    }
    /// Nothing
    #[derive(Args)]
    struct NoArgs {}

    impl Plugin for Painter {
        const NAME: &'static str = "painter";
        type Config = NoConfig;
        fn start(_: NoConfig, _: Host) -> Result<Self> {
            Ok(Painter)
        }
        fn commands(&self, commands: &mut Commands<Self>) {
            commands.on("paint", Access::EVERYONE, Self::paint).alias("brush on");
            commands.on("paint it", Access::EVERYONE, Self::none).on("paint over", Access::ADMINS, Self::none);
            commands.on("paint secretly", Access::EVERYONE.in_private(), Self::none);
            commands.on("pale", Access::ADMINS, Self::none).on("wall paint", Access::EVERYONE, Self::paint);
            commands.on("wall paint now", Access::EVERYONE, Self::none);
        }
    }
    impl Painter {
        async fn paint(&self, _: &Call, args: PaintArgs) -> Result<Reply> {
            Ok(format!("{} {:?} {:?} {} {:?}", args.thing, args.colours, args.ground, args.sure, Colour::None).into())
        }
        async fn none(&self, _: &Call, _: NoArgs) -> Result<Reply> {
            Ok(Reply::default())
        }
    }

    #[test]
    fn a_line_goes_on_to_what_may_be_run() {
        let painter = Registration::of::<Painter>("0.0.0", "under test");
        let started = DryServices::over(None).start(&painter, serde_json::json!({}), Clock::system()).unwrap();
        let mut table = CommandTable::default();
        table.add("painter", &Arc::new(started)).unwrap();
        let rule: RuleSpec = toml::from_str("command = 'wall paint'\nargs = { thing = 'red' }\nallow = false").unwrap();
        let admins = vec!["console:ann".to_owned()];
        let rules = Rules::compile(admins, Default::default(), vec![rule]).unwrap();
        let room = ChatId::new("console", "ops");
        let offers = |command: &Command, arg: &clap::Arg| match (command.path(), arg.get_id().as_str()) {
            ("paint", "thing") => vec!["door".to_owned(), "dog house".to_owned()],
            _ => vec![],
        };
        let bob = |line: &str, private| {
            let asker = Asker { sender: "console:bob", chat: &room, private };
            complete(&table, &rules, &Networks::default(), &asker, &offers, line)
        };
        let rows: &[(&str, &[&str])] = &[
            ("", &["brush", "paint", "wall"]),
            ("pa", &["paint"]),
            ("PA", &["paint"]),
            ("paint ", &["paint \"dog house\"", "paint door", "paint it"]),
            ("paint d", &["paint door"]),
            ("paint --sure d", &["paint --sure door"]),
            ("paint door d", &[]),
            ("Paint  I", &["Paint  it"]),
            ("paint s", &[]),
            ("paint o", &[]),
            ("pal", &[]),
            ("paint over ", &[]),
            ("brush ", &["brush on"]),
            ("brush on thing re", &["brush on thing red", "brush on thing reddish"]),
            ("paint thing ", &["paint thing blue", "paint thing red", "paint thing reddish"]),
            ("paint thing red b", &["paint thing red blue"]),
            ("paint thing --g", &["paint thing --ground"]),
            ("paint --ground b", &["paint --ground blue"]),
            ("paint --ground blue thing --sure bl", &["paint --ground blue thing --sure blue"]),
            ("paint \"a thing\" bl", &["paint \"a thing\" blue"]),
            ("paint \"a thing", &[]),
            ("wall paint ", &["wall paint now"]),
            // Of this command the rules want to see the arguments.
            ("wall paint thing ", &[]),
            ("nothing ", &[]),
        ];
        for (line, expected) in rows {
            assert_eq!(bob(line, false), *expected, "{line:?}");
        }
        assert_eq!(bob("paint s", true), ["paint secretly"]);
        let ann = Asker { sender: "console:ann", chat: &room, private: false };
        assert_eq!(complete(&table, &rules, &Networks::default(), &ann, &offers, "p"), ["paint", "pale"]);
        assert_eq!(complete(&table, &rules, &Networks::default(), &ann, &offers, "paint o"), ["paint over"]);
    }
}
