//! The login limit: throttles wrong passwords, for each user name at an address and for each address.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use postern_operations as operations;

use crate::{Service, ThrottleKey};

/// An attempt to sign in, which counts as failed until [`Service::forgive`].
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    name: ThrottleKey,
    address: ThrottleKey,
}

impl Service {
    /// Begins an attempt to sign in as `login` from `address`, or returns how long the caller has to wait. The attempt counts as failed,
    /// both for the name at that address and for the address, until [`Self::forgive`]: so trying one password with every name is
    /// throttled too.
    pub fn attempt(&self, login: &str, address: IpAddr) -> Result<Attempt, Duration> {
        let now = Instant::now();
        let name = self.sign_ins.key(&operations::throttling_name(&self.act_for_stranger(), login), address);
        let network = self.addresses.key("", address);
        self.sign_ins.attempt(name, now)?;
        self.addresses.attempt(network, now).inspect_err(|_| self.sign_ins.forgive(name, now))?;
        Ok(Attempt { name, address: network })
    }

    /// Stops counting an attempt as failed.
    pub fn forgive(&self, Attempt { name, address }: Attempt) {
        let now = Instant::now();
        self.sign_ins.forgive(name, now);
        self.addresses.forgive(address, now);
    }
}
