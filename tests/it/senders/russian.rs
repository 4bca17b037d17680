//! In Russian: the texts of routes, tokens and people as a whole, and the commands of a
//! sender, which has no texts of its own.
use super::{github, told};

#[tokio::test]
async fn the_texts_are_whole() {
    let bot = github("").start().await;
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins/ci-routes/src");
    factotum_testing::texts::check("ci-routes", &[sources], &bot);
}

#[tokio::test]
async fn an_admin_sets_routes_up() {
    let bot = github("plugins.github.secrets = [\"s3cret\"]").start().await;
    told(&bot, &["!lang me ru"]).await;
    let lines = [
        "!github",
        "!github routes",
        "!github route o/r dev",
        "!github route o/r ops faild passed branch=main",
        "!github route o/r ops faild",
        "!github route o/r ops edit=maybe",
        "!github route o/r ops brnach=main",
        "!github route or ops",
        "!github route o/r ops branch=[a",
        "!github routes o/r o/x",
        "!github defaults failed",
        "!github token o/r",
        "!github token o/r s3cret",
        "!github remove o/r nowhere",
        "!github remove o/r dev",
        "!github remove o/r",
        "да",
        "!route o/r ops",
        "!route o/r dev",
        "!routes",
        "!route remove o/r",
        "да",
        "!route remove o/r",
        "!people map ann@example.org @ann",
        "!people",
        "!people remove ann@example.org",
        "!people map ann @ann",
        "!github reset",
        "да",
        "!help github route",
        "!help people",
    ];
    insta::assert_snapshot!(told(&bot, &lines).await, @"
    ann     > !github
    bot     > !help github покажет команды, которые вам доступны.
              События: pending, passed, fixed, broken, failed, still_failing, errored, canceled и * — все сразу. Параметры маршрута, после событий: branch=ШАБЛОН[,…] (* и ? заменяют любые символы, ! исключает), edit=on|off, thread=ID.
    ann     > !github routes
    bot     > Маршрутов нет, показывать нечего.
    ann     > !github route o/r dev
    bot     > Готово. Сообщения о o/r приходят в console:dev, события: passed, fixed, broken, failed, still_failing.
              Запросы подтверждает секрет из конфигурации, токен не нужен.
    ann     > !github route o/r ops faild passed branch=main
    bot     > Событие faild мне неизвестно, пропускаю. Может быть, failed?
              Готово. Сообщения о o/r приходят в console:ops, события: passed (branch=main).
    ann     > !github route o/r ops faild
    bot     > Событие faild мне неизвестно; ничего не изменено. Может быть, failed? Есть события: pending, passed, fixed, broken, failed, still_failing, errored, canceled и * — все сразу.
    ann     > !github route o/r ops edit=maybe
    bot     > edit= может быть on или off, но не maybe; ничего не изменено.
    ann     > !github route o/r ops brnach=main
    bot     > Параметра brnach= нет; ничего не изменено. Может быть, branch= ?
    ann     > !github route or ops
    bot     > REPO: репозиторий — это owner/name из латинских букв, цифр и . _ -
              Использование: !github route <REPO> <CHAT> [EVENTS]...
    ann     > !github route o/r ops branch=[a
    bot     > В шаблоне ветки [a ошибка (unclosed character class; missing ']'); ничего не изменено.
    ann     > !github routes o/r o/x
    bot     > Маршруты o/r:
              • console:dev, события: passed, fixed, broken, failed, still_failing
              • console:ops, события: passed (branch=main)
              Репозиторий o/x мне неизвестен; !github routes покажет известные.
    ann     > !github defaults failed
    bot     > Готово. События новых маршрутов по умолчанию: failed.
    ann     > !github token o/r
    bot     > Токен для o/r не задан. Запросы подтверждает секрет из конфигурации, токен не нужен.
    ann     > !github token o/r ***
    bot     > Токен для o/r задан.
    ann     > !github remove o/r nowhere
    bot     > Маршрута o/r в console:nowhere нет.
    ann     > !github remove o/r dev
    bot     > Маршрут o/r в console:dev удалён.
    ann     > !github remove o/r
    bot     > Удалить маршрут o/r в console:ops и токен o/r?
              1. да
              2. нет
    ann     > да
    bot     > Всё, что было задано для o/r, удалено.
    ann     > !route o/r ops
    bot     > Готово. Сообщения всех источников о o/r приходят в console:ops, события: passed, fixed, broken, failed, still_failing.
    ann     > !route o/r dev
    bot     > Готово. Сообщения всех источников о o/r приходят в console:dev, события: passed, fixed, broken, failed, still_failing.
    ann     > !routes
    bot     > Маршруты o/r:
              • console:dev, события: passed, fixed, broken, failed, still_failing (все источники)
              • console:ops, события: passed, fixed, broken, failed, still_failing (все источники)
    ann     > !route remove o/r
    bot     > Удалить маршруты всех источников для o/r в console:dev, console:ops?
              1. да
              2. нет
    ann     > да
    bot     > Маршруты всех источников для o/r в console:dev, console:ops удалены.
    ann     > !route remove o/r
    bot     > Маршрута всех источников для o/r нет; !routes покажет те, что есть.
    ann     > !people map ann@example.org @ann
    bot     > Сбои на коммитах ann@example.org упоминают @ann.
    ann     > !people
    bot     > Упоминаются в сообщениях о сбоях на их коммитах:
              • ann@example.org: @ann
    ann     > !people remove ann@example.org
    bot     > Сбои на коммитах ann@example.org больше никого не упоминают.
    ann     > !people map ann @ann
    bot     > Адрес почты выглядит так: ann@example.org.
    ann     > !github reset
    bot     > Удалить: события по умолчанию?
              1. да
              2. нет
    ann     > да
    bot     > Удалено: события по умолчанию.
    ann     > !help github route
    bot     > !github route <REPO> <CHAT> [EVENTS]...
              Отправлять в чат результаты сборок репозитория.
              • REPO: Репозиторий, как owner/name
              • CHAT: Чат, как network:address
              • EVENTS: Какие результаты (не названы — те, что по умолчанию), потом branch=ШАБЛОН[,…] edit=on|off thread=ID
              Команда для администраторов, если правило конфигурации не говорит иначе.
    ann     > !help people
    bot     > !people
              Показать, кого упоминают сообщения.
              Команда для администраторов, если правило конфигурации не говорит иначе. Выполняется только в личном чате.
              people
              • !people map <MAIL> <USER>: Упоминать человека в сообщениях о сбоях на его коммитах
              • !people remove <MAIL>: Больше не упоминать человека
    ");
}
