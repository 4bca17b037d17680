//! Buildbot's commands against a real master (`factotum_testing::Buildbot`), and against
//! a peer that answers as none should.
mod controlling;
mod ending;
mod forcing;
mod logins;
mod odd_masters;
mod on_telegram;
mod reading;
mod rights;
mod several;
mod told;
mod wrong;

use factotum_testing::{Bot, Buildbot as Master};
use plugin_buildbot::Buildbot;

/// A bot for one master, and ann as its admin.
async fn bot_of(master: &Master, more: &str) -> Bot {
    let config = format!("[plugins.buildbot.masters.main]\nurl = \"{}\"\n{more}", master.url());
    Bot::with::<Buildbot>().admin("ann").config(&config).start().await
}

/// The transcript without what differs from run to run: the master's port, the numbers
/// that it gives its builders, and how long ago something was.
fn shown(bot: &Bot, master: &Master) -> String {
    let transcript = bot.transcript().replace(master.url(), "http://ci");
    transcript.split('\n').map(timeless).collect::<Vec<_>>().join("\n")
}

/// `(9 seconds ago)` as `(AGO ago)`.
fn timeless(line: &str) -> String {
    let mut line = line.to_owned();
    if let Some((head, rest)) = line.split_once("/#/builders/")
        && let Some((_, tail)) = rest.split_once('/')
    {
        line = format!("{head}/#/builders/B/{tail}");
    }
    for (begin, end) in [("last build ", " ago"), (" (", " ago)"), ("waits since ", ": ")] {
        let Some((head, rest)) = line.split_once(begin) else { continue };
        if let Some((time, tail)) = rest.split_once(end)
            && time.split(' ').count() <= 2
        {
            line = format!("{head}{begin}AGO{end}{tail}");
        }
    }
    line
}
