//! What stands in headers: one value, times, names with values, logins.
use crate::{WINDOW, unauthorized};
use factotum_plugin_api::{
    hook::{Refusal, Request},
    jiff::Timestamp,
    secret::Secret,
};

/// The value of a header that is there once and not empty.
///
/// # Errors
/// When it is there twice: which of them somebody else looked at is not known.
pub(crate) fn single<'a>(request: &'a Request, name: &str) -> Result<Option<&'a [u8]>, Refusal> {
    let mut values = request.headers.get_all(name).iter();
    let value = values.next().map(|value| value.as_bytes().trim_ascii());
    match values.next() {
        Some(_) => Err(unauthorized(format!("the header {name} is there twice"))),
        None => Ok(value.filter(|value| !value.is_empty())),
    }
}

/// What follows the name of an authentication scheme.
pub(crate) fn after_scheme<'a>(value: &'a [u8], scheme: &[u8]) -> Option<&'a [u8]> {
    let (name, rest) = value.split_at_checked(scheme.len())?;
    let rest = name.eq_ignore_ascii_case(scheme).then_some(rest)?.strip_prefix(b" ")?.trim_ascii();
    (!rest.is_empty()).then_some(rest)
}

/// Whether `login`, as `user:password`, or its password alone is one of the secrets;
/// all are looked at.
pub(crate) fn is_login(secrets: &[&Secret], login: &[u8]) -> bool {
    let Some(colon) = login.iter().position(|byte| *byte == b':') else { return false };
    let password = &login[colon + 1..];
    secrets.iter().fold(false, |found, secret| secret.matches(login) | secret.matches(password) | found)
}

/// The value of `name` in `a=1,b=2`; none when it is there twice.
pub(crate) fn named<'a>(list: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let parts = list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let mut found = parts.filter_map(|part| part.strip_prefix(name.as_bytes())?.strip_prefix(b"="));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Seconds since 1970, in digits.
pub(crate) fn seconds(digits: &[u8]) -> Option<Timestamp> {
    let digits = str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    Timestamp::from_second(digits.parse().ok()?).ok()
}

/// Whether a request of that time is one of now.
///
/// # Errors
/// When it says no time, or one too far from `now` on either side.
pub(crate) fn age(time: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    let time = time.ok_or_else(|| unauthorized("the signature has no time"))?;
    let apart = now.duration_since(time).unsigned_abs();
    if apart <= WINDOW {
        Ok(())
    } else {
        Err(unauthorized(format!("it was signed {}s away from now", apart.as_secs())))
    }
}
