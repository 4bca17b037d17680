//! The catalogues as people read them: every text in both languages, and a good part of
//! the Russian ones in one place, for whoever reads them over.
use super::*;
use std::collections::{BTreeMap, BTreeSet};

mod bursts;
mod russian;

fn russian<T>(say: impl FnOnce() -> T) -> T {
    "ru".parse::<Language>().unwrap().within(say)
}

#[test]
fn durations_have_two_units() {
    let secs = [0, 59, 60, 3_600, 86_399, 90_061];
    let shown = || secs.map(|secs| duration(Duration::from_secs(secs)));
    assert_eq!(shown(), ["0 s", "59 s", "1 min", "1 h", "23 h 59 min", "1 d 1 h"]);
    assert_eq!(russian(shown), ["0 с", "59 с", "1 мин", "1 ч", "23 ч 59 мин", "1 д 1 ч"]);
}

#[test]
fn choices_read_well() {
    let words = ["a", "b", "c"].map(String::from);
    let shown = || [or(&words[..1]), or(&words[..2]), or(&words)];
    assert_eq!(shown(), ["a", "a or b", "a, b or c"]);
    assert_eq!(russian(shown), ["a", "a или b", "a, b или c"]);
    assert_eq!([folded("and", &[]), folded("and", &words[..1]), folded("and", &words)], ["", "a", "a and b and c"]);
}

#[test]
fn the_form_of_a_chat_is_that_of_plugins() {
    assert_eq!(no_chat("x", &[]), factotum_plugin_api::chat::CHAT_FORM);
}

/// A text of a catalogue: its variables, each with the variants that it chooses from.
type Variables<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The texts of a catalogue by key.
fn texts_of(ftl: &str) -> BTreeMap<&str, Variables<'_>> {
    let mut texts: BTreeMap<&str, Variables<'_>> = BTreeMap::new();
    let (mut key, mut chooses): (&str, Vec<&str>) = ("", vec![]);
    for line in ftl.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with(|c: char| c.is_ascii_lowercase()) {
            (key, chooses) = (line.split(' ').next().unwrap(), vec![]);
            assert!(texts.insert(key, BTreeMap::new()).is_none(), "{key} is there twice");
        }
        let Some(text) = texts.get_mut(key) else { continue };
        let begun = line.trim_start().trim_start_matches('*');
        if let Some(variant) = begun.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            text.entry(chooses.last().unwrap()).or_default().insert(variant);
        }
        // Closed where it is not opened in the same line.
        if line.trim_start().starts_with('}') {
            chooses.pop();
        }
        for rest in line.split('$').skip(1) {
            let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap();
            let (name, after) = rest.split_at(end);
            text.entry(name).or_default();
            if after.starts_with(" ->") {
                chooses.push(name);
            }
        }
    }
    texts
}

/// The text with each value that `variable` may have, the others as they come.
fn said(key: &str, variables: &Variables) -> BTreeMap<String, String> {
    let counts = ["0", "one", "few", "many"];
    let values = |variants: &BTreeSet<&str>| match variants.iter().any(|variant| counts.contains(variant)) {
        true => ["0", "1", "2", "5", "21", "22", "25"].map(String::from).to_vec(),
        false if variants.is_empty() => vec!["<VALUE>".to_owned()],
        false => variants.iter().map(ToString::to_string).collect(),
    };
    let leaked = |text: &str| &*String::leak(text.to_owned());
    let given = |phrase: Phrase, name: &str, value: &str| match value.parse::<u64>() {
        Ok(count) => phrase.with(leaked(name), count),
        Err(_) if value == "<VALUE>" => phrase.with(leaked(name), value),
        Err(_) => phrase.choice(leaked(name), leaked(value)),
    };
    let mut phrases = vec![(String::new(), say(leaked(key)))];
    for (name, variants) in variables {
        phrases = phrases
            .iter()
            .flat_map(|(how, phrase)| {
                values(variants)
                    .into_iter()
                    .map(move |value| (format!("{how} {name}={value}"), given(phrase.clone(), name, &value)))
            })
            .collect();
    }
    phrases.into_iter().map(|(how, phrase)| (how, phrase.to_string())).collect()
}

