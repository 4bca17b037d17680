//! `!running` `!cancel`: what people run just now, and its end. Whoever may see
//! everything that runs may end it too.
use super::{Builtin, number_of};
use crate::{
    access::{Asker, Decision},
    dispatch::running::{By, Row},
    services::Shared,
    texts,
};
use factotum_plugin_api::prelude::*;
use tracing::error;

/// List the commands that run: who runs what, where, and for how long
#[derive(Args)]
pub(super) struct RunningArgs {}
/// End what you run in this chat; your lines that wait behind it are run
#[derive(Args)]
pub(super) struct CancelArgs {
    /// The number of a command, where several run; or all, to end all and drop your lines that wait
    which: Option<String>,
}

impl Builtin {
    pub(super) async fn running(&self, _: &Call, _: RunningArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let rows = shared.people.running.rows();
        let lines = rows.iter().map(|row| line(&shared, row, true));
        Ok(if rows.is_empty() { texts::nothing_runs() } else { Text::lines(lines) }.into())
    }
    pub(super) async fn cancel(&self, call: &Call, args: CancelArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let running = &shared.people.running;
        let rows = running.rows();
        let own = |row: &&Row| row.sender.id == call.sender().id;
        let here: Vec<&Row> = rows.iter().filter(own).filter(|row| row.chat == *call.chat()).collect();
        let nothing = || Ok(texts::nothing_to_cancel(rows.iter().any(|row| own(&row))).into());
        // Who is cancelled hears of it in the chat where the command ran: that is answer enough.
        match args.which.as_deref() {
            None => match here.as_slice() {
                [] => nothing(),
                [one] if running.cancel(one, By::Sender) => Ok(Reply::default()),
                [_] => nothing(), // it has just ended
                several => {
                    let lines = several.iter().map(|row| line(&shared, row, false)).collect();
                    Ok(texts::which_to_cancel(lines).into())
                }
            },
            Some(all) if all.eq_ignore_ascii_case("all") => {
                // The lines first: the next of them begins as soon as a command ends.
                let dropped = running.drop_waiting(&call.incoming);
                let cancelled = here.iter().filter(|row| running.cancel(row, By::Sender)).count();
                match (cancelled, dropped) {
                    (0, 0) => nothing(),
                    (_, 0) => Ok(Reply::default()),
                    (_, dropped) => Ok(texts::lines_dropped(dropped).into()),
                }
            }
            Some(word) => {
                let id = number_of(word);
                let id = id.ok_or_else(|| user_error(texts::cancel_by_number()))?;
                let Some(row) = rows.iter().find(|row| row.id == id) else {
                    return Ok(texts::no_such_command(word).into());
                };
                if own(&row) {
                    running.cancel(row, By::Sender);
                    return Ok(Reply::default());
                }
                self.cancel_of_another(&shared, call, row, word).await
            }
        }
    }
    async fn cancel_of_another(&self, shared: &Shared, call: &Call, row: &Row, word: &str) -> Result<Reply> {
        let open = shared.open_tables()?;
        let sees_all = open.commands.find(&["running".to_owned()]).is_some_and(|(command, _)| {
            let verdict = open.rules.check_path(&command.for_rules(), &Asker::from(&call.incoming));
            verdict.decision == Decision::Allowed
        });
        if !sees_all || !shared.people.running.cancel(row, By::Admin) {
            return Ok(texts::no_such_command(word).into());
        }
        let what = format!("which=#{} path={} sender={} chat={}", row.id, row.path, row.sender.id, row.chat);
        // It is done: what the journal says to that changes nothing for the admin.
        if let Err(error) = shared.journal.note_audit(call.sender(), call.chat(), "cancel", &what, "done").await {
            error!(error = format!("{error:#}"), "the audit could not be written");
        }
        Ok(texts::cancelled_of(&row.path, &row.sender.id).into())
    }
}

fn line(shared: &Shared, row: &Row, whose: bool) -> Text {
    let (sender, chat) = (row.sender.id.as_str(), row.chat.to_string());
    let time = shared.clock.elapsed().saturating_sub(row.since);
    texts::running(row.id, &row.path, whose.then_some((sender, chat.as_str())), time, row.asks)
}
