//! `/metrics`: what is counted, who may read it, and that every line is one that
//! Prometheus understands.
use factotum_plugin_api::prelude::*;
use factotum_testing::{Bot, Builder, Trouble};
use http::{Method, StatusCode};
use std::collections::{BTreeMap, BTreeSet};

/// A plugin that ends in every way.
struct Fate;

/// Meet it
#[derive(Args)]
struct MeetArgs {
    /// How
    how: How,
}
#[derive(Clone, ValueEnum)]
enum How {
    Well,
    Refused,
    Failing,
    Panicking,
    Asking,
    Endless,
}
/// Meet it as an admin
#[derive(Args)]
struct RuleArgs {}

impl Plugin for Fate {
    const NAME: &'static str = "fate";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Fate)
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.on("meet", Access::EVERYONE, Self::meet).on("rule", Access::ADMINS, Self::rule);
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/fate", Proof::None, Self::hear);
    }
}
impl Fate {
    async fn meet(&self, call: &Call, args: MeetArgs) -> Result<Reply> {
        match args.how {
            How::Well => Ok("well met".into()),
            How::Refused => Err(user_error("not today")),
            How::Failing => Err(anyhow::anyhow!("canary").into()),
            How::Panicking => panic!("canary"),
            How::Asking => call.ask(Question::new("really?")).await.map(|answer| format!("{answer}!").into()),
            How::Endless => {
                call.say("it begins").await?;
                std::future::pending().await
            }
        }
    }
    async fn rule(&self, _: &Call, _: RuleArgs) -> Result<Reply> {
        Ok("so be it".into())
    }
    async fn hear(&self, request: &Request) -> Result<Outcome, Refusal> {
        let words: String = request.json()?;
        let notice = |text: &str| Notice::new(ChatId::new("console", "canary-room"), text.to_owned());
        match words.as_str() {
            "ignored" => Err(Refusal::Ignored("canary".into())),
            "failing" => Err(Refusal::Internal(anyhow::anyhow!("canary"))),
            "forbidden" => Err(Refusal::Forbidden("canary".into())),
            "panicking" => panic!("canary"),
            "once" => Ok(Outcome::from_iter([notice("once")]).once("canary")),
            words => Ok(Outcome::from_iter([notice(words).about("canary/repo")])),
        }
    }
}

fn say(words: &str) -> Sample {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Sample { path: Some("/fate".into()), headers, body: serde_json::to_vec(words).unwrap().into() }
}

async fn start(builder: Builder) -> Bot {
    builder.and::<Fate>().admin("ann").start().await
}

/// The page, past what the journal said a moment ago.
async fn page(bot: &Bot) -> String {
    bot.pass(Duration::from_secs(2)).await;
    let answer = bot.call("prom", Method::GET, "/metrics", |request| request).await;
    assert_eq!(answer.status, StatusCode::OK);
    String::from_utf8(answer.body.to_vec()).unwrap()
}

/// A family of samples.
#[derive(Debug, Default)]
struct Family {
    kind: String,
    help: String,
    unit: Option<String>,
    /// What stands between the name and the value, and the value.
    samples: Vec<(String, BTreeMap<String, String>, f64)>,
}

