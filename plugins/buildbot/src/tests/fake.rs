//! A master as far as the stream needs one: REST over builds that a test makes, and a
//! websocket that can be cut. What it answers has the shape of a real 4.3.0's answers.
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    iter::once,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{broadcast, watch},
    task::JoinHandle,
};
use tokio_tungstenite::tungstenite::Message;

pub(super) struct Fake {
    address: SocketAddr,
    kept: Arc<Kept>,
    task: JoinHandle<()>,
}

struct Kept {
    state: Mutex<State>,
    events: broadcast::Sender<Option<String>>,
    /// So many websockets were asked for, and so many had all their subscriptions.
    asked: watch::Sender<u32>,
    open: watch::Sender<u32>,
    /// The paths that REST was asked for.
    paths: watch::Sender<Vec<String>>,
    /// Paths that begin so are not answered.
    held: watch::Sender<Option<&'static str>>,
    /// So many times all workers were read, which is the last of catching up.
    looked: watch::Sender<u32>,
}

#[derive(Default)]
struct State {
    builds: BTreeMap<i64, Value>,
    workers: BTreeMap<String, Value>,
    /// So many builders besides the first two.
    more: i64,
    /// Answers to paths with their queries, before all others.
    answers: HashMap<String, (u16, String)>,
    /// Answers to what begins with a path, before all others but these.
    below: Vec<(String, String)>,
    /// What everything is answered with while something is wrong.
    ailing: Option<(u16, &'static str)>,
    deaf: bool,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fake {
    /// With the builders 1 `fast` (tag quick) and 2 `broken`.
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let kept = Arc::new(Kept {
            state: Mutex::default(),
            events: broadcast::Sender::new(1024),
            asked: watch::Sender::default(),
            open: watch::Sender::default(),
            paths: watch::Sender::default(),
            held: watch::Sender::default(),
            looked: watch::Sender::default(),
        });
        let serving = kept.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let kept = serving.clone();
                tokio::spawn(async move { drop(serve(stream, &kept).await) });
            }
        });
        let fake = Fake { address, kept, task };
        fake.answers("config", json!({ "buildbotURL": "http://ci/", "versions": [["Buildbot", "4.3.0"]] }));
        for id in [1, 2] {
            let builder = builder(id);
            fake.answers(&format!("api/v2/builders/{id}"), json!({ "builders": [builder], "meta": {} }));
        }
        fake
    }
    pub(super) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.kept.state.lock().unwrap()
    }
    /// Answers a path with its query so.
    pub(super) fn answers(&self, path: &str, body: Value) {
        self.state().answers.insert(path.into(), (200, body.to_string()));
    }
    /// Answers every path so that begins like this.
    pub(super) fn answers_below(&self, begin: &str, body: Value) {
        self.state().below.push((begin.into(), body.to_string()));
    }
    /// Answers everything so from now on, or as it should.
    pub(super) fn ails(&self, with: Option<(u16, &'static str)>) {
        self.state().ailing = with;
    }
    /// Answers nothing on its websockets any more.
    pub(super) fn falls_silent(&self) {
        self.state().deaf = true;
    }
    /// Answers no path that begins so until it holds another or none.
    pub(super) fn holds(&self, start: Option<&'static str>) {
        self.kept.held.send_replace(start);
    }
    /// The paths that REST was asked for since the last time, each up to its first `=`.
    pub(super) fn paths(&self) -> Vec<String> {
        let paths = self.kept.paths.send_replace(vec![]);
        let begin = |path: &String| path.trim_start_matches("api/v2/").split('=').next().unwrap_or_default().to_owned();
        let mut paths: Vec<String> = paths.iter().map(begin).collect();
        paths.sort();
        paths
    }
    /// Returns when a path that begins so was asked for.
    pub(super) async fn asked_for(&self, start: &str) {
        let asked = |paths: &Vec<String>| paths.iter().any(|path| path.starts_with(start));
        self.kept.paths.subscribe().wait_for(asked).await.unwrap();
    }
    /// A build starts; nobody is told.
    pub(super) fn begin(&self, id: i64, builder: i64) {
        let mut state = self.state();
        let number = state.builds.values().filter(|build| build["builderid"] == builder).count() + 1;
        let build = json!({ "buildid": id, "number": number, "builderid": builder, "buildrequestid": id,
            "workerid": 1, "masterid": 1, "started_at": 1795325855, "complete_at": null, "locks_duration_s": 0,
            "complete": false, "state_string": "starting", "results": null, "properties": {} });
        state.builds.insert(id, build);
    }
    /// A build ends; nobody is told.
    pub(super) fn end(&self, id: i64, results: i64, text: &str) {
        let mut state = self.state();
        let build = state.builds.get_mut(&id).unwrap();
        build["complete"] = json!(true);
        build["complete_at"] = json!(1795325856);
        build["results"] = json!(results);
        build["state_string"] = json!(text);
    }
    /// Gives a build properties.
    pub(super) fn property(&self, id: i64, name: &str, value: Value, source: &str) {
        self.state().builds.get_mut(&id).unwrap()["properties"][name] = json!([value, source]);
    }
    /// All builds are gone, as with a new database.
    pub(super) fn forget(&self) {
        self.state().builds.clear();
    }
    /// A build as it is now.
    pub(super) fn build(&self, id: i64) -> Value {
        self.state().builds[&id].clone()
    }
    /// Sends an event on a build as it is now.
    pub(super) fn tell(&self, id: i64, event: &str) {
        self.send(&json!({ "k": format!("builds/{id}/{event}"), "m": self.build(id) }));
    }
    /// Begins a build and says so.
    pub(super) fn started(&self, id: i64, builder: i64) {
        self.begin(id, builder);
        self.tell(id, "update"); // comes first
        self.tell(id, "new");
    }
    /// Ends a build and says so.
    pub(super) fn finished(&self, id: i64, results: i64, text: &str) {
        self.end(id, results, text);
        self.tell(id, "finished");
    }
    /// Builders 3 `b3` to so many.
    pub(super) fn builders(&self, count: i64) {
        self.state().more = count - 2;
    }
    /// A worker is there or not; nobody is told.
    pub(super) fn worker(&self, name: &str, connected: bool) -> Value {
        let to = if connected { json!([{ "masterid": 1 }]) } else { json!([]) };
        let on = |id: i64| json!({ "masterid": 1, "builderid": id });
        let on: Vec<Value> = once(1).chain(3..3 + self.state().more).map(on).collect();
        let worker = json!({ "workerid": 1, "name": name, "workerinfo": {}, "paused": false, "graceful": false,
            "pause_reason": null, "connected_to": to, "configured_on": on });
        self.state().workers.insert(name.into(), worker.clone());
        worker
    }
    /// Sends an event on a worker.
    pub(super) fn worker_event(&self, name: &str, event: &str) {
        let mut worker = self.worker(name, event == "connected");
        if event == "missing" {
            worker["last_connection"] = json!("Sun Nov 22 05:37:34 2026");
        }
        self.send(&json!({ "k": format!("workers/1/{event}"), "m": worker }));
    }
    pub(super) fn send(&self, event: &Value) {
        self.send_text(&event.to_string());
    }
    pub(super) fn send_text(&self, text: &str) {
        drop(self.kept.events.send(Some(text.into()))); // nobody may be there
    }
    /// Ends all websockets without a word.
    pub(super) fn cut(&self) {
        drop(self.kept.events.send(None));
    }
    /// How many websockets were asked for so far.
    pub(super) fn asked(&self) -> u32 {
        *self.kept.asked.borrow()
    }
    /// Returns when so many websockets have been opened with all their subscriptions.
    pub(super) async fn opened(&self, count: u32) {
        self.kept.open.subscribe().wait_for(|open| *open >= count).await.unwrap();
    }
    /// How often that was.
    pub(super) fn looked(&self) -> u32 {
        *self.kept.looked.borrow()
    }
    /// Returns when builds have been read so many times after an opening: what is there
    /// is not new any more.
    pub(super) async fn caught_up(&self, count: u32) {
        self.kept.looked.subscribe().wait_for(|looked| *looked >= count).await.unwrap();
    }
}

