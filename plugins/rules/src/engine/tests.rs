//! How a rule moves, message by message.
use super::*;
use crate::rule::Rule;

fn rule(change: impl FnOnce(&mut Rule)) -> Compiled {
    let mut rule = Rule { on: vec![Trigger::Open, Trigger::Repeat, Trigger::Cancel], ..Rule::default() };
    change(&mut rule);
    Compiled::of("r", rule).unwrap()
}
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}
/// Messages by second and text; what each did, in brackets when it was not said.
fn story(rule: &Compiled, messages: &[(i64, &str)]) -> String {
    let mut state = State::default();
    let step = |(n, (second, text)): (usize, &(i64, &str))| {
        let mut message = Message::new("e", at(*second));
        message.message = (*text).to_owned();
        let request = u64::try_from(n).unwrap();
        let fired = state.step(rule, &message, request, at(*second));
        assert_eq!(state.step(rule, &message, request, at(*second)), fired, "asked twice");
        match fired {
            None => "-".to_owned(),
            Some(Fired { trigger, repeats, says: true, .. }) => format!("{trigger} {repeats}"),
            Some(Fired { trigger, repeats, .. }) => format!("({trigger} {repeats})"),
        }
    };
    messages.iter().enumerate().map(step).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_first_message_opens_and_the_next_repeat() {
    assert_eq!(story(&rule(|_| ()), &[(0, "a"), (1, "b"), (2, "c")]), "open 0, repeat 1, repeat 2");
}

#[test]
fn a_condition_opens_and_ends() {
    let rule = rule(|rule| rule.condition = "message = 'bad'".into());
    let messages = [(0, "good"), (1, "bad"), (2, "bad"), (3, "good"), (4, "good"), (5, "bad")];
    assert_eq!(story(&rule, &messages), "-, open 0, repeat 1, cancel 1, -, open 0");
}

#[test]
fn repeats_are_said_by_number_or_by_time() {
    let five: Vec<(i64, &str)> = (0..6).map(|second| (second * 20, "x")).collect();
    let every = |repeats: &str| rule(|rule| rule.repeat_every = repeats.into());
    assert_eq!(story(&every("2"), &five), "open 0, (repeat 1), repeat 2, (repeat 3), repeat 4, (repeat 5)");
    assert_eq!(story(&every("1 minute"), &five), "open 0, (repeat 1), (repeat 2), repeat 3, (repeat 4), (repeat 5)");
}

#[test]
fn a_window_counts_messages() {
    let last = rule(|rule| (rule.window, rule.condition) = ("length(3)".into(), "count() >= 3".into()));
    assert_eq!(story(&last, &[(0, "a"), (1, "b"), (2, "c"), (99, "d")]), "-, -, open 0, repeat 1");
    let time = rule(|rule| (rule.window, rule.condition) = ("time(1 minute)".into(), "count() > 1".into()));
    assert_eq!(story(&time, &[(0, "a"), (30, "b"), (59, "c"), (200, "d")]), "-, open 0, repeat 1, cancel 1");
}

#[test]
fn a_delayed_opening_is_not_said_at_once_and_its_end_not_at_all() {
    let rule = rule(|rule| (rule.condition, rule.delay) = ("message = 'bad'".into(), "1 minute".into()));
    assert_eq!(story(&rule, &[(0, "bad"), (1, "bad"), (2, "good")]), "(open 0), (repeat 1), (cancel 1)");
}

#[test]
fn another_condition_begins_anew() {
    let (one, other) = (rule(|_| ()), rule(|rule| rule.condition = "1 = 1".into()));
    let (mut state, message) = (State::default(), Message::new("e", at(0)));
    assert_eq!(state.step(&one, &message, 1, at(0)).unwrap().trigger, Trigger::Open);
    assert_eq!(state.step(&other, &message, 2, at(1)).unwrap().trigger, Trigger::Open);
}

#[test]
fn a_record_holds_whatever_comes() {
    let rule = rule(|rule| (rule.window, rule.delay) = ("length(1000)".into(), "1 day".into()));
    let (mut state, small) = (State::default(), Message::new("e", at(0)));
    let mut huge = small.clone();
    huge.message = "\u{1}".repeat(40_000);
    huge.tags = (0..1_000).map(|n| (format!("t{n}"), "\u{1}".repeat(300))).collect();
    state.step(&rule, &huge, 0, at(0));
    for n in 1..1_100 {
        state.step(&rule, &small, n, at(0));
    }
    state.step(&rule, &huge, 2_000, at(0));
    let size = serde_json::to_vec(&state).unwrap().len();
    assert!(size < 64 * 1024, "{size}");
}
