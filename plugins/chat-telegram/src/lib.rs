//! Telegram, by long polling or by webhook.
//!
//! ```toml
//! [chats.telegram]
//! token_file = "/etc/factotum/telegram-token"
//! ```
//!
//! `hear` says what an update means, `poll` and `webhook` bring updates, `send` posts;
//! `api` is the one place that talks to Telegram's server.
mod address;
mod api;
mod backoff;
mod config;
mod hear;
mod menu;
mod poll;
mod render;
mod send;
mod update;
mod webhook;

use address::Address;
use api::{Api, Failed};
use async_trait::async_trait;
pub use config::Config;
use factotum_plugin_api::{
    Error, Host, Result,
    chat::{
        Attachment, Inbox, Incoming, Limits, Link, Menu, Message, Network, NetworkKind, Pace, Paced, PostError,
        PressAnswer,
    },
    hook::Hooks,
    register_network,
    secret::Secret,
    store::Table,
};
use hear::{Ears, File, Heard};
use menu::Names;
use serde::Deserialize;
use std::{
    sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock},
    time::Duration,
};
use teloxide_core::{
    payloads::{GetFile, GetMe},
    types::Recipient,
};
use tokio::sync::watch;
use tracing::{debug, info, warn};
use update::Update;

/// What `getMe` says that matters here.
#[derive(Deserialize)]
struct Us {
    #[serde(default)]
    username: String,
    can_read_all_group_messages: Option<bool>,
}

/// One bot on Telegram.
pub struct Telegram {
    name: String,
    config: Config,
    host: Host,
    api: Api,
    /// The secret of the webhook, where the config has none.
    secrets: Table<String, Secret>,
    /// The bot's username, once it is known.
    username: OnceLock<String>,
    /// Where lines go, once the network runs.
    inbox: Mutex<Option<Inbox>>,
    link: Mutex<Link>,
    names: RwLock<Names>,
    menu: watch::Sender<Option<Menu>>,
}

