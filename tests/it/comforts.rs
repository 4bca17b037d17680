//! What makes typing easier: lines repeated, commands cancelled and found, and a
//! hint to who does not know how.
use factotum_plugin_api::{access::Grant, prelude::*};
use factotum_testing::Bot;

/// Works, for as long as one likes.
struct Worker;

/// Begin to work
#[derive(Args)]
struct WorkArgs {
    /// On what
    #[arg(default_value = "it")]
    on: String,
}
/// Choose a colour
#[derive(Args)]
struct PaintArgs {}
/// Ask, and go on without an answer
#[derive(Args)]
struct MullArgs {}
/// Keep a password
#[derive(Args)]
struct KeepArgs {
    /// The password
    password: Secret,
}

impl Plugin for Worker {
    const NAME: &'static str = "worker";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Worker)
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands
            .on("work", Access::EVERYONE, Self::work)
            .on("work hard", Access::ADMINS, Self::work)
            .alias("toil")
            .on("paint", Access::EVERYONE, Self::paint)
            .on("mull", Access::EVERYONE, Self::mull)
            .on("vault keep", Access::EVERYONE, Self::keep);
    }
}
impl Worker {
    async fn work(&self, call: &Call, args: WorkArgs) -> Result<Reply> {
        call.say(format!("working on {}", args.on)).await?;
        std::future::pending().await
    }
    async fn paint(&self, call: &Call, _: PaintArgs) -> Result<Reply> {
        let answer = call.ask(Question::new("Which colour?").choices(["red", "blue"])).await?;
        Ok(format!("painted {answer}").into())
    }
    async fn mull(&self, call: &Call, _: MullArgs) -> Result<Reply> {
        match call.ask(Question::new("Well?")).await {
            Err(_) => std::future::pending().await,
            Ok(answer) => Ok(answer.into()),
        }
    }
    async fn keep(&self, _: &Call, _: KeepArgs) -> Result<Reply> {
        Ok("kept".into())
    }
}

#[tokio::test]
async fn lines_are_repeated_by_their_number() {
    let bot = Bot::with::<Worker>().admin("ann").start().await;
    for line in [
        "!!",
        "!history",
        "!echo  one ",
        "!ECHO two",
        "!history",
        "!!",
        "!2",
        "!history",
        "!4",
        "!0",
        "!99999999999999999999",
    ] {
        bot.say("ann", line).await;
    }
    // Others have their own, and so has another chat; neither is a number talk's.
    bot.say("bob", "!1").await;
    bot.say_in("ops", "ann", "!!").await;
    bot.say("ann", "!!! !").await;
    bot.say("ann", "! !").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !!
    bot     > I have run no command of yours here yet that I could repeat.
    ann     > !history
    bot     > I have run no command of yours here yet that I could repeat.
    ann     > !echo  one
    bot     > one
    ann     > !ECHO two
    bot     > two
    ann     > !history
    bot     > 2 !echo  one
              1 !ECHO two
    ann     > !!
    bot     > !ECHO two
    bot     > two
    ann     > !2
    bot     > !echo  one
    bot     > one
    ann     > !history
    bot     > 2 !ECHO two
              1 !echo  one
    ann     > !4
    bot     > There is no line !4: I remember 2 lines of yours here, as !history shows.
    ann     > !0
    bot     > There is no line !0: I remember 2 lines of yours here, as !history shows.
    ann     > !99999999999999999999
    bot     > There is no line !18446744073709551615: I remember 2 lines of yours here, as !history shows.
    bob     > !1
    bot     > I have run no command of yours here yet that I could repeat.
    ann@ops > !!
    bot@ops > I have run no command of yours here yet that I could repeat.
    ann     > !!! !
    ann     > ! !
    ");
}

