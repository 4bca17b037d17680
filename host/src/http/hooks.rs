//! From a request to a handler: path, plugin, proof, handler, journal, answer.
use super::{
    Answer, Answers, Limit, Limited, MetricsFor, RawCall,
    listener::owner,
    sample::{reason_of, short},
};
use crate::{
    caught::caught,
    health::Unwell,
    journal::{Accepted, Incident, MASK, Refused},
    metrics::{self, Held, RequestOutcome},
    sampler::{LeftOut, Sampled, Sampler, TOLD_AFTER},
    services::Shared,
    texts,
};
use factotum_plugin_api::{
    Started,
    hook::{Outcome, Refusal, Request},
};
use http::{HeaderValue, Method, StatusCode, header};
use std::{fmt, net::IpAddr, sync::Arc, time::Duration};
use tokio::sync::Semaphore;
use tracing::{Instrument, debug, error, error_span, warn};

/// Paths that the listener itself answers.
const OWN_PATHS: [&str; 3] = ["/healthz", "/readyz", METRICS];
const METRICS: &str = "/metrics";

/// How many bytes of bodies may wait for the journal at once. A request goes on to be
/// written when its sender has left, so the connections alone are no limit.
const ACCEPTING_MAX: usize = 32 << 20;

/// How much is shown of a path's first segment and of a method that are the sender's own.
const SHOWN_MAX: usize = 32;

/// The hooks of one path.
#[derive(Clone)]
struct Place {
    plugin: &'static str,
    /// It is a chat network's, whose requests are kept without what people said.
    of_network: bool,
    started: Arc<Started>,
    /// Indices of the path's hooks in the plugin's table, one for each method.
    hooks: Vec<usize>,
}

/// The hooks that are open, by path.
#[derive(Default)]
pub struct HookTable {
    paths: matchit::Router<Place>,
    /// Whose each path is, for the message when another is in its way.
    owners: Vec<(String, Whose)>,
}

/// Whose a hook is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Plugin(&'static str),
    Network(&'static str),
}
impl Whose {
    fn name(self) -> &'static str {
        let (Whose::Plugin(name) | Whose::Network(name)) = self;
        name
    }
}
impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Whose::Plugin(name) => write!(f, "the plugin {name}"),
            Whose::Network(name) => write!(f, "the network {name}"),
        }
    }
}

/// Whose each path is, also of plugins that are off.
#[derive(Clone, Default)]
pub struct Owners(matchit::Router<Owner>);

/// Whose a path is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The plugin that has the hook, on or off.
    pub plugin: &'static str,
    /// The hook's own path, such as `/buildbot/{master}`.
    pub path: String,
}

impl Owners {
    /// Whose hook the path of a request is, if it is any's.
    pub fn of(&self, path: &str) -> Option<Owner> {
        self.0.at(path).ok().map(|found| found.value.clone())
    }
}

/// A hook found for a request.
pub struct Target {
    /// The plugin that serves it, or the network.
    pub plugin: &'static str,
    of_network: bool,
    started: Arc<Started>,
    at: usize,
    params: Vec<(String, String)>,
}

/// Why there is no hook for a request.
#[derive(Debug, PartialEq, Eq)]
pub enum NoHook {
    /// No path of a plugin that is on fits.
    NotFound,
    /// The path answers other methods: these.
    MethodNotAllowed(Vec<Method>),
}

