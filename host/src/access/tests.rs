//! Access rules as an admin writes them, beside what they decide; and a second,
//! naive reading of the same rules.
use super::*;
use proptest::prelude::*;
use serde::Deserialize;

mod neighbours;

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    admins: Vec<String>,
    #[serde(default)]
    roles: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    rules: Vec<RuleSpec>,
}

fn rules(toml: &str) -> Rules {
    let config: Config = toml::from_str(toml).unwrap();
    Rules::compile(config.admins, config.roles, config.rules).unwrap()
}

fn mistakes(toml: &str) -> String {
    let config: Config = toml::from_str(toml).unwrap();
    Rules::compile(config.admins, config.roles, config.rules).err().unwrap_or_default().join("\n")
}

/// Asks as `sender` in `chat`; a chat named `me` is private. The path may carry
/// arguments: `force server=a,b branch=`.
fn ask(rules: &Rules, sender: &str, chat: &str, line: &str, access: Access) -> Verdict {
    let chat: ChatId = chat.parse().unwrap();
    let asker = Asker { sender, chat: &chat, private: chat.address == "me" };
    let (path, args): (Vec<&str>, Vec<&str>) = line.split(' ').partition(|word| !word.contains('='));
    let path = path.join(" ");
    let command = Command { plugin: "plug", path: &path, access };
    let given = |word: &&str| {
        let (name, values) = word.split_once('=').unwrap();
        (name.to_owned(), values.split(',').filter(|value| !value.is_empty()).map(str::to_owned).collect())
    };
    rules.check_args(&command, &asker, &args.iter().map(given).collect::<Vec<_>>(), &[])
}

fn ask_path(rules: &Rules, sender: &str, path: &str, access: Access) -> Verdict {
    let chat = ChatId::new("irc", "#dev");
    rules.check_path(&Command { plugin: "plug", path, access }, &Asker { sender, chat: &chat, private: false })
}

fn may(rules: &Rules, sender: &str, chat: &str, line: &str, access: Access) -> bool {
    ask(rules, sender, chat, line, access).decision == Decision::Allowed
}

const EVERYONE: Access = Access::EVERYONE;
const ADMINS: Access = Access::ADMINS;

#[test]
fn without_rules_the_command_decides() {
    let rules = rules("admins = ['irc:ann']\nroles = { ops = ['irc:ole'] }");
    let rows = [
        ("irc:bob", EVERYONE, Decision::Allowed, Because::Everyone),
        ("irc:bob", ADMINS, Decision::Refused, Because::NotAdmin),
        ("irc:ann", ADMINS, Decision::Allowed, Because::Admin),
        ("irc:Ann", ADMINS, Decision::Refused, Because::NotAdmin),
        ("tg:ann", ADMINS, Decision::Refused, Because::NotAdmin),
        ("irc:ole", Access::role("ops"), Decision::Allowed, Because::Role("ops")),
        ("irc:ann", Access::role("ops"), Decision::Allowed, Because::Admin),
        ("irc:bob", Access::role("ops"), Decision::Refused, Because::NoRole("ops")),
        ("irc:ole", Access::role("nobody"), Decision::Refused, Because::NoRole("nobody")),
        ("irc:ann", ADMINS.in_private(), Decision::PrivateOnly, Because::Admin),
        ("irc:bob", ADMINS.in_private(), Decision::Refused, Because::NotAdmin),
    ];
    let listed = |ids: &[&str]| Access::listed(ids.iter().map(ToString::to_string).collect());
    let lists = [
        ("tg:123", listed(&["tg:123", "ole"]), Decision::Allowed, Because::Listed),
        ("irc:ole", listed(&["tg:123", "ole"]), Decision::Allowed, Because::Listed),
        ("irc:123", listed(&["tg:123", "ole"]), Decision::Refused, Because::NotListed),
        ("irc:ann", listed(&["ole"]), Decision::Refused, Because::NotListed),
        ("irc:ann", listed(&[]), Decision::Refused, Because::NotListed),
    ];
    for (sender, access, decision, because) in rows.into_iter().chain(lists) {
        let verdict = ask(&rules, sender, "irc:#dev", "x", access);
        assert_eq!(verdict, Verdict { decision, because }, "{sender} {access:?}");
        assert_eq!(ask_path(&rules, sender, "x", access), verdict, "{sender} {access:?}");
    }
    assert!(may(&rules, "irc:ann", "irc:me", "x", ADMINS.in_private()));
    assert!(rules.is_admin("irc:ann") && !rules.is_admin("irc:ole"));
}

