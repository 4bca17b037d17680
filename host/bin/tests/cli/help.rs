//! `!help` of the binary as it is built by default, with everything set up.
use crate::process::{Place, Process};
use regex::Regex;

/// What a message on Telegram holds, in letters.
const MESSAGE_MAX: usize = 4096;
/// What a person reads at a glance.
const LINE_MAX: usize = 100;

/// The plugins of the binary, with a section of the config for each.
fn all_set_up() -> Place {
    let bare = Place::new();
    let listed = answer(&mut bare.start(&[]), "!plugin list");
    let built_in = Regex::new(r"(?m)^(\S+) \S+, on: ").unwrap();
    let plugins: Vec<&str> = built_in.captures_iter(&listed).map(|line| line.extract::<1>().1[0]).collect();
    let section = |plugin: &str| match plugin {
        "buildbot" => "[plugins.buildbot.masters.main]\nurl = \"http://127.0.0.1:9/\"\n".to_owned(),
        "hipchat" => "[plugins.hipchat]\ntoken = \"t0ken\"\nrooms = { dev = \"console:dev\" }\n".to_owned(),
        plugin => format!("[plugins.{plugin}]\n"),
    };
    let place = Place::with(&plugins.iter().copied().map(section).collect::<String>());
    let started = format!(": {} on;", plugins.join(", "));
    assert!(place.start(&[]).out.all().contains(&started), "{started}");
    place
}
/// What the host answers to a line.
fn answer(host: &mut Process, line: &str) -> String {
    host.say(line);
    let said = host.ask("!echo that was all", "that was all");
    said.trim_end().strip_suffix("that was all").unwrap().to_owned()
}

#[test]
fn all_of_it_fits_in_one_message() {
    let place = all_set_up();
    let mut host = place.start(&[]);
    for language in ["en", "ru"] {
        host.ask(&format!("!lang {language}"), language);
        let help = answer(&mut host, "!help");
        assert!(help.chars().count() <= MESSAGE_MAX, "{} letters:\n{help}", help.chars().count());
        assert!(help.lines().count() <= 40, "{help}");
        // Every command is found in it.
        for path in answer(&mut host, "!commands").trim().split(", ") {
            let (first, rest) = path.split_once(' ').unwrap_or((path, ""));
            let in_group = |line: &str| {
                let words = line.strip_prefix(&format!("• {first}: ")).map(|rest| rest.split(['.', '–', '—']).next());
                words
                    .flatten()
                    .is_some_and(|words| rest.is_empty() || words.split(", ").any(|word| word.trim() == rest))
            };
            let alone = Regex::new(&format!(r"!{}\b", regex::escape(first))).unwrap();
            let named =
                help.lines().any(|line| in_group(line) || alone.is_match(line.split(". ").next().unwrap_or(line)));
            assert!(named, "{path} is not in\n{help}");
        }
    }
}

#[test]
fn no_help_line_is_long() {
    let place = all_set_up();
    let mut host = place.start(&[]);
    let choices = Regex::new(r" \([^()]*\)$").unwrap();
    let (mut long, mut seen) = (vec![], 0);
    for language in ["en", "ru"] {
        host.ask(&format!("!lang {language}"), language);
        for path in answer(&mut host, "!commands").trim().split(", ") {
            let help = answer(&mut host, &format!("!help {path}"));
            let (usage, rest) = help.split_once('\n').unwrap();
            assert!(usage.starts_with(&format!("!{path}")), "{help}");
            // What it does, then its arguments; below follow other commands.
            let arguments = rest.lines().skip(1).filter(|line| line.starts_with("• ") && !line.starts_with("• !"));
            for line in rest.lines().take(1).chain(arguments) {
                let words = line.strip_prefix("• ").and_then(|it| it.split_once(": ")).map_or(line, |(_, help)| help);
                let words = choices.replace(words.trim_end_matches('.'), "");
                seen += 1;
                if words.chars().count() > LINE_MAX {
                    long.push(format!("{path}, {}: {words}", words.chars().count()));
                }
            }
        }
    }
    assert!(seen > 200, "{seen}");
    assert!(long.is_empty(), "{}", long.join("\n"));
}
