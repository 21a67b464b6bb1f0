//! Limits how many of a listener's connections one network holds.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use postern_model::network;
use postern_token::AddressBlock;

/// The connections of each network: three quarters of all at most, so that one host cannot keep out all others. All clients may come through
/// one proxy; one that is trusted has no limit.
#[derive(Debug)]
pub(crate) struct NetworkShare {
    most: u32,
    trusted: Vec<AddressBlock>,
    connections: Mutex<HashMap<IpAddr, u32>>,
}

/// A connection that counts.
#[derive(Debug)]
pub(crate) struct Counted {
    share: Arc<NetworkShare>,
    network: IpAddr,
}

impl NetworkShare {
    /// The shares of a listener that serves `connections` at once.
    pub(crate) fn new(connections: u32, trusted: Vec<AddressBlock>) -> Self {
        Self { most: connections - connections / 4, trusted, connections: Mutex::default() }
    }

    /// Counts a connection from `address` until the result is dropped. `None` if its network has its share already.
    pub(crate) fn count(self: &Arc<Self>, address: IpAddr) -> Option<Counted> {
        let address = address.to_canonical();
        let network = network(address);
        let mut connections = self.lock();
        let count = connections.entry(network).or_default();
        if *count >= self.most && !self.trusted.iter().any(|block| block.contains(address)) {
            warn(address);
            return None;
        }
        *count += 1;
        drop(connections);
        Some(Counted { share: Arc::clone(self), network })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut connections = self.share.lock();
        if let Some(count) = connections.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                connections.remove(&self.network);
            }
        }
    }
}

/// Logs, once for each process, that connections are closed at once.
fn warn(address: IpAddr) {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        tracing::warn!(
            %address,
            "one address holds three quarters of all connections, so that its further connections are closed. If it is your proxy, name it \
             in `trusted_proxies`"
        );
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_three_quarters_and_a_trusted_proxy_all() {
        let share = Arc::new(NetworkShare::new(8, vec!["10.0.0.0/8".parse().unwrap()]));
        let count = |address: &str| share.count(address.parse().unwrap());
        let mut held: Vec<_> = (0..6).map(|number| count(&format!("2001:db8::{number}")).unwrap()).collect();
        assert!(count("2001:db8::77").is_none());
        assert!(count("2001:db8:0:1::1").is_some() && count("192.0.2.1").is_some());
        held.pop();
        assert!(count("2001:db8::77").is_some());
        let proxy: Vec<_> = (0..20).map(|_| count("::ffff:10.0.0.1")).collect();
        assert!(proxy.iter().all(Option::is_some));
        drop((held, proxy));
        assert!(share.lock().is_empty());
    }
}
