//! Hooks: a handler decides, the host acts.
//!
//! The host runs the proof, then the handler; it writes the request, its dedupe
//! key and its notices in one journal transaction, syncs, and only then answers.
//! So the same handler serves the live path, dry runs, replays and tests, and no
//! plugin can answer 2xx too early.
use crate::{BoxFuture, Error, Result, notice::Notice, secret::Secret};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::{
    any::Any,
    fmt,
    future::Future,
    net::IpAddr,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

/// One HTTP call to a hook.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its number, by which `!requests show` finds it.
    pub id: u64,
    /// The method; the hook's own, since others were answered 405.
    pub method: Method,
    /// The path as called, without the query. What is kept and shown of it is the hook's
    /// own path, so that a secret in it stays one.
    pub path: String,
    /// What stood for `{name}` in the hook's path, decoded.
    pub params: Vec<(String, String)>,
    /// The query's fields, decoded, in their order; `token` and its like are masked in a
    /// replay.
    pub query: Vec<(String, String)>,
    /// The headers; `Authorization` and its like are masked in a replay.
    pub headers: HeaderMap,
    /// The body as it came: signatures cover bytes.
    pub body: Bytes,
    /// The sender's address; behind a configured proxy the one it forwarded.
    pub peer: IpAddr,
    /// When its header was complete.
    pub received_at: Timestamp,
    /// What was made of it already; see [`Request::once`].
    pub made: Made,
}

/// What a proof or a handler has made of a [`Request`], for whoever needs it next.
#[derive(Clone, Default)]
pub struct Made(Arc<Mutex<Vec<Arc<dyn Any + Send + Sync>>>>);

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// [`Request::form`], as it is kept in [`Made`].
struct Form(Vec<(String, String)>);
struct FormFields(Arc<Form>);
impl Deref for FormFields {
    type Target = [(String, String)];
    fn deref(&self) -> &Self::Target {
        &self.0.0
    }
}

impl Made {
    /// The value of this type.
    pub(crate) fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        find(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
    /// The value of this type, made when there is none.
    pub(crate) fn get_or<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        find(&made).unwrap_or_else(|| {
            let new = Arc::new(make());
            made.push(new.clone());
            new
        })
    }
}
fn find<T: Any + Send + Sync>(made: &[Arc<dyn Any + Send + Sync>]) -> Option<Arc<T>> {
    made.iter().find_map(|any| any.clone().downcast().ok())
}

impl Request {
    /// What `make` makes of this request, made once: the handler need not parse
    /// again what the proof has parsed. There is one value of each type.
    ///
    /// # Errors
    /// What `make` says; it is then asked again.
    pub fn once<T: Any + Send + Sync>(
        &self,
        make: impl FnOnce(&Self) -> Result<T, Refusal>,
    ) -> Result<Arc<T>, Refusal> {
        let known = |made: &[Arc<dyn Any + Send + Sync>]| made.iter().find_map(|any| any.clone().downcast().ok());
        let lock = || self.made.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known(&lock()) {
            return Ok(known);
        }
        let new = Arc::new(make(self)?); // not under the lock: it may ask for another value
        lock().push(new.clone());
        Ok(new)
    }
    /// What stood for `{name}` in the hook's path.
    ///
    /// # Panics
    /// When the hook's path has no `{name}`.
    pub fn param(&self, name: &str) -> &str {
        let found = self.params.iter().find(|(n, _)| n == name);
        &found.expect("the hook's path names it").1
    }
    /// A header's value; `None` when it is absent or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
    /// The first query field of that name.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
    /// The media type in lower case, without parameters such as `charset`.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }
    /// The body as JSON.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] with the place of the mistake.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Refusal::BadRequest(format!("not the JSON we expect: {error}")))
    }
    /// The body's form fields, decoded once, in their order.
    ///
    /// # Errors
    /// [`Refusal::UnsupportedMediaType`] when it is no form.
    pub fn form(&self) -> Result<impl Deref<Target = [(String, String)]> + use<>, Refusal> {
        self.once(|request| match request.media_type().as_deref() {
            Some("application/x-www-form-urlencoded") => {
                Ok(Form(form_urlencoded::parse(&request.body).into_owned().collect()))
            }
            _ => Err(Refusal::UnsupportedMediaType("send application/x-www-form-urlencoded".into())),
        })
        .map(FormFields)
    }
}

