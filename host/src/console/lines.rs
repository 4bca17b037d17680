//! The console without a line editor: pipes, files, and services without input.
use super::io::{Ended, Input, Stdio};
use std::{
    fs::{File, Metadata},
    io::{self, BufRead, BufReader, IsTerminal, Write},
    os::{
        fd::AsFd,
        unix::fs::{FileTypeExt, MetadataExt},
    },
};

/// What the process can read lines from.
pub(super) fn input() -> Input {
    // Rust opens /dev/null in place of a closed standard input; should it not have
    // done so, there is no metadata.
    let stdin = io::stdin().as_fd().try_clone_to_owned().and_then(|fd| File::from(fd).metadata());
    let null = std::fs::metadata("/dev/null");
    match stdin {
        Err(_) => Input::None,
        Ok(stdin) if null.is_ok_and(|null| is_null(&stdin, &null)) => Input::None,
        Ok(_) if io::stdin().is_terminal() && io::stdout().is_terminal() => Input::Terminal,
        Ok(_) => Input::Lines,
    }
}

/// Whether `stdin` is the device of `/dev/null`, under whatever path it was opened.
pub(super) fn is_null(stdin: &Metadata, null: &Metadata) -> bool {
    let both_devices = stdin.file_type().is_char_device() && null.file_type().is_char_device();
    both_devices && stdin.rdev() == null.rdev()
}

/// The process's own input and output, line by line.
pub(super) fn open(input: Input) -> io::Result<Stdio> {
    let read = (input != Input::None).then(|| reader(io::stdin()));
    Stdio::start(input, read, writer(io::stdout()), None)
}

/// Gives each line of `from`; the last one needs no line feed.
pub(super) fn reader(from: impl io::Read) -> impl FnMut() -> Result<String, Ended> {
    let mut from = BufReader::new(from);
    move || {
        let mut line = vec![];
        match from.read_until(b'\n', &mut line) {
            Ok(0) => Err(Ended::EndOfInput),
            Ok(_) => {
                let line = String::from_utf8_lossy(&line);
                let line = line.strip_suffix('\n').unwrap_or(&line);
                Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
            }
            Err(error) => {
                tracing::warn!(%error, "standard input cannot be read");
                Err(Ended::EndOfInput)
            }
        }
    }
}

/// Writes through to `to` at once.
pub(super) fn writer(mut to: impl Write) -> impl FnMut(&str) -> io::Result<()> {
    move |text| {
        to.write_all(text.as_bytes())?;
        to.flush()
    }
}
