//! Every value of the config with its source, for `!config`.
use super::{
    Loaded,
    schema::Schemas,
    secrets::mask,
    tree::{KeyPath, Source, Step, Tree},
};
use serde_json::{Map, Value};

/// One value of the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its key path, such as `http.listen`.
    pub path: String,
    /// It as JSON; `null` when it is not set and has no default. A secret is `"***"`.
    pub value: String,
    /// Where it came from.
    pub source: Source,
}

impl Loaded {
    /// The names of the sections, and of the keys outside of them.
    pub fn sections(&self) -> Vec<String> {
        let mut names: Vec<String> = vec![];
        for shown in self.show(None) {
            let mut steps = shown.path.split('.');
            let name = match (steps.next(), steps.next()) {
                (Some(outer @ ("plugins" | "chats")), Some(inner)) => format!("{outer}.{inner}"),
                (first, _) => first.unwrap_or_default().to_owned(),
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
    /// The values of a section (`http`, `plugins.travishook`, or `travishook` for
    /// short), or all of them; defaults too. Empty when there is no such section.
    pub fn show(&self, section: Option<&str>) -> Vec<Shown> {
        let mut shown = vec![];
        let schema = self.schemas.root();
        walk(&self.schemas, &self.tree, schema, Some(&self.tree.value), None, &KeyPath::default(), &mut shown);
        let Some(section) = section else { return shown };
        let within = |section: &str| -> Vec<Shown> {
            let inner = format!("{section}.");
            shown.iter().filter(|one| one.path == section || one.path.starts_with(&inner)).cloned().collect()
        };
        let full = within(section);
        if !full.is_empty() {
            return full;
        }
        [within(&format!("plugins.{section}")), within(&format!("chats.{section}"))].concat()
    }
}

/// `default` is what the table around it has for the value when nobody sets it.
fn walk(
    schemas: &Schemas,
    tree: &Tree,
    schema: &Value,
    value: Option<&Value>,
    default: Option<&Value>,
    path: &KeyPath,
    shown: &mut Vec<Shown>,
) {
    let default = default.or_else(|| schemas.keyword(schema, "default"));
    let empty = Value::Object(Map::new());
    let implied = || schemas.types(schema).iter().eq(["object"].iter()).then_some(&empty);
    // An optional table that nobody set is one line; so is one that may have any keys and has none.
    let table = value.or(default).or_else(implied).filter(|_| !schemas.is_secret(schema));
    let has_keys =
        |table: &Value| table.as_object().is_some_and(|table| !table.is_empty() || !schemas.keys(schema).is_empty());
    let Some(Value::Object(table)) = table.filter(|table| has_keys(table)) else {
        let mut text = value.or(default).cloned().unwrap_or(Value::Null);
        mask(schemas, schema, &mut text);
        let source = value.and_then(|_| tree.source(path)).cloned().unwrap_or(Source::Default);
        shown.push(Shown { path: path.to_string(), value: text.to_string(), source });
        return;
    };
    let mut keys: Vec<&str> = schemas.keys(schema).into_keys().collect();
    keys.extend(table.keys().map(String::as_str).filter(|key| !keys.contains(key)).collect::<Vec<_>>());
    for key in keys {
        let Some(child) = schemas.child(schema, &Step::Key(key.to_owned())) else { continue };
        let (own, default) = (value.and_then(|value| value.get(key)), default.and_then(|default| default.get(key)));
        // The tables' sections have keys of the host that say nothing when nobody sets them.
        let network = key == "network" && path.key_at(0) == Some("chats") && path.steps().len() == 2;
        if own.is_some() || !network {
            walk(schemas, tree, child, own, default, &path.key(key), shown);
        }
    }
}