/// What to post and what to answer; nothing is done yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The answer's status; 204 when nothing else is said.
    pub status: StatusCode,
    /// What to post.
    pub notices: Vec<Notice>,
    /// A second request with this key within 7 days posts nothing and is answered
    /// 200 "seen before".
    pub dedupe: Option<String>,
    /// The answer's body.
    pub body: Bytes,
    /// What was decided, in a few words, for `!requests`: `failed, 2 chats`.
    pub summary: String,
}

impl Default for Outcome {
    fn default() -> Self {
        Outcome {
            status: StatusCode::NO_CONTENT,
            notices: vec![],
            dedupe: None,
            body: Bytes::new(),
            summary: String::new(),
        }
    }
}

impl Outcome {
    /// Posts nothing for a second request with this key, for 7 days; that one is
    /// answered 200 "seen before", whatever status the outcome has.
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.dedupe = Some(key.into());
        self
    }
    /// Says in a few words what was decided.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }
    /// Answers with this status and body.
    pub fn answer(mut self, status: StatusCode, body: impl Into<Bytes>) -> Self {
        (self.status, self.body) = (status, body.into());
        self
    }
}
impl FromIterator<Notice> for Outcome {
    fn from_iter<I: IntoIterator<Item = Notice>>(notices: I) -> Self {
        Outcome { notices: notices.into_iter().collect(), ..Outcome::default() }
    }
}
impl From<Notice> for Outcome {
    fn from(notice: Notice) -> Self {
        Outcome::from_iter([notice])
    }
}

/// Why a request posts nothing. Each is kept in the journal with its reason and
/// shown by `!requests`; all but `Ignored` are incidents too.
#[derive(Debug)]
pub enum Refusal {
    /// 400: the request lacks something; the sender is told what.
    BadRequest(String),
    /// 401: there is no proof; the sender is told nothing.
    Unauthorized(String),
    /// 403: the proof is wrong; the sender is told nothing.
    Forbidden(String),
    /// 404: the path names something we do not have.
    NotFound(String),
    /// 415: the body is of another type.
    UnsupportedMediaType(String),
    /// 204: the sender did right and we want nothing of it.
    Ignored(String),
    /// 429 with `Retry-After`: too much from this sender.
    TooMany(String),
    /// 503 with `Retry-After`: our fault, the sender may try again. `?` on a table ends here.
    Internal(anyhow::Error),
}

impl Refusal {
    /// The answer's status.
    pub fn status(&self) -> StatusCode {
        match self {
            Refusal::BadRequest(_) => StatusCode::BAD_REQUEST,
            Refusal::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Refusal::Forbidden(_) => StatusCode::FORBIDDEN,
            Refusal::NotFound(_) => StatusCode::NOT_FOUND,
            Refusal::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::Ignored(_) => StatusCode::NO_CONTENT,
            Refusal::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Refusal::Internal(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
    /// Why, for the operator.
    pub fn reason(&self) -> String {
        match self {
            Refusal::BadRequest(reason)
            | Refusal::Unauthorized(reason)
            | Refusal::Forbidden(reason)
            | Refusal::NotFound(reason)
            | Refusal::UnsupportedMediaType(reason)
            | Refusal::Ignored(reason)
            | Refusal::TooMany(reason) => reason.clone(),
            Refusal::Internal(error) => format!("{error:#}"),
        }
    }
}
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::User(text) => Refusal::BadRequest(text),
            error => Refusal::Internal(error.into_anyhow()),
        }
    }
}