#[tokio::test]
async fn what_looks_like_repeating_and_is_not_is_explained() {
    let bot = Bot::with::<Worker>().start().await;
    bot.say("bob", "!echo one").await;
    for line in ["!-1", "!#1", "!!foo canary", "!! foo", "!3 canary", "!-1 canary", "!12ab", "!!! !", "!?", "!-x"] {
        bot.say("bob", line).await;
    }
    // Where a question stands: an answer, and none.
    for line in ["!mull", "!-1", "!paint", "!3 x", "red"] {
        bot.say_privately("bob", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !echo one
    bot     > one
    bob     > !-1
    bot     > There is no line !-1. !! repeats your last line here, !3 your third last; !history shows their numbers.
    bob     > !#1
    bot     > There is no line !#1. !! repeats your last line here, !3 your third last; !history shows their numbers.
    bob     > !!foo canary
    bot     > Nothing can stand behind !!. !! repeats your last line here, !3 your third last; !history shows their numbers.
    bob     > !! foo
    bot     > Nothing can stand behind !!. !! repeats your last line here, !3 your third last; !history shows their numbers.
    bob     > !3 canary
    bot     > Nothing can stand behind !3. !! repeats your last line here, !3 your third last; !history shows their numbers.
    bob     > !-1 canary
    bot     > There is no line !-1. !! repeats your last line here, !3 your third last; !history shows their numbers.
    bob     > !12ab
    bot     > There is no command !12ab. Try !help.
    bob     > !!! !
    bob     > !?
    bob     > !-x
    bob     > !mull
    bot     > Well?
    bob     > !-1
    bot     > !-1
    bob     > !paint
    bot     > Which colour?
              1. red
              2. blue
    bob     > !3 x
    bot     > Nothing can stand behind !3. !! repeats your last line here, !3 your third last; !history shows their numbers.
    bob     > red
    bot     > painted red
    ");
}

#[tokio::test]
async fn what_was_refused_misspelt_or_secret_is_not_kept() {
    let bot = Bot::with::<Worker>().admin("ann").start().await;
    for line in [
        "!echo fine",
        "!vault keep canary",
        "!vault kepe canary",
        "!vault keep canary canary",
        "!work hard",
        "!echo \"open",
        "!requests",
        "!nay",
    ] {
        bot.say_privately("bob", line).await;
    }
    drop(bot.transcript());
    bot.say_privately("bob", "!history").await;
    bot.say_privately("bob", "!!").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !history
    bot     > 1 !echo fine
    bob     > !!
    bot     > !echo fine
    bot     > fine
    ");
}

#[tokio::test]
async fn twenty_lines_are_kept_and_no_very_long_one() {
    let bot = Bot::bare().start().await;
    for n in 0..25 {
        bot.say("bob", &format!("!echo {n}")).await;
    }
    bot.say("bob", &format!("!echo {}", "x".repeat(300))).await;
    drop(bot.transcript());
    bot.say("bob", "!20").await;
    bot.say("bob", "!21").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !20
    bot     > !echo 5
    bot     > 5
    bob     > !21
    bot     > There is no line !21: I remember 20 lines of yours here, as !history shows.
    ");
}

#[tokio::test]
async fn a_repeated_line_is_checked_like_a_typed_one() {
    let bot = Bot::with::<Worker>().start().await;
    let grant = Grant { command: "work hard".into(), sender: "console:bob".into(), args: Default::default() };
    bot.host().shared.rules().set_grants("worker", vec![grant]);
    bot.begin_to_say("bob", "!work hard");
    bot.posted("working on it").await;
    bot.host().shared.rules().set_grants("worker", vec![]);
    bot.say("bob", "!cancel").await;
    bot.posted("was cancelled").await;
    bot.say("bob", "!!").await;
    bot.host().registry.disable("worker").await.unwrap();
    bot.say("bob", "!!").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !work hard
    bot     > working on it
    bob     > !cancel
    bot     > !work hard was cancelled; it may have had effect.
    bob     > !!
    bot     > !work hard
    bot     > !work hard is for admins. !whoami shows who you are to me.
    bob     > !!
    bot     > !work hard
    bot     > There is no command !work. Try !help.
    ");
}

#[tokio::test]
async fn a_number_is_an_answer_where_one_is_asked_for() {
    let bot = Bot::with::<Worker>().config("[commands]\nprefix_optional_in_private = true").start().await;
    bot.say_privately("bob", "echo one").await;
    bot.say_privately("bob", "paint").await;
    bot.say_privately("bob", "2").await;
    bot.say_privately("bob", "2").await;
    bot.say_privately("bob", "!2").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > echo one
    bot     > one
    bob     > paint
    bot     > Which colour?
              1. red
              2. blue
    bob     > 2
    bot     > painted blue
    bob     > 2
    bot     > There is no command !2. Try !help.
    bob     > !2
    bot     > !echo one
    bot     > one
    ");
}

#[tokio::test]
async fn cancel_overtakes_and_what_waits_is_run() {
    let bot = Bot::with::<Worker>().admin("ann").start().await;
    bot.say("bob", "!Cancel").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !Cancel
    bot     > Nothing of yours runs here.
    ");
    bot.begin_to_say("bob", "!work");
    bot.posted("working on it").await;
    bot.begin_to_say("bob", "!echo behind it");
    bot.begin_to_say("eve", "!cancel");
    bot.posted("Nothing of yours").await;
    bot.begin_to_say("bob", "!cancel");
    bot.posted("behind it\n").await;
    bot.settled().await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !work
    bot     > working on it
    bob     > !echo behind it
    eve     > !cancel
    bot     > Nothing of yours runs here.
    bob     > !cancel
    bot     > !work was cancelled; it may have had effect.
    bot     > behind it
    ");
}

#[tokio::test]
async fn cancel_all_drops_what_waits() {
    let bot = Bot::with::<Worker>().start().await;
    bot.begin_to_say("bob", "!work");
    bot.posted("working on it").await;
    bot.begin_to_say("bob", "!echo one");
    bot.begin_to_say("bob", "!echo two");
    bot.begin_to_say("bob", "!cancel all");
    bot.posted("dropped").await;
    bot.settled().await;
    bot.say("bob", "!echo three").await;
    let transcript = bot.transcript();
    assert!(!transcript.contains("bot     > one") && !transcript.contains("bot     > two"), "{transcript}");
    for text in ["2 lines that waited are dropped.", "!work was cancelled; it may have had effect.", "bot     > three"]
    {
        assert!(transcript.contains(text), "{transcript}");
    }
}

#[tokio::test]
async fn several_are_told_apart_by_their_numbers() {
    let bot = Bot::with::<Worker>().start().await;
    bot.say("bob", "!mull").await;
    bot.pass(Duration::from_secs(5)).await;
    // Leaves the question, and what asked it goes on.
    bot.begin_to_say("bob", "!work");
    bot.posted("working on it").await;
    bot.begin_to_say("bob", "!cancel");
    bot.posted("ends all").await;
    bot.begin_to_say("bob", "!cancel 7");
    bot.posted("number 7").await;
    bot.begin_to_say("bob", "!cancel x");
    bot.posted("or say all").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !mull
    bot     > Well?
    bob     > !work
    bot     > This is a new command: I leave my question for !mull.
    bot     > working on it
    bob     > !cancel
    bot     > #1 !mull for 5 s
              #2 !work for 0 s
              !cancel NUMBER ends one of them, !cancel all ends all.
    bob     > !cancel 7
    bot     > Nothing of yours runs with the number 7.
    bob     > !cancel x
    bot     > A command that runs is named by its number; or say all.
    ");
    bot.begin_to_say("bob", "!cancel 2");
    bot.settled().await;
    bot.say("bob", "!cancel").await;
    bot.posted("!mull was cancelled").await;
    bot.say("bob", "!cancel").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !cancel 2
    bot     > !work was cancelled; it may have had effect.
    bob     > !cancel
    bot     > !mull was cancelled; it may have had effect.
    bob     > !cancel
    bot     > Nothing of yours runs here.
    ");
}

#[tokio::test]
async fn a_question_is_cancelled_too() {
    let bot = Bot::with::<Worker>().start().await;
    bot.say("bob", "!paint").await;
    bot.say_in("ops", "bob", "!paint").await;
    bot.say("bob", "!cancel").await;
    bot.posted("was cancelled").await;
    bot.say("bob", "blue").await;
    bot.say("bob", "!cancel").await;
    bot.say("bob", "!cancel #2").await;
    bot.posted("bot@ops > !paint was cancelled").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !paint
    bot     > Which colour?
              1. red
              2. blue
    bob@ops > !paint
    bot@ops > Which colour?
              1. red
              2. blue
    bob     > !cancel
    bot     > !paint was cancelled; it may have had effect.
    bob     > blue
    bob     > !cancel
    bot     > Nothing of yours runs here. Something does in another chat: cancel it there.
    bob     > !cancel #2
    bot@ops > !paint was cancelled; it may have had effect.
    ");
}

#[tokio::test]
async fn what_only_asks_for_its_arguments_has_done_nothing_when_it_is_cancelled() {
    let bot = Bot::with::<Worker>().admin("ann").start().await;
    bot.say_privately("bob", "!vault keep").await;
    bot.say_in("ops", "bob", "!paint").await;
    bot.pass(Duration::from_secs(5)).await;
    bot.say("ann", "!running").await;
    bot.say_privately("bob", "!cancel").await;
    bot.posted("!vault keep was cancelled").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !vault keep
    bot     > The password? (!nay leaves)
    bob@ops > !paint
    bot@ops > Which colour?
              1. red
              2. blue
    ann     > !running
    bot     > #1 !vault keep of console:bob in console:bob for 5 s, waits for an answer
              #2 !paint of console:bob in console:ops for 5 s, waits for an answer
    bob     > !cancel
    bot     > !vault keep was cancelled; nothing was done.
    ");
    // What asks by itself may have done something before.
    bot.say("ann", "!cancel 2").await;
    bot.posted("bot@ops > !paint was cancelled by an admin; it may have had effect.").await;
    bot.say_privately("bob", "!vault keep").await;
    bot.say("ann", "!cancel 1").await;
    bot.posted("!vault keep was cancelled by an admin; nothing was done.").await;
}

#[tokio::test]
async fn a_new_command_says_which_question_it_leaves() {
    let bot = Bot::with::<Worker>().admin("ann").start().await;
    for line in ["!paint", "!echo one", "!vault keep", "!vault keep", "!echo two", "!paint", "!status?"] {
        bot.say_privately("bob", line).await;
    }
    // Another chat is another conversation, and what overtakes leaves nothing.
    bot.say("bob", "!paint").await;
    bot.say_in("ops", "bob", "!echo three").await;
    bot.begin_to_say("bob", "!cancel 7");
    bot.posted("number 7").await;
    bot.say("bob", "red").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !paint
    bot     > Which colour?
              1. red
              2. blue
    bob     > !echo one
    bot     > This is a new command: I leave my question for !paint.
    bot     > one
    bob     > !vault keep
    bot     > The password? (!nay leaves)
    bob     > !vault keep
    bot     > This is a new command: I leave my question for !vault keep.
    bot     > The password? (!nay leaves)
    bob     > !echo two
    bot     > This is a new command: I leave my question for !vault keep.
    bot     > two
    bob     > !paint
    bot     > Which colour?
              1. red
              2. blue
    bob     > !status?
    bot     > This is a new command: I leave my question for !paint.
    bot     > There is no command !status?. Did you mean !status?
    bob     > !paint
    bot     > Which colour?
              1. red
              2. blue
    bob@ops > !echo three
    bot@ops > three
    bob     > !cancel 7
    bot     > Nothing of yours runs with the number 7.
    bob     > red
    bot     > painted red
    ");
}

#[tokio::test]
async fn admins_see_what_runs_and_end_it() {
    let bot = Bot::with::<Worker>().admin("ann").start().await;
    bot.say("ann", "!running").await;
    bot.begin_to_say("bob", "!work");
    bot.posted("working on it").await;
    bot.begin_to_say("ann", "!toil there");
    bot.posted("working on there").await;
    bot.clock().advance(Duration::from_secs(3));
    bot.begin_to_say("ann", "!running");
    bot.posted("#2").await;
    bot.begin_to_say("eve", "!cancel 1");
    bot.posted("number 1").await;
    bot.begin_to_say("eve", "!running");
    bot.posted("is for admins").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !running
    bot     > No command runs.
    bob     > !work
    bot     > working on it
    ann     > !toil there
    bot     > working on there
    ann     > !running
    bot     > #1 !work of console:bob in console:lobby for 3 s
              #2 !work hard of console:ann in console:lobby for 3 s
    eve     > !cancel 1
    bot     > Nothing of yours runs with the number 1.
    eve     > !running
    bot     > !running is for admins. !whoami shows who you are to me.
    ");
    bot.begin_to_say("ann", "!cancel 1");
    bot.posted("!work was cancelled by an admin").await;
    bot.posted("is cancelled").await;
    bot.begin_to_say("ann", "!cancel");
    bot.settled().await;
    let transcript = bot.transcript();
    assert!(transcript.contains("!work of console:bob is cancelled."), "{transcript}");
    let rows = bot.host().shared.journal.audit(&Default::default(), 9).await.unwrap();
    let rows: Vec<_> =
        rows.iter().map(|row| format!("{} {} {}: {}", row.sender, row.path, row.args, row.result)).collect();
    insta::assert_snapshot!(rows.join("\n"), @"
    console:ann work hard on=there: !work hard was cancelled; it may have had effect.
    console:ann cancel which=#1 path=work sender=console:bob chat=console:lobby: done
    console:ann running : done
    console:ann running : done
    ");
}

#[tokio::test]
async fn a_command_is_ended_also_where_that_cannot_be_noted() {
    let bot = Bot::with::<Worker>().admin("ann").start().await;
    bot.begin_to_say("bob", "!work");
    bot.posted("working on it").await;
    let journal = rusqlite::Connection::open(bot.folder().join("data/journal.db")).unwrap();
    journal.execute_batch("alter table audit rename to lost").unwrap();
    bot.say("ann", "!cancel 1").await;
    bot.settled().await;
    let transcript = bot.transcript();
    assert!(transcript.contains("!work of console:bob is cancelled."), "{transcript}");
    assert!(transcript.contains("!work was cancelled by an admin"), "{transcript}");
}

#[tokio::test]
async fn a_number_is_taken_with_its_sign() {
    let bot = Bot::bare().admin("ann").start().await;
    for line in ["!requests show #7", "!requests show 7", "!requests show ##7", "!requests show #x", "!help cancel"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !requests show #7
    bot     > I know no request 7: none had that number, or it is too old.
    ann     > !requests show 7
    bot     > I know no request 7: none had that number, or it is too old.
    ann     > !requests show ##7
    bot     > ID: ##7 is no whole number.
              Usage: !requests show [OPTIONS] <ID>
    ann     > !requests show #x
    bot     > ID: #x is no whole number.
              Usage: !requests show [OPTIONS] <ID>
    ann     > !help cancel
    bot     > !cancel [WHICH]
              End what you run in this chat; your lines that wait behind it are run.
              • WHICH: The number of a command, where several run; or all, to end all and drop your lines that wait
              It is for everyone, unless a rule of the config says otherwise.
    ");
}

#[tokio::test]
async fn apropos_finds_what_one_may_run() {
    let bot = Bot::with::<Worker>().admin("ann").start().await;
    for line in [
        "!apropos",
        "!apropos work",
        "!apropos TOIL",
        "!apropos !vault",
        "!apropos dead letter",
        "!apropos number chat",
        "!apropos unicorn",
    ] {
        bot.say("ann", line).await;
    }
    bot.say("bob", "!apropos toil").await;
    bot.say("bob", "!apropos dead letter").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !apropos
    bot     > WORDS is missing: Words that must all stand there.
              Usage: !apropos <WORDS>...
    ann     > !apropos work
    bot     > host
              • !acl why <SENDER> <COMMAND>...: Explain whether a sender may run a command, and which rule says so
              worker
              • !work [ON]: Begin to work
              • !work hard [ON]: Begin to work
    ann     > !apropos TOIL
    bot     > worker
              • !work hard [ON]: Begin to work
    ann     > !apropos !vault
    bot     > worker
              • !vault keep <PASSWORD>: Keep a password (in private)
    ann     > !apropos dead letter
    bot     > host
              • !outbox drop <NOTICES>...: Take notices out of the outbox for good
              • !outbox retry <NOTICES>...: Try notices again at once: dead letters, or waiting ones before their time
    ann     > !apropos number chat
    bot     > host
              • !cancel [WHICH]: End what you run in this chat; your lines that wait behind it are run
              • !group [OPTIONS] [WORDS]...: Show when good notices come as one message in this chat, or set it
              • !requests [OPTIONS] [FILTER]...: List the newest requests that hooks got
    ann     > !apropos unicorn
    bot     > No command that you may run says anything of that. !help lists them all.
    bob     > !apropos toil
    bot     > No command that you may run says anything of that. !help lists them all.
    bob     > !apropos dead letter
    bot     > No command that you may run says anything of that. !help lists them all.
    ");
}

#[tokio::test]
async fn who_talks_in_private_is_told_once_an_hour_how_commands_begin() {
    let bot = Bot::with::<Worker>().start().await;
    for line in ["hello", "anybody there?", "/start", "!!!", "  "] {
        bot.say_privately("bob", line).await;
    }
    bot.say("bob", "hello all").await;
    bot.say_privately("eve", "!paint").await;
    bot.say_privately("eve", "green").await;
    bot.say_privately("eve", "thanks").await;
    bot.pass(Duration::from_secs(3600)).await;
    bot.say_privately("bob", "hello again").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > hello
    bot     > Commands begin with !: try !help.
    bob     > anybody there?
    bob     > /start
    bob     > !!!
    bob     >
    bob     > hello all
    eve     > !paint
    bot     > Which colour?
              1. red
              2. blue
    eve     > green
    bot     > painted green
    eve     > thanks
    bot     > Commands begin with !: try !help.
    bob     > hello again
    bot     > Commands begin with !: try !help.
    ");
}
