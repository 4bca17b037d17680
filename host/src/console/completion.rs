//! Tab on a terminal: what the line being typed may go on with, for whoever the
//! console speaks as just now and where.
use super::{NAME, OWN_COMMANDS, Place};
use crate::access::Asker;
use std::sync::{Arc, Mutex, PoisonError};

/// Gives the lines that a line may go on to, for somebody in some chat: each is the
/// line with its last word completed. It is asked on a thread of its own.
pub type Complete = Arc<dyn Fn(&Asker<'_>, &str) -> Vec<String> + Send + Sync>;

/// What the line editor asks.
pub(super) struct Completion {
    /// Who speaks, and where.
    pub(super) place: Arc<Mutex<Place>>,
    /// The commands of the host.
    pub(super) complete: Complete,
}

impl Completion {
    /// Where the last word begins, in bytes, and what it may be.
    pub(super) fn words(&self, line: &str) -> (usize, Vec<String>) {
        let last = line.char_indices().rev().find(|(_, c)| c.is_whitespace());
        let start = last.map_or(0, |(at, space)| at + space.len_utf8());
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = format!("{NAME}:{}", place.speaker);
        let asker = Asker { sender: &sender, chat: &place.chat(), private: place.room.is_none() };
        let lines = (self.complete)(&asker, line);
        let mut words: Vec<String> = lines.iter().filter_map(|line| Some(line.get(start..)?.to_owned())).collect();
        if start == 0 && !line.is_empty() {
            let own = OWN_COMMANDS.iter().filter_map(|(form, _)| form.split(' ').next());
            words.extend(own.filter(|own| own.starts_with(&line.to_lowercase())).map(str::to_owned));
        }
        words.sort();
        // Whoever has no choice left goes on with the next word, or with the chat of a network.
        if let [word] = words.as_mut_slice()
            && !word.ends_with(':')
        {
            word.push(' ');
        }
        (start, words)
    }
}
