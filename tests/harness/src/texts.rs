//! What every plugin with texts in several languages is held to: see [`check`].
use factotum_plugin_api::{
    inventory,
    language::{Texts, messages},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The texts of one language by key, each with its variables.
type Said = BTreeMap<String, BTreeSet<String>>;

/// Checks the catalogues of a plugin against each other, its sources, and the commands
/// of the host and the plugins that `bot` runs: no key is missing in a language, none
/// is unused in the sources, none differs in its variables; no text has private
/// characters, which the host uses itself; each `help-…` names a command of the plugin,
/// and its attributes are arguments of it; `plugin-about` is what the plugin is about.
///
/// `sources` are files, or folders of `.rs` files. A key is used where it stands there
/// as a string. One line in a test is all:
///
/// ```no_run
/// # async fn test() {
/// let bot = factotum_testing::Bot::bare().start().await;
/// factotum_testing::texts::check("host", &[concat!(env!("CARGO_MANIFEST_DIR"), "/src")], &bot);
/// # }
/// ```
///
/// # Panics
/// When something is not so, with a line for each mistake.
pub fn check(plugin: &str, sources: &[&str], bot: &crate::Bot) {
    let catalogues = inventory::iter::<Texts>.into_iter().filter(|texts| texts.plugin == plugin);
    let catalogues: Vec<(&str, &str)> = catalogues.map(|texts| (texts.language, texts.ftl)).collect();
    let mut source = String::new();
    for path in sources {
        read(Path::new(path), &mut source);
    }
    let open = bot.host().shared.open_tables().expect("the host runs");
    let own = open.commands.sorted().into_iter().filter(|command| command.catalogue() == plugin);
    let commands = own.map(|command| (command.help_key(), command.arg_names())).collect();
    let mistakes = mistakes(plugin, &catalogues, &source, &commands);
    assert!(mistakes.is_empty(), "the texts of {plugin}:\n{}", mistakes.join("\n"));
}

fn read(path: &Path, source: &mut String) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder of sources");
        entries.for_each(|entry| read(&entry.expect("an entry").path(), source));
    } else if path.extension().is_some_and(|ending| ending == "rs") {
        source.push_str(&fs::read_to_string(path).expect("a source"));
        source.push('\n');
    }
}

