//! What every plugin is held to, whatever it does: see [`conformance`].
use crate::{Bot, idle::Idle};
use factotum_host::{
    config::{self, Loaded, Sources},
    console,
};
use factotum_plugin_api::{
    Erased, Host, Plugin, Registration, Started,
    clock::Clock,
    hook::{HookEntry, Made, Outcome, Refusal, Request, Sample},
    inventory,
    schemars::{self, Schema},
    secret::Secret,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

/// How long a stop may take beyond that of a host without the plugin.
const STOP_MAX: Duration = Duration::from_secs(1);
/// Twice what a body may have by default, so that it is the plugin that is tried.
const HUGE: usize = 2 << 20;

/// Checks what every plugin is held to: its config is documented and its example
/// one is good; each command has help; no hook panics or answers 500, whatever
/// comes, and each decides the same when it is asked twice; it starts without side
/// effects, and stops within a second.
///
/// `payload` and `secret` make a request as [`Bot::send`] does, where a hook of the
/// plugin makes samples. One line in a test of the plugin's crate is all:
///
/// ```no_run
/// # use factotum_plugin_api::prelude::*;
/// # struct Greeter; impl Plugin for Greeter { const NAME: &'static str = "greeter"; type Config = NoConfig;
/// # fn start(_: NoConfig, _: Host) -> Result<Self> { Ok(Greeter) } }
/// # async fn test() {
/// factotum_testing::conformance::<Greeter>(b"", None).await;
/// # }
/// ```
///
/// # Panics
/// When something is not so, saying what.
pub async fn conformance<P: Plugin>(payload: &[u8], secret: Option<&str>) {
    is_registered::<P>();
    let config = has_a_documented_config::<P>();
    let started = starts_without_side_effects::<P>(config.clone());
    has_help_and_names_of_its_own(P::NAME, &started);
    takes_whatever_comes(P::NAME, &started).await;
    let sample = makes_a_sample(&started, payload, secret);
    if let Some((hook, sample)) = &sample {
        decides_the_same_twice(&started.hooks.0[*hook], &started, sample).await;
    }
    let in_a_host = InAHost { bot: bot_with::<P>(&config).await, name: P::NAME, started: &started };
    in_a_host.explains_every_command().await;
    in_a_host.answers_whatever_comes().await;
    if let Some((_, sample)) = sample {
        let status = in_a_host.bot.post(P::NAME, sample).await.status;
        assert!(!status.is_server_error(), "{}: its own sample is answered {status}", P::NAME);
    }
    does_what_its_demo_says::<P>().await;
    stops_in_time(P::NAME, in_a_host.bot).await;
}

/// `register!` says so; a plugin may be registered once for each time it is linked.
fn is_registered<P: Plugin>() {
    let all = inventory::iter::<Registration>.into_iter();
    let mut own = all.filter(|plugin| plugin.name == P::NAME).peekable();
    assert!(own.peek().is_some(), "{}: there is no register! of it", P::NAME);
    for plugin in own {
        assert!(!plugin.version.is_empty() && !plugin.about.is_empty(), "{}: its crate has no description", P::NAME);
    }
}

/// Gives the config that the plugin starts with: the defaults, or the values of
/// the example where some key must be set.
fn has_a_documented_config<P: Plugin>() -> Value {
    let schema = schemars::schema_for!(P::Config);
    let silent = without_description(&schema);
    assert!(silent.is_empty(), "{}: fields without a doc comment: {}", P::NAME, silent.join(", "));
    let example = config::example(&[(P::NAME, schema.clone())], &[]);
    let header = format!("[plugins.{}]", P::NAME);
    let section = example.lines().skip_while(|line| line.trim_start_matches('#') != header);
    let unmarked = |line: &'_ str| match line.strip_prefix('#') {
        Some(key) if !key.is_empty() && !key.starts_with(' ') => key.to_owned(),
        _ => line.to_owned(),
    };
    let without_marks: Vec<String> = section.map(unmarked).collect();
    let [defaults, as_it_stands, without_marks] = ["", &example, &without_marks.join("\n")].map(|text| {
        let loaded = load(P::NAME, schema.clone(), text);
        let loaded = loaded.unwrap_or_else(|mistakes| panic!("{}: its example config: {mistakes}", P::NAME));
        let section = loaded.plugin(P::NAME).expect("every plugin has a section");
        (section.value.clone(), section.missing.is_empty())
    });
    assert_eq!(
        without_empty_tables(as_it_stands.0),
        without_empty_tables(defaults.0.clone()),
        "{}: its example config, as it stands, changes something",
        P::NAME
    );
    let read = |value: &Value| serde_json::from_value::<P::Config>(value.clone()).err();
    assert!(read(&without_marks.0).is_none(), "{}: {:?}", P::NAME, read(&without_marks.0));
    let (value, complete) = defaults;
    if !complete {
        return without_marks.0;
    }
    assert!(read(&value).is_none(), "{}: its default config: {:?}", P::NAME, read(&value));
    value
}
/// A section that is there and says nothing is as good as none.
fn without_empty_tables(value: Value) -> Value {
    let Value::Object(table) = value else { return value };
    let kept = table.into_iter().map(|(key, value)| (key, without_empty_tables(value)));
    Value::Object(kept.filter(|(_, value)| *value != json!({})).collect())
}
fn load(plugin: &'static str, schema: Schema, text: &str) -> Result<Loaded, config::Mistakes> {
    let networks = vec![(console::NAME, schemars::schema_for!(console::Config))];
    config::load(Sources {
        text: Some(text.to_owned()),
        plugins: vec![(plugin, schema)],
        networks,
        ..Sources::default()
    })
}

