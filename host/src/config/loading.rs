//! From the sources to a checked config, step by step.
use super::{
    CONSOLE, ChatSection, Config, Further, KeyPath, Loaded, Mistake, Mistakes, PluginSection, Source, Sources, Step,
    checks, env, foreign, mistakes,
    own_texts::{self, OwnTexts},
    schema::{CHAT_KEYS, PLUGIN_KEYS, Schemas},
    secrets,
    tree::{self, Tree},
    validate,
};
use crate::access::RuleSpec;
use factotum_plugin_api::language::Language;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fs, path::Path};

/// See [`super::load`].
pub(super) fn load(sources: &Sources, further: Option<Further>) -> Result<Loaded, Mistakes> {
    let file = sources.file.as_ref().map_or_else(|| "factotum.toml".to_owned(), |file| file.display().to_string());
    let (tree, mistakes) = read(sources, &file)?;
    let mut loading = Loading { kinds: BTreeMap::new(), sources, file, tree, mistakes };
    foreign::apply(sources, &mut loading.tree);
    let schemas = loading.schemas();
    loading.complete(&schemas);
    loading.finish(schemas, further)
}

/// The file, with what is wrong with single values of it.
fn read(sources: &Sources, file: &str) -> Result<(Tree, Vec<Mistake>), Mistakes> {
    let text = match (&sources.text, &sources.file) {
        (Some(text), _) => text.clone(),
        (None, None) => return Ok((Tree::default(), vec![])),
        (None, Some(path)) => {
            let wrong = |message: String| Mistakes(vec![Mistake::of_file(path, message)]);
            let bytes = fs::read(path).map_err(|error| wrong(error.to_string()))?;
            String::from_utf8(bytes).map_err(|_| wrong("is no UTF-8 text".into()))?
        }
    };
    let (tree, faults) = tree::parse(&text);
    let (syntax, values): (Vec<_>, Vec<_>) = faults.into_iter().partition(|fault| fault.path.steps().is_empty());
    if !syntax.is_empty() {
        let mistakes = syntax.into_iter().map(|fault| Mistake::at(file, fault.line, fault.column, fault.reason));
        return Err(Mistakes::sorted(mistakes.collect()));
    }
    let mistake =
        |fault: tree::Fault| Mistake::of_key(file, Some(&Source::File { line: fault.line }), &fault.path, fault.reason);
    Ok((tree, values.into_iter().map(mistake).collect()))
}

/// A network that the config names.
struct Named {
    kind: String,
    /// Where its kind is said, or its section.
    path: KeyPath,
    /// The variable that named it, when no section does.
    variable: Option<String>,
}

struct Loading<'s> {
    sources: &'s Sources,
    file: String,
    tree: Tree,
    /// The configured networks with their kinds, without those of an unknown kind.
    kinds: BTreeMap<String, &'static str>,
    mistakes: Vec<Mistake>,
}

