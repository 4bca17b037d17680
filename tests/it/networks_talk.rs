//! What a network with groups, topics and buttons makes of the host's answers: presses,
//! questions, topics, chats that move, menus, and the first things that people ask.
use factotum_host::dispatch::lane::DispatchInbox;
use factotum_plugin_api::{
    chat::{ChatEvent, Offer, Receive},
    prelude::*,
};
use factotum_testing::{Bot, Builder, LOBBY};
use plugin_travishook::TravisHook;

struct Painter {
    host: Host,
}
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Colour {
    Red,
    Blue,
}
/// Paint a wall
#[derive(Args)]
struct PaintArgs {
    /// Wall to paint
    wall: String,
    /// Its colour
    colour: Colour,
}
/// Post something
#[derive(Args)]
struct PostArgs {
    /// Chat to post to
    chat: ChatId,
    /// What to post
    text: String,
}
/// Name a place
#[derive(Args)]
struct NameArgs {
    /// Any place
    place: String,
}
/// Take all paint off
#[derive(Args)]
struct StripArgs {}

impl Plugin for Painter {
    const NAME: &'static str = "painter";
    type Config = NoConfig;
    fn start(_: NoConfig, host: Host) -> Result<Self> {
        Ok(Painter { host })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands
            .on("paint", Access::EVERYONE, Self::paint)
            .on("paint strip", Access::ADMINS.in_private(), Self::strip)
            .on("post-it", Access::EVERYONE, Self::post)
            .on("name", Access::EVERYONE, Self::name)
            .home("Paint the hall", "!paint hall red")
            .home("Strip", "!paint strip");
    }
}
impl Painter {
    async fn paint(&self, _: &Call, args: PaintArgs) -> Result<Reply> {
        Ok(format!("{} is {:?}.", args.wall, args.colour).into())
    }
    async fn strip(&self, _: &Call, _: StripArgs) -> Result<Reply> {
        Ok("It is all off.".into())
    }
    async fn post(&self, _: &Call, args: PostArgs) -> Result<Reply> {
        self.host.outbox.post(Notice::new(args.chat, args.text), None).await?;
        Ok(Reply::default()) // it could come before the notice or after it
    }
    async fn name(&self, _: &Call, args: NameArgs) -> Result<Reply> {
        Ok(format!("It is {}.", args.place).into())
    }
}

fn painter() -> Builder {
    Bot::with::<Painter>().admin("ann").buttons().groups()
}
fn chat(address: &str) -> ChatId {
    ChatId::new("console", address)
}
/// Somebody says a line in the topic 42 of a room.
async fn in_topic(bot: &Bot, room: &str, who: &str, line: &str) {
    let mut incoming = Incoming::new(chat(room), Sender::new("console", who, who), false, line);
    (incoming.thread, incoming.message) = (Some("42".into()), Some("typed".into()));
    bot.hear(incoming).await.unwrap();
    bot.settled().await;
}
async fn moves(bot: &Bot, from: &str, to: &str) {
    let event = ChatEvent::Moved { from: chat(from), to: chat(to) };
    DispatchInbox(bot.host().dispatch.clone()).event(event, "7").await.unwrap();
}

#[tokio::test]
async fn every_press_is_answered_once() {
    let bot = painter().start().await;
    bot.say("bob", "!paint hall").await;
    let (message, red) = bot.script().button(LOBBY, "red").unwrap();
    bot.press("eve", "red").await;
    bot.press("bob", "red").await;
    bot.press_data(LOBBY, "bob", "red", &message, &red);
    bot.settled().await;
    bot.press_data(LOBBY, "bob", "forged", &message, "action:nosuch");
    bot.settled().await;
    bot.press_data(LOBBY, "bob", "strip", &message, "!paint strip");
    bot.settled().await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !paint hall
    bot     > Its colour? (!nay leaves)
              [red] [blue]
              (to typed)
    eve     > [red]
    bot     > (to the press of eve) This question is for bob.
    bob     > [red]
    bot     > (to the press of bob) taken
    bot     > hall is Red.
    bob     > [red]
    bot     > (to the press of bob) This question is no longer open. (the button goes)
    bob     > [forged]
    bot     > (to the press of bob) I no longer know what this button stands for; please type the command. (the button goes)
    bob     > [strip]
    bot     > (to the press of bob) taken
    bot     > !paint strip is for admins. !whoami shows who you are to me.
    ");
}