/// The key paths without a description, of their own or of their type.
fn without_description(schema: &Schema) -> Vec<String> {
    let root = schema.as_value();
    let (mut silent, mut seen) = (vec![], BTreeSet::new());
    walk(root, root, "", &mut seen, &mut silent);
    silent
}
fn walk<'s>(root: &'s Value, schema: &'s Value, path: &str, seen: &mut BTreeSet<&'s str>, silent: &mut Vec<String>) {
    let definition = |name: &str| root.pointer(name.trim_start_matches('#'));
    if let Some(name) = schema.get("$ref").and_then(Value::as_str)
        && seen.insert(name)
        && let Some(definition) = definition(name)
    {
        walk(root, definition, path, seen, silent);
    }
    for (key, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("{path}{key}");
        let of_type = field.get("$ref").and_then(Value::as_str).and_then(definition);
        let said = [Some(field), of_type].into_iter().flatten().any(|schema| schema.get("description").is_some());
        if !said {
            silent.push(path.clone());
        }
        walk(root, field, &format!("{path}."), seen, silent);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(key) {
            walk(root, inner, path, seen, silent);
        }
    }
    for key in ["oneOf", "anyOf", "allOf", "prefixItems"] {
        for inner in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
            walk(root, inner, path, seen, silent);
        }
    }
}

fn starts_without_side_effects<P: Plugin>(config: Value) -> Arc<Started> {
    let idle = Arc::new(Idle::default());
    let host = Host::new(P::NAME, idle.clone(), Clock::manual(crate::START.parse().expect("a time stamp")));
    let started = (Registration::of::<P>("0.0.0", "under test").start)(config, host);
    let started = started.unwrap_or_else(|error| panic!("{}: {:#}", P::NAME, error.into_anyhow()));
    let done = idle.asked();
    assert!(done.is_empty(), "{}: start() has side effects: {}", P::NAME, done.join(", "));
    Arc::new(started)
}

fn has_help_and_names_of_its_own(name: &str, started: &Started) {
    let mut paths = BTreeSet::new();
    for command in &started.commands.entries {
        let path = &command.paths[0];
        for path in &command.paths {
            assert!(paths.insert(path), "{name}: two commands !{path}");
        }
        assert!(command.clap.get_about().is_some(), "{name}: !{path}: the args struct has no doc comment");
        for arg in command.clap.get_arguments() {
            assert!(arg.get_help().is_some(), "{name}: !{path}: {} has no doc comment", arg.get_id());
        }
    }
    let mut hooks = BTreeSet::new();
    for hook in &started.hooks.0 {
        assert!(hooks.insert((hook.method.as_str(), &hook.path)), "{name}: two hooks {} {}", hook.method, hook.path);
    }
    let mut jobs = BTreeSet::new();
    for job in &started.jobs.0 {
        assert!(jobs.insert(job.name), "{name}: two jobs {}", job.name);
    }
}

