//! `!buildbot notify`: what a chat is told by itself. The settings are the chat's.
//!
//! With several masters they are of all of them, or of the one that is named.
use super::{MasterArg, watch::Here};
use crate::{Buildbot, Event, settings::Wanted, words::line};
use factotum_plugin_api::prelude::*;

/// Say which events this chat is told of
#[derive(Args)]
pub(super) struct NotifyArgs {
    /// What to do; without it each event can be switched
    action: Option<Action>,
    /// Events; for on started and finished, for off all, when none is named
    events: Vec<Event>,
    #[command(flatten)]
    master: MasterArg,
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
    #[value(hide = true)]
    OnQuiet,
    /// As off, and shows the switches
    #[value(hide = true)]
    OffQuiet,
    /// Take the switches away
    #[value(hide = true)]
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

/// What is on in a chat, of the masters that are meant.
struct On<'a> {
    wanted: Wanted,
    masters: Vec<&'a str>,
    /// The one that was named, where there are others.
    named: Option<&'a str>,
}

impl On<'_> {
    /// The masters of which an event is on.
    fn of(&self, event: Event) -> Vec<&str> {
        self.masters.iter().copied().filter(|master| self.wanted.of(master).contains(&event)).collect()
    }
    /// `a, b` where an event is on of some of several masters.
    fn some_of(&self, event: Event) -> Option<String> {
        let on = self.of(event);
        (!on.is_empty() && on.len() < self.masters.len()).then(|| on.join(", "))
    }
}

impl Buildbot {
    pub(super) async fn notify(&self, call: &Call, args: NotifyArgs) -> Result<Reply> {
        let NotifyArgs { action, mut events, master, here: Here { chat } } = args;
        let meant = self.meant(master.name())?;
        let masters: Vec<&str> = meant.iter().map(|master| master.name.as_str()).collect();
        let all: Vec<&str> = self.masters.iter().map(|master| master.name.as_str()).collect();
        let named = masters.first().copied().filter(|_| masters.len() < all.len());
        let wanted = match action {
            Some(Action::On | Action::OnQuiet) => {
                if events.is_empty() {
                    events = vec![Event::Started, Event::Finished];
                }
                self.settings.turn_on(&chat, named, &events).await?
            }
            Some(Action::Off | Action::OffQuiet) => {
                if events.is_empty() {
                    events = ROWS.concat();
                }
                self.settings.turn_off(&chat, named.map(|named| (named, &all[..])), &events).await?
            }
            None | Some(Action::List | Action::Hide) => self.settings.wanted(&chat).await?,
        };
        let now = On { wanted, masters, named };
        Ok(match action {
            None => switches(call, &now),
            Some(Action::OnQuiet | Action::OffQuiet) => switches(call, &now).edits_pressed(),
            Some(Action::Hide) => Reply::from(shown(&now)).deletes_pressed(),
            Some(Action::On | Action::Off | Action::List) => shown(&now).into(),
        })
    }
}

fn shown(now: &On<'_>) -> Text {
    let of = now.named.map(|named| format!(" of {named}")).unwrap_or_default();
    let mut on: Vec<(String, Event)> = ROWS.concat().into_iter().map(|event| (name(event), event)).collect();
    on.retain(|(_, event)| !now.of(*event).is_empty());
    if on.is_empty() {
        return format!("🔕 No events{of} are being notified.").into();
    }
    on.sort();
    let line = |(name, event): (String, Event)| {
        let some = now.some_of(event).map(|some| format!(" ({some})")).unwrap_or_default();
        Text::from("🔔 ") + bold(name) + some
    };
    Text::from(format!("The following events{of} are being notified:\n")) + Text::lines(on.into_iter().map(line))
}

fn switches(call: &Call, now: &On<'_>) -> Reply {
    let press = |words: &[&str]| call.typed(line("notify", now.named, words));
    let button = |event: Event| {
        let on = now.of(event).len() == now.masters.len();
        let (bell, action) = if on { ("🔔", "off-quiet") } else { ("🔕", "on-quiet") };
        // A press turns it on of the others too.
        let bell = now.some_of(event).map_or_else(|| bell.to_owned(), |some| format!("🔔 {some}"));
        let name = name(event);
        let mut label: String = name.chars().take(1).flat_map(char::to_uppercase).collect();
        label.extend(name.chars().skip(1));
        Button::new(format!("{label} {bell}"), press(&[action, &name]))
    };
    let of = now.named.map(|named| format!(" of {named}")).unwrap_or_default();
    let text = format!("Here are available notifications{of} and their current state. Click to turn them on/off.");
    let reply = ROWS.into_iter().fold(Reply::from(text), |reply, row| reply.row(row.map(button)));
    reply.row([Button::new("Hide...", press(&["hide"]))])
}

/// An event as it is typed.
fn name(event: Event) -> String {
    event.to_possible_value().expect("no event is skipped").get_name().to_owned()
}
