//! `!lang`: the language that somebody is answered in, for a person or for a chat.
use super::Builtin;
use crate::{
    access::{Asker, Decision},
    languages::{Whose, Why},
    services::Shared,
    texts,
};
use factotum_plugin_api::{
    language::{self, Language},
    prelude::*,
};
use tracing::error;

/// What takes a choice back.
const AUTO: &str = "auto";
/// In a row, as many as can be read on a phone.
const IN_A_ROW: usize = 3;

/// Show the language of answers, or choose one: in private for yourself, in a group for all of it
#[derive(Args)]
pub(super) struct LangArgs {
    /// A language such as en or ru; auto takes a choice back
    language: Option<String>,
}
/// Choose the language that you are answered in
#[derive(Args)]
pub(super) struct LangMeArgs {
    /// A language such as en or ru; auto takes a choice back
    language: String,
}
/// Choose the language of this chat
#[derive(Args)]
pub(super) struct LangChatArgs {
    /// A language such as en or ru; auto takes a choice back
    language: String,
}

impl Builtin {
    pub(super) async fn lang(&self, call: &Call, args: LangArgs) -> Result<Reply> {
        let shared = self.shared()?;
        match args.language.filter(|typed| !typed.is_empty()) {
            None => Ok(shown(&shared, call)),
            Some(typed) if call.private() => chosen(&shared, call, &typed, false).await,
            Some(typed) if may_choose_for_chat(&shared, call)? => {
                let reply = chosen(&shared, call, &typed, true).await?;
                if typed.eq_ignore_ascii_case(AUTO) || shared.known_language(&typed).is_some() {
                    note(&shared, call, &typed).await;
                }
                Ok(reply)
            }
            Some(typed) => Ok(texts::language_of_chat_refused(&typed).into()),
        }
    }
    pub(super) async fn lang_me(&self, call: &Call, args: LangMeArgs) -> Result<Reply> {
        chosen(&*self.shared()?, call, &args.language, false).await
    }
    pub(super) async fn lang_chat(&self, call: &Call, args: LangChatArgs) -> Result<Reply> {
        chosen(&*self.shared()?, call, &args.language, !call.private()).await
    }
}

/// Which language is used here and why, and the others, as buttons where there are any.
fn shown(shared: &Shared, call: &Call) -> Reply {
    let (used, why) = shared.language_for(&call.incoming);
    let (known, private) = (used.all(), call.private());
    let text = texts::language_used(&used, why) + "\n" + texts::languages_known(&known, private);
    let button = |language: &Language| {
        let whose = if private { "" } else { "me " };
        Button::new(texts::language_button(language), format!("!lang {whose}{language}"))
    };
    let with_buttons = shared.networks().get(&call.chat().network).is_some_and(|network| network.limits().buttons);
    let rows = known.chunks(IN_A_ROW).filter(|_| with_buttons);
    rows.fold(Reply::from(text), |reply, row| reply.row(row.iter().map(button)))
}

/// Keeps a choice, and says so in the language that is read from now on.
async fn chosen(shared: &Shared, call: &Call, typed: &str, for_chat: bool) -> Result<Reply> {
    let whose = if for_chat { Whose::Chat(call.chat()) } else { Whose::Person(&call.sender().id) };
    if typed.eq_ignore_ascii_case(AUTO) {
        shared.choose_language(whose, None).await?;
        let used = shared.language_for(&call.incoming).0;
        return Ok(used.clone().within(|| texts::language_let_go(&used, for_chat)).into());
    }
    let Some(language) = shared.known_language(typed) else {
        return Ok(texts::no_such_language(typed, &language::current().all()).into());
    };
    shared.choose_language(whose, Some(&language)).await?;
    let (used, why) = shared.language_for(&call.incoming);
    let stays = used.clone(); // the chat's goes before the person's
    let said = || match why {
        Why::Chat if !for_chat => texts::language_chosen(&language, false) + " " + texts::language_stays(&stays),
        _ => texts::language_chosen(&language, for_chat),
    };
    Ok(used.within(said).into())
}

/// Who may run `!lang chat` may say it shorter.
fn may_choose_for_chat(shared: &Shared, call: &Call) -> Result<bool> {
    let open = shared.open_tables()?;
    let found = open.commands.find(&["lang".to_owned(), "chat".to_owned()]);
    Ok(found.is_some_and(|(command, _)| {
        let verdict = open.rules.check_path(&command.for_rules(), &Asker::from(&call.incoming));
        verdict.decision == Decision::Allowed
    }))
}

/// As `!lang chat` is noted.
async fn note(shared: &Shared, call: &Call, typed: &str) {
    let what = format!("language={typed}");
    // It is done: what the journal says to that changes nothing for the admin.
    if let Err(error) = shared.journal.note_audit(call.sender(), call.chat(), "lang chat", &what, "done").await {
        error!(error = format!("{error:#}"), "the audit could not be written");
    }
}