impl Loading<'_> {
    fn mistake(&mut self, path: &KeyPath, message: impl Into<String>) {
        self.mistakes.push(Mistake::of_key(&self.file, self.tree.source(path), path, message));
    }

    /// The whole schema. Takes sections of plugins and networks that nobody knows
    /// out of the tree, and says so.
    fn schemas(&mut self) -> Schemas {
        for (name, Named { kind, path, variable }) in self.named_chats() {
            // Chats and senders are written `name:…`, and names are compared in lower case.
            if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c)) {
                let section = KeyPath::of(["chats", &name]);
                self.mistake(&section, "the name of a network has only lower case letters, digits, `-` and `_`");
                drop(self.tree.take(&section));
                continue;
            }
            let Some((known, _)) = self.sources.networks.iter().find(|(known, _)| *known == kind) else {
                let message = self.unknown_network(&kind, path.steps().len() > 2);
                match variable {
                    Some(variable) => self.mistakes.push(Mistake::of_env(&variable, message)),
                    None => self.mistake(&path, message),
                }
                drop(self.tree.take(&KeyPath::of(["chats", &name])));
                continue;
            };
            self.kinds.insert(name, known);
        }
        let plugins = self.tree.get(&KeyPath::of(["plugins"])).and_then(Value::as_object);
        for name in plugins.into_iter().flat_map(Map::keys).cloned().collect::<Vec<_>>() {
            if self.sources.plugins.iter().all(|(known, _)| *known != name) {
                let path = KeyPath::of(["plugins", &name]);
                let message = self.unknown_plugin(&name);
                self.mistake(&path, message);
                drop(self.tree.take(&path));
            }
        }
        let kind_of =
            |kind: &str| self.sources.networks.iter().find(|(known, _)| *known == kind).map(|(_, schema)| schema);
        let chats = self.kinds.iter().filter_map(|(name, kind)| Some((name.as_str(), kind_of(kind)?)));
        Schemas::compose(self.sources.plugins.iter().map(|(name, schema)| (*name, schema)), chats)
    }

    /// The networks that anything names.
    fn named_chats(&self) -> BTreeMap<String, Named> {
        let mut chats = BTreeMap::new();
        let mut add = |name: &str| {
            let path = KeyPath::of(["chats", name]);
            let network = path.key("network");
            let kind = self.tree.get(&network).and_then(Value::as_str);
            let at = if kind.is_some() { network } else { path };
            let named = Named { kind: kind.unwrap_or(name).to_owned(), path: at, variable: None };
            chats.insert(name.to_owned(), named);
        };
        if self.sources.networks.iter().any(|(kind, _)| *kind == CONSOLE) {
            add(CONSOLE);
        }
        let sections = self.tree.get(&KeyPath::of(["chats"])).and_then(Value::as_object);
        sections.into_iter().flat_map(Map::keys).for_each(|name| add(name));
        if let Some(folder) = &self.sources.credentials {
            // A folder that cannot be read is a mistake of its own, in `complete`.
            for credential in secrets::credential_names(folder).unwrap_or_default() {
                if let Some((name, _)) = credential.strip_prefix("chats.").and_then(|rest| rest.split_once('.')) {
                    add(name);
                }
            }
        }
        let known: Vec<String> = chats.keys().cloned().collect();
        for variable in env::variables(&self.sources.env) {
            let [section, name, key, ..] = variable.words.as_slice() else { continue };
            if section != "chats" || name.is_empty() {
                continue;
            }
            let name = known.iter().find(|known| env::plain(known) == *name).unwrap_or(name);
            let by_variable = || Some(variable.name.to_owned());
            let path = KeyPath::of(["chats", name]);
            let named = Named { kind: name.clone(), path, variable: by_variable() };
            let named = chats.entry(name.clone()).or_insert(named);
            if key == "network" {
                variable.value.clone_into(&mut named.kind);
                named.variable = by_variable();
            }
        }
        chats
    }

    fn not_compiled_in(&self, name: &str) -> Option<String> {
        let (_, feature) = self.sources.left_out.iter().find(|(left_out, _)| left_out == name)?;
        Some(format!("not compiled in: build with `--features {feature}`"))
    }
    fn unknown_plugin(&self, name: &str) -> String {
        self.not_compiled_in(name).unwrap_or_else(|| {
            let known = self.sources.plugins.iter().map(|(known, _)| *known);
            format!("unknown plugin, {}", mistakes::expected(name, known))
        })
    }
    fn unknown_network(&self, kind: &str, said: bool) -> String {
        self.not_compiled_in(kind).unwrap_or_else(|| {
            let known = self.sources.networks.iter().map(|(known, _)| *known);
            let near = said || mistakes::near(kind, known.clone()).is_some();
            let remedy = if near { "" } else { "say which kind it is with `network`, " };
            format!("unknown network, {remedy}{}", mistakes::expected(kind, known))
        })
    }

    /// Brings in the environment, credentials and files of secrets.
    fn complete(&mut self, schemas: &Schemas) {
        if let Some(folder) = &self.sources.credentials {
            match secrets::credential_names(folder) {
                Ok(names) => {
                    let mistakes = names
                        .iter()
                        .filter_map(|name| secrets::apply_credential(schemas, &mut self.tree, folder, name).err());
                    self.mistakes.extend(mistakes.collect::<Vec<_>>());
                }
                Err(message) => self.mistakes.push(Mistake::of_env("CREDENTIALS_DIRECTORY", message)),
            }
        }
        for variable in env::variables(&self.sources.env) {
            let unknown = match variable.words.as_slice() {
                [section, name, ..] if section == "plugins" => self.unknown_plugin_of_variable(name),
                // Said already, with the kinds that there are.
                [section, name, _, ..]
                    if section == "chats" && !self.kinds.keys().any(|known| env::plain(known) == *name) =>
                {
                    continue;
                }
                _ => None,
            };
            let applied = match unknown {
                Some(message) => Err(Mistake::of_env(variable.name, message)),
                None => variable.apply(schemas, &mut self.tree),
            };
            self.mistakes.extend(applied.err());
        }
        secrets::read_files(schemas, &mut self.tree, &self.file, &mut self.mistakes);
        make_whole(schemas, schemas.root(), &mut self.tree.value);
    }

    /// What is wrong with the plugin's name in a variable, if it is not compiled in.
    fn unknown_plugin_of_variable(&self, name: &str) -> Option<String> {
        let is_it = |known: &str| env::plain(known) == name;
        if self.sources.plugins.iter().any(|(known, _)| is_it(known)) {
            return None;
        }
        let left_out = self.sources.left_out.iter().map(|(known, _)| known.as_str()).find(|known| is_it(known));
        Some(self.unknown_plugin(left_out.unwrap_or(name)))
    }

    /// Checks, and hands the sections out.
    fn finish(mut self, schemas: Schemas, further: Option<Further>) -> Result<Loaded, Mistakes> {
        let findings = match validate::findings(&schemas, &self.tree) {
            Ok(findings) => findings,
            Err(error) => {
                self.mistakes
                    .push(Mistake::of_file(Path::new(&self.file), format!("a plugin's schema is broken: {error}")));
                vec![]
            }
        };
        let mut missing: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for finding in findings {
            let disabled = section_of(&finding.path).filter(|section| self.is_disabled(section));
            match (disabled, finding.missing) {
                (Some(section), true) => {
                    let key = finding.path.to_string();
                    let key = key.strip_prefix(&format!("{section}.")).unwrap_or(&key).to_owned();
                    missing.entry(section.to_string()).or_default().push(key);
                }
                _ => self.mistake(&finding.path, finding.message),
            }
        }
        let config = self.host_config();
        let OwnTexts { catalogues, broken } = own_texts::read(config.texts.as_deref());
        let language = own_texts::language(&config.language, &catalogues).unwrap_or_else(|message| {
            self.mistake(&KeyPath::of(["language"]), message);
            Language::default()
        });
        let mut mistakes = std::mem::take(&mut self.mistakes);
        let mut loaded = self.hand_out(schemas, config, &missing);
        (loaded.language, loaded.broken_texts) = (language, broken);
        loaded.further = further;
        let found = loaded.further.as_ref().map_or(vec![], |further| further(&loaded, &mistakes));
        mistakes.extend(found);
        if mistakes.is_empty() { Ok(loaded) } else { Err(Mistakes::sorted(mistakes)) }
    }

    /// The host's own settings, checked. Where the schema has found mistakes, what is
    /// readable is checked all the same: all mistakes are told at once.
    fn host_config(&mut self) -> Config {
        let mut own = self.tree.value.as_object().cloned().unwrap_or_default();
        own.retain(|key, _| key != "plugins" && key != "chats");
        let whole = serde_json::from_value::<Config>(Value::Object(own.clone()));
        // The schema's mistakes say the same in better words.
        if let (Err(error), true) = (&whole, self.mistakes.is_empty()) {
            self.mistakes.push(Mistake::of_file(Path::new(&self.file), error.to_string()));
        }
        if whole.is_err() {
            own = readable(own);
        }
        let own_admins = own.contains_key("admins");
        let mut config = whole.or_else(|_| serde_json::from_value(Value::Object(own))).unwrap_or_default();
        if !own_admins {
            let person = self.tree.get(&KeyPath::of(["chats", CONSOLE, "sender"])).and_then(Value::as_str);
            config.admins = vec![format!("{CONSOLE}:{}", person.unwrap_or("admin"))];
        }
        let networks: Vec<&str> = self.kinds.keys().map(String::as_str).collect();
        for (path, message) in checks::findings(&config, &networks, own_admins) {
            self.mistake(&path, message);
        }
        config
    }

    fn is_disabled(&self, section: &KeyPath) -> bool {
        self.tree.get(&section.key("enabled")) == Some(&Value::Bool(false))
    }

    fn hand_out(mut self, schemas: Schemas, config: Config, missing: &BTreeMap<String, Vec<String>>) -> Loaded {
        let section = |path: &KeyPath, keys: &[&str]| {
            let mut value = self.tree.get(path).cloned().unwrap_or_else(|| Value::Object(Map::new()));
            if let Some(value) = value.as_object_mut() {
                value.retain(|key, _| !keys.contains(&key.as_str()));
            }
            value
        };
        let mut plugins: Vec<PluginSection> = vec![];
        for (name, _) in &self.sources.plugins {
            let path = KeyPath::of(["plugins", name]);
            let missing = match (self.tree.get(&path), schemas.at(&path)) {
                (None, Some(schema)) => schemas.required(schema).into_iter().map(str::to_owned).collect(),
                _ => missing.get(&path.to_string()).cloned().unwrap_or_default(),
            };
            let enabled = !self.is_disabled(&path);
            plugins.push(PluginSection { name, enabled, missing, value: section(&path, PLUGIN_KEYS) });
        }
        plugins.sort_by_key(|plugin| plugin.name);
        let chats = self.kinds.iter().map(|(name, kind)| {
            let path = KeyPath::of(["chats", name]);
            ChatSection {
                name: name.clone(),
                kind,
                enabled: !self.is_disabled(&path),
                value: section(&path, CHAT_KEYS),
            }
        });
        let chats = chats.collect();
        let warnings = match &self.sources.file {
            Some(file) => secrets::open_to_others(&schemas, &self.tree, file).into_iter().collect(),
            None => vec![],
        };
        secrets::mask(&schemas, schemas.root(), &mut self.tree.value);
        let sources = self.sources.clone();
        Loaded {
            config,
            plugins,
            chats,
            warnings,
            language: Language::default(),
            broken_texts: vec![],
            file: self.file,
            schemas,
            tree: self.tree,
            sources,
            further: None,
            later: None,
        }
    }
}

