//! In Russian: the texts as a whole, and an administrator's walk through the screens on
//! Telegram.
use super::section;
use crate::telegram::{ANN, heard, on, telegram};
use factotum_testing::{Bot, trueconf::TrueConfServer};
use plugin_trueconf::TrueConf;

#[tokio::test]
async fn the_texts_are_whole() {
    let bot = Bot::with::<TrueConf>().start().await;
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins/trueconf/src");
    factotum_testing::texts::check("trueconf", &[sources], &bot);
}

/// Words of Latin letters in what the bot says, but for those of the server: titles,
/// people, addresses.
fn latin_words(transcript: &str) -> Vec<String> {
    const OF_THE_SERVER: &str =
        "TrueConf Server main Webinar demo Board meeting Empty room Exactly one hour Just under";
    let mut said = String::new();
    // The first line of a message says who wrote it and where.
    let of_bot = transcript.lines().filter(|line| !line.starts_with("ann "));
    for line in
        of_bot.map(|line| line.strip_prefix("bot").and_then(|line| line.split_once(" >")).map_or(line, |it| it.1))
    {
        let mut inside = false;
        for c in line.chars().chain([' ']) {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => said.push(c),
                _ => {}
            }
        }
    }
    let said = said.replace("&lt;", " ").replace("&gt;", " ").replace("&amp;", " ");
    let words = said.split_whitespace().filter(|word| !word.contains('@'));
    let words = words.flat_map(|word| word.split(|c: char| !c.is_alphabetic()));
    let is_known = |word: &str| OF_THE_SERVER.split(' ').any(|known| known == word);
    words.filter(|word| word.len() > 2 && word.is_ascii() && !is_known(word)).map(str::to_owned).collect()
}

