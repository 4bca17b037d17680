//! `!rules test`: what a pasted request would do.
use super::chats;
use crate::{
    PATH, Rules, engine,
    params::{self, Understood},
};
use factotum_plugin_api::{hook::Made, prelude::*};
use http::{HeaderMap, HeaderValue, Method, header::CONTENT_TYPE};

/// Show what a request would do; nothing is posted and nothing changes
#[derive(Args)]
pub(super) struct TestArgs {
    /// The end of the URL as the sender has it, such as telegram?command.message=message.text
    url: String,
    /// The body, pasted as it is: JSON, or a form
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    body: Vec<String>,
}
impl Rules {
    pub(super) async fn test(&self, call: &Call, args: TestArgs) -> Result<Reply> {
        let request = self.pasted(&args, &call.incoming.line);
        let Understood { message, .. } =
            params::understand(&request).map_err(|refusal| user_error(refusal.reason()))?;
        let mut lines = vec![
            bold(&message.entity)
                + format!(", type {}, source {}, {}, {}", message.kind, message.source, message.severity, message.date),
            Text::from("Message: ") + code(if message.message.is_empty() { "(empty)" } else { &message.message }),
        ];
        let tags: Vec<String> = message.tags.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        const TAGS_SHOWN: usize = 40;
        let more = tags.len().saturating_sub(TAGS_SHOWN);
        lines.push(block(tags.iter().take(TAGS_SHOWN).map(String::as_str).collect::<Vec<_>>().join("\n")));
        if more > 0 {
            lines.push(format!("and {more} tags more").into());
        }
        let rules = self.rules().await?;
        if rules.is_empty() {
            lines.push("There is no rule.".into());
        }
        for rule in rules.iter() {
            let name = bold(&rule.name) + ": ";
            if let Err(why) = engine::is_about(rule, &message) {
                lines.push(name + format!("nothing, {why}"));
                continue;
            }
            let key = (rule.name.clone(), message.entity.clone());
            let mut state = self.states.get(&key).await?;
            let fired = state.step(rule, &message, request.id, request.received_at);
            lines.push(match fired {
                Err(why) => name + format!("nothing, its condition cannot be worked out: {why}"),
                Ok(None) => name + "nothing, its condition does not hold",
                Ok(Some(fired)) if !fired.says => name + format!("{}, and nothing is said of that", fired.trigger),
                Ok(Some(fired)) => {
                    let (text, failures) = engine::text(rule, &message, fired, request.received_at);
                    let chats = chats(&rule.rule.to);
                    let line = name + format!("{}, to ", fired.trigger) + chats + ": " + text;
                    failures.into_iter().fold(line, |line, why| line + "; " + bold("rule error") + ": " + why)
                }
            });
        }
        Ok(Text::lines(lines).into())
    }

    /// A request made of what was pasted.
    fn pasted(&self, args: &TestArgs, line: &str) -> Request {
        // As the sender has it: with the host before it, or without.
        let end = args.url.split_once(PATH).map_or(args.url.as_str(), |(_, end)| end).trim_start_matches('/');
        let (rest, query) = end.split_once('?').unwrap_or((end, ""));
        // Words have lost their quotes; the line has them still.
        let begins = line.find(&args.url).map_or(0, |at| at + args.url.len());
        let raw = line.get(begins..).unwrap_or_default().trim_start_matches(['"', '\'']).trim();
        let body = if args.body.is_empty() { "" } else { raw };
        let mut headers = HeaderMap::new();
        let json = body.starts_with(['{', '[']);
        let media_type = if json { "application/json" } else { "application/x-www-form-urlencoded" };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        Request {
            id: 0,
            method: if body.is_empty() { Method::GET } else { Method::POST },
            path: format!("{PATH}/{rest}"),
            params: vec![("rest".into(), rest.into())],
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers,
            body: body.to_owned().into(),
            peer: [127, 0, 0, 1].into(),
            received_at: self.host.clock.now(),
            made: Made::default(),
        }
    }
}
