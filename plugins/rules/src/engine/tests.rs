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
        let fired = state.step(rule, &message, request, at(*second)).unwrap();
        assert_eq!(state.step(rule, &message, request, at(*second)).unwrap(), fired, "asked twice");
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
    assert_eq!(state.step(&one, &message, 1, at(0)).unwrap().unwrap().trigger, Trigger::Open);
    assert_eq!(state.step(&other, &message, 2, at(1)).unwrap().unwrap().trigger, Trigger::Open);
}

#[test]
fn a_record_holds_whatever_comes() {
    let rule = rule(|rule| (rule.window, rule.delay) = ("length(1000)".into(), "1 day".into()));
    let (mut state, small) = (State::default(), Message::new("e", at(0)));
    let mut huge = small.clone();
    huge.message = "\u{1}".repeat(40_000);
    huge.tags = (0..1_000).map(|n| (format!("t{n}"), "\u{1}".repeat(300))).collect();
    state.step(&rule, &huge, 0, at(0)).unwrap();
    for n in 1..1_100 {
        state.step(&rule, &small, n, at(0)).unwrap();
    }
    state.step(&rule, &huge, 2_000, at(0)).unwrap();
    let size = serde_json::to_vec(&state).unwrap().len();
    assert!(size < 64 * 1024, "{size}");
}

/// One message, as request `n` at second `n`; what it did.
fn step(state: &mut State, rule: &Compiled, n: u32, text: &str) -> String {
    let mut message = Message::new("e", at(n.into()));
    message.message = text.into();
    match state.step(rule, &message, n.into(), at(n.into())).unwrap() {
        None => "-".into(),
        Some(Fired { trigger, repeats, count, says }) => {
            format!("{trigger} {repeats} of {count}{}", if says { "" } else { " (silent)" })
        }
    }
}
/// Whatever a request does, its next try does the same once it is known to be lost; and
/// what is kept stays.
fn lost_and_tried_again(rule: &Compiled, texts: &[&str]) {
    let (mut plain, mut bumpy) = (State::default(), State::default());
    let mut n = 0;
    for text in texts {
        for _ in 0..2 {
            n += 1;
            step(&mut bumpy, rule, n, text);
            bumpy.settle((n.into(), at(n.into())), false);
        }
        n += 1;
        assert_eq!(step(&mut bumpy, rule, n, text), step(&mut plain, rule, n, text), "{text} of {texts:?}");
        bumpy.settle((n.into(), at(n.into())), true);
        plain.settle((n.into(), at(n.into())), true);
        assert_eq!((bumpy.status, bumpy.repeats), (plain.status, plain.repeats));
    }
}

#[test]
fn a_lost_request_was_never_here() {
    let bad = |change: fn(&mut Rule)| {
        rule(|rule| {
            rule.condition = "message = 'bad'".into();
            change(rule);
        })
    };
    let texts = ["good", "bad", "bad", "bad", "good", "bad", "bad", "bad", "bad", "good"];
    lost_and_tried_again(&bad(|_| ()), &texts);
    lost_and_tried_again(&bad(|rule| rule.repeat_every = "3".into()), &texts);
    lost_and_tried_again(&bad(|rule| rule.repeat_every = "5 seconds".into()), &texts);
    lost_and_tried_again(&bad(|rule| rule.delay = "1 minute".into()), &texts);
    lost_and_tried_again(&rule(|rule| rule.condition = "count() = 3".into()), &texts);
    lost_and_tried_again(
        &rule(|rule| (rule.window, rule.condition) = ("length(4)".into(), "count() >= 3".into())),
        &texts,
    );
    lost_and_tried_again(
        &rule(|rule| (rule.window, rule.condition) = ("time(8 seconds)".into(), "count() >= 2".into())),
        &texts,
    );
}

#[test]
fn repeats_that_are_under_way_together_are_taken_back_one_by_one() {
    let (rule, mut state) = (rule(|_| ()), State::default());
    for n in 1..=5 {
        step(&mut state, &rule, n, "x");
    }
    assert_eq!(state.unsure().map(|(_, moved)| moved).collect::<Vec<_>>(), [true, false, false, false, false]);
    for (n, kept) in [(1, true), (3, false), (5, true), (2, false), (4, true)] {
        state.settle((n, at(n.try_into().unwrap())), kept);
    }
    assert_eq!((state.status, state.repeats, state.unsure().count()), (Status::Repeat, 2, 0));
}

#[test]
fn a_delayed_opening_that_was_lost_is_not_said() {
    let delayed = rule(|rule| (rule.delay, rule.condition) = ("1 minute".into(), "message = 'bad'".into()));
    let mut state = State::default();
    step(&mut state, &delayed, 1, "bad");
    state.settle((1, at(1)), false);
    assert_eq!(state.take_due(&delayed, at(100)), None);
    step(&mut state, &delayed, 2, "bad");
    state.settle((2, at(2)), true);
    step(&mut state, &delayed, 3, "good");
    state.settle((3, at(3)), false);
    assert_eq!(state.take_due(&delayed, at(100)).unwrap().1, at(62), "its end was lost");
}

#[test]
fn a_clock_that_is_set_back_holds_nothing_up() {
    let paused = rule(|rule| rule.repeat_every = "1 minute".into());
    let hour = 3_600;
    assert_eq!(story(&paused, &[(hour, "a"), (hour + 1, "b"), (0, "c")]), "open 0, (repeat 1), repeat 2");
    let window = rule(|rule| (rule.window, rule.condition) = ("time(1 minute)".into(), "count() >= 3".into()));
    assert_eq!(story(&window, &[(hour, "a"), (hour + 1, "b"), (0, "c"), (1, "d")]), "-, -, -, -");
    let delayed = rule(|rule| rule.delay = "1 minute".into());
    let mut state = State::default();
    state.step(&delayed, &Message::new("e", at(hour)), 1, at(hour)).unwrap();
    assert!(state.take_due(&delayed, at(hour - 10)).is_none(), "set back a little: it waits a little longer");
    assert!(state.take_due(&delayed, at(0)).is_some());
}