impl HookTable {
    /// Adds the hooks of a plugin.
    ///
    /// # Errors
    /// A path that is malformed, taken, or one of the host's own.
    pub fn add(&mut self, plugin: &'static str, started: &Arc<Started>) -> anyhow::Result<()> {
        self.add_of(Whose::Plugin(plugin), started)
    }
    /// Adds the hooks of a chat network.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub(crate) fn add_network(&mut self, name: &'static str, started: &Arc<Started>) -> anyhow::Result<()> {
        self.add_of(Whose::Network(name), started)
    }
    fn add_of(&mut self, owner: Whose, started: &Arc<Started>) -> anyhow::Result<()> {
        let (plugin, of_network) = (owner.name(), matches!(owner, Whose::Network(_)));
        let mut places: Vec<(&str, Place)> = vec![];
        for (at, hook) in started.hooks.0.iter().enumerate() {
            anyhow::ensure!(hook.path.starts_with('/'), "{owner} has a hook {:?}: a path begins with /", hook.path);
            let own = OWN_PATHS.contains(&hook.path.as_str());
            anyhow::ensure!(!own, "{owner} has a hook {}, which is the host's own", hook.path);
            match places.iter_mut().find(|(path, _)| *path == hook.path) {
                Some((_, place)) => {
                    let twice = place.hooks.iter().any(|&other| started.hooks.0[other].method == hook.method);
                    anyhow::ensure!(!twice, "{owner} has the hook {} {} twice", hook.method, hook.path);
                    place.hooks.push(at);
                }
                None => {
                    places.push((&hook.path, Place { plugin, of_network, started: started.clone(), hooks: vec![at] }))
                }
            }
        }
        for (path, place) in places {
            self.paths.insert(path, place).map_err(|error| self.in_the_way(owner, path, &error))?;
            self.owners.push((path.to_owned(), owner));
        }
        Ok(())
    }
    /// Whose each path of a plugin is, without the plugins themselves.
    pub fn owners(&self) -> Owners {
        let mut owners = matchit::Router::new();
        for (path, owner) in &self.owners {
            let Whose::Plugin(plugin) = *owner else { continue };
            let owner = Owner { plugin, path: path.clone() };
            owners.insert(path, owner).expect("the table took the same paths");
        }
        Owners(owners)
    }
    fn in_the_way(&self, new: Whose, path: &str, error: &matchit::InsertError) -> anyhow::Error {
        let matchit::InsertError::Conflict { with } = error else {
            return anyhow::anyhow!("{new} has a hook {path:?}: {error}");
        };
        let owner = self.owners.iter().find(|(other, _)| other == with).map_or(new, |(_, owner)| *owner);
        match (owner, new) {
            (Whose::Plugin(owner), Whose::Plugin(plugin)) if owner != plugin && with == path => {
                anyhow::anyhow!("the plugins {owner} and {plugin} both have a hook {path}")
            }
            _ if owner != new && with == path => anyhow::anyhow!("{owner} and {new} both have a hook {path}"),
            (Whose::Plugin(_), Whose::Plugin(plugin)) => {
                anyhow::anyhow!("the hooks {with} of {owner} and {path} of {plugin} could mean the same path")
            }
            _ => anyhow::anyhow!("the hooks {with} of {owner} and {path} of {new} could mean the same path"),
        }
    }
    /// The hook for a method and a path.
    ///
    /// # Errors
    /// [`NoHook`], from which the answer follows.
    pub fn find(&self, method: &Method, path: &str) -> Result<Target, NoHook> {
        let found = self.paths.at(path).map_err(|_| NoHook::NotFound)?;
        let Place { plugin, of_network, started, hooks } = found.value;
        let methods = || hooks.iter().map(|&at| started.hooks.0[at].method.clone());
        let at = hooks.iter().find(|&&at| started.hooks.0[at].method == *method);
        let at = *at.ok_or_else(|| NoHook::MethodNotAllowed(methods().collect()))?;
        let params = found.params.iter().map(|(name, value)| (name.to_owned(), decode(value))).collect();
        Ok(Target { plugin, of_network: *of_network, started: started.clone(), at, params })
    }
    /// Whether a hook's own path is served by a chat network.
    pub(crate) fn is_of_network(&self, path: &str) -> bool {
        self.owners.iter().any(|(other, owner)| other == path && matches!(owner, Whose::Network(_)))
    }
    /// A path as others may see it: the hook's own, whatever the method, since what
    /// stands for a parameter may be a secret; of a path that nobody serves the
    /// first segment, which says whose hook was meant.
    fn shown(&self, path: &str) -> String {
        if let Ok(found) = self.paths.at(path) {
            let Place { started, hooks, .. } = found.value;
            return started.hooks.0[hooks[0]].path.clone();
        }
        let inner = path.strip_prefix('/').unwrap_or(path);
        let (first, rest) = inner.split_once('/').map_or((inner, false), |(first, _)| (first, true));
        let first: String = first.chars().take(SHOWN_MAX).collect();
        if rest { format!("/{first}/…") } else { format!("/{first}") }
    }
}