async fn serve(mut stream: TcpStream, kept: &Kept) -> std::io::Result<()> {
    let mut head = vec![0; 8192];
    let seen = stream.peek(&mut head).await?;
    let text = String::from_utf8_lossy(&head[..seen]).into_owned();
    let path = text.split_whitespace().nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    if path == "ws" {
        kept.asked.send_modify(|asked| *asked += 1);
        if kept.state.lock().unwrap().ailing.is_none() {
            listen(stream, kept).await;
            return Ok(());
        }
    }
    if stream.read(&mut head).await? == 0 {
        return Ok(()); // a call that was given up before it was made
    }
    if path == "api/v2/workers" && kept.state.lock().unwrap().ailing.is_none() {
        kept.looked.send_modify(|looked| *looked += 1);
    }
    kept.paths.send_modify(|paths| paths.push(path.clone()));
    let free = |held: &Option<&str>| held.is_none_or(|start| !path.starts_with(start));
    kept.held.subscribe().wait_for(free).await.unwrap();
    let (status, body) = answer(&kept.state.lock().unwrap(), &path);
    let answer = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(answer.as_bytes()).await
}

/// One websocket; it ends by a cut, without a close frame.
async fn listen(stream: TcpStream, kept: &Kept) {
    let mut events = kept.events.subscribe();
    let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
    let mut subscribed = vec![];
    loop {
        tokio::select! {
            message = socket.next() => {
                let Some(Ok(Message::Text(text))) = message else { return };
                let asked: Value = serde_json::from_str(&text).unwrap();
                let said = if asked["cmd"] == "ping" { "pong" } else { "OK" };
                if kept.state.lock().unwrap().deaf {
                    continue;
                }
                let answer = json!({ "msg": said, "code": 200, "_id": asked["_id"] });
                if socket.send(Message::text(answer.to_string())).await.is_err() {
                    return;
                }
                if let Some(path) = asked["path"].as_str() {
                    subscribed.push(path.to_owned());
                    if subscribed.len() == 4 {
                        kept.open.send_modify(|open| *open += 1);
                    }
                }
            }
            event = events.recv() => {
                let Ok(Some(text)) = event else { return };
                let key = serde_json::from_str::<Value>(&text).ok().and_then(|event| event["k"].as_str().map(str::to_owned));
                let wanted = key.is_none_or(|key| subscribed.iter().any(|path| matches(path, &key)));
                if wanted && socket.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn matches(path: &str, key: &str) -> bool {
    let same = |(path, key): (&str, &str)| path == "*" || path == key;
    path.split('/').count() == key.split('/').count() && path.split('/').zip(key.split('/')).all(same)
}

fn answer(state: &State, path: &str) -> (u16, String) {
    if let Some((status, body)) = state.ailing {
        return (status, body.to_owned());
    }
    if let Some(answer) = state.answers.get(path) {
        return answer.clone();
    }
    if let Some((_, body)) = state.below.iter().find(|(begin, _)| path.starts_with(begin)) {
        return (200, body.clone());
    }
    let (place, query) = path.split_once('?').unwrap_or((path, ""));
    let query: Vec<(&str, &str)> = query.split('&').filter_map(|part| part.split_once('=')).collect();
    let parts: Vec<&str> = place.trim_start_matches("api/v2/").split('/').collect();
    let builds = || state.builds.values();
    let found = match *parts {
        ["builds"] => listed(builds(), &query),
        ["builds", id] => builds().filter(|build| is(build, "buildid", id)).cloned().collect(),
        ["builders", builder, "builds", number] => {
            let of = |build: &&Value| is(build, "builderid", builder) && is(build, "number", number);
            builds().filter(of).cloned().collect()
        }
        ["builders"] => (1..=2 + state.more).map(builder).collect(),
        ["workers"] => state.workers.values().cloned().collect(),
        _ => return (404, json!({ "error": format!("not found: {path}") }).to_string()),
    };
    let single = parts.len() > 1;
    let key = ["builds", "builders"].into_iter().find(|key| parts.contains(key)).unwrap_or("workers");
    match single && found.is_empty() {
        true => (404, json!({ "error": "not found" }).to_string()),
        false => (200, json!({ key: found, "meta": { "total": 1 } }).to_string()),
    }
}

fn builder(id: i64) -> Value {
    let (name, tags) = match id {
        1 => ("fast".into(), json!(["quick"])),
        2 => ("broken".into(), json!([])),
        id => (format!("b{id}"), json!([])),
    };
    json!({ "builderid": id, "name": name, "tags": tags, "masterids": [1] })
}

fn is(build: &Value, field: &str, number: &str) -> bool {
    build[field].as_i64() == number.parse().ok()
}

fn listed<'a>(builds: impl Iterator<Item = &'a Value>, query: &[(&str, &str)]) -> Vec<Value> {
    let mut any: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in query {
        any.entry(name).or_default().push(value);
    }
    let number = |build: &Value, field: &str| build[field].as_i64().unwrap();
    let keeps = |build: &&Value| {
        any.iter().all(|(name, values)| match name.split_once("__") {
            _ if ["order", "limit", "property", "field"].contains(name) => true,
            Some((field, "gt")) => number(build, field) > values[0].parse().unwrap(),
            Some((field, "lt")) => number(build, field) < values[0].parse().unwrap(),
            _ => values.contains(&build[*name].to_string().as_str()),
        })
    };
    let mut found: Vec<Value> = builds.filter(keeps).cloned().collect();
    if let Some(order) = any.get("order") {
        let field = order[0].trim_start_matches('-');
        found.sort_by_key(|build| number(build, field));
        if order[0].starts_with('-') {
            found.reverse();
        }
    }
    found.truncate(any.get("limit").map_or(usize::MAX, |limit| limit[0].parse().unwrap()));
    found
}
