//! In which language people and chats are answered, and who chooses it.
use factotum_plugin_api::{
    chat::ChatEvent,
    language::{self, Phrase},
    prelude::*,
};
use factotum_testing::{Bot, Builder, LOBBY, conformance, texts};
use http::Method;
use std::fs;

factotum_plugin_api::register_texts! {
    "cinema",
    "en" => "
seats = { $count ->
    [one] One seat is left for { $film }.
   *[other] { $count } seats are left for { $film }.
}
which-row = Which row?
row-taken = Row { $row } is yours.
premiere = The premiere is on
standing = The cinema is open.
called = You called.
",
    "ru" => "
seats = { $count ->
    [one] На { $film } осталось { $count } место.
    [few] На { $film } осталось { $count } места.
   *[many] На { $film } осталось { $count } мест.
}
which-row = Какой ряд?
row-taken = Ряд { $row } за вами.
premiere = Премьера идёт
standing = Кинотеатр открыт.
called = Вы звонили.
help-cinema-seats = Показать свободные места
    .count = Сколько мест
help-cinema-row = Занять ряд
help-cinema-shut = Закрыть кинотеатр
help-cinema-wait = Ждать
",
}
fn say(key: &'static str) -> Phrase {
    Phrase::new("cinema", key)
}

/// Says all it says in two languages.
struct Cinema;
register!(Cinema);
/// Show the seats that are left
#[derive(Args)]
struct SeatsArgs {
    /// How many
    count: u64,
}
/// Take a row
#[derive(Args)]
struct RowArgs {}
/// Shut the cinema
#[derive(Args)]
struct ShutArgs {}
/// Wait for ever
#[derive(Args)]
struct WaitArgs {}

impl Plugin for Cinema {
    const NAME: &'static str = "cinema";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Cinema)
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands
            .on("cinema seats", Access::EVERYONE, Self::seats)
            .on("cinema row", Access::EVERYONE, Self::row)
            .on("cinema shut", Access::EVERYONE.confirmed(), Self::shut)
            .on("cinema wait", Access::EVERYONE, Self::wait);
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/cinema", Proof::None, Self::call);
    }
    async fn status(&self) -> Result<Text> {
        tokio::task::yield_now().await; // goes on in a task of its own
        Ok(say("standing").into())
    }
}
impl Cinema {
    async fn seats(&self, _: &Call, args: SeatsArgs) -> Result<Reply> {
        tokio::task::yield_now().await; // goes on in a task of its own
        Ok(Text::from(say("seats").with("count", args.count).with("film", bold("Solaris"))).into())
    }
    async fn row(&self, call: &Call, _: RowArgs) -> Result<Reply> {
        let row = call.ask(Question::new(say("which-row"))).await?;
        Ok(Text::from(say("row-taken").with("row", row)).into())
    }
    async fn shut(&self, _: &Call, _: ShutArgs) -> Result<Reply> {
        Ok(language::current().tag().into())
    }
    async fn wait(&self, _: &Call, _: WaitArgs) -> Result<Reply> {
        std::future::pending().await
    }
    async fn call(&self, _: &Request) -> Result<Outcome, Refusal> {
        tokio::task::yield_now().await;
        Ok(Notice::new(ChatId::new("console", "ops"), say("called")).into())
    }
}

/// Tells some chats of the premiere: as a job speaks by itself, and as each chat reads.
struct Crier {
    host: Host,
}
impl Plugin for Crier {
    const NAME: &'static str = "crier";
    type Config = NoConfig;
    fn start(_: NoConfig, host: Host) -> Result<Self> {
        Ok(Crier { host })
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.every("premiere", Duration::from_secs(600), Self::premiere);
    }
}
impl Crier {
    async fn premiere(&self, _: &Tick) -> Result<()> {
        let own = Text::from(say("premiere"));
        for room in ["dev", "bob"] {
            let chat = ChatId::new("console", room);
            let theirs = self.host.language_of(&chat).within(|| Text::from(say("premiere")));
            let text = Text::from(room) + ": " + own.clone() + " / " + theirs;
            self.host.outbox.post(Notice::new(chat, text), None).await?;
        }
        Ok(())
    }
}