/// Everything that is wrong, in order; `commands` are the keys of their help with the
/// names of their arguments.
fn mistakes(
    plugin: &str,
    catalogues: &[(&str, &str)],
    source: &str,
    commands: &BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    let mut wrong = vec![];
    let mut languages: BTreeMap<&str, Said> = BTreeMap::new();
    for (language, ftl) in catalogues {
        let private = |c: &char| matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{2066}'..='\u{2069}');
        if let Some(c) = ftl.chars().find(private) {
            wrong.push(format!("{language}: the character U+{:04X} is private", u32::from(c)));
        }
        match messages(ftl) {
            Ok(said) => {
                let all = languages.entry(language).or_default();
                for (key, variables) in said {
                    if all.insert(key.clone(), variables).is_some() {
                        wrong.push(format!("{language}: {key} is there twice"));
                    }
                }
                wrong.extend(twice_in(ftl).into_iter().map(|key| format!("{language}: {key} is there twice")));
            }
            Err(error) => wrong.push(format!("{language}: {error}")),
        }
    }
    if !languages.contains_key("en") {
        wrong.push("there is no catalogue in en".to_owned());
    }
    let literals: BTreeSet<&str> = literals(source).collect();
    let of_help = |key: &str| key.starts_with("help-") && !literals.contains(key.split('.').next().unwrap_or(key));
    // What the plugin is about stands in its Cargo.toml.
    let is_help = |key: &str| key == "plugin-about" || of_help(key);
    for (language, said) in &languages {
        for key in said.keys().filter(|key| of_help(key)) {
            let (command, arg) = key.split_once('.').unwrap_or((key, ""));
            match commands.get(command) {
                None => wrong.push(format!("{language}: {key} is of no command")),
                Some(args) if !arg.is_empty() && !args.iter().any(|it| it == arg) => {
                    wrong.push(format!("{language}: {key} is of no argument"));
                }
                Some(_) => {}
            }
        }
        // The English help stands in the code.
        let missing = |(command, args): (&String, &Vec<String>)| {
            let keys = std::iter::once(command.clone()).chain(args.iter().map(|arg| format!("{command}.{arg}")));
            keys.filter(|key| !said.contains_key(key)).collect::<Vec<_>>()
        };
        if *language != "en" && said.keys().any(|key| of_help(key)) {
            wrong.extend(commands.iter().flat_map(missing).map(|key| format!("{language}: {key} is missing")));
        }
    }
    let sentences = |said: &Said| -> Said {
        said.iter().filter(|(key, _)| !is_help(key)).map(|(key, wants)| (key.clone(), wants.clone())).collect()
    };
    let all: BTreeMap<&str, Said> = languages.iter().map(|(language, said)| (*language, sentences(said))).collect();
    let keys: BTreeSet<&String> = all.values().flat_map(Said::keys).collect();
    for key in keys {
        let known = all.values().filter_map(|said| said.get(key));
        let most: BTreeSet<&String> = known.flatten().collect();
        for (language, said) in &all {
            match said.get(key) {
                None => wrong.push(format!("{language}: {key} is missing")),
                Some(wants) => {
                    let left_out: Vec<&str> =
                        most.iter().filter(|it| !wants.contains(**it)).map(|it| it.as_str()).collect();
                    if !left_out.is_empty() {
                        wrong.push(format!("{language}: {key} says nothing of ${}", left_out.join(", $")));
                    }
                }
            }
        }
        if !literals.contains(key.split('.').next().unwrap_or(key)) {
            wrong.push(format!("{key} is said nowhere"));
        }
    }
    let said = |key: &str| all.values().any(|said| said.contains_key(key));
    wrong
        .extend(asked_for(plugin, source).into_iter().filter(|key| !said(key)).map(|key| format!("there is no {key}")));
    wrong
}

/// Keys that stand twice in one catalogue: the second would win.
fn twice_in(ftl: &str) -> Vec<&str> {
    let begins = |line: &&str| line.starts_with(|c: char| c.is_ascii_alphabetic());
    let mut seen = BTreeSet::new();
    let keys = ftl.lines().filter(begins).filter_map(|line| Some(line.split_once('=')?.0.trim()));
    keys.filter(|key| !seen.insert(*key)).collect()
}

/// What stands between quotes, without what has escapes in it: no key has any.
fn literals(source: &str) -> impl Iterator<Item = &str> {
    source.split('"').filter(|piece| is_key(piece))
}
fn is_key(piece: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    piece.starts_with(|c: char| c.is_ascii_alphabetic()) && piece.chars().all(letter)
}

