//! `!trueconf allow`, `disallow` and `rights`: who may do what on which server.
use crate::{
    TrueConf,
    audit::{Act, Outcome},
    rights::Role,
    texts,
};
use factotum_plugin_api::prelude::*;

/// Make somebody viewer, operator or owner of a TrueConf server
#[derive(Args)]
pub(super) struct AllowArgs {
    /// Who, as network:account, such as telegram:123456
    person: String,
    /// Viewers see, operators also stop and start, owners also decide on policy and rights
    role: Role,
    /// Server, by its name, or all; may be left out where there is one
    server: Option<String>,
}

/// Take somebody's role on a TrueConf server away
#[derive(Args)]
pub(super) struct DisallowArgs {
    /// Who, as network:account
    person: String,
    /// Server, by its name, or all; may be left out where there is one
    server: Option<String>,
}

/// Show who may do what on TrueConf servers
#[derive(Args)]
pub(super) struct RightsArgs {
    /// Server, by its name; all when none is named
    server: Option<String>,
}

impl TrueConf {
    pub(super) async fn allow(&self, call: &Call, args: AllowArgs) -> Result<Reply> {
        let person = person(&args.person)?;
        let servers = self.named_servers(call, args.server.as_deref()).await?;
        let slugs: Vec<String> = servers.iter().map(|server| server.slug.clone()).collect();
        let give = |roles: &mut crate::rights::Roles| roles.extend(slugs.into_iter().map(|slug| (slug, args.role)));
        let changed = self.rights.change(&person, give).await?;
        let mut lines = vec![];
        for server in &servers {
            lines.push(match changed {
                true => texts::watch::allowed(&person, args.role, &server.name),
                false => texts::watch::allowed_already(&person, args.role, &server.name),
            });
            let role = texts::watch::role_word(args.role);
            self.audit.by(call, Act::Allow, server, (&person, role), Outcome::Done).await;
        }
        Ok(Text::lines(lines).into())
    }
    pub(super) async fn disallow(&self, call: &Call, args: DisallowArgs) -> Result<Reply> {
        let person = person(&args.person)?;
        let mut lines = vec![];
        for server in self.named_servers(call, args.server.as_deref()).await? {
            let changed = self
                .rights
                .change(&person, |roles| {
                    roles.remove(&server.slug);
                })
                .await?;
            lines.push(match changed {
                true => texts::watch::disallowed(&person, &server.name),
                false => texts::watch::had_no_role(&person, &server.name),
            });
            if changed {
                self.audit.by(call, Act::Disallow, &server, (&person, ""), Outcome::Done).await;
            }
        }
        Ok(Text::lines(lines).into())
    }
    pub(super) async fn show_rights(&self, _: &Call, args: RightsArgs) -> Result<Reply> {
        let servers = self.meant(args.server.as_deref()).await?;
        let mut lines = vec![];
        for (person, roles) in self.rights.all() {
            for server in &servers {
                if let Some(role) = roles.get(&server.slug) {
                    lines.push(texts::watch::right(&person, *role, &server.name));
                }
            }
        }
        Ok(if lines.is_empty() { texts::watch::no_rights().into() } else { list(lines).into() })
    }
    async fn named_servers(
        &self,
        call: &Call,
        word: Option<&str>,
    ) -> Result<Vec<std::sync::Arc<crate::servers::Server>>> {
        match word {
            Some(word) if word.eq_ignore_ascii_case("all") => self.meant(None).await,
            word => Ok(vec![self.one(call, word).await?]),
        }
    }
}

/// A sender as rules name one.
fn person(word: &str) -> Result<String> {
    let whole = word.split_once(':').is_some_and(|(network, account)| !network.is_empty() && !account.is_empty());
    match whole && !word.contains('*') {
        true => Ok(word.to_owned()),
        false => Err(user_error(texts::watch::no_person(word))),
    }
}
