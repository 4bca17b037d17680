//! What no schema can say: addresses that parse, rules that can fit, names that
//! exist.
use super::{
    mistakes::expected,
    settings::{AccessConfig, Config},
    tree::KeyPath,
};
use crate::{access::Globs, http::parse_network};
use std::{collections::BTreeMap, net::SocketAddr};
use tracing_subscriber::EnvFilter;

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
    if let Some(level) = &config.log.level
        && let Err(error) = check_level(level)
    {
        checks.say(KeyPath::of(["log", "level"]), format!("no level and no levels by module: {error}"));
    }
    checks.found
}

/// A level, or levels by module. A word that is no level would be taken for a
/// module's name, and silence everything else.
fn check_level(level: &str) -> Result<(), String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    for directive in level.split(',').map(str::trim) {
        let word = directive.rsplit('=').next().unwrap_or_default();
        if !LEVELS.contains(&word.to_lowercase().as_str()) {
            return Err(expected(word, LEVELS));
        }
    }
    EnvFilter::builder().parse(level).map(drop).map_err(|error| error.to_string())
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
            if let Err(message) = parse_network(proxy) {
                self.say(http.key("trusted_proxies").index(at), message);
            }
        }
        let is_url = |text: &String| url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !config.http.public_url.as_ref().is_none_or(is_url) {
            self.say(http.key("public_url"), "a URL begins with https:// or http://");
        }
    }

    fn access(&mut self, config: &Config) {
        let AccessConfig { roles, rules } = config.access.clone();
        for (role, senders) in &roles {
            for (at, sender) in senders.iter().enumerate() {
                self.sender(KeyPath::of(["access", "roles", role]).index(at), sender);
            }
        }
        for (at, rule) in rules.iter().enumerate() {
            let path = KeyPath::of(["access", "rules"]).index(at);
            for (key, message) in rule.mistakes(&roles) {
                let keys = key.split_once('.').map_or(vec![key.as_str()], |(table, key)| vec![table, key]);
                self.say(keys.into_iter().fold(path.clone(), |path, key| path.key(key)), message);
            }
            for (key, globs) in [("chat", &rule.chat), ("sender", &rule.sender)] {
                for (n, glob) in globs.all().iter().enumerate() {
                    // `tele*:5` may fit a network that is there.
                    let Some((network, _)) = glob.split_once(':').filter(|(network, _)| !network.contains('*')) else {
                        continue;
                    };
                    let path = path.key(key);
                    self.network(if matches!(globs, Globs::One(_)) { path } else { path.index(n) }, network);
                }
            }
        }
    }

    fn commands(&mut self, config: &Config) {
        let prefixes = KeyPath::of(["commands", "prefixes"]);
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        if config.commands.prefixes.is_empty() {
            self.say(prefixes.clone(), "without a prefix there are no commands; `!` is the usual one");
        }
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
            _ if sender.contains('*') => {
                let message =
                    format!("`{sender}`: `*` stands for nobody here; name each sender, or write a rule with `sender`");
                self.say(path, message);
            }
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
