//! How much is kept of a stranger's request: enough to explain it, too little to fill
//! the disk.
use factotum_plugin_api::hook::Request;
use http::HeaderMap;

/// Headers that explain a stranger's request best; kept before all others.
const USEFUL: [&str; 4] = ["user-agent", "content-type", "content-length", "x-forwarded-for"];
/// The longest header or query field that is kept of a stranger, in bytes.
const FIELD_MAX: usize = 256;
/// What is kept of a stranger's headers and query together, in bytes.
const FIELDS_MAX: usize = 2048;

/// The longest reason that is kept of a stranger's request, in characters: it may
/// repeat what the request says.
const REASON_MAX: usize = 500;

/// A reason as it is kept of a stranger's request.
pub(super) fn reason_of(reason: String) -> String {
    match reason.char_indices().nth(REASON_MAX) {
        None => reason,
        Some(_) => reason.chars().take(REASON_MAX).chain(['…']).collect(),
    }
}

/// The request without what makes it long: its headers and query fields as far as
/// they are short and few, the useful ones before all others.
pub(super) fn short(mut request: Request) -> Request {
    let mut left = FIELDS_MAX;
    let mut fits = |name: &str, value: usize| {
        let size = name.len() + value;
        let fits = size <= FIELD_MAX && size <= left;
        left -= if fits { size } else { 0 };
        fits
    };
    let mut kept: Vec<bool> = request
        .headers
        .iter()
        .map(|(name, value)| USEFUL.contains(&name.as_str()) && fits(name.as_str(), value.len()))
        .collect();
    for (keep, (name, value)) in kept.iter_mut().zip(&request.headers) {
        *keep = *keep || (!USEFUL.contains(&name.as_str()) && fits(name.as_str(), value.len()));
    }
    let kept = kept.into_iter().zip(&request.headers).filter(|(keep, _)| *keep);
    let headers: HeaderMap = kept.map(|(_, (name, value))| (name.clone(), value.clone())).collect();
    request.headers = headers;
    request.query.retain(|(name, value)| fits(name, value.len()));
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue, Method};
    use std::net::IpAddr;

    #[test]
    fn of_a_long_request_the_useful_part_is_kept() {
        let mut headers = HeaderMap::new();
        for n in 0..100 {
            let name = HeaderName::try_from(format!("x-{n}")).unwrap();
            headers.insert(name, HeaderValue::from_str(&"a".repeat(100)).unwrap());
        }
        headers.insert("x-long", HeaderValue::from_str(&"a".repeat(257)).unwrap());
        headers.insert("user-agent", HeaderValue::from_static("scanner/1.0"));
        let request = Request {
            id: 1,
            method: Method::POST,
            path: "/letters".into(),
            params: vec![],
            query: vec![("q".into(), "a".repeat(9_000)), ("r".into(), "b".into())],
            headers,
            body: bytes::Bytes::new(),
            peer: IpAddr::from([192, 0, 2, 1]),
            received_at: "2026-11-20T10:00:00Z".parse().unwrap(),
            made: Default::default(),
        };
        let kept = short(request);
        assert_eq!(kept.header("user-agent"), Some("scanner/1.0"));
        assert_eq!(kept.header("x-long"), None);
        assert_eq!(kept.query, [("r".to_owned(), "b".to_owned())]);
        let size: usize = kept.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        assert!((1_900..=FIELDS_MAX).contains(&size), "{size}");
    }
}
