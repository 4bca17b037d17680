//! The example file and the table of all keys, made from the schemas.
use super::{
    schema::{Schemas, is_chat_pattern},
    secrets::mask,
    tree::{KeyPath, Step, toml_key},
    validate::type_in_words,
};
use schemars::Schema;
use serde_json::{Map, Value};
use std::fmt::Write as _;

const HEADER: &str = "\
# factotum.toml: every setting with its default. As it stands it changes nothing.
# A line like `#key = value` is a setting: remove the `#` and change the value. A
# line like `# words` explains. `factotum check factotum.toml` finds mistakes.
#
# Any setting may come from the environment: FACTOTUM_HTTP__LISTEN is http.listen.
# A secret NAME may also be given as NAME_file = \"path\" (a file for its owner
# alone), or as a systemd credential named by its key path.

";

const CHATS: &str = "
# Chat networks. Chats and senders begin with the name of the section: with
# [chats.telegram] they are like telegram:-1001234. Another network of the same
# kind has a name of its own and says the kind: network = \"telegram\".
";

const PLUGINS: &str = "
# Plugins. One with settings marked `Must be set.` starts once they are set.
";

/// A commented `factotum.toml` with every key. It is a valid config as it stands,
/// and one that parses when each `#key` loses its mark.
pub fn example(plugins: &[(&'static str, Schema)], networks: &[(&'static str, Schema)]) -> String {
    let schemas = compose(plugins, networks);
    let mut writer = Example { schemas: &schemas, text: HEADER.to_owned() };
    writer.table(schemas.root(), &KeyPath::default(), None, "");
    writer.text
}

/// A Markdown table of every key: its type, its default, what it is.
pub fn reference(plugins: &[(&'static str, Schema)], networks: &[(&'static str, Schema)]) -> String {
    let schemas = compose(plugins, networks);
    let mut text = "| Key | Type | Default | What it is |\n|---|---|---|---|\n".to_owned();
    rows(&schemas, schemas.root(), "", None, &mut text);
    text
}

fn compose(plugins: &[(&'static str, Schema)], networks: &[(&'static str, Schema)]) -> Schemas {
    Schemas::compose(
        plugins.iter().map(|(name, schema)| (*name, schema)),
        networks.iter().map(|(kind, schema)| (*kind, schema)),
    )
}

/// A key with what the table around it has as its default.
struct Entry<'s> {
    key: &'s str,
    schema: &'s Value,
    default: Option<&'s Value>,
    required: bool,
}

fn entries<'s>(schemas: &'s Schemas, schema: &'s Value, default: Option<&'s Value>) -> Vec<Entry<'s>> {
    let required = schemas.required(schema);
    let keys = schemas.keys(schema).into_iter().map(|(key, schema)| {
        let default = default.and_then(|table| table.get(key)).or_else(|| schemas.keyword(schema, "default"));
        let default = default.filter(|value| !value.is_null());
        Entry { key, schema, default, required: required.contains(&key) }
    });
    let mut entries: Vec<Entry<'_>> = keys.collect();
    // TOML wants plain keys before tables; plugins and networks come last, since they
    // grow. What must be set, or switches the rest off, is read first.
    let rank = |entry: &Entry<'_>| match entry.key {
        "chats" if is_section(schemas, entry.schema) => 4,
        "plugins" if is_section(schemas, entry.schema) => 5,
        _ if is_section(schemas, entry.schema) => 3,
        "enabled" => 0,
        _ if entry.required => 1,
        _ => 2,
    };
    entries.sort_by_key(rank);
    entries
}

/// Whether the value is written as `[…]` or `[[…]]`.
fn is_section(schemas: &Schemas, schema: &Value) -> bool {
    schemas.is_plain_table(schema) || schemas.map_values(schema).is_some() || rows_schema(schemas, schema).is_some()
}

/// What the rows of a list of tables look like.
fn rows_schema<'s>(schemas: &'s Schemas, schema: &'s Value) -> Option<&'s Value> {
    schemas.child(schema, &Step::Index(0)).filter(|row| schemas.is_plain_table(row))
}

/// What the tables of a table of tables look like: `[…masters.NAME]`.
fn table_values<'s>(schemas: &'s Schemas, schema: &'s Value) -> Option<&'s Value> {
    let values = schemas.map_values(schema).filter(|_| schemas.keys(schema).is_empty())?;
    schemas.is_plain_table(values).then_some(values)
}

struct Example<'s> {
    schemas: &'s Schemas,
    text: String,
}

