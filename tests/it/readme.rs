//! The README says what is so: its tables and its code are those of the tree. Run
//! with `UPDATE_README=1` to write them in.
use chat_hipchat::HipChat as ChatHipChat;
use chat_telegram::Telegram;
use factotum_host::config;
use factotum_plugin_api::{Registration, chat::NetworkKind, schemars};
use plugin_alertmanager::Alertmanager;
use plugin_buildbot::Buildbot;
use plugin_buildkite::Buildkite;
use plugin_ci::Ci;
use plugin_circleci::CircleCi;
use plugin_drone::Drone;
use plugin_gitea::Gitea;
use plugin_github::GitHub;
use plugin_gitlab::GitLab;
use plugin_grafana::Grafana;
use plugin_hipchat::HipChat;
use plugin_jenkins::Jenkins;
use plugin_rules::Rules;
use plugin_travishook::TravisHook;
use plugin_trueconf::TrueConf;

const README: &str = include_str!("../../README.md");

/// `text` with what stands between `begin` and `end` replaced.
fn replace(text: &str, begin: &str, end: &str, inner: &str) -> String {
    let (before, rest) = text.split_once(begin).expect("the README has the mark");
    let (_, after) = rest.split_once(end).expect("the README has the end of it");
    format!("{before}{begin}{inner}{end}{after}")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a switch for whoever writes the README")]
fn the_readme_is_that_of_this_tree() {
    let plugins = [
        Registration::of::<Alertmanager>("", ""),
        Registration::of::<Buildbot>("", ""),
        Registration::of::<Buildkite>("", ""),
        Registration::of::<Ci>("", ""),
        Registration::of::<CircleCi>("", ""),
        Registration::of::<Drone>("", ""),
        Registration::of::<Gitea>("", ""),
        Registration::of::<GitHub>("", ""),
        Registration::of::<GitLab>("", ""),
        Registration::of::<Grafana>("", ""),
        Registration::of::<HipChat>("", ""),
        Registration::of::<Jenkins>("", ""),
        Registration::of::<Rules>("", ""),
        Registration::of::<TravisHook>("", ""),
        Registration::of::<TrueConf>("", ""),
    ];
    let plugins = plugins.map(|plugin| (plugin.name, (plugin.config_schema)()));
    let console = schemars::schema_for!(factotum_host::console::Config);
    let telegram = (Telegram::KIND, schemars::schema_for!(chat_telegram::Config));
    let hipchat = (ChatHipChat::KIND, schemars::schema_for!(chat_hipchat::Config));
    let keys = config::reference(&plugins, &[(factotum_host::console::NAME, console), hipchat, telegram]);
    let nightly = include_str!("../outside/src/nightly.rs");
    let main = include_str!("../outside/src/main.rs");
    let mut text = replace(README, "<!-- keys: begin -->\n", "<!-- keys: end -->", &keys);
    text =
        replace(&text, "`ci-routes`, and adds a command, a table and a hook of its own:\n\n```rust\n", "```", nightly);
    text = replace(&text, "`main.rs` is the host:\n\n```rust\n", "```", main);
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md"), &text).unwrap();
    }
    assert!(text == README, "the README is behind: run this test with UPDATE_README=1 and read what it changed");
}
