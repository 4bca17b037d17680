//! Environment variables of other programs, which plugins read as keys of the config.
//! They fill what the config file leaves open; variables of ours, credentials and files
//! of secrets come later and win.
use super::{KeyPath, Source, Sources, tree::Tree};
use factotum_plugin_api::{inventory, variable::VariableRegistration};

/// Puts what such variables say into the tree, where nothing stands yet.
pub(super) fn apply(sources: &Sources, tree: &mut Tree) {
    let mut known: Vec<&VariableRegistration> = inventory::iter::<VariableRegistration>.into_iter().collect();
    known.sort_by_key(|variable| variable.name);
    for variable in known {
        let Some((_, text)) = sources.env.iter().find(|(name, _)| name == variable.name) else { continue };
        for (way, value) in (variable.read)(text) {
            let path = KeyPath::of(way.iter().copied());
            // A binary may have the plugin and not the network that it speaks of.
            let there = match way[..] {
                ["plugins", plugin, ..] => sources.plugins.iter().any(|(name, _)| *name == plugin),
                ["chats", network, ..] => sources.networks.iter().any(|(kind, _)| *kind == network),
                _ => true,
            };
            let sibling = way.last().map(|key| format!("{key}_file"));
            let file = path.parent().zip(sibling).map(|(above, key)| above.key(&key));
            let open = tree.get(&path).is_none() && file.is_none_or(|file| tree.get(&file).is_none());
            if there && open {
                tree.set(&path, value, Source::Env { name: variable.name.to_owned() });
            }
        }
    }
}
