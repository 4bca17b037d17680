//! Questions: for what is missing, by a handler, and before what cannot be undone;
//! and the buttons that answer them, or run a line of any length.
use factotum_plugin_api::{Services, clap, prelude::*};
use factotum_testing::{Bot, Builder, Trouble};
use plugin_travishook::TravisHook;

/// A plugin with something to ask.
struct Curious;

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Branch {
    Main,
    Stable,
}
/// Build a branch
#[derive(Args)]
struct BuildArgs {
    /// Repository, as owner/name
    repo: String,
    /// Branch to build
    branch: Branch,
    /// How often
    #[arg(default_value = "1")]
    times: u8,
}
/// Find words
#[derive(Args)]
struct FindArgs {
    /// What to look for
    what: String,
    /// In how many lines
    #[arg(long)]
    lines: u8,
    /// In any case
    #[arg(long)]
    any: bool,
}
/// Keep a password
#[derive(Args)]
struct KeepArgs {
    /// Whose it is
    name: String,
    /// The password
    #[arg(value_parser = password)]
    password: Secret,
}
/// Wipe a place
#[derive(Args)]
struct WipeArgs {
    /// What to wipe
    place: String,
    /// How
    #[arg(long, default_value = "well")]
    how: String,
    /// With everything below
    #[arg(long, short)]
    deep: bool,
}
/// Wipe the vault
#[derive(Args)]
struct VaultArgs {
    /// Its password
    password: Secret,
}
/// Pick one
#[derive(Args)]
#[group(required = true, multiple = false)]
struct PickArgs {
    /// This
    #[arg(long)]
    this: Option<String>,
    /// That
    #[arg(long)]
    that: Option<String>,
}
/// Ask for a colour
#[derive(Args)]
struct ColourArgs {}
/// Ask a question that takes long
#[derive(Args)]
struct MuseArgs {}
/// Offer buttons
#[derive(Args)]
struct OfferArgs {}

fn password(word: &str) -> Result<Secret, String> {
    match word.len() {
        6.. => Ok(Secret::new(word)),
        _ => Err(format!("{word} is too short")),
    }
}
const LONG: &str = "a line that is much longer than what the button of a network can carry";

impl Plugin for Curious {
    const NAME: &'static str = "curious";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Curious)
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands
            .on("build", Access::EVERYONE, Self::build)
            .on("find", Access::EVERYONE, Self::find)
            .on("keep", Access::EVERYONE, Self::keep)
            .on("wipe", Access::role("wipers").confirmed(), Self::wipe)
            .on("wipe vault", Access::ADMINS.confirmed(), Self::vault)
            .on("pick", Access::EVERYONE, Self::pick)
            .on("colour", Access::EVERYONE, Self::colour)
            .on("muse", Access::EVERYONE, Self::muse)
            .on("offer", Access::EVERYONE, Self::offer)
            .on("trick", Access::EVERYONE, Self::trick);
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/curious", Proof::None, Self::request);
    }
}
impl Curious {
    async fn build(&self, _: &Call, args: BuildArgs) -> Result<Reply> {
        Ok(format!("building {:?} of {:?}, {} times", args.branch, args.repo, args.times).into())
    }
    async fn find(&self, _: &Call, args: FindArgs) -> Result<Reply> {
        Ok(format!("{:?} in {} lines, any case: {}", args.what, args.lines, args.any).into())
    }
    async fn keep(&self, _: &Call, args: KeepArgs) -> Result<Reply> {
        Ok(format!("{} has a password of {} letters", args.name, args.password.expose().len()).into())
    }
    async fn wipe(&self, _: &Call, args: WipeArgs) -> Result<Reply> {
        Ok(format!("wiped {} {}", args.place, args.how).into())
    }
    async fn vault(&self, _: &Call, args: VaultArgs) -> Result<Reply> {
        Ok(format!("wiped with {} letters", args.password.expose().len()).into())
    }
    async fn pick(&self, _: &Call, args: PickArgs) -> Result<Reply> {
        Ok(format!("{:?} {:?}", args.this, args.that).into())
    }
    async fn colour(&self, call: &Call, _: ColourArgs) -> Result<Reply> {
        let colour = call.ask(Question::new("Which colour?").choices(["red", "blue"])).await?;
        Ok(format!("{colour} in {}", call.chat().address).into())
    }
    async fn muse(&self, call: &Call, _: MuseArgs) -> Result<Reply> {
        let answer = call.ask(Question::new("Why?").within(Duration::MAX)).await?;
        Ok(format!("so, {answer}").into())
    }
    async fn offer(&self, _: &Call, _: OfferArgs) -> Result<Reply> {
        let long = Button::new("Long", format!("!echo {LONG}"));
        Ok(Reply::from("what now?")
            .row([long, Button::new("Short", "!echo short")])
            .row([Button::new("Build", format!("!build {}", "o".repeat(60)))]))
    }
    async fn trick(&self, _: &Call, _: OfferArgs) -> Result<Reply> {
        let row = [("Gone", "!gone fishing"), ("Action", "action:abc"), ("Answer", "answer:abc:1")];
        Ok(Reply::from("pick").row(row.map(|(label, line)| Button::new(label, line))))
    }
    async fn request(&self, _: &Request) -> Result<Outcome, Refusal> {
        let notice = Notice::new(ChatId::new("console", "ops"), "it failed");
        Ok(Outcome::from(notice.row([Button::new("Again", format!("!echo {LONG}"))])))
    }
}

