//! `factotum demo`: a plugin shown at work, on data that are thrown away.
use super::{Context, block_on, hook, plugins, print};
use crate::{
    config::{self, Sources},
    console::{self, Console, Script},
    running::{Parts, Running},
};
use anyhow::Context as _;
use factotum_plugin_api::{
    Demo, Error, Registration,
    chat::{Incoming, Network},
    clock::Clock,
};
use serde_json::json;
use std::{
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex},
};

/// Shows the plugin of that name, or every plugin that has a demo.
pub(super) fn demo(_: &Context, name: Option<&str>) -> anyhow::Result<ExitCode> {
    let wanted: Vec<(Registration, Demo)> = plugins()
        .into_iter()
        .filter(|plugin| name.is_none_or(|name| plugin.name.eq_ignore_ascii_case(name)))
        .filter_map(|plugin| Some((plugin, (plugin.demo)()?)))
        .collect();
    anyhow::ensure!(!wanted.is_empty(), "{}", no_demo(name));
    block_on(async {
        for (plugin, demo) in wanted {
            let folder = tempfile::tempdir()?;
            show(plugin, demo, folder.path()).await.with_context(|| format!("the demo of {}", plugin.name))?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn no_demo(name: Option<&str>) -> String {
    let with_demo = plugins().into_iter().filter(|plugin| (plugin.demo)().is_some());
    let names: Vec<_> = with_demo.map(|plugin| plugin.name).collect();
    match (name, names.is_empty()) {
        (Some(name), false) => format!("no plugin {name:?} has a demo; there is {}", names.join(", ")),
        _ => "no plugin of this binary has a demo".into(),
    }
}

async fn show(plugin: Registration, demo: Demo, folder: &Path) -> anyhow::Result<()> {
    let file = folder.join("factotum.toml");
    let config = json!({ "http": { "listen": "127.0.0.1:0" }, "plugins": { plugin.name: demo.config } });
    std::fs::write(&file, toml::to_string(&config)?)?;
    let config = config::load(Sources {
        file: Some(file),
        text: None,
        env: vec![],
        credentials: None,
        plugins: vec![(plugin.name, (plugin.config_schema)())],
        networks: super::network_schemas(),
        left_out: vec![],
    })?;
    // What arrives is kept and shown after the answer, in the order a reader expects.
    let arrived: Arc<Mutex<Vec<String>>> = Arc::default();
    let keep = arrived.clone();
    let script = Arc::new(Script::new(move |shown| keep.lock().expect("no panic inside").push(shown.text.clone())));
    let console = Arc::new(Console::scripted(console::Config::default(), script).map_err(Error::into_anyhow)?);
    let network: Arc<dyn Network> = console.clone();
    let host = Running::start(Parts {
        config,
        data: folder.join("data"),
        clock: Clock::system(),
        plugins: vec![plugin],
        known: vec![],
        networks: vec![(console::NAME.to_owned(), network)],
    })
    .await?;
    let person = console.person();
    let chat = factotum_plugin_api::chat::ChatId::new(console::NAME, person.account());
    for line in &demo.lines {
        host.dispatch.accept(Incoming::new(chat.clone(), person.clone(), true, format!("!{line}")));
        host.settled().await;
    }
    arrived.lock().expect("no panic inside").clear(); // the answers to the lines
    let hooks = host.registry.plugin(plugin.name).map_err(Error::into_anyhow)?.hooks;
    let own_path = hooks.iter().find_map(|hook| hook.strip_prefix("POST ")).context("the plugin has no hook")?;
    let path = demo.request.path.clone().unwrap_or_else(|| own_path.to_owned());
    let answer = hook::post(&format!("http://{}", host.http()), http::Method::POST, &path, &demo.request).await?;
    print(&format!("POST {path}, {}: {}\n", demo.proof, answer.status.as_u16()))?;
    host.settled().await;
    for line in std::mem::take(&mut *arrived.lock().expect("no panic inside")) {
        print(&format!("{line}\n"))?;
    }
    host.stop().await;
    Ok(())
}
