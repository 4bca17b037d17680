//! The plugins and networks of this binary. One `use` each: without it the linker leaves the
//! crate, and with it its `register!`, out.
use factotum_host::Known;

#[cfg(feature = "chat-hipchat")]
use chat_hipchat as _;
#[cfg(feature = "telegram")]
use chat_telegram as _;
#[cfg(feature = "alertmanager")]
use plugin_alertmanager as _;
#[cfg(feature = "buildbot")]
use plugin_buildbot as _;
#[cfg(feature = "buildkite")]
use plugin_buildkite as _;
#[cfg(feature = "ci")]
use plugin_ci as _;
#[cfg(feature = "circleci")]
use plugin_circleci as _;
#[cfg(feature = "drone")]
use plugin_drone as _;
#[cfg(feature = "gitea")]
use plugin_gitea as _;
#[cfg(feature = "github")]
use plugin_github as _;
#[cfg(feature = "gitlab")]
use plugin_gitlab as _;
#[cfg(feature = "grafana")]
use plugin_grafana as _;
#[cfg(feature = "hipchat")]
use plugin_hipchat as _;
#[cfg(feature = "jenkins")]
use plugin_jenkins as _;
#[cfg(feature = "rules")]
use plugin_rules as _;
#[cfg(feature = "travishook")]
use plugin_travishook as _;
#[cfg(feature = "trueconf")]
use plugin_trueconf as _;

/// Everything in this list, built in or not: `!repos` tells of both, and so does a config
/// that names one.
pub(crate) const KNOWN: &[Known] = &[
    Known { name: "alertmanager", feature: "alertmanager", built_in: cfg!(feature = "alertmanager") },
    Known { name: "buildbot", feature: "buildbot", built_in: cfg!(feature = "buildbot") },
    Known { name: "buildkite", feature: "buildkite", built_in: cfg!(feature = "buildkite") },
    Known { name: "ci", feature: "ci", built_in: cfg!(feature = "ci") },
    Known { name: "circleci", feature: "circleci", built_in: cfg!(feature = "circleci") },
    Known { name: "drone", feature: "drone", built_in: cfg!(feature = "drone") },
    Known { name: "gitea", feature: "gitea", built_in: cfg!(feature = "gitea") },
    Known { name: "github", feature: "github", built_in: cfg!(feature = "github") },
    Known { name: "gitlab", feature: "gitlab", built_in: cfg!(feature = "gitlab") },
    Known { name: "grafana", feature: "grafana", built_in: cfg!(feature = "grafana") },
    Known { name: "hipchat", feature: "chat-hipchat", built_in: cfg!(feature = "chat-hipchat") },
    Known { name: "hipchat", feature: "hipchat", built_in: cfg!(feature = "hipchat") },
    Known { name: "jenkins", feature: "jenkins", built_in: cfg!(feature = "jenkins") },
    Known { name: "rules", feature: "rules", built_in: cfg!(feature = "rules") },
    Known { name: "telegram", feature: "telegram", built_in: cfg!(feature = "telegram") },
    Known { name: "travishook", feature: "travishook", built_in: cfg!(feature = "travishook") },
    Known { name: "trueconf", feature: "trueconf", built_in: cfg!(feature = "trueconf") },
];

#[cfg(test)]
mod tests {
    use super::KNOWN;

    #[test]
    fn the_list_the_features_and_the_registry_agree() {
        let mut linked: Vec<&str> = factotum_host::cli::plugins().iter().map(|plugin| plugin.name).collect();
        linked.extend(factotum_host::cli::networks());
        linked.sort_unstable();
        let built_in: Vec<&str> = KNOWN.iter().filter(|known| known.built_in).map(|known| known.name).collect();
        assert_eq!(linked, built_in, "a plugin is linked and not in the list, or in the list and not linked");
        let manifest = include_str!("../Cargo.toml");
        let (_, features) = manifest.split_once("[features]").unwrap();
        let (features, _) = features.split_once("\n[").unwrap();
        let named = features.lines().filter_map(|line| line.split_once(" = ").map(|(name, _)| name));
        let mut named: Vec<&str> = named.filter(|name| *name != "default").collect();
        let mut listed: Vec<&str> = KNOWN.iter().map(|known| known.feature).collect();
        named.sort_unstable();
        listed.sort_unstable();
        assert_eq!(named, listed, "Cargo.toml and the list name different features");
    }
}
