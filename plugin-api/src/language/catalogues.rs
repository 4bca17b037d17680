//! The catalogues: what is said under each key, for each plugin and language.
use super::{BUILT_IN, CLOSES, ENGLISH, FluentArgs, FluentBundle, FluentResource, OPENS, Texts};
use fluent_bundle::FluentError;
use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc};
use unic_langid::LanguageIdentifier;

/// The texts of all plugins in all languages.
pub struct Catalogues {
    of: BTreeMap<LanguageIdentifier, BTreeMap<String, FluentBundle<FluentResource>>>,
}

/// A catalogue that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{plugin}, {language}: {why}")]
pub struct Broken {
    /// Whose texts they are.
    pub plugin: String,
    /// The language's tag, as it was given.
    pub language: String,
    /// What is wrong.
    pub why: String,
}

impl Catalogues {
    /// Those of the crates in this binary.
    ///
    /// # Panics
    /// When one of them cannot be read: a mistake of its crate, which a test of it
    /// would have shown.
    pub fn built_in() -> Catalogues {
        let mut all = Catalogues { of: BTreeMap::new() };
        for Texts { plugin, language, ftl } in inventory::iter::<Texts> {
            all.add(plugin, language, ftl).expect("catalogues are checked by their crates");
        }
        all
    }
    /// The same, read once.
    pub fn shared() -> Arc<Catalogues> {
        BUILT_IN.clone()
    }
    /// Adds texts, over those that have the same keys.
    ///
    /// # Errors
    /// When the tag is none or the texts are no Fluent resource: nothing is added then.
    pub fn add(&mut self, plugin: &str, language: &str, ftl: &str) -> Result<(), Broken> {
        let broken = |why: String| Broken { plugin: plugin.to_owned(), language: language.to_owned(), why };
        let tag: LanguageIdentifier = language.parse().map_err(|_| broken("no language tag".to_owned()))?;
        if ftl.contains([OPENS, CLOSES]) {
            return Err(broken("the characters U+E000 and U+E001 are taken".to_owned()));
        }
        let resource = FluentResource::try_new(ftl.to_owned()).map_err(|(_, errors)| {
            let first = errors.first().map(|error| (error.to_string(), error.pos.start));
            let (what, at) = first.unwrap_or_default();
            let line = ftl.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            broken(format!("line {line}: {what}"))
        })?;
        let bundle = self.of.entry(tag.clone()).or_default().entry(plugin.to_owned()).or_insert_with(|| {
            let mut bundle = FluentBundle::new_concurrent(vec![tag]);
            // Else each value stands between U+2068 and U+2069, which are copied with it.
            bundle.set_use_isolating(false);
            bundle
        });
        bundle.add_resource_overriding(resource);
        Ok(())
    }
    /// The languages of the host and the plugins.
    pub fn languages(&self) -> impl Iterator<Item = &LanguageIdentifier> {
        self.of.keys()
    }
    pub(super) fn has_language(&self, tag: &LanguageIdentifier) -> bool {
        *tag == *ENGLISH || self.of.contains_key(tag)
    }
    pub(super) fn has(&self, plugin: &str, tag: &LanguageIdentifier, key: &str) -> bool {
        self.bundle(plugin, tag).is_some_and(|bundle| bundle.has_message(key))
    }
    fn bundle(&self, plugin: &str, tag: &LanguageIdentifier) -> Option<&FluentBundle<FluentResource>> {
        self.of.get(tag)?.get(plugin)
    }
    /// The text under `key`, or under `key.attribute`. `None` when it is not there, or
    /// when a variable has no value: the caller has another language, or shows the key.
    pub(super) fn format(
        &self,
        plugin: &str,
        tag: &LanguageIdentifier,
        key: &str,
        args: Option<&FluentArgs<'_>>,
    ) -> Option<String> {
        let bundle = self.bundle(plugin, tag)?;
        let pattern = match key.split_once('.') {
            Some((message, attribute)) => bundle.get_message(message)?.get_attribute(attribute)?.value(),
            None => bundle.get_message(key)?.value()?,
        };
        let mut errors: Vec<FluentError> = vec![];
        let said: Cow<'_, str> = bundle.format_pattern(pattern, args, &mut errors);
        if !errors.is_empty() {
            tracing::error!(plugin, language = %tag, key, ?errors, "text not complete");
            return None;
        }
        Some(said.into_owned())
    }
}
impl fmt::Debug for Catalogues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.of.keys().map(ToString::to_string)).finish()
    }
}
