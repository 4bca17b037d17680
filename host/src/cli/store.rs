//! `factotum store export` and `factotum store import`.
use super::{Context, block_on, unless_unwanted};
use crate::{
    journal::{Journal, Retention},
    running::DataLock,
    store::SledStore,
    texts,
};
use anyhow::Context as _;
use factotum_plugin_api::clock::Clock;
use std::{
    fs::File,
    io::{BufReader, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The store of a data folder that is there.
fn open(context: &Context) -> anyhow::Result<(DataLock, SledStore)> {
    let data = context.data();
    anyhow::ensure!(data.join("store").is_dir(), "{} is no data folder: name it with --data DIR", data.display());
    let lock = DataLock::take(&data)?;
    let store = open_locked(&data)?;
    Ok((lock, store))
}

/// The store; its data folder is made when it is missing, as by a run.
pub(super) async fn open_or_make(context: &Context) -> anyhow::Result<(DataLock, SledStore)> {
    let data = context.data();
    let lock = DataLock::take(&data)?;
    let journal = data.join("journal.db");
    // With its journal, and that first: the next start would miss one beside a store.
    if !journal.exists() && !data.join("store").exists() {
        let (journal, _) = Journal::open(&journal, Clock::system(), Retention::default())?;
        journal.close().await;
    }
    let store = open_locked(&data)?;
    Ok((lock, store))
}

fn open_locked(data: &Path) -> anyhow::Result<SledStore> {
    let (store, news) = SledStore::open(&data.join("store"), &data.join("snapshots"), Clock::system())?;
    for news in news {
        eprintln!("{news}");
    }
    Ok(store)
}

/// Writes every record; to a file of mode 0600, or to standard output.
pub(super) fn export(context: &Context, file: Option<PathBuf>, with_secrets: bool) -> anyhow::Result<ExitCode> {
    block_on(async {
        let (_lock, store) = open(context)?;
        let mut out: Box<dyn Write> = match &file {
            Some(path) => {
                let file = File::options().write(true).create_new(true).mode(0o600).open(path);
                if file.as_ref().is_err_and(|error| error.kind() == ErrorKind::AlreadyExists) {
                    anyhow::bail!(
                        "{} is there already, and an export overwrites nothing: name another file",
                        path.display()
                    );
                }
                Box::new(file.with_context(|| format!("{}", path.display()))?)
            }
            None => Box::new(std::io::stdout().lock()),
        };
        let written = store.export(&mut out, with_secrets).and_then(|records| {
            out.flush()?;
            eprintln!("{}{}", texts::records(records), if with_secrets { "" } else { ", secrets masked" });
            Ok(())
        });
        store.close().await?;
        unless_unwanted(written)?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Reads records back; nothing is written unless the whole file is good.
pub(super) fn import(context: &Context, file: &Path) -> anyhow::Result<ExitCode> {
    block_on(async {
        let shown = file.display();
        let input = BufReader::new(File::open(file).with_context(|| format!("{shown}"))?);
        let (_lock, store) = open(context)?;
        let records = store.import(input).await.with_context(|| format!("{shown}"))?;
        store.close().await?;
        eprintln!("{}", texts::records(records));
        Ok(ExitCode::SUCCESS)
    })
}
