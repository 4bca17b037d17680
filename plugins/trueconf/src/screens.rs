//! The screens: which buttons a reply has, and that it takes the place of the one before
//! where the network can edit. Elsewhere the same is text.
use crate::{model::Conference, servers::Server, texts};
use factotum_plugin_api::prelude::*;
use std::sync::Arc;

/// The most conferences of a page; each has a button, of which a message takes 100
/// (Telegram Bot API, `reply_markup`).
pub(crate) const PAGE: usize = 50;

/// A list that a screen can go back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum List {
    /// The running conferences.
    Confs,
    /// The forgotten ones.
    Forgotten,
}
impl List {
    /// The command that shows it.
    pub(crate) fn command(self) -> &'static str {
        match self {
            List::Confs => "confs",
            List::Forgotten => "forgotten",
        }
    }
}

fn button(call: &Call, label: impl Into<String>, line: std::fmt::Arguments<'_>) -> Button {
    Button::new(label, call.typed(format_args!("trueconf {line}")))
}
/// Two to a row.
fn pairs(reply: Reply, buttons: Vec<Button>) -> Reply {
    buttons.chunks(2).fold(reply, |reply, pair| reply.row(pair.to_vec()))
}

/// The servers, each with a button.
pub(crate) fn servers(call: &Call, text: Text, servers: &[Arc<Server>]) -> Reply {
    let buttons = servers.iter().map(|server| button(call, &server.name, format_args!("servers {}", server.slug)));
    pairs(Reply::from(text), buttons.collect()).edits_pressed()
}
/// What can be asked of a server.
pub(crate) fn menu(call: &Call, server: &Server) -> Reply {
    let slug = &server.slug;
    Reply::from(texts::menu(&server.name))
        .row([
            button(call, texts::button("status"), format_args!("status {slug}")),
            button(call, texts::button("confs"), format_args!("confs {slug}")),
        ])
        .row([
            button(call, texts::button("online"), format_args!("online {slug}")),
            button(call, texts::button("forgotten"), format_args!("forgotten {slug}")),
        ])
        .row([button(call, texts::button("back"), format_args!("servers"))])
        .edits_pressed()
}
/// How a server is, with the switch of its watch.
pub(crate) fn status(call: &Call, text: Text, server: &Server, watched: bool) -> Reply {
    let slug = &server.slug;
    let switch = match watched {
        true => button(call, texts::button("watch-off"), format_args!("watch {slug} off")),
        false => button(call, texts::button("watch-on"), format_args!("watch {slug} on")),
    };
    back(call, Reply::from(text).row([switch]), server)
}
/// A reply with the way back to the server's menu.
pub(crate) fn back(call: &Call, reply: Reply, server: &Server) -> Reply {
    reply.row([button(call, texts::button("back"), format_args!("servers {}", server.slug))]).edits_pressed()
}
/// A list of a server's conferences, each with a button that stops it if it runs and
/// shows it otherwise; `words` are those that the list was asked for with, `page` counts
/// from 1.
pub(crate) fn conferences(
    call: &Call,
    text: Text,
    server: &Server,
    (list, words): (List, &str),
    shown: &[&Conference],
    (page, pages): (usize, usize),
) -> Reply {
    let (slug, list) = (&server.slug, list.command());
    let of = |conference: &&Conference| match conference.running {
        true => button(call, &conference.id, format_args!("stop {slug} {} --list {list}", word(&conference.id))),
        false => button(call, &conference.id, format_args!("show {slug} {}", word(&conference.id))),
    };
    let mut reply = pairs(Reply::from(text), shown.iter().map(of).collect());
    let turn = |label: &'static str, page: usize| {
        button(call, texts::button(label), format_args!("{list} {slug}{words} --page {page}"))
    };
    let turns = [(page > 1).then(|| turn("previous", page - 1)), (page < pages).then(|| turn("next", page + 1))];
    let turns: Vec<Button> = turns.into_iter().flatten().collect();
    if !turns.is_empty() {
        reply = reply.row(turns);
    }
    back(call, reply, server)
}
/// The servers of a list over several, each with a button for its own.
pub(crate) fn of_several(call: &Call, text: Text, list: &str, servers: &[Arc<Server>]) -> Reply {
    let buttons = servers.iter().map(|server| button(call, &server.name, format_args!("{list} {}", server.slug)));
    pairs(Reply::from(text), buttons.collect()).edits_pressed()
}
/// One conference: what can be done with it.
pub(crate) fn conference(call: &Call, text: Text, server: &Server, conference: &Conference) -> Reply {
    let (slug, id) = (&server.slug, word(&conference.id));
    let first = match conference.running {
        true => button(call, texts::button("stop"), format_args!("stop {slug} {id}")),
        false => button(call, texts::button("run"), format_args!("run {slug} {id}")),
    };
    let records = button(call, texts::button("records"), format_args!("records {slug} {id}"));
    back(call, Reply::from(text).row([first, records]), server)
}
/// How a server's certificate is trusted.
pub(crate) fn trust(call: &Call, text: Text, server: &Server) -> Reply {
    Reply::from(text).row([button(call, texts::button("trust"), format_args!("trust {}", server.slug))])
}

/// An id as one word of a line; ids come from the server.
pub(crate) fn word(id: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "@#._:-".contains(c);
    match !id.starts_with('-') && id.chars().all(plain) {
        true => id.to_owned(),
        false => format!("\"{}\"", id.replace('"', "")),
    }
}
