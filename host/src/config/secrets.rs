//! Secrets that stand beside the config: in a file named by `NAME_file`, or in a
//! systemd credential named by the key path. They are in the tree afterwards;
//! nothing here puts one into a message.
use super::{
    mistakes::{Mistake, near},
    schema::Schemas,
    tree::{KeyPath, Source, Step, Tree},
};
use serde_json::Value;
use std::{fs, path::Path};

/// Secrets are short; this keeps a wrong path from filling the memory.
const SIZE_MAX: u64 = 64 << 10; // bytes

/// Takes each `NAME_file` of a secret out of the tree and puts `NAME` with the
/// file's content in.
pub(super) fn read_files(schemas: &Schemas, tree: &mut Tree, file: &str, mistakes: &mut Vec<Mistake>) {
    let mut found = vec![];
    find_files(schemas, schemas.root(), &tree.value, &KeyPath::default(), &mut found);
    for (table, secret) in found {
        let (path, file_path) = (table.key(&secret), table.key(&format!("{secret}_file")));
        let source = tree.source(&file_path).cloned();
        let mut mistake = |message: &str| {
            mistakes.push(Mistake::of_key(file, source.as_ref(), &file_path, message));
        };
        let named = tree.take(&file_path);
        if tree.get(&path).is_some() {
            // A credential is put over what the file says, by either name.
            if tree.sources.get(&path) != Some(&Source::Credential) {
                mistake(&format!("`{secret}` is given as well; keep one of them"));
            }
            continue;
        }
        let Some(named) = named.as_ref().and_then(Value::as_str) else {
            mistake("expected the path of a file, as a text");
            // Not missing, only unreadable: one mistake is enough.
            tree.set(&path, Value::String(String::new()), source.clone().unwrap_or(Source::Default));
            continue;
        };
        let content = match read(Path::new(named)) {
            Ok(content) => content,
            Err(error) => {
                mistake(&format!("{named}: {error}"));
                String::new()
            }
        };
        let line = if let Some(Source::File { line }) = source { Some(line) } else { None };
        tree.set(&path, content.into(), Source::SecretFile { path: named.into(), line });
    }
}

/// The tables that have a `NAME_file`, each with `NAME`.
fn find_files(schemas: &Schemas, schema: &Value, value: &Value, at: &KeyPath, found: &mut Vec<(KeyPath, String)>) {
    match value {
        Value::Object(table) => {
            for secret in schemas.secret_keys(schema) {
                if table.contains_key(&format!("{secret}_file")) {
                    found.push((at.clone(), secret.to_owned()));
                }
            }
            for (key, value) in table {
                if let Some(schema) = schemas.child(schema, &Step::Key(key.clone())) {
                    find_files(schemas, schema, value, &at.key(key), found);
                }
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                if let Some(schema) = schemas.child(schema, &Step::Index(index)) {
                    find_files(schemas, schema, value, &at.index(index), found);
                }
            }
        }
        _ => {}
    }
}

/// Reads a secret's file, which must be for its owner alone.
fn read(path: &Path) -> Result<String, String> {
    let meta = fs::metadata(path).map_err(|error| error.to_string())?;
    if !meta.is_file() {
        return Err("is no file".into());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if meta.permissions().mode() & 0o077 != 0 {
            return Err(format!("others than its owner may use it; run `chmod 600 {}`", path.display()));
        }
    }
    content(path, meta.len())
}

fn content(path: &Path, size: u64) -> Result<String, String> {
    if size > SIZE_MAX {
        return Err(format!("is longer than {SIZE_MAX} bytes"));
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "is no UTF-8 text".to_owned())?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() { Err("is empty".into()) } else { Ok(text.to_owned()) }
}

/// The credentials in `$CREDENTIALS_DIRECTORY` that are named like keys.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn credential_names(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.contains('.')).collect();
    names.sort();
    Ok(names)
}

/// Puts a credential into the tree, over what the file says. The folder may hold
/// credentials that are none of ours, such as a certificate: those are left alone.
pub(super) fn apply_credential(schemas: &Schemas, tree: &mut Tree, folder: &Path, name: &str) -> Result<(), Mistake> {
    let path = KeyPath::of(name.split('.'));
    let ours = path.key_at(0).is_some_and(|section| schemas.keys(schemas.root()).contains_key(section));
    if !ours {
        return Ok(());
    }
    let mistake = |message: String| Err(Mistake::of_key("", Some(&Source::Credential), &path, message));
    if !schemas.at(&path).is_some_and(|schema| schemas.is_secret(schema)) {
        return mistake(match meant(schemas, &path) {
            Some(meant) => format!("no secret has this name, expected `{meant}`"),
            None => "no secret has this name".into(),
        });
    }
    // systemd gives access by ACL, which shows as a mode for the group: the mode is no sign here.
    let file = folder.join(name);
    match fs::metadata(&file).map_err(|error| error.to_string()).and_then(|meta| content(&file, meta.len())) {
        Ok(secret) => {
            tree.set(&path, secret.into(), Source::Credential);
            Ok(())
        }
        Err(error) => mistake(error),
    }
}