#[tokio::test]
async fn what_a_network_does_not_show_to_the_presser_is_posted() {
    let bot = Bot::with::<Painter>().buttons().start().await;
    bot.say("bob", "!paint hall").await;
    let (message, red) = bot.script().button(LOBBY, "red").unwrap();
    for who in ["eve", "bob"] {
        let mut press = Incoming::new(chat(LOBBY), Sender::new("console", who, who), false, red.as_str());
        (press.pressed, press.press) = (Some(message.clone()), Some("1".into()));
        bot.hear(press).await.unwrap();
        bot.settled().await;
    }
    let told = bot.transcript().replace(red.split(':').nth(1).unwrap(), "TOKEN");
    insta::assert_snapshot!(told, @"
    bob     > !paint hall
    bot     > Its colour? (!nay leaves)
              [red] [blue]
    eve     > answer:TOKEN:1
    bot     > (to the press of eve) This question is for bob.
    bot     > This question is for bob.
    bob     > answer:TOKEN:1
    bot     > (to the press of bob) taken
    bot     > hall is Red.
    ");
}

#[tokio::test]
async fn a_press_that_is_dropped_is_answered_too() {
    let bot = painter().start().await;
    bot.script().hold(LOBBY);
    bot.begin_to_say("bob", "!whoami");
    for _ in 0..67 {
        tokio::task::yield_now().await;
        bot.press_data(LOBBY, "bob", "Again", "m1", "!whoami");
    }
    bot.posted("You are ahead of me").await;
    bot.begin_to_say("bob", "!cancel all");
    bot.script().release();
    bot.settled().await;
    let told = bot.transcript();
    let answers = told.matches("(to the press of bob)").count();
    assert_eq!(answers, 67, "{told}");
}

#[tokio::test]
async fn a_question_answers_the_line_where_others_read() {
    let bot = painter().start().await;
    bot.say("bob", "!paint").await;
    bot.say("bob", "hall").await;
    bot.press("bob", "blue").await;
    bot.say_privately("bob", "!paint").await;
    bot.say_privately("bob", "!nay").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !paint
    bot     > Wall to paint? (!nay leaves)
              (to typed)
              (type here)
    bob     > hall
    bot     > Its colour?
              [red] [blue]
              (to typed)
    bob     > [blue]
    bot     > (to the press of bob) taken
    bot     > hall is Blue.
    bob     > !paint
    bot     > Wall to paint? (!nay leaves)
    bob     > !nay
    bot     > Never mind.
    ");
}

#[tokio::test]
async fn here_is_the_topic() {
    let bot = Bot::with::<TravisHook>().and::<Painter>().admin("ann").groups();
    let bot = bot.config("[plugins.travishook]").start().await;
    in_topic(&bot, "ops", "ann", "!travis route o/r here failed").await;
    in_topic(&bot, "ops", "ann", "!post-it here done").await;
    bot.say_in("ops", "ann", "!travis routes").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann@ops > !travis route o/r here failed
    bot@ops/42 > Done. Relaying messages from o/r to console:ops/42 for events: failed.
              Travis CI signs its requests, so no token is needed.
    ann@ops > !post-it here done
    bot@ops/42 > done
    ann@ops > !travis routes
    bot@ops > Routing o/r to:
              • console:ops/42 for events: failed
    ");
}

#[tokio::test]
async fn what_refuses_a_group_refuses_its_topics() {
    let rules = r#"
        [[access.rules]]
        command = "post-it"
        args = { chat = "console:ops" }
        allow = false
        [[access.rules]]
        command = "name"
        args = { "*" = "console:ops" }
        allow = false
        [[access.rules]]
        command = "paint"
        chat = "console:ops"
        allow = false
    "#;
    let bot = painter().config(rules).start().await;
    for line in ["!post-it here x", "!post-it ops/7 x", "!post-it dev/7 x", "!name here", "!paint hall red"] {
        in_topic(&bot, "ops", "bob", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    bob@ops > !post-it here x
    bot@ops/42 > You may not run !post-it here: a rule of the config refuses it.
    bob@ops > !post-it ops/7 x
    bot@ops/42 > You may not run !post-it here: a rule of the config refuses it.
    bob@ops > !post-it dev/7 x
    bot@dev/7 > x
    bob@ops > !name here
    bot@ops/42 > You may not run !name here: a rule of the config refuses it.
    bob@ops > !paint hall red
    bot@ops/42 > You may not run !paint here: a rule of the config refuses it.
    ");
}

#[tokio::test]
async fn what_people_ask_first() {
    let bot = painter().start().await;
    bot.say_privately("bob", "!getid").await;
    bot.say_in("ops", "bob", "!getid").await;
    in_topic(&bot, "ops", "bob", "!getid").await;
    bot.say_privately("bob", "!start").await;
    bot.say_privately("ann", "!start from-a-link").await;
    bot.press_in("bob", "bob", "Paint the hall").await;
    bot.say("bob", "!commands").await;
    bot.say("bob", "!commands botfather").await;
    bot.say("bob", "!help start").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    bob     > !getid
    bot     > Your id is console:bob.
              In the config, admins = ["console:bob"] makes you an admin.
    bob@ops > !getid
    bot@ops > bob, your id is console:bob.
              This chat is console:ops.
              In the config, admins = ["console:bob"] makes you an admin. here stands for this place wherever a command asks for a chat.
    bob@ops > !getid
    bot@ops/42 > bob, your id is console:bob.
              This chat is console:ops; this topic is console:ops/42.
              In the config, admins = ["console:bob"] makes you an admin. here stands for this place wherever a command asks for a chat.
    bob     > !start
    bot     > Hello bob! !help lists what you may ask of me.
              [Paint the hall]
    ann     > !start from-a-link
    bot     > Hello ann! !help lists what you may ask of me.
              [Paint the hall]
              [Strip]
    bob     > [Paint the hall]
    bot     > (to the press of bob) taken
    bot     > hall is Red.
    bob     > !commands
    bot     > about, apropos, cancel, commands, echo, getid, help, history, lang, lang me, name, paint, plugin info, plugin list, post-it, repos, repos info, repos search, status, whoami
    bob     > !commands botfather
    bot     > Send /setcommands to @BotFather, choose this bot, and send:
              about - Say what this bot is
              apropos - Find commands by what they are called and what their help says
              cancel - End what you run in this chat; your lines that wait behind it are run
              commands - List the commands you may run, in one line
              echo - Say it back
              getid - Show your id and that of this chat, for the config and for routes
              help - List the commands you may run, or explain one
              history - List your last commands in this chat: !! repeats the last one, !3 the third last
              lang - Show the language of answers, or choose one: in private for yourself, in a group for all of it
              lang_me - Choose the language that you are answered in
              name - Name a place
              paint - Paint a wall
              plugin_info - Show a plugin's version, commands, hooks and jobs
              plugin_list - List the plugins of this binary, and those it was built without
              post_it - Post something
              repos - List the plugins of this binary, and those it was built without
              repos_info - Show a plugin's version, commands, hooks and jobs
              repos_search - Find plugins by name or by what they do
              status - Show how the host, its chats and its plugins stand
              whoami - Show who you are to the bot
    bob     > !help start
    bot     > !start [WITH]...
              Say hello, and what there is to begin with.
              • WITH: What came with the link that began it
              It is for everyone, unless a rule of the config says otherwise.
    "#);
    let bare = Bot::bare().start().await;
    bare.say("bob", "!start").await;
    insta::assert_snapshot!(bare.transcript(), @"
    bob     > !start
    bot     > Hello bob! !help lists what you may ask of me.
    ");
}

#[tokio::test]
async fn a_network_is_told_what_to_offer() {
    let rules = r#"
        [[access.rules]]
        command = "name"
        private = false
        allow = false
    "#;
    let mut bot = painter().config(rules).start().await;
    let shown = |offers: &[Offer]| {
        let own = offers.iter().filter(|offer| ["paint", "name", "post"].iter().any(|own| offer.path.starts_with(own)));
        let shown =
            own.map(|Offer { path, about, private }| format!("{path}: {about}{}", if *private { " (p)" } else { "" }));
        shown.collect::<Vec<_>>().join("\n")
    };
    let menu = bot.script().menu();
    assert!(!menu.everyone.iter().any(|offer| offer.path == "start" || offer.path == "reload"));
    insta::assert_snapshot!(shown(&menu.everyone), @"
    name: Name a place (p)
    paint: Paint a wall
    post-it: Post something
    ");
    assert_eq!(menu.people.iter().map(|(account, _)| account.as_str()).collect::<Vec<_>>(), ["ann"]);
    assert!(menu.people[0].1.iter().any(|offer| offer.path == "reload" && offer.private));
    insta::assert_snapshot!(shown(&menu.people[0].1), @"
    name: Name a place (p)
    paint: Paint a wall
    paint strip: Take all paint off (p)
    post-it: Post something
    ");
    bot.say("ann", "!plugin disable painter").await;
    assert_eq!(shown(&bot.script().menu().everyone), "");
    bot.say("ann", "!plugin enable painter").await;
    bot.configure("[[access.rules]]\ncommand = \"paint\"\nallow = false");
    bot.say_privately("ann", "!reload").await;
    insta::assert_snapshot!(shown(&bot.script().menu().everyone), @"
    name: Name a place
    post-it: Post something
    ");
}

#[tokio::test]
async fn a_chat_that_moved_is_the_same_chat() {
    let rules = r#"
        admin_chat = "console:old"
        [plugins.travishook]
        [[access.rules]]
        command = "travis routes"
        chat = "console:old"
        allow = false
        [[access.rules]]
        command = "travis route"
        args = { chat = "console:old", repo = "secret/*" }
        allow = false
        [[access.rules]]
        command = "post-it"
        args = { "*" = "console:old *" }
        allow = false
        [[access.rules]]
        command = "travis route"
        args = { chat = "console:old" }
        allow = true
        [[access.rules]]
        command = "travis *"
        chat = "console:new"
        allow = true
    "#;
    let bot = Bot::with::<TravisHook>().and::<Painter>().admin("ann").groups().config(rules);
    let mut bot = bot.start().await;
    bot.say("ann", "!travis route o/r old failed").await;
    bot.say("bob", "!paint strip").await;
    moves(&bot, "old", "new").await;
    bot.restart().await;
    bot.say("ann", "!travis routes").await;
    bot.say_in("new", "ann", "!travis routes").await; // the rule of `old`
    bot.say_in("old", "bob", "!travis defaults").await; // the rule of `new`
    bot.say("bob", "!travis route secret/r new").await;
    bot.say("bob", "!travis route secret/r old").await;
    bot.say("bob", "!post-it new x").await;
    bot.say("bob", "!travis route o/s old").await; // the rule of `old` lets bob
    bot.say("ann", "!travis route o/r new passed").await;
    bot.say("ann", "!travis routes").await;
    bot.say("ann", "!travis remove o/r old").await;
    assert_eq!(bot.host().shared.admin_chats(), [chat("new")]);
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !travis route o/r old failed
    bot     > Done. Relaying messages from o/r to console:old for events: failed.
              Travis CI signs its requests, so no token is needed.
    bob     > !paint strip
    bot     > !paint strip is for admins. !whoami shows who you are to me.
    ann     > !travis routes
    bot     > Routing o/r to:
              • console:new for events: failed
    ann@new > !travis routes
    bot@new > You may not run !travis routes here: a rule of the config refuses it.
    bob@old > !travis defaults
    bot@old > Events routed by default: passed, fixed, broken, failed, still_failing.
    bob     > !travis route secret/r new
    bot     > You may not run !travis route here: a rule of the config refuses it.
    bob     > !travis route secret/r old
    bot     > You may not run !travis route here: a rule of the config refuses it.
    bob     > !post-it new x
    bot     > You may not run !post-it here: a rule of the config refuses it.
    bob     > !travis route o/s old
    bot     > Done. Relaying messages from o/s to console:new for events: passed, fixed, broken, failed, still_failing.
              Travis CI signs its requests, so no token is needed.
    ann     > !travis route o/r new passed
    bot     > Updated. Relaying messages from o/r to console:new for events: passed.
    ann     > !travis routes
    bot     > Routing o/r to:
              • console:new for events: passed
              Routing o/s to:
              • console:new for events: passed, fixed, broken, failed, still_failing
    ann     > !travis remove o/r old
    bot     > Remove the route of o/r to console:new?
              1. yes
              2. no
              (to typed)
              (type here)
    ");
}

#[tokio::test]
async fn a_route_stored_before_the_move_is_found_under_the_new_address() {
    let bot = Bot::with::<TravisHook>().admin("ann").config("[plugins.travishook]").start().await;
    bot.say("ann", "!travis route o/r old failed").await;
    bot.say("ann", "!travis route o/r dev failed").await;
    // Heard by a post, as Telegram tells it to one who writes to the old address.
    bot.script().fail_next_in("old", factotum_testing::Trouble::Moved("new"));
    bot.say_in("old", "ann", "!whoami").await;
    bot.say("ann", "!travis remove o/r new").await;
    bot.say("ann", "!travis routes").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !travis route o/r old failed
    bot     > Done. Relaying messages from o/r to console:old for events: failed.
              Travis CI signs its requests, so no token is needed.
    ann     > !travis route o/r dev failed
    bot     > Done. Relaying messages from o/r to console:dev for events: failed.
    ann@old > !whoami
    bot@new > You are ann, console:ann, in console:old. You are an admin.
    ann     > !travis remove o/r new
    bot     > Removed route for o/r to console:new.
    ann     > !travis routes
    bot     > Routing o/r to:
              • console:dev for events: failed
    ");
}
