//! HMACs, and bytes in hex. Each signature has one spelling: lower case, whole bytes.
use factotum_plugin_api::secret::Secret;
use ring::hmac;
use std::fmt::Write as _;

/// The HMAC of the parts, one after the other.
pub(crate) fn mac(key: &hmac::Key, parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    parts.iter().for_each(|part| context.update(part));
    context.sign()
}

/// Whether `tag` is the HMAC of the parts under one of the secrets; all are tried.
pub(crate) fn is_hmac(algorithm: hmac::Algorithm, secrets: &[&Secret], parts: &[&[u8]], tag: &[u8]) -> bool {
    secrets.iter().fold(false, |found, secret| {
        let right = mac(&hmac::Key::new(algorithm, secret.expose().as_bytes()), parts);
        bool::from(subtle::ConstantTimeEq::ct_eq(right.as_ref(), tag)) | found
    })
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}

/// The bytes of lower-case hex.
pub(crate) fn unhex(hex: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = hex.chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect()
}