/// The outcome, with what the proof said of the secrets.
fn with_proof(request: &Request, outcome: Outcome) -> Outcome {
    match request.proof() {
        Some(secret) => Outcome { summary: format!("{} ({secret})", outcome.summary), ..outcome },
        None => outcome,
    }
}

/// Percent-decodes a piece of a path; what is not UTF-8 shows as `�`.
fn decode(piece: &str) -> String {
    percent_encoding::percent_decode_str(piece).decode_utf8_lossy().into_owned()
}

impl Target {
    /// The request as it is kept: with the hook's own path, such as
    /// `/buildbot/{master}`, since what stands for a parameter may be a secret; so
    /// may each parameter that the hook does not call open.
    pub(crate) fn kept(&self, mut request: Request) -> Request {
        let hook = &self.started.hooks.0[self.at];
        for (_, value) in request.params.iter_mut().filter(|(name, _)| !hook.open_params.contains(name)) {
            MASK.clone_into(value);
        }
        Request { path: hook.path.clone(), ..request }
    }
    /// What stood for the parameters in the path that it was found by.
    pub(crate) fn params(&self) -> &[(String, String)] {
        &self.params
    }
    /// Whether anybody may call it.
    fn open(&self) -> bool {
        self.started.hooks.0[self.at].open
    }
    /// Tells a sender without proof how to prove itself, where the hook says how.
    fn challenged(&self, answer: Answer) -> Answer {
        match self.started.hooks.0[self.at].challenge {
            Some(scheme) if answer.status == StatusCode::UNAUTHORIZED => {
                answer.header(header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme))
            }
            _ => answer,
        }
    }
    /// Runs the proof.
    async fn prove(&self, request: &Request) -> Result<(), Refusal> {
        (self.started.hooks.0[self.at].proof)(&self.started.plugin, request).await
    }
    /// Runs the handler and nothing else: what a dry run shows.
    pub async fn decide(&self, request: &Request) -> Result<Outcome, Refusal> {
        (self.started.hooks.0[self.at].run)(&self.started.plugin, request).await
    }
}

/// Serves the hooks of all plugins that are on, and of the networks.
pub struct HookServer {
    shared: Arc<Shared>,
    limit: Duration,
    accepting: Arc<Semaphore>,
    sampler: Arc<Sampler<IpAddr>>,
}