/// How a hook knows its sender, where no check of its own is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Anybody may call it; said aloud.
    None,
}

/// An `async fn(&self, &Request) -> Result<(), Refusal>`, or [`Proof::None`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no proof of a hook of `{P}`",
    label = "expected `async fn(&self, &Request) -> Result<(), Refusal>`, or `Proof::None`"
)]
pub trait ProofHandler<'a, P>: Send + Sync + 'static {
    /// What the async fn gives.
    type Future: Future<Output = Result<(), Refusal>> + Send + 'a;
    /// Checks the request.
    fn check(&self, plugin: &'a P, request: &'a Request) -> Self::Future;
    /// Whether it holds for anybody.
    fn open(&self) -> bool {
        false
    }
}
impl<'a, P: 'a, F, Fut> ProofHandler<'a, P> for F
where
    F: Fn(&'a P, &'a Request) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), Refusal>> + Send + 'a,
{
    type Future = Fut;
    fn check(&self, plugin: &'a P, request: &'a Request) -> Fut {
        self(plugin, request)
    }
}
impl<'a, P: 'a> ProofHandler<'a, P> for Proof {
    type Future = std::future::Ready<Result<(), Refusal>>;
    fn check(&self, _: &'a P, _: &'a Request) -> Self::Future {
        std::future::ready(Ok(()))
    }
    fn open(&self) -> bool {
        true
    }
}

/// An `async fn(&self, &Request) -> Result<Outcome, Refusal>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a hook handler of `{P}`",
    label = "expected `async fn(&self, &Request) -> Result<Outcome, Refusal>`"
)]
pub trait HookHandler<'a, P>: Send + Sync + 'static {
    /// What the async fn gives.
    type Future: Future<Output = Result<Outcome, Refusal>> + Send + 'a;
    /// Decides what the request leads to.
    fn handle(&self, plugin: &'a P, request: &'a Request) -> Self::Future;
}
impl<'a, P: 'a, F, Fut> HookHandler<'a, P> for F
where
    F: Fn(&'a P, &'a Request) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Outcome, Refusal>> + Send + 'a,
{
    type Future = Fut;
    fn handle(&self, plugin: &'a P, request: &'a Request) -> Fut {
        self(plugin, request)
    }
}

/// A proof or handler whose function type is forgotten.
pub type Step<P, T> = Arc<dyn for<'a> Fn(&'a P, &'a Request) -> BoxFuture<'a, Result<T, Refusal>> + Send + Sync>;
fn step<P, T, F>(f: F) -> Step<P, T>
where
    F: for<'a> Fn(&'a P, &'a Request) -> BoxFuture<'a, Result<T, Refusal>> + Send + Sync + 'static,
{
    Arc::new(f)
}

/// A request as its sender would make it, for `factotum hook send`, demos and tests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// The path to call, when it is not the hook's own (which may have parameters).
    pub path: Option<String>,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Bytes,
}

/// Makes a [`Sample`] of a payload file, with the proof that `secret` gives.
pub type MakeSample = fn(file: &[u8], secret: Option<&Secret>) -> Result<Sample>;

/// One line of the table.
pub struct HookEntry<P> {
    /// The method it answers; others get 405.
    pub method: Method,
    /// Its path, as matchit writes it: `/buildbot/{master}`, `/api/{*rest}`.
    pub path: String,
    /// Whether the sender is who it says.
    pub proof: Step<P, ()>,
    /// Whether the proof is [`Proof::None`], so that a request of anybody holds it.
    pub open: bool,
    /// What the request leads to.
    pub run: Step<P, Outcome>,
    /// How to make a request of it.
    pub sample: Option<MakeSample>,
    /// The parameters of its path that are no secrets; see [`Hooks::open_params`].
    pub open_params: Vec<String>,
    /// What `WWW-Authenticate` of a 401 says; see [`Hooks::challenge`].
    pub challenge: Option<&'static str>,
}