#[test]
fn the_first_rule_that_fits_decides() {
    let rules = rules(
        "admins = ['irc:ann']
        roles = { ops = ['irc:ole'] }
        rules = [
            { command = 'Travis Route', sender = ['irc:bob', 'tg:*'], allow = true },
            { command = 'travis *', role = 'ops', private = true, allow = true },
            { command = ['travis', 'travis *'], chat = 'irc:#dev', allow = false },
            { command = 'plug:*', sender = 'irc:eve', allow = false },
            { command = 'echo', sender = 'irc:zoe', allow = 'default' },
            { sender = 'irc:zoe', allow = false },
        ]",
    );
    let rows = [
        ("irc:bob", "irc:#dev", "travis route", ADMINS, true, Because::Rule(1)),
        ("tg:1", "tg:-5", "TRAVIS ROUTE", ADMINS, true, Because::Rule(1)),
        ("irc:ole", "irc:me", "travis token", ADMINS, true, Because::Rule(2)),
        ("irc:ole", "irc:#dev", "travis token", ADMINS, false, Because::Rule(3)),
        ("irc:ann", "irc:#dev", "travis", EVERYONE, false, Because::Rule(3)),
        ("irc:ann", "irc:#ops", "travis", EVERYONE, true, Because::Everyone),
        ("irc:eve", "irc:#ops", "help", EVERYONE, false, Because::Rule(4)),
        ("irc:zoe", "irc:#ops", "echo", EVERYONE, true, Because::Everyone),
        ("irc:zoe", "irc:#ops", "echo", ADMINS, false, Because::NotAdmin),
        ("irc:zoe", "irc:#ops", "help", EVERYONE, false, Because::Rule(6)),
    ];
    for (sender, chat, path, access, allowed, because) in rows {
        let verdict = ask(&rules, sender, chat, path, access);
        let decision = if allowed { Decision::Allowed } else { Decision::Refused };
        assert_eq!(verdict, Verdict { decision, because }, "{sender} {chat} {path}");
    }
}

#[test]
fn a_rule_never_lifts_private_and_leaves_confirmed_to_dispatch() {
    let rules = rules("rules = [{ allow = true }]");
    let verdict = ask(&rules, "irc:bob", "irc:#dev", "x", ADMINS.in_private().confirmed());
    assert_eq!(verdict, Verdict { decision: Decision::PrivateOnly, because: Because::Rule(1) });
    assert!(may(&rules, "irc:bob", "irc:me", "x", ADMINS.in_private().confirmed()));
}

#[test]
fn to_allow_all_arguments_must_fit_and_to_refuse_one() {
    let rules = rules(
        "rules = [
            { command = 'stop', args = { server = 'prod*' }, allow = false },
            { command = 'stop', args = { older-than = ['1h', '2h'], server = '*' }, allow = true },
        ]",
    );
    let rows = [
        ("stop server=prod1 older_than=1h", false),
        ("stop server=a,prod1 older_than=1h", false),
        ("stop server=a older_than=1h", true),
        ("stop server=a older-than=2h,1h", true),
        ("stop server=a older_than=1h,9h", false),
        ("stop server=a older_than=", false),
        ("stop server= older_than=1h", false),
        ("stop older_than=1h", false),
        ("stop", false),
    ];
    for (line, allowed) in rows {
        assert_eq!(may(&rules, "irc:bob", "irc:#dev", line, ADMINS), allowed, "{line}");
    }
    // Refusing what a command does not have would close `!help` to everybody.
    let wide = self::rules("rules = [{ args = { server = 'prod' }, allow = false }]");
    assert!(may(&wide, "irc:bob", "irc:#dev", "help", EVERYONE));
    assert!(!may(&wide, "irc:bob", "irc:#dev", "stop server=prod", EVERYONE));
}

