//! The JSON Schema check, and its errors in our words.
//!
//! Texts of the config are never repeated: any of them may be a secret in the
//! wrong place. Numbers are, unless their key is a secret.
use super::{
    mistakes::{expected, near},
    schema::{Schemas, is_chat_pattern, type_of},
    tree::{KeyPath, Step, Tree},
};
use factotum_plugin_api::chat::CHAT_FORM;
use jsonschema::{ValidationError, error::ValidationErrorKind as Kind};
use serde_json::Value;

/// A key and what is wrong with it.
pub(super) struct Finding {
    pub(super) path: KeyPath,
    pub(super) message: String,
    /// The key is missing: no mistake in a section that is switched off.
    pub(super) missing: bool,
    /// The key that this unknown one was probably meant to be.
    meant: Option<KeyPath>,
}

/// Everything that the schema finds wrong.
///
/// # Errors
/// When one of the schemas is no schema.
pub(super) fn findings(schemas: &Schemas, tree: &Tree) -> Result<Vec<Finding>, String> {
    // What schemars makes of our types says the same in every draft since 7. The
    // validator looks at the schema itself first, by that draft's own schema: 7's is
    // small, 2020-12's costs each start 50 ms and 90 MB.
    let validator = jsonschema::draft7::new(schemas.root()).map_err(|error| error.to_string())?;
    let mut findings = Findings { schemas, tree, found: vec![] };
    for error in validator.iter_errors(&tree.value) {
        findings.add(&error);
    }
    // A misspelt key is one mistake, not also a missing one.
    let meant: Vec<KeyPath> = findings.found.iter().filter_map(|finding| finding.meant.clone()).collect();
    findings.found.retain(|finding| !finding.missing || !meant.contains(&finding.path));
    Ok(findings.found)
}

struct Findings<'c> {
    schemas: &'c Schemas,
    tree: &'c Tree,
    found: Vec<Finding>,
}

