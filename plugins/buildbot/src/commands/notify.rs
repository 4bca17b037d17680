//! `!buildbot notify`: what a chat is told by itself. The settings are the chat's.
use super::watch::Here;
use crate::{Buildbot, Event};
use factotum_plugin_api::prelude::*;
use std::collections::BTreeSet;

/// Say which events this chat is told of
#[derive(Args)]
pub(super) struct NotifyArgs {
    /// What to do; without it each event can be switched
    action: Option<Action>,
    /// Events; for on started and finished, for off all, when none is named
    events: Vec<Event>,
    #[command(flatten)]
    here: Here,
}

/// What is done to the events.
#[derive(Clone, Copy, ValueEnum)]
enum Action {
    /// Tell of them
    On,
    /// Tell of them no more
    Off,
    /// Show which are on
    List,
    /// As on, and shows the switches
    OnQuiet,
    /// As off, and shows the switches
    OffQuiet,
    /// Take the switches away
    Hide,
}

/// The switches, as Buildbot's bot on Telegram lays them out.
const ROWS: [[Event; 2]; 6] = [
    [Event::Started, Event::Finished],
    [Event::Success, Event::Failure],
    [Event::Warnings, Event::Exception],
    [Event::Problem, Event::Recovery],
    [Event::Worse, Event::Better],
    [Event::Cancelled, Event::Worker],
];

impl Buildbot {
    pub(super) async fn notify(&self, call: &Call, args: NotifyArgs) -> Result<Reply> {
        let NotifyArgs { action, mut events, here: Here { chat } } = args;
        let now = match action {
            Some(Action::On | Action::OnQuiet) => {
                if events.is_empty() {
                    events = vec![Event::Started, Event::Finished];
                }
                self.settings.turn_on(&chat, &events).await?
            }
            Some(Action::Off | Action::OffQuiet) => {
                if events.is_empty() {
                    events = ROWS.concat();
                }
                self.settings.turn_off(&chat, &events).await?
            }
            None | Some(Action::List | Action::Hide) => self.settings.events(&chat).await?,
        };
        Ok(match action {
            None => switches(call, &now),
            Some(Action::OnQuiet | Action::OffQuiet) => switches(call, &now).edits_pressed(),
            Some(Action::Hide) => Reply::from(shown(&now)).deletes_pressed(),
            Some(Action::On | Action::Off | Action::List) => shown(&now).into(),
        })
    }
}

fn shown(events: &BTreeSet<Event>) -> Text {
    if events.is_empty() {
        return "🔕 No events are being notified.".into();
    }
    let mut names: Vec<String> = events.iter().map(name).collect();
    names.sort();
    let line = |name: String| Text::from("🔔 ") + bold(name);
    Text::from("The following events are being notified:\n") + Text::lines(names.into_iter().map(line))
}

fn switches(call: &Call, events: &BTreeSet<Event>) -> Reply {
    let button = |event: Event| {
        let (bell, action) = if events.contains(&event) { ('🔔', "off-quiet") } else { ('🔕', "on-quiet") };
        let name = name(&event);
        let mut label: String = name.chars().take(1).flat_map(char::to_uppercase).collect();
        label.extend(name.chars().skip(1));
        Button::new(format!("{label} {bell}"), call.typed(format_args!("buildbot notify {action} {name}")))
    };
    let text = "Here are available notifications and their current state. Click to turn them on/off.";
    let reply = ROWS.into_iter().fold(Reply::from(text), |reply, row| reply.row(row.map(button)));
    reply.row([Button::new("Hide...", call.typed("buildbot notify hide"))])
}

/// An event as it is typed.
fn name(event: &Event) -> String {
    event.to_possible_value().expect("no event is skipped").get_name().to_owned()
}
