//! What the older API has of its own: running conferences are the open rows of the log of
//! calls.
use super::{Ask, Client, Fault, PAGE_SIZE, PAGES_MAX, READ};
use crate::model::{Conference, count, is_open, number, rows, text};
use std::collections::BTreeSet;

impl Client {
    /// The open rows of the log: they come first when the ends are in descending order,
    /// or, where a server sorts what is missing the other way, in ascending order.
    pub(super) async fn running_v3(&self) -> Result<Vec<Conference>, Fault> {
        let (found, whole) = self.open_calls("1").await?;
        if whole {
            return Ok(found);
        }
        Ok(self.open_calls("0").await?.0)
    }
    /// On while every row of a page is open. Also whether these are all: the log begins
    /// with one, or it was read whole.
    async fn open_calls(&self, order: &str) -> Result<(Vec<Conference>, bool), Fault> {
        let (mut all, mut seen, mut whole) = (vec![], BTreeSet::new(), true);
        let mut page = None;
        for _ in 0..PAGES_MAX {
            let mut query = vec![
                ("sort_field", "end_time".to_owned()),
                ("sort_order", order.to_owned()),
                ("page_size", PAGE_SIZE.to_string()),
            ];
            query.extend(page.map(|page: u64| ("page_id", page.to_string())));
            let answer =
                self.ask(Ask { path: "logs/calls".into(), query: &query, needs: &["logs.calls:read"] }).await?;
            let rows = rows(&answer).ok_or(Fault::Nonsense)?;
            let before = seen.len();
            for row in rows {
                if seen.insert(text(row, "conference_id").unwrap_or_default()) {
                    all.extend(Conference::of_call(row, self.now()));
                }
            }
            let more = count(&answer).map_or(rows.len() >= PAGE_SIZE, |all| (seen.len() as u64) < all);
            if page.is_none() {
                whole = !more || rows.first().is_none_or(is_open);
            }
            // Where the first page is 1, asking for 1 gives the first one again.
            let again = seen.len() == before && page == Some(1);
            if rows.is_empty() || !rows.iter().all(is_open) || !more || (seen.len() == before && !again) {
                break;
            }
            page = Some(match number(&answer, "next_page_id") {
                Some(next) if next > 0 => next.unsigned_abs(),
                Some(_) => break,
                None => page.unwrap_or(0) + 1,
            });
        }
        Ok((all, whole))
    }
    pub(super) async fn conferences_v3(&self) -> Result<Vec<Conference>, Fault> {
        let rows = self.paged("conferences", "page_id", &[], &READ).await?;
        Ok(rows.iter().filter_map(Conference::of_list).collect())
    }
}
