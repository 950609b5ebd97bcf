//! Which addresses belong to the public Internet (IANA special-purpose registries), and which others the
//! operator allows.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address can be that of a public server. Everything else is refused, also what wraps it in IPv6.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !match (a, b, c) {
        (0 | 10 | 127, ..) => true,
        (100, 64..=127, _) => true,
        (169, 254, _) => true,
        (172, 16..=31, _) => true,
        (192, 0, 0 | 2) => true,
        (192, 31, 196) | (192, 52, 193) | (192, 175, 48) => true, // AS112, AMT: local by nature
        (192, 88, 99) => true,
        (192, 168, _) => true,
        (198, 18 | 19, _) => true,
        (198, 51, 100) | (203, 0, 113) => true,
        (224.., ..) => true, // multicast, reserved, broadcast
        _ => false,
    }
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    match s {
        [0, 0, 0, 0, 0, 0xffff, hi, lo] => is_public_v4(v4(hi, lo)),
        // NAT64, well-known prefix: a translator would connect to what is wrapped.
        [0x64, 0xff9b, 0, 0, 0, 0, hi, lo] => is_public_v4(v4(hi, lo)),
        // 6to4 and Teredo lead to what they wrap; Teredo writes the client's address inverted.
        [0x2002, hi, lo, ..] => is_public_v4(v4(hi, lo)),
        [0x2001, 0, hi, lo, _, _, c, d] => is_public_v4(v4(hi, lo)) && is_public_v4(v4(!c, !d)),
        // The rest of 2001::/23 is protocol assignments, benchmarking, ORCHID.
        [0x2001, 1..=0x1ff, ..] => false,
        [0x2001, 0xdb8, ..] => false,
        // SRv6 SIDs, documentation, 6bone: nothing outside 2000::/3 and of it not 3f00::/8 is handed out.
        [0x3f00..=0x3fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn v4(hi: u16, lo: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (hi.to_be_bytes(), lo.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

/// `::ffff:192.0.2.1` is `192.0.2.1`.
fn unmapped(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        v4 => v4,
    }
}

/// An entry of `allow_private` that is neither an address nor a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEntry {
    entry: String,
    why: &'static str,
}

impl fmt::Display for BadEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not an address or network ({}); write 127.0.0.1, 10.1.0.0/16 or [::1]", self.entry, self.why)
    }
}

impl std::error::Error for BadEntry {}

/// Addresses and networks that may be reached though they are not public.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allow(Vec<(IpAddr, u8)>);

impl Allow {
    /// Reads the entries of `allow_private`.
    pub fn parse<S: AsRef<str>>(entries: &[S]) -> Result<Self, BadEntry> {
        entries.iter().map(|entry| network(entry.as_ref())).collect::<Result<_, _>>().map(Self)
    }

    /// The address is one of them.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = unmapped(ip);
        self.0.iter().any(|&(net, bits)| match (net, ip) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
                net.to_bits() & mask == ip.to_bits() & mask
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
                net.to_bits() & mask == ip.to_bits() & mask
            }
            _ => false,
        })
    }

    /// Public, or allowed.
    pub fn admits(&self, ip: IpAddr) -> bool {
        is_public(ip) || self.contains(ip)
    }
}

fn network(entry: &str) -> Result<(IpAddr, u8), BadEntry> {
    let bad = |why| BadEntry { entry: entry.to_owned(), why };
    let text = entry.trim();
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let bare = match (address.strip_prefix('['), address.strip_suffix(']')) {
        (Some(_), Some(_)) => &address[1..address.len() - 1],
        (None, None) => address,
        _ => return Err(bad("a bracket is missing")),
    };
    let written: IpAddr = bare.parse().map_err(|_| bad("the address cannot be read"))?;
    let ip = unmapped(written);
    let wide = if ip.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        None => wide,
        Some(_) if ip != written => return Err(bad("write a network of IPv4 addresses in the IPv4 form")),
        Some(bits) => match bits.parse() {
            Ok(n) if n <= wide && bits.bytes().all(|b| b.is_ascii_digit()) => n,
            _ => return Err(bad("the number after the slash is not a prefix length")),
        },
    };
    Ok((ip, bits))
}