/// The host's settings without those that do not fit their types.
fn readable(mut own: Map<String, Value>) -> Map<String, Value> {
    fn fits<T: DeserializeOwned>(value: &Value) -> bool {
        T::deserialize(value).is_ok()
    }
    // Something harmless in the place of a rule keeps the numbers of the others; a
    // role without its senders is still a role that rules may name.
    if let Some(access) = own.get_mut("access") {
        let rules = access.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten();
        rules.filter(|rule| !fits::<RuleSpec>(rule)).for_each(|rule| *rule = json!({ "allow": false }));
        let roles = access.get_mut("roles").and_then(Value::as_object_mut).into_iter().flatten();
        roles.filter(|(_, role)| !fits::<Vec<String>>(role)).for_each(|(_, role)| *role = json!([]));
    }
    for (name, section) in own.iter_mut().filter(|(name, _)| *name != "access") {
        if let Value::Object(section) = section {
            section.retain(|key, value| fits::<Config>(&json!({ name: { key: value } })));
        }
    }
    own.retain(|name, section| fits::<Config>(&json!({ name: section })));
    own
}

/// `plugins.NAME` or `chats.NAME`, if the path leads into one.
fn section_of(path: &KeyPath) -> Option<KeyPath> {
    let (top, name) = (path.key_at(0)?, path.key_at(1)?);
    matches!(top, "plugins" | "chats").then(|| KeyPath::of([top, name]))
}

/// `30.0` is a whole number to JSON Schema and none to serde: makes it one.
fn make_whole(schemas: &Schemas, schema: &Value, value: &mut Value) {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0; // 2^53: whole numbers up to here are exact as f64
    match value {
        Value::Object(table) => {
            for (key, value) in table {
                if let Some(schema) = schemas.child(schema, &Step::Key(key.clone())) {
                    make_whole(schemas, schema, value);
                }
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter_mut().enumerate() {
                if let Some(schema) = schemas.child(schema, &Step::Index(index)) {
                    make_whole(schemas, schema, value);
                }
            }
        }
        Value::Number(number) => {
            let types = schemas.types(schema);
            let wanted = types.contains("integer") && !types.contains("number");
            let whole = number.as_f64().filter(|it| number.is_f64() && it.fract() == 0.0 && it.abs() <= EXACT_MAX);
            if let Some(whole) = whole.filter(|_| wanted).and_then(|whole| format!("{whole:.0}").parse::<i64>().ok()) {
                *number = whole.into();
            }
        }
        _ => {}
    }
}
