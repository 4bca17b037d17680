//! What Travis says of a build: a payload of any shape, in a request with a right
//! proof, leads to a short message that is text alone, or to a documented refusal.
use crate::{
    text,
    travis::{self, TOKEN, WITH_TOKEN},
};
use factotum_plugin_api::{Error, notice::Notice, secret::Secret};

/// Longer messages would be split by most networks; an address takes half of it.
const MESSAGE_MAX: usize = 6_000;

/// Takes the bytes as a payload, or as a form when they begin with `payload=`.
pub fn run(data: &[u8]) {
    let make = travis::started().hooks.0[0].sample.expect("the hook makes samples");
    let sample = match make(data, Some(&Secret::new(TOKEN))) {
        Ok(sample) => sample,
        Err(Error::User(why)) => return assert!(!why.is_empty(), "it is said why it is no payload"),
        Err(error) => panic!("{:#}", error.into_anyhow()),
    };
    let headers = sample.headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let request = travis::request(headers, &sample.body);
    let slug = request.header("travis-repo-slug").expect("a sample has it").to_owned();
    let known = WITH_TOKEN.iter().any(|repo| repo.eq_ignore_ascii_case(&slug));
    let proven = travis::prove(&request);
    assert_eq!(proven.is_ok(), known, "{slug}: {proven:?}");
    let Ok(outcome) = travis::decide(&request) else { return };
    assert!(outcome.summary.chars().count() < 200, "{}", outcome.summary);
    for notice in outcome.notices {
        text::check(&notice.text);
        let plain = notice.text.plain();
        assert!(plain.starts_with("[Travis CI] "), "{plain}");
        assert!(plain.chars().count() <= MESSAGE_MAX && plain.lines().count() <= 2, "{plain}");
        let json = serde_json::to_string(&notice).expect("a notice is JSON");
        assert_eq!(serde_json::from_str::<Notice>(&json).ok(), Some(notice), "the journal gives it back");
    }
}