impl Example<'_> {
    /// The keys of a table. With `mark` `#`, its sections are commented out.
    fn table(&mut self, schema: &Value, path: &KeyPath, default: Option<&Value>, mark: &str) {
        let depth = path.steps().len();
        for entry in entries(self.schemas, schema, default) {
            // Which network a section means is said by its name here.
            if entry.key == "network" && path.key_at(0) == Some("chats") && depth == 2 {
                continue;
            }
            let path = path.key(entry.key);
            if !is_section(self.schemas, entry.schema) {
                self.key(&entry);
            } else if depth == 0 && matches!(entry.key, "plugins" | "chats") {
                let about = if entry.key == "chats" { CHATS } else { PLUGINS };
                self.text.push_str(about);
                self.table(entry.schema, &path, None, mark);
            } else {
                self.section(&entry, &path, mark);
            }
        }
    }

    fn key(&mut self, entry: &Entry<'_>) {
        self.comment(&about(self.schemas, entry.schema));
        self.choices(entry.schema);
        if entry.required {
            self.text.push_str("# Must be set.\n");
        }
        let value = self.value(entry);
        writeln!(self.text, "#{} = {value}", toml_key(entry.key)).expect("a String takes all");
    }

    /// The values that there are to choose from, where the type names them.
    fn choices(&mut self, schema: &Value) {
        let schemas = self.schemas;
        let choices = choices(schemas, schema);
        if choices.iter().any(|(_, about)| !about.is_empty()) {
            for (value, about) in choices {
                let about = about.replace('\n', "\n  ");
                self.comment(&if about.is_empty() { value } else { format!("- {value}: {about}") });
            }
        } else if !choices.is_empty() {
            let values: Vec<String> = choices.into_iter().map(|(value, _)| value).collect();
            self.comment(&format!("Either {}.", or(&values)));
        }
        let item = schemas.child(schema, &Step::Index(0)).map(|item| schemas.options(item)).unwrap_or_default();
        let items: Vec<String> = item.into_iter().filter_map(toml_text).collect();
        if !items.is_empty() && schemas.options(schema).is_empty() {
            self.comment(&format!("Each is {}.", or(&items)));
        }
    }

    fn section(&mut self, entry: &Entry<'_>, path: &KeyPath, mark: &str) {
        let schemas = self.schemas;
        let is_chat = path.key_at(0) == Some("chats");
        let closed = mark == "#"
            || is_chat
            || !schemas.required(entry.schema).is_empty()
            || schemas.types(entry.schema).contains("null");
        self.text.push('\n');
        self.comment(&about(schemas, entry.schema));
        if let Some(row) = rows_schema(schemas, entry.schema) {
            writeln!(self.text, "#[[{path}]]").expect("a String takes all");
            self.table(row, path, None, "#");
            return;
        }
        if let Some(values) = table_values(schemas, entry.schema) {
            let path = path.key("NAME");
            writeln!(self.text, "#[{path}]").expect("a String takes all");
            self.table(values, &path, None, "#");
            return;
        }
        let mark = if closed { "#" } else { "" };
        writeln!(self.text, "{mark}[{path}]").expect("a String takes all");
        if let Some(values) = schemas.map_values(entry.schema).filter(|_| schemas.keys(entry.schema).is_empty()) {
            let example = first_example(schemas, entry.schema).and_then(Value::as_object).cloned();
            let sample = || Map::from_iter([("NAME".to_owned(), sample(schemas, values))]);
            for (key, value) in example.unwrap_or_else(sample) {
                let value = toml_text(&value).unwrap_or_else(|| "\"…\"".into());
                writeln!(self.text, "#{} = {value}", toml_key(&key)).expect("a String takes all");
            }
            return;
        }
        self.table(entry.schema, path, entry.default, mark);
    }

    fn comment(&mut self, text: &str) {
        for line in text.lines() {
            writeln!(self.text, "# {line}").expect("a String takes all");
        }
    }

    /// The default; without one an example; without one something of the type.
    fn value(&self, entry: &Entry<'_>) -> String {
        let mut value = entry.default.cloned().unwrap_or_else(|| sample(self.schemas, entry.schema));
        if entry.default.is_some() {
            mask(self.schemas, entry.schema, &mut value);
        }
        toml_text(&value).unwrap_or_else(|| "\"…\"".into())
    }
}

/// The documentation of a key, as a sentence.
fn about(schemas: &Schemas, schema: &Value) -> String {
    sentence(schemas.description(schema))
}

/// Ends like a sentence: help lines of commands, whose style many follow, do not.
fn sentence(text: &str) -> String {
    let open = text.chars().last().is_some_and(|last| !matches!(last, '.' | '!' | '?' | ':' | '…'));
    format!("{text}{}", if open { "." } else { "" })
}

