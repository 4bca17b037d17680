//! `factotum hook send`: a payload posted as its sender would.
use super::{Context, block_on, plugins, print};
use crate::{config::HttpConfig, services::dry::DryServices};
use anyhow::Context as _;
use factotum_plugin_api::{
    Error,
    clock::Clock,
    hook::Sample,
    http::{Answer, Http, Peer},
    reqwest::RequestBuilder,
    secret::Secret,
};
use http::{Method, StatusCode};
use std::{io, net::SocketAddr, path::Path, process::ExitCode};
use url::Url;

/// The secret as it was given: on the command line, in a file, or by the environment.
pub(super) fn secret(context: &Context, given: Option<String>, file: Option<&Path>) -> anyhow::Result<Option<Secret>> {
    let text = match (given, file) {
        (Some(secret), _) => Some(secret),
        (None, Some(file)) => {
            let read =
                if file == Path::new("-") { io::read_to_string(io::stdin()) } else { std::fs::read_to_string(file) };
            let text = read.with_context(|| format!("--secret-file {}", file.display()))?;
            let secret = text.trim_end_matches(['\n', '\r']);
            anyhow::ensure!(!secret.is_empty(), "--secret-file {}: there is no secret in it", file.display());
            Some(secret.to_owned())
        }
        (None, None) => context.var("FACTOTUM_SECRET").filter(|secret| !secret.is_empty()).map(str::to_owned),
    };
    Ok(text.map(Secret::new))
}

/// Posts the sample that the plugin makes of `file`, and prints the answer.
pub(super) fn send(
    context: &Context,
    name: &str,
    file: &Path,
    secret: Option<&Secret>,
    url: Option<String>,
) -> anyhow::Result<ExitCode> {
    if let Some(url) = &url {
        let good = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        anyhow::ensure!(good, "--url {url} is no URL: one is like http://127.0.0.1:3141");
    }
    let payload = std::fs::read(file).with_context(|| format!("{}", file.display()))?;
    let config = context.load(context.config_file())?;
    let url = url.map_or_else(|| url_of(&config.config.http), Ok)?;
    let names: Vec<_> = plugins().iter().map(|plugin| plugin.name).collect();
    let plugin = plugins().into_iter().find(|plugin| plugin.name == name);
    let plugin = plugin.with_context(|| format!("there is no plugin {name:?}; there is {}", names.join(", ")))?;
    block_on(async {
        let section = config.plugin(name).context("the plugin has a section, if an empty one")?;
        let started = DryServices::over(None).start(&plugin, section.value.clone(), Clock::system())?;
        let hook = started.hooks.0.iter().find(|hook| hook.sample.is_some());
        let hook = hook.with_context(|| format!("the plugin {name} makes no sample requests"))?;
        let make = hook.sample.expect("found by it");
        let sample = make(&payload, secret).map_err(Error::into_anyhow);
        let sample = sample.with_context(|| format!("{}", file.display()))?;
        let path = sample.path.clone().unwrap_or_else(|| hook.path.clone());
        let answer = post(&url, hook.method.clone(), &path, &sample).await;
        let answer = answer.map_err(|error| unanswered(&url, &error))?;
        let body = String::from_utf8_lossy(&answer.body);
        print(format!("{}\n{}", answer.status.as_u16(), body.trim_end()).trim_end())?;
        print("\n")?;
        if answer.status.is_success() {
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!(
            "factotum: {}",
            match answer.status {
                StatusCode::SERVICE_UNAVAILABLE => {
                    "the host cannot take it now: try again; there, !status says why, as does /readyz"
                }
                _ => "the host refused it; there, !incidents and !requests say why",
            }
        );
        Ok(ExitCode::FAILURE)
    })
}

/// Why there is no answer.
fn unanswered(url: &str, error: &anyhow::Error) -> anyhow::Error {
    let why = error.root_cause().to_string();
    // What rustls says of an answer that is no TLS.
    if why.contains("InvalidContentType") {
        let plain = url.replacen("https://", "http://", 1);
        return anyhow::anyhow!("what answers at {url} speaks no TLS: try --url {plain}");
    }
    anyhow::anyhow!("nothing answers at {url}: {why}; is the host running there? --url names another place")
}

/// Where a host with this config listens.
fn url_of(http: &HttpConfig) -> anyhow::Result<String> {
    let listen: SocketAddr = http.listen.parse()?;
    anyhow::ensure!(
        listen.port() != 0,
        "http.listen of the config has port 0, which is any free one: \
         --url is needed, with the address that the host's first line tells"
    );
    let scheme = if http.tls.is_some() { "https" } else { "http" };
    Ok(format!("{scheme}://{listen}"))
}

/// Posts a sample to a path of the host at `url`.
pub(super) async fn post(url: &str, method: Method, path: &str, sample: &Sample) -> anyhow::Result<Answer> {
    let client = Http::default().client(Peer::new(url).map_err(Error::into_anyhow)?).map_err(Error::into_anyhow)?;
    let fill = |mut request: RequestBuilder| {
        for (name, value) in &sample.headers {
            request = request.header(name, value);
        }
        request.body(sample.body.clone())
    };
    client.send(method, path, fill).await.map_err(Error::into_anyhow)
}