impl Telegram {
    fn set_link(&self, link: Link) {
        *lock(&self.link) = link;
    }
    /// What a failed call means for who wanted to post.
    fn failed(&self, failed: Failed) -> PostError {
        if let Failed::Refused(refused) = &failed
            && refused.is_wrong_token()
        {
            self.set_link(Link::Down(poll::wrong_token(&refused.description)));
        }
        failed.into()
    }
    /// Hands on what an update means; returns when that is on disk, with a word for it.
    async fn hear(&self, update: &Update) -> Result<&'static str> {
        let inbox = lock(&self.inbox).clone();
        let (Some(inbox), Some(username)) = (inbox, self.username.get()) else {
            return Err(anyhow::anyhow!("the network does not run").into());
        };
        let heard = {
            let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
            Ears { network: &self.name, username, names: &names }.hear(update)
        };
        Ok(match heard {
            Heard::Line(mut incoming, file) => {
                if let Some(file) = file {
                    incoming.attachment = self.fetch(file).await;
                }
                inbox.put(*incoming).await?;
                "a line"
            }
            Heard::Event(event) => {
                inbox.event(event, &update.id.to_string()).await?;
                "a change of a chat"
            }
            Heard::Press(query) => {
                self.answer_query(query, None).await;
                "a press of nothing"
            }
            Heard::Unreadable => {
                warn!(update = update.id, "an update could not be read, and is passed over");
                let text = "Something that Telegram sent could not be read and was passed over: a message or a press. \
                            Whoever waits for an answer should say it again.";
                if let Err(error) = self.host.outbox.tell_admins("an update that cannot be read", text).await {
                    warn!(error = format!("{:#}", error.into_anyhow()), "the admins could not be told of it");
                }
                "not to be read"
            }
            Heard::Nothing(why) => {
                debug!(update = update.id, why, "update passed over");
                why
            }
        })
    }
    /// The content of a file that came with a line; without it the line goes on alone.
    async fn fetch(&self, file: File) -> Option<Attachment> {
        let fetched = async {
            let found = self.api.call(&GetFile::new(file.id)).await.map_err(|failed| anyhow::anyhow!("{failed}"))?;
            self.api.download(&found.path).await.map_err(Error::into_anyhow)
        };
        match fetched.await {
            Ok(content) => Some(Attachment { name: file.name, content }),
            Err(error) => {
                warn!(error = format!("{error:#}"), "a file that somebody sent could not be fetched");
                None
            }
        }
    }
    /// Asks Telegram who the bot is.
    ///
    /// # Errors
    /// When the token is wrong.
    async fn learn_who_we_are(&self) -> Result<()> {
        let mut backoff = backoff::Backoff::new(&self.host.clock, self.config.retry_delay);
        let us: Us = loop {
            match self.api.call_for(&GetMe::new()).await {
                Ok(us) => break us,
                Err(failed) => self.lost(&failed, &mut backoff).await?,
            }
        };
        let configured = self.config.bot_username.as_deref().map(|name| name.trim_start_matches('@'));
        if let Some(configured) = configured.filter(|name| !name.eq_ignore_ascii_case(&us.username)) {
            // By the wrong name the bot would be deaf in groups.
            warn!(configured, real = us.username, "bot_username is not the bot's, and is not used");
        }
        let username = self.username.get_or_init(|| us.username);
        if us.can_read_all_group_messages == Some(false) {
            warn!(
                bot = username,
                "privacy mode is on: in groups the bot hears /commands and replies, and no !commands. To change that, \
                 send /setprivacy to BotFather and add the bot to its groups again, or make it an admin there"
            );
        }
        info!(bot = username, "this is the bot");
        Ok(())
    }
    /// Keeps Telegram's menu as the host wants it.
    async fn keep_menu(&self) {
        let mut wanted = self.menu.subscribe();
        let mut backoff = backoff::Backoff::new(&self.host.clock, self.config.retry_delay);
        loop {
            let menu = wanted.borrow_and_update().clone();
            if let Some(menu) = menu {
                if let Err(failed) = menu::send(&self.api, &menu).await {
                    warn!(error = %failed, "the menu of commands could not be set");
                    backoff.pause_after(&failed).await;
                    wanted.mark_changed();
                } else {
                    backoff.reset();
                }
            }
            if wanted.changed().await.is_err() {
                return;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The network runs. The inbox leads to the host, which has the network: kept for longer,
/// neither would ever end.
struct Hearing<'a>(&'a Telegram);

impl<'a> Hearing<'a> {
    fn begin(telegram: &'a Telegram, inbox: Inbox) -> Self {
        *lock(&telegram.inbox) = Some(inbox);
        Hearing(telegram)
    }
}

impl Drop for Hearing<'_> {
    fn drop(&mut self) {
        *lock(&self.0.inbox) = None;
    }
}

#[async_trait]
impl Network for Telegram {
    async fn run(&self, inbox: Inbox) -> Result<()> {
        self.learn_who_we_are().await?;
        let _hearing = Hearing::begin(self, inbox);
        let receive = async {
            match &self.config.webhook_url {
                Some(url) => self.serve(url).await,
                None => self.poll().await,
            }
        };
        tokio::select! {
            ended = receive => ended,
            () = self.keep_menu() => Ok(()),
        }
    }
    async fn post(&self, address: &str, message: &Message) -> Result<String, PostError> {
        self.send(address, message).await
    }
    async fn edit(&self, address: &str, id: &str, message: &Message) -> Result<(), PostError> {
        self.change(address, id, message).await
    }
    async fn delete(&self, address: &str, id: &str) -> Result<(), PostError> {
        self.remove(address, id).await
    }
    async fn answer_press(&self, press: &Incoming, answer: PressAnswer<'_>) -> bool {
        self.end_press(press, answer).await
    }
    async fn reach(&self, address: &str) -> Result<(), PostError> {
        self.look_up(address).await
    }
    fn limits(&self) -> Limits {
        let per = Duration::from_secs;
        Limits {
            text: render::TEXT_MAX,
            size: render::utf16,
            caption: Some(render::CAPTION_MAX),
            edits: true,
            deletes: true,
            buttons: true,
            button_bytes: Some(64),
            // "About 1 a second in one chat, short bursts pass", "20 a minute in one group",
            // "about 30 a second overall" (page "My bot is hitting limits"). What may go
            // at once and what follows together stay below that in any such time.
            per_chat: Some(Pace { messages: 3, per: per(3) }),
            per_group: Some(Pace { messages: 5, per: per(20) }),
            per_network: Some(Pace { messages: 15, per: per(1) }),
        }
    }
    fn parse_chat(&self, word: &str) -> Option<String> {
        Address::parse(word).map(|address| address.to_string())
    }
    fn address_form(&self) -> &'static str {
        address::FORM
    }
    fn here(&self, address: &str, thread: Option<&str>) -> String {
        Address::join(address, thread)
    }
    fn paced<'a>(&self, address: &'a str) -> Paced<'a> {
        Paced { chat: Address::chat_of(address), group: Address::is_group(address) }
    }
    fn private_chat(&self, account: &str) -> Option<String> {
        account.parse::<u64>().ok().map(|_| account.to_owned())
    }
    fn offer(&self, menu: Menu) {
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = Names::of(&menu);
        self.menu.send_replace(Some(menu));
    }
    fn link(&self) -> Link {
        lock(&self.link).clone()
    }
}

impl NetworkKind for Telegram {
    const KIND: &'static str = "telegram";
    type Config = Config;
    fn connect(name: &str, config: Config, host: Host) -> Result<Self> {
        config.check()?;
        if let Some(path) = &config.certificate {
            webhook::certificate(path)?;
        }
        Ok(Telegram {
            name: name.to_owned(),
            api: Api::new(&config, &host)?,
            secrets: host.store.table("secrets")?,
            config,
            host,
            username: OnceLock::new(),
            inbox: Mutex::default(),
            link: Mutex::default(),
            names: RwLock::default(),
            menu: watch::Sender::new(None),
        })
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        if let Some(url) = &self.config.webhook_url {
            hooks.post(url.path(), Self::proof, Self::request);
        }
    }
    fn no_person(account: &str) -> Option<&'static str> {
        let is_person =
            Address::parse(account).is_some_and(|address| matches!(address.chat, Recipient::Id(id) if id.0 > 0));
        (!is_person).then_some("111")
    }
    fn no_sender(account: &str) -> Option<&'static str> {
        // A channel, or a group whose admin is anonymous.
        let chat = account.strip_prefix("chat").and_then(Address::parse);
        let speaks =
            chat.is_some_and(|chat| chat.topic.is_none() && matches!(chat.chat, Recipient::Id(id) if id.0 < 0));
        if speaks { None } else { Self::no_person(account) }
    }
}

register_network!(Telegram);
