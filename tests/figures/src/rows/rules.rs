//! The endpoint for webhooks of any form: a large payload of GitHub through its proof,
//! flattening, a hundred rules and the journal, beside a Travis request on the same host.
use super::{CONNECTIONS, DRAINED, Plan, median, repos, senders, throughput::of_host};
use crate::{
    post::{Load, What},
    server::Server,
    table::{Table, Target},
    travis::{FIRST, Sender},
};
use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{fmt::Write, sync::Arc};

/// A real payload of 23 kB: the end of a run, for a pull request.
const PAYLOAD: &str = include_str!("../../../fixtures/senders/github-workflow_run-completed-pr.json");
/// The URL that ATSD's page on GitHub registers.
const URL: &str = "/api/v1/messages/webhook/github?exclude=organization.*;repository.*;*.signature;*.payload;*.sha;\
    *.ref;*_at;*.id&include=repository.name;repository.full_name&header.tag.event=X-GitHub-Event&excludeValues=http*";
const PASSWORD: &str = "12345678";
/// So many rules are asked; the last one fits.
const RULES: u32 = 100;

/// What the large request costs, in Travis requests.
pub(crate) fn rules(plan: &Plan, table: &mut Table) -> Result<()> {
    let repos = repos(1);
    let config = format!("[plugins.travishook]\nconfig_urls = []\n{}", config()?);
    let place = plan.place(&repos, &config)?;
    let mut host = place.typed_host()?;
    let address = host.address;
    user(&mut host)?;
    let (small, large) = (What::Senders(senders(&repos)?), What::Senders(Arc::new(vec![sender()?])));
    let (mut ratios, mut answering, mut rates) = (vec![], vec![], vec![]);
    for round in 0..=plan.rounds {
        let count = plan.count(5_000);
        let first = FIRST + u32::try_from(round)? * count;
        let load = |what: &What| Load {
            to: address,
            connections: CONNECTIONS,
            count,
            first,
            spread: None,
            what: what.clone(),
        };
        let travis = of_host(&host, &load(&small))?;
        let github = of_host(&host, &load(&large))?;
        // The first round warms both up.
        if round > 0 || plan.smoke {
            ratios.push(travis.per_cpu_second / github.per_cpu_second);
            answering.push(github.answering / travis.answering);
            rates.push(github.per_cpu_second);
        }
    }
    host.stop()?;
    let ratio = median(ratios);
    let shown =
        format!("{ratio:.2} times ({:.2} until the answer), {:.0} per CPU-second", median(answering), median(rates));
    table.row(
        "CPU of a GitHub payload of 23 kB and 100 rules, to a Travis request",
        ratio,
        &shown,
        Target::AtMost(4.0),
    );
    Ok(())
}

/// Rules of every kind of filter, about the messages of that entity; one of them fits.
fn config() -> Result<String> {
    let mut config = String::new();
    for n in 1..RULES {
        let (filter, entity) = match n % 5 {
            0 => (format!("tags.repository.full_name = 'octo/r{n}' && tags.event = 'workflow_run'"), "github"),
            1 => (format!("tags.workflow_run.name LIKE '*build {n}*' || tags.action = 'none{n}'"), ""),
            2 => (format!("tags.action IN ('requested', 'r{n}') AND NOT severity > 3"), "git*"),
            3 => (
                format!(
                    "type = 'webhook' && (source = 's{n}' || tags['workflow_run.run_attempt'] BETWEEN {n} AND 200) && tags.event = 'ping'"
                ),
                "github",
            ),
            _ => ("tags.event = 'workflow_run'".to_owned(), "gitlab"),
        };
        write!(
            config,
            "[plugins.rules.rule.r{n}]\nto = [\"console:ops\"]\nentity = \"{entity}\"\nfilter = \"{filter}\"\n"
        )?;
    }
    config.push_str(
        "[plugins.rules.rule.zfits]\nto = [\"console:ops\"]\nentity = \"github\"\n\
         filter = \"tags.event = 'workflow_run' && tags.action = 'completed' && tags.workflow_run.conclusion != ''\"\n\
         text = \"[GitHub] ${tags.repository.full_name} #${tags.workflow_run.run_number} \
         ${tags.workflow_run.conclusion}: ${tags.workflow_run.name} by ${tags.sender.login}\"\n",
    );
    Ok(config)
}

/// Makes the webhook user.
fn user(host: &mut Server) -> Result<()> {
    host.say("!inperson")?;
    host.say(&format!("!webhook user add github github {PASSWORD}"))?;
    let made = host.until(DRAINED, |lines| lines.iter().find(|(line, _)| line.contains("webhook/github")).map(|_| ()));
    made.context("the webhook user was not made")
}

fn sender() -> Result<Sender> {
    let (before, after) = PAYLOAD.split_once("\"run_number\": ").context("a run has a number")?;
    let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
    let body = format!("{before}\"run_number\": {FIRST}{rest}");
    let head = format!(
        "POST {URL} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {}\r\nUser-Agent: GitHub-Hookshot/044aadd\r\n\
         X-GitHub-Event: workflow_run\r\nX-GitHub-Delivery: 72d3162e-cc78-11e3-81ab-4c9367dc0958\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        STANDARD.encode(format!("github:{PASSWORD}")),
        body.len()
    );
    Ok(Sender::of("github", head, body.into_bytes()))
}
