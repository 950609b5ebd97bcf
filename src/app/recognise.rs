//! What an address is about, said when it is added: nothing is asked for it. The same decision is made anew at each look, where
//! also its page may tell.

use serde::Serialize;
use url::Url;

use super::App;
use super::credentials::goes_to;
use crate::error::Result;
use crate::model::{Capture, Credential, ItemsMode, Platform, PostKey};
use crate::site::{self, TargetKind, ToldBy};

/// What an address is about, as far as it tells itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recognised {
    /// Whose adapter asks and reads.
    pub platform: Platform,
    /// The name of that for people.
    pub name: &'static str,
    /// What tells so.
    pub told_by: ToldBy,
    /// What it is.
    pub kind: TargetKind,
    /// By what it is known.
    pub key: PostKey,
    /// Its posts are watched as they come: it is an account, a list or a search, and its items are not left out.
    pub follows: bool,
    /// The first route that can be asked; `None`: none can, and its page is read like any other.
    pub route: Option<String>,
    /// What is missing for want of something of the user's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wants: Option<Wants>,
}

/// Something of the user's own that is not given, and what cannot be had without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wants {
    /// What would be needed.
    pub credential: Credential,
    /// The route that needs it.
    pub route: String,
    /// What is not had of the platform.
    pub lacks: &'static str,
    /// Why not.
    pub why: &'static str,
}

impl App {
    /// What an address is about by settings, itself, and what is known of its host.
    pub(super) fn recognise(
        &self,
        url: &str,
        capture: &Capture,
        program: Option<Platform>,
    ) -> Result<Option<Recognised>> {
        let Some((target, told_by)) = Url::parse(url).ok().and_then(|url| site::target(&url, capture, program)) else {
            return Ok(None);
        };
        let Some(adapter) = site::adapter(target.platform) else { return Ok(None) };
        let given = self.given()?;
        let has = |kind: Credential, url: &str| {
            let fits = |given: &&crate::net::Given| {
                given.kind == kind && given.platform.is_none_or(|own| own == target.platform) && goes_to(given, url)
            };
            given.iter().any(|one| fits(&one))
        };
        let (mut route, mut wants) = (None, None);
        for one in site::routes(&target).into_iter().filter(|route| !route.witness) {
            match one.credential.filter(|_| one.needs_credential) {
                Some(credential) if !has(credential, &one.url) => {
                    let (lacks, why) = (adapter.about.lacks, adapter.about.why);
                    wants = wants.or(Some(Wants { credential, route: one.name.into_owned(), lacks, why }));
                }
                _ => route = route.or(Some(one.name.into_owned())),
            }
        }
        Ok(Some(Recognised {
            platform: target.platform,
            name: adapter.about.name,
            told_by,
            kind: target.kind,
            follows: site::is_list(&target) && route.is_some() && capture.items != ItemsMode::None,
            key: target.key,
            route,
            wants,
        }))
    }
}

#[cfg(test)]
#[path = "recognise_tests.rs"]
mod tests;
