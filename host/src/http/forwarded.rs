//! Who the client is behind a proxy.
use http::{HeaderMap, header::HOST, uri::Authority};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

const FORWARDED_FOR: &str = "x-forwarded-for";
/// What else a proxy may write of where a request came from.
const FORWARDED: [&str; 3] = ["forwarded", "x-real-ip", "via"];

/// The client's address: the TCP peer's, or when that is a trusted proxy the
/// right-most address of `X-Forwarded-For` that is none. What stands left of it
/// was written by the client and may be anything. An entry that is no address
/// ends the search at the last hop we can name.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    let hops = headers.get_all(FORWARDED_FOR).iter().rev();
    // As bytes: what the client wrote before the comma need not be text.
    let mut hops = hops.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
    while is_trusted(client, trusted) {
        match hops.next().and_then(address) {
            Some(hop) => client = hop,
            None => break,
        }
    }
    client
}

/// Whether `address` is one of our proxies.
pub(super) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address.to_canonical()))
}

/// Whether a request comes from this machine: from a loopback address that says of
/// no proxy, or by a trusted proxy from an address that it names, and that is one.
/// What an unknown proxy brings may come from anywhere; one that says nothing of
/// itself shows by the name that it was called by.
pub(super) fn is_local(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> bool {
    if !calls_loopback(headers) {
        return false;
    }
    if !headers.contains_key(FORWARDED_FOR) {
        return peer.to_canonical().is_loopback() && !FORWARDED.iter().any(|name| headers.contains_key(*name));
    }
    let hops = headers.get_all(FORWARDED_FOR).iter();
    let named = hops.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).all(|hop| address(hop).is_some());
    named && is_trusted(peer, trusted) && client(peer, headers, trusted).is_loopback()
}

/// Whether the one `Host` names this machine as only itself can: `localhost` or a
/// loopback address, with or without a port.
fn calls_loopback(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Some(host) = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()) else { return false };
    let name = host.host();
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    name.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(is_loopback)
}