#[test]
fn who_is_let_in_is_named_exactly_and_who_is_kept_out_in_any_case() {
    let rules = rules(
        "admins = ['irc:ann']
        roles = { ops = ['irc:ole'] }
        rules = [
            { command = 'a', sender = ['irc:eve', 'irc:*@Evil', 'irc:jürgen'], allow = false },
            { command = 'a', chat = 'irc:#Ops', allow = false },
            { command = 'a', role = 'ops', allow = false },
            { command = 'b', sender = ['irc:eve', 'irc:bob'], allow = true },
            { command = 'b', role = 'ops', allow = true },
            { command = 'b', chat = 'irc:#ops', allow = true },
        ]",
    );
    let rows = [
        ("irc:eve", "irc:#dev", "a", false),
        ("irc:EVE", "irc:#dev", "a", false),
        ("irc:x@eVIL", "irc:#dev", "a", false),
        ("irc:JÜRGEN", "irc:#dev", "a", false),
        ("irc:bob", "irc:#oPS", "a", false),
        ("irc:OLE", "irc:#dev", "a", false),
        ("irc:bob", "irc:#dev", "a", true),
        // Another letter is another account: a Cyrillic е, a combining dot.
        ("irc:\u{435}ve", "irc:#dev", "a", true),
        ("irc:bob", "irc:#dev", "b", true),
        ("irc:Bob", "irc:#dev", "b", false),
        ("irc:b\u{43e}b", "irc:#dev", "b", false),
        ("irc:bob\u{200b}", "irc:#dev", "b", false),
        ("irc:bob ", "irc:#dev", "b", false),
        ("irc:Ole", "irc:#dev", "b", false),
        ("irc:x", "irc:#OPS", "b", false),
        ("irc:ANN", "irc:#dev", "b", false),
        ("irc:\u{430}nn", "irc:#dev", "b", false),
    ];
    for (sender, chat, path, allowed) in rows {
        let access = if path == "a" { EVERYONE } else { ADMINS };
        assert_eq!(may(&rules, sender, chat, path, access), allowed, "{sender:?} {chat} {path}");
    }
}

#[test]
fn the_path_is_refused_only_if_no_argument_could_help() {
    let rules = rules(
        "rules = [
            { command = 'force', args = { branch = 'main' }, allow = true },
            { command = 'stop', args = { server = 'prod' }, allow = false },
            { command = 'drop', args = { id = '1' }, allow = 'default' },
            { command = ['force', 'drop'], allow = false },
        ]",
    );
    let on_arguments = Verdict { decision: Decision::OnArguments, because: Because::Arguments };
    let refused = |because| Verdict { decision: Decision::Refused, because };
    let rows = [
        ("force", ADMINS, on_arguments.clone()),
        ("stop", EVERYONE, on_arguments.clone()),
        ("stop", ADMINS, refused(Because::NotAdmin)),
        ("drop", EVERYONE, on_arguments.clone()),
        ("drop", ADMINS, refused(Because::Rule(4))),
    ];
    for (path, access, verdict) in rows {
        assert_eq!(ask_path(&rules, "irc:bob", path, access), verdict, "{path} {access:?}");
    }
    let verdict = ask_path(&rules, "irc:bob", "force", ADMINS.in_private());
    assert_eq!(verdict.decision, Decision::PrivateOnly);
}

