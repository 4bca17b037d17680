//! One JSON Schema for the whole config, composed of the host's own and those of
//! plugins and networks; and finding one's way in it.
//!
//! Keys that a schema does not name are refused even where its type forgot
//! `deny_unknown_fields`.
use super::{
    settings::Config,
    tree::{KeyPath, Step},
};
use factotum_plugin_api::chat::ChatId;
use schemars::Schema;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    ptr,
};

/// Keys of the host in `[plugins.NAME]`.
pub(super) const PLUGIN_KEYS: &[&str] = &["enabled"];
/// Keys of the host in `[chats.NAME]`.
pub(super) const CHAT_KEYS: &[&str] = &["enabled", "network"];

/// The composed schema.
pub(super) struct Schemas {
    root: Value,
}

impl Schemas {
    /// `chats` are the names of the networks with the schema of their kind each.
    pub(super) fn compose<'s>(
        plugins: impl IntoIterator<Item = (&'s str, &'s Schema)>,
        chats: impl IntoIterator<Item = (&'s str, &'s Schema)>,
    ) -> Self {
        let mut root = schemars::schema_for!(Config).to_value();
        close(&mut root, true);
        let mut definitions = root.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
        let enabled = |what: &str| json!({ "type": "boolean", "default": true, "description": what });

        let mut sections = Map::new();
        for (at, (name, schema)) in plugins.into_iter().enumerate() {
            let keys = [("enabled", enabled("Whether the plugin is started."))];
            sections.insert(name.to_owned(), embed(&mut definitions, &format!("plugin{at}"), schema, keys));
        }
        let mut networks = Map::new();
        for (at, (name, schema)) in chats.into_iter().enumerate() {
            let kind = "Kind of the network; the section's own name when it is not said.";
            let keys = [
                ("enabled", enabled("Whether the network is connected.")),
                ("network", json!({ "type": "string", "description": kind })),
            ];
            networks.insert(name.to_owned(), embed(&mut definitions, &format!("chat{at}"), schema, keys));
        }
        let section = |properties: Map<String, Value>, what: &str| {
            json!({
                "type": "object", "description": what, "default": {},
                "properties": properties, "additionalProperties": false,
            })
        };
        if let Some(properties) = root.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert("plugins".into(), section(sections, "A section for each plugin."));
            properties.insert("chats".into(), section(networks, "A section for each chat network."));
        }
        root["$defs"] = Value::Object(definitions);
        Schemas { root }
    }

    /// The whole.
    pub(super) fn root(&self) -> &Value {
        &self.root
    }
    /// What the schema says of the value there.
    pub(super) fn at(&self, path: &KeyPath) -> Option<&Value> {
        path.steps().iter().try_fold(&self.root, |schema, step| self.child(schema, step))
    }
    /// One step further in.
    pub(super) fn child<'s>(&'s self, schema: &'s Value, step: &Step) -> Option<&'s Value> {
        self.forms(schema).into_iter().find_map(|form| match step {
            Step::Key(key) => form.get("properties").and_then(|all| all.get(key)).or_else(|| items_of_map(form)),
            Step::Index(index) => {
                form.get("prefixItems").and_then(|items| items.get(index)).or_else(|| form.get("items"))
            }
        })
    }
    /// The schema and all that it refers to or offers as alternatives.
    pub(super) fn forms<'s>(&'s self, schema: &'s Value) -> Vec<&'s Value> {
        let (mut found, mut open): (Vec<&Value>, Vec<&Value>) = (vec![], vec![schema]);
        while let Some(schema) = open.pop() {
            if found.iter().any(|known| ptr::eq(*known, schema)) {
                continue;
            }
            found.push(schema);
            for combined in ["allOf", "oneOf", "anyOf"] {
                open.extend(schema.get(combined).and_then(Value::as_array).into_iter().flatten().rev());
            }
            let target = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
            open.extend(target.and_then(|target| self.root.pointer(target)));
        }
        found
    }
    /// The keys that a table may have by name.
    pub(super) fn keys<'s>(&'s self, schema: &'s Value) -> BTreeMap<&'s str, &'s Value> {
        let forms = self.forms(schema);
        let properties = forms.iter().filter_map(|form| form.get("properties")?.as_object());
        properties.flatten().map(|(key, schema)| (key.as_str(), schema)).collect()
    }
    /// The keys that a table must have.
    pub(super) fn required<'s>(&'s self, schema: &'s Value) -> Vec<&'s str> {
        let own = self.forms(schema).into_iter().find_map(|form| form.get("required")?.as_array());
        own.into_iter().flatten().filter_map(Value::as_str).collect()
    }
    /// What the values of a table with any keys look like.
    pub(super) fn map_values<'s>(&'s self, schema: &'s Value) -> Option<&'s Value> {
        self.forms(schema).into_iter().find_map(items_of_map)
    }
    /// The JSON types that a value may have.
    pub(super) fn types<'s>(&'s self, schema: &'s Value) -> BTreeSet<&'s str> {
        let mut types = BTreeSet::new();
        for form in self.forms(schema) {
            match form.get("type") {
                Some(Value::String(one)) => drop(types.insert(one.as_str())),
                Some(Value::Array(many)) => types.extend(many.iter().filter_map(Value::as_str)),
                _ => {}
            }
        }
        types.extend(self.options(schema).into_iter().map(|option| -> &'s str { type_of(option) }));
        types
    }
    /// The values that it may have by name.
    pub(super) fn options<'s>(&'s self, schema: &'s Value) -> Vec<&'s Value> {
        let of_form = |form: &'s Value| {
            let several = form.get("enum").and_then(Value::as_array).into_iter().flatten();
            form.get("const").into_iter().chain(several)
        };
        self.forms(schema).into_iter().flat_map(of_form).filter(|option| !option.is_null()).collect()
    }
    /// Whether the value is a table with certain keys, and nothing else.
    pub(super) fn is_plain_table(&self, schema: &Value) -> bool {
        let types = self.types(schema);
        types.contains("object")
            && types.iter().all(|name| matches!(*name, "object" | "null"))
            && self.map_values(schema).is_none()
    }
    /// Whether the value is a secret.
    pub(super) fn is_secret(&self, schema: &Value) -> bool {
        self.forms(schema).into_iter().any(|form| {
            form.get("format").is_some_and(|format| format == "secret")
                || form.get("writeOnly").is_some_and(|flag| flag == true)
        })
    }
    /// The secrets among the keys of a table, which may also be given as `NAME_file`.
    pub(super) fn secret_keys<'s>(&'s self, schema: &'s Value) -> Vec<&'s str> {
        let keys = self.keys(schema);
        let free = |key: &str| !keys.contains_key(format!("{key}_file").as_str());
        keys.iter().filter(|(key, schema)| self.is_secret(schema) && free(key)).map(|(key, _)| *key).collect()
    }
    /// One of the keywords that say something about a value, from the schema itself
    /// or what it refers to.
    pub(super) fn keyword<'s>(&'s self, schema: &'s Value, keyword: &str) -> Option<&'s Value> {
        self.forms(schema).into_iter().find_map(|form| form.get(keyword))
    }
    /// The documentation of a key.
    pub(super) fn description<'s>(&'s self, schema: &'s Value) -> &'s str {
        self.keyword(schema, "description").and_then(Value::as_str).unwrap_or_default()
    }
}

