//! The operator's own texts: `FOLDER/ru/trueconf.ftl` stands over what the plugin
//! trueconf says in Russian. A file that cannot be used is left out and told of;
//! nothing in it stops the host.
use super::mistakes::{expected, near};
use factotum_plugin_api::{
    inventory,
    language::{Catalogues, Language, Texts, messages},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The texts of the host and the plugins, with the operator's over them.
pub(super) struct OwnTexts {
    pub(super) catalogues: Arc<Catalogues>,
    /// What could not be used, a sentence each.
    pub(super) broken: Vec<String>,
}

/// Reads a folder of texts. Blocks.
pub(super) fn read(folder: Option<&Path>) -> OwnTexts {
    let Some(folder) = folder else { return OwnTexts { catalogues: Catalogues::shared(), broken: vec![] } };
    let mut own = Reading { catalogues: Catalogues::built_in(), broken: vec![] };
    match sorted(folder) {
        Ok(languages) => languages.iter().for_each(|path| own.language(path)),
        Err(error) => own.broken.push(format!("the folder of texts {} cannot be read: {error}", folder.display())),
    }
    OwnTexts { catalogues: Arc::new(own.catalogues), broken: own.broken }
}

/// The default language with these texts, or what is wrong with it.
pub(super) fn language(tag: &str, catalogues: &Arc<Catalogues>) -> Result<Language, String> {
    let known: Vec<String> = catalogues.languages().map(ToString::to_string).collect();
    let wrong = |what: &str| format!("`{tag}` {what}, {}", expected(tag, known.iter().map(String::as_str)));
    let language = tag.parse::<Language>().map_err(|_| wrong("is no language"))?;
    language.with_texts(catalogues.clone()).known().ok_or_else(|| wrong("is a language without texts"))
}

struct Reading {
    catalogues: Catalogues,
    broken: Vec<String>,
}

impl Reading {
    fn language(&mut self, folder: &Path) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || !folder.is_dir() && folder.extension().is_none_or(|ending| ending != "ftl") {
            return; // what editors and version control leave
        }
        if name.parse::<Language>().is_err() || !folder.is_dir() {
            let shown = folder.display();
            return self.broken.push(format!("{shown} is left out: texts lie in files such as ru/host.ftl"));
        }
        match sorted(folder) {
            Ok(files) => {
                let files = files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "ftl"));
                for file in files {
                    match self.file(&name, file) {
                        Ok(None) => {}
                        Ok(Some(told)) => self.broken.push(format!("{}: {told}", file.display())),
                        Err(why) => self.broken.push(format!("{} is left out: {why}", file.display())),
                    }
                }
            }
            Err(error) => self.broken.push(format!("{} cannot be read: {error}", folder.display())),
        }
    }
    /// Takes a file; gives what is odd about it.
    fn file(&mut self, language: &str, file: &Path) -> Result<Option<String>, String> {
        let plugin = file.file_stem().unwrap_or_default().to_string_lossy();
        let ftl = fs::read_to_string(file).map_err(|error| error.to_string())?;
        let own = messages(&ftl)?;
        let built_in = built_in(&plugin);
        if built_in.is_empty() {
            let known: BTreeSet<&str> = inventory::iter::<Texts>.into_iter().map(|texts| texts.plugin).collect();
            return Err(format!("no texts are known of `{plugin}`, {}", expected(&plugin, known.iter().copied())));
        }
        for (key, wants) in &own {
            let given = built_in.get(key).cloned().unwrap_or_default();
            if let (Some(odd), true) = (wants.difference(&given).next(), built_in.contains_key(key)) {
                return Err(format!("{key} has no variable ${odd}"));
            }
        }
        self.catalogues.add(&plugin, language, &ftl).map_err(|broken| broken.why)?;
        // A help line that nobody has translated is in no catalogue.
        let unknown = own.keys().find(|key| !built_in.contains_key(*key) && !key.starts_with("help-"));
        Ok(unknown.map(|key| match near(key, built_in.keys().map(String::as_str)) {
            Some(near) => format!("nothing says {key}, expected `{near}`"),
            None => format!("nothing says {key}"),
        }))
    }
}

/// The texts of a plugin, each with the variables that any language uses.
fn built_in(plugin: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for texts in inventory::iter::<Texts>.into_iter().filter(|texts| texts.plugin == plugin) {
        for (key, wants) in messages(texts.ftl).unwrap_or_default() {
            all.entry(key).or_default().extend(wants);
        }
    }
    all
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
