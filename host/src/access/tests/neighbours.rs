//! The rules of Errbot and Buildbot in ours, one for one: first their form, from
//! their documentation, then ours, then who may do what by it.
use super::*;

/// Who asks, where (`me` is a private chat), what of which plugin, what the command
/// proposes, and whether it runs.
type Case = (&'static str, &'static str, &'static str, Access, bool);

fn check(theirs: &str, toml: &str, cases: &[Case]) {
    let rules = rules(toml);
    for (sender, chat, line, access, allowed) in cases {
        let chat: ChatId = chat.parse().unwrap();
        let (plugin, line) = line.split_once(':').unwrap_or(("Core", line));
        let (path, args): (Vec<&str>, Vec<&str>) = line.split(' ').partition(|word| !word.contains('='));
        let given = |word: &&str| {
            let (name, values) = word.split_once('=').unwrap();
            (name.to_owned(), values.split(',').filter(|value| !value.is_empty()).map(str::to_owned).collect())
        };
        let args: Vec<(String, Vec<String>)> = args.iter().map(given).collect();
        let command = Command { plugin, path: &path.join(" "), access: *access };
        let asker = Asker { sender, chat: &chat, private: chat.address == "me" };
        let decision = rules.check_args(&command, &asker, &args, &[]).decision;
        assert_eq!(decision == Decision::Allowed, *allowed, "{sender} {chat} {line} {access:?}\n{theirs}");
    }
}

/// Errbot asks the first entry of `ACCESS_CONTROLS` whose glob fits the command, all
/// its keys, then whether the command is for admins. An entry becomes what it denies,
/// then `allow = "default"`, which keeps later entries away and lets the command's own
/// `Access` decide.
#[test]
fn errbots_access_controls() {
    check(
        "ACCESS_CONTROLS_DEFAULT = {}  # Allow everyone access by default",
        "admins = ['xmpp:gbin@localhost']",
        &[
            ("xmpp:bob@host", "xmpp:room1", "status", EVERYONE, true),
            ("xmpp:bob@host", "xmpp:room1", "restart", ADMINS, false),
            ("xmpp:gbin@localhost", "xmpp:room1", "restart", ADMINS, true),
        ],
    );
    check(
        r#""status": {"allowrooms": ("someroom@conference.localhost",)}  # and direct messages"#,
        r#"rules = [
            { command = "status", private = false, chat = "xmpp:someroom@conference.localhost", allow = "default" },
            { command = "status", private = false, allow = false },
            { command = "status", allow = "default" },
        ]"#,
        &[
            ("xmpp:bob@host", "xmpp:someroom@conference.localhost", "status", EVERYONE, true),
            ("xmpp:bob@host", "xmpp:other@conference.localhost", "status", EVERYONE, false),
            ("xmpp:bob@host", "xmpp:me", "status", EVERYONE, true),
            ("xmpp:bob@host", "xmpp:someroom@conference.localhost", "status", ADMINS, false),
            ("xmpp:bob@host", "xmpp:other@conference.localhost", "about", EVERYONE, true),
        ],
    );
    check(
        r#""about": {"denyusers": ("*@evilhost",),
                     "allowrooms": ("room1@conference.localhost", "room2@conference.localhost")}"#,
        r#"rules = [
            { command = "about", sender = "*@evilhost", allow = false },
            { command = "about", private = false, chat = ["xmpp:room1@conference.localhost", "xmpp:room2@conference.localhost"], allow = "default" },
            { command = "about", private = false, allow = false },
            { command = "about", allow = "default" },
        ]"#,
        &[
            ("xmpp:bob@evilhost", "xmpp:room1@conference.localhost", "about", EVERYONE, false),
            ("xmpp:bob@EvilHost", "xmpp:me", "about", EVERYONE, false),
            ("xmpp:bob@host", "xmpp:room2@conference.localhost", "about", EVERYONE, true),
            ("xmpp:bob@host", "xmpp:room3@conference.localhost", "about", EVERYONE, false),
            ("xmpp:bob@host", "xmpp:me", "about", EVERYONE, true),
        ],
    );
    check(
        r#""uptime": {"allowusers": BOT_ADMINS}"#,
        r#"admins = ["xmpp:gbin@localhost"]
        rules = [
            { command = "uptime", sender = "xmpp:gbin@localhost", allow = "default" },
            { command = "uptime", allow = false },
        ]"#,
        &[
            ("xmpp:gbin@localhost", "xmpp:room1", "uptime", EVERYONE, true),
            ("xmpp:bob@host", "xmpp:room1", "uptime", EVERYONE, false),
            ("xmpp:bob@host", "xmpp:me", "uptime", EVERYONE, false),
        ],
    );
    check(
        r#""help": {"allowmuc": False}"#,
        r#"rules = [
            { command = "help", private = false, allow = false },
            { command = "help", allow = "default" },
        ]"#,
        &[
            ("xmpp:bob@host", "xmpp:room1", "help", EVERYONE, false),
            ("xmpp:bob@host", "xmpp:me", "help", EVERYONE, true),
        ],
    );
    check(
        r#""ChatRoom:*": {"allowusers": BOT_ADMINS}"#,
        r#"admins = ["xmpp:gbin@localhost"]
        rules = [
            { command = "ChatRoom:*", sender = "xmpp:gbin@localhost", allow = "default" },
            { command = "ChatRoom:*", allow = false },
        ]"#,
        &[
            ("xmpp:gbin@localhost", "xmpp:me", "ChatRoom:room join", ADMINS, true),
            ("xmpp:bob@host", "xmpp:me", "ChatRoom:room join", EVERYONE, false),
            ("xmpp:bob@host", "xmpp:me", "chatroom:room list", EVERYONE, false),
            ("xmpp:bob@host", "xmpp:me", "Other:room list", EVERYONE, true),
        ],
    );
    // `Health:status` will match the `!status` command of the `Health` plugin; command globs in any case.
    check(
        r#""Health:status": {"denyusers": ("bob@host",)}, "RoOm*": {"denyusers": ("bob@host",)}"#,
        r#"rules = [
            { command = "Health:status", sender = "xmpp:bob@host", allow = false },
            { command = "RoOm*", sender = "xmpp:bob@host", allow = false },
        ]"#,
        &[
            ("xmpp:bob@host", "xmpp:me", "Health:status", EVERYONE, false),
            ("xmpp:bob@host", "xmpp:me", "Other:status", EVERYONE, true),
            ("xmpp:bob@host", "xmpp:me", "ChatRoom:room join", EVERYONE, false),
            ("xmpp:eve@host", "xmpp:me", "ChatRoom:room join", EVERYONE, true),
        ],
    );
    check(
        r#""say": {"allowprivate": False, "denyrooms": ("quiet@*",)}"#,
        r#"rules = [
            { command = "say", private = true, allow = false },
            { command = "say", private = false, chat = "xmpp:quiet@*", allow = false },
            { command = "say", allow = "default" },
        ]"#,
        &[
            ("xmpp:bob@host", "xmpp:me", "say", EVERYONE, false),
            ("xmpp:bob@host", "xmpp:quiet@conference", "say", EVERYONE, false),
            ("xmpp:bob@host", "xmpp:loud@conference", "say", EVERYONE, true),
        ],
    );
    check(
        // Args are one text there; `*` of `args` is all values of a call as one text.
        r#""deploy": {"allowargs": ("staging *", "test"), "denyargs": ("* old",)}"#,
        r#"rules = [
            { command = "deploy", args = { "*" = "* old" }, allow = false },
            { command = "deploy", args = { "*" = ["staging *", "test"] }, allow = "default" },
            { command = "deploy", allow = false },
        ]"#,
        &[
            ("xmpp:bob@host", "xmpp:me", "deploy words=staging,new", EVERYONE, true),
            ("xmpp:bob@host", "xmpp:me", "deploy target=staging version=new", EVERYONE, true),
            ("xmpp:bob@host", "xmpp:me", "deploy words=staging,old", EVERYONE, false),
            ("xmpp:bob@host", "xmpp:me", "deploy words=staging,OLD", EVERYONE, false),
            ("xmpp:bob@host", "xmpp:me", "deploy words=test", EVERYONE, true),
            ("xmpp:bob@host", "xmpp:me", "deploy words=prod,new", EVERYONE, false),
            ("xmpp:bob@host", "xmpp:me", "deploy words=", EVERYONE, false),
            ("xmpp:bob@host", "xmpp:me", "deploy words=test", ADMINS, false),
        ],
    );
    check(
        r##"ACCESS_CONTROLS_DEFAULT = {"allowrooms": ("#work",), "denyusers": ("eve",)}
           ACCESS_CONTROLS = {"echo": {"allowrooms": ("#play",)}}  # merged over the default, key by key"##,
        r##"rules = [
            { command = "echo", sender = "irc:eve", allow = false },
            { command = "echo", private = false, chat = "irc:#play", allow = "default" },
            { command = "echo", private = false, allow = false },
            { command = "echo", allow = "default" },
            { sender = "irc:eve", allow = false },
            { private = false, chat = "irc:#work", allow = "default" },
            { private = false, allow = false },
        ]"##,
        &[
            ("irc:bob", "irc:#play", "echo", EVERYONE, true),
            ("irc:bob", "irc:#work", "echo", EVERYONE, false),
            ("irc:eve", "irc:#play", "echo", EVERYONE, false),
            ("irc:bob", "irc:#work", "status", EVERYONE, true),
            ("irc:bob", "irc:#play", "status", EVERYONE, false),
            ("irc:bob", "irc:me", "status", EVERYONE, true),
            ("irc:eve", "irc:#work", "status", EVERYONE, false),
            ("irc:bob", "irc:#work", "status", ADMINS, false),
        ],
    );
    check(
        // "admin-only commands are direct-message only UNLESS allowmuc is True for them"
        r#"BOT_ADMINS = ("*@staff",); "plugin list": {"allowmuc": True}"#,
        r#"rules = [
            { command = "plugin list", sender = "xmpp:*@staff", allow = true },
            { command = ["restart", "plugin *"], private = false, allow = false },
            { command = ["restart", "plugin *"], sender = "xmpp:*@staff", allow = true },
        ]"#,
        &[
            ("xmpp:ann@staff", "xmpp:room1", "plugin list", ADMINS, true),
            ("xmpp:ann@staff", "xmpp:room1", "restart", ADMINS, false),
            ("xmpp:ann@staff", "xmpp:me", "restart", ADMINS, true),
            ("xmpp:bob@host", "xmpp:me", "restart", ADMINS, false),
            ("xmpp:ann@Staff", "xmpp:me", "restart", ADMINS, false),
        ],
    );
}

