//! A host with 21 commands, as many as the listeners that Hubot was measured with,
//! and people who type the next line when the last one is answered.
use crate::{host, server::cpu_of};
use async_trait::async_trait;
use factotum_plugin_api::{
    Registration,
    chat::{Inbox, Message, Network, PostError},
    prelude::*,
};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Notify;

/// How many people type at a time.
const PEOPLE: usize = 32;
/// How many commands there are besides the host's own.
const COMMANDS: u32 = 21;

/// Prints how many commands a CPU second of this process takes.
pub(crate) fn run(config: PathBuf, data: PathBuf, count: u64) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let people = Arc::new(People::new(count));
        let networks: Vec<(String, Arc<dyn Network>)> = vec![("console".into(), people.clone())];
        let host = host::start(config, data, Registration::of::<Sums>("0.0.0", "measured"), networks).await?;
        let before = cpu_of("self")?;
        people.begin.notify_one();
        people.done.notified().await;
        #[expect(clippy::cast_precision_loss, reason = "a count of seconds' work")]
        let rate = count as f64 / (cpu_of("self")? - before);
        println!("{rate:.0}");
        host.stop().await;
        anyhow::Ok(())
    })
}

/// Adds numbers, under 21 names.
struct Sums;

/// Add two numbers
#[derive(Args)]
struct SumArgs {
    /// The first
    first: i64,
    /// The second
    second: f64,
}

impl Plugin for Sums {
    const NAME: &'static str = "sums";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Sums)
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        for n in 1..=COMMANDS {
            commands.on(format!("sum {n}"), Access::EVERYONE, Self::sum);
        }
    }
}
impl Sums {
    async fn sum(&self, _: &Call, args: SumArgs) -> Result<Reply> {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let sum = args.first as f64 + args.second;
        Ok(sum.to_string().into())
    }
}

/// A network of people who wait for their answer.
struct People {
    begin: Notify,
    count: u64,
    answered: AtomicU64,
    /// Told once, when all are answered.
    done: Notify,
    answers: Vec<Arc<Notify>>,
}

impl People {
    fn new(count: u64) -> Self {
        let answers = (0..PEOPLE).map(|_| Arc::default()).collect();
        People { begin: Notify::new(), count, answered: AtomicU64::new(0), done: Notify::new(), answers }
    }
}

#[async_trait]
impl Network for People {
    async fn run(&self, inbox: Inbox) -> Result<()> {
        self.begin.notified().await;
        let mut waiting: tokio::task::JoinSet<Result<()>> = tokio::task::JoinSet::new();
        for (person, answer) in self.answers.iter().enumerate() {
            let (answer, inbox) = (answer.clone(), inbox.clone());
            let share = self.count / PEOPLE as u64 + u64::from((person as u64) < self.count % PEOPLE as u64);
            let account = person.to_string();
            waiting.spawn(async move {
                for n in 0..share {
                    let sender = Sender::new("console", &account, "person");
                    let line = format!("!sum {} {n} 2.5", n % u64::from(COMMANDS) + 1);
                    inbox.put(Incoming::new(ChatId::new("console", &account), sender, true, line)).await?;
                    answer.notified().await;
                }
                Ok(())
            });
        }
        while let Some(done) = waiting.join_next().await {
            done.expect("no panic inside")?;
        }
        Ok(())
    }
    async fn post(&self, address: &str, message: &Message) -> Result<String, PostError> {
        let person: usize = address.parse().expect("an address is a person's number");
        assert!(message.text.plain().ends_with(".5"), "the answer was {}", message.text.plain());
        self.answers[person].notify_one();
        if self.answered.fetch_add(1, Ordering::Relaxed) + 1 == self.count {
            self.done.notify_one();
        }
        Ok("1".into())
    }
    fn limits(&self) -> factotum_plugin_api::chat::Limits {
        Default::default()
    }
    fn parse_chat(&self, word: &str) -> Option<String> {
        Some(word.into())
    }
    fn address_form(&self) -> &'static str {
        "7"
    }
    fn private_chat(&self, account: &str) -> Option<String> {
        Some(account.into())
    }
}