/// Reads the text form of `OpenMetrics` 1.0 as strictly as its grammar is written,
/// as far as counters, gauges, histograms and infos go.
fn parse(page: &str) -> Result<BTreeMap<String, Family>, String> {
    let body = page.strip_suffix("# EOF\n").ok_or("it does not end with # EOF")?;
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let (mut current, mut seen) = (String::new(), BTreeSet::new());
    for line in body.lines() {
        let wrong = |what: &str| format!("{what}: {line:?}");
        if let Some(meta) = line.strip_prefix("# ") {
            let (word, rest) = meta.split_once(' ').ok_or_else(|| wrong("no keyword"))?;
            let (name, text) = rest.split_once(' ').ok_or_else(|| wrong("no text"))?;
            if name != current {
                if !is_name(name) || families.insert(name.to_owned(), Family::default()).is_some() {
                    return Err(wrong("a family that is malformed or stands twice"));
                }
                name.clone_into(&mut current);
            }
            let family = families.get_mut(name).expect("just put in");
            if !family.samples.is_empty() {
                return Err(wrong("metadata after samples"));
            }
            match word {
                "HELP" if family.help.is_empty() => text.clone_into(&mut family.help),
                "TYPE" if family.kind.is_empty() => text.clone_into(&mut family.kind),
                "UNIT" if family.unit.is_none() && name.ends_with(&format!("_{text}")) => {
                    family.unit = Some(text.to_owned());
                }
                _ => return Err(wrong("metadata that is unknown or stands twice")),
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').ok_or_else(|| wrong("no value"))?;
        let value: f64 = value.parse().map_err(|_| wrong("no number"))?;
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix('}').ok_or_else(|| wrong("no brace"))?),
            None => (series, ""),
        };
        let labels = labels_of(labels).ok_or_else(|| wrong("labels"))?;
        let suffix = name.strip_prefix(current.as_str()).ok_or_else(|| wrong("a sample of no family"))?;
        let family = families.get_mut(&current).ok_or_else(|| wrong("a sample before any family"))?;
        let fits = match family.kind.as_str() {
            "counter" => suffix == "_total" && value >= 0.0,
            "gauge" => suffix.is_empty(),
            "info" => suffix == "_info" && value == 1.0,
            "histogram" => {
                ["_bucket", "_sum", "_count"].contains(&suffix) && labels.contains_key("le") == (suffix == "_bucket")
            }
            _ => false,
        };
        if !fits {
            return Err(wrong("a sample that its type does not have"));
        }
        if !seen.insert(series.to_owned()) {
            return Err(wrong("a series that stands twice"));
        }
        family.samples.push((suffix.to_owned(), labels, value));
    }
    for (name, family) in &families {
        let told = family.help.ends_with('.') && family.help.len() > 10;
        if !told || family.kind.is_empty() {
            return Err(format!("{name} has no sentence or type"));
        }
        if family.kind == "histogram" {
            check_histogram(name, family)?;
        }
    }
    Ok(families)
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(fits)
}

fn labels_of(text: &str) -> Option<BTreeMap<String, String>> {
    let (mut labels, mut rest) = (BTreeMap::new(), text);
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"")?;
        let end = after.char_indices().scan(false, |escaped, (at, c)| {
            let ends = c == '"' && !*escaped;
            *escaped = c == '\\' && !*escaped;
            Some((at, ends))
        });
        let (end, _) = end.into_iter().find(|(_, ends)| *ends)?;
        let (value, after) = after.split_at(end);
        let new = is_name(name) && labels.insert(name.to_owned(), value.to_owned()).is_none();
        rest = after.strip_prefix('"')?;
        if !rest.is_empty() {
            rest = rest.strip_prefix(',').filter(|rest| !rest.is_empty())?;
        }
        new.then_some(())?;
    }
    Some(labels)
}

/// Buckets grow up to `+Inf`, which has the count.
fn check_histogram(name: &str, family: &Family) -> Result<(), String> {
    let mut series: BTreeMap<String, (Vec<(f64, f64)>, f64)> = BTreeMap::new();
    for (suffix, labels, value) in &family.samples {
        let mut labels = labels.clone();
        let le = labels.remove("le");
        let one = series.entry(format!("{labels:?}")).or_default();
        match (suffix.as_str(), le) {
            ("_bucket", Some(le)) => one.0.push((le.parse().map_err(|_| format!("{name}: le {le}"))?, *value)),
            ("_count", _) => one.1 = *value,
            _ => {}
        }
    }
    for (labels, (buckets, count)) in series {
        let grows = buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1);
        if !grows || buckets.last() != Some(&(f64::INFINITY, count)) {
            return Err(format!("{name}{labels}: {buckets:?}, count {count}"));
        }
    }
    Ok(())
}