/// The media type and body of requests that no sender makes.
fn hostile() -> Vec<(Option<&'static str>, Vec<u8>)> {
    let bodies = [vec![], vec![b'{'; HUGE], b"{\"a\": \xff, nothing".to_vec(), b"payload=%ff%00&&=&x".to_vec()];
    let types = [None, Some("application/json"), Some("application/x-www-form-urlencoded"), Some("\u{fc}")];
    bodies.into_iter().flat_map(|body| types.map(|kind| (kind, body.clone()))).collect()
}

/// A body as a message about it shows it.
fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(body.get(..20).unwrap_or(body)).into_owned()
}

/// The handlers alone: a proof of the plugin may be all that keeps garbage from them.
async fn takes_whatever_comes(name: &str, started: &Arc<Started>) {
    for at in 0..started.hooks.0.len() {
        for (media_type, body) in hostile() {
            let headers = media_type.map(|kind| ("content-type".to_owned(), kind.to_owned()));
            let sample = Sample { path: None, headers: headers.into_iter().collect(), body: body.into() };
            let (path, request) = (started.hooks.0[at].path.clone(), request_of(&started.hooks.0[at], &sample));
            let started = started.clone();
            let handled =
                tokio::spawn(async move { drop((started.hooks.0[at].run)(&started.plugin, &request).await) }).await;
            let begins = beginning(&sample.body);
            assert!(handled.is_ok(), "{name}: the handler of {path} panics at {media_type:?} and {begins:?}");
        }
    }
}

/// The hook, as its place in the table, and a request to it.
fn makes_a_sample(started: &Started, payload: &[u8], secret: Option<&str>) -> Option<(usize, Sample)> {
    let at = started.hooks.0.iter().position(|hook| hook.sample.is_some())?;
    let hook = &started.hooks.0[at];
    let make = hook.sample.expect("found by it");
    let made = make(payload, secret.map(Secret::new).as_ref());
    let mut sample = made.unwrap_or_else(|error| panic!("{}: no sample: {:#}", hook.path, error.into_anyhow()));
    sample.path.get_or_insert_with(|| hook.path.clone());
    Some((at, sample))
}

async fn decides_the_same_twice(hook: &HookEntry<Erased>, started: &Started, sample: &Sample) {
    let request = request_of(hook, sample);
    let first = said_of((hook.run)(&started.plugin, &request).await);
    let second = said_of((hook.run)(&started.plugin, &request).await);
    assert_eq!(first, second, "{}: the same request, asked twice", hook.path);
}
fn said_of(decision: Result<Outcome, Refusal>) -> String {
    match decision {
        Ok(outcome) => format!("{outcome:?}"),
        Err(refusal) => format!("{}: {}", refusal.status(), refusal.reason()),
    }
}

