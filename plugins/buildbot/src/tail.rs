//! The last lines of a log, as they can be shown in a chat. Never its head: that may be
//! the worker's whole environment.

/// A line is cut to so many characters, and all of them together to so many.
const LINE_MAX: usize = 300;
const TAIL_MAX: usize = 2000;

/// Header lines, which are the worker's own words, that say why a step ended.
const TELLING: [&str; 3] = ["command timed out", "command interrupted", "process killed by signal"];

/// The last `count` lines of what a step printed; `stream` says whether each line begins
/// with the letter of its channel, `h`, `o` or `e`.
pub(crate) fn tail(content: &str, stream: bool, count: usize) -> String {
    let mut kept = vec![];
    let mut size = 0;
    for line in content.lines().rev() {
        let Some(line) = shown(line, stream) else { continue };
        size += line.chars().count() + 1;
        if kept.len() == count || size > TAIL_MAX {
            break;
        }
        kept.push(line);
    }
    kept.reverse();
    kept.join("\n")
}

/// A line as it may be shown; `None` for one that may not or says nothing.
fn shown(line: &str, stream: bool) -> Option<String> {
    let mut rest = line.chars();
    if stream {
        let header = rest.next()? == 'h';
        if header && !TELLING.iter().any(|telling| rest.as_str().starts_with(telling)) {
            return None;
        }
    }
    let line = without_codes(rest.as_str());
    let line = line.trim_end();
    if line.is_empty() {
        return None;
    }
    if line.chars().count() <= LINE_MAX {
        return Some(line.to_owned());
    }
    Some(line.chars().take(LINE_MAX - 1).chain(['…']).collect())
}

/// Without what moves a terminal's cursor and colours its text (ECMA-48), and without
/// what a progress bar has overwritten.
fn without_codes(line: &str) -> String {
    let line = line.trim_end_matches('\r');
    let line = line.rsplit('\r').next().unwrap_or(line);
    let (mut out, mut chars) = (String::new(), line.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '\x1b' => match chars.next() {
                // A control sequence, up to its final byte.
                Some('[') => while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
                // A string for the terminal, such as its title or a link.
                Some(']') => {
                    while let Some(c) = chars.next() {
                        if c == '\x07' || (c == '\x1b' && chars.next_if_eq(&'\\').is_some()) {
                            break;
                        }
                    }
                }
                // Two more characters where an intermediate byte follows: `ESC ( B`.
                Some(' '..='/') => drop(chars.next()),
                _ => {}
            },
            '\t' => out.push_str("    "),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_lines_are_those_that_say_something() {
        let log = "h/bin/sh -c make\nh in dir /srv (timeout 1200 secs)\nh environment:\nh  TOKEN=c4n4ry\nocompiling\n\
            eerror: \x1b[31;1mboom\x1b[0m\no\nhprogram finished with exit code 2\nhelapsedTime=0.004\n";
        let rows = [
            (log, true, 5, "compiling\nerror: boom"),
            (log, true, 1, "error: boom"),
            (log, true, 0, ""),
            (
                "hhead\nowaiting\nhcommand timed out: 60 seconds without output\nhelapsedTime=60",
                true,
                2,
                "waiting\ncommand timed out: 60 seconds without output",
            ),
            ("o10%\r 50%\r100% done\r\noünï\tx", true, 9, "100% done\nünï    x"),
            ("o\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\x1b(Bc\x1b", true, 9, "abc"),
            ("Traceback:\nhouse", false, 9, "Traceback:\nhouse"),
            ("", true, 3, ""),
        ];
        for (log, stream, count, shown) in rows {
            assert_eq!(tail(log, stream, count), shown, "{log:?}");
        }
    }

    proptest! {
        #[test]
        fn any_log_is_shown_in_few_lines_without_codes(log in "([hoe]?([a-zü]{0,200}|\u{1b}|\r|\\[|m){0,6}\n?){0,30}", count in 0usize..100) {
            let shown = tail(&log, true, count);
            prop_assert!(shown.lines().count() <= count);
            prop_assert!(shown.chars().count() <= TAIL_MAX);
            prop_assert!(!shown.contains(|c: char| c.is_control() && c != '\n'));
        }
        #[test]
        fn no_line_of_the_head_is_shown(env in "[A-Z]{1,9}=[a-z]{1,9}") {
            prop_assert_eq!(tail(&format!("h  {env}\nhenvironment:\n"), true, 50), "");
        }
    }
}