impl HookServer {
    /// A server whose proofs and handlers may take `limit` together.
    pub fn new(shared: Arc<Shared>, limit: Duration) -> Self {
        let sampler = Arc::new(Sampler::new(shared.clock.clone()));
        HookServer { shared, limit, accepting: Arc::new(Semaphore::new(ACCEPTING_MAX)), sampler }
    }
    async fn serve(&self, target: Target, request: Request) -> Answer {
        let mut proven = false;
        let work = async {
            target.prove(&request).await?;
            proven = true;
            target.decide(&request).await.map(|outcome| with_proof(&request, outcome))
        };
        let turned_away = match self.shared.clock.timeout(self.limit, caught(self.shared.language().during(work))).await
        {
            Ok(Some(Ok(outcome))) => return self.accept(&target, target.kept(request), outcome).await,
            Ok(Some(Err(refusal))) => TurnedAway::from(&refusal),
            Ok(None) => TurnedAway::panicked(),
            Err(_) => TurnedAway::from(&Refusal::Internal(anyhow::anyhow!("the handler took too long"))),
        };
        target.challenged(self.turn_away(&target, target.kept(request), proven, turned_away).await)
    }
    /// Writes request, dedupe key and notices, and only then answers 2xx.
    async fn accept(&self, target: &Target, request: Request, outcome: Outcome) -> Answer {
        let (plugin, keep_body) = (target.plugin, !target.of_network);
        let size = u32::try_from(request.body.len().min(ACCEPTING_MAX)).expect("it is at most 32 MiB");
        let Ok(room) = self.accepting.clone().try_acquire_many_owned(size) else {
            self.count(plugin, RequestOutcome::Failed);
            debug!("too much waits for the journal");
            return try_again();
        };
        let shared = self.shared.clone();
        let write = async move {
            let _room = room;
            let accepted = match keep_body {
                true => shared.journal.accept(plugin, &request, &outcome).await?,
                false => shared.journal.accept_without_body(plugin, &request, &outcome).await?,
            };
            if let Accepted::New { .. } = accepted {
                request.is_kept();
            }
            let (Accepted::New { chats } | Accepted::Duplicate { chats, .. }) = &accepted;
            shared.outbox()?.wake(chats);
            anyhow::Ok((accepted, outcome))
        };
        // A task of its own: whoever stops waiting, what is on disk is posted.
        let written = tokio::spawn(write.in_current_span()).await.map_err(anyhow::Error::from).flatten();
        match written {
            Ok((Accepted::New { .. }, outcome)) => {
                self.count(plugin, RequestOutcome::Accepted);
                debug!(notices = outcome.notices.len(), "request accepted");
                Answer::new(outcome.status, outcome.body)
            }
            Ok((Accepted::Duplicate { of, .. }, _)) => {
                self.count(plugin, RequestOutcome::Duplicate);
                debug!(of, "request seen before");
                Answer::new(StatusCode::OK, "seen before\n")
            }
            Err(error) => {
                self.count(plugin, RequestOutcome::Failed);
                not_taken(&error, "a request");
                try_again()
            }
        }
    }
    /// Writes why a request leads to nothing, and answers what its sender may know.
    /// What a stranger can cause in any number is kept in part, and only so often.
    async fn turn_away(&self, target: &Target, mut request: Request, proven: bool, why: TurnedAway) -> Answer {
        let known = proven && !target.open();
        if !known {
            let Some(left_out) = self.sampled(request.peer) else {
                self.count(target.plugin, RequestOutcome::of_refusal(why.status));
                return why.answer;
            };
            tell_left_out(&self.shared, request.peer, left_out).await;
        }
        let TurnedAway { status, mut reason, incident, answer } = why;
        if !proven {
            (request, reason) = (short(request), reason_of(reason));
        }
        let keep_body = proven && !target.of_network;
        let refused = Refused { status, reason: &reason, keep_body, incident, replay: None };
        let written = self.shared.journal.refuse(Some(target.plugin), &request, refused).await;
        // What the sender is told: it must come again where its refusal could not be kept.
        let answer = if written.is_ok() { answer } else { try_again() };
        let answered = answer.status.as_u16();
        match status {
            status if status.is_success() => debug!(status = answered, reason, "request ignored"),
            status if status.is_server_error() => error!(reason, "the hook's handler failed"),
            _ => warn!(status = answered, reason, peer = %request.peer, "request refused"),
        }
        self.count(target.plugin, RequestOutcome::of_refusal(answer.status));
        if let Err(error) = written {
            not_taken(&error, "a refusal");
        }
        answer
    }
    /// The path and the true reason of a 404 to what an operator may look for: the
    /// sender is told neither.
    fn why_not_found(&self, method: &Method, path: &str) -> Option<(String, String)> {
        if path == METRICS && matches!(*method, Method::GET | Method::HEAD) {
            let reason = match self.shared.config_at_start().config.http.metrics {
                MetricsFor::Off => texts::metrics_are_off(),
                MetricsFor::Loopback => texts::metrics_are_local(),
                MetricsFor::Open => return None,
            };
            return Some((path.to_owned(), reason));
        }
        let owner = self.shared.registry().ok()?.owner_of(path)?;
        let method: String = method.as_str().chars().take(SHOWN_MAX).collect();
        Some((owner.path, texts::hook_of_a_plugin_that_is_off(owner.plugin, &method)))
    }
    fn count(&self, plugin: &'static str, outcome: RequestOutcome) {
        self.shared.metrics.request(Some(plugin), outcome);
    }
    /// Notes an incident that has no request, if it is to be kept; never waits.
    /// `path` is as others may see it.
    fn note(&self, kind: &'static str, peer: IpAddr, path: Option<String>, reason: String) {
        if let Some(left_out) = self.sampled(peer) {
            self.note_always(kind, peer, path, reason, left_out);
        }
    }
    /// Whether a refusal of `peer`, IPv6 by /64, is kept, and how many before it were not. Sees to
    /// it that what is left out is told also when nothing more comes.
    fn sampled(&self, peer: IpAddr) -> Option<u64> {
        match self.sampler.take(owner(peer)) {
            Sampled::Keep { left_out } => Some(left_out),
            Sampled::LeaveOut { first: false } => None,
            Sampled::LeaveOut { first: true } => {
                let (sampler, shared) = (self.sampler.clone(), Arc::downgrade(&self.shared));
                let pause = self.shared.clock.sleep(TOLD_AFTER);
                tokio::spawn(async move {
                    pause.await;
                    let Some(shared) = shared.upgrade() else { return };
                    tell_all_left_out(&shared, sampler.left_out()).await;
                });
                None
            }
        }
    }
    fn note_always(&self, kind: &'static str, peer: IpAddr, path: Option<String>, reason: String, left_out: u64) {
        warn!(kind, %peer, path, reason, "request refused");
        let shared = self.shared.clone();
        tokio::spawn(async move {
            tell_left_out(&shared, peer, left_out).await;
            incident(&shared, kind, peer, path.as_deref(), &reason).await;
        });
    }
}