#[test]
fn every_text_is_said_in_both_languages() {
    let (en, ru) = (texts_of(include_str!("en.ftl")), texts_of(include_str!("ru.ftl")));
    assert!(en.len() > 200, "{} texts", en.len());
    assert_eq!(en.keys().collect::<Vec<_>>(), ru.keys().collect::<Vec<_>>());
    let is_russian = |text: &str| text.chars().any(|c| ('а'..='я').contains(&c));
    let mut same = vec![];
    for (key, variables) in &en {
        assert_eq!(
            variables.keys().collect::<Vec<_>>(),
            ru[key].keys().collect::<Vec<_>>(),
            "the variables of {key} are not the same"
        );
        for (language, variables) in [("en", variables), ("ru", &ru[key])] {
            for (how, text) in language.parse::<Language>().unwrap().within(|| said(key, variables)) {
                let broken = text.is_empty() || text.contains(['[', '{', '}', '$']) || text.contains("  ");
                let joins = *key == "by-whom" || text.trim() == text;
                assert!(!broken && joins, "{language}: {key} with{how}: {text:?}");
                assert!(language == "ru" || !is_russian(&text), "{language}: {key}: {text:?}");
                if language == "ru" && !is_russian(&text) {
                    same.push(*key);
                }
            }
        }
    }
    same.dedup();
    // These join values alone.
    let joined =
        ["attempt-outcome", "by-whom", "help-short", "help-short-bare", "notice-state", "plugin-has", "standing"];
    assert_eq!(same, joined);
}

#[test]
fn russian_counts_have_three_forms() {
    let shown = |text: &dyn Fn(usize) -> Text| russian(|| [1, 2, 5, 21].map(|n| text(n).plain()));
    insta::assert_debug_snapshot!([
        shown(&lines_dropped),
        shown(&|n| no_such_line(99, n)),
        shown(&|n| turned_away_since(n as u64)),
        shown(&|n| tried_again(n, &[])),
        shown(&|n| dropped(n, &[])),
        shown(&|n| standing("ждёт".into(), n as u64, None, None)),
        shown(&|n| body("{", n)),
        shown(&|n| records(n as u64).into()),
        shown(&|n| News::all(&[records_are_kept(n)])),
        shown(&|n| News::all(&[records_are_missing(n, "store-1.jsonl", "travis.routes", "o/r")])),
        shown(&|n| not_reloaded(&vec!["x".to_owned(); n])),
    ], @r#"
    [
        [
            "Отброшена 1 строка, стоявшая в очереди.",
            "Отброшены 2 строки, стоявшие в очереди.",
            "Отброшено 5 строк, стоявших в очереди.",
            "Отброшена 21 строка, стоявшая в очереди.",
        ],
        [
            "Нет строки !99: я помню здесь 1 вашу строку, их покажет !history.",
            "Нет строки !99: я помню здесь 2 ваши строки, их покажет !history.",
            "Нет строки !99: я помню здесь 5 ваших строк, их покажет !history.",
            "Нет строки !99: я помню здесь 21 вашу строку, их покажет !history.",
        ],
        [
            "Не принят 1 запрос",
            "Не приняты 2 запроса",
            "Не принято 5 запросов",
            "Не принят 21 запрос",
        ],
        [
            "1 уведомление будет отправлено снова.",
            "2 уведомления будут отправлены снова.",
            "5 уведомлений будут отправлены снова.",
            "21 уведомление будет отправлено снова.",
        ],
        [
            "Снято 1 уведомление.",
            "Снято 2 уведомления.",
            "Снято 5 уведомлений.",
            "Снято 21 уведомление.",
        ],
        [
            "ждёт после 1 попытки",
            "ждёт после 2 попыток",
            "ждёт после 5 попыток",
            "ждёт после 21 попытки",
        ],
        [
            "{\n… и ещё 1 символ",
            "{\n… и ещё 2 символа",
            "{\n… и ещё 5 символов",
            "{\n… и ещё 21 символ",
        ],
        [
            "1 запись",
            "2 записи",
            "5 записей",
            "21 запись",
        ],
        [
            "Удалось прочитать и сохранить 1 его запись.",
            "Удалось прочитать и сохранить 2 его записи.",
            "Удалось прочитать и сохранить 5 его записей.",
            "Удалось прочитать и сохранить 21 его запись.",
        ],
        [
            "В нём нет 1 записи последнего снимка, store-1.jsonl (первая — \"o/r\" из \"travis.routes\"): с тех пор удалены или потеряны.",
            "В нём нет 2 записей последнего снимка, store-1.jsonl (первая — \"o/r\" из \"travis.routes\"): с тех пор удалены или потеряны.",
            "В нём нет 5 записей последнего снимка, store-1.jsonl (первая — \"o/r\" из \"travis.routes\"): с тех пор удалены или потеряны.",
            "В нём нет 21 записи последнего снимка, store-1.jsonl (первая — \"o/r\" из \"travis.routes\"): с тех пор удалены или потеряны.",
        ],
        [
            "Я ничего не менял: в конфигурации ошибка:\n• x",
            "Я ничего не менял: в конфигурации ошибки:\n• x\n• x",
            "Я ничего не менял: в конфигурации ошибки:\n• x\n• x\n• x\n• x\n• x",
            "Я ничего не менял: в конфигурации ошибки:\n• x\n• x\n• x\n• x\n• x\n• x\n• x\n• x\n• x\n• x\n• x\n• x\n• x\n• x\n• x\n• x\n• x\n• x\n• x\n• x\n• x",
        ],
    ]
    "#);
}