/// An address, with a port as some proxies add it: `192.0.2.7:4711`, `[2001:db8::1]:4711`.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?.trim();
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().or_else(|_| hop.parse::<SocketAddr>().map(|with_port| with_port.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::parse_network;
    use http::HeaderValue;
    use proptest::prelude::*;

    #[test]
    fn the_client_is_the_rightmost_address_that_is_no_proxy() {
        let trusted: Vec<_> =
            ["127.0.0.1", "10.0.0.0/8", "fd00::/8"].iter().map(|text| parse_network(text).unwrap()).collect();
        let rows: &[(&str, &[&str], &str)] = &[
            ("192.0.2.1", &[], "192.0.2.1"),
            // Not our proxy: what it says counts for nothing.
            ("192.0.2.1", &["203.0.113.9"], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            // Written by the client, before our proxy added the true one.
            ("10.0.0.1", &["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["1.2.3.4", "203.0.113.9"], "203.0.113.9"),
            // Two proxies of ours.
            ("127.0.0.1", &["1.2.3.4, 203.0.113.9, 10.9.9.9"], "203.0.113.9"),
            ("127.0.0.1", &["1.2.3.4,203.0.113.9", " 10.9.9.9 "], "203.0.113.9"),
            ("127.0.0.1", &["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
            ("10.0.0.1", &["203.0.113.9:4711"], "203.0.113.9"),
            ("10.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("10.0.0.1", &["[2001:db8::7]"], "2001:db8::7"),
            ("fd00::1", &["2001:db8::7"], "2001:db8::7"),
            ("::ffff:10.0.0.1", &["::ffff:203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["203.0.113.9, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.9, unknown, 10.2.2.2"], "10.2.2.2"),
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &[",,"], "10.0.0.1"),
        ];
        for (peer, values, expected) in rows {
            let mut headers = HeaderMap::new();
            for value in *values {
                headers.append(FORWARDED_FOR, value.parse().unwrap());
            }
            let client = client(peer.parse().unwrap(), &headers, &trusted);
            assert_eq!(client, expected.parse::<IpAddr>().unwrap(), "{peer} {values:?}");
        }
    }

    #[test]
    fn local_is_who_no_proxy_brings_from_elsewhere() {
        let trusted: Vec<_> = ["127.0.0.1", "10.0.0.0/8"].iter().map(|text| parse_network(text).unwrap()).collect();
        let rows: &[(&str, &str, &str, &[IpNet], bool)] = &[
            ("127.0.0.1", "", "", &[], true),
            ("127.8.8.8", "", "", &[], true),
            ("::1", "", "", &[], true),
            ("::ffff:127.0.0.1", "", "", &[], true),
            ("192.0.2.1", "", "", &[], false),
            ("10.0.0.1", "", "", &trusted, false),
            ("127.0.0.1", "", "", &trusted, true),
            // A proxy on this machine that the config does not name.
            ("127.0.0.1", "x-forwarded-for", "203.0.113.9", &[], false),
            ("127.0.0.1", "x-forwarded-for", "127.0.0.1", &[], false),
            ("127.0.0.1", "forwarded", "for=203.0.113.9", &[], false),
            ("127.0.0.1", "x-real-ip", "203.0.113.9", &trusted, false),
            ("127.0.0.1", "via", "1.1 proxy", &trusted, false),
            // One that it names.
            ("127.0.0.1", "x-forwarded-for", "203.0.113.9", &trusted, false),
            ("127.0.0.1", "x-forwarded-for", "127.0.0.1, 203.0.113.9", &trusted, false),
            ("127.0.0.1", "x-forwarded-for", "127.0.0.1", &trusted, true),
            ("10.0.0.1", "x-forwarded-for", "127.0.0.1", &trusted, true),
            ("10.0.0.1", "x-forwarded-for", "10.2.2.2", &trusted, false),
            ("127.0.0.1", "x-forwarded-for", "unknown", &trusted, false),
            ("127.0.0.1", "x-forwarded-for", "", &trusted, false),
            // Nobody else is believed.
            ("192.0.2.1", "x-forwarded-for", "127.0.0.1", &trusted, false),
        ];
        for (peer, name, value, trusted, expected) in rows {
            let mut headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("localhost"))]);
            if !name.is_empty() {
                headers.insert(*name, value.parse().unwrap());
            }
            assert_eq!(is_local(peer.parse().unwrap(), &headers, trusted), *expected, "{peer} {name}: {value}");
        }
    }

    #[test]
    fn local_is_who_calls_this_machine_by_a_name_of_its_own() {
        let rows: &[(&[&str], bool)] = &[
            (&["localhost"], true),
            (&["LocalHost:3141"], true),
            (&["127.0.0.1:3141"], true),
            (&["127.8.8.8"], true),
            (&["[::1]:3141"], true),
            (&["[::1]"], true),
            (&["[::ffff:127.0.0.1]"], true),
            // By a proxy on this machine that says nothing of itself.
            (&["hooks.example.com"], false),
            (&["localhost.example.com"], false),
            (&["example.com@localhost.example.com"], false),
            (&["192.0.2.1:3141"], false),
            (&["127.0.0.1.example.com"], false),
            (&["[::2]"], false),
            (&[""], false),
            (&[], false),
            (&["localhost", "hooks.example.com"], false),
            (&["hooks.example.com", "localhost"], false),
        ];
        for (hosts, expected) in rows {
            let mut headers = HeaderMap::new();
            headers.extend(hosts.iter().map(|host| (HOST, HeaderValue::from_static(host))));
            assert_eq!(is_local("127.0.0.1".parse().unwrap(), &headers, &[]), *expected, "{hosts:?}");
        }
    }

    #[test]
    fn a_network_is_written_with_or_without_its_length() {
        for (text, network) in [("10.1.2.3", Some("10.1.2.3/32")), ("fd00::/8", Some("fd00::/8")), ("10.0.0", None)] {
            assert_eq!(parse_network(text).ok().map(|network| network.to_string()).as_deref(), network, "{text}");
        }
        insta::assert_snapshot!(parse_network("nginx").unwrap_err(), @"`nginx` is no network; one is like 10.0.0.0/8 or 192.0.2.7");
    }

    proptest! {
        #[test]
        fn what_the_client_wrote_itself_changes_nothing(forged in "[ -~ü]{0,40}") {
            let trusted = [parse_network("10.0.0.0/8").unwrap()];
            let mut headers = HeaderMap::new();
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(format!("{forged}, 203.0.113.9").as_bytes()).unwrap());
            let found = client("10.0.0.1".parse().unwrap(), &headers, &trusted);
            prop_assert_eq!(found, "203.0.113.9".parse::<IpAddr>().unwrap());
        }
    }
}
