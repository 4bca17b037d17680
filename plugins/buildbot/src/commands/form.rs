//! The form of a force scheduler: its fields, the values given so far, and what is wrong
//! with them. No master is called here.
//!
//! How far a person has come is kept nowhere but in the command line that a button
//! carries: `force SCHEDULER config|ask FIELD|build BUILDER field=value …`, or `from N`. A field that
//! takes several values stands there several times.
use crate::model::{Field, ForceScheduler};
use factotum_plugin_api::prelude::*;
use regex::Regex;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Words that a form takes for yes and no; the first is how it writes them.
const YES: [&str; 5] = ["yes", "true", "on", "1", "y"];
const NO: [&str; 5] = ["no", "false", "off", "0", "n"];
/// So much of a value is shown.
const SHOWN: usize = 200;

/// What was given, by the field's key.
pub(super) type Values = BTreeMap<String, Vec<String>>;

/// What a line of a dialog is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Show the form.
    Config,
    /// Ask for the field of this key.
    Ask(String),
    /// Start the build.
    Build,
    /// Offer the builders from this one on.
    From(usize),
}

/// How far a person has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) scheduler: String,
    pub(super) step: Step,
    /// Not chosen yet when there is none.
    pub(super) builder: Option<String>,
    pub(super) values: Values,
}

impl Progress {
    /// Reads the words after `force`; `None` when they are no line of a dialog.
    ///
    /// # Errors
    /// Names the word that gives no field a value.
    pub(super) fn read(words: &[String]) -> Option<Result<Self>> {
        let (scheduler, rest) = words.split_first()?;
        let (step, rest) = rest.split_first()?;
        let (step, rest) = match (step.to_lowercase().as_str(), rest) {
            ("config", rest) => (Step::Config, rest),
            ("build", rest) => (Step::Build, rest),
            ("from", [first]) => (Step::From(first.parse().ok()?), &[][..]),
            ("ask", [field, rest @ ..]) => (Step::Ask(field.clone()), rest),
            _ => return None,
        };
        let (builder, rest) = rest.split_first().map_or((None, rest), |(builder, rest)| (Some(builder.clone()), rest));
        let read = || {
            let mut values = Values::new();
            for word in rest {
                let (key, value) = assigned(word).ok_or_else(|| user_error(format!("{word:?} is no FIELD=VALUE.")))?;
                values.entry(key.to_owned()).or_default().push(value.to_owned());
            }
            Ok(Progress { scheduler: scheduler.clone(), step, builder, values })
        };
        Some(read())
    }
    /// The words that [`read`](Self::read) takes.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words = vec![self.scheduler.clone()];
        match &self.step {
            Step::Config => words.push("config".into()),
            Step::Ask(field) => words.extend(["ask".into(), field.clone()]),
            Step::Build => words.push("build".into()),
            Step::From(first) => words.extend(["from".into(), first.to_string()]),
        }
        words.extend(self.builder.clone());
        let pairs =
            self.values.iter().flat_map(|(key, values)| values.iter().map(move |value| format!("{key}={value}")));
        words.extend(pairs);
        words
    }
}

/// `field=value`.
pub(super) fn assigned(word: &str) -> Option<(&str, &str)> {
    word.split_once('=').filter(|(key, _)| !key.is_empty())
}

