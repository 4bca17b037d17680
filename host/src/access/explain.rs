//! Why a call is decided as it is, for `!acl`: the decision's own reading of the
//! rules, which tells of each rule that it meets; and the rules as they are written.
use super::{Args, Asker, Because, Command, Given, RuleSpec, Rules, Verdict};
use factotum_plugin_api::access::Grant;
use std::collections::BTreeMap;

/// What a decision met on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Met {
    /// A rule that fits the call, or fits it with the right arguments.
    Rule {
        /// Its place, the first being 1.
        rule: usize,
        /// Whether it fits whatever the arguments that are not known yet.
        surely: bool,
    },
    /// A right that a plugin gave, for the right arguments.
    Grant(Grant),
}

/// A decision with its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// What was decided.
    pub verdict: Verdict,
    /// The rules and grants that fit or may fit, in order; a rule that surely fits is
    /// the last of the rules.
    pub met: Vec<Met>,
    /// What decides a call that none of the rules fits whose arguments are not known.
    pub otherwise: Because,
}

impl Explained {
    /// The rule that surely fits; it decides, or leaves it to the command.
    pub fn decided_by(&self) -> Option<usize> {
        self.met.iter().find_map(|met| match met {
            Met::Rule { rule, surely: true } => Some(*rule),
            _ => None,
        })
    }
}

impl Rules {
    /// The decision on a command, with its way: [`check_path`](Self::check_path)
    /// without arguments, [`check_args`](Self::check_args) with them.
    pub fn explain(&self, command: &Command, asker: &Asker, args: Option<(&Args, &Args)>) -> Explained {
        let given = args.map(|(args, also)| Given { args, also, moved: &self.moved });
        let mut met = vec![];
        let (verdict, otherwise) = self.read(command, asker, given, &mut |rule| met.push(rule));
        Explained { verdict, met, otherwise }
    }
    /// Who is listed under `admins`.
    pub fn admins(&self) -> &[String] {
        &self.admins
    }
    /// The senders by role.
    pub fn roles(&self) -> &BTreeMap<String, Vec<String>> {
        &self.roles
    }
    /// The rules of the config as they are written, in order.
    pub fn specs(&self) -> impl Iterator<Item = &RuleSpec> {
        self.rules.iter().map(|rule| &rule.spec)
    }
    /// What plugins have granted, by plugin.
    pub fn grants(&self) -> Vec<(String, Vec<Grant>)> {
        let grants = self.grants.read().expect("no panic inside");
        let of = |grants: &[super::CompiledGrant]| grants.iter().map(|grant| grant.grant.clone()).collect();
        grants.iter().map(|(plugin, given)| (plugin.clone(), of(given))).collect()
    }
}
