//! What a test sets while the server runs: its people and conferences, its tokens, and
//! the ways in which servers differ.
use super::{Certificate, Conference, Participant, Refusal, Shown, TrueConfServer};
use factotum_plugin_api::clock::Clock;
use serde_json::{Value, json};
use std::time::Duration;

/// Titles that must come out as they are, in turn.
const TOPICS: [&str; 7] = [
    "Планёрка отдела",
    "<b>Q&A</b> & </i>demo",
    "*bold* _under_ `code` [x](http://127.0.0.1)",
    "Совещание «Итоги года» — очень длинное название, которое не помещается в одну строку сообщения",
    "{ $count } {title}",
    "@everyone !trueconf stop 1",
    "",
];

/// Who and what is there.
impl TrueConfServer {
    /// From now on its time is this clock's: what ran for an hour at that moment still
    /// has, durations grow and tokens expire as the clock moves.
    pub fn follow(&self, clock: &Clock) {
        self.core.change(|state| state.world.follow(clock));
    }
    /// One more conference that runs.
    pub fn add_conference(&self, conference: Conference) {
        self.core.change(|state| state.world.add(conference));
    }
    /// Instead of its conferences these many that run, `2000000001` and so on, with
    /// titles of markup, Cyrillic, great length and none. Every third is without a
    /// moderator, each runs a minute longer than the one before.
    pub fn with_conferences(&self, many: u64) {
        self.core.change(|state| {
            state.world.clear_conferences();
            for (n, topic) in (1..=many).zip(TOPICS.iter().cycle()) {
                let owner = Participant::moderator("ivanov@video.example.com", "Иванов <Иван>");
                let guest = Participant::new("#guest:7f3a@video.example.com", "Guest & Co");
                state.world.add(Conference {
                    id: (2_000_000_000 + n).to_string(),
                    topic: (!topic.is_empty()).then(|| format!("{topic} {n}")),
                    owner: "ivanov".into(),
                    running_for: Duration::from_secs(n * 60),
                    participants: if n % 3 == 0 { vec![guest] } else { vec![owner, guest] },
                });
            }
        });
    }
    /// Who is in a conference that runs, from now on.
    ///
    /// # Panics
    /// When it does not run.
    pub fn participants(&self, conference: &str, participants: &[Participant]) {
        self.core.change(|state| state.world.fill(conference, participants));
    }
    /// Somebody at the server itself stops a conference.
    pub fn stop(&self, conference: &str) {
        self.core.change(|state| state.world.stop(conference));
    }
    /// `running` or `stopped`; nothing when there is no such conference.
    pub fn state_of(&self, conference: &str) -> Option<String> {
        self.core.state().world.conference(conference)?["state"].as_str().map(str::to_owned)
    }
    /// Instead of its users these many, `u000` and so on, of whom the first `online` are.
    pub fn with_users(&self, many: usize, online: usize) {
        let user = |n: usize| {
            let id = format!("u{n:03}");
            json!({
                "id": id, "uid": format!("{id}@video.example.com"), "login_name": id,
                "display_name": format!("Участник <{n}> & Co"), "is_active": 1, "status": i64::from(n < online),
            })
        };
        self.core.change(|state| state.world.users = (0..many).map(user).collect());
    }
    /// A user's status: -2 disabled, 0 offline, 1 online, 2 busy, 5 in a conference.
    pub fn status_of(&self, user: &str, status: i64) {
        self.core.change(|state| {
            let user = state.world.users.iter_mut().find(|known| known["id"] == user);
            user.expect("a user of this id")["status"] = json!(status);
        });
    }
    /// One more recording of a conference.
    pub fn add_record(&self, conference: &str, name: &str, bytes: u64) {
        self.core.change(|state| {
            let url = format!("https://video.example.com/api/v3/conferences/{conference}/records/{name}/download");
            let created = state.world.now();
            let record = json!({ "name": name, "size": bytes.to_string(), "created": created, "download_url": url });
            state.world.records.entry(conference.to_owned()).or_default().push(record);
        });
    }
    /// One more row of `logs/events`, such as `{"event_type":"login",
    /// "object_type":"user","payload":{"result":false}}`.
    pub fn add_event(&self, event: Value) {
        self.core.change(|state| state.world.events.push(event));
    }
}