impl Field {
    /// What it is sent and typed as.
    pub(super) fn key(&self) -> &str {
        self.full_name.as_deref().unwrap_or(&self.name)
    }
    fn is_nested(&self) -> bool {
        self.kind == "nested"
    }
    /// Whether a person can give it a value.
    fn is_open(&self) -> bool {
        self.kind != "fixed" && self.key() != "owner"
    }
    /// Whether the form shows it. The name of who forces is for the master to know.
    /// What it insists on is shown in any case.
    fn is_shown(&self) -> bool {
        self.is_open() && (self.required || !(self.hide || self.kind == "username"))
    }
    /// As it is called in sentences.
    pub(super) fn title(&self) -> &str {
        let label = self.label.trim().trim_end_matches(':').trim_end();
        if label.is_empty() { self.key() } else { label }
    }
    /// What can be chosen; nothing where anything may be typed.
    pub(super) fn offered(&self) -> Vec<&str> {
        match self.kind.as_str() {
            "bool" => vec![YES[0], NO[0]],
            _ => self.choices.iter().map(String::as_str).collect(),
        }
    }
    fn default_text(&self) -> String {
        fn text(value: &Value) -> String {
            match value {
                Value::Null => String::new(),
                Value::Bool(yes) => if *yes { YES[0] } else { NO[0] }.into(),
                Value::String(text) => text.clone(),
                Value::Array(all) => all.iter().map(text).collect::<Vec<_>>().join(", "),
                other => other.to_string(),
            }
        }
        text(&self.default)
    }
    /// What is given, or its default.
    fn value(&self, values: &Values) -> String {
        given(values, self.key()).map_or_else(|| self.default_text(), |given| given.join(", "))
    }
    /// Whether it holds nothing.
    pub(super) fn is_empty(&self, values: &Values) -> bool {
        self.value(values).trim().is_empty()
    }
    /// Whether the master will refuse the form for want of it.
    fn is_missing(&self, values: &Values) -> bool {
        self.required && self.kind != "bool" && self.is_empty(values)
    }
    /// The values that an answer means.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(&self, answer: &str) -> Result<Vec<String>, String> {
        if answer.trim().is_empty() {
            return Ok(vec![]);
        }
        let whole = self.choices.iter().any(|choice| choice == answer.trim());
        if !self.multiple || whole {
            return Ok(vec![self.checked(answer)?]);
        }
        answer.split(',').filter(|part| !part.trim().is_empty()).map(|part| self.checked(part.trim())).collect()
    }
    /// One value, in the words of the form.
    fn checked(&self, value: &str) -> Result<String, String> {
        let lower = value.trim().to_lowercase();
        let value = match self.kind.as_str() {
            "bool" if YES.contains(&lower.as_str()) => YES[0].into(),
            "bool" if NO.contains(&lower.as_str()) => NO[0].into(),
            "bool" => return Err(format!("{value:?} is neither yes nor no")),
            "int" => match lower.parse::<i64>() {
                Ok(number) => number.to_string(),
                Err(_) => return Err(format!("{value:?} is no whole number")),
            },
            _ => match self.choice(value) {
                Some(choice) => choice,
                None if self.strict && !self.choices.is_empty() => {
                    return Err(format!("{value:?} is none of {}", self.choices.join(", ")));
                }
                None => value.to_owned(),
            },
        };
        // Buildbot looks for it at the beginning of the value. What only Python can read
        // is left to the master.
        let pattern =
            self.regex.as_ref().and_then(|pattern| Some((pattern, Regex::new(&format!("^(?:{pattern})")).ok()?)));
        match (pattern, self.maxsize) {
            (Some((pattern, regex)), _) if !regex.is_match(&value) => {
                Err(format!("{value:?} does not match {pattern}"))
            }
            (_, Some(most)) if value.chars().count() > most => Err(format!("it is longer than {most} characters")),
            _ => Ok(value),
        }
    }
    fn choice(&self, value: &str) -> Option<String> {
        let lower = value.trim().to_lowercase();
        let exact = self.choices.iter().find(|choice| *choice == value);
        exact.or_else(|| self.choices.iter().find(|choice| choice.to_lowercase() == lower)).cloned()
    }
    /// As the master wants it.
    fn json(&self, values: &[String]) -> Value {
        let one = |value: &String| match self.kind.as_str() {
            "bool" => json!(value == YES[0]),
            "int" => value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number)),
            _ => json!(value),
        };
        match values {
            [only] if !self.multiple => one(only),
            several => several.iter().map(one).collect(),
        }
    }
}

/// The values of a field, where there is anything in them.
fn given<'v>(values: &'v Values, key: &str) -> Option<&'v Vec<String>> {
    values.get(key).filter(|given| given.iter().any(|value| !value.trim().is_empty()))
}

fn leaves(fields: &[Field]) -> Vec<&Field> {
    let leaf = |field| if Field::is_nested(field) { leaves(&field.fields) } else { vec![field] };
    fields.iter().flat_map(leaf).collect()
}

