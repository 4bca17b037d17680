//! What many good notices say as one message.
use super::*;
use crate::journal::AttemptOutcome;
use factotum_plugin_api::notice::Good;
use std::collections::BTreeMap;

fn said() -> String {
    let burst = |counts: &[(Good, usize)], secs| {
        let counts: BTreeMap<Good, usize> = counts.iter().copied().collect();
        burst(&counts, Duration::from_secs(secs)).plain()
    };
    let (passed, fixed, started) = (Good::Passed, Good::Fixed, Good::Started);
    let all = [
        burst(&[(passed, 12)], 119),
        burst(&[(passed, 21)], 0),
        burst(&[(fixed, 3)], 59),
        burst(&[(started, 5)], 3600),
        burst(&[(passed, 9), (fixed, 3)], 7500),
        burst(&[(passed, 1), (fixed, 1), (started, 20)], 90_000),
        burst_more(31).plain(),
        grouping(5, None).plain(),
        grouping(0, None).plain(),
        not_grouping("never"),
        // Of a network that says no ids of messages.
        attempt("09:59:00Z", AttemptOutcome::Posted, &crate::outbox::post::with_id("", "in a group of 5"), 1),
        attempt("09:59:00Z", AttemptOutcome::Posted, "", 1),
    ];
    all.join("\n")
}

#[test]
fn in_both_languages() {
    insta::assert_snapshot!(said(), @"
    12 builds passed in 1 min
    21 builds passed
    3 builds fixed in 59 s
    5 builds started in 1 h
    12 builds in 2 h 5 min: 9 passed, 3 fixed
    22 builds in 1 d 1 h: 1 passed, 1 fixed, 20 started
    … and 31 more: !outbox list sent
    When 5 or more notices of good builds have to wait, they come as one message. !group off changes that, !group on goes back to what the config says.
    Every notice is a message of its own. !group after 5 changes that, !group on goes back to what the config says.
    I do not understand never: say off, on, or after and a number from 2 to 500.
    09:59:00Z posted: in a group of 5 (took 1 ms)
    09:59:00Z posted (took 1 ms)
    ");
    insta::assert_snapshot!(russian(said), @"
    12 сборок прошли успешно за 1 мин
    21 сборка прошла успешно
    3 сборки снова в порядке за 59 с
    Началось 5 сборок за 1 ч
    12 сборок за 2 ч 5 мин: успешно 9, исправлено 3
    22 сборки за 1 д 1 ч: успешно 1, исправлено 1, начато 20
    … и ещё 31: !outbox list sent
    Если ждут отправки хотя бы 5 уведомлений об удачных сборках, они приходят одним сообщением. Изменить: !group off; вернуть как в конфигурации: !group on.
    Каждое уведомление приходит отдельным сообщением. Изменить: !group after 5; вернуть как в конфигурации: !group on.
    Не понимаю never: напишите off, on или after и число от 2 до 500.
    09:59:00Z отправлено: in a group of 5 (заняло 1 мс)
    09:59:00Z отправлено (заняло 1 мс)
    ");
}
