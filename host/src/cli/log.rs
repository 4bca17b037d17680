//! Where the log goes: standard error, as text or JSON.
use crate::config::{LogConfig, LogFormat};
use anyhow::Context;
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Begins logging. At a terminal where a person types, only warnings are shown
/// unless the config says otherwise.
pub(super) fn begin(config: &LogConfig, person: bool) -> anyhow::Result<()> {
    let quiet = if person { "warn" } else { "info" };
    let filter = config.level.as_deref().unwrap_or(quiet);
    let filter = EnvFilter::try_new(filter).with_context(|| format!("log.level: {filter:?}"))?;
    let layer = fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let registry = tracing_subscriber::registry().with(filter);
    match config.format {
        LogFormat::Text => registry.with(layer).try_init()?,
        LogFormat::Json => registry.with(layer.json()).try_init()?,
    }
    Ok(())
}
