use super::*;
use crate::text::{bold, code, command};

crate::register_texts! {
    "test",
    "en" => "
users = { $count ->
    [one] { $count } user of { $server }
   *[other] { $count } users of { $server }
}
watch = Watch is { $state ->
    [on] on
   *[off] off
}.
only-english = Try { $command }, { $command }.
",
    "ru" => "
users = { $count ->
    [one] { $count } пользователь { $server }
    [few] { $count } пользователя { $server }
   *[many] { $count } пользователей { $server }
}
watch = Наблюдение { $state ->
    [on] включено
   *[off] выключено
}.
help-test = Проверить
    .server = Сервер
",
}

fn users(count: u64, server: &str) -> String {
    Phrase::new("test", "users").with("count", count).with("server", server).to_string()
}
fn language(tag: &str) -> Language {
    tag.parse().unwrap()
}

#[test]
fn a_count_chooses_the_plural_form_of_the_readers_language() {
    let both = |count| users(count, "a") + " | " + &language("ru").within(|| users(count, "a"));
    let rows: Vec<String> = [0, 1, 2, 5, 11, 21, 1234].into_iter().map(both).collect();
    insta::assert_snapshot!(rows.join("\n"), @"
    0 users of a | 0 пользователей a
    1 user of a | 1 пользователь a
    2 users of a | 2 пользователя a
    5 users of a | 5 пользователей a
    11 users of a | 11 пользователей a
    21 users of a | 21 пользователь a
    1234 users of a | 1234 пользователя a
    ");
}

#[test]
fn a_region_without_texts_of_its_own_reads_those_of_its_language() {
    assert_eq!(language("ru-RU").within(|| users(2, "a")), "2 пользователя a");
    assert_eq!(language("pt-BR").within(|| users(2, "a")), "2 users of a");
    assert_eq!(language("ru-RU").known(), Some(language("ru")));
    assert_eq!(language("tlh").known(), None);
}

#[test]
fn a_value_keeps_its_style_and_is_never_syntax() {
    let said: Text =
        Phrase::new("test", "only-english").with("command", command("help { $x } \u{e000}0\u{e001}")).into();
    assert_eq!(said.plain(), "Try !help { $x } \u{e000}0\u{e001}, !help { $x } \u{e000}0\u{e001}.");
    let said: Text = Phrase::new("test", "users").with("count", 3_u8).with("server", bold("<a>") + code("b")).into();
    assert_eq!(said.html(), "3 users of <b>&lt;a&gt;</b><code>b</code>");
}

#[test]
fn what_a_language_has_not_is_said_in_english_and_what_none_has_by_its_key() {
    let watch = |state| Phrase::new("test", "watch").choice("state", state).to_string();
    assert_eq!(language("ru").within(|| watch("on")), "Наблюдение включено.");
    let english = Phrase::new("test", "only-english").with("command", "x");
    assert_eq!(language("ru").within(|| english.to_string()), "Try x, x.");
    assert_eq!(Phrase::new("test", "nowhere").to_string(), "[test.nowhere]");
    assert_eq!(Phrase::new("test", "users").to_string(), "[test.users]", "without its values");
}

#[test]
fn help_lines_are_found_in_their_language_alone() {
    let russian = language("ru-RU");
    assert_eq!(russian.of_key("test", "help-test").as_deref(), Some("Проверить"));
    assert_eq!(russian.of_key("test", "help-test.server").as_deref(), Some("Сервер"));
    assert_eq!(language("en").of_key("test", "help-test"), None);
    assert!(russian.has("test", "watch") && !russian.has("test", "only-english"));
}

#[test]
fn an_operators_text_stands_over_the_built_in_one_and_a_broken_file_changes_nothing() {
    let mut texts = Catalogues::built_in();
    texts.add("test", "en", "only-english = Type { $command }!").unwrap();
    let broken = texts.add("test", "en", "watch = on\nonly-english = { $comm").unwrap_err();
    insta::assert_snapshot!(broken, @r#"test, en: line 2: Expected a token starting with "}""#);
    let own = Language::default().with_texts(Arc::new(texts));
    assert_eq!(own.within(|| Phrase::new("test", "only-english").with("command", "x").to_string()), "Type x!");
}

#[tokio::test]
async fn the_language_lasts_over_an_await_and_ends_with_the_work() {
    let said = language("ru").during(async {
        tokio::task::yield_now().await;
        users(1, "a")
    });
    assert_eq!(said.await, "1 пользователь a");
    assert_eq!(current().tag(), "en");
}