/// The samples that are not 0, as `{labels} value`, of families that do not differ from run to run.
fn counted(page: &str) -> String {
    let families = [
        "factotum_commands_",
        "factotum_requests_",
        "factotum_http_answers_",
        "factotum_http_limited_",
        "factotum_notices_",
        "factotum_outbox_attempts_",
        "factotum_outbox_waiting",
        "factotum_outbox_oldest",
        "factotum_outbox_dead",
        "factotum_network_up",
        "factotum_incidents_",
        "factotum_build",
    ];
    let shown = |line: &&str| families.iter().any(|family| line.starts_with(family)) && !line.ends_with(" 0");
    let mut lines: Vec<&str> = page.lines().filter(shown).collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[tokio::test]
async fn what_happens_is_counted() {
    let bot = start(Bot::bare().edits().config("[outbox]\njitter = 0.0")).await;
    for how in ["well", "well", "refused", "failing", "panicking", "badly"] {
        bot.say("eve", &format!("!meet {how}")).await;
    }
    bot.say("eve", "!meet asking").await;
    bot.say("eve", "!nay").await;
    bot.say("bob", "!nonsense").await;
    bot.say("bob", "!rule").await;
    bot.begin_to_say("eve", "!meet endless");
    bot.posted("it begins").await;
    bot.pass(Duration::from_secs(61)).await;
    for words in ["one", "two", "once", "once", "ignored", "failing", "forbidden", "panicking"] {
        bot.post("fate", say(words)).await;
    }
    bot.script().fail_next(Trouble::RetryAfter(Duration::from_secs(600)));
    bot.post("fate", say("three")).await;
    bot.post("fate", say("four")).await;
    bot.post("fate", say("again and")).await;
    bot.call("eve", Method::GET, "/canary/of/eve", |request| request).await;
    bot.call("eve", Method::GET, "/fate", |request| request).await;
    bot.call("eve", Method::POST, "/fate", |request| request.body(vec![b' '; 2 << 20])).await;
    let page = page(&bot).await;
    assert!(!page.contains("canary") && !page.contains("eve"), "{page}");
    parse(&page).unwrap();
    insta::assert_snapshot!(counted(&page), @r#"
    factotum_build_info{version="0.1.0",plugins="fate"} 1
    factotum_commands_total{plugin="fate",outcome="cancelled"} 1
    factotum_commands_total{plugin="fate",outcome="denied"} 1
    factotum_commands_total{plugin="fate",outcome="done"} 2
    factotum_commands_total{plugin="fate",outcome="failed"} 1
    factotum_commands_total{plugin="fate",outcome="panicked"} 1
    factotum_commands_total{plugin="fate",outcome="refused"} 2
    factotum_commands_total{plugin="fate",outcome="timed_out"} 1
    factotum_commands_total{plugin="none",outcome="refused"} 1
    factotum_http_answers_total{status="200"} 1
    factotum_http_answers_total{status="204"} 7
    factotum_http_answers_total{status="403"} 1
    factotum_http_answers_total{status="404"} 1
    factotum_http_answers_total{status="405"} 1
    factotum_http_answers_total{status="413"} 1
    factotum_http_answers_total{status="500"} 1
    factotum_http_answers_total{status="503"} 1
    factotum_http_limited_total{limit="body_size"} 1
    factotum_incidents_total{kind="bad request"} 1
    factotum_incidents_total{kind="denied command"} 1
    factotum_incidents_total{kind="handler failed"} 2
    factotum_incidents_total{kind="limit"} 1
    factotum_incidents_total{kind="not found"} 1
    factotum_incidents_total{kind="wrong proof"} 1
    factotum_network_up{network="console"} 1
    factotum_notices_total{plugin="fate",outcome="edited"} 1
    factotum_notices_total{plugin="fate",outcome="enqueued"} 6
    factotum_notices_total{plugin="fate",outcome="posted"} 2
    factotum_notices_total{plugin="fate",outcome="replaced"} 2
    factotum_outbox_attempts_total{network="console",outcome="edited"} 1
    factotum_outbox_attempts_total{network="console",outcome="posted"} 2
    factotum_outbox_attempts_total{network="console",outcome="retry"} 1
    factotum_outbox_oldest_seconds{network="console"} 2.0
    factotum_outbox_waiting{network="console"} 1
    factotum_requests_total{plugin="fate",outcome="accepted"} 6
    factotum_requests_total{plugin="fate",outcome="duplicate"} 1
    factotum_requests_total{plugin="fate",outcome="failed"} 2
    factotum_requests_total{plugin="fate",outcome="ignored"} 1
    factotum_requests_total{plugin="fate",outcome="refused"} 1
    factotum_requests_total{plugin="none",outcome="refused"} 2
    "#);
}

#[tokio::test]
async fn each_metric_has_a_name_a_type_and_a_sentence() {
    let bot = start(Bot::bare()).await;
    bot.say("ann", "!about").await;
    bot.post("fate", say("one")).await;
    let page = page(&bot).await;
    let families = parse(&page).unwrap();
    let rows = families.iter().map(|(name, family)| {
        let mut labels: Vec<&str> =
            family.samples.iter().flat_map(|(_, labels, _)| labels.keys().map(String::as_str)).collect();
        labels.retain(|label| *label != "le");
        labels.sort_unstable();
        labels.dedup();
        let total = if family.kind == "counter" { "_total" } else { "" };
        format!("{name}{total} {} {labels:?} {}", family.kind, family.help)
    });
    insta::assert_snapshot!(rows.collect::<Vec<_>>().join("\n"), @r#"
    factotum_build info ["plugins", "version"] Version and plugins of this binary.
    factotum_command_duration_seconds histogram ["plugin"] From a command's line to its answer, what it asked the person included.
    factotum_commands_total counter ["outcome", "plugin"] Commands that ended: done, refused, denied, failed, timed_out, panicked or cancelled.
    factotum_hook_duration_seconds histogram ["plugin"] From a complete request to its answer: proof, handler and journal.
    factotum_http_answers_total counter ["status"] Answers of the listener to whole requests.
    factotum_http_connections gauge [] Connections open now.
    factotum_journal_batch_writes histogram [] Writes that shared a commit.
    factotum_journal_commit_duration_seconds histogram [] How long a commit took, its sync included.
    factotum_journal_commits_total counter ["outcome"] Commits of the journal: done or failed.
    factotum_journal_size_bytes gauge [] Size of the journal's file and its log.
    factotum_network_up gauge ["network"] 1 when the network can post, else 0.
    factotum_notices_total counter ["outcome", "plugin"] Notices that were enqueued, posted, edited, replaced by a later one, silenced, or given up (dead).
    factotum_outbox_attempt_duration_seconds histogram ["network"] How long a network took over an attempt.
    factotum_outbox_attempts_total counter ["network", "outcome"] Attempts to post: posted, edited, retry, refused, unknown or moved.
    factotum_outbox_dead gauge ["network"] Dead letters that are kept.
    factotum_outbox_oldest_seconds gauge ["network"] Age of the oldest notice that waits; 0 when none does.
    factotum_outbox_waiting gauge ["network"] Notices that wait to be posted.
    factotum_requests_total counter ["outcome", "plugin"] Requests to hooks: accepted, duplicate, ignored, refused or failed.
    factotum_store_writes_total counter [] Records that the store wrote.
    process_open_fds gauge [] Files and sockets that the process has open.
    process_resident_memory_bytes gauge [] Resident memory of the process.
    process_start_time_seconds gauge [] When the host began, since 1970.
    "#);
    for (name, value) in
        [("factotum_journal_size_bytes", 4096.0), ("process_resident_memory_bytes", 1e6), ("process_open_fds", 3.0)]
    {
        assert!(families[name].samples[0].2 >= value, "{name} {:?}", families[name]);
    }
    let sum = |name: &str, suffix: &str| -> f64 {
        families[name].samples.iter().filter(|(of, ..)| of == suffix).map(|(_, _, value)| value).sum()
    };
    let commits = sum("factotum_journal_commits", "_total");
    assert!(commits >= 2.0);
    assert_eq!(sum("factotum_journal_commit_duration_seconds", "_count"), commits);
    assert!(sum("factotum_journal_batch_writes", "_sum") >= commits);
    assert_eq!(sum("factotum_http_connections", ""), 1.0);
}

#[tokio::test]
async fn a_plugin_that_is_turned_off_is_written_down() {
    let bot = start(Bot::bare()).await;
    let writes = async || {
        let page = page(&bot).await;
        let line = page.lines().find(|line| line.starts_with("factotum_store_writes_total")).unwrap();
        line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()
    };
    let before = writes().await;
    bot.say("ann", "!plugin disable fate").await;
    bot.say("ann", "!plugin disable fate").await;
    assert_eq!(writes().await, before + 1);
}

#[tokio::test]
async fn a_network_that_is_down_and_what_waits_for_it() {
    let bot = start(Bot::bare().config("[outbox]\njitter = 0.0").scripted("libera")).await;
    bot.script().down();
    bot.post("fate", say("one")).await;
    bot.post("fate", say("once")).await;
    bot.pass(Duration::from_secs(58)).await;
    let text = page(&bot).await;
    let shown: Vec<&str> = text
        .lines()
        .filter(|line| {
            ["factotum_network_up{", "factotum_outbox_waiting{", "factotum_outbox_oldest_seconds{"]
                .iter()
                .any(|name| line.starts_with(name))
        })
        .collect();
    let mut shown = shown;
    shown.sort_unstable();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    factotum_network_up{network="console"} 0
    factotum_network_up{network="libera"} 1
    factotum_outbox_oldest_seconds{network="console"} 60.0
    factotum_outbox_oldest_seconds{network="libera"} 0.0
    factotum_outbox_waiting{network="console"} 2
    factotum_outbox_waiting{network="libera"} 0
    "#);
}

/// The status for a reader that says such a header.
async fn asked(bot: &Bot, header: Option<(&str, &str)>) -> u16 {
    let with = |request: factotum_plugin_api::reqwest::RequestBuilder| match header {
        Some((name, value)) => request.header(name, value),
        None => request,
    };
    bot.call("prom", Method::GET, "/metrics", with).await.status.as_u16()
}

#[tokio::test]
async fn who_may_read_it() {
    let with = |more: &str| Bot::bare().config(&format!("[http]\nlisten = \"127.0.0.1:0\"\n{more}"));
    let forwarded = Some(("x-forwarded-for", "203.0.113.9"));
    let bot = start(with("")).await;
    assert_eq!([asked(&bot, None).await, asked(&bot, forwarded).await], [200, 404]);
    let posted = bot.call("prom", Method::POST, "/metrics", |request| request).await;
    let unknown = bot.call("prom", Method::GET, "/nothing", |request| request).await;
    assert_eq!((posted.status, posted.body), (unknown.status, unknown.body), "a path as any that is not there");
    let bot = start(with("trusted_proxies = [\"127.0.0.1\"]")).await;
    assert_eq!([asked(&bot, None).await, asked(&bot, forwarded).await], [200, 404]);
    assert_eq!(asked(&bot, Some(("x-forwarded-for", "127.0.0.1"))).await, 200);
    let bot = start(with("metrics = \"open\"")).await;
    assert_eq!([asked(&bot, None).await, asked(&bot, forwarded).await], [200, 200]);
    let bot = start(with("metrics = \"off\"")).await;
    assert_eq!([asked(&bot, None).await, asked(&bot, forwarded).await], [404, 404]);
    bot.transcript();
    // It is noted after the answer.
    let mut incidents = String::new();
    for _ in 0..1000 {
        bot.say("ann", "!incidents").await;
        incidents = bot.transcript();
        if incidents.contains("at /metrics") {
            break;
        }
    }
    assert!(incidents.contains("at /metrics: http.metrics is \"off\""), "{incidents}");
}

#[test]
fn the_reader_of_these_tests_is_strict() {
    let good = "# HELP a_seconds How long it took.\n# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds{b=\"c\\\"d\"} 1\n# EOF\n";
    parse(good).unwrap();
    let rows = [
        ("# EOF\n", ""),
        ("\"} 1", "} 1"),
        ("} 1", "} one"),
        ("a_seconds{b", "a_minutes{b"),
        ("gauge", "counter"),
        ("How long it took.", "Long."),
        ("# UNIT a_seconds seconds", "# UNIT a_seconds bytes"),
        ("{b=", "{B="),
        ("# EOF", "a_seconds{b=\"c\\\"d\"} 2\n# EOF"),
        ("# EOF", "# TYPE a_seconds gauge\n# EOF"),
        ("# EOF", "\n# EOF"),
    ];
    for (part, by) in rows {
        let bad = good.replacen(part, by, 1);
        assert!(bad != good && parse(&bad).is_err(), "{bad}");
    }
}
