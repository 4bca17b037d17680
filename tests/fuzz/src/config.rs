//! `factotum.toml`: any text loads, or gives mistakes that name the file and a line
//! of it; a secret in the file is in none of them, nor in what is shown.
use factotum_host::config::{self, Loaded, Mistakes, Sources};
use factotum_plugin_api::prelude::*;
use plugin_travishook::TravisHook;
use schemars::{Schema, schema_for};

const CANARY: &str = "c4n4ry-s3cret";
/// Stands before the bytes, so that the secret stays where secrets are.
const HEAD: &str = "\
[chats.telegram]
token = \"c4n4ry-s3cret\"
[[plugins.vault.others]]
key = \"c4n4ry-s3cret\"
[plugins.vault]
password = \"c4n4ry-s3cret\"
";

/// A plugin that cannot start without a secret
#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "there for its schema")]
struct Vault {
    /// Password of the account
    password: Secret,
    /// Accounts beside the first
    #[serde(default)]
    others: Vec<Other>,
}
/// Another account
#[derive(serde::Deserialize, JsonSchema)]
#[expect(dead_code, reason = "there for its schema")]
struct Other {
    /// Its key
    key: Secret,
    /// Where it is
    url: Option<String>,
}
/// A network with a secret
#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "there for its schema")]
struct Telegram {
    /// The bot's token
    token: Secret,
}

fn plugins() -> Vec<(&'static str, Schema)> {
    vec![(TravisHook::NAME, schema_for!(<TravisHook as Plugin>::Config)), ("vault", schema_for!(Vault))]
}
fn networks() -> Vec<(&'static str, Schema)> {
    vec![("console", schema_for!(factotum_host::console::Config)), ("telegram", schema_for!(Telegram))]
}
/// The file that `factotum example` prints.
pub fn example() -> String {
    config::example(&plugins(), &networks())
}

/// Loads the bytes as a config, alone or behind a head with secrets.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data).replace(CANARY, "no secret");
    let with_head = format!("{HEAD}{text}");
    // Each costs some milliseconds, most of them for the schema.
    let file = if text.len().is_multiple_of(4) { &text } else { &with_head };
    check(file, load(file));
}
fn load(text: &str) -> Result<Loaded, Mistakes> {
    config::load(Sources {
        file: Some("factotum.toml".into()),
        text: Some(text.to_owned()),
        plugins: plugins(),
        networks: networks(),
        left_out: vec![("buildbot".into(), "buildbot".into())],
        ..Sources::default()
    })
}

fn check(text: &str, loaded: Result<Loaded, Mistakes>) {
    let said = match &loaded {
        Ok(loaded) => {
            let shown = loaded.show(None);
            assert!(!shown.is_empty() && !loaded.sections().is_empty());
            format!("{loaded:?}\n{shown:?}\n{:?}", loaded.warnings())
        }
        Err(mistakes) => {
            assert!(!mistakes.0.is_empty(), "refused without a mistake");
            mistakes.0.iter().for_each(|mistake| is_told(text, &mistake.to_string()));
            mistakes.to_string()
        }
    };
    assert!(!said.contains(CANARY), "it tells a secret: {said}");
}

/// A mistake names the file, and a line of it where it has one.
fn is_told(text: &str, mistake: &str) {
    let place = mistake.strip_prefix("factotum.toml:");
    let place = place.unwrap_or_else(|| panic!("a mistake without the file: {mistake}"));
    let digits: String = place.chars().take_while(char::is_ascii_digit).collect();
    if let Ok(line) = digits.parse::<usize>() {
        assert!((1..=text.split('\n').count()).contains(&line), "no such line: {mistake}");
    }
    let message = place.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':').trim();
    assert!(!message.is_empty(), "nothing is said: {mistake}");
}