/// The secret that was probably meant: one of the same table, where there is that table;
/// never one of another plugin's or network's, where that one is known.
fn meant(schemas: &Schemas, path: &KeyPath) -> Option<String> {
    let above = path.parent()?;
    if let (Some(table), Some(Step::Key(key))) = (schemas.at(&above), path.steps().last()) {
        return near(key, schemas.secret_keys(table)).map(|near| above.key(near).to_string());
    }
    let mut known = vec![];
    secret_paths(schemas, schemas.root(), &KeyPath::default(), &mut known);
    let section = KeyPath::of(path.steps().iter().take(2).filter_map(|step| match step {
        Step::Key(key) => Some(key.as_str()),
        Step::Index(_) => None,
    }));
    if schemas.at(&section).is_some() {
        known.retain(|known| known.starts_with(&section));
    }
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    near(&path.to_string(), known.iter().map(String::as_str)).map(str::to_owned)
}

fn secret_paths(schemas: &Schemas, schema: &Value, at: &KeyPath, found: &mut Vec<KeyPath>) {
    const DEPTH_MAX: usize = 6; // tables in tables; schemas may be recursive
    if at.steps().len() > DEPTH_MAX {
        return;
    }
    for (key, schema) in schemas.keys(schema) {
        let path = at.key(key);
        if schemas.is_secret(schema) {
            found.push(path);
        } else {
            secret_paths(schemas, schema, &path, found);
        }
    }
}

/// A warning when secrets stand in the config file itself and everybody on the
/// machine may read it. A group may: packages give such files to the service's own.
pub(super) fn open_to_others(schemas: &Schemas, tree: &Tree, file: &Path) -> Option<String> {
    let mut inline = vec![];
    find_inline(schemas, schemas.root(), &tree.value, &KeyPath::default(), &mut inline);
    inline.retain(|path| matches!(tree.source(path), Some(Source::File { .. })));
    let named: Vec<String> = inline.iter().map(ToString::to_string).collect();
    if named.is_empty() || !open_to_all(file) {
        return None;
    }
    let (shown, named) = (file.display(), named.join(", "));
    let told =
        format!("{shown} holds secrets ({named}) and everybody on this machine may read it: run `chmod 600 {shown}`");
    // A URL with a password in it has no file of its own.
    let first = inline.iter().find(|path| schemas.at(path).is_some_and(|schema| schemas.is_secret(schema)));
    Some(match first {
        Some(first) => {
            format!("{told}, or keep each in a file of its own and name that one, as {first}_file")
        }
        None => told,
    })
}

#[cfg(unix)]
fn open_to_all(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).is_ok_and(|meta| meta.permissions().mode() & 0o004 != 0)
}
#[cfg(not(unix))]
fn open_to_all(_: &Path) -> bool {
    false
}

fn find_inline(schemas: &Schemas, schema: &Value, value: &Value, at: &KeyPath, found: &mut Vec<KeyPath>) {
    if schemas.is_secret(schema) {
        found.extend((!value.is_null()).then(|| at.clone()));
        return;
    }
    let inner: Vec<(Step, &Value)> = match value {
        Value::Object(table) => table.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(index, value)| (Step::Index(index), value)).collect(),
        Value::String(text) if super::urls::has_password(text) => return found.push(at.clone()),
        _ => return,
    };
    for (step, value) in inner {
        if let Some(schema) = schemas.child(schema, &step) {
            find_inline(schemas, schema, value, &at.step(step), found);
        }
    }
}

/// Replaces every secret by `***`, and what may be one in a URL.
pub(super) fn mask(schemas: &Schemas, schema: &Value, value: &mut Value) {
    if schemas.is_secret(schema) {
        if !value.is_null() {
            *value = "***".into();
        }
        return;
    }
    match value {
        Value::Object(table) => {
            for (key, value) in table {
                if let Some(schema) = schemas.child(schema, &Step::Key(key.clone())) {
                    mask(schemas, schema, value);
                }
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter_mut().enumerate() {
                if let Some(schema) = schemas.child(schema, &Step::Index(index)) {
                    mask(schemas, schema, value);
                }
            }
        }
        Value::String(text) => {
            if let Some(masked) = super::urls::without_secrets(text) {
                *text = masked;
            }
        }
        _ => {}
    }
}