#[test]
fn a_grant_reaches_its_plugins_commands_after_the_rules() {
    let rules = rules("rules = [{ command = 'tc drop', allow = false }]");
    let grant = |command: &str, args: &[(&str, &str)]| Grant {
        command: command.into(),
        sender: "irc:bob".into(),
        args: args.iter().map(|(name, glob)| ((*name).to_owned(), (*glob).to_owned())).collect(),
    };
    let stop = grant("TC stop", &[("server", "main")]);
    let list = grant("tc l*", &[]);
    rules.set_grants("plug", vec![stop.clone(), list.clone(), grant("tc drop", &[])]);
    rules.set_grants("other", vec![grant("*", &[])]);
    let rows = [
        ("irc:bob", "tc stop server=main", Decision::Allowed, Because::Grant(stop.clone())),
        ("irc:bob", "tc stop server=main,spare", Decision::Refused, Because::NotAdmin),
        ("irc:bob", "tc stop", Decision::Refused, Because::NotAdmin),
        ("irc:eve", "tc stop server=main", Decision::Refused, Because::NotAdmin),
        ("irc:bob", "tc list", Decision::Allowed, Because::Grant(list)),
        ("irc:bob", "tc drop", Decision::Refused, Because::Rule(1)),
        ("irc:bob", "plugin disable", Decision::Refused, Because::NotAdmin),
    ];
    for (sender, line, decision, because) in rows {
        assert_eq!(ask(&rules, sender, "irc:#dev", line, ADMINS), Verdict { decision, because }, "{sender} {line}");
    }
    assert_eq!(ask_path(&rules, "irc:bob", "tc stop", ADMINS).decision, Decision::OnArguments);
    rules.set_grants("plug", vec![]);
    assert_eq!(ask_path(&rules, "irc:bob", "tc stop", ADMINS).decision, Decision::Refused);
}

