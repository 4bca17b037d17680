//! Viewers, operators and owners of servers: who may do what beside the admins.
//!
//! A role is nothing but grants of the host's access rules, so that it is checked where
//! everything is checked, and `!acl` shows it. A person has one grant for each level of
//! commands, with all servers of that level in it.
use factotum_plugin_api::{access::Grants, prelude::*};
use std::collections::{BTreeMap, BTreeSet};

/// What somebody is for a server; each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Role {
    /// Sees its state, users and conferences.
    Viewer,
    /// Stops and starts conferences, and is told of changes.
    Operator,
    /// Decides on its certificate, its policy and the rights of others.
    Owner,
}

const ALL: [Role; 3] = [Role::Viewer, Role::Operator, Role::Owner];

impl Role {
    /// The commands that it has beside those of the roles before it.
    fn commands(self) -> &'static [&'static str] {
        match self {
            Role::Viewer => &["status", "confs", "online", "forgotten", "show", "records"],
            Role::Operator => &["stop", "run", "watch", "keep"],
            Role::Owner => &["policy", "trust", "remove", "audit", "rights", "allow", "disallow"],
        }
    }
    /// Them as a grant names them.
    fn glob(self) -> String {
        let paths: Vec<String> = self.commands().iter().map(|word| format!("trueconf {word}")).collect();
        paths.join("|")
    }
    /// The level that a grant is of.
    fn of_grant(grant: &Grant) -> Option<Role> {
        let first = grant.command.split('|').next().unwrap_or_default();
        ALL.into_iter().find(|role| first.strip_prefix("trueconf ") == Some(role.commands()[0]))
    }
}

/// The list of servers shows no more than their names: whoever has a role sees it.
const SERVERS: &str = "trueconf servers";

/// The rights that this plugin has given.
pub(crate) struct Rights {
    grants: Grants,
    /// One change at a time: each is several grants.
    changing: tokio::sync::Mutex<()>,
}

/// The roles of one person, by the slugs of servers.
pub(crate) type Roles = BTreeMap<String, Role>;

impl Rights {
    pub(crate) fn new(host: &Host) -> Self {
        Rights { grants: host.access.clone(), changing: tokio::sync::Mutex::default() }
    }
    /// All people with their roles.
    pub(crate) fn all(&self) -> BTreeMap<String, Roles> {
        let mut all: BTreeMap<String, Roles> = BTreeMap::new();
        for grant in self.grants.list() {
            let Some(role) = Role::of_grant(&grant) else { continue };
            let roles = all.entry(grant.sender.clone()).or_default();
            for slug in grant.args.get("server").into_iter().flat_map(|slugs| slugs.split('|')) {
                let known = roles.entry(slug.to_owned()).or_insert(role);
                *known = (*known).max(role);
            }
        }
        all
    }
    /// The roles of one person.
    pub(crate) fn of(&self, sender: &str) -> Roles {
        self.all().remove(sender).unwrap_or_default()
    }
    /// Changes the roles of one person; whether anything changed. What they keep they
    /// have all the time.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn change(&self, sender: &str, change: impl FnOnce(&mut Roles)) -> Result<bool> {
        let _changing = self.changing.lock().await;
        let mut roles = self.of(sender);
        change(&mut roles);
        let wanted = grants(sender, &roles);
        let known: Vec<Grant> = self.grants.list().into_iter().filter(|grant| grant.sender == sender).collect();
        let fresh: Vec<&Grant> = wanted.iter().filter(|grant| !known.contains(grant)).collect();
        let gone: Vec<&Grant> = known.iter().filter(|grant| !wanted.contains(grant)).collect();
        let changed = !fresh.is_empty() || !gone.is_empty();
        for grant in fresh {
            self.grants.grant(grant.clone()).await?;
        }
        for grant in gone {
            self.grants.revoke(grant.clone()).await?;
        }
        Ok(changed)
    }
    /// Gives roles of an earlier version the commands of this one.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn renew(&self) -> Result<()> {
        for sender in self.all().into_keys() {
            self.change(&sender, |_| {}).await?;
        }
        Ok(())
    }
    /// Takes every role for a server away: it is gone.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn forget(&self, slug: &str) -> Result<()> {
        let with: Vec<String> =
            self.all().into_iter().filter(|(_, roles)| roles.contains_key(slug)).map(|(sender, _)| sender).collect();
        for sender in with {
            self.change(&sender, |roles| {
                roles.remove(slug);
            })
            .await?;
        }
        Ok(())
    }
}

/// The grants that make these roles.
fn grants(sender: &str, roles: &Roles) -> Vec<Grant> {
    let of = |command: String, args: BTreeMap<String, String>| Grant { command, sender: sender.to_owned(), args };
    let level = |role: &Role| {
        let slugs: BTreeSet<&str> =
            roles.iter().filter(|(_, has)| *has >= role).map(|(slug, _)| slug.as_str()).collect();
        let slugs: Vec<&str> = slugs.into_iter().collect();
        (!slugs.is_empty()).then(|| of(role.glob(), BTreeMap::from([("server".to_owned(), slugs.join("|"))])))
    };
    let mut all: Vec<Grant> = ALL.iter().filter_map(level).collect();
    if !all.is_empty() {
        all.insert(0, of(SERVERS.to_owned(), BTreeMap::new()));
    }
    all
}