/// Tokens and credentials.
impl TrueConfServer {
    /// No token is good any more, the secret key neither.
    pub fn revoke_tokens(&self) {
        self.core.change(|state| state.tokens.revoke_all());
    }
    /// Every token that was given, in order: to see that none is ever shown.
    pub fn tokens(&self) -> Vec<String> {
        self.core.state().tokens.given.clone()
    }
    /// Tokens last so long from now on; by the clock that the server follows.
    pub fn token_lifetime(&self, lifetime: Duration) {
        let secs = i64::try_from(lifetime.as_secs()).expect("less than ages");
        self.core.change(|state| state.tokens.lifetime_secs = secs);
    }
    /// Takes this token too, such as an old one, with the scopes that are held now.
    pub fn accept_token(&self, token: &str) {
        self.core.change(|state| state.tokens.accept(token, false));
    }
    /// The secret key of the control panel: a token with all scopes that lasts.
    pub fn secret_key(&self, key: &str) {
        self.core.change(|state| state.tokens.accept(key, true));
    }
    /// The scopes that the application holds: new tokens have them. With none there
    /// are no tokens: `invalidScope`.
    pub fn scopes(&self, scopes: &[&str]) {
        self.core.change(|state| state.tokens.scopes = scopes.iter().map(ToString::to_string).collect());
    }
    /// The application's secret is another one now; tokens stay good.
    pub fn change_secret(&self, secret: &str) {
        self.core.change(|state| state.tokens.client_secret = secret.to_owned());
    }
    /// How wrong credentials are refused.
    pub fn refuse_credentials(&self, refusal: Refusal) {
        self.core.change(|state| state.tokens.refusal = refusal);
    }
    /// An account for the password grant.
    pub fn account(&self, name: &str, password: &str) {
        self.core.change(|state| state.tokens.accounts.insert(name.to_owned(), password.to_owned()));
    }
    /// A code that the authorization_code grant takes once.
    pub fn authorization_code(&self, code: &str) {
        self.core.change(|state| state.tokens.codes.insert(code.to_owned()));
    }
}

/// How this server differs from others.
impl TrueConfServer {
    /// From now on it speaks TLS and shows a new certificate of this kind; connections
    /// that are open are closed.
    pub fn tls(&self, certificate: Certificate) -> Shown {
        let (acceptor, shown) = certificate.make();
        self.core.change(|state| state.tls = Some((acceptor, shown.clone())));
        self.core.up.send_modify(|_| {});
        shown
    }
    /// Whether it has API v4; it has at first.
    pub fn v4(&self, present: bool) {
        self.core.change(|state| state.v4 = present);
    }
    /// Whether it has API v3; it has at first.
    pub fn v3(&self, present: bool) {
        self.core.change(|state| state.v3 = present);
    }
    /// What it says of its version.
    pub fn version(&self, version: &str) {
        self.core.change(|state| state.version = version.to_owned());
    }
    /// The most users of a page; 200 at first.
    pub fn users_page_size(&self, users: usize) {
        self.core.change(|state| state.users_page_size = users);
    }
    /// The number of the first page of users, 1 or 0; 1 at first.
    pub fn users_page_base(&self, base: usize) {
        self.core.change(|state| state.users_page_base = base);
    }
    /// The most rows of a page of calls and conferences, however many are asked for;
    /// 500 at first.
    pub fn page_size_max(&self, rows: usize) {
        self.core.change(|state| state.page_size_max = rows);
    }
    /// Whether stopping a conference that is stopped is answered 404; 200 at first.
    pub fn second_stop_refused(&self, refused: bool) {
        self.core.change(|state| state.second_stop_refused = refused);
    }
    /// Whether calls without an end come last in descending order, and not first.
    pub fn open_calls_last(&self, last: bool) {
        self.core.change(|state| state.open_calls_last = last);
    }
    /// Whether calls that run have a duration; else it is 0.
    pub fn durations(&self, known: bool) {
        self.core.change(|state| state.durations = known);
    }
    /// Whether v4 writes times as ISO 8601, and not as numbers.
    pub fn times_as_text(&self, text: bool) {
        self.core.change(|state| state.times_as_text = text);
    }
}
