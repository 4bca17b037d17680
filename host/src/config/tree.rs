//! A config as a tree of JSON values, and where each key came from.
use serde_json::{Map, Number, Value};
use std::{collections::BTreeMap, fmt, path::PathBuf};
use toml::de::{DeInteger, DeTable, DeValue};

/// One step of a [`KeyPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Into a table.
    Key(String),
    /// Into a list, from 0.
    Index(usize),
}

/// The way to a value: `plugins.travishook.max_age_secs`, `access.rules[0].command`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyPath(Vec<Step>);

impl KeyPath {
    /// From table to table.
    pub fn of<'k>(keys: impl IntoIterator<Item = &'k str>) -> Self {
        KeyPath(keys.into_iter().map(|key| Step::Key(key.to_owned())).collect())
    }
    /// One table further in.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }
    /// Into a list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }
    /// The steps from the top.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
    pub(super) fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        KeyPath(steps)
    }
    /// The key at this depth, if there is a key.
    pub(super) fn key_at(&self, depth: usize) -> Option<&str> {
        match self.0.get(depth) {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }
    pub(super) fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        Some(KeyPath(above.to_vec()))
    }
    pub(super) fn starts_with(&self, other: &KeyPath) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) => write!(f, "{}{}", if at == 0 { "" } else { "." }, toml_key(key))?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A key as TOML wants it: quoted unless it is bare.
pub(super) fn toml_key(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { format!("{key:?}") }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The config file.
    File {
        /// The line of its key, from 1.
        line: usize,
    },
    /// An environment variable.
    Env {
        /// Its name.
        name: String,
    },
    /// A file of its own, named by `NAME_file`.
    SecretFile {
        /// As the config names it.
        path: PathBuf,
        /// The line of `NAME_file` in the config file, if it stands there.
        line: Option<usize>,
    },
    /// A systemd credential.
    Credential,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Default => f.write_str("default"),
            Source::File { line } => write!(f, "line {line}"),
            Source::Env { name } => f.write_str(name),
            Source::SecretFile { path, .. } => write!(f, "file {}", path.display()),
            Source::Credential => f.write_str("credential"),
        }
    }
}

/// What a config gives, and where each key of it came from.
#[derive(Clone)]
pub(super) struct Tree {
    /// Always an object at the top.
    pub(super) value: Value,
    pub(super) sources: BTreeMap<KeyPath, Source>,
}

impl Default for Tree {
    fn default() -> Self {
        Tree { value: Value::Object(Map::new()), sources: BTreeMap::new() }
    }
}

impl Tree {
    pub(super) fn get(&self, path: &KeyPath) -> Option<&Value> {
        path.steps().iter().try_fold(&self.value, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })
    }
    pub(super) fn get_mut(&mut self, path: &KeyPath) -> Option<&mut Value> {
        path.steps().iter().try_fold(&mut self.value, |value, step| match step {
            Step::Key(key) => value.get_mut(key),
            Step::Index(index) => value.get_mut(index),
        })
    }
    /// Where the value there, or the nearest table or list around it, came from.
    pub(super) fn source(&self, path: &KeyPath) -> Option<&Source> {
        let mut path = Some(path.clone());
        while let Some(at) = path {
            if let Some(source) = self.sources.get(&at) {
                return Some(source);
            }
            path = at.parent();
        }
        None
    }
    /// Puts a value there, making the tables on the way. Leaves it when something
    /// on the way is no table: that is a mistake of its own.
    pub(super) fn set(&mut self, path: &KeyPath, value: Value, source: Source) {
        let Some((Step::Key(last), above)) = path.steps().split_last() else { return };
        let (mut at, mut way) = (&mut self.value, KeyPath::default());
        for step in above {
            way = way.step(step.clone());
            at = match (step, at) {
                (Step::Key(key), Value::Object(table)) => table.entry(key.clone()).or_insert_with(|| {
                    self.sources.insert(way.clone(), source.clone());
                    Value::Object(Map::new())
                }),
                (Step::Index(index), Value::Array(list)) if *index < list.len() => &mut list[*index],
                _ => return,
            };
        }
        let Value::Object(table) = at else { return };
        table.insert(last.clone(), value);
        self.sources.retain(|known, _| !known.starts_with(path));
        self.sources.insert(path.clone(), source);
    }
    /// Takes a value out.
    pub(super) fn take(&mut self, path: &KeyPath) -> Option<Value> {
        let (Step::Key(last), above) = path.steps().split_last()? else { return None };
        let taken = self.get_mut(&KeyPath(above.to_vec()))?.as_object_mut()?.remove(last)?;
        self.sources.retain(|known, _| !known.starts_with(path));
        Some(taken)
    }
}

