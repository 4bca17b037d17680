//! What no schema can say: addresses that parse, globs that compile, names that
//! exist.
use super::{
    cidr::Cidr,
    globs::{Case, Globs, compile_glob},
    mistakes::expected,
    settings::Config,
    tree::KeyPath,
};
use std::{collections::BTreeMap, net::SocketAddr};
use tracing_subscriber::EnvFilter;

/// The role that the senders under `admins` have.
pub(super) const ADMINS: &str = "admins";

/// Everything wrong with the host's settings beyond their schema.
///
/// `networks` are the configured ones; `own_admins` says that the list of admins
/// was given, not a default.
pub(super) fn findings(config: &Config, networks: &[&str], own_admins: bool) -> Vec<(KeyPath, String)> {
    let mut checks = Checks { networks, found: vec![] };
    let top = KeyPath::default();
    if own_admins {
        for (at, admin) in config.admins.iter().enumerate() {
            checks.sender(top.key("admins").index(at), admin);
        }
    }
    if let Some(chat) = &config.admin_chat {
        checks.network(top.key("admin_chat"), &chat.network);
    }
    checks.http(config);
    checks.access(config);
    checks.commands(config);
    if config.outbox.retry_max_secs < config.outbox.retry_first_secs {
        checks.say(KeyPath::of(["outbox", "retry_max_secs"]), "must not be less than `retry_first_secs`");
    }
    if let Err(error) = EnvFilter::builder().parse(&config.log.level) {
        checks.say(KeyPath::of(["log", "level"]), format!("no level and no levels by module: {error}"));
    }
    checks.found
}

struct Checks<'c> {
    networks: &'c [&'c str],
    found: Vec<(KeyPath, String)>,
}

impl Checks<'_> {
    fn say(&mut self, path: KeyPath, message: impl Into<String>) {
        self.found.push((path, message.into()));
    }

    fn http(&mut self, config: &Config) {
        let http = KeyPath::of(["http"]);
        if config.http.listen.parse::<SocketAddr>().is_err() {
            let message = format!("`{}` is no address and port, such as 127.0.0.1:3141", config.http.listen);
            self.say(http.key("listen"), message);
        }
        for (at, proxy) in config.http.trusted_proxies.iter().enumerate() {
            if let Err(message) = proxy.parse::<Cidr>() {
                self.say(http.key("trusted_proxies").index(at), message);
            }
        }
        let is_url = |text: &String| url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !config.http.public_url.as_ref().is_none_or(is_url) {
            self.say(http.key("public_url"), "a URL begins with https:// or http://");
        }
    }

    fn access(&mut self, config: &Config) {
        let roles = KeyPath::of(["access", "roles"]);
        for (role, senders) in &config.access.roles {
            if role == ADMINS {
                self.say(roles.key(role), "the role of the senders under `admins`; give this one another name");
            }
            for (at, sender) in senders.iter().enumerate() {
                let path = roles.key(role).index(at);
                match compile_glob(sender, Case::Matters) {
                    Err(message) => self.say(path, message),
                    // A glob in the network's name may mean several.
                    Ok(_) if sender.split(':').next().is_some_and(|network| network.contains(['*', '?', '[', '{'])) => {
                    }
                    Ok(_) => self.sender(path, sender),
                }
            }
        }
        for (at, rule) in config.access.rules.iter().enumerate() {
            let path = KeyPath::of(["access", "rules"]).index(at);
            self.globs(path.key("command"), &rule.command, Case::Ignored);
            self.globs(path.key("chat"), &rule.chat, Case::Ignored);
            for (name, globs) in &rule.args {
                self.globs(path.key("args").key(name), globs, Case::Matters);
            }
            let path = path.key("sender");
            if let Err(message) = rule.sender.compile(Case::Matters) {
                self.say(path.clone(), message);
            }
            for role in rule.sender.roles() {
                if role != ADMINS && !config.access.roles.contains_key(role) {
                    let known = config.access.roles.keys().map(String::as_str).chain([ADMINS]);
                    self.say(path.clone(), format!("no role is called `{role}`, {}", expected(role, known)));
                }
            }
        }
    }

    fn globs(&mut self, path: KeyPath, globs: &Globs, case: Case) {
        if let Err(message) = globs.compile(case) {
            self.say(path.clone(), message);
        }
        if let Some(role) = globs.roles().next() {
            self.say(path, format!("`@{role}`: only `sender` can name a role"));
        }
    }

    fn commands(&mut self, config: &Config) {
        let prefixes = KeyPath::of(["commands", "prefixes"]);
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, prefix) in config.commands.prefixes.iter().enumerate() {
            if prefix.trim().is_empty() {
                self.say(prefixes.index(at), "a prefix has at least one character that can be seen");
            }
            if *first.entry(prefix).or_insert(at) != at {
                self.say(prefixes.index(at), "is there already");
            }
        }
    }

    fn sender(&mut self, path: KeyPath, sender: &str) {
        match sender.split_once(':') {
            Some((network, account)) if !network.is_empty() && !account.is_empty() => self.network(path, network),
            _ => self.say(path, format!("`{sender}` is no sender: one is like telegram:123456 or console:admin")),
        }
    }

    fn network(&mut self, path: KeyPath, network: &str) {
        if !self.networks.contains(&network) {
            let networks = expected(network, self.networks.iter().copied());
            self.say(path, format!("no network is called `{network}`, {networks}"));
        }
    }
}