async fn tell_left_out(shared: &Shared, peer: IpAddr, left_out: u64) {
    if left_out > 0 {
        let reason = format!("{left_out} more refusals of this address were left out");
        warn!(%peer, left_out, "refusals left out");
        incident(shared, "left out", peer, None, &reason).await;
    }
}
async fn tell_all_left_out(shared: &Shared, LeftOut { most, others, of_others }: LeftOut<IpAddr>) {
    for (peer, count) in most {
        tell_left_out(shared, peer, count).await;
    }
    if of_others > 0 {
        let reason = format!("{of_others} more refusals of {others} other addresses were left out");
        warn!(left_out = of_others, addresses = others, "refusals left out");
        let incident = Incident { kind: "left out", reason: &reason, ..Incident::default() };
        if let Err(error) = shared.journal.incident(incident).await {
            error!(error = format!("{error:#}"), "the journal did not take an incident");
        }
    }
}
async fn incident(shared: &Shared, kind: &str, peer: IpAddr, path: Option<&str>, reason: &str) {
    let noted =
        shared.journal.incident(Incident { kind, peer: Some(&peer.to_string()), plugin: None, path, reason }).await;
    if let Err(error) = noted {
        not_taken(&error, "an incident");
    }
}

/// Notes that the journal did not take something: loudly, unless it takes nothing
/// now, which it has said itself and once.
fn not_taken(error: &anyhow::Error, what: &str) {
    let error_text = format!("{error:#}");
    match Unwell::of(error) {
        Some(_) => debug!(error = error_text, what, "the journal takes nothing now"),
        None => error!(error = error_text, what, "the journal did not take it"),
    }
}

/// Why a request leads to nothing: for the record, and for its sender.
struct TurnedAway {
    status: StatusCode,
    reason: String,
    /// The kind of incident that it is; none for a request that is merely of no use.
    incident: Option<&'static str>,
    answer: Answer,
}

impl From<&Refusal> for TurnedAway {
    fn from(refusal: &Refusal) -> Self {
        let (status, reason) = (refusal.status(), refusal.reason());
        let incident = match refusal {
            Refusal::Ignored(_) => None,
            Refusal::BadRequest(_) | Refusal::UnsupportedMediaType(_) => Some("bad request"),
            Refusal::Unauthorized(_) => Some("no proof"),
            Refusal::Forbidden(_) => Some("wrong proof"),
            Refusal::NotFound(_) => Some("not found"),
            Refusal::TooMany(_) => Some("too many"),
            Refusal::Internal(_) => Some("handler failed"),
        };
        let answer = match refusal {
            // What a stranger need not know is not told.
            Refusal::Unauthorized(_) | Refusal::Forbidden(_) | Refusal::Ignored(_) => Answer::new(status, ""),
            Refusal::Internal(_) => try_again(),
            _ => Answer::new(status, format!("{reason}\n")),
        };
        TurnedAway { status, reason, incident, answer }
    }
}
impl TurnedAway {
    /// A mistake in the plugin, which the same request would find again: 500, not 503.
    fn panicked() -> Self {
        let (status, reason) = (StatusCode::INTERNAL_SERVER_ERROR, "the handler panicked".to_owned());
        TurnedAway {
            status,
            reason,
            incident: Some("handler failed"),
            answer: Answer::new(status, "the handler failed\n"),
        }
    }
}

