//! The Russian sentences as people read them.
use super::*;
use crate::{
    config::Change,
    journal::{AttemptOutcome, Decision, NoticeState},
};
use std::slice::from_ref;

/// Sentences, a line each, without their styles.
fn lines(texts: impl FnOnce() -> Vec<Text>) -> String {
    let lines: Vec<String> = russian(texts).iter().map(Text::plain).collect();
    format!("\n{}\n", lines.join("\n"))
}
fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

#[test]
fn refusals_and_mistakes() {
    let sentences = || {
        vec![
            unknown_command("travis rout", &[]),
            unknown_command("travis rout", &words(&["travis route"])),
            unknown_command("travis rout", &words(&["travis route", "travis routes", "travis ls"])),
            unclosed_quote('"'),
            admins_only("plugin enable"),
            listed_only("deploy"),
            role_only("deploy", "release"),
            refused_by_rule("deploy"),
            in_private_only("travis token"),
            secret_was_seen("travis token", true),
            secret_was_seen("travis token", false),
            write_to_me_first(),
            went_wrong("7f3a"),
            took_too_long("deploy", Duration::from_secs(90)),
            may_have_run("deploy"),
            how_commands_begin("!"),
            wrong_argument("CHAT", "a chat is like irc:#dev"),
            missing_argument("CHAT", ""),
            missing_argument("CHAT", "Чат, куда писать"),
            none_of("EVENT", "faild", &words(&["failed", "fixed"]), Some("failed")),
            no_value("--limit"),
            no_number("LINES", "abc"),
            unknown_option("--dryrun", Some("--dry-run")),
            surplus_word("x"),
            usage("travis route <REPO> <CHAT>"),
            help_more(),
            no_chat_of("#", "irc", "#dev").into(),
            several_chats("dev", &words(&["irc:dev", "console:dev"])).into(),
            no_chat("??", &words(&["irc:#dev", "telegram:-100123"])).into(),
        ]
    };
    insta::assert_snapshot!(lines(sentences), @r##"

    Нет команды !travis rout. Попробуйте !help.
    Нет команды !travis rout. Может быть, !travis route?
    Нет команды !travis rout. Может быть, !travis route, !travis routes или !travis ls?
    Кавычка " не закрыта.
    !plugin enable — только для администраторов. !whoami покажет, кто вы для меня.
    !deploy — только для тех, кто указан в конфигурации её плагина. !whoami покажет, кто вы для меня.
    !deploy — только для роли release и администраторов. !whoami покажет, кто вы для меня.
    Здесь вам нельзя выполнить !deploy: это запрещает правило из конфигурации.
    !travis token — только для личного чата: отправьте её мне туда.
    !travis token — только для личного чата: отправьте её мне туда. Ваше сообщение я удалил, но другие могли прочитать секрет в нём: замените его новым.
    !travis token — только для личного чата: отправьте её мне туда. Другие могли прочитать секрет в вашем сообщении: замените его новым.
    Ответ предназначен только вам: сначала напишите мне в личный чат, а потом спросите там.
    Что-то пошло не так (код 7f3a). Подробности — в логе хоста.
    !deploy выполнялась дольше 1 мин 30 с; я её остановил.
    Меня остановили, пока выполнялась ваша команда !deploy. Она могла сработать: проверьте это, прежде чем повторять.
    Команды начинаются с !: попробуйте !help.
    CHAT: a chat is like irc:#dev
    Не хватает CHAT.
    Не хватает CHAT: Чат, куда писать.
    EVENT: faild — не из списка: failed или fixed. Может быть, failed?
    Для --limit нужно значение.
    LINES: abc — не целое число.
    Нет параметра --dryrun. Может быть, --dry-run?
    x — лишнее слово.
    Использование: !travis route <REPO> <CHAT>
    !help COMMAND — подробнее об одной из команд.
    "#" — не чат сети irc; чат пишут так: irc:#dev
    "dev" может значить irc:dev или console:dev: уточните
    "??" — не чат ни одной из подключённых сетей; чат пишут так: irc:#dev или telegram:-100123
    "##);
}

#[test]
fn questions_and_what_runs() {
    let minutes = Duration::from_secs(200);
    let sentences = || {
        vec![
            argument_question("CHAT", "Чат, куда писать", true),
            argument_question("CHAT", "", false),
            wrong_answer("TOKEN"),
            really_run("!tc drop main"),
            nothing_done(),
            taken_as_no(),
            left(),
            left_undone(),
            nothing_to_leave(),
            too_late(),
            too_late_to_confirm(),
            question_dropped("travis route"),
            changed_meanwhile("travis route"),
            question_is_for("Bob"),
            question_closed(),
            press_dropped(),
            button_forgotten(),
            nothing_to_repeat(),
            how_to_repeat("-1"),
            how_to_repeat("3 foo"),
            no_such_line(7, 3),
            was_cancelled("deploy", false, true),
            was_cancelled("deploy", true, false),
            nothing_to_cancel(false),
            nothing_to_cancel(true),
            no_such_command("5"),
            cancel_by_number().into(),
            which_to_cancel(vec![running(7, "deploy", None, minutes, true), running(8, "echo", None, minutes, false)]),
            running(7, "deploy", Some(("irc:bob", "irc:#dev")), minutes, true),
            nothing_runs(),
            cancelled_of("deploy", "irc:bob"),
            nothing_apropos(),
            too_many_waiting(),
        ]
    };
    insta::assert_snapshot!(lines(sentences), @"

    Чат, куда писать? (!nay — отмена)
    CHAT?
    TOKEN: это не подходит.
    Точно выполнить !tc drop main?
    Ничего не сделано.
    Считаю это за «нет»: ничего не сделано.
    Хорошо, забудем.
    Хорошо, забудем: ничего не сделано.
    Я вас здесь ни о чём не спрашивал.
    Время вышло; спросите ещё раз.
    Время вышло: ничего не сделано.
    Это новая команда: свой вопрос о !travis route я снимаю.
    !travis route отключили или изменили, пока я вас спрашивал: ничего не сделано.
    Этот вопрос не вам: на него отвечает Bob.
    Этот вопрос уже закрыт.
    Это отменили, прежде чем оно началось.
    Я уже не помню, что значит эта кнопка; введите команду, пожалуйста.
    Здесь ещё не было вашей команды, которую я мог бы повторить.
    Нет строки !-1. !! повторяет вашу последнюю строку здесь, !3 — третью с конца; !history покажет их номера.
    После !3 foo ничего не может стоять. !! повторяет вашу последнюю строку здесь, !3 — третью с конца; !history покажет их номера.
    Нет строки !7: я помню здесь 3 ваши строки, их покажет !history.
    !deploy отменена; она могла успеть сработать.
    !deploy отменена администратором; ничего не сделано.
    Здесь у вас ничего не выполняется.
    Здесь у вас ничего не выполняется. Но кое-что выполняется в другом чате: отмените там.
    Под номером 5 у вас ничего не выполняется.
    Укажите номер команды или напишите all.
    #7 !deploy, уже 3 мин 20 с, ждёт ответа
    #8 !echo, уже 3 мин 20 с
    !cancel NUMBER остановит одну из них, !cancel all — все.
    #7 !deploy от irc:bob в irc:#dev, уже 3 мин 20 с, ждёт ответа
    Сейчас ничего не выполняется.
    !deploy от irc:bob отменена.
    Ни одна из доступных вам команд с этим не связана. !help покажет их все.
    Я за вами не успеваю и эту строку отбросил. Дождитесь, пожалуйста, ответов.
    ");
}

#[test]
fn access() {
    let because = |because: Because| Text::from(acl_because(&because, "irc:bob"));
    let place = |private| acl_place("irc:#dev", private);
    let sentences = || {
        vec![
            acl_members("admins", &words(&["irc:ann"])),
            acl_group(acl_roles(), vec![acl_members("release", &[])]),
            acl_group(
                acl_rules(),
                vec![
                    acl_rule(1, Some("factotum.toml:7"), "command deploy, role release", Allow::Yes),
                    acl_rule(2, None, &acl_every_call(), Allow::No),
                    acl_rule(3, None, &acl_only(true), Allow::Default),
                ],
            ),
            acl_group(acl_grants(), vec![]),
            acl_grant("trueconf", &acl_granted("tc stop", "irc:bob", ", server main"), Some(&acl_fits_nothing())),
            acl_grant("trueconf", &acl_granted("tc *", "irc:bob", ""), Some(&acl_not_on())),
            acl_may(
                "irc:bob",
                "deploy",
                place(false),
                true,
                acl_reason(&acl_because(&Because::Admin, "irc:bob"), None),
            ),
            acl_may("irc:bob", "deploy", place(true), false, acl_by_rule(2, Some("line 9"), Allow::No, &acl_whoever())),
            acl_depends(
                "irc:bob",
                "tc stop",
                place(false),
                vec![
                    acl_by_grant("trueconf", &acl_granted("tc stop", "irc:bob", "")).into(),
                    acl_else(acl_reason(
                        &acl_because(&Because::NotAdmin, "irc:bob"),
                        Some(acl_by_rule(1, None, Allow::Default, &acl_every_call())),
                    )),
                ],
            ),
            acl_no_such_call("tc stop"),
            acl_private_only("travis token", place(false)),
            acl_confirmed(),
            because(Because::Role("release")),
            because(Because::NoRole("release")),
            because(Because::Listed),
            because(Because::NotListed),
            because(Because::Everyone),
            because(Because::Arguments),
            (acl_argument(None, false) + " main" + &acl_given(&words(&["Main"]))).into(),
            acl_argument(Some("chat"), true).into(),
            acl_only(false).into(),
            acl_no_sender("bob", &words(&["irc", "telegram"])).into(),
        ]
    };
    insta::assert_snapshot!(lines(sentences), @"

    admins: irc:ann
    роли
    • release: никто
    правила, решает первое подходящее
    • 1 (factotum.toml:7): command deploy, role release: разрешено
    • 2: любой вызов: запрещено
    • 3: в личном чате: решает сама команда
    выдано плагинами: нет
    trueconf: tc stop для irc:bob, server main (не подходит ни к одной команде)
    trueconf: tc * для irc:bob (плагин выключен)
    irc:bob может выполнить !deploy в irc:#dev: irc:bob — администратор, и ни одно правило этого не меняет.
    irc:bob не может выполнить !deploy в личном чате (irc:#dev): правило 2 из access.rules (line 9) запрещает это: кто бы её ни выполнял.
    Может ли irc:bob выполнить !tc stop в irc:#dev, зависит от аргументов:
    • плагин trueconf выдал право: tc stop для irc:bob
    • иначе: команда для администраторов, и правило 1 из access.rules оставляет решение команде: любой вызов
    !tc stop с такими аргументами не выполняется, кто бы её ни вводил.
    !travis token выполняется только в личном чате, а в irc:#dev отклоняется.
    Прежде чем что-то сделать, она попросит подтверждения.
    команда для роли release, и эта роль у отправителя есть
    команда для роли release и администраторов
    отправитель указан в конфигурации её плагина
    в конфигурации её плагина для неё указаны другие
    команда для всех
    решают её аргументы
    аргументы main (введено: Main)
    аргумент chat
    не в личном чате
    bob — не отправитель; отправителя пишут так: irc:ACCOUNT или telegram:ACCOUNT.
    ");
}

#[test]
fn notices_and_requests() {
    let standing_of = |state, tries, next: Option<&str>, error| {
        standing(Text::from(notice_state(state)), tries, next.map(str::to_owned), error)
    };
    let waits = |tries| standing_of(NoticeState::Waiting, tries, Some("2026-11-22 10:00:00Z"), Some("no route"));
    let nothing = |state| nothing_found(&notices_that_are(state));
    let sentences = || {
        vec![
            notice_line(5, "2026-11-22 09:59:00Z", "travishook", "irc:#dev", waits(0)),
            notice_line(6, "2026-11-22 09:59:00Z", "travishook", "irc:#dev", waits(2)),
            standing_of(NoticeState::Dead, 1, None, Some("chat not found")),
            standing_of(NoticeState::Sent, 0, None, None),
            standing_of(NoticeState::Dropped, 0, None, None),
            standing_of(NoticeState::Replaced, 0, None, None),
            nothing(None),
            nothing(Some(NoticeState::Waiting)),
            nothing(Some(NoticeState::Dead)),
            nothing_found(&listed("requests")),
            nothing_found(&listed("incidents")),
            nothing_found(&listed("log")),
            nothing_found(&listed("plugins")),
            nothing_like_that(),
            more_rows("requests", 120),
            notices_by_number("!outbox list").into(),
            no_dead_letters().into(),
            before_a_number("x").into(),
            tried_again(3, &words(&["7", "8"])),
            dropped(0, &words(&["7"])),
            notices_left_out(&[3, 4]),
            dead_letter("irc:#dev", "chat not found", 5),
            Text::from("#7")
                + &request_call("POST", "/travis", "192.0.2.7", 204)
                + "accepted"
                + &replay_of(3, "irc:ann"),
            Text::from("#1 denied") + &incident_source(Some("192.0.2.7"), Some("/travis")) + ": …",
            request_path("repo=o/r"),
            request_query("a=b"),
            body_not_kept(),
            body_of_network(),
            body("", 0),
            no_notice(),
            notice_of_request(
                5,
                "irc:#dev",
                waits(1),
                [
                    AttemptOutcome::Posted,
                    AttemptOutcome::Edited,
                    AttemptOutcome::Retry,
                    AttemptOutcome::Refused,
                    AttemptOutcome::Unknown,
                    AttemptOutcome::Moved,
                ]
                .map(|outcome| attempt("09:59:00Z", outcome, "no route", 12))
                .to_vec(),
            ),
            unknown_request(7).into(),
            replayed(
                7,
                Some(9),
                &replay_answer(Decision::Accepted, 204, "1 build"),
                vec![("irc:#dev".into(), "o/r".into())],
            ),
            replayed(7, Some(9), &replay_answer(Decision::Ignored, 200, "not built"), vec![]),
            replayed(7, None, &replay_answer(Decision::Refused, 401, ""), vec![]),
            replayed(7, None, &replay_answer(Decision::Accepted, 204, ""), vec![("irc:#dev".into(), "o/r".into())]),
            masked_in_replay(&words(&["token"])),
            cannot_replay(7, &replay_without_body()),
            cannot_replay(7, &replay_of_network()),
            cannot_replay(7, &replay_without_param("token")),
            cannot_replay(7, &replay_without_hook("POST", "/travis")),
            cannot_replay(7, &no_second_instance("travishook", "no token")),
            too_many_replays(20).into(),
        ]
    };
    insta::assert_snapshot!(lines(sentences), @"

    #5 2026-11-22 09:59:00Z travishook в irc:#dev ждёт, следующая попытка 2026-11-22 10:00:00Z: no route
    #6 2026-11-22 09:59:00Z travishook в irc:#dev ждёт после 2 попыток, следующая попытка 2026-11-22 10:00:00Z: no route
    не доставлено после 1 попытки: chat not found
    отправлено
    снято
    заменено
    Нет ожидающих и недоставленных уведомлений.
    Нет уведомлений, которые ждут отправки.
    Нет недоставленных уведомлений.
    Нет запросов.
    Нет инцидентов.
    Нет строк в логе с моего запуска.
    Нет такого плагина.
    Ничего подходящего нет.
    Более старые: !requests before 120
    Уведомление указывают номером, как его показывает !outbox list; или напишите all.
    Недоставленных уведомлений нет.
    before x: строку указывают номером, например before 120
    3 уведомления будут отправлены снова. Среди ожидающих и недоставленных нет уведомления с номером 7 или 8.
    Среди ожидающих и недоставленных нет уведомления с номером 7.
    Пропущены: #3, #4. Более позднее уведомление о том же говорит, как обстоит дело сейчас.
    Уведомление не дошло до irc:#dev: chat not found. !outbox retry 5 отправит его снова.
    #7 POST /travis от 192.0.2.7: 204 accepted (повтор #3, запустил irc:ann)
    #1 denied от 192.0.2.7 на /travis: …
    путь: repo=o/r
    параметры: a=b
    Тело не сохранено: проверка подлинности не прошла.
    Тело не сохранено: то, что люди пишут в чат, не хранится.
    Тело пустое.
    Уведомлений по нему не было.
    уведомление #5 в irc:#dev ждёт после 1 попытки, следующая попытка 2026-11-22 10:00:00Z: no route
    • 09:59:00Z отправлено: no route (заняло 12 мс)
    • 09:59:00Z изменено: no route (заняло 12 мс)
    • 09:59:00Z не вышло: no route (заняло 12 мс)
    • 09:59:00Z отказ: no route (заняло 12 мс)
    • 09:59:00Z неизвестно: no route (заняло 12 мс)
    • 09:59:00Z чат переехал: no route (заняло 12 мс)
    Запроса 7 я не знаю: такого номера не было, или он слишком старый.
    #7 выполнен снова как #9: принят с кодом 204: 1 build. Отправлено:
    • в irc:#dev: o/r
    #7 выполнен снова как #9: пропущен с кодом 200: not built. Отправлять нечего.
    #7 был бы отклонён с кодом 401. Отправлять было бы нечего.
    #7 был бы принят с кодом 204. Было бы отправлено:
    • в irc:#dev: o/r
    Обработчик видел *** вместо token: это не хранится.
    #7 нельзя выполнить снова: его тело не сохранено, так как проверка подлинности не прошла.
    #7 нельзя выполнить снова: он пришёл чат-сети, а то, что пишут люди, не хранится.
    #7 нельзя выполнить снова: на месте {token} в его пути мог быть секрет, и он не сохранён.
    #7 нельзя выполнить снова: POST /travis не обслуживает ни один включённый плагин.
    #7 нельзя выполнить снова: второй экземпляр travishook не запускается: no token.
    За раз я повторяю не больше 20 запросов: укажите меньше.
    ");
}

#[test]
fn how_the_host_stands() {
    let hours = Duration::from_secs(7_500);
    let unwell = |part, why: &str| Unwell { part, since: Timestamp::UNIX_EPOCH, why: why.into() };
    let (full, broken) = (unwell("journal", "the disk is full"), unwell("store", "Input/output error"));
    let change = |path: &str| Change { path: path.into(), old: "1".into(), new: "2".into() };
    let by = Sender::new("telegram", "7", "Ann");
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let (from, to) = (at("2026-11-22T10:00:00Z"), at("2026-11-22T10:03:00Z"));
    let sentences = || {
        vec![
            about("1.2.0"),
            up_since("1.2.0", hours),
            network_status(NetworkStatus {
                name: "irc".into(),
                word: link(&Link::Down("no route".into()), false),
                since: Some("2026-11-22 10:00:00Z".into()),
                why: Some("no route".into()),
                waiting: Some((3, hours)),
                next_try: Some("2026-11-22 10:05:00Z".into()),
                dead: 2,
                last_error: Some(("2026-11-22 09:00:00Z".into(), "timed out".into())),
            }),
            Text::join(
                "; ",
                [
                    link(&Link::Up, false),
                    link(&Link::Connecting, false),
                    link(&Link::Ailing(String::new()), false),
                    link(&Link::Down(String::new()), true),
                    not_configured(),
                ],
            ),
            part_status(&full, hours, true),
            part_status(&broken, hours, false),
            turned_away_since(5),
            cannot_write(from_ref(&full)),
            cannot_write(from_ref(&broken)),
            could_not_write(from_ref(&full), from, to, 0),
            could_not_write(from_ref(&broken), from, to, 3),
            not_stored(&full),
            not_stored(&broken),
            plugins_on(&[]),
            plugins_on(&["buildbot", "travishook"]),
            journal_size(1),
            journal_size(25_000_000),
            hooks_at("http://127.0.0.1:8080"),
            plugin_line("travishook", "1.2.0", is_on(), "Posts builds"),
            Text::join("; ", [is_off(), is_off_by_config(), is_off_until(&words(&["plugins.x.a", "plugins.x.b"]))]),
            plugin_has("commands", vec![text::command("travis routes")]),
            plugin_has("jobs", vec![code("pending")]),
            left_out_line("nats", "nats"),
            plugin_now("travishook", true, true),
            plugin_now("travishook", false, false),
            no_status(),
            unknown_plugin("x", "!").into(),
            needs_config("x", &words(&["token"])).into(),
            off_by_config("x", Some(&Source::File { line: 7 })).into(),
            no_such_section("x", &words(&["http", "outbox"])).into(),
            config_head().join(" | ").into(),
            Text::join(
                "; ",
                [config_not_set(), config_from(&Source::Default, false), config_from(&Source::File { line: 7 }, true)],
            ),
            reloaded(&Reloaded {
                changes: vec![change("outbox.max")],
                plugins: vec!["x", "y"],
                after_restart: vec![change("http.listen")],
            }),
            reloaded(&Reloaded::default()),
            reloaded(&Reloaded { after_restart: vec![change("http.listen")], ..Reloaded::default() }),
            not_reloaded(&words(&["factotum.toml:3: x"])),
            whoami("Bob", "irc:bob", "irc:#dev", false, true, &words(&["release"])),
            whoami("Bob", "irc:bob", "irc:bob", true, false, &[]),
            hello("Bob"),
            your_id("irc:bob"),
            ids_here("Bob", "telegram:1", "telegram:-5", Some("telegram:-5/7")),
            for_botfather(&[]),
            for_botfather(&words(&["help - List"])),
            joined("telegram:-5", "Ops", Some(&by)),
            joined("telegram:-5", "Ops", None),
            left_chat("telegram:-5", "Ops", Some(&by)),
            here_i_am("telegram:-5"),
            network_gave_up("irc", "wrong token"),
        ]
    };
    insta::assert_snapshot!(lines(sentences), @r#"

    Factotum 1.2.0: я бот, который рассказывает в чатах, что происходит на ваших серверах, например чем закончилась сборка, и выполняет для вас команды. Всё, что я умею, дают плагины: !repos покажет их, !help — что можно у меня попросить.
    factotum 1.2.0, работает 2 ч 5 мин
    irc не на связи с 2026-11-22 10:00:00Z: no route; в очереди 3, самое старое ждёт 2 ч 5 мин, следующая попытка 2026-11-22 10:05:00Z; не доставлено 2: !outbox list dead; последняя ошибка 2026-11-22 09:00:00Z: timed out
    на связи; подключается; на связи, но с неполадками; попытки прекращены; нет в конфигурации
    журнал не принимает записи уже 2 ч 5 мин: на диске нет места
    хранилище не принимает записи уже 2 ч 5 мин
    Не принято 5 запросов
    На диске нет места. Пока оно не появится, я отвечаю на запросы кодом 503 и отклоняю команды, которые что-то меняют; потом продолжу сам. !status покажет, как обстоят дела.
    В хранилище не удаётся записать: Input/output error. Пока это так, я отвечаю на запросы кодом 503 и отклоняю команды, которые что-то меняют; потом продолжу сам. !status покажет, как обстоят дела.
    С 2026-11-22T10:00:00Z по 2026-11-22T10:03:00Z на диске не было места; все запросы приняты.
    С 2026-11-22T10:00:00Z по 2026-11-22T10:03:00Z в хранилище не удавалось записать (Input/output error); не приняты 3 запроса (ответ 503): их нужно отправить снова, если отправитель не сделает этого сам.
    Не удалось это сохранить: на диске нет места. Освободите, пожалуйста, место и повторите.
    Не удалось это сохранить: Input/output error. Я продолжаю попытки; повторите, пожалуйста, через минуту. !status покажет, как обстоят дела.
    ни один плагин не включён
    включены плагины: buildbot, travishook
    журнал меньше 10 МБ
    журнал 25 МБ
    хуки: http://127.0.0.1:8080
    travishook 1.2.0, включён: Posts builds
    выключен; выключен в конфигурации; выключен, пока в конфигурации нет plugins.x.a и plugins.x.b
    команды: !travis routes
    задания: pending
    nats нет в этой сборке: соберите с --features nats
    travishook теперь включён.
    travishook уже выключен.
    состояние неизвестно; почему, сказано в логе хоста
    Нет плагина x. !repos покажет, какие есть.
    Для x в конфигурации не хватает: plugins.x.token
    x выключен в конфигурации (plugins.x.enabled = false, строка 7): измените это там и выполните !reload.
    Нет раздела x; есть http, outbox.
    ключ | значение | откуда
    не задано; по умолчанию; строка 7, со следующего запуска
    Конфигурация вступила в силу:
    • outbox.max: 1 → 2
    Запущены заново: x, y.
    Вступит в силу после моего перезапуска:
    • http.listen: 1 → 2
    Конфигурация прочитана: в ней ничего не изменилось.
    Конфигурация прочитана: ничего нового из неё сейчас применить нельзя.
    Вступит в силу после моего перезапуска:
    • http.listen: 1 → 2
    Я ничего не менял: в конфигурации ошибка:
    • factotum.toml:3: x
    Вы — Bob, irc:bob, в irc:#dev. Вы администратор. Роли: release.
    Вы — Bob, irc:bob, в личном чате (irc:bob).
    Здравствуйте, Bob! !help покажет, что можно у меня попросить.
    Ваш id — irc:bob.
    Строка admins = ["irc:bob"] в конфигурации сделает вас администратором.
    Bob, ваш id — telegram:1.
    Этот чат — telegram:-5; эта тема — telegram:-5/7.
    Строка admins = ["telegram:1"] в конфигурации сделает вас администратором. here означает это место везде, где команде нужен чат.
    Нет ни одной команды, доступной всем.
    Отправьте /setcommands боту @BotFather, выберите этого бота и пришлите:
    help - List
    Меня добавили в Ops: Ann (telegram:7). Адрес чата: telegram:-5.
    Меня добавили в Ops. Адрес чата: telegram:-5.
    Меня удалили из Ops (telegram:-5): Ann (telegram:7). Уведомления туда больше не дойдут.
    Здравствуйте! Этот чат — telegram:-5; !help покажет, что я здесь умею.
    Сеть irc больше не пытается подключиться: wrong token. Оттуда больше ничего не читается: исправьте её в конфигурации и запустите меня снова. !status покажет, что её ждёт.
    "#);
}

#[test]
fn damage() {
    let at = "2026-11-22T10:00:00Z".parse().unwrap();
    let sentences = || {
        [
            store_was_missing(5, "store-1.jsonl", at),
            store_is_older("data/store", "store-1.jsonl"),
            store_was_damaged("corrupted data", "data/store.damaged"),
            store_was_repaired(5, 17),
            record_is_lost("o/r of travis.routes"),
            records_are_kept(3),
            records_were_loaded(3, "store-1.jsonl"),
            no_snapshot(true),
            no_snapshot(false),
            records_are_missing(3, "store-1.jsonl", "travis.routes", "o/r"),
            journal_end_was_damaged(2, Some("journal.sqlite-wal.damaged")),
            journal_was_damaged("journal.sqlite", "malformed", "journal.sqlite.damaged"),
            journal_was_salvaged(3),
            journal_is_unreadable("malformed"),
            journal_was_missing(),
            snapshot_is_unusable("store-1.jsonl", "line 3 is no record"),
            command_is_lost("irc", "unreadable"),
        ]
        .map(|news| News::all(&[news]))
        .to_vec()
    };
    insta::assert_snapshot!(lines(sentences), @r#"

    Хранилища не было; из снимка от 2026-11-22T10:00:00Z (store-1.jsonl) взято записей: 5. Всё, что менялось после него, потеряно.
    Хранилище в data/store старое: в нём нет того, что есть в его последнем снимке. Если так не задумано, остановите меня, выполните `factotum store import store-1.jsonl` и запустите снова.
    Хранилище было повреждено (corrupted data). В прежнем виде оно сохранено в data/store.damaged.
    Оно исправлено: файлы индекса (snap.*) созданы заново; записей в нём: 5, последняя ревизия — 17. Если повреждены и сами записи, последних изменений нет.
    Потеряно: o/r of travis.routes.
    Удалось прочитать и сохранить 3 его записи.
    Загружены 3 записи из последнего снимка, store-1.jsonl: изменения после него могли пропасть.
    Снимка, из которого можно взять остальные, нет.
    Снимка для загрузки нет: хранилище начинается пустым.
    В нём нет 3 записей последнего снимка, store-1.jsonl (первая — "o/r" из "travis.routes"): с тех пор удалены или потеряны.
    Конец лога журнала был повреждён, пропущено страниц: 2. Если машина обесточилась, никому не сообщали, что они сохранены; иначе потеряно то, что принято последним. Он сохранён как journal.sqlite-wal.damaged.
    Журнал journal.sqlite был повреждён (malformed); он сохранён как journal.sqlite.damaged, начат новый.
    Из повреждённого журнала спасено ещё не отправленных уведомлений: 3. Другие могли пропасть; то, что отправлено или отвечено раньше, есть только в старом файле.
    Из повреждённого журнала ничего не удалось прочитать: malformed.
    Журнала не было, начат новый: то, что ждало отправки, потеряно.
    Снимок store-1.jsonl использовать нельзя: line 3 is no record.
    Ещё не выполненную команду из irc нельзя прочитать, она пропущена: unreadable.
    "#);
}
