//! What of the user's own may go with requests. Values are secrets: they stand nowhere but in memory.

use std::fmt;

use super::{Credential, Platform, SecretPlace};

/// A secret. It is shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Where a credential stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialPlace {
    /// In the configuration itself.
    Here(Hidden),
    /// In the environment or a file.
    There(SecretPlace),
}

/// `[credential."NAME"]`: what goes along, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRule {
    /// Its name: the only thing that is ever written down of it.
    pub name: String,
    /// What it is.
    pub kind: Credential,
    /// The platform it is for, if it names one.
    pub platform: Option<Platform>,
    /// The hosts it goes to, in lower case, with port if one was written.
    pub hosts: Vec<String>,
    /// Where it stands.
    pub place: CredentialPlace,
}