/// Has no catalogue, and says what it has none for when asked.
struct Plain;
/// Say hello
#[derive(Args)]
struct HelloArgs {
    /// To whom
    name: String,
}
/// Say what there is no text for
#[derive(Args)]
struct MumbleArgs {}
impl Plugin for Plain {
    const NAME: &'static str = "plain";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Plain)
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.on("hello", Access::EVERYONE, Self::hello).on("mumble", Access::EVERYONE, Self::mumble);
    }
}
impl Plain {
    async fn hello(&self, _: &Call, args: HelloArgs) -> Result<Reply> {
        Ok(format!("Hello {}", args.name).into())
    }
    async fn mumble(&self, _: &Call, _: MumbleArgs) -> Result<Reply> {
        Ok(Text::from(Phrase::new("mumbler", "nothing")).into())
    }
}
/// As [`Plain`], and named like its texts: its bots end with what they could not say.
struct Mumbler;
impl Plugin for Mumbler {
    const NAME: &'static str = "mumbler";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Mumbler)
    }
}

fn cinema() -> Builder {
    Bot::with::<Cinema>().admin("admin")
}
/// Says a line as somebody whose chat program speaks a language.
async fn say_with(bot: &Bot, client: &str, who: &str, private: bool, line: &str) {
    let chat = ChatId::new("console", if private { who } else { LOBBY });
    let mut incoming = Incoming::new(chat, Sender::new("console", who, who), private, line);
    incoming.language = Some(client.into());
    bot.hear(incoming).await.unwrap();
    bot.settled().await;
}

#[tokio::test]
async fn two_people_in_one_group_are_answered_in_two_languages() {
    let bot = cinema().start().await;
    bot.say("ann", "!lang me ru").await;
    bot.say("ann", "!cinema seats 3").await;
    bot.say("bob", "!cinema seats 3").await;
    bot.say("ann", "!cinema seets").await;
    bot.say("bob", "!cinema seets").await;
    bot.say("ann", "!cinema seats many").await;
    bot.say("ann", "!cinema seats").await;
    bot.say("ann", "!reload").await;
    bot.say("ann", "!lang").await;
    bot.say("bob", "!lang").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !lang me ru
    bot     > Теперь я отвечаю вам на языке «русский (ru)».
    ann     > !cinema seats 3
    bot     > На Solaris осталось 3 места.
    bob     > !cinema seats 3
    bot     > 3 seats are left for Solaris.
    ann     > !cinema seets
    bot     > Нет команды !cinema seets. Может быть, !cinema seats?
    bob     > !cinema seets
    bot     > There is no command !cinema seets. Did you mean !cinema seats?
    ann     > !cinema seats many
    bot     > COUNT: many — не целое число.
              Использование: !cinema seats <COUNT>
    ann     > !cinema seats
    bot     > Не хватает COUNT: Сколько мест.
              Использование: !cinema seats <COUNT>
    ann     > !reload
    bot     > !reload — только для администраторов. !whoami покажет, кто вы для меня.
    ann     > !lang
    bot     > Я отвечаю вам на языке «русский (ru)»: вы его выбрали.
              Я знаю языки: English (en), русский (ru). !lang me ru выберет язык для вас, !lang me auto отменит выбор; !lang ru — для всего чата.
    bob     > !lang
    bot     > I answer you in English (en), as the config says.
              I know English (en), русский (ru). !lang me ru chooses for you, !lang me auto takes that back; !lang ru is for this chat.
    ");
}

