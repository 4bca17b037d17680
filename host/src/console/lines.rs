//! The console without a line editor: pipes, files, and services without input.
use super::{
    LINE_MAX,
    io::{Ended, Input, Room, Stdio},
};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::{
    fs::{File, Metadata},
    io::{self, BufRead, BufReader, IsTerminal, Read, Write},
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
    Stdio::start(input, read, writer(io::stdout()), room_on_stdout(), None)
}

/// Looks whether standard output takes a piece; a terminal may stop in the middle.
fn room_on_stdout() -> Option<Room> {
    let room = || {
        let stdout = io::stdout();
        let mut asked = [PollFd::new(stdout.as_fd(), PollFlags::POLLOUT)];
        poll(&mut asked, PollTimeout::ZERO).is_ok_and(|ready| ready == 1)
            && asked[0].revents().is_some_and(|revents| revents.contains(PollFlags::POLLOUT))
    };
    (!io::stdout().is_terminal()).then(|| Box::new(room) as Room)
}

/// Gives each line of `from`; the last one needs no line feed. A line that is too
/// long is cut one byte behind its limit, by which the console knows it, so that a
/// file of something else cannot fill the memory.
pub(super) fn reader(from: impl io::Read) -> impl FnMut() -> Result<String, Ended> {
    let (mut from, mut cut) = (BufReader::new(from), false);
    move || {
        next_line(&mut from, &mut cut).unwrap_or_else(|error| {
            tracing::warn!(%error, "standard input cannot be read");
            Err(Ended::EndOfInput)
        })
    }
}

/// `cut` says that the line before was cut, and its rest is still to come: whoever
/// wrote it is told first, as the rest may have no end.
fn next_line(from: &mut impl BufRead, cut: &mut bool) -> io::Result<Result<String, Ended>> {
    if std::mem::take(cut) {
        from.skip_until(b'\n')?;
    }
    let (mut line, longest) = (vec![], LINE_MAX as u64 + 1);
    if from.by_ref().take(longest).read_until(b'\n', &mut line)? == 0 {
        return Ok(Err(Ended::EndOfInput));
    }
    if line.len() as u64 == longest && !line.ends_with(b"\n") {
        tracing::warn!(longest = LINE_MAX, "a line that is too long was left out");
        *cut = true;
    }
    let line = String::from_utf8_lossy(&line);
    let line = line.strip_suffix('\n').unwrap_or(&line);
    Ok(Ok(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

/// Writes through to `to` at once.
pub(super) fn writer(mut to: impl Write) -> impl FnMut(&str) -> io::Result<()> {
    move |text| {
        to.write_all(text.as_bytes())?;
        to.flush()
    }
}
