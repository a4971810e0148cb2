//! Who sends a request, as far as the network tells (A3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};

static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of whoever sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

impl Client {
    /// The peer of the connection; or, if that is a proxy we trust, whoever the proxies say they speak for.
    ///
    /// Each proxy appends the address it was called from, so the list is read from its right end, and only as far as trusted
    /// proxies wrote it: everything further left may have been made up by the client.
    pub fn of(headers: &HeaderMap, extensions: &Extensions, trusted: &TrustedProxies) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip().to_canonical());
        if !trusted.contains(peer) {
            return Self(peer);
        }
        let lines = headers.get_all(&FORWARDED_FOR).iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(',')).map(address);
        let mut known = peer;
        for hop in hops {
            // What a trusted proxy did not write as an address says no more than the proxy itself.
            let Some(hop) = hop else { break };
            known = hop;
            if !trusted.contains(hop) {
                break;
            }
        }
        Self(known)
    }

    /// Whose requests are counted together: one IPv4 address, or the /64 network that an IPv6 subscriber has at least.
    #[must_use]
    pub fn network(self) -> Self {
        match self.0 {
            IpAddr::V4(_) => self,
            IpAddr::V6(address) => Self(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))),
        }
    }
}

/// An address as proxies write it: bare, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

/// The proxies in front of this service, whose word on client addresses is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// Addresses with a common beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    fn contains(self, other: IpAddr) -> bool {
        match (self.address, other) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros() >= self.prefix,
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros() >= self.prefix,
            _ => false,
        }
    }
}

/// A list of proxies that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an address nor a network such as 10.0.0.0/8")]
pub struct NotANetwork(String);

impl FromStr for TrustedProxies {
    type Err = NotANetwork;

    /// Reads addresses and networks between commas: `127.0.0.1, 10.0.0.0/8, fd00::/8`.
    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let refused = || NotANetwork(text.to_owned());
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| refused())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(most), str::parse).map_err(|_| refused())?;
        if prefix > most { Err(refused()) } else { Ok(Self { address, prefix }) }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(peer: &str, forwarded_for: &[&'static str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4711)));
        let mut headers = HeaderMap::new();
        for line in forwarded_for {
            headers.append(&FORWARDED_FOR, HeaderValue::from_static(line));
        }
        let trusted = "10.0.0.0/8, 127.0.0.1, fd00::/8".parse().unwrap();
        Client::of(&headers, &extensions, &trusted).0.to_string()
    }

    #[test]
    fn a_stranger_is_who_they_are_whatever_they_claim() {
        assert_eq!(client("203.0.113.9", &["198.51.100.7"]), "203.0.113.9");
        assert_eq!(client("203.0.113.9", &[]), "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_names_its_client() {
        assert_eq!(client("10.1.2.3", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("fd00::1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(client("::ffff:10.1.2.3", &["198.51.100.7"]), "198.51.100.7", "a mapped address is the address");
        assert_eq!(client("10.1.2.3", &["198.51.100.7:5123"]), "198.51.100.7");
        assert_eq!(client("10.1.2.3", &["[2001:db8::7]:443"]), "2001:db8::7");
        assert_eq!(client("10.1.2.3", &["[2001:db8::7]"]), "2001:db8::7");
    }

    #[test]
    fn of_several_hops_the_rightmost_stranger_counts() {
        assert_eq!(client("10.1.2.3", &["1.1.1.1, 198.51.100.7, 10.9.9.9"]), "198.51.100.7");
        assert_eq!(client("10.1.2.3", &["1.1.1.1", "198.51.100.7", "10.9.9.9"]), "198.51.100.7", "lines are one list");
        assert_eq!(client("10.1.2.3", &["10.0.0.1, 10.0.0.2"]), "10.0.0.1", "all trusted: the outermost");
    }

    #[test]
    fn a_proxy_that_names_nobody_counts_itself() {
        assert_eq!(client("10.1.2.3", &[]), "10.1.2.3");
        assert_eq!(client("10.1.2.3", &["unknown"]), "10.1.2.3");
        assert_eq!(client("10.1.2.3", &["198.51.100.7, garbage, 10.9.9.9"]), "10.9.9.9");
    }

    #[test]
    fn a_request_without_a_connection_has_no_address() {
        let client = Client::of(&HeaderMap::new(), &Extensions::new(), &TrustedProxies::default());
        assert_eq!(client.0.to_string(), "0.0.0.0");
    }

    #[test]
    fn an_ipv6_subscriber_is_their_network() {
        let network = |address: &str| Client(address.parse().unwrap()).network().0.to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("198.51.100.7"), "198.51.100.7");
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        let read = |text: &str| text.parse::<TrustedProxies>();
        assert_eq!(read(""), Ok(TrustedProxies::default()));
        assert!(read("0.0.0.0/0").unwrap().contains("8.8.8.8".parse().unwrap()));
        assert!(!read("0.0.0.0/0").unwrap().contains("::1".parse().unwrap()));
        assert!(!read("10.0.0.0/8").unwrap().contains("11.0.0.0".parse().unwrap()));
        for wrong in ["localhost", "10.0.0.0/33", "10.0.0.0/x", "::/129", "10.0.0/8"] {
            assert_eq!(read(wrong), Err(NotANetwork(wrong.to_owned())), "{wrong}");
        }
    }
}
