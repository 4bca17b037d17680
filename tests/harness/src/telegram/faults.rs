//! What the server does wrong when told to.
use super::{Telegram, answer::Failure, request::Call};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// What goes wrong with a call. Nothing of it is executed, save where it says so.
#[derive(Clone, Debug)]
pub enum Fault {
    /// An answer with `"ok":false`.
    Refused {
        /// The status, and `error_code`.
        code: u16,
        /// As Telegram says it, `Bad Request: chat not found`.
        description: String,
        /// `{"retry_after":7}`, `{"migrate_to_chat_id":-100123}`.
        parameters: Option<Value>,
    },
    /// A 5xx with a page of HTML, as from a proxy before a server that is away.
    Html(u16),
    /// The connection is closed, and nothing has happened.
    HangUp,
    /// The call is executed, and then the connection is closed: its answer is lost.
    Unanswered,
    /// The answer comes so much later, in real time.
    Delay(Duration),
}

/// What a fault makes of one call.
pub(super) enum Struck {
    Refuse(Failure),
    Html(u16),
    HangUp,
    HangUpAfter,
    Delay(Duration),
}

/// The faults to come.
#[derive(Default)]
pub(super) struct Faults {
    next: Vec<(String, Fault)>,
    always: Vec<(String, Fault)>,
    /// The seconds to wait by chat, and for how many calls more.
    floods: BTreeMap<i64, (u64, Option<u32>)>,
}

impl Faults {
    /// What happens to this call.
    pub(super) fn strike(&mut self, call: &Call) -> Option<Struck> {
        let fits = |name: &str| name == "*" || name.eq_ignore_ascii_case(&call.method);
        if let Some(chat) = call.int("chat_id")
            && let Some((seconds, times)) = self.floods.get_mut(&chat)
            && times.is_none_or(|times| times > 0)
        {
            *times = times.map(|times| times - 1);
            return Some(Struck::Refuse(Failure::flood(*seconds)));
        }
        let next = self.next.iter().position(|(name, _)| fits(name)).map(|at| self.next.remove(at).1);
        let fault = next.or_else(|| self.always.iter().find(|(name, _)| fits(name)).map(|(_, fault)| fault.clone()))?;
        Some(match fault {
            Fault::Refused { code, description, parameters } => {
                Struck::Refuse(Failure { code, description, parameters })
            }
            Fault::Html(status) => Struck::Html(status),
            Fault::HangUp => Struck::HangUp,
            Fault::Unanswered => Struck::HangUpAfter,
            Fault::Delay(by) => Struck::Delay(by),
        })
    }
}

/// Doing wrong. Methods are named as in the reference, in any case; `*` is every one.
impl Telegram {
    /// The next call of `method` goes wrong so; several queue up.
    pub fn next(&self, method: &str, fault: Fault) {
        self.core.change(|state| state.faults.next.push((method.to_owned(), fault)));
    }
    /// Every call of `method` goes wrong so, until [`heal`](Self::heal).
    pub fn always(&self, method: &str, fault: Fault) {
        self.core.change(|state| state.faults.always.push((method.to_owned(), fault)));
    }
    /// The next call of `method` is refused with `"ok":false`.
    pub fn fail_next(&self, method: &str, code: u16, description: &str, parameters: impl Into<Option<Value>>) {
        self.next(method, refused(code, description, parameters.into()));
    }
    /// Every call of `method` is refused, until [`heal`](Self::heal).
    pub fn fail_always(&self, method: &str, code: u16, description: &str, parameters: impl Into<Option<Value>>) {
        self.always(method, refused(code, description, parameters.into()));
    }
    /// Every call with this chat is answered 429 with `retry_after`, until
    /// [`heal`](Self::heal).
    pub fn flood(&self, chat: i64, retry_after_secs: u64) {
        self.core.change(|state| state.faults.floods.insert(chat, (retry_after_secs, None)));
    }
    /// So many calls with this chat are answered 429 with `retry_after`.
    pub fn flood_times(&self, chat: i64, retry_after_secs: u64, times: u32) {
        self.core.change(|state| state.faults.floods.insert(chat, (retry_after_secs, Some(times))));
    }
    /// Nothing goes wrong any more; what hangs still does.
    pub fn heal(&self) {
        self.core.change(|state| state.faults = Faults::default());
    }
    /// Calls of `method` are accepted, and neither executed nor answered until
    /// [`release`](Self::release).
    pub fn hold(&self, method: &str) {
        self.core.held.send_modify(|held| held.extend([method.to_ascii_lowercase()]));
    }
    /// What hangs goes on, if its caller has not gone.
    pub fn release(&self) {
        self.core.held.send_modify(|held| held.clear());
    }
    /// Every connection is closed, and new ones are refused, until [`up`](Self::up).
    pub fn down(&self) {
        self.core.door.shut();
        self.core.up.send_replace(false);
        self.core.touch();
    }
    /// The server answers again.
    ///
    /// # Panics
    /// When somebody else has taken its port meanwhile.
    pub fn up(&self) {
        self.core.door.reopen();
        self.core.up.send_replace(true);
        self.core.touch();
    }
}

fn refused(code: u16, description: &str, parameters: Option<Value>) -> Fault {
    Fault::Refused { code, description: description.to_owned(), parameters }
}
