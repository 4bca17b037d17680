//! Settings from the environment: `FACTOTUM_HTTP__LISTEN` is `http.listen`.
//!
//! A double underscore goes one table in; case does not matter, and `-` in a name
//! is written `_`. The value is TOML or JSON where the setting is no text.
use super::{
    mistakes::{Mistake, near},
    schema::{Schemas, type_of},
    tree::{KeyPath, Source, Step, Tree, parse_value},
};
use serde_json::Value;

/// What a variable of ours begins with.
pub(super) const PREFIX: &str = "FACTOTUM_";
/// Variables that are not keys of the config: the paths of the config file and the
/// data folder, and the secret of `hook send`, which the command line reads.
pub(super) const NOT_KEYS: &[&str] = &["FACTOTUM_CONFIG", "FACTOTUM_DATA", "FACTOTUM_SECRET"];
/// Short for `FACTOTUM_LOG__LEVEL`, which wins over it.
const LOG: &str = "FACTOTUM_LOG";

/// Our variables, as the name and the words of the way.
pub(super) fn variables(env: &[(String, String)]) -> Vec<Variable<'_>> {
    let mut found: Vec<Variable<'_>> = env
        .iter()
        .filter(|(name, _)| !NOT_KEYS.contains(&name.as_str()))
        .filter_map(|(name, value)| {
            let words = if name == LOG { "LOG__LEVEL" } else { name.strip_prefix(PREFIX)? };
            let words = words.split("__").map(plain).collect();
            Some(Variable { name, words, value })
        })
        .collect();
    // Deterministic, and the alias before what it stands for.
    found.sort_by_key(|variable| (variable.words.clone(), variable.name.len()));
    found
}

/// One variable.
pub(super) struct Variable<'e> {
    pub(super) name: &'e str,
    /// Lower case, `_` for `-`.
    pub(super) words: Vec<String>,
    pub(super) value: &'e str,
}

/// A name as a variable writes it, in lower case.
pub(super) fn plain(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}

impl Variable<'_> {
    /// The way that it means.
    fn path(&self, schemas: &Schemas, tree: &Tree) -> Option<KeyPath> {
        let mut path = KeyPath::default();
        for word in &self.words {
            let schema = schemas.at(&path)?;
            let mut keys: Vec<String> = schemas.keys(schema).into_keys().map(str::to_owned).collect();
            keys.extend(schemas.secret_keys(schema).into_iter().map(|key| format!("{key}_file")));
            if schemas.map_values(schema).is_some() {
                keys.extend(tree.get(&path).and_then(Value::as_object).into_iter().flat_map(|map| map.keys().cloned()));
                keys.extend((!word.is_empty()).then(|| word.clone()));
            }
            path = path.key(keys.iter().find(|key| plain(key) == *word)?);
        }
        Some(path)
    }

    /// Puts its value into the tree.
    pub(super) fn apply(&self, schemas: &Schemas, tree: &mut Tree) -> Result<(), Mistake> {
        let Some(path) = self.path(schemas, tree) else {
            return Err(Mistake::of_env(self.name, self.unknown(schemas)));
        };
        let source = Source::Env { name: self.name.to_owned() };
        let Some(schema) = schemas.at(&path).filter(|_| !is_secret_file(schemas, &path)) else {
            // `NAME_file` of a secret: a path. It takes the place of the secret itself.
            drop(tree.take(&sibling(&path, |key| key.strip_suffix("_file").unwrap_or(key).to_owned())));
            tree.set(&path, self.value.into(), source);
            return Ok(());
        };
        if schemas.is_plain_table(schema) {
            let keys = schemas.keys(schema).into_keys();
            let keys: Vec<_> = keys.map(|key| format!("`{}__{}`", self.name, key.to_uppercase())).collect();
            return Err(Mistake::of_env(self.name, format!("names a table, expected one of {}", keys.join(", "))));
        }
        if schemas.is_secret(schema) {
            drop(tree.take(&sibling(&path, |key| format!("{key}_file"))));
        }
        tree.set(&path, value(schemas, schema, self.value), source);
        Ok(())
    }

    fn unknown(&self, schemas: &Schemas) -> String {
        let mut known = vec![];
        names(schemas, schemas.root(), PREFIX.trim_end_matches('_'), "_", &mut known);
        known.extend(NOT_KEYS.iter().map(|name| (*name).to_owned()));
        // Their common beginning would make all names alike.
        let own = |name: &'_ str| name.strip_prefix(PREFIX).map(str::to_owned).unwrap_or_default();
        let mut known: Vec<String> = known.iter().map(|name| own(name)).collect();
        // Of the same plugin or network, where that one is known.
        let section = own(self.name).split("__").take(2).collect::<Vec<_>>().join("__") + "__";
        if section.matches("__").count() == 2 && known.iter().any(|name| name.starts_with(&section)) {
            known.retain(|name| name.starts_with(&section));
        }
        match near(&own(self.name), known.iter().map(String::as_str)) {
            Some(near) => format!("unknown variable, expected `{PREFIX}{near}`"),
            None => "unknown variable: no setting has this name".into(),
        }
    }
}

/// The value as the setting's type wants it; as text when that does not work out,
/// and then the schema check says what was wanted.
fn value(schemas: &Schemas, schema: &Value, text: &str) -> Value {
    let types = schemas.types(schema);
    if schemas.is_secret(schema) {
        return text.into();
    }
    let fits = |value: &Value| {
        let kind = type_of(value);
        types.contains(kind) || (kind == "integer" && types.contains("number"))
    };
    let parsed = parse_value(text).filter(fits).or_else(|| serde_json::from_str(text).ok().filter(fits));
    parsed.unwrap_or_else(|| text.into())
}

fn is_secret_file(schemas: &Schemas, path: &KeyPath) -> bool {
    let Some((Some(Step::Key(key)), Some(table))) =
        path.parent().map(|above| (path.steps().last(), schemas.at(&above)))
    else {
        return false;
    };
    key.strip_suffix("_file").is_some_and(|secret| schemas.secret_keys(table).contains(&secret))
}

fn sibling(path: &KeyPath, rename: impl FnOnce(&str) -> String) -> KeyPath {
    match (path.parent(), path.steps().last()) {
        (Some(above), Some(Step::Key(key))) => above.key(&rename(key)),
        _ => path.clone(),
    }
}

/// All names that a variable can have by the schema, down to a sane depth.
fn names(schemas: &Schemas, schema: &Value, name: &str, between: &str, found: &mut Vec<String>) {
    const DEPTH_MAX: usize = 6; // tables in tables; schemas may be recursive
    if name.matches("__").count() >= DEPTH_MAX {
        return;
    }
    for (key, schema) in schemas.keys(schema) {
        let name = format!("{name}{between}{}", key.to_uppercase().replace('-', "_"));
        if schemas.is_secret(schema) {
            found.push(format!("{name}_FILE"));
        }
        if schemas.is_plain_table(schema) {
            names(schemas, schema, &name, "__", found);
        } else {
            found.push(name);
        }
    }
}
