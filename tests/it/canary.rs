//! A plugin that is careless with secrets, in every way that a plugin can be: what
//! the host keeps, says and logs of it holds none of them all the same.
use factotum_host::journal::Filter;
use factotum_plugin_api::{prelude::*, store::Table};
use factotum_testing::{Bot, Trouble};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

/// Puts every secret that it is given into whatever it says to the host.
struct Careless {
    config: CarelessConfig,
    kept: Table<String, Secret>,
}

/// What it is careless with
#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct CarelessConfig {
    /// A token
    token: Secret,
    /// Another, from a file
    key: Secret,
}
impl Default for CarelessConfig {
    fn default() -> Self {
        CarelessConfig { token: Secret::new(""), key: Secret::new("") }
    }
}

/// Keep a secret, and fail at it
#[derive(Args)]
struct KeepArgs {
    /// How to fail: error, panic or not
    how: String,
    /// The secret
    secret: Secret,
}

impl Plugin for Careless {
    const NAME: &'static str = "careless";
    type Config = CarelessConfig;
    fn start(config: CarelessConfig, host: Host) -> Result<Self> {
        Ok(Careless { config, kept: host.store.table("kept")? })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.on("careless keep", Access::ADMINS, Self::keep);
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/careless/{how}", Self::proof, Self::request);
    }
}

impl Careless {
    async fn keep(&self, _: &Call, KeepArgs { how, secret }: KeepArgs) -> Result<Reply> {
        self.kept.put(&"one".to_owned(), &secret).await?;
        let (given, token) = (secret.expose().to_owned(), self.config.token.expose());
        drop(secret);
        match how.as_str() {
            "error" => Err(anyhow::anyhow!("bot{token}").context(format!("is {given} wrong?")).into()),
            "panic" => panic!("{given} {token}"),
            _ => Ok("Kept.".into()),
        }
    }
    async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        let kept = self.kept.get(&"one".to_owned()).await?;
        let all = format!("{} {:?}", self.config.key.expose(), kept.as_ref().map(Secret::expose));
        match request.param("how") {
            "wrong" => Err(Refusal::Forbidden(format!("not {all}"))),
            "failed" => Err(Refusal::Internal(anyhow::anyhow!("no answer of {all}"))),
            "panic" => panic!("{all}"),
            _ => Ok(()),
        }
    }
    async fn request(&self, _: &Request) -> Result<Outcome, Refusal> {
        let summary = format!("from {}", self.config.token.expose());
        Ok(Outcome::from(Notice::new(ChatId::new("console", "ops"), "a cup")).summary(summary))
    }
}

/// Every byte of every file but those of the store, which keeps what a plugin gave
/// it, and of its complete copies.
pub(crate) fn files_with(folder: &Path, word: &str) -> Vec<String> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if path.is_dir() && !matches!(name.as_str(), "store" | "snapshots") {
            found.extend(files_with(&path, word));
        } else if path.is_file() && String::from_utf8_lossy(&fs::read(&path).unwrap()).contains(word) {
            found.push(name);
        }
    }
    found
}

#[tokio::test]
async fn a_careless_plugin_gives_no_secret_away() {
    let keys = tempfile::tempdir().unwrap();
    let key = keys.path().join("key");
    fs::write(&key, "c4nary-file\n").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let config = format!("[plugins.careless]\ntoken = \"c4nary-config\"\nkey_file = {key:?}");
    let bot = Bot::with::<Careless>().config(&config).admin("ann").start().await;
    for how in ["error", "panic", "not"] {
        bot.say_privately("ann", &format!("!careless keep {how} c4nary-{how}")).await;
    }
    bot.say_privately("ann", "!careless keep not").await;
    bot.say_privately("ann", "c4nary-answer").await;
    for how in ["wrong", "failed", "panic", "right"] {
        let path = Some(format!("/careless/{how}"));
        bot.post("ci", Sample { path, body: "a cup".into(), ..Sample::default() }).await;
    }
    bot.script().fail_next_in("ops", Trouble::Permanent("no chat at /botc4nary-config/send"));
    bot.post("ci", Sample { path: Some("/careless/right".into()), body: "a pot".into(), ..Sample::default() }).await;
    for line in ["!requests", "!incidents", "!config careless", "!status", "!outbox list dead", "!plugin info careless"]
    {
        bot.say_privately("ann", line).await;
    }
    for id in 1..=5 {
        bot.say_privately("ann", &format!("!requests show {id}")).await;
    }
    let audit = bot.host().shared.journal.audit(&Filter::default(), 100).await.unwrap();
    let (audit, transcript) = (format!("{audit:?}"), bot.transcript());
    assert!(
        transcript.contains("not *** Some(\"***\")") && audit.contains("is *** wrong?: bot***"),
        "{transcript}{audit}"
    );
    assert!(!transcript.replace("> c4nary-answer", "").contains("c4nary"), "{transcript}");
    assert!(!audit.contains("c4nary"), "{audit}");
    assert_eq!(files_with(&bot.folder().join("data"), "c4nary"), Vec::<String>::new());
    bot.stop().await;
}