/// The keys that `Phrase::new(…, "key")` and the functions around it are given.
fn asked_for<'s>(plugin: &str, source: &'s str) -> BTreeSet<&'s str> {
    let mut helpers: BTreeSet<String> = BTreeSet::new();
    for (at, _) in source.match_indices("-> Phrase") {
        let before = source.get(..at).unwrap_or_default();
        let head = before.rsplit("fn ").next().unwrap_or_default();
        // One that takes the key alone.
        if let Some((name, args)) = head.split_once('(')
            && is_key(name)
            && args.matches(':').count() == 1
        {
            helpers.insert(format!("{name}(\""));
        }
    }
    let mut keys = BTreeSet::new();
    for helper in &helpers {
        for (at, _) in source.match_indices(helper.as_str()) {
            let before = source.get(..at).unwrap_or_default();
            let whole = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.'));
            let after = source.get(at + helper.len()..).unwrap_or_default();
            keys.extend(after.split('"').next().filter(|key| whole && is_key(key)));
        }
    }
    for (at, new) in source.match_indices("Phrase::new(") {
        let after = source.get(at + new.len()..).unwrap_or_default();
        let Some((first, second)) = after.split(')').next().and_then(|args| args.split_once(',')) else { continue };
        let key = second.trim().strip_prefix('"').and_then(|key| key.strip_suffix('"'));
        // One of another plugin's is no business of this one.
        let another = first.trim().starts_with('"') && first.trim() != format!("\"{plugin}\"");
        keys.extend(key.filter(|key| !another && is_key(key)));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
        fn say(key: &'static str) -> Phrase { Phrase::new("cinema", key) }
        fn seats(n: u64) -> Text { say("seats").with("count", n).into() }
        fn of_another() -> Text { Phrase::new("theatre", "curtain").into() }
        fn gone() -> Text { Phrase::new("cinema", "gone").into() }
    "#;
    const EN: &str = "seats = { $count ->\n    [one] One seat\n   *[other] { $count } seats\n}\ngone = Gone\n";
    const RU: &str = "seats = Мест: { $count }\ngone = Нет\nhelp-cinema-book = Занять место\n    .film = Фильм\n";

    fn found(en: &str, ru: &str, source: &str) -> Vec<String> {
        let commands = BTreeMap::from([("help-cinema-book".to_owned(), vec!["film".to_owned()])]);
        mistakes("cinema", &[("en", en), ("ru", ru)], source, &commands)
    }

    #[test]
    fn good_texts_are_good() {
        assert_eq!(found(EN, RU, SOURCE), [""; 0]);
        let without_help = RU.split("help-").next().unwrap();
        assert_eq!(found(EN, without_help, SOURCE), [""; 0], "help is translated whole or not at all");
    }

    #[test]
    fn each_kind_of_mistake_is_found() {
        let more = |text: &str, line: &str| format!("{text}{line}\n");
        let rows = [
            (more(EN, "late = Late"), RU.to_owned(), SOURCE.to_owned(), "ru: late is missing"),
            (EN.to_owned(), more(RU, "late = Поздно"), SOURCE.to_owned(), "en: late is missing"),
            (more(EN, "late = Late"), more(RU, "late = Поздно"), SOURCE.to_owned(), "late is said nowhere"),
            (EN.to_owned(), RU.replace("$count", "$n"), SOURCE.to_owned(), "ru: seats says nothing of $count"),
            (EN.replace("Gone", "\u{e001}"), RU.to_owned(), SOURCE.to_owned(), "en: the character U+E001 is private"),
            (EN.replace("Gone", "\u{2068}"), RU.to_owned(), SOURCE.to_owned(), "en: the character U+2068 is private"),
            (EN.to_owned(), RU.replace("-book", "-boko"), SOURCE.to_owned(), "ru: help-cinema-boko is of no command"),
            (
                EN.to_owned(),
                RU.replace(".film", ".flim"),
                SOURCE.to_owned(),
                "ru: help-cinema-book.flim is of no argument",
            ),
            (
                EN.to_owned(),
                RU.replace("    .film = Фильм\n", ""),
                SOURCE.to_owned(),
                "ru: help-cinema-book.film is missing",
            ),
            (EN.to_owned(), more(RU, "gone = Ушло"), SOURCE.to_owned(), "ru: gone is there twice"),
            (EN.to_owned(), RU.to_owned(), SOURCE.replace("(\"seats\")", "(\"saets\")"), "there is no saets"),
            (EN.to_owned(), RU.to_owned(), SOURCE.replace("\"gone\"", "\"gnoe\""), "there is no gnoe"),
            (EN.to_owned(), RU.replace("{ $count }", "{ $count"), SOURCE.to_owned(), "ru: line 2: Expected"),
        ];
        for (en, ru, source, mistake) in rows {
            let found = found(&en, &ru, &source);
            assert!(found.iter().any(|line| line.starts_with(mistake)), "{mistake}: {found:#?}");
        }
        assert_eq!(mistakes("cinema", &[], "", &BTreeMap::new()), ["there is no catalogue in en"]);
    }
}
