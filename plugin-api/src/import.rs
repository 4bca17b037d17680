//! Imports: what another program exported, taken over by `factotum import NAME FILE`.
//!
//! The host is stopped then: an import reads a file and writes tables, those of the plugin
//! that it belongs to. What it cannot take it says, line by line.
use crate::{BoxFuture, Host, Result};

/// How an import is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What is imported is at work at once.
    pub enable: bool,
    /// What the file does not know, as `KEY=VALUE`: which chat stands for which of its names.
    pub set: Vec<(String, String)>,
}

impl Options {
    /// What was set for a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.set.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many things were taken.
    pub taken: usize,
    /// What was done, and what could not be taken: a line each, for the person at the shell.
    pub lines: Vec<String>,
}

/// Reads a file, writes tables, and says what it did.
///
/// # Errors
/// [`user_error`](crate::user_error) when the file is not what it should be; then nothing is written.
pub type Run = fn(file: Vec<u8>, options: Options, host: Host) -> BoxFuture<'static, Result<Report>>;

/// What [`register_import!`](crate::register_import) leaves for the host.
#[derive(Clone, Copy)]
pub struct ImportRegistration {
    /// As it is called: `factotum import NAME FILE`.
    pub name: &'static str,
    /// One line on it.
    pub about: &'static str,
    /// The plugin whose tables it writes.
    pub plugin: &'static str,
    /// Does it.
    pub run: Run,
}
inventory::collect!(ImportRegistration);

/// Makes an import known to the host whose binary links this crate: its name, a line on it,
/// the plugin whose tables it writes, and an
/// `async fn(Vec<u8>, import::Options, Host) -> Result<import::Report>`.
///
/// ```
/// use factotum_plugin_api::{import::{Options, Report}, prelude::*, register_import};
/// async fn take(file: Vec<u8>, _: Options, host: Host) -> Result<Report> {
///     let names: Table<String, bool> = host.store.table("names")?;
///     let text = String::from_utf8(file).map_err(user_error)?;
///     for name in text.lines() {
///         names.put(&name.to_owned(), &true).await?;
///     }
///     Ok(Report { taken: text.lines().count(), lines: vec![] })
/// }
/// register_import!("names", "A list of names, a line each", "greeter", take);
/// ```
#[macro_export]
macro_rules! register_import {
    ($name:expr, $about:expr, $plugin:expr, $run:path) => {
        $crate::inventory::submit! {
            $crate::import::ImportRegistration {
                name: $name,
                about: $about,
                plugin: $plugin,
                run: |file, options, host| ::std::boxed::Box::pin($run(file, options, host)),
            }
        }
    };
}
