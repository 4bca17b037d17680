//! What is wrong with a config: one line each, with the place it stands at.
use super::tree::{KeyPath, Source};
use std::{error, fmt, path::Path};

/// Something wrong with the config.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    // The order of the fields is the order of mistakes.
    origin: Origin,
    /// The key that it is about, such as `http.listen`; empty for the whole.
    pub path: String,
    /// What is wrong and what would be right. Repeats no secret.
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    File { line: usize, column: usize, name: String },
    Env(String),
    Credential,
}

impl Mistake {
    /// In the file, at a line and column counted from 1.
    pub(super) fn at(file: &str, line: usize, column: usize, message: impl Into<String>) -> Self {
        let origin = Origin::File { name: file.to_owned(), line, column };
        Mistake { origin, path: String::new(), message: message.into() }
    }
    /// With the file as a whole.
    pub(super) fn of_file(file: &Path, message: impl Into<String>) -> Self {
        Mistake::at(&file.display().to_string(), 0, 0, message)
    }
    /// With an environment variable.
    pub(super) fn of_env(name: &str, message: impl Into<String>) -> Self {
        Mistake { origin: Origin::Env(name.to_owned()), path: String::new(), message: message.into() }
    }
    /// Whether it is about a section, such as `plugins.travishook`, or a key in it.
    pub(crate) fn is_in(&self, section: &str) -> bool {
        let inside = |rest: &str| rest.is_empty() || rest.starts_with('.');
        let variable = || format!("{}{}", super::env::PREFIX, section.replace('.', "__").replace('-', "_"));
        match &self.origin {
            Origin::Env(name) if name.to_lowercase().starts_with(&variable().to_lowercase()) => true,
            _ => self.path.strip_prefix(section).is_some_and(inside),
        }
    }
    /// With a key that `source` gave, or should have given.
    pub(super) fn of_key(file: &str, source: Option<&Source>, path: &KeyPath, message: impl Into<String>) -> Self {
        let origin = match source {
            Some(Source::Env { name }) => Origin::Env(name.clone()),
            Some(Source::Credential) => Origin::Credential,
            Some(Source::File { line } | Source::SecretFile { line: Some(line), .. }) => {
                Origin::File { name: file.to_owned(), line: *line, column: 0 }
            }
            Some(Source::Default | Source::SecretFile { line: None, .. }) | None => {
                Origin::File { name: file.to_owned(), line: 0, column: 0 }
            }
        };
        Mistake { origin, path: path.to_string(), message: message.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::File { name, line: 0, .. } => f.write_str(name)?,
            Origin::File { name, line, column: 0 } => write!(f, "{name}:{line}")?,
            Origin::File { name, line, column } => write!(f, "{name}:{line}:{column}")?,
            Origin::Env(name) => f.write_str(name)?,
            Origin::Credential => f.write_str("credential")?,
        }
        if !self.path.is_empty() {
            write!(f, ": {}", self.path)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Everything wrong with a config, in the order of its lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl Mistakes {
    /// In the order of their lines, each once.
    pub fn sorted(mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort();
        mistakes.dedup();
        Mistakes(mistakes)
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, mistake) in self.0.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{mistake}")?;
        }
        Ok(())
    }
}
impl error::Error for Mistakes {}

/// The candidate that was probably meant.
pub(super) fn near<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    const LIKE: f64 = 0.8; // Jaro-Winkler: `max_age` and `max_age_secs` have 0.92, `listen` and `level` 0.70
    let plain = |word: &str| word.to_lowercase().replace('-', "_");
    let word = plain(word);
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word, &plain(candidate)), candidate))
        .filter(|(likeness, _)| *likeness >= LIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}

/// ``expected `x` `` for the near match, else all candidates.
pub(super) fn expected<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str, IntoIter: Clone>) -> String {
    let candidates = candidates.into_iter();
    if let Some(near) = near(word, candidates.clone()) {
        return format!("expected `{near}`");
    }
    let all: Vec<String> = candidates.map(|candidate| format!("`{candidate}`")).collect();
    match all.as_slice() {
        [] => "none is expected here".into(),
        [one] => format!("expected {one}"),
        all => format!("expected one of {}", all.join(", ")),
    }
}