#[tokio::test]
async fn an_administrator_walks_through_the_screens() {
    let (server, telegram) = (TrueConfServer::start().await, telegram().await);
    server.v4(false);
    telegram.speaks(ANN, "ru");
    let config = section("main", &server, "");
    let bot = on(&telegram, Bot::with::<TrueConf>(), "").config(&config).start().await;
    telegram.follow(bot.clock());
    telegram.say(ANN, ANN, "/trueconf servers");
    heard(&telegram, &bot).await;
    for button in ["main", "Состояние", "Следить", "Не следить", "« Назад", "Кто в сети", "« Назад"]
    {
        telegram.press(ANN, ANN, button);
        heard(&telegram, &bot).await;
    }
    let mut said = telegram.transcript();
    for button in ["Идущие конференции", "1000000002", "да", "« Назад", "« Назад"] {
        telegram.press(ANN, ANN, button);
        heard(&telegram, &bot).await;
    }
    assert_eq!(server.state_of("1000000002").as_deref(), Some("stopped"));
    said += &telegram.transcript();
    let said = said.replace(&server.url(), "http://tc");
    let odd = latin_words(&said);
    assert!(odd.is_empty(), "{odd:?}:\n{said}");
    insta::assert_snapshot!(said, @r#"
    ann     > /trueconf servers
    bot@ann > Выберите сервер:
              • <b>main</b> (<code>main</code>): Его сертификат не проверяется: всё, что передаётся, по пути могут прочесть и подменить.
              [main]
    ann     > [main]
    bot answers ann >
    bot@ann edits 2 > Выбран <b>main</b>. Что сделать?
              [Состояние] [Идущие конференции]
              [Кто в сети] [Забытые конференции]
              [« Назад]
    ann     > [Состояние]
    bot answers ann >
    bot@ann edits 2 > <b>main</b>: ✅ <b>работает</b>, TrueConf Server 5.5.6.1000. Его сертификат не проверяется: всё, что передаётся, по пути могут прочесть и подменить.
              Слежение выключено: если <b>main</b> остановится или заработает, этот чат не узнает.
              [Следить]
              [« Назад]
    ann     > [Следить]
    bot answers ann >
    bot@ann edits 2 > <b>main</b>: ✅ <b>работает</b>, TrueConf Server 5.5.6.1000. Его сертификат не проверяется: всё, что передаётся, по пути могут прочесть и подменить.
              <b>main</b> проверяется каждые 15 секунд; если он остановится или заработает, этот чат узнает.
              [Не следить]
              [« Назад]
    ann     > [Не следить]
    bot answers ann >
    bot@ann edits 2 > <b>main</b>: ✅ <b>работает</b>, TrueConf Server 5.5.6.1000. Его сертификат не проверяется: всё, что передаётся, по пути могут прочесть и подменить.
              Слежение выключено: если <b>main</b> остановится или заработает, этот чат не узнает.
              [Следить]
              [« Назад]
    ann     > [« Назад]
    bot answers ann >
    bot@ann edits 2 > Выбран <b>main</b>. Что сделать?
              [Состояние] [Идущие конференции]
              [Кто в сети] [Забытые конференции]
              [« Назад]
    ann     > [Кто в сети]
    bot answers ann >
    bot@ann edits 2 > На <b>main</b> в сети 151 пользователь из 450.
              [« Назад]
    ann     > [« Назад]
    bot answers ann >
    bot@ann edits 2 > Выбран <b>main</b>. Что сделать?
              [Состояние] [Идущие конференции]
              [Кто в сети] [Забытые конференции]
              [« Назад]
    ann     > [Идущие конференции]
    bot answers ann >
    bot@ann edits 2 > На <b>main</b> идёт 7 конференций:
              • <a href="http://tc/c/1000000001">1000000001</a> <b>Планёрка отдела</b>
                ivanov@video.example.com, 5 участников, 0:20:00, <a href="http://tc/tools/real-time/00000041%40video.example.com%23vcs?a=cookies">управление</a>
              • <a href="http://tc/c/1000000002">1000000002</a> <b>Webinar &lt;Q&amp;A&gt; &amp; demo</b>
                petrova@video.example.com, 1 участник, 4:40:00, <a href="http://tc/tools/real-time/00000042%40video.example.com%23vcs?a=cookies">управление</a>
              • <a href="http://tc/c/1000000003">1000000003</a> без названия
                sidorov@video.example.com, 3 участника, 2:40:00, <a href="http://tc/tools/real-time/00000043%40video.example.com%23vcs?a=cookies">управление</a>
              • <a href="http://tc/c/1000000004">1000000004</a> <b>Board meeting</b>
                ivanov@video.example.com, 2 участника, 1:40:00, <a href="http://tc/tools/real-time/00000044%40video.example.com%23vcs?a=cookies">управление</a>
              • <a href="http://tc/c/1000000005">1000000005</a> <b>Empty room</b>
                petrova@video.example.com, никого нет, 24:00:00, <a href="http://tc/tools/real-time/00000045%40video.example.com%23vcs?a=cookies">управление</a>
              • <a href="http://tc/c/1000000006">1000000006</a> <b>Exactly one hour</b>
                sidorov@video.example.com, 1 участник, 1:00:00, <a href="http://tc/tools/real-time/00000046%40video.example.com%23vcs?a=cookies">управление</a>
              • <a href="http://tc/c/1000000007">1000000007</a> <b>Just under an hour</b>
                sidorov@video.example.com, 1 участник, 0:59:59, <a href="http://tc/tools/real-time/00000047%40video.example.com%23vcs?a=cookies">управление</a>
              Чтобы остановить конференцию, нажмите её идентификатор.
              [1000000001] [1000000002]
              [1000000003] [1000000004]
              [1000000005] [1000000006]
              [1000000007]
              [« Назад]
    ann     > [1000000002]
    bot answers ann >
    bot@ann > Остановить <b>Webinar &lt;Q&amp;A&gt; &amp; demo</b> (1000000002) на <b>main</b>? Владелец petrova@video.example.com, 1 участник, идёт 4:40:00.
              [да] [нет]
    ann     > [да]
    bot answers ann >
    bot@ann edits 3 > Остановить <b>Webinar &lt;Q&amp;A&gt; &amp; demo</b> (1000000002) на <b>main</b>? Владелец petrova@video.example.com, 1 участник, идёт 4:40:00.
              → <b>да</b>
    bot@ann edits 2 > <b>Webinar &lt;Q&amp;A&gt; &amp; demo</b> (1000000002) на <b>main</b>: конференция остановлена.

              На <b>main</b> идёт 6 конференций:
              • <a href="http://tc/c/1000000001">1000000001</a> <b>Планёрка отдела</b>
                ivanov@video.example.com, 5 участников, 0:20:00, <a href="http://tc/tools/real-time/00000041%40video.example.com%23vcs?a=cookies">управление</a>
              • <a href="http://tc/c/1000000003">1000000003</a> без названия
                sidorov@video.example.com, 3 участника, 2:40:00, <a href="http://tc/tools/real-time/00000043%40video.example.com%23vcs?a=cookies">управление</a>
              • <a href="http://tc/c/1000000004">1000000004</a> <b>Board meeting</b>
                ivanov@video.example.com, 2 участника, 1:40:00, <a href="http://tc/tools/real-time/00000044%40video.example.com%23vcs?a=cookies">управление</a>
              • <a href="http://tc/c/1000000005">1000000005</a> <b>Empty room</b>
                petrova@video.example.com, никого нет, 24:00:00, <a href="http://tc/tools/real-time/00000045%40video.example.com%23vcs?a=cookies">управление</a>
              • <a href="http://tc/c/1000000006">1000000006</a> <b>Exactly one hour</b>
                sidorov@video.example.com, 1 участник, 1:00:00, <a href="http://tc/tools/real-time/00000046%40video.example.com%23vcs?a=cookies">управление</a>
              • <a href="http://tc/c/1000000007">1000000007</a> <b>Just under an hour</b>
                sidorov@video.example.com, 1 участник, 0:59:59, <a href="http://tc/tools/real-time/00000047%40video.example.com%23vcs?a=cookies">управление</a>
              Чтобы остановить конференцию, нажмите её идентификатор.
              [1000000001] [1000000003]
              [1000000004] [1000000005]
              [1000000006] [1000000007]
              [« Назад]
    ann     > [« Назад]
    bot answers ann >
    bot@ann edits 2 > Выбран <b>main</b>. Что сделать?
              [Состояние] [Идущие конференции]
              [Кто в сети] [Забытые конференции]
              [« Назад]
    ann     > [« Назад]
    bot answers ann >
    bot@ann edits 2 > Выберите сервер:
              • <b>main</b> (<code>main</code>): Его сертификат не проверяется: всё, что передаётся, по пути могут прочесть и подменить.
              [main]
    "#);
}