/// The hooks of a plugin, or of a part of one.
pub struct Hooks<P>(pub Vec<HookEntry<P>>);
impl<P> Default for Hooks<P> {
    fn default() -> Self {
        Hooks(vec![])
    }
}

impl<P: Send + Sync + 'static> Hooks<P> {
    /// Serves `POST path`. The proof runs first; a hook without one says [`Proof::None`].
    pub fn post(
        &mut self,
        path: impl Into<String>,
        proof: impl for<'a> ProofHandler<'a, P>,
        handler: impl for<'a> HookHandler<'a, P>,
    ) -> &mut Self {
        self.on(Method::POST, path, proof, handler)
    }
    /// Serves `GET path`.
    pub fn get(
        &mut self,
        path: impl Into<String>,
        proof: impl for<'a> ProofHandler<'a, P>,
        handler: impl for<'a> HookHandler<'a, P>,
    ) -> &mut Self {
        self.on(Method::GET, path, proof, handler)
    }
    /// Serves `method path`.
    pub fn on(
        &mut self,
        method: Method,
        path: impl Into<String>,
        proof: impl for<'a> ProofHandler<'a, P>,
        handler: impl for<'a> HookHandler<'a, P>,
    ) -> &mut Self {
        self.0.push(HookEntry {
            method,
            path: path.into(),
            open: proof.open(),
            proof: step(move |plugin, request| Box::pin(proof.check(plugin, request))),
            run: step(move |plugin, request| Box::pin(handler.handle(plugin, request))),
            sample: None,
            open_params: vec![],
            challenge: None,
        });
        self
    }
    /// Says how to make a request of the hook before it.
    ///
    /// # Panics
    /// Without a hook before it.
    pub fn sample(&mut self, make: MakeSample) -> &mut Self {
        self.0.last_mut().expect("sample() follows post()").sample = Some(make);
        self
    }
    /// Says which parameters of the path of the hook before it are no secrets, such as
    /// the name of a server: they are kept with a proven request and shown, and only
    /// a request whose parameters are all kept can be replayed.
    ///
    /// # Panics
    /// Without a hook before it, and for a name that is not in its path.
    pub fn open_params<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) -> &mut Self {
        let entry = self.0.last_mut().expect("open_params() follows post()");
        for name in names {
            let path = &entry.path;
            let named = [format!("{{{name}}}"), format!("{{*{name}}}")].iter().any(|param| path.contains(param));
            assert!(named, "the path {path} has no {{{name}}}");
            entry.open_params.push(name.to_owned());
        }
        self
    }
    /// Says how a sender of the hook before it proves itself, as the header
    /// `WWW-Authenticate` of each 401: `Basic realm="…"`.
    ///
    /// # Panics
    /// Without a hook before it.
    pub fn challenge(&mut self, scheme: &'static str) -> &mut Self {
        self.0.last_mut().expect("challenge() follows post()").challenge = Some(scheme);
        self
    }
    /// Takes over the hooks of a part of the plugin.
    pub fn part<Q: Send + Sync + 'static>(&mut self, part: fn(&P) -> &Q, hooks: Hooks<Q>) -> &mut Self {
        self.0.extend(hooks.of_part(part).0);
        self
    }
    /// The same hooks for the owner `O` of a `P`.
    pub fn of_part<O: Send + Sync + 'static>(self, part: fn(&O) -> &P) -> Hooks<O> {
        let of_owner = |entry: HookEntry<P>| HookEntry {
            method: entry.method,
            path: entry.path,
            open: entry.open,
            proof: step(move |owner, request| (entry.proof)(part(owner), request)),
            run: step(move |owner, request| (entry.run)(part(owner), request)),
            sample: entry.sample,
            open_params: entry.open_params,
            challenge: entry.challenge,
        };
        Hooks(self.0.into_iter().map(of_owner).collect())
    }
}