/// The forms that a value may have, each with what it means; none for a value
/// whose type names no values.
fn choices(schemas: &Schemas, schema: &Value) -> Vec<(String, String)> {
    if schemas.options(schema).is_empty() {
        return vec![];
    }
    let mut choices = vec![];
    for form in schemas.forms(schema) {
        let means = sentence(form.get("description").and_then(Value::as_str).unwrap_or_default());
        let listed = form.get("enum").and_then(Value::as_array).into_iter().flatten();
        for value in form.get("const").into_iter().chain(listed).filter_map(toml_text) {
            // What several values share is said of the key already.
            choices.push((value, if form.get("const").is_some() { means.clone() } else { String::new() }));
        }
        if let Some(keys) = form.get("properties").and_then(Value::as_object) {
            let value = Map::from_iter(keys.iter().map(|(key, schema)| (key.clone(), sample(schemas, schema))));
            choices.extend(toml_text(&Value::Object(value)).map(|value| (value, means)));
        }
    }
    if schemas.types(schema).contains("boolean") {
        choices.extend(["true", "false"].map(|value| (value.to_owned(), String::new())));
    }
    choices
}

/// `a`, `a or b`, `a, b or c`.
fn or(choices: &[String]) -> String {
    match choices {
        [most @ .., last] if !most.is_empty() => format!("{} or {last}", most.join(", ")),
        choices => choices.concat(),
    }
}

fn first_example<'s>(schemas: &'s Schemas, schema: &'s Value) -> Option<&'s Value> {
    schemas.keyword(schema, "examples")?.get(0)
}

fn sample(schemas: &Schemas, schema: &Value) -> Value {
    if let Some(example) = first_example(schemas, schema) {
        return example.clone();
    }
    if let Some(one) = schemas.options(schema).first() {
        return (*one).clone();
    }
    let is_chat = |pattern: &Value| pattern.as_str().is_some_and(is_chat_pattern);
    if schemas.keyword(schema, "pattern").is_some_and(is_chat) {
        return "console:ops".into();
    }
    let types = schemas.types(schema);
    let least = || schemas.keyword(schema, "minimum").cloned().unwrap_or_else(|| 0.into());
    match types.into_iter().find(|name| *name != "null") {
        Some("boolean") => true.into(),
        Some("integer" | "number") => least(),
        Some("array") => {
            let row = schemas.child(schema, &Step::Index(0)).map(|item| sample(schemas, item));
            Value::Array(row.into_iter().collect())
        }
        _ => "…".into(),
    }
}

/// A value as TOML in one line; none for what TOML cannot say.
fn toml_text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Array(list) => {
            let items: Vec<String> = list.iter().filter_map(toml_text).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(table) if table.is_empty() => "{}".into(),
        Value::Object(table) => {
            let pairs =
                table.iter().filter_map(|(key, value)| Some(format!("{} = {}", toml_key(key), toml_text(value)?)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        scalar => toml::Value::try_from(scalar).ok()?.to_string(),
    })
}

/// One row for each key, in the order of the example.
fn rows(schemas: &Schemas, schema: &Value, above: &str, default: Option<&Value>, text: &mut String) {
    for entry in entries(schemas, schema, default) {
        let path = format!("{above}{}", toml_key(entry.key));
        let inner = rows_schema(schemas, entry.schema);
        let plain = schemas.is_plain_table(entry.schema);
        if plain {
            rows(schemas, entry.schema, &format!("{path}."), entry.default, text);
            continue;
        }
        let types = schemas.types(entry.schema);
        let mut kinds: Vec<&str> = types.into_iter().filter(|name| *name != "null").map(type_in_words).collect();
        if schemas.is_secret(entry.schema) {
            kinds = vec!["a secret"];
        } else if inner.is_some() {
            kinds = vec!["a list of tables"];
        }
        let options: Vec<String> = schemas.options(entry.schema).into_iter().filter_map(toml_text).collect();
        let options: Vec<String> = options.into_iter().map(|option| format!("`{option}`")).collect();
        if !options.is_empty() {
            // A value that is no name, such as a table, has its type said as well.
            kinds.retain(|kind| *kind != "a text");
            kinds.extend(options.iter().map(String::as_str));
        }
        let mut value = entry.default.cloned().unwrap_or(Value::Null);
        mask(schemas, entry.schema, &mut value);
        let default = match toml_text(&value) {
            Some(value) => format!("`{}`", value.replace('|', "\\|")),
            None if entry.required => "must be set".into(),
            None => "–".into(),
        };
        let what = about(schemas, entry.schema).split_whitespace().collect::<Vec<_>>().join(" ");
        let what = what.replace('|', "\\|");
        writeln!(text, "| `{path}` | {} | {default} | {what} |", kinds.join(" or ")).expect("a String takes all");
        if let Some(values) = table_values(schemas, entry.schema) {
            rows(schemas, values, &format!("{path}.NAME."), None, text);
        }
        if let Some(row) = inner {
            rows(schemas, row, &format!("{path}[]."), None, text);
        }
    }
}