/// A request as the host would hand it over.
fn request_of(hook: &HookEntry<Erased>, sample: &Sample) -> Request {
    let mut headers = HeaderMap::new();
    for (name, value) in &sample.headers {
        let name = name.parse::<HeaderName>().expect("the name of a header");
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("the value of a header"));
    }
    let path = sample.path.clone().unwrap_or_else(|| filled(&hook.path));
    let (method, params, body) = (hook.method.clone(), params(&hook.path, &path), sample.body.clone());
    let (peer, received_at) = (IpAddr::from(Ipv4Addr::LOCALHOST), crate::START.parse().expect("a time stamp"));
    let made = Made::default();
    Request { id: 1, method, path, params, query: vec![], headers, body, peer, received_at, made }
}
/// A hook's path with `a` for each parameter.
fn filled(hook: &str) -> String {
    let segments = hook.split('/').map(|segment| if segment.starts_with('{') { "a" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}
/// What stands in `path` for the parameters of a hook's path.
fn params(hook: &str, path: &str) -> Vec<(String, String)> {
    let (mut params, mut rest) = (vec![], path);
    for segment in hook.split('/') {
        let name = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
        if let Some(name) = name.and_then(|name| name.strip_prefix('*')) {
            params.push((name.to_owned(), rest.to_owned()));
            break;
        }
        let (value, after) = rest.split_once('/').unwrap_or((rest, ""));
        rest = after;
        params.extend(name.map(|name| (name.to_owned(), value.to_owned())));
    }
    params
}

/// The plugin in a host whose bodies may be as long as those that it is tried with.
async fn bot_with<P: Plugin>(config: &Value) -> Bot {
    let section = toml::to_string(&json!({ "plugins": { P::NAME: config } })).expect("a config is TOML");
    let http = format!("[http]\nlisten = \"127.0.0.1:0\"\nbody_max_bytes = {}", 2 * HUGE);
    Bot::with::<P>().admin("admin").config(&http).config(&section).start().await
}

struct InAHost<'a> {
    bot: Bot,
    name: &'static str,
    started: &'a Started,
}

impl InAHost<'_> {
    /// `!help` says of each command what it does, what each argument is, and who may run it.
    async fn explains_every_command(&self) {
        for command in &self.started.commands.entries {
            let path = &command.paths[0];
            self.bot.say_privately("admin", &format!("!help {path}")).await;
            let said = self.bot.transcript();
            let about = command.clap.get_about().map(ToString::to_string).unwrap_or_default();
            let helps = command.clap.get_arguments().filter_map(|arg| arg.get_help().map(ToString::to_string));
            let words: Vec<String> = [about, "It is for ".to_owned()].into_iter().chain(helps).collect();
            let silent = words.iter().find(|words| words.lines().any(|line| !said.contains(line.trim())));
            assert!(silent.is_none(), "{}: !help {path} does not say {silent:?}:\n{said}", self.name);
        }
    }
    /// Requests that no sender makes are turned away, not tripped over.
    async fn answers_whatever_comes(&self) {
        for hook in &self.started.hooks.0 {
            for (media_type, body) in hostile() {
                let begins = beginning(&body);
                let fill = |request: reqwest::RequestBuilder| {
                    let request = match media_type {
                        Some(kind) => request.header("content-type", kind),
                        None => request,
                    };
                    request.body(body)
                };
                let answer = self.bot.call(self.name, hook.method.clone(), &filled(&hook.path), fill).await;
                let (path, status) = (&hook.path, answer.status.as_u16());
                assert!(status != 500, "{}: {path} answers 500 to {media_type:?} and {begins:?}", self.name);
            }
        }
    }
}

/// What `factotum demo` shows, if the plugin has something to show: the lines are
/// understood, the request is taken, and is decided the same when asked twice.
async fn does_what_its_demo_says<P: Plugin>() {
    let Some(demo) = P::demo() else { return };
    let bot = bot_with::<P>(&demo.config).await;
    for line in &demo.lines {
        bot.say_privately("admin", &format!("!{line}")).await;
    }
    let said = bot.transcript();
    assert!(!said.contains("Usage: ") && !said.contains("There is no command"), "{}: its demo: {said}", P::NAME);
    let started = starts_without_side_effects::<P>(demo.config);
    let hook = started.hooks.0.iter().find(|hook| hook.method == Method::POST).expect("a demo posts to a hook");
    let path = demo.request.path.clone().unwrap_or_else(|| hook.path.clone());
    let sample = Sample { path: Some(path.clone()), ..demo.request };
    let open = bot.host().shared.open_tables().expect("the host runs");
    let target = open.hooks.find(&Method::POST, &path).expect("a demo posts to a hook");
    let request = request_of(hook, &sample);
    let first = said_of(target.decide(&request).await);
    assert_eq!(first, said_of(target.decide(&request).await), "{}: the request of its demo, asked twice", P::NAME);
    let status = bot.post(P::NAME, sample).await.status;
    assert!(status.is_success(), "{}: the request of its demo is answered {status}", P::NAME);
}

/// As fast as a host without it, and [`STOP_MAX`] more: the disk may be slow.
async fn stops_in_time(name: &str, bot: Bot) {
    let (bare, clock) = (Bot::bare().start().await, Clock::system());
    let began = clock.elapsed();
    bare.stop().await;
    let without = clock.elapsed() - began;
    let began = clock.elapsed();
    bot.stop().await;
    let with = clock.elapsed() - began;
    assert!(with < without * 2 + STOP_MAX, "{name}: the host takes {with:?} to stop, and {without:?} without it");
}