#[test]
fn a_rule_that_could_never_fit_is_a_mistake() {
    insta::assert_snapshot!(mistakes(
        "admins = ['ann', 'irc:*', 'irc:ok', ':x']
        roles = { ops = ['ole'] }
        rules = [
            { sender = [], allow = false },
            { sender = 'bob', chat = ['irc:#dev', '#dev'], role = 'opps', allow = false },
            { args = { server = [] }, allow = true },
        ]",
    ), @r"
    admins: `ann` is no sender; one is like telegram:123456, without `*`
    admins: `irc:*` is no sender; one is like telegram:123456, without `*`
    admins: `:x` is no sender; one is like telegram:123456, without `*`
    access.roles.ops: `ole` is no sender; one is like telegram:123456, without `*`
    access.rules, rule 1: sender: an empty list fits nothing; leave the key out or put something in
    access.rules, rule 2: chat: `#dev` fits no chat; one is like irc:#dev
    access.rules, rule 2: sender: `bob` fits no sender; one is like telegram:123456
    access.rules, rule 2: role: `opps` is not under [access.roles]; there: ops
    access.rules, rule 3: args.server: an empty list fits nothing; leave the key out or put something in
    ");
}

#[test]
fn a_rule_that_no_command_meets_is_a_mistake() {
    let rules = rules(
        "rules = [
            { command = 'travis *', args = { repo = 'o/*' }, allow = true },
            { command = ['travis route', 'travis rout'], allow = false },
            { command = 'travis route', args = { rep = 'o/r', older-than = '1h' }, allow = false },
            { command = 'travishook:*', allow = true },
            { command = 'buildbot:*', args = { x = 'y' }, allow = true },
            { args = { server = 'prod' }, allow = false },
        ]",
    );
    let known = |path, args| Known { plugin: "travishook", path, args };
    let commands = [known("travis route", vec!["repo", "older_than"]), known("help", vec![])];
    let unmet = rules.check_commands(&commands, &[]);
    let unmet: Vec<_> = unmet.iter().map(|it| format!("{} {}: {}", it.rule, it.key, it.message)).collect();
    insta::assert_snapshot!(unmet.join("\n"), @r"
    1 command: `travis rout` fits no command; did you mean `travis route`?
    2 args: no such command has an argument `rep`; did you mean `repo`?
    4 command: `buildbot:*` fits no command
    5 args: no such command has an argument `server`
    ");
}

#[test]
fn a_rule_on_a_plugin_that_cannot_be_looked_at_is_no_mistake() {
    let rules = rules(
        "rules = [
            { command = 'buildbot:*', args = { builder = 'x' }, allow = false },
            { command = ['travishook:*', 'BuildBot:force'], args = { builder = 'x' }, allow = true },
            { command = 'buildbot force', allow = false },
            { command = 'buildbat:*', allow = false },
            { command = 'travishook:nothing', allow = false },
        ]",
    );
    let commands = [Known { plugin: "travishook", path: "travis route", args: vec!["repo"] }];
    let unmet = rules.check_commands(&commands, &["buildbot"]);
    let unmet: Vec<_> =
        unmet.iter().map(|it| format!("{} {} {}: {}", it.perhaps, it.rule, it.key, it.message)).collect();
    insta::assert_snapshot!(unmet.join("\n"), @"
    true 0 command: `buildbot:*` cannot be checked: the plugin buildbot is not started
    true 1 command: `BuildBot:force` cannot be checked: the plugin buildbot is not started
    true 1 args: no such command has an argument `builder`
    false 2 command: `buildbot force` fits no command; of a plugin that is not started, name the plugin too: `plugin:command`
    false 3 command: `buildbat:*` fits no command
    false 4 command: `travishook:nothing` fits no command; did you mean `travis route`?
    ");
    // It fits its commands once the plugin is there.
    let force = Command { plugin: "buildbot", path: "force", access: EVERYONE };
    let chat = ChatId::new("irc", "#dev");
    let asker = Asker { sender: "irc:bob", chat: &chat, private: false };
    let args = [("builder".to_owned(), vec!["x".to_owned()])];
    assert_eq!(rules.check_args(&force, &asker, &args, &[]).because, Because::Rule(1));
}

#[test]
fn a_rule_is_read_strictly_and_written_as_it_was_read() {
    let wrong = |toml: &str| toml::from_str::<RuleSpec>(toml).unwrap_err().message().to_owned();
    assert!(wrong("allow = true\nsenders = 'x'").starts_with("unknown field `senders`, expected"));
    assert_eq!(wrong("command = 'x'"), "missing field `allow`");
    assert!(toml::from_str::<RuleSpec>("allow = 'maybe'").is_err());
    let written = "command = [\"a\", \"b\"]\nchat = \"*\"\nsender = \"*\"\nprivate = false\nallow = \"default\"\n";
    let spec: RuleSpec = toml::from_str(written).unwrap();
    assert_eq!(spec, RuleSpec { command: ["a", "b"].into(), private: Some(false), ..RuleSpec::new(Allow::Default) });
    assert_eq!(toml::to_string(&spec).unwrap(), written);

    let schema = jsonschema::validator_for(schemars::schema_for!(RuleSpec).as_value()).unwrap();
    let rows = [
        (serde_json::json!({ "allow": true }), true),
        (serde_json::json!({ "allow": "default", "command": ["a"], "args": { "b": "c" } }), true),
        (serde_json::json!({ "allow": "yes" }), false),
        (serde_json::json!({ "command": "a" }), false),
        (serde_json::json!({ "allow": true, "sender": 5 }), false),
        (serde_json::json!({ "allow": true, "users": "x" }), false),
    ];
    for (value, valid) in rows {
        assert_eq!(schema.is_valid(&value), valid, "{value}");
    }
}

const SENDERS: [&str; 4] = ["n:1", "n:2", "m:1", "N:1"];
const PATHS: [&str; 3] = ["a", "a b", "c"];

fn globs(from: &'static [&'static str]) -> impl Strategy<Value = Globs> {
    let glob = prop::sample::select(from);
    prop_oneof![
        3 => Just(Globs::default()),
        2 => glob.clone().prop_map(Globs::from),
        1 => prop::collection::vec(glob.prop_map(str::to_owned), 1..3).prop_map(Globs::Several),
    ]
}