fn curious() -> Builder {
    Bot::with::<Curious>().admin("ann").config("[access.roles]\nwipers = [\"console:bob\"]")
}

#[tokio::test]
async fn a_missing_argument_becomes_a_question() {
    let bot = Bot::with::<TravisHook>().admin("ann").config("plugins.travishook.config_urls = []").start().await;
    for line in ["!travis route", "o/r", "here"] {
        bot.say_privately("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !travis route
    bot     > Repository, as owner/name? (!nay leaves)
    ann     > o/r
    bot     > Chat to post to, as network:address?
    ann     > here
    bot     > Done. Relaying messages from o/r to console:ann for events: passed, fixed, broken, failed, still_failing.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ");
}

#[tokio::test]
async fn a_wrong_answer_is_explained_and_asked_for_again() {
    let bot = curious().start().await;
    for line in ["!build", "o/r", "develop", "2", "!build o/r", "a", "b", "c", "main", "!find x", "many", "7"] {
        bot.say_privately("bob", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @r#"
    bob     > !build
    bot     > Repository, as owner/name? (!nay leaves)
    bob     > o/r
    bot     > Branch to build?
              1. main
              2. stable
    bob     > develop
    bot     > BRANCH: develop is none of main or stable.
              Branch to build?
              1. main
              2. stable
    bob     > 2
    bot     > building Stable of "o/r", 1 times
    bob     > !build o/r
    bot     > Branch to build? (!nay leaves)
              1. main
              2. stable
    bob     > a
    bot     > BRANCH: a is none of main or stable. Did you mean main?
              Branch to build?
              1. main
              2. stable
    bob     > b
    bot     > BRANCH: b is none of main or stable.
              Branch to build?
              1. main
              2. stable
    bob     > c
    bot     > BRANCH: c is none of main or stable.
              Usage: !build <REPO> <BRANCH> [TIMES]
    bob     > main
    bot     > Commands begin with !: try !help.
    bob     > !find x
    bot     > In how many lines? (!nay leaves)
    bob     > many
    bot     > --lines: many is no whole number.
              In how many lines?
    bob     > 7
    bot     > "x" in 7 lines, any case: false
    "#);
}

#[tokio::test]
async fn an_answer_is_one_value_as_it_was_typed() {
    let bot = curious().start().await;
    for answer in ["two words", "\"quoted\" 'text", "-x", "--lines=9", "--any", "--", "  spaces  ", "=", "don’t —stop"]
    {
        bot.say_privately("bob", "!find --lines 3").await;
        bot.say_privately("bob", answer).await;
        bot.say_privately("bob", "!build").await;
        bot.say_privately("bob", answer).await;
        bot.say_privately("bob", "main").await;
    }
    let transcript = bot.transcript();
    let answers: Vec<_> = transcript.lines().filter(|line| line.contains("bot") && !line.contains('?')).collect();
    insta::assert_snapshot!(answers.join("\n"), @r#"
    bot     > "two words" in 3 lines, any case: false
    bot     > building Main of "two words", 1 times
    bot     > "\"quoted\" 'text" in 3 lines, any case: false
    bot     > building Main of "\"quoted\" 'text", 1 times
    bot     > "-x" in 3 lines, any case: false
    bot     > building Main of "-x", 1 times
    bot     > "--lines=9" in 3 lines, any case: false
    bot     > building Main of "--lines=9", 1 times
    bot     > "--any" in 3 lines, any case: false
    bot     > building Main of "--any", 1 times
    bot     > "--" in 3 lines, any case: false
    bot     > building Main of "--", 1 times
    bot     > "spaces" in 3 lines, any case: false
    bot     > building Main of "spaces", 1 times
    bot     > "=" in 3 lines, any case: false
    bot     > building Main of "=", 1 times
    bot     > "don’t —stop" in 3 lines, any case: false
    bot     > building Main of "don’t —stop", 1 times
    "#);
}

#[tokio::test]
async fn where_others_read_and_there_are_no_buttons_the_usage_is_shown() {
    let bot = curious().start().await;
    bot.say("bob", "!build").await;
    bot.say("bob", "o/r").await;
    let buttons = curious().buttons().start().await;
    for line in ["!build", "o/r"] {
        buttons.say("bob", line).await;
    }
    buttons.press("bob", "stable").await;
    insta::assert_snapshot!(bot.transcript() + &buttons.transcript(), @r#"
    bob     > !build
    bot     > REPO is missing: Repository, as owner/name.
              BRANCH is missing: Branch to build.
              Usage: !build <REPO> <BRANCH> [TIMES]
    bob     > o/r
    bob     > !build
    bot     > Repository, as owner/name? (!nay leaves)
    bob     > o/r
    bot     > Branch to build?
              [main] [stable]
    bob     > [stable]
    bot     > building Stable of "o/r", 1 times
    "#);
}

#[tokio::test]
async fn a_secret_is_asked_for_in_private_and_never_repeated() {
    let bot = curious().edits().buttons().start().await;
    bot.say("bob", "!keep").await;
    // The last is no command that there is: a password may begin with any character.
    for line in ["!keep", "ann", "c4", "!canary", "!nay", "!keep ann", "c5", "c6", "c7"] {
        bot.say_privately("bob", line).await;
    }
    let transcript = bot.transcript();
    for secret in ["canary", "c4", "c5", "c6", "c7"] {
        assert!(!transcript.contains(secret), "{transcript}");
    }
    insta::assert_snapshot!(transcript, @"
    bob     > !keep
    bot     > Please ask me !keep in a private chat.
    bob     > !keep
    bot     > Whose it is? (!nay leaves)
    bob     > ann
    bot     > The password?
    bob     > ***
    bot     > (removes typed)
    bot     > PASSWORD: that cannot be it.
              The password?
    bob     > ***
    bot     > (removes typed)
    bot     > ann has a password of 7 letters
    bob     > !nay
    bot     > I have not asked you anything here.
    bob     > !keep ***
    bot     > The password? (!nay leaves)
    bob     > ***
    bot     > (removes typed)
    bot     > PASSWORD: that cannot be it.
              The password?
    bob     > ***
    bot     > (removes typed)
    bot     > PASSWORD: that cannot be it.
              The password?
    bob     > ***
    bot     > (removes typed)
    bot     > Usage: !keep <NAME> <PASSWORD>
    ");
}

#[tokio::test]
async fn others_have_read_a_secret_only_where_one_may_have_been_typed() {
    let bot = Bot::with::<TravisHook>().and::<Curious>().admin("ann").start().await;
    // The name may have been meant as the password: who could tell?
    let lines = ["travis token o/r", "travis token", "travis token o/r canary", "travis token canary", "keep canary"];
    for line in lines {
        bot.say("ann", &format!("!{line}")).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !travis token o/r
    bot     > Please ask me !travis token in a private chat.
    ann     > !travis token
    bot     > Please ask me !travis token in a private chat.
    ann     > !travis token o/r ***
    bot     > Please ask me !travis token in a private chat. Others may have read the secret in it: replace it with a new one.
    ann     > !travis token ***
    bot     > Please ask me !travis token in a private chat. Others may have read the secret in it: replace it with a new one.
    ann     > !keep ***
    bot     > Please ask me !keep in a private chat. Others may have read the secret in it: replace it with a new one.
    ");
}

#[tokio::test]
async fn access_is_checked_before_the_questions_and_after_the_answers() {
    let rule = "[[access.rules]]\ncommand = \"build\"\nargs = { branch = \"stable\" }\nallow = false\n";
    let bot = curious().config(rule).start().await;
    bot.say_privately("eve", "!wipe").await;
    for line in ["!build o/r", "main", "!build o/r", "Stable", "!build o/r", "2"] {
        bot.say_privately("eve", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @r#"
    eve     > !wipe
    bot     > !wipe is for wipers and admins. !whoami shows who you are to me.
    eve     > !build o/r
    bot     > Branch to build? (!nay leaves)
              1. main
              2. stable
    eve     > main
    bot     > building Main of "o/r", 1 times
    eve     > !build o/r
    bot     > Branch to build? (!nay leaves)
              1. main
              2. stable
    eve     > Stable
    bot     > You may not run !build here: a rule of the config refuses it.
    eve     > !build o/r
    bot     > Branch to build? (!nay leaves)
              1. main
              2. stable
    eve     > 2
    bot     > You may not run !build here: a rule of the config refuses it.
    "#);
}

#[tokio::test]
async fn only_the_person_asked_answers_by_a_button_and_only_once() {
    let bot = curious().buttons().start().await;
    bot.say("bob", "!colour").await;
    bot.press("eve", "red").await;
    bot.press("bob", "blue").await;
    bot.press("bob", "red").await;
    bot.press("eve", "red").await;
    // The same question again, whose button another chat cannot press.
    bot.say("bob", "!colour").await;
    let (message, line) = bot.script().button("lobby", "red").unwrap();
    bot.press_data("ops", "bob", "red", &message, &line);
    bot.settled().await;
    bot.press_data("lobby", "bob", "forged", &message, &line.replace(":1", ":9"));
    bot.settled().await;
    bot.say("bob", "!nay").await;
    bot.press("bob", "red").await;
    // What a button carries is nothing when it is typed.
    bot.say("bob", &line).await;
    bot.say("bob", &format!("!{line}")).await;
    let transcript = bot.transcript().replace(&line, "answer:TOKEN:1");
    insta::assert_snapshot!(transcript, @"
    bob     > !colour
    bot     > Which colour?
              [red] [blue]
    eve     > [red]
    bot     > This question is for bob.
    bob     > [blue]
    bot     > blue in lobby
    bob     > [red]
    bot     > This question is no longer open.
    eve     > [red]
    bot     > This question is no longer open.
    bob     > !colour
    bot     > Which colour?
              [red] [blue]
    bob@ops > [red]
    bot@ops > This question is no longer open.
    bob     > [forged]
    bot     > This question is no longer open.
    bob     > !nay
    bot     > Never mind.
    bob     > [red]
    bot     > This question is no longer open.
    bob     > answer:TOKEN:1
    bob     > !answer:TOKEN:1
    bot     > There is no command !answer:TOKEN:1. Try !help.
    ");
}

#[tokio::test]
async fn questions_of_one_person_in_two_chats_do_not_mix() {
    let bot = curious().start().await;
    bot.say_in("ops", "bob", "!colour").await;
    bot.say_in("dev", "bob", "!colour").await;
    bot.say_in("dev", "eve", "1").await;
    bot.say_in("ops", "bob", "2").await;
    bot.say_in("lobby", "bob", "!nay").await;
    bot.say_in("dev", "bob", "green").await;
    bot.say_in("ops", "bob", "!colour").await;
    bot.pass(Duration::from_secs(299)).await;
    bot.say_in("ops", "bob", "!echo a command is no answer").await;
    bot.say_in("ops", "bob", "red").await;
    bot.say_in("ops", "bob", "!colour").await;
    bot.pass(Duration::from_secs(300)).await;
    bot.posted("Too late").await;
    bot.say_in("ops", "bob", "red").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob@ops > !colour
    bot@ops > Which colour?
              1. red
              2. blue
    bob@dev > !colour
    bot@dev > Which colour?
              1. red
              2. blue
    eve@dev > 1
    bob@ops > 2
    bot@ops > blue in ops
    bob     > !nay
    bot     > I have not asked you anything here.
    bob@dev > green
    bot@dev > green in dev
    bob@ops > !colour
    bot@ops > Which colour?
              1. red
              2. blue
    bob@ops > !echo a command is no answer
    bot@ops > This is a new command: I leave my question for !colour.
    bot@ops > a command is no answer
    bob@ops > red
    bob@ops > !colour
    bot@ops > Which colour?
              1. red
              2. blue
    bot@ops > Too late; please ask me again.
    bob@ops > red
    ");
}

#[tokio::test]
async fn nay_leaves_in_every_spelling_of_a_network() {
    let bot = curious().start().await;
    let line = |line: &str, addressed| Incoming {
        addressed,
        ..Incoming::new(ChatId::new("console", "bob"), Sender::new("console", "bob", "bob"), true, line)
    };
    for (said, addressed) in [("build", true), ("nay", true), ("!build", false), (" !NAY ", false), ("nay", true)] {
        bot.hear(line(said, addressed)).await.unwrap();
        bot.settled().await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > build
    bot     > Repository, as owner/name? (!nay leaves)
    bob     > nay
    bot     > Never mind.
    bob     > !build
    bot     > Repository, as owner/name? (!nay leaves)
    bob     >  !NAY
    bot     > Never mind.
    bob     > nay
    bot     > I have not asked you anything here.
    ");
}

#[tokio::test]
async fn what_cannot_be_undone_is_shown_and_runs_on_yes_alone() {
    let bot = curious().start().await;
    let answers = ["yes", "Y", "1", "no", "maybe", "!nay", "!echo other", "2"];
    for answer in answers {
        bot.say("bob", "!wipe \"the attic\" -d").await;
        bot.say("eve", "yes").await;
        bot.say("bob", answer).await;
    }
    bot.say("bob", "!wipe attic").await;
    bot.pass(Duration::from_secs(60)).await;
    bot.posted("Too late").await;
    bot.say("bob", "yes").await;
    bot.say_privately("ann", "!wipe vault").await;
    bot.say_privately("ann", "canary").await;
    bot.say_privately("ann", "yes").await;
    let transcript = bot.transcript();
    assert!(!transcript.contains("canary"), "{transcript}");
    let transcript = transcript.replace("eve     > yes\n", "");
    insta::assert_snapshot!(transcript, @r#"
    bob     > !wipe "the attic" -d
    bot     > Really run !wipe "the attic" --how well --deep?
              1. yes
              2. no
    bob     > yes
    bot     > wiped the attic well
    bob     > !wipe "the attic" -d
    bot     > Really run !wipe "the attic" --how well --deep?
              1. yes
              2. no
    bob     > Y
    bot     > wiped the attic well
    bob     > !wipe "the attic" -d
    bot     > Really run !wipe "the attic" --how well --deep?
              1. yes
              2. no
    bob     > 1
    bot     > wiped the attic well
    bob     > !wipe "the attic" -d
    bot     > Really run !wipe "the attic" --how well --deep?
              1. yes
              2. no
    bob     > no
    bot     > Nothing was done.
    bob     > !wipe "the attic" -d
    bot     > Really run !wipe "the attic" --how well --deep?
              1. yes
              2. no
    bob     > maybe
    bot     > I take that as a no: nothing was done.
    bob     > !wipe "the attic" -d
    bot     > Really run !wipe "the attic" --how well --deep?
              1. yes
              2. no
    bob     > !nay
    bot     > Never mind: nothing was done.
    bob     > !wipe "the attic" -d
    bot     > Really run !wipe "the attic" --how well --deep?
              1. yes
              2. no
    bob     > !echo other
    bot     > I take that as a no: nothing was done.
    bot     > other
    bob     > !wipe "the attic" -d
    bot     > Really run !wipe "the attic" --how well --deep?
              1. yes
              2. no
    bob     > 2
    bot     > Nothing was done.
    bob     > !wipe attic
    bot     > Really run !wipe attic --how well?
              1. yes
              2. no
    bot     > Too late: nothing was done.
    bob     > yes
    ann     > !wipe vault
    bot     > Its password? (!nay leaves)
    ann     > ***
    bot     > Really run !wipe vault ***?
              1. yes
              2. no
    ann     > yes
    bot     > wiped with 6 letters
    "#);
}

#[tokio::test]
async fn a_confirmation_has_buttons_for_the_person_asked() {
    let bot = curious().buttons().start().await;
    bot.say("bob", "!wipe attic --how slowly").await;
    bot.press("eve", "yes").await;
    bot.press("bob", "no").await;
    bot.say("bob", "!wipe attic").await;
    bot.press("bob", "yes").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !wipe attic --how slowly
    bot     > Really run !wipe attic --how slowly?
              [yes] [no]
    eve     > [yes]
    bot     > This question is for bob.
    bob     > [no]
    bot     > Nothing was done.
    bob     > !wipe attic
    bot     > Really run !wipe attic --how well?
              [yes] [no]
    bob     > [yes]
    bot     > wiped attic well
    ");
}

#[tokio::test]
async fn after_the_yes_everything_is_looked_at_again() {
    let rights = Grant { command: "wipe*".into(), sender: "console:eve".into(), args: Default::default() };
    let bot = curious().start().await;
    bot.host().shared.grant("curious", rights.clone()).await.unwrap();
    bot.say("eve", "!wipe attic").await;
    bot.host().shared.revoke("curious", rights.clone()).await.unwrap();
    bot.say("eve", "yes").await;
    // The plugin is turned off, or begun again, between question and yes.
    bot.say("bob", "!wipe attic").await;
    bot.say_privately("bob", "!build o/r").await;
    bot.say("ann", "!plugin disable curious").await;
    bot.say("bob", "yes").await;
    bot.say("ann", "!plugin enable curious").await;
    bot.say_privately("bob", "main").await;
    bot.say("bob", "!wipe attic").await;
    bot.say("bob", "yes").await;
    insta::assert_snapshot!(bot.transcript(), @"
    eve     > !wipe attic
    bot     > Really run !wipe attic --how well?
              1. yes
              2. no
    eve     > yes
    bot     > !wipe is for wipers and admins. !whoami shows who you are to me.
    bob     > !wipe attic
    bot     > Really run !wipe attic --how well?
              1. yes
              2. no
    bob     > !build o/r
    bot     > Branch to build? (!nay leaves)
              1. main
              2. stable
    ann     > !plugin disable curious
    bot     > curious is now off.
    bob     > yes
    bot     > !wipe was turned off or changed while I asked you: nothing was done.
    ann     > !plugin enable curious
    bot     > curious is now on.
    bob     > main
    bot     > !build was turned off or changed while I asked you: nothing was done.
    bob     > !wipe attic
    bot     > Really run !wipe attic --how well?
              1. yes
              2. no
    bob     > yes
    bot     > wiped attic well
    ");
}

#[tokio::test]
async fn a_long_line_stays_in_the_journal_and_outlives_a_restart() {
    let mut bot = curious().buttons().start().await;
    bot.say("bob", "!offer").await;
    let carried = |label: &str| bot.script().button("lobby", label).unwrap().1;
    assert!(carried("Long").starts_with("action:"), "{}", carried("Long"));
    assert_eq!(carried("Short"), "!echo short");
    bot.restart().await;
    bot.press("eve", "Long").await;
    bot.press("eve", "Short").await;
    // Of another chat, unknown, and swept.
    let (message, line) = bot.script().button("lobby", "Long").unwrap();
    bot.press_data("ops", "eve", "Long", &message, &line);
    bot.settled().await;
    bot.press_data("lobby", "eve", "forged", &message, "action:nosuch");
    bot.settled().await;
    bot.pass(Duration::from_secs(31 * 86_400)).await;
    bot.host().shared.journal.sweep().await.unwrap();
    bot.press("eve", "Long").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !offer
    bot     > what now?
              [Long] [Short]
              [Build]
    eve     > [Long]
    bot     > a line that is much longer than what the button of a network can carry
    eve     > [Short]
    bot     > short
    eve@ops > [Long]
    bot@ops > I no longer know what this button stands for; please type the command.
    eve     > [forged]
    bot     > I no longer know what this button stands for; please type the command.
    eve     > [Long]
    bot     > I no longer know what this button stands for; please type the command.
    ");
}

#[tokio::test]
async fn a_restart_closes_questions_and_tells_what_a_press_had_begun() {
    let mut bot = curious().buttons().start().await;
    bot.say("bob", "!colour").await;
    bot.say("bob", "!offer").await;
    let (message, line) = bot.script().button("lobby", "Build").unwrap();
    let press = |number: &str| Incoming {
        pressed: Some(message.clone()),
        update: Some(number.into()),
        ..Incoming::new(ChatId::new("console", "lobby"), Sender::new("console", "bob", "bob"), false, line.clone())
    };
    bot.hear(press("1")).await.unwrap();
    bot.settled().await;
    bot.restart().await;
    bot.hear(press("1")).await.unwrap();
    bot.settled().await;
    bot.press("bob", "red").await;
    bot.press("bob", "stable").await;
    insta::assert_snapshot!(bot.transcript().replace(&line, "action:TOKEN"), @"
    bob     > !colour
    bot     > Which colour?
              [red] [blue]
    bob     > !offer
    bot     > This is a new command: I leave my question for !colour.
    bot     > what now?
              [Long] [Short]
              [Build]
    bob     > action:TOKEN
    bot     > Branch to build? (!nay leaves)
              [main] [stable]
    bot     > I was stopped while I ran your !build. It may have taken effect: please look before you ask again.
    bob     > action:TOKEN
    bob     > [red]
    bot     > This question is no longer open.
    bob     > [stable]
    bot     > This question is no longer open.
    ");
}

#[tokio::test]
async fn what_is_no_single_question_stays_a_usage_error() {
    let bot = curious().start().await;
    for line in ["!pick", "!pick --this", "!pick --this x --that y", "!echo", "two  words"] {
        bot.say_privately("bob", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !pick
    bot     > --this <THIS>|--that <THAT> is missing.
              Usage: !pick <--this <THIS>|--that <THAT>>
    bob     > !pick --this
    bot     > --this needs a value.
              Usage: !pick <--this <THIS>|--that <THAT>>
    bob     > !pick --this x --that y
    bot     > the argument '--this <THIS>' cannot be used with '--that <THAT>'
              Usage: !pick <--this <THIS>|--that <THAT>>
    bob     > !echo
    bot     > What to say? (!nay leaves)
    bob     > two  words
    bot     > two words
    ");
}

#[tokio::test]
async fn an_answer_may_name_several_where_several_are_taken() {
    let bot = curious().start().await;
    for line in [
        "!requests replay",
        "1 two",
        "1 #2 3",
        "!outbox drop",
        "4 5",
        "!apropos",
        "list outbox",
        "!apropos",
        "\"no such",
        "\"no such\" x",
    ] {
        bot.say_privately("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @r#"
    ann     > !requests replay
    bot     > Numbers of requests? (!nay leaves)
    ann     > 1 two
    bot     > REQUESTS: two is no whole number.
              Numbers of requests?
    ann     > 1 #2 3
    bot     > I know no request 1: none had that number, or it is too old.
    bot     > I know no request 2: none had that number, or it is too old.
    bot     > I know no request 3: none had that number, or it is too old.
    ann     > !outbox drop
    bot     > Their numbers, or `all` for every dead letter? (!nay leaves)
    ann     > 4 5
    bot     > No notice with the number 4 or 5 waits or was given up.
    ann     > !apropos
    bot     > Words that must all stand there? (!nay leaves)
    ann     > list outbox
    bot     > host
              • !outbox list [FILTER]...: List the notices that wait or were given up
    ann     > !apropos
    bot     > Words that must all stand there? (!nay leaves)
    ann     > "no such
    bot     > The quote " is not closed.
              Words that must all stand there?
    ann     > "no such" x
    bot     > No command that you may run says anything of that. !help lists them all.
    "#);
}

#[tokio::test]
async fn texts_name_commands_with_the_prefix_of_the_config() {
    let slash = "plugins.travishook.config_urls = []\n[commands]\nprefixes = [\"/\", \"!\"]";
    let bot = Bot::with::<TravisHook>().and::<Curious>().admin("ann").config(slash).start().await;
    for line in ["/travis route", "o/r", "!nay", "/travis token x/y", "/travis", "/help history", "/halp", "/wipe"] {
        bot.say_privately("ann", line).await;
    }
    for line in ["/nay", "/offer", "/whoami x", "/plugin info nosuch", "/outbox drop x", "/history", "/2", "/wipe a"] {
        bot.say_privately("ann", line).await;
    }
    bot.say_privately("ann", "/cancel").await;
    bot.posted("cancelled").await;
    for line in ["/apropos history", "/!", "/9", "hello"] {
        bot.say_privately("ann", line).await;
    }
    bot.post("ci", Sample { path: Some("/curious".into()), headers: vec![], body: "{}".into() }).await;
    bot.say_privately("ann", "/travis route o/r here failed").await;
    bot.say_privately("ann", "/plugin disable curious").await;
    let transcript = bot.transcript();
    // `/!` repeats, and `!` in a pattern of branches excludes.
    let said = transcript.replace("/!", "").replace("! excludes", "");
    let odd = |line: &&str| line.contains('!') && !line.starts_with("ann ");
    let odd: Vec<_> = said.lines().filter(odd).collect();
    assert_eq!(odd, [""; 0], "{transcript}");
    insta::assert_snapshot!(transcript, @"
    ann     > /travis route
    bot     > Repository, as owner/name? (/nay leaves)
    ann     > o/r
    bot     > Chat to post to, as network:address?
    ann     > !nay
    bot     > Never mind.
    ann     > /travis token x/y
    bot     > The repository x/y is unknown to me; a route makes it known: /travis route x/y CHAT
    ann     > /travis
    bot     > /help travis lists the commands that you may run.
              Events: pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them. Options of a route, after the events: branch=PATTERN[,…] (* and ? are wild, ! excludes), edit=on|off, thread=ID.
    ann     > /help history
    bot     > /history
              List your last commands in this chat: /! repeats the last one, /3 the third last.
              It is for everyone, unless a rule of the config says otherwise.
    ann     > /halp
    bot     > There is no command /halp. Did you mean /help?
    ann     > /wipe
    bot     > What to wipe? (/nay leaves)
    ann     > /nay
    bot     > Never mind.
    ann     > /offer
    bot     > what now?
              Long: /echo a line that is much longer than what the button of a network can carry
              Short: /echo short
              Build: /build oooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo
    ann     > /whoami x
    bot     > x is one word too many.
              Usage: /whoami
    ann     > /plugin info nosuch
    bot     > There is no plugin nosuch. /repos lists those that there are.
    ann     > /outbox drop x
    bot     > A notice is named by its number, as /outbox list shows it; or say all.
    ann     > /history
    bot     > 5 /travis
              4 /help history
              3 /offer
              2 /plugin info nosuch
              1 /outbox drop x
    ann     > /2
    bot     > /plugin info nosuch
    bot     > There is no plugin nosuch. /repos lists those that there are.
    ann     > /wipe a
    bot     > Really run /wipe a --how well?
              1. yes
              2. no
    ann     > /cancel
    bot     > /wipe was cancelled; nothing was done.
    ann     > /apropos history
    bot     > host
              • /history: List your last commands in this chat: /! repeats the last one, /3 the third last
    ann     > /!
    bot     > /apropos history
    bot     > host
              • /history: List your last commands in this chat: /! repeats the last one, /3 the third last
    ann     > /9
    bot     > There is no line /9: I remember 6 lines of yours here, as /history shows.
    ann     > hello
    bot     > Commands begin with /: try /help.
    ci      > POST /curious 204
    bot@ops > it failed
              Again: /echo a line that is much longer than what the button of a network can carry
    ann     > /travis route o/r here failed
    bot     > Done. Relaying messages from o/r to console:ann for events: failed.
              Nothing is posted before its token is set, in a private chat: /travis token o/r TOKEN
    ann     > /plugin disable curious
    bot     > curious is now off.
    ");
}

#[tokio::test]
async fn a_button_of_a_notice_follows_its_chat() {
    let bot = curious().buttons().start().await;
    let sample = || Sample { path: Some("/curious".into()), headers: vec![], body: "{}".into() };
    bot.post("ci", sample()).await;
    let (message, line) = bot.script().button("ops", "Again").unwrap();
    bot.script().fail_next_in("ops", Trouble::Moved("attic"));
    bot.post("ci", sample()).await;
    bot.press_data("attic", "bob", "Again", &message, &line);
    bot.settled().await;
    insta::assert_snapshot!(bot.transcript(), @"
    ci      > POST /curious 204
    bot@ops > it failed
              [Again]
    ci      > POST /curious 204
    bot@attic > it failed
              [Again]
    bob@attic > [Again]
    bot@attic > a line that is much longer than what the button of a network can carry
    ");
}

#[tokio::test]
async fn a_reply_follows_its_chat_and_so_do_its_buttons() {
    let bot = curious().buttons().start().await;
    bot.script().fail_next_in("ops", Trouble::Moved("attic"));
    bot.say_in("ops", "bob", "!offer").await;
    bot.press_in("attic", "bob", "Long").await;
    bot.script().fail_next_in("dev", Trouble::Moved("cellar"));
    bot.say_in("dev", "bob", "!colour").await;
    bot.press_in("cellar", "bob", "blue").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob@ops > !offer
    bot@attic > what now?
              [Long] [Short]
              [Build]
    bob@attic > [Long]
    bot@attic > a line that is much longer than what the button of a network can carry
    bob@dev > !colour
    bot@cellar > Which colour?
              [red] [blue]
    bob@cellar > [blue]
    bot@dev > blue in dev
    ");
}

#[tokio::test]
async fn a_press_is_checked_as_the_person_who_pressed() {
    let rule = "[[access.rules]]\ncommand = \"echo\"\nsender = \"console:eve\"\nallow = false\n";
    let bot = curious().config(rule).buttons().start().await;
    bot.say("bob", "!offer").await;
    bot.press("eve", "Long").await;
    bot.press("eve", "Short").await;
    bot.press("bob", "Short").await;
    let (message, _) = bot.script().button("lobby", "Short").unwrap();
    for line in ["!keep ann canary", "wipe attic", "", "!", "!?"] {
        bot.press_data("lobby", "eve", "forged", &message, line);
        bot.settled().await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !offer
    bot     > what now?
              [Long] [Short]
              [Build]
    eve     > [Long]
    bot     > You may not run !echo here: a rule of the config refuses it.
    eve     > [Short]
    bot     > You may not run !echo here: a rule of the config refuses it.
    bob     > [Short]
    bot     > short
    eve     > [forged]
    bot     > Please ask me !keep in a private chat. Others may have read the secret in it: replace it with a new one.
    eve     > [forged]
    bot     > !wipe is for wipers and admins. !whoami shows who you are to me.
    eve     > [forged]
    bot     > There is no command !. Try !help.
    eve     > [forged]
    bot     > There is no command !. Try !help.
    eve     > [forged]
    bot     > There is no command !?. Try !help.
    ");
}

#[tokio::test]
async fn a_press_is_a_command_and_no_answer() {
    let bot = curious().buttons().start().await;
    bot.say("bob", "!offer").await;
    bot.say("bob", "!colour").await;
    bot.press("bob", "Short").await;
    bot.say("bob", "red").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !offer
    bot     > what now?
              [Long] [Short]
              [Build]
    bob     > !colour
    bot     > Which colour?
              [red] [blue]
    bob     > [Short]
    bot     > This is a new command: I leave my question for !colour.
    bot     > short
    bob     > red
    ");
}

/// What a plugin writes on a button is a command line, whatever it looks like.
#[tokio::test]
async fn a_press_is_no_secret_and_never_a_line_of_the_host_by_its_looks() {
    let bot = curious().buttons().start().await;
    bot.say_in("bob", "bob", "!trick").await;
    bot.say_privately("bob", "!keep ann").await;
    bot.press_in("bob", "bob", "Gone").await;
    bot.press_in("bob", "bob", "Action").await;
    bot.press_in("bob", "bob", "Answer").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob@bob > !trick
    bot     > pick
              [Gone] [Action] [Answer]
    bob     > !keep ***
    bot     > The password? (!nay leaves)
    bob     > [Gone]
    bot     > This is a new command: I leave my question for !keep.
    bot     > There is no command !gone. Try !help.
    bob     > [Action]
    bot     > There is no command !action:abc. Try !help.
    bob     > [Answer]
    bot     > There is no command !answer:abc:1. Try !help.
    ");
}

#[tokio::test]
async fn a_question_waits_for_a_day_at_most() {
    let bot = Bot::with::<Curious>().start().await;
    bot.say("bob", "!muse").await;
    bot.clock().advance(Duration::from_secs(86_399));
    bot.say("bob", "because").await;
    assert!(bot.transcript().ends_with("so, because\n"));
    bot.say("bob", "!muse").await;
    bot.clock().advance(Duration::from_secs(86_400));
    bot.posted("Too late").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !muse
    bot     > Why?
    bot     > Too late; please ask me again.
    ");
}