#[tokio::test]
async fn a_count_has_its_form() {
    let bot = cinema().start().await;
    bot.say_privately("ann", "!lang RU").await;
    for count in [1, 2, 5, 21] {
        bot.say_privately("ann", &format!("!cinema seats {count}")).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !lang RU
    bot     > Теперь я отвечаю вам на языке «русский (ru)».
    ann     > !cinema seats 1
    bot     > На Solaris осталось 1 место.
    ann     > !cinema seats 2
    bot     > На Solaris осталось 2 места.
    ann     > !cinema seats 5
    bot     > На Solaris осталось 5 мест.
    ann     > !cinema seats 21
    bot     > На Solaris осталось 21 место.
    ");
}

#[tokio::test]
async fn what_takes_time_ends_in_the_language_it_began_in() {
    let bot = cinema().buttons().edits().start().await;
    bot.say("ann", "!lang me ru").await;
    bot.transcript();
    bot.say("ann", "!cinema row").await;
    bot.say("ann", "7").await;
    bot.say("ann", "!cinema row").await;
    bot.pass(Duration::from_secs(301)).await; // nobody answers
    bot.say("ann", "!cinema shut").await;
    bot.press("bob", "да").await;
    bot.press("ann", "да").await;
    bot.say("ann", "!cinema shut").await;
    bot.say("ann", "н").await;
    bot.say("ann", "!cinema shut").await;
    bot.say("ann", "yes").await;
    bot.begin_to_say("ann", "!cinema wait");
    bot.say("ann", "!cancel").await;
    bot.begin_to_say("ann", "!cinema wait");
    while bot.host().shared.clock.elapsed() < Duration::from_secs(400) {
        bot.clock().advance(Duration::from_secs(61));
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
    bot.settled().await;
    bot.say("ann", "!status").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !cinema row
    bot     > Какой ряд?
    ann     > 7
    bot     > Ряд 7 за вами.
    ann     > !cinema row
    bot     > Какой ряд?
    ann     > !cinema shut
    bot     > Время вышло; спросите ещё раз.
    bot     > Точно выполнить !cinema shut?
              [да] [нет]
    bob     > [да]
    bot     > This question is for ann.
    ann     > [да]
    bot edits m6 > Точно выполнить !cinema shut?
              → да
    bot     > ru
    ann     > !cinema shut
    bot     > Точно выполнить !cinema shut?
              [да] [нет]
    ann     > н
    bot edits m9 > Точно выполнить !cinema shut?
              → н
    bot     > Ничего не сделано.
    ann     > !cinema shut
    bot     > Точно выполнить !cinema shut?
              [да] [нет]
    ann     > yes
    bot edits m11 > Точно выполнить !cinema shut?
              → yes
    bot     > ru
    ann     > !cinema wait
    ann     > !cancel
    bot     > !cinema wait отменена; она могла успеть сработать.
    ann     > !cinema wait
    bot     > !cinema wait выполнялась дольше 1 мин; я её остановил.
    ann     > !status
    bot     > factotum 0.1.0, работает 7 мин 3 с
              console на связи
              включены плагины: cinema
              cinema Кинотеатр открыт.
    ");
}

#[tokio::test]
async fn the_chat_program_is_asked_where_nobody_has_chosen() {
    let bot = cinema().start().await;
    say_with(&bot, "ru-RU", "ann", false, "!cinema seats 2").await;
    say_with(&bot, "tlh", "bob", false, "!cinema seats 2").await;
    say_with(&bot, "no tag", "bob", true, "!lang").await;
    say_with(&bot, "ru", "bob", true, "!lang").await;
    say_with(&bot, "ru", "bob", true, "!lang en").await;
    say_with(&bot, "ru", "bob", true, "!cinema seats 2").await;
    say_with(&bot, "ru", "bob", true, "!lang auto").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !cinema seats 2
    bot     > На Solaris осталось 2 места.
    bob     > !cinema seats 2
    bot     > 2 seats are left for Solaris.
    bob     > !lang
    bot     > I answer you in English (en), as the config says.
              I know English (en), русский (ru). !lang ru chooses one, !lang auto takes that back.
    bob     > !lang
    bot     > Я отвечаю вам на языке «русский (ru)»: так настроена ваша программа чата.
              Я знаю языки: English (en), русский (ru). !lang ru выберет язык, !lang auto отменит выбор.
    bob     > !lang en
    bot     > From now on I answer you in English (en).
    bob     > !cinema seats 2
    bot     > 2 seats are left for Solaris.
    bob     > !lang auto
    bot     > Ваш выбор забыт; я отвечаю вам на языке «русский (ru)».
    ");
}

#[tokio::test]
async fn an_admin_chooses_for_a_group() {
    let bot = cinema().start().await;
    bot.say_in("ops", "bob", "!lang ru").await;
    bot.say_in("ops", "admin", "!lang ru").await;
    bot.say_in("ops", "bob", "!cinema seats 1").await;
    bot.say_in("ops", "bob", "!lang me en").await; // the group's stays before it
    bot.say_in("ops", "bob", "!lang").await;
    bot.say("bob", "!lang").await;
    bot.say_in("ops", "admin", "!lang tlh").await;
    bot.say_in("ops", "admin", "!lang chat auto").await;
    bot.say_in("ops", "admin", "!lang").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob@ops > !lang ru
    bot@ops > The language of this chat is not yours to choose; !lang me ru chooses for you alone.
    admin@ops > !lang ru
    bot@ops > Теперь в этом чате я отвечаю на языке «русский (ru)».
    bob@ops > !cinema seats 1
    bot@ops > На Solaris осталось 1 место.
    bob@ops > !lang me en
    bot@ops > Теперь я отвечаю вам на языке «English (en)». В этом чате остаётся русский (ru): он выбран для чата.
    bob@ops > !lang
    bot@ops > В этом чате я отвечаю на языке «русский (ru)»: он выбран для чата.
              Я знаю языки: English (en), русский (ru). !lang me ru выберет язык для вас, !lang me auto отменит выбор; !lang ru — для всего чата.
    bob     > !lang
    bot     > I answer you in English (en), as you have chosen.
              I know English (en), русский (ru). !lang me ru chooses for you, !lang me auto takes that back; !lang ru is for this chat.
    admin@ops > !lang tlh
    bot@ops > На языке tlh у меня нет текстов. Я знаю языки: English (en), русский (ru).
    admin@ops > !lang chat auto
    bot@ops > This chat has no language of its own any more; I answer you in English (en).
    admin@ops > !lang
    bot@ops > I answer you in English (en), as the config says.
              I know English (en), русский (ru). !lang me ru chooses for you, !lang me auto takes that back; !lang ru is for this chat.
    ");
}

#[tokio::test]
async fn a_rule_lets_others_choose_for_a_group() {
    let rule = "[[access.rules]]\ncommand = \"lang chat\"\nsender = \"console:bob\"\nallow = true";
    let bot = cinema().config(rule).start().await;
    bot.say("bob", "!lang ru").await;
    bot.say("eve", "!lang en").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !lang ru
    bot     > Теперь в этом чате я отвечаю на языке «русский (ru)».
    eve     > !lang en
    bot     > Язык этого чата выбираете не вы; !lang me en выберет язык только для вас.
    ");
}

#[tokio::test]
async fn buttons_choose_too() {
    let bot = cinema().buttons().start().await;
    bot.say_privately("ann", "!lang").await;
    bot.press_in("ann", "ann", "русский").await;
    bot.say("ann", "!lang").await;
    bot.press("bob", "русский").await;
    bot.say_privately("bob", "!lang me").await;
    bot.say_privately("bob", "auto").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !lang
    bot     > I answer you in English (en), as the config says.
              I know English (en), русский (ru). !lang ru chooses one, !lang auto takes that back.
              [English] [русский]
    ann     > [русский]
    bot     > Теперь я отвечаю вам на языке «русский (ru)».
    ann     > !lang
    bot     > Я отвечаю вам на языке «русский (ru)»: вы его выбрали.
              Я знаю языки: English (en), русский (ru). !lang me ru выберет язык для вас, !lang me auto отменит выбор; !lang ru — для всего чата.
              [English] [русский]
    bob     > [русский]
    bot     > Теперь я отвечаю вам на языке «русский (ru)».
    bob     > !lang me
    bot     > Язык, например en или ru; auto отменяет выбор? (!nay — отмена)
              [en] [ru] [auto]
    bob     > auto
    bot     > I have forgotten your choice; I answer you in English (en).
    ");
}

#[tokio::test]
async fn a_choice_outlives_the_host_and_follows_its_chat() {
    let mut bot = cinema().start().await;
    bot.say_in("ops", "admin", "!lang ru").await;
    bot.say_privately("bob", "!lang ru").await;
    bot.restart().await;
    let moved = ChatEvent::Moved { from: ChatId::new("console", "ops"), to: ChatId::new("console", "attic") };
    bot.event(moved, "1").await.unwrap();
    bot.transcript();
    bot.say_in("attic", "ann", "!cinema seats 2").await;
    bot.say("bob", "!cinema seats 2").await;
    bot.say_in("attic", "admin", "!lang auto").await;
    bot.restart().await;
    bot.say_in("attic", "ann", "!cinema seats 2").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann@attic > !cinema seats 2
    bot@attic > На Solaris осталось 2 места.
    bob     > !cinema seats 2
    bot     > На Solaris осталось 2 места.
    admin@attic > !lang auto
    bot@attic > This chat has no language of its own any more; I answer you in English (en).
    ann@attic > !cinema seats 2
    bot@attic > 2 seats are left for Solaris.
    ");
}

#[tokio::test]
async fn a_job_speaks_the_language_of_each_chat_and_a_hook_that_of_the_config() {
    let mut bot = cinema().and::<Crier>().start().await;
    bot.posted("bob: The premiere is on / The premiere is on").await;
    bot.say_privately("bob", "!lang ru").await;
    bot.restart().await; // nobody has been heard since
    bot.posted("dev: The premiere is on / The premiere is on").await;
    bot.posted("bob: The premiere is on / Премьера идёт").await;
    bot.configure("language = \"ru\"");
    bot.say_privately("admin", "!reload").await;
    say_with(&bot, "en", "bob", true, "!lang auto").await; // the chat program is known now
    bot.transcript();
    bot.pass(Duration::from_secs(600)).await;
    bot.posted("dev: Премьера идёт / Премьера идёт").await;
    bot.posted("bob: Премьера идёт / The premiere is on").await;
    bot.transcript();
    bot.call("cinema", Method::POST, "/cinema", |request| request).await;
    insta::assert_snapshot!(bot.transcript(), @"
    cinema  > POST /cinema 204
    bot@ops > Вы звонили.
    ");
}

#[tokio::test]
async fn each_admin_is_told_in_their_own_language() {
    let bot = cinema().admin("ann").start().await;
    bot.say_privately("ann", "!lang ru").await;
    bot.transcript();
    let joined = ChatEvent::Joined { chat: ChatId::new("console", "ops"), title: "Build talk".into(), by: None };
    bot.event(joined, "1").await.unwrap();
    let transcript = bot.transcript();
    let mut lines: Vec<&str> = transcript.lines().collect();
    lines.sort_unstable();
    insta::assert_snapshot!(lines.join("\n"), @"
    bot     > I was added to Build talk. Its address is console:ops.
    bot     > Меня добавили в Build talk. Адрес чата: console:ops.
    bot@ops > Hello! This chat is console:ops; !help lists what I can do here.
    ");
}

#[tokio::test]
async fn who_says_too_much_is_told_so_in_their_language() {
    let bot = cinema().start().await;
    bot.say("ann", "!lang me ru").await;
    bot.transcript();
    for _ in 0..70 {
        bot.begin_to_say("ann", "!cinema seats 1");
    }
    bot.posted("Я за вами не успеваю и эту строку отбросил. Дождитесь, пожалуйста, ответов.").await;
}

#[tokio::test]
async fn a_plugin_without_catalogue_stays_as_it_is() {
    let bot = Bot::with::<Plain>().start().await;
    bot.say_privately("ann", "!lang ru").await;
    bot.transcript();
    for line in ["!hello", "Bob", "!help hello", "!mumble"] {
        bot.say_privately("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !hello
    bot     > To whom? (!nay — отмена)
    ann     > Bob
    bot     > Hello Bob
    ann     > !help hello
    bot     > !hello <NAME>
              Say hello.
              • NAME: To whom
              Команда для всех, если правило конфигурации не говорит иначе.
    ann     > !mumble
    bot     > [mumbler.nothing]
    ");
}

#[tokio::test]
#[should_panic(expected = "there are no such texts: mumbler.nothing")]
async fn a_text_that_is_nowhere_fails_the_test() {
    let bot = Bot::with::<Plain>().and::<Mumbler>().start().await;
    bot.say("ann", "!mumble").await;
}

#[tokio::test]
async fn the_cinema_is_as_every_plugin() {
    conformance::<Cinema>(b"", None).await;
}

#[tokio::test]
async fn help_is_in_the_language_of_the_reader() {
    let bot = cinema().start().await;
    bot.say_privately("ann", "!lang ru").await;
    bot.transcript();
    bot.say_privately("ann", "!help cinema").await;
    bot.say_privately("ann", "!help cinema seats").await;
    bot.say_privately("ann", "!help lang chat").await;
    bot.say_privately("ann", "!apropos мест").await;
    bot.say_privately("ann", "!apropos seats left").await;
    bot.say_privately("ann", "!cinema seats").await;
    bot.say_privately("ann", "!nay").await;
    bot.say("bob", "!help cinema seats").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !help cinema
    bot     > cinema
              • !cinema row: Занять ряд
              • !cinema seats <COUNT>: Показать свободные места
              • !cinema shut: Закрыть кинотеатр
              • !cinema wait: Ждать
    ann     > !help cinema seats
    bot     > !cinema seats <COUNT>
              Показать свободные места.
              • COUNT: Сколько мест
              Команда для всех, если правило конфигурации не говорит иначе.
    ann     > !help lang chat
    bot     > Нет команды !lang chat. Может быть, !lang?
    ann     > !apropos мест
    bot     > cinema
              • !cinema seats <COUNT>: Показать свободные места
    ann     > !apropos seats left
    bot     > cinema
              • !cinema seats <COUNT>: Показать свободные места
    ann     > !cinema seats
    bot     > Сколько мест? (!nay — отмена)
    ann     > !nay
    bot     > Хорошо, забудем.
    bob     > !help cinema seats
    bot     > !cinema seats <COUNT>
              Show the seats that are left.
              • COUNT: How many
              It is for everyone, unless a rule of the config says otherwise.
    ");
}

/// Writes texts of the operator's own; gives the key of the config.
fn own_texts(folder: &std::path::Path, files: &[(&str, &str)]) -> String {
    for (file, text) in files {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    format!("texts = {:?}", folder.display().to_string())
}

#[tokio::test]
async fn an_operators_texts_stand_over_the_built_in_ones() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("ru/cinema.ftl", "seats = Мест: { $count }\n"),
        ("en/host.ftl", "help-lang = Speak\n"),
        ("de/cinema.ftl", "seats = { $count } Plätze\n"),
    ];
    let bot = cinema().config(&own_texts(folder.path(), &files)).start().await;
    say_with(&bot, "ru", "ann", true, "!cinema seats 2").await;
    say_with(&bot, "de", "bob", true, "!cinema seats 2").await;
    say_with(&bot, "en", "bob", true, "!help lang").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !cinema seats 2
    bot     > Мест: 2
    bob     > !cinema seats 2
    bot     > 2 Plätze
    bob     > !help lang
    bot     > !lang [LANGUAGE]
              Speak.
              • LANGUAGE: A language such as en or ru; auto takes a choice back
              It is for everyone, unless a rule of the config says otherwise.
              lang
              • !lang me <LANGUAGE>: Choose the language that you are answered in
    ");
    own_texts(folder.path(), &[("ru/cinema.ftl", "seats = Осталось { $count }\n")]);
    bot.say_privately("admin", "!reload").await;
    say_with(&bot, "ru", "ann", true, "!cinema seats 2").await;
    insta::assert_snapshot!(bot.transcript(), @"
    admin   > !reload
    bot     > I have read the config: nothing in it has changed.
    ann     > !cinema seats 2
    bot     > Осталось 2
    ");
}

#[tokio::test]
async fn a_broken_file_is_told_of_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("ru/cinema.ftl", "premiere = Да\nseats = { $count"),
        ("ru/host.ftl", "answer-yes = { $ages }"),
        ("ru/cinmea.ftl", "seats = Мест: { $count }\n"),
        ("en/cinema.ftl", "saets = Seats\nstanding = All are welcome.\n"),
        ("en.ftl", "seats = No seats\n"),
        (".git/config.ftl", "seats"),
    ];
    let mut bot = cinema().config(&own_texts(folder.path(), &files)).start().await;
    bot.settled().await;
    let said = |bot: &Bot| bot.transcript().replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(said(&bot), @r#"
    bot     > [host] 5 files of your own texts cannot be used as they are:
              • FOLDER/en/cinema.ftl: nothing says saets, expected `seats`
              • FOLDER/en.ftl is left out: texts lie in files such as ru/host.ftl
              • FOLDER/ru/cinema.ftl is left out: line 2: Expected a token starting with "}"
              • FOLDER/ru/cinmea.ftl is left out: no texts are known of `cinmea`, expected `cinema`
              • FOLDER/ru/host.ftl is left out: answer-yes has no variable $ages
    "#);
    say_with(&bot, "ru", "ann", true, "!cinema seats 2").await;
    say_with(&bot, "ru", "ann", true, "!cinema shut").await;
    insta::assert_snapshot!(said(&bot), @"
    ann     > !cinema seats 2
    bot     > На Solaris осталось 2 места.
    ann     > !cinema shut
    bot     > Точно выполнить !cinema shut?
              1. да
              2. нет
    ");
    bot.configure("texts = \"/nowhere\"");
    bot.say_privately("admin", "!reload").await;
    insta::assert_snapshot!(said(&bot), @r#"
    admin   > !reload
    bot     > [host] A file of your own texts cannot be used as it is:
              • the folder of texts /nowhere cannot be read: No such file or directory (os error 2)
    bot     > The config is in force:
              • texts: "FOLDER" → "/nowhere"
    "#);
}

#[tokio::test]
async fn a_default_language_without_texts_stops_the_start() {
    for language in ["tlh", "no tag", ""] {
        let started = cinema().config(&format!("language = {language:?}")).try_start().await;
        let error = started.err().unwrap().to_string();
        let said = error.lines().find(|line| line.contains("language")).unwrap_or_default();
        assert!(said.contains("expected one of `en`, `ru`"), "{language}: {error}");
    }
    let bot = cinema().config("language = \"ru\"").start().await;
    bot.say("bob", "!cinema seats 5").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !cinema seats 5
    bot     > На Solaris осталось 5 мест.
    ");
}

#[tokio::test]
async fn the_texts_of_the_host_and_of_the_cinema_are_whole() {
    let bot = cinema().start().await;
    texts::check("host", &[concat!(env!("CARGO_MANIFEST_DIR"), "/../../host/src")], &bot);
    texts::check("cinema", &[concat!(env!("CARGO_MANIFEST_DIR"), "/language.rs")], &bot);
}
