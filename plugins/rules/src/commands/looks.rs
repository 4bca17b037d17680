//! `!rules list`, `show` and `alerts`: how rules are, and how they stand.
use super::{about, chats};
use crate::{
    Rules,
    engine::{State, Status},
    rule::{self, Rule},
};
use factotum_plugin_api::prelude::*;

/// List the rules
#[derive(Args)]
pub(super) struct ListArgs {}
/// Show a rule whole
#[derive(Args)]
pub(super) struct ShowArgs {
    /// Name of the rule
    #[arg(value_parser = rule::name)]
    name: String,
}
/// Show which rules are open, for which entity, and since how many messages
#[derive(Args)]
pub(super) struct AlertsArgs {
    /// Name of one rule
    #[arg(value_parser = rule::name)]
    name: Option<String>,
}

impl Rules {
    pub(super) async fn list(&self, _: &Call, _: ListArgs) -> Result<Reply> {
        let (rules, unreadable) = (self.rules().await?, self.unreadable().await?);
        if rules.is_empty() && unreadable.is_empty() {
            return Ok((Text::from("There is no rule: ") + command("rules add NAME CHAT TEXT") + " makes one.").into());
        }
        let mut lines = vec![];
        for rule in rules.iter() {
            let off = if rule.rule.enabled { "" } else { " (disabled)" };
            let line = bold(&rule.name) + off + ": " + about(&rule.rule) + " → " + chats(&rule.rule.to);
            lines.push(self.troubles(rule).await?.into_iter().fold(line, |line, trouble| line + "; " + trouble));
        }
        lines.extend(
            unreadable.into_iter().map(|(name, why)| bold(name) + " is at rest: it cannot be read: " + block(why)),
        );
        Ok(list(lines).into())
    }
    pub(super) async fn show(&self, _: &Call, args: ShowArgs) -> Result<Reply> {
        let rule = self.rule(&args.name).await?;
        let Rule { to, kind, source, entity, filter, window, condition, on, text, .. } = &rule.rule;
        let on: Vec<String> = on.iter().map(ToString::to_string).collect();
        let rows = [
            ("to", to.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
            ("type", kind.clone()),
            ("source", source.clone()),
            ("entity", entity.clone()),
            ("filter", filter.clone()),
            ("window", window.clone()),
            ("condition", condition.clone()),
            ("on", on.join(", ")),
            ("repeat_every", rule.rule.repeat_every.clone()),
            ("delay", rule.rule.delay.clone()),
            ("text", text.clone()),
            ("repeat_text", rule.rule.repeat_text.clone()),
            ("cancel_text", rule.rule.cancel_text.clone()),
        ];
        let lines = rows
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| Text::from(*key) + ": " + code(value));
        let state = match (rule.rule.enabled, self.is_of_config(&args.name)) {
            (true, false) => "",
            (false, false) => " (disabled)",
            (true, true) => " (in the config)",
            (false, true) => " (in the config, disabled)",
        };
        let lines = lines.chain(self.troubles(&rule).await?);
        Ok((bold(&rule.name) + state + list(lines)).into())
    }
    pub(super) async fn alerts(&self, _: &Call, args: AlertsArgs) -> Result<Reply> {
        let (mut rows, mut troubles) = (vec![], vec![]);
        if let Some(name) = &args.name {
            self.rule(name).await?;
        }
        for rule in self.rules().await?.iter().filter(|rule| args.name.as_ref().is_none_or(|name| *name == rule.name)) {
            for (entity, State { status, repeats, last, .. }) in self.states.of(&rule.name).await? {
                if status != Status::Cancel {
                    let last = last.map(|last| last.message).unwrap_or_default();
                    let short: String = last.chars().take(60).collect();
                    rows.push([rule.name.clone(), entity, status.to_string(), repeats.to_string(), short]);
                }
            }
            let named = |trouble| bold(&rule.name) + ": " + trouble;
            troubles.extend(self.troubles(rule).await?.into_iter().map(named));
        }
        let open = match rows.is_empty() {
            true => "No rule is open.".into(),
            false => table(["Rule", "Entity", "Status", "Repeats", "Last message"], rows),
        };
        Ok(Text::lines([open].into_iter().chain(troubles)).into())
    }
}