/// 503; the listener adds when to try again.
fn try_again() -> Answer {
    Answer::new(StatusCode::SERVICE_UNAVAILABLE, "try again\n")
}

#[async_trait::async_trait]
impl Answers for HookServer {
    fn known(&self, method: &Method, path: &str, peer: IpAddr) -> Result<(), Answer> {
        let Ok(open) = self.shared.open_tables() else { return Err(try_again()) };
        let found = open.hooks.find(method, path);
        if found.is_err() {
            self.shared.metrics.request(None, RequestOutcome::Refused);
        }
        match found {
            Ok(_) => Ok(()),
            Err(NoHook::NotFound) => {
                let (shown, reason) = self.why_not_found(method, path).unwrap_or_else(|| {
                    let method: String = method.as_str().chars().take(SHOWN_MAX).collect();
                    (open.hooks.shown(path), texts::no_such_hook(&method))
                });
                self.note("not found", peer, Some(shown), reason);
                Err(Answer::new(StatusCode::NOT_FOUND, ""))
            }
            Err(NoHook::MethodNotAllowed(methods)) => {
                let allow = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
                let method: String = method.as_str().chars().take(SHOWN_MAX).collect();
                let wrong = format!("{method}, where {allow} is answered");
                self.note("bad request", peer, Some(open.hooks.shown(path)), wrong);
                let answer = Answer::new(StatusCode::METHOD_NOT_ALLOWED, "");
                let allow = HeaderValue::from_str(&allow).expect("methods are header values");
                Err(answer.header(header::ALLOW, allow))
            }
        }
    }
    async fn hook(&self, call: RawCall) -> Answer {
        let target = self.shared.open_tables().map(|open| open.hooks.find(&call.method, &call.path));
        let Ok(Ok(target)) = target else {
            // Disabled between the two looks.
            return Answer::new(StatusCode::NOT_FOUND, "");
        };
        let request = Request {
            id: self.shared.journal.next_request_id(),
            params: target.params.clone(),
            query: url::form_urlencoded::parse(call.query.as_bytes()).into_owned().collect(),
            method: call.method,
            path: call.path,
            headers: call.headers,
            body: call.body,
            peer: call.peer,
            received_at: call.received_at,
            made: Default::default(),
        };
        let span = error_span!("request", plugin = target.plugin, id = request.id);
        let (plugin, began) = (target.plugin, self.shared.clock.elapsed());
        let answer = self.serve(target, request).instrument(span).await;
        self.shared.metrics.hook_took(plugin, self.shared.clock.elapsed().saturating_sub(began));
        if answer.status == StatusCode::SERVICE_UNAVAILABLE {
            self.shared.count_turned_away();
        }
        answer
    }
    fn ready(&self) -> Result<(), String> {
        self.shared.open_tables().map_err(|error| format!("{error:#}"))?;
        match &self.shared.health()[..] {
            [] => Ok(()),
            unwell => Err(unwell.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
        }
    }
    async fn metrics(&self) -> Option<String> {
        Some(metrics::page(&self.shared).await)
    }
    fn answered(&self, status: StatusCode) {
        self.shared.metrics.answered(status);
    }
    fn connected(&self) -> Held {
        self.shared.metrics.connected()
    }
    fn limited(&self, refused: Limited) {
        self.shared.metrics.limited(refused.limit);
        let open = self.shared.open_tables().ok();
        let path = refused.target.as_ref().zip(open).map(|((_, path), open)| open.hooks.shown(path));
        let reason = refused.limit.to_string();
        match refused.limit {
            // Not the sender's doing: never left out.
            Limit::HandlerTime | Limit::HandlerPanic => self.note_always("limit", refused.peer, path, reason, 0),
            _ => self.note("limit", refused.peer, path, reason),
        }
    }
}
