//! The README and the pages under `docs/` say what is so: the table of keys and the code
//! are those of the tree, and links lead somewhere. Run with `UPDATE_README=1` to write
//! the first two in.
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
use regex::Regex;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

const README: &str = include_str!("../../README.md");
const KEYS: &str = include_str!("../../docs/config.md");

/// `text` with what stands between `begin` and `end` replaced.
fn replace(text: &str, begin: &str, end: &str, inner: &str) -> String {
    let (before, rest) = text.split_once(begin).expect("the page has the mark");
    let (_, after) = rest.split_once(end).expect("the page has the end of it");
    format!("{before}{begin}{inner}{end}{after}")
}

/// Says that a page is behind, or writes it.
#[expect(clippy::disallowed_methods, reason = "a switch for whoever writes the pages")]
fn is(path: &str, text: &str, wanted: &str) {
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(root().join(path), wanted).unwrap();
    }
    assert!(text == wanted, "{path} is behind: run this test with UPDATE_README=1 and read what it changed");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_table_of_keys_is_that_of_this_tree() {
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
    is("docs/config.md", KEYS, &replace(KEYS, "<!-- keys: begin -->\n", "<!-- keys: end -->", &keys));
}

#[test]
fn the_plugin_of_the_readme_is_the_one_that_is_tested() {
    let nightly = include_str!("../outside/src/nightly.rs");
    let main = include_str!("../outside/src/main.rs");
    let begin = "`ci-routes`, and adds a command, a table and a hook of its own:\n\n```rust\n";
    let text = replace(README, begin, "```", nightly);
    is("README.md", README, &replace(&text, "`main.rs` is the host:\n\n```rust\n", "```", main));
}

/// Every page is linked from the README or from a page that is, and every link to a
/// file of the tree leads to one.
#[test]
fn links_lead_somewhere() {
    let link = Regex::new(r"\]\(([^)#:]+)(?:#[^)]*)?\)").unwrap();
    let (mut seen, mut next) = (BTreeSet::new(), vec![root().join("README.md")]);
    while let Some(page) = next.pop() {
        let at = page.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        if at.extension().is_none_or(|kind| kind != "md") || !seen.insert(at.clone()) {
            continue;
        }
        let text = std::fs::read_to_string(&at).unwrap();
        next.extend(link.captures_iter(&text).map(|link| at.with_file_name(&link[1])));
    }
    for folder in ["docs", "docs/senders"] {
        for page in std::fs::read_dir(root().join(folder)).unwrap() {
            let page = page.unwrap().path().canonicalize().unwrap();
            assert!(page.is_dir() || seen.contains(&page), "nothing leads to {}", page.display());
        }
    }
}