/// Buildbot asks the command's own key, else `*`, else `!` for the dangerous commands
/// and `''` for the others; a value is `True`, `False` or the ids that may. Without a
/// key the harmless are everyone's, the dangerous nobody's.
#[test]
fn buildbots_authz() {
    const DANGEROUS: &str = r#"["force", "stop", "shutdown"]"#;
    let check = |theirs: &str, ours: &str, cases: &[(&'static str, &'static str, bool)]| {
        let ours = format!("rules = [\n{}\n]", ours.replace("DANGEROUS", DANGEROUS));
        let cases: Vec<Case> =
            cases.iter().map(|(sender, line, may)| (*sender, "telegram:-1", *line, EVERYONE, *may)).collect();
        self::check(theirs, &ours, &cases);
    };
    check(
        "authz=None",
        "{ command = DANGEROUS, allow = false }",
        &[("telegram:5", "status", true), ("telegram:5", "force", false), ("telegram:5", "shutdown", false)],
    );
    check(
        "authz={('force', 'stop'): \"authorizednick\"}",
        r#"{ command = ["force", "stop"], sender = "irc:authorizednick", allow = true },
        { command = ["force", "stop"], allow = false },
        { command = DANGEROUS, allow = false }"#,
        &[
            ("irc:authorizednick", "force", true),
            ("irc:authorizednick", "stop", true),
            ("irc:authorizednick", "shutdown", false),
            ("irc:bob", "stop", false),
            ("irc:bob", "status", true),
        ],
    );
    check(
        "authz={'getid': True, '': [123456, 789012], ('force', 'stop'): [123456]}",
        r#"{ command = "getid", allow = true },
        { command = ["force", "stop"], sender = "telegram:123456", allow = true },
        { command = ["force", "stop"], allow = false },
        { command = DANGEROUS, allow = false },
        { sender = ["telegram:123456", "telegram:789012"], allow = true },
        { allow = false }"#,
        &[
            ("telegram:5", "getid", true),
            ("telegram:789012", "list", true),
            ("telegram:5", "list", false),
            ("telegram:123456", "force", true),
            ("telegram:123456", "list", true),
            ("telegram:789012", "stop", false),
            ("telegram:123456", "shutdown", false),
        ],
    );
    check(
        "authz={'status': False, '!': [1], '': True}",
        r#"{ command = "status", allow = false },
        { command = DANGEROUS, sender = "telegram:1", allow = true },
        { command = DANGEROUS, allow = false },
        { allow = true }"#,
        &[
            ("telegram:1", "status", false),
            ("telegram:1", "shutdown", true),
            ("telegram:2", "shutdown", false),
            ("telegram:2", "list", true),
        ],
    );
    check(
        "authz={'!': True, '': False}",
        "{ command = DANGEROUS, allow = true }, { allow = false }",
        &[("telegram:2", "force", true), ("telegram:2", "list", false)],
    );
    check(
        "authz={'force': [7], '*': [8], '!': True, '': True}  # `*` comes before both",
        r#"{ command = "force", sender = "telegram:7", allow = true },
        { command = "force", allow = false },
        { sender = "telegram:8", allow = true },
        { allow = false }"#,
        &[
            ("telegram:7", "force", true),
            ("telegram:8", "force", false),
            ("telegram:8", "shutdown", true),
            ("telegram:8", "list", true),
            ("telegram:7", "list", false),
        ],
    );
    check("authz={'*': True}", "{ allow = true }", &[("telegram:2", "shutdown", true), ("telegram:2", "list", true)]);
    check(
        "authz={('FORCE', 'Stop'): True, '*': False}  # keys in any case",
        r#"{ command = ["FORCE", "Stop"], allow = true }, { allow = false }"#,
        &[("telegram:2", "force", true), ("telegram:2", "stop", true), ("telegram:2", "getid", false)],
    );
}