impl ForceScheduler {
    /// As buttons name it.
    pub(super) fn title(&self) -> &str {
        if self.label.trim().is_empty() { &self.name } else { &self.label }
    }
    /// The fields that the form shows.
    pub(super) fn shown(&self) -> Vec<&Field> {
        leaves(&self.all_fields).into_iter().filter(|field| field.is_shown()).collect()
    }
    /// The fields that can be given a value.
    pub(super) fn open(&self) -> Vec<&Field> {
        leaves(&self.all_fields).into_iter().filter(|field| field.is_open()).collect()
    }
    /// The field of this key, in any case where none has the very key.
    ///
    /// # Errors
    /// Names those that there are.
    pub(super) fn field(&self, key: &str) -> Result<&Field> {
        let open = self.open();
        let exact = open.iter().find(|field| field.key() == key);
        let found = exact.or_else(|| open.iter().find(|field| field.key().eq_ignore_ascii_case(key)));
        found.copied().ok_or_else(|| {
            let keys: Vec<&str> = self.shown().into_iter().map(Field::key).collect();
            let meant = crate::authz::meant(key, keys.iter());
            user_error(format!("{} has no field {key:?}{meant}", self.name))
        })
    }
    /// A field's name for a button: its label, unless another has the same.
    pub(super) fn button_title<'a>(&'a self, field: &'a Field) -> &'a str {
        let alike = self.shown().into_iter().filter(|other| other.title() == field.title()).count();
        if alike > 1 { field.key() } else { field.title() }
    }
    /// The fields and what they hold, a list within a list where they are nested.
    pub(super) fn summary(&self, values: &Values) -> Text {
        fn items(fields: &[Field], values: &Values) -> Vec<Text> {
            let mut all = vec![];
            for field in fields.iter().filter(|field| field.is_nested() || field.is_shown()) {
                if !field.is_nested() {
                    all.push(item(field, values));
                    continue;
                }
                let inner = items(&field.fields, values);
                match field.label.trim().is_empty() {
                    _ if inner.is_empty() => {}
                    true => all.extend(inner),
                    false => all.push(bold(field.title()) + list(inner)),
                }
            }
            all
        }
        list(items(&self.all_fields, values))
    }
    /// The shown fields that a build cannot start without.
    pub(super) fn missing(&self, values: &Values) -> Vec<&Field> {
        self.shown().into_iter().filter(|field| field.is_missing(values)).collect()
    }
    /// The values as the form writes them, and what is wrong with others, by key.
    ///
    /// # Errors
    /// Names a field that there is not.
    pub(super) fn check(&self, values: &Values) -> Result<(Values, BTreeMap<String, String>)> {
        let (mut checked, mut faults) = (Values::new(), BTreeMap::new());
        for (key, words) in values {
            let field = self.field(key)?;
            let words = words.iter().filter(|word| !word.trim().is_empty());
            let read: Result<Vec<String>, String> = words.map(|word| field.checked(word)).collect();
            match read {
                Ok(words) if words.is_empty() => {}
                Ok(words) if words.len() > 1 && !field.multiple => {
                    faults.insert(field.key().to_owned(), "it takes one value".to_owned());
                }
                Ok(words) => drop(checked.insert(field.key().to_owned(), words)),
                Err(fault) => drop(faults.insert(field.key().to_owned(), fault)),
            }
        }
        Ok((checked, faults))
    }
    /// What is wrong, a line for each field by its label.
    pub(super) fn faults(&self, faults: &BTreeMap<String, String>) -> Text {
        let known = leaves(&self.all_fields);
        let title = |key: &str| {
            let field = known.iter().find(|field| field.key() == key);
            field.map_or_else(|| key.to_owned(), |field| self.button_title(field).to_owned())
        };
        // A master may begin with the label itself.
        let without = |title: &str, fault: &str| {
            let rest = fault.strip_prefix(title).and_then(|rest| rest.strip_prefix(':'));
            rest.unwrap_or(fault).trim().to_owned()
        };
        list(faults.iter().map(|(key, fault)| {
            let title = title(key);
            let fault = without(&title, fault);
            bold(title) + ": " + fault
        }))
    }
    /// What the master is sent: always one builder, or it would start all that the
    /// scheduler serves; and who asked for it, in the reason.
    pub(super) fn params(&self, builder: &str, values: &Values, who: &str) -> Value {
        let mut params = Map::from_iter([("builderNames".to_owned(), json!([builder]))]);
        for field in self.open() {
            let sent = match given(values, field.key()) {
                _ if field.key() == "reason" => json!(reason(field, values, who)),
                Some(given) => field.json(given),
                // Its default does not count when nothing is sent.
                None if field.required && !field.default_text().is_empty() => field.default.clone(),
                None => continue,
            };
            params.insert(field.key().to_owned(), sent);
        }
        params.into()
    }
}

fn item(field: &Field, values: &Values) -> Text {
    let value = field.value(values).trim().lines().collect::<Vec<_>>().join(" ⏎ ");
    let text = Text::from(field.title()) + ": ";
    if field.is_missing(values) {
        return text + state(State::Odd, "required");
    }
    let cut = value.chars().count() > SHOWN;
    let value: String = value.chars().take(SHOWN).chain(cut.then_some('…')).collect();
    if field.is_empty(values) { text + "–" } else { text + code(value) }
}

/// `force build, by ann (telegram:1)`; what does not fit is cut from the reason.
fn reason(field: &Field, values: &Values, who: &str) -> String {
    let by = format!("by {who}");
    let reason = field.value(values);
    let room = field.maxsize.unwrap_or(usize::MAX).saturating_sub(by.chars().count() + 2);
    let reason: String = reason.trim().chars().take(room).collect();
    if reason.is_empty() { by } else { format!("{reason}, {by}") }
}

#[cfg(test)]
mod tests;
