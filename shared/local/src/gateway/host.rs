//! Validates the `Host` header. The code that parses events builds a URL from it and panics if that fails, so the
//! header is checked first, and more strictly than a URL parser would.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// Whether it is an IP address or a domain name, with or without a port. A name whose last label is not alphabetic at
/// its start is rejected, because URL parsers take it for an IPv4 address.
pub(super) fn is_host(host: &str) -> bool {
    if host.parse::<SocketAddr>().is_ok() || host.parse::<Ipv4Addr>().is_ok() {
        return true;
    }
    if host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .is_some_and(|host| host.parse::<Ipv6Addr>().is_ok())
    {
        return true;
    }
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let label = |label: &str| {
        !label.is_empty()
            && !label.to_ascii_lowercase().starts_with("xn--")
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253
        && name.split('.').all(label)
        && last.starts_with(|first: char| first.is_ascii_alphabetic())
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
}
