//! Several servers asked at once.
//!
//! A server that is dead costs the others' answers at most a second: once those have come
//! it is not waited for any longer, unless it is known to be slow. What is still on its
//! way then goes on alone, so that a slow server is known the next time.
use crate::{api::Fault, servers::Server};
use factotum_plugin_api::{Host, clock::Clock};
use futures_util::{StreamExt, stream::FuturesUnordered};
use std::{sync::Arc, time::Duration};

/// For a command that asks one server.
pub(crate) const COMMAND_LIMIT: Duration = Duration::from_secs(20);
/// For each of several servers.
const EACH_LIMIT: Duration = Duration::from_secs(5);
/// How much longer than the others a server is waited for that has never answered.
const GRACE: Duration = Duration::from_millis(800);

/// What each server answers to `ask`, in their order.
pub(crate) async fn all<T, F>(
    host: &Host,
    servers: &[Arc<Server>],
    ask: impl Fn(Arc<Server>) -> F,
) -> Vec<(Arc<Server>, Result<T, Fault>)>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Fault>> + Send + 'static,
{
    let clock = &host.clock;
    if let [only] = servers {
        let answer = clock.timeout(COMMAND_LIMIT, ask(only.clone())).await;
        return vec![(only.clone(), answer.unwrap_or(Err(Fault::Silent)))];
    }
    let began = clock.elapsed();
    let mut tasks = FuturesUnordered::new();
    for (at, server) in servers.iter().enumerate() {
        let task = tokio::spawn(asked(clock.clone(), server.clone(), ask(server.clone())));
        tasks.push(async move { (at, task.await.unwrap_or(Err(Fault::Nonsense))) });
    }
    let mut answers: Vec<Option<Result<T, Fault>>> = servers.iter().map(|_| None).collect();
    let mut last_good = None;
    while !tasks.is_empty() {
        let pending = || servers.iter().zip(&answers).filter(|(_, answer)| answer.is_none());
        let usual = pending().map(|(server, _)| server.usual() * 3 / 2).max().unwrap_or_default();
        let until = last_good
            .map(|last: Duration| (last + GRACE).max(began + usual))
            .filter(|until| *until < began + EACH_LIMIT);
        let until = until.unwrap_or(began + EACH_LIMIT + GRACE);
        let waited = clock.timeout(until.saturating_sub(clock.elapsed()), tasks.next()).await;
        let Ok(Some((at, answer))) = waited else { break };
        if answer.is_ok() {
            last_good = Some(clock.elapsed());
        }
        answers[at] = Some(answer);
    }
    servers.iter().cloned().zip(answers.into_iter().map(|answer| answer.unwrap_or(Err(Fault::Late)))).collect()
}

async fn asked<T>(clock: Clock, server: Arc<Server>, ask: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let began = clock.elapsed();
    let answer = clock.timeout(EACH_LIMIT, ask).await.unwrap_or(Err(Fault::Silent));
    let usual = if answer.is_ok() { clock.elapsed().saturating_sub(began) } else { Duration::ZERO };
    server.set_usual(usual);
    answer
}
