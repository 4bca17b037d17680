//! What the server does wrong when told to, by path.
use super::{
    TrueConfServer,
    answer::{Answer, Pace},
    fits,
};
use std::time::Duration;

/// What goes wrong with a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This status and body instead of an answer; HTML, unless it looks like JSON.
    Answer(u16, String),
    /// The answer comes so much later, in real time.
    Delay(Duration),
    /// The connection is closed, and nothing has happened.
    HangUp,
    /// The request is executed; the connection is closed in the middle of the answer.
    CutOff,
    /// The request is executed; its answer comes a byte at a time, so far apart in
    /// real time.
    Drip(Duration),
}

/// The faults to come: by pattern, and whether they stay.
#[derive(Default)]
pub(super) struct Faults(Vec<(String, Fault, Stays)>);
type Stays = bool;

/// What becomes of one request.
#[derive(Default)]
pub(super) struct Struck {
    pub(super) delay: Option<Duration>,
    pub(super) hang_up: bool,
    pub(super) instead: Option<Answer>,
    pub(super) pace: Pace,
}

impl Faults {
    /// What happens to a request of this path: a delay and one fault of another kind.
    pub(super) fn strike(&mut self, path: &str) -> Struck {
        let delay = self.first(path, true).map(|fault| match fault {
            Fault::Delay(by) => by,
            _ => unreachable!("only delays were asked for"),
        });
        let mut struck = Struck { delay, ..Struck::default() };
        match self.first(path, false) {
            None | Some(Fault::Delay(_)) => {}
            Some(Fault::Answer(status, body)) => struck.instead = Some(Answer::raw(status, &body)),
            Some(Fault::HangUp) => struck.hang_up = true,
            Some(Fault::CutOff) => struck.pace = Pace::CutOff,
            Some(Fault::Drip(every)) => struck.pace = Pace::Drip(every),
        }
        struck
    }
    /// The first fault for a path: those for one request before those that stay.
    fn first(&mut self, path: &str, delays: bool) -> Option<Fault> {
        let find = |stays: bool, faults: &[(String, Fault, Stays)]| {
            faults.iter().position(|(pattern, fault, stay)| {
                *stay == stays && fits(pattern, path) && matches!(fault, Fault::Delay(_)) == delays
            })
        };
        match find(false, &self.0) {
            Some(at) => Some(self.0.remove(at).1),
            None => find(true, &self.0).map(|at| self.0[at].1.clone()),
        }
    }
    fn always(&mut self, path: &str, fault: Fault) {
        self.0.insert(0, (path.to_owned(), fault, true)); // the newest counts
    }
}

/// Doing wrong. A path is one without its query, `/api/v3.3/users`, or its beginning
/// and a `*`; it is compared with what was sent, so `@` in it is `%40`.
impl TrueConfServer {
    /// The next request of a path goes wrong so; several queue up.
    pub fn next(&self, path: &str, fault: Fault) {
        self.core.change(|state| state.faults.0.push((path.to_owned(), fault, false)));
    }
    /// Every request of a path goes wrong so, until [`heal`](Self::heal).
    pub fn always(&self, path: &str, fault: Fault) {
        self.core.change(|state| state.faults.always(path, fault));
    }
    /// Answers to this path come so much later, in real time.
    pub fn delay(&self, path: &str, by: Duration) {
        self.always(path, Fault::Delay(by));
    }
    /// This path answers with a status and a body, such as a proxy's HTML.
    pub fn answer_with(&self, path: &str, status: u16, body: &str) {
        self.always(path, Fault::Answer(status, body.to_owned()));
    }
    /// Requests of this path are executed, and the connection is closed in the middle
    /// of the answer.
    pub fn cut_off(&self, path: &str) {
        self.always(path, Fault::CutOff);
    }
    /// Answers of this path come one byte a second.
    pub fn drip(&self, path: &str) {
        self.always(path, Fault::Drip(Duration::from_secs(1)));
    }
    /// Nothing goes wrong any more; what hangs still does.
    pub fn heal(&self) {
        self.core.change(|state| state.faults = Faults::default());
    }
    /// Requests of this path are accepted, and neither executed nor answered until
    /// [`release`](Self::release).
    pub fn hold(&self, path: &str) {
        self.core.held.send_modify(|held| held.extend([path.to_owned()]));
    }
    /// What hangs goes on, if its caller has not gone.
    pub fn release(&self) {
        self.core.held.send_modify(|held| held.clear());
    }
    /// Every connection of the API is closed, and new ones are refused, until
    /// [`up`](Self::up). `/vsstatus` has its own: [`vsstatus`](Self::vsstatus).
    pub fn down(&self) {
        self.core.door.shut();
        self.core.up.send_replace(false);
    }
    /// The API answers again.
    ///
    /// # Panics
    /// When somebody else has taken its port meanwhile.
    pub fn up(&self) {
        self.core.door.reopen();
        self.core.up.send_replace(true);
    }
}