/// What is wrong with the file as TOML: of syntax with a column and no path, or of a
/// value with a path and no column (0). Both count from 1.
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) path: KeyPath,
    pub(super) reason: String,
}

/// Reads TOML. With faults the tree is what could be understood.
pub(super) fn parse(text: &str) -> (Tree, Vec<Fault>) {
    let lines = Lines::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut faults: Vec<Fault> = vec![];
    for error in errors {
        let (line, column) = lines.position(error.span().map_or(text.len(), |span| span.start));
        // One slip often leads to several errors on its line.
        if faults.iter().all(|fault| fault.line != line) {
            faults.push(Fault { line, column, path: KeyPath::default(), reason: error.message().to_owned() });
        }
    }
    let mut reading = Reading { lines, sources: BTreeMap::new(), faults };
    let value = reading.table(table.get_ref(), 1, &KeyPath::default()).unwrap_or_else(|| Value::Object(Map::new()));
    (Tree { value, sources: reading.sources }, reading.faults)
}

/// A single TOML value, as an environment variable may hold it.
pub(super) fn parse_value(text: &str) -> Option<Value> {
    let value = DeValue::parse(text).ok()?;
    let mut reading = Reading { lines: Lines::of(text), sources: BTreeMap::new(), faults: vec![] };
    let value = reading.value(value.get_ref(), 1, &KeyPath::default());
    value.filter(|_| reading.faults.is_empty())
}

struct Reading<'t> {
    lines: Lines<'t>,
    sources: BTreeMap<KeyPath, Source>,
    faults: Vec<Fault>,
}

impl Reading<'_> {
    fn table(&mut self, table: &DeTable<'_>, line: usize, path: &KeyPath) -> Option<Value> {
        const DEPTH_MAX: usize = 64; // far above any config, far below the stack
        if path.steps().len() > DEPTH_MAX {
            return self.fault(line, path, "tables are nested too deeply");
        }
        let mut map = Map::new();
        for (key, value) in table {
            let path = path.key(key.get_ref());
            let (line, _) = self.lines.position(key.span().start);
            self.sources.insert(path.clone(), Source::File { line });
            map.extend(self.value(value.get_ref(), line, &path).map(|value| (key.get_ref().to_string(), value)));
        }
        Some(Value::Object(map))
    }
    /// None after a fault, so that the other keys are still looked at.
    fn value(&mut self, value: &DeValue<'_>, line: usize, path: &KeyPath) -> Option<Value> {
        Some(match value {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(flag) => Value::Bool(*flag),
            DeValue::Datetime(time) => Value::String(time.to_string()),
            DeValue::Integer(integer) => match number(integer) {
                Some(number) => Value::Number(number),
                None => return self.fault(line, path, "the number is too large"),
            },
            DeValue::Float(float) => match float.as_str().parse().ok().and_then(Number::from_f64) {
                Some(number) => Value::Number(number),
                None => return self.fault(line, path, "this is no number that can be used"),
            },
            DeValue::Array(array) => {
                let mut list = vec![];
                for (index, item) in array.iter().enumerate() {
                    let path = path.index(index);
                    let (line, _) = self.lines.position(item.span().start);
                    self.sources.insert(path.clone(), Source::File { line });
                    // Null, which nothing accepts, keeps the others at their index.
                    list.push(self.value(item.get_ref(), line, &path).unwrap_or(Value::Null));
                }
                Value::Array(list)
            }
            DeValue::Table(table) => return self.table(table, line, path),
        })
    }
    fn fault(&mut self, line: usize, path: &KeyPath, reason: &str) -> Option<Value> {
        self.faults.push(Fault { line, column: 0, path: path.clone(), reason: reason.to_owned() });
        None
    }
}

fn number(integer: &DeInteger<'_>) -> Option<Number> {
    let (digits, radix) = (integer.as_str(), integer.radix());
    match i64::from_str_radix(digits, radix) {
        Ok(number) => Some(number.into()),
        Err(_) => u64::from_str_radix(digits, radix).ok().map(Number::from),
    }
}

/// From an offset in the text to line and column.
struct Lines<'t> {
    text: &'t str,
    /// Offsets behind each newline.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Lines { text, starts: newlines.map(|(at, _)| at + 1).collect() }
    }
    /// Line and column, both from 1; the column counts characters.
    fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).map_or(0, |before| self.starts[before]);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        (line + 1, column + 1)
    }
}