fn items_of_map(form: &Value) -> Option<&Value> {
    form.get("additionalProperties").filter(|schema| schema.is_object() || **schema == true)
}

/// The JSON type of a value, in JSON Schema's words.
pub(super) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether a text that must match this is a chat.
pub(super) fn is_chat_pattern(pattern: &str) -> bool {
    let chat = schemars::schema_for!(ChatId);
    chat.get("pattern").is_some_and(|known| known == pattern)
}

/// Adds a schema with its definitions under `name`, and `keys` to its keys; gives
/// the reference to it.
fn embed<const N: usize>(
    definitions: &mut Map<String, Value>,
    name: &str,
    schema: &Schema,
    keys: [(&str, Value); N],
) -> Value {
    let mut schema = schema.as_value().clone();
    if !schema.is_object() {
        schema = json!({ "type": "object" });
    }
    rename_references(&mut schema, name);
    close(&mut schema, true);
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("$schema");
        if let Some(Value::Object(own)) = schema.remove("$defs") {
            definitions.extend(own.into_iter().map(|(key, value)| (format!("{name}.{key}"), value)));
        }
        let properties = schema.entry("properties").or_insert_with(|| json!({}));
        for (key, value) in keys {
            properties[key] = value;
        }
    }
    definitions.insert(name.to_owned(), schema);
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// Walks to every schema in a schema, and leaves data (defaults, examples) alone.
fn subschemas(schema: &mut Value, mut each: impl FnMut(&str, &mut Value)) {
    for (keyword, value) in schema.as_object_mut().into_iter().flatten() {
        match (keyword.as_str(), value) {
            ("properties" | "patternProperties" | "$defs", Value::Object(all)) => {
                all.values_mut().for_each(|schema| each(keyword, schema));
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(all)) => {
                all.iter_mut().for_each(|schema| each(keyword, schema));
            }
            ("items" | "additionalProperties" | "not" | "propertyNames" | "contains", schema) => each(keyword, schema),
            _ => {}
        }
    }
}

fn rename_references(schema: &mut Value, name: &str) {
    if let Some(Value::String(target)) = schema.get_mut("$ref") {
        if target == "#" {
            *target = format!("#/$defs/{name}");
        } else if let Some(key) = target.strip_prefix("#/$defs/") {
            *target = format!("#/$defs/{name}.{key}");
        }
    }
    subschemas(schema, |_, schema| rename_references(schema, name));
}

/// Makes unknown keys mistakes, and gives numbers the range of their type.
///
/// A table that is put together of several schemas cannot be closed by one of them.
fn close(schema: &mut Value, whole: bool) {
    let combined = ["anyOf", "oneOf", "allOf", "$ref"].iter().any(|keyword| schema.get(keyword).is_some());
    let is_table = schema.get("type").is_some_and(|kind| kind == "object") && schema.get("properties").is_some();
    if let Some(map) = schema.as_object_mut() {
        if whole && is_table && !combined && !map.contains_key("patternProperties") {
            map.entry("additionalProperties").or_insert(Value::Bool(false));
        }
        // With no properties at all the validator would not say which key is unknown.
        if map.get("additionalProperties") == Some(&Value::Bool(false)) {
            map.entry("properties").or_insert_with(|| json!({}));
        }
        if let Some((least, most)) = map.get("format").and_then(Value::as_str).and_then(range_of) {
            map.entry("minimum").or_insert(least);
            map.entry("maximum").or_insert(most);
        }
    }
    subschemas(schema, |keyword, schema| {
        let part_of_whole = matches!(keyword, "anyOf" | "oneOf" | "allOf") && is_table;
        close(schema, !part_of_whole && keyword != "not");
    });
}

fn range_of(format: &str) -> Option<(Value, Value)> {
    Some(match format {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" | "int" => (i64::MIN.into(), i64::MAX.into()),
        "uint8" => (0.into(), u8::MAX.into()),
        "uint16" => (0.into(), u16::MAX.into()),
        "uint32" => (0.into(), u32::MAX.into()),
        "uint64" | "uint" => (0.into(), u64::MAX.into()),
        _ => return None,
    })
}
