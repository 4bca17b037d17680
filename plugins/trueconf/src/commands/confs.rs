//! `!trueconf confs`: the conferences that run, or all that there are.
use super::ServerArg;
use crate::{
    TrueConf,
    api::Fault,
    model::Conference,
    reach,
    screens::{self, List, PAGE},
    servers::Server,
    texts,
};
use factotum_plugin_api::prelude::*;
use std::sync::Arc;

/// List the conferences that run
#[derive(Args)]
pub(super) struct ConfsArgs {
    #[command(flatten)]
    of: ServerArg,
    /// List those that do not run as well
    #[arg(long)]
    all: bool,
    /// Page of a long list
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    page: usize,
}

impl TrueConf {
    pub(super) async fn confs(&self, call: &Call, args: ConfsArgs) -> Result<Reply> {
        let servers = self.meant(args.of.server.as_deref()).await?;
        if let [server] = &servers[..] {
            return self.confs_of(call, server, args.all, args.page).await;
        }
        let every = args.all;
        let ask = move |server: Arc<Server>| async move { conferences(&server, every).await };
        let mut parts = vec![];
        for (server, answer) in reach::all(&self.host, &servers, ask).await {
            parts.push(match answer {
                Ok(found) => several(&server, &found, every),
                Err(fault) => texts::trouble(&server, &fault),
            });
        }
        Ok(screens::of_several(call, Text::join("\n\n", parts), "confs", &servers))
    }
    /// The screen of one server's conferences.
    pub(super) async fn confs_of(&self, call: &Call, server: &Server, every: bool, page: usize) -> Result<Reply> {
        let found = self.asked(server, conferences(server, every)).await?;
        if found.is_empty() {
            return Ok(screens::back(call, texts::none_running(&server.name).into(), server));
        }
        let (head, words) = match every {
            true => (texts::conferences(&server.name, found.len()), " --all"),
            false => (texts::running(&server.name, found.len()), ""),
        };
        listed(call, head, server, (List::Confs, words), &found, page)
    }
}

/// Those that run, with what is known of them; then, if `every` is wanted, the others.
async fn conferences(server: &Server, every: bool) -> Result<Vec<Conference>, Fault> {
    let api = server.api()?;
    let mut running = api.running().await?;
    if !every {
        return Ok(running);
    }
    let kept = api.conferences().await?;
    let others = kept.into_iter().filter(|kept| !running.iter().any(|known| known.id == kept.id));
    let others: Vec<Conference> = others.map(|kept| Conference { running: false, ..kept }).collect();
    running.extend(others);
    Ok(running)
}

/// The list of one server among several.
fn several(server: &Server, found: &[Conference], every: bool) -> Text {
    if found.is_empty() {
        return texts::none_running(&server.name);
    }
    let head = match every {
        true => texts::conferences(&server.name, found.len()),
        false => texts::running(&server.name, found.len()),
    };
    let shown = head + "\n" + list(found.iter().take(PAGE).map(|conference| line(server, conference)));
    match found.len().div_ceil(PAGE) {
        1 => shown,
        pages => shown + "\n" + texts::page_of(1, pages),
    }
}

/// A page of a server's conferences, each with its button.
pub(super) fn listed(
    call: &Call,
    head: Text,
    server: &Server,
    list_of: (List, &str),
    found: &[Conference],
    page: usize,
) -> Result<Reply> {
    let pages = found.len().div_ceil(PAGE);
    if !(1..=pages).contains(&page) {
        return Err(user_error(texts::no_such_page(pages)));
    }
    let shown: Vec<&Conference> = found.iter().skip((page - 1) * PAGE).take(PAGE).collect();
    let mut text = head + "\n" + list(shown.iter().map(|conference| line(server, conference))) + "\n";
    if pages > 1 {
        text = text + texts::page_of(page, pages) + " ";
    }
    if shown.iter().any(|conference| conference.running) {
        text = text + texts::press_to_stop();
    }
    Ok(screens::conferences(call, text, server, list_of, &shown, (page, pages)))
}

fn line(server: &Server, conference: &Conference) -> Text {
    let Ok(api) = server.api() else { return texts::title(conference) };
    texts::conference(conference, api.page(conference), api.control_page(conference))
}
