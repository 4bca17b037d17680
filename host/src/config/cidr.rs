//! Blocks of addresses, for the proxies that are believed.
use std::{fmt, net::IpAddr, str::FromStr};

/// An address, or a block of them: `127.0.0.1`, `10.0.0.0/8`, `fd00::/8`.
///
/// An IPv4 address that came through an IPv6 socket (`::ffff:10.0.0.1`) counts as
/// the IPv4 address.
///
/// ```
/// use factotum_host::config::Cidr;
/// let block: Cidr = "10.0.0.0/8".parse().unwrap();
/// assert!(block.contains("10.1.2.3".parse().unwrap()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    bits: u8,
}

impl Cidr {
    /// Whether `address` lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => same_start(own.octets(), other.octets(), self.bits),
            (IpAddr::V6(own), IpAddr::V6(other)) => same_start(own.octets(), other.octets(), self.bits),
            _ => false,
        }
    }
}

fn same_start<const N: usize>(one: [u8; N], other: [u8; N], bits: u8) -> bool {
    one.iter().zip(other).enumerate().all(|(at, (one, other))| {
        let relevant = usize::from(bits).saturating_sub(at * 8).min(8);
        let mask = u8::MAX.checked_shl(8 - u32::try_from(relevant).expect("at most 8")).unwrap_or(0);
        one & mask == other & mask
    })
}

impl FromStr for Cidr {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no address and no block of addresses, such as 127.0.0.1 or 10.0.0.0/8");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits_max = if address.is_ipv4() { 32 } else { 128 };
        match bits.unwrap_or(bits_max) {
            bits if bits <= bits_max => Ok(Cidr { address, bits }),
            _ => Err(wrong()),
        }
    }
}
impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_contain() {
        for (block, address, expected) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.128.0.0/9", "10.127.0.1", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "::1", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
            ("::/0", "2001:db8::1", true),
            ("192.0.2.1/31", "192.0.2.0", true),
        ] {
            let (cidr, address): (Cidr, IpAddr) = (block.parse().unwrap(), address.parse().unwrap());
            assert_eq!(cidr.contains(address), expected, "{address} in {block}");
        }
    }

    #[test]
    fn wrong_blocks_are_refused() {
        for text in ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "example.com", "fd00::/129", "10.0.0.0/"] {
            assert!(text.parse::<Cidr>().is_err(), "{text}");
        }
    }
}
