//! SIGHUP: the config, read anew by the real binary, and what the log says of it.
use crate::{
    process::Place,
    travis::{self, ROUTE, TOKEN},
};
use nix::sys::signal::Signal;

#[test]
fn a_broken_config_is_told_in_the_log_and_a_good_one_is_taken() {
    let place = Place::new();
    let mut host = place.start(&["--stay"]);
    host.say(ROUTE);
    host.ask(TOKEN, "Token set");
    let good = place.read("factotum.toml");
    place.write("factotum.toml", &format!("admin = []\n{good}max_body = 1\n[plugins.travishook]\ntitel = \"CI\"\n"));
    host.signal(Signal::SIGHUP);
    let told = host.err.wait_for("nothing was changed");
    for mistake in [
        "factotum.toml:1: admin: unknown field, expected `admins`",
        "max_body: unknown field",
        "plugins.travishook.titel: unknown field, expected `title`",
    ] {
        assert!(told.contains(mistake), "{mistake}: {told}");
    }
    // The routes and the title of before.
    assert_eq!(travis::post(&host.address(), &travis::failed(1)).unwrap(), 204);
    host.out.wait_for("[ops] [Travis CI] sathwikshetty33/travis-test #1 failed");
    // Away altogether.
    std::fs::remove_file(place.path("factotum.toml")).unwrap();
    host.signal(Signal::SIGHUP);
    host.err.wait_for("factotum.toml: No such file");
    host.err.wait_for("nothing was changed");
    // A good one: another title, and more in the log.
    place.write("factotum.toml", &format!("{good}[plugins.travishook]\ntitle = \"CI\"\n[log]\nlevel = \"debug\"\n"));
    host.signal(Signal::SIGHUP);
    host.err.wait_for("config reloaded");
    assert_eq!(travis::post(&host.address(), &travis::failed(2)).unwrap(), 204);
    host.out.wait_for("[ops] [CI] sathwikshetty33/travis-test #2 failed");
    host.err.wait_for("request accepted");
    host.stop();
}

#[test]
fn a_config_file_that_comes_later_is_read() {
    let place = Place::bare();
    let mut command = place.command(&[]);
    command.env("FACTOTUM_HTTP__LISTEN", "127.0.0.1:0").stdin(std::process::Stdio::null());
    let mut host = place.start_as(&mut command);
    place.write("factotum.toml", "[plugins.travishook]\ntitle = \"CI\"\n");
    host.signal(Signal::SIGHUP);
    let told = host.err.wait_for("config reloaded");
    assert!(told.contains("plugins.travishook.title"), "{told}");
    host.stop();
}