fn spec() -> impl Strategy<Value = RuleSpec> {
    let values = prop::sample::select(&["x", "X", "y", "*", "x*", "x *", "* Y"][..]).prop_map(Globs::from);
    let names = prop::sample::select(&["p", "q", "r", "*"][..]).prop_map(str::to_owned);
    let role = prop::sample::select(&["ops", "staff"][..]).prop_map(Globs::from);
    (
        globs(&["a", "a *", "A*", "c", "plug:*", "other:*", "plug:c"]),
        globs(&["n:#1", "n:*", "*2", "N:#1"]),
        globs(&["n:1", "n:*", "*:1", "N:1"]),
        prop::option::weighted(0.2, role),
        prop::option::weighted(0.3, any::<bool>()),
        prop::collection::btree_map(names, values, 0..2),
        prop::sample::select(&[Allow::Yes, Allow::No, Allow::Default][..]),
    )
        .prop_map(|(command, chat, sender, role, private, args, allow)| RuleSpec {
            command,
            chat,
            sender,
            role,
            private,
            args,
            allow,
        })
}

fn args() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    let values =
        || prop::collection::vec(prop::sample::select(&["x", "X", "y", "xx"][..]).prop_map(str::to_owned), 0..3);
    // The command has `p` and `q`; no command has `r`.
    (values(), values()).prop_map(|(p, q)| vec![("p".into(), p), ("q".into(), q)])
}

fn grant() -> impl Strategy<Value = Grant> {
    let args = prop::collection::btree_map(Just("p".to_owned()), Just("x".to_owned()), 0..2);
    (prop::sample::select(&["a", "a*", "*"][..]), prop::sample::select(&SENDERS[..]), args)
        .prop_map(|(command, sender, args)| Grant { command: command.into(), sender: sender.into(), args })
}

fn naive_glob(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, rest) => rest.is_none(),
        (Some(('*', tail)), rest) => naive_glob(tail, text) || rest.is_some_and(|(_, rest)| naive_glob(pattern, rest)),
        (Some((p, tail)), Some((t, rest))) => p == t && naive_glob(tail, rest),
        (Some(_), None) => false,
    }
}

fn glob_fits(pattern: &str, text: &str) -> bool {
    naive_glob(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>())
}

struct World {
    specs: Vec<RuleSpec>,
    grants: Vec<Grant>,
}
impl World {
    const ADMIN: &'static str = "n:2";
    const OPS: &'static str = "n:1";

    fn rules(&self) -> Rules {
        let roles = [("ops".to_owned(), vec![Self::OPS.to_owned()]), ("staff".to_owned(), vec![])];
        let rules = Rules::compile(vec![Self::ADMIN.into()], roles.into(), self.specs.clone()).unwrap();
        rules.set_grants("plug", self.grants.clone());
        rules
    }

