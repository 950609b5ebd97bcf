//! What the user gave for some hosts: from the configuration to the gate.

use std::sync::Arc;

use super::App;
use super::deliver::secret_text;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Credential, CredentialPlace, CredentialRule};
use crate::net::{Given, ReadSecret};
use crate::site;

/// A cookie file is shorter.
const COOKIES: u64 = 4 << 20;

impl App {
    /// What the configuration names, each read when it is needed.
    pub(super) fn given(&self) -> Result<Vec<Given>> {
        self.config.credentials().iter().map(given).collect()
    }
}

/// It is for this address, by its host.
pub(super) fn goes_to(given: &Given, url: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else { return false };
    let (name, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
    let is_below = |host: &str| name.strip_suffix(host).is_some_and(|before| before.ends_with('.'));
    given
        .hosts
        .iter()
        .any(|(host, below)| host == name || *host == format!("{name}:{port}") || *below && is_below(host))
}

fn given(rule: &CredentialRule) -> Result<Given> {
    let below = rule.kind == Credential::Cookies;
    let mut hosts: Vec<(String, bool)> = rule.hosts.iter().map(|host| (host.clone(), below)).collect();
    if let (Some(platform), true) = (rule.platform, hosts.is_empty()) {
        let own = site::adapter(platform).map(|adapter| adapter.hosts).unwrap_or_default();
        hosts.extend(own.iter().map(|host| ((*host).to_owned(), true)));
        if hosts.is_empty() {
            let message = format!("[credential.\"{}\"] is for {platform}, which stands on hosts of its own", rule.name);
            return Err(Error::new(ErrorKind::Config, message).hint("name them: hosts = [\"example.org\"]"));
        }
    }
    let place = rule.place.clone();
    let read: ReadSecret = Arc::new(move || match &place {
        CredentialPlace::Here(hidden) => Ok(hidden.0.clone()),
        CredentialPlace::There(place) => secret_text(place, COOKIES),
    });
    Ok(Given { name: rule.name.clone(), kind: rule.kind, platform: rule.platform, hosts, read })
}
