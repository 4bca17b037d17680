//! A real Buildbot: a master and its worker on free ports of this machine, from
//! `tests/fixtures/buildbot`, which says what it builds.
//!
//! It is installed where `BB_VENV` says, else into `target/buildbot-venv`, once.
use factotum_plugin_api::reqwest;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    process::Command,
    sync::{OnceCell, Semaphore},
};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/buildbot");
/// How long is waited for what a master should come to: two minutes of a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
const VENV: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/buildbot-venv");

/// A master with its worker; both end when it is dropped.
pub struct Buildbot {
    folder: TempDir,
    settings: Vec<(String, String)>,
    url: String,
}

#[expect(clippy::disallowed_methods, reason = "where Buildbot is installed is no matter of a host's config")]
fn venv() -> PathBuf {
    std::env::var_os("BB_VENV").map_or_else(|| VENV.into(), PathBuf::from)
}

/// Starts the master of a folder. One at a time: it takes a core for some seconds, and
/// several at once are slower than its patience. Another program may take a port before
/// the master does, so a start that failed is tried once more.
async fn started(folder: &Path, settings: &[(String, String)]) -> String {
    static STARTING: Semaphore = Semaphore::const_new(1);
    let _turn = STARTING.acquire().await.expect("it is never closed");
    if let Ok(url) = try_script("up.sh", folder, settings).await {
        return url;
    }
    try_script("down.sh", folder, &[]).await.ok(); // what of it has begun
    script("up.sh", folder, settings).await
}

/// Runs a script of the fixture; what it prints.
async fn script(name: &str, of: &Path, settings: &[(String, String)]) -> String {
    try_script(name, of, settings).await.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Runs a script of the fixture; what it prints, or what it says of its failure.
async fn try_script(name: &str, of: &Path, settings: &[(String, String)]) -> Result<String, String> {
    let mut command = Command::new("sh");
    command.arg(Path::new(FIXTURE).join(name)).arg(of).env("BB_VENV", venv());
    command.envs(settings.iter().cloned()).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().await.expect("there is a shell");
    match status.success() {
        true => Ok(String::from_utf8_lossy(&stdout).trim().to_owned()),
        false => Err(String::from_utf8_lossy(&stderr).into_owned()),
    }
}

impl Buildbot {
    /// A new master with the settings of the fixture's README: `[("BB_AUTH", "basic")]`.
    ///
    /// # Panics
    /// When it cannot be installed or started.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        static INSTALLED: OnceCell<String> = OnceCell::const_new();
        INSTALLED.get_or_init(|| async { script("install.sh", &venv(), &[]).await }).await;
        let settings: Vec<_> = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let folder = tempfile::tempdir().expect("a folder");
        let mut buildbot = Buildbot { folder, settings, url: String::new() };
        buildbot.url = started(buildbot.folder.path(), &buildbot.settings).await;
        buildbot
    }
    /// Its address: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }
    /// Its folder: logs, pids, ports.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
    /// Ends its worker (`w1`) or the master (`master`) and waits until it has gone.
    pub async fn end(&self, what: &str) {
        let mut command = Command::new("sh");
        let status = command.arg(Path::new(FIXTURE).join("down.sh")).arg(self.folder.path()).arg(what).status();
        assert!(status.await.expect("there is a shell").success(), "{what} ends");
    }
    /// Starts the worker again.
    pub async fn start_worker(&self) {
        let mut settings = self.settings.clone();
        settings.push(("BB_VENV".into(), venv().to_string_lossy().into_owned()));
        script("worker.sh", self.folder.path(), &settings).await;
    }
    /// Starts the master again, on the same ports; its worker must have ended too.
    pub async fn start_again(&self) {
        let mut settings = self.settings.clone();
        let ports = std::fs::read_to_string(self.folder.path().join("env")).expect("up.sh wrote it");
        let ports = ports.lines().filter_map(|line| line.split_once('=')).filter(|(key, _)| key.ends_with("_PORT"));
        settings.extend(ports.map(|(key, value)| (key.to_owned(), value.to_owned())));
        started(self.folder.path(), &settings).await;
    }
    /// What a path of its REST interface answers: `builds?complete=false`.
    pub async fn get(&self, path: &str) -> Value {
        let answer = reqwest::get(format!("{}/api/v2/{path}", self.url)).await.expect("the master answers");
        answer.json().await.expect("it answers JSON")
    }
    /// Returns once a path answers what `seen` waits for.
    ///
    /// # Panics
    /// After two minutes, with the last answer.
    pub async fn until(&self, path: &str, seen: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let look = async {
            loop {
                last = self.get(path).await;
                if seen(&last) {
                    return;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, look).await {
            Ok(()) => last,
            Err(_) => panic!("{path} never came to what is waited for; the last answer was {last}"),
        }
    }
    /// Returns once nothing is built and nothing waits but for `idle-builder`, whose
    /// worker never comes.
    pub async fn idle(&self) {
        let none = |key: &'static str| move |answer: &Value| answer[key].as_array().is_some_and(Vec::is_empty);
        let of_idle = self.get("builders/idle-builder").await["builders"][0]["builderid"].clone();
        let path = format!("buildrequests?complete=false&builderid__ne={of_idle}");
        self.until(&path, none("buildrequests")).await;
        self.until("builds?complete=false", none("builds")).await;
    }
    /// Forces a build through the scheduler `force`, without a login; returns its request.
    pub async fn force(&self, builder: &str, fields: Value) -> i64 {
        let mut params = json!({ "builderNames": [builder], "reason": "a test" });
        params.as_object_mut().expect("it is one").extend(fields.as_object().cloned().unwrap_or_default());
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "force", "params": params });
        let url = format!("{}/api/v2/forceschedulers/force", self.url);
        let answer = reqwest::Client::new().post(url).json(&body).send().await.expect("the master answers");
        let answer: Value = answer.json().await.expect("it answers JSON");
        let request = answer["result"][1].as_object().and_then(|of_builder| of_builder.values().next()?.as_i64());
        request.unwrap_or_else(|| panic!("it was forced: {answer}"))
    }
    /// Takes a value of its own out of its database, such as the secret that it signs
    /// sessions with; the master must have ended.
    pub async fn forget(&self, name: &str) {
        const SCRIPT: &str = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); \
            print(db.execute('delete from object_state where name = ?', (sys.argv[2],)).rowcount); db.commit()";
        let mut command = Command::new(venv().join("bin/python"));
        let output =
            command.args(["-c", SCRIPT]).arg(self.folder.path().join("master/state.sqlite")).arg(name).output();
        let output = output.await.expect("it is installed");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "1", "{name} was there");
    }
    /// Tells the master of a change, with the arguments of `buildbot sendchange`.
    pub async fn change(&self, arguments: &[&str]) {
        let ports = std::fs::read_to_string(self.folder.path().join("env")).expect("up.sh wrote it");
        let port = ports.lines().find_map(|line| line.strip_prefix("BB_PB_PORT=")).expect("it names it");
        let mut command = Command::new(venv().join("bin/buildbot"));
        command.args(["sendchange", "-m", &format!("127.0.0.1:{port}"), "-a", "change:changepw"]).args(arguments);
        let output = command.output().await.expect("it is installed");
        assert!(output.status.success(), "sendchange: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Buildbot {
    fn drop(&mut self) {
        for name in ["w1", "master", "recorder"] {
            let Ok(pid) = std::fs::read_to_string(self.folder.path().join(format!("{name}.pid"))) else { continue };
            // What has ended by itself is gone already.
            drop(std::process::Command::new("kill").args(["-9", pid.trim()]).stderr(Stdio::null()).status());
        }
    }
}
