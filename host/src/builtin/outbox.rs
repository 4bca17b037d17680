//! `!outbox list` `!outbox retry` `!outbox drop`: notices that wait or were given up.
use super::{
    Builtin, filter_of,
    requests::{ROWS, notice_state, shown_at},
};
use crate::{
    journal::{Changed, NoticeRow, NoticeState, Which},
    texts,
};
use factotum_plugin_api::prelude::*;

/// List the notices that wait or were given up
#[derive(Args)]
pub(super) struct ListArgs {
    /// waiting, dead, sent or dropped; words that must stand in the row: a plugin, chat, key or part of an error; `before NUMBER` for older ones
    filter: Vec<String>,
}
/// Try notices again at once: dead letters, or waiting ones before their time
#[derive(Args)]
pub(super) struct RetryArgs {
    /// Their numbers, or `all` for every dead letter
    #[arg(required = true)]
    notices: Vec<String>,
}
/// Take notices out of the outbox for good
#[derive(Args)]
pub(super) struct DropArgs {
    /// Their numbers, or `all` for every dead letter
    #[arg(required = true)]
    notices: Vec<String>,
}

impl Builtin {
    pub(super) async fn outbox_list(&self, _: &Call, args: ListArgs) -> Result<Reply> {
        let states = [NoticeState::Waiting, NoticeState::Dead, NoticeState::Sent, NoticeState::Dropped];
        let mut words = args.filter;
        let named = states
            .into_iter()
            .find(|state| words.first().is_some_and(|word| word.eq_ignore_ascii_case(state.as_str())));
        if named.is_some() {
            words.remove(0);
        }
        let (journal, filter) = (&self.shared()?.journal, filter_of(&words)?);
        let rows = match named {
            Some(state) => journal.notices(Some(state), &filter, ROWS).await?,
            None => {
                let mut rows = journal.notices(Some(NoticeState::Waiting), &filter, ROWS).await?;
                rows.extend(journal.notices(Some(NoticeState::Dead), &filter, ROWS).await?);
                rows.sort_by_key(|row| std::cmp::Reverse(row.id));
                rows.truncate(ROWS);
                rows
            }
        };
        let Some(last) = rows.last().map(|row| row.id) else {
            let what = named.map_or("waiting or given up", NoticeState::as_str);
            return Ok(texts::nothing_found(&format!("notices {what}")).into());
        };
        let mut lines: Vec<Text> = rows.iter().map(notice_line).collect();
        if rows.len() == ROWS {
            lines.push(texts::more_rows("outbox list", last));
        }
        Ok(Text::lines(lines).into())
    }
    pub(super) async fn outbox_retry(&self, _: &Call, args: RetryArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let changed = shared.journal.retry(which(&args.notices)?).await?;
        shared.outbox()?.wake(&changed.chats);
        told(&changed, &args.notices, "will be tried again")
    }
    pub(super) async fn outbox_drop(&self, _: &Call, args: DropArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let changed = shared.journal.drop_notices(which(&args.notices)?).await?;
        shared.outbox()?.wake(&changed.chats);
        told(&changed, &args.notices, "dropped")
    }
}

fn which(words: &[String]) -> Result<Which> {
    if let [word] = words
        && word.eq_ignore_ascii_case("all")
    {
        return Ok(Which::AllDead);
    }
    let ids: Option<Vec<u64>> = words.iter().map(|word| word.trim_start_matches('#').parse().ok()).collect();
    ids.map(Which::Ids)
        .ok_or_else(|| user_error("A notice is named by its number, as !outbox list shows it; or say all."))
}

fn told(changed: &Changed, asked: &[String], what: &str) -> Result<Reply> {
    if changed.ids.is_empty() {
        let asked = if matches!(asked, [word] if word.eq_ignore_ascii_case("all")) {
            "dead letters".to_owned()
        } else {
            format!("waiting or dead notices with the number {}", asked.join(", "))
        };
        return Err(user_error(format!("There are no {asked}.")));
    }
    Ok(texts::outbox_changed(changed.ids.len(), what).into())
}

fn notice_line(row: &NoticeRow) -> Text {
    let mut line =
        bold(format!("#{}", row.id)) + " " + shown_at(row.at) + " " + &row.plugin + " to " + code(&row.chat) + " ";
    let tries = if row.attempts == 1 { "1 try".into() } else { format!("{} tries", row.attempts) };
    line = line + notice_state(row.state) + " after " + tries;
    if let Some(at) = row.not_before {
        line = line + ", next " + shown_at(at);
    }
    match &row.error {
        Some(error) => line + ": " + error,
        None => line,
    }
}