    /// The rules of the docs, read line by line: whether the command may run.
    fn allows(&self, command: &Command, asker: &Asker, args: &Args, also: &Args) -> bool {
        let of =
            |args: &Args, name: &str| args.iter().find(|(given, _)| given == name).map_or(vec![], |(_, v)| v.clone());
        let values = |name: &str| of(args, name);
        let lower = |text: &String| text.to_lowercase();
        let mut fitting = self.specs.iter().filter(|spec| {
            let any = |globs: &Globs, text: &str| globs.all().iter().any(|glob| glob_fits(glob, text));
            // A rule that refuses fits in any case.
            let text = |globs: &Globs, text: &str| match spec.allow {
                Allow::No => globs.all().iter().any(|glob| glob_fits(&glob.to_lowercase(), &text.to_lowercase())),
                _ => any(globs, text),
            };
            let args = spec.args.iter().all(|(name, globs)| match spec.allow {
                _ if name == "*" => {
                    let all = |also: &Args| {
                        let of = |name: &str| if of(also, name).is_empty() { values(name) } else { of(also, name) };
                        [of("p"), of("q")].concat().join(" ")
                    };
                    text(globs, &all(&[])) || (spec.allow == Allow::No && text(globs, &all(also)))
                }
                Allow::No => {
                    let globs = Globs::Several(globs.all().iter().map(lower).collect());
                    values(name).iter().chain(&of(also, name)).any(|value| any(&globs, &lower(value)))
                }
                _ => !values(name).is_empty() && values(name).iter().all(|value| any(globs, value)),
            });
            let by_path = spec.command.all().iter().any(|glob| {
                let with_plugin = format!("{}:{}", command.plugin, command.path);
                glob_fits(&glob.to_lowercase(), if glob.contains(':') { &with_plugin } else { command.path })
            });
            by_path
                && text(&spec.chat, &asker.chat.to_string())
                && text(&spec.sender, asker.sender)
                && spec.role.as_ref().is_none_or(|role| role.all() == ["ops"] && text(&Self::OPS.into(), asker.sender))
                && spec.private.is_none_or(|private| private == asker.private)
                && args
        });
        let granted = self.grants.iter().any(|grant| {
            grant.sender == asker.sender
                && glob_fits(&grant.command, command.path)
                && (grant.args.is_empty() || (!values("p").is_empty() && values("p").iter().all(|value| value == "x")))
        });
        let own = match command.access.who {
            Who::Everyone => true,
            Who::Listed(ids) => Who::lists(ids, asker.sender),
            Who::Admins => asker.sender == Self::ADMIN,
            Who::Role(_) => asker.sender == Self::ADMIN || asker.sender == Self::OPS,
        };
        match fitting.next().map(|spec| spec.allow) {
            Some(Allow::Yes) => true,
            Some(Allow::No) => false,
            Some(Allow::Default) | None => granted || own,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn decisions_agree_with_a_naive_reading(
        specs in prop::collection::vec(spec(), 0..6),
        grants in prop::collection::vec(grant(), 0..2),
        path in prop::sample::select(&PATHS[..]),
        sender in prop::sample::select(&SENDERS[..]),
        chat in prop::sample::select(&["n:#1", "n:#2", "m:#2"][..]),
        private in any::<bool>(),
        who in prop::sample::select(vec![Access::EVERYONE, Access::ADMINS, Access::role("ops")]),
        only_private in any::<bool>(),
        calls in prop::collection::vec((args(), args()), 1..8),
    ) {
        let world = World { specs, grants };
        let rules = world.rules();
        let chat: ChatId = chat.parse().unwrap();
        let access = Access { private: only_private, ..who };
        let command = Command { plugin: "plug", path, access };
        let asker = Asker { sender, chat: &chat, private };
        let on_path = rules.check_path(&command, &asker);
        for (args, also) in calls {
            let verdict = rules.check_args(&command, &asker, &args, &also);
            let expected = match world.allows(&command, &asker, &args, &also) {
                false => Decision::Refused,
                true if only_private && !private => Decision::PrivateOnly,
                true => Decision::Allowed,
            };
            prop_assert_eq!(verdict.decision, expected);
            // What the path decides, no arguments change.
            match on_path.decision {
                Decision::Allowed => prop_assert_eq!(verdict.decision, Decision::Allowed),
                Decision::Refused => prop_assert_eq!(verdict.decision, Decision::Refused),
                Decision::PrivateOnly => prop_assert_ne!(verdict.decision, Decision::Allowed),
                Decision::OnArguments => {}
            }
        }
    }
}