impl Findings<'_> {
    fn say(&mut self, path: KeyPath, message: impl Into<String>) {
        self.found.push(Finding { path, message: message.into(), missing: false, meant: None });
    }

    fn add(&mut self, error: &ValidationError<'_>) {
        let path = self.path_of(error);
        match error.kind() {
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                unexpected.iter().for_each(|key| self.unknown(&path, key));
            }
            Kind::Required { property } => self.missing(&path, property.as_str().unwrap_or_default()),
            Kind::Type { .. } => self.wrong_type(path),
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => self.no_form_fits(path, context),
            Kind::Enum { .. } | Kind::Constant { .. } => {
                let message = unknown_value(error.instance(), &constants(error));
                self.say(path, message);
            }
            Kind::FalseSchema => self.say(path, "nothing is expected here"),
            Kind::Pattern { pattern } => {
                let schema = self.schemas.at(&path);
                let example = schema.and_then(|schema| self.schemas.keyword(schema, "examples")?.get(0)?.as_str());
                self.say(path, pattern_in_words(pattern, example));
            }
            Kind::Format { format } => self.say(path, format!("not a valid {format}")),
            Kind::Minimum { limit } => self.out_of_range(path, &format!("must be at least {limit}")),
            Kind::Maximum { limit } => self.out_of_range(path, &format!("must be at most {limit}")),
            Kind::ExclusiveMinimum { limit } => self.out_of_range(path, &format!("must be more than {limit}")),
            Kind::ExclusiveMaximum { limit } => self.out_of_range(path, &format!("must be less than {limit}")),
            Kind::MultipleOf { multiple_of } => {
                self.out_of_range(path, &format!("must be a multiple of {multiple_of}"))
            }
            Kind::MinLength { limit: 1 } => self.say(path, "must not be empty"),
            Kind::MinLength { limit } => self.say(path, format!("must have at least {limit} characters")),
            Kind::MaxLength { limit } => self.say(path, format!("must have at most {limit} characters")),
            Kind::MinItems { limit: 1 } | Kind::MinProperties { limit: 1 } => self.say(path, "must not be empty"),
            Kind::MinItems { limit } => self.say(path, format!("must have at least {limit} items")),
            Kind::MaxItems { limit } => self.say(path, format!("must have at most {limit} items")),
            Kind::MinProperties { limit } => self.say(path, format!("must have at least {limit} keys")),
            Kind::MaxProperties { limit } => self.say(path, format!("must have at most {limit} keys")),
            Kind::UniqueItems => self.say(path, "must not say the same twice"),
            Kind::PropertyNames { .. } => self.say(path, "one of its keys has a name that is not allowed"),
            Kind::OneOfMultipleValid { .. } => self.say(path, "could mean more than one thing"),
            // The rest only by keywords that no config of ours has; the masked text repeats no value.
            _ => self.say(path, error.masked().to_string()),
        }
    }

    /// The pointer of the error, its numbers read as the values on the way want them.
    fn path_of(&self, error: &ValidationError<'_>) -> KeyPath {
        let (mut path, mut value) = (KeyPath::default(), Some(&self.tree.value));
        for word in error.instance_path().as_str().split('/').skip(1) {
            let word = word.replace("~1", "/").replace("~0", "~");
            let step = match (value, word.parse()) {
                (Some(Value::Array(_)), Ok(index)) => Step::Index(index),
                _ => Step::Key(word),
            };
            value = value.and_then(|value| match &step {
                Step::Key(key) => value.get(key),
                Step::Index(index) => value.get(index),
            });
            path = path.step(step);
        }
        path
    }

    fn unknown(&mut self, path: &KeyPath, key: &str) {
        let Some(schema) = self.schemas.at(path) else { return };
        let keys: Vec<&str> = self.schemas.keys(schema).into_keys().collect();
        let meant = near(key, keys.iter().copied()).map(|near| path.key(near));
        let belongs_above = !path.steps().is_empty() && self.schemas.keys(self.schemas.root()).contains_key(key);
        let message = if meant.is_none() && belongs_above {
            format!("unknown field; `{key}` belongs at the top of the file, before the first [section]")
        } else if meant.is_none() {
            let files: Vec<_> = self.schemas.secret_keys(schema).iter().map(|key| format!("{key}_file")).collect();
            format!("unknown field, {}", expected(key, keys.into_iter().chain(files.iter().map(String::as_str))))
        } else {
            format!("unknown field, {}", expected(key, keys))
        };
        self.found.push(Finding { path: path.key(key), message, missing: false, meant });
    }

    fn missing(&mut self, path: &KeyPath, key: &str) {
        let secret = self.schemas.at(path).is_some_and(|schema| self.schemas.secret_keys(schema).contains(&key));
        let message = if secret { format!("missing field (or `{key}_file`)") } else { "missing field".into() };
        self.found.push(Finding { path: path.key(key), message, missing: true, meant: None });
    }

    fn wrong_type(&mut self, path: KeyPath) {
        let wanted: Vec<&str> = match self.schemas.at(&path) {
            Some(schema) if self.schemas.is_secret(schema) => vec!["a text"],
            Some(schema) => {
                let types = self.schemas.types(schema);
                types.into_iter().filter(|name| *name != "null").map(type_in_words).collect()
            }
            None => vec![],
        };
        let found = match self.tree.get(&path).map(type_of) {
            Some("number") => "a number with a fraction",
            Some(name) => type_in_words(name),
            None => "nothing",
        };
        self.say(path, format!("expected {}, found {found}", wanted.join(" or ")));
    }

    fn out_of_range(&mut self, path: KeyPath, rule: &str) {
        let secret = self.schemas.at(&path).is_some_and(|schema| self.schemas.is_secret(schema));
        let message = match self.tree.get(&path) {
            Some(Value::Number(number)) if !secret => format!("{rule}, is {number}"),
            _ => rule.to_owned(),
        };
        self.say(path, message);
    }

    /// Of the forms that a value may have, tells what is wrong with the one that it
    /// most likely was meant to have.
    fn no_form_fits(&mut self, path: KeyPath, forms: &[Vec<ValidationError<'_>>]) {
        let here = |error: &ValidationError<'_>| self.path_of(error) == path;
        let of_that_type = |form: &&Vec<ValidationError<'_>>| {
            !form.iter().any(|error| here(error) && matches!(error.kind(), Kind::Type { .. }))
        };
        let fitting: Vec<_> = forms.iter().filter(of_that_type).collect();
        let is_constant = |error: &ValidationError<'_>| {
            here(error) && matches!(error.kind(), Kind::Enum { .. } | Kind::Constant { .. })
        };
        let options: Vec<String> = fitting
            .iter()
            .flat_map(|form| form.iter())
            .filter(|error| is_constant(error))
            .flat_map(constants)
            .collect();
        let other = fitting.iter().filter(|form| !form.iter().any(&is_constant));
        let wrong_key = |error: &ValidationError<'_>| {
            here(error) && matches!(error.kind(), Kind::AdditionalProperties { .. } | Kind::Required { .. })
        };
        let none_has_the_key = other.clone().all(|form| form.iter().any(&wrong_key));
        let best = other.min_by_key(|form| form.len());
        if none_has_the_key && self.no_choice(&path) {
            return;
        }
        match (best, self.tree.get(&path)) {
            (Some(form), _) => form.iter().for_each(|error| self.add(error)),
            (None, Some(value)) if !options.is_empty() && value.is_string() => {
                let mut message = unknown_value(value, &options);
                let schema = self.schemas.at(&path).filter(|_| near_option(value, &options).is_none());
                let types = schema.map(|schema| self.schemas.types(schema)).unwrap_or_default();
                for kind in types.into_iter().filter(|kind| !matches!(*kind, "string" | "null")) {
                    message = format!("{message} or {}", type_in_words(kind));
                }
                self.say(path, message);
            }
            _ => self.wrong_type(path),
        }
    }

    /// Of a table that must have one key of several, such as `{ ca_file = "…" }`,
    /// tells which there are; `false` when the value is no such table.
    fn no_choice(&mut self, path: &KeyPath) -> bool {
        let (schemas, tree) = (self.schemas, self.tree);
        let (Some(schema), Some(Value::Object(table))) = (schemas.at(path), tree.get(path)) else { return false };
        let forms = schemas.forms(schema).into_iter();
        let choices: Vec<usize> = forms.filter_map(|form| Some(form.get("properties")?.as_object()?.len())).collect();
        if choices.len() < 2 || choices.iter().any(|keys| *keys != 1) {
            return false;
        }
        let keys = schemas.keys(schema);
        let unknown: Vec<&String> = table.keys().filter(|key| !keys.contains_key(key.as_str())).collect();
        for key in &unknown {
            self.unknown(path, key);
        }
        if unknown.is_empty() {
            let keys: Vec<_> = keys.into_keys().map(|key| format!("`{key}`")).collect();
            self.say(path.clone(), format!("must have one key of {}", keys.join(", ")));
        }
        true
    }
}

/// The values that would have been right, as they are written.
fn constants(error: &ValidationError<'_>) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match error.kind() {
        Kind::Constant { expected_value } => vec![text(expected_value)],
        Kind::Enum { options } => {
            options.as_array().into_iter().flatten().filter(|value| !value.is_null()).map(text).collect()
        }
        _ => vec![],
    }
}

fn near_option<'o>(value: &Value, options: &'o [String]) -> Option<&'o str> {
    near(value.as_str().unwrap_or_default(), options.iter().map(String::as_str))
}

fn unknown_value(value: &Value, options: &[String]) -> String {
    format!("unknown value, {}", expected(value.as_str().unwrap_or_default(), options.iter().map(String::as_str)))
}

pub(super) fn type_in_words(name: &str) -> &str {
    match name {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a table",
        _ => "nothing",
    }
}

fn pattern_in_words(pattern: &str, example: Option<&str>) -> String {
    match example {
        _ if is_chat_pattern(pattern) => CHAT_FORM.to_owned(),
        Some(example) => format!("must be like `{example}`"),
        None => format!("must match `{pattern}`"),
    }
}
