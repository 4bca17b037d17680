//! `!outbox list` `!outbox retry` `!outbox drop`: notices that wait or were given up.
use super::{
    Builtin, filter_of, number_of,
    requests::{ROWS, shown, shown_at},
};
use crate::{
    journal::{Changed, NoticeRow, NoticeState, Which},
    texts,
};
use factotum_plugin_api::prelude::*;

/// List the notices that wait or were given up
#[derive(Args)]
pub(super) struct ListArgs {
    /// waiting, dead, sent, dropped, replaced, silenced; words of the row; `before NUMBER`: older ones
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
        let states = [
            NoticeState::Waiting,
            NoticeState::Dead,
            NoticeState::Sent,
            NoticeState::Dropped,
            NoticeState::Replaced,
            NoticeState::Silenced,
        ];
        let mut words = args.filter;
        let named = states
            .into_iter()
            .find(|state| words.first().is_some_and(|word| word.eq_ignore_ascii_case(state.as_str())));
        if named.is_some() {
            words.remove(0);
        }
        let (journal, filter) = (&self.shared()?.journal, filter_of(&words)?);
        let rows = match named {
            Some(state) => journal.notices(Some(state), &filter, ROWS + 1).await?,
            None => {
                let mut rows = journal.notices(Some(NoticeState::Waiting), &filter, ROWS + 1).await?;
                rows.extend(journal.notices(Some(NoticeState::Dead), &filter, ROWS + 1).await?);
                rows.sort_by_key(|row| std::cmp::Reverse(row.id));
                rows
            }
        };
        let (command, what) = match named {
            Some(state) => (format!("outbox list {state}"), texts::notices_that_are(Some(state))),
            None => ("outbox list".to_owned(), texts::notices_that_are(None)),
        };
        Ok(shown(&rows, (&command, &what), &filter, |row| row.id, notice_line))
    }
    pub(super) async fn outbox_retry(&self, call: &Call, args: RetryArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let changed = shared.journal.retry(which(call, &args.notices)?).await?;
        shared.noise.let_through(&changed.ids);
        shared.outbox()?.look_again_at(&changed.chats);
        told(&changed, &args.notices, texts::tried_again)
    }
    pub(super) async fn outbox_drop(&self, call: &Call, args: DropArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let changed = shared.journal.drop_notices(which(call, &args.notices)?).await?;
        shared.outbox()?.wake(&changed.chats);
        told(&changed, &args.notices, texts::dropped)
    }
}

fn which(call: &Call, words: &[String]) -> Result<Which> {
    if let [word] = words
        && word.eq_ignore_ascii_case("all")
    {
        return Ok(Which::AllDead);
    }
    let ids: Option<Vec<u64>> = words.iter().map(|word| number_of(word)).collect();
    ids.map(Which::Ids).ok_or_else(|| user_error(texts::notices_by_number(&call.typed("outbox list"))))
}

fn told(changed: &Changed, asked: &[String], text: fn(usize, &[String]) -> Text) -> Result<Reply> {
    if matches!(asked, [word] if word.eq_ignore_ascii_case("all")) {
        return match changed.ids.len() {
            0 if !changed.replaced.is_empty() => Ok(texts::notices_left_out(&changed.replaced).into()),
            0 => Err(user_error(texts::no_dead_letters())),
            count => Ok(left_out(text(count, &[]), changed).into()),
        };
    }
    let missing = |word: &&String| {
        !changed.ids.iter().chain(&changed.replaced).any(|id| word.trim_start_matches('#') == id.to_string())
    };
    let missing: Vec<String> = asked.iter().filter(missing).cloned().collect();
    Ok(left_out(text(changed.ids.len(), &missing), changed).into())
}

fn left_out(told: Text, changed: &Changed) -> Text {
    match (told.is_empty(), changed.replaced.as_slice()) {
        (_, []) => told,
        (true, replaced) => texts::notices_left_out(replaced),
        (false, replaced) => told + " " + texts::notices_left_out(replaced),
    }
}

fn notice_line(row: &NoticeRow) -> Text {
    texts::notice_line(row.id, &shown_at(row.at), &row.plugin, &row.chat.to_string(), standing(row))
}

/// How a notice stands: `waiting after 2 tries, next …: no answer`.
pub(super) fn standing(row: &NoticeRow) -> Text {
    let next = row.not_before.filter(|_| row.state == NoticeState::Waiting).map(shown_at);
    texts::standing(notice_state(row.state), row.attempts, next, row.error.as_deref())
}

fn notice_state(state_of: NoticeState) -> Text {
    let look = match state_of {
        NoticeState::Waiting => State::Running,
        NoticeState::Sent => State::Good,
        NoticeState::Dead => State::Bad,
        NoticeState::Dropped | NoticeState::Replaced | NoticeState::Silenced => State::Idle,
    };
    state(look, texts::notice_state(state_of))
}
