//! Whose an address is: by its host, by the settings, by what is known of the program that answers there.

use serde::Serialize;
use url::Url;

use super::answer::{Target, TargetKind};
use super::{family, general, is_of_pages, matches};
use crate::model::{Capture, Document, ItemsMode, Platform, PlatformMode};

/// What tells whose an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ToldBy {
    /// It stands on a host of the platform.
    Address,
    /// The setting `platform` of the watch.
    Setting,
    /// Pages of the host, which were looked at before, or what the host says of itself.
    Page,
}

/// What an address is about, and what tells so. `program`: what is known to answer on its host.
pub fn target(url: &Url, capture: &Capture, program: Option<Platform>) -> Option<(Target, ToldBy)> {
    if !capture.read {
        return None;
    }
    match capture.platform {
        PlatformMode::None => None,
        PlatformMode::Of(platform) => family(platform, url).map(|target| (target, ToldBy::Setting)),
        PlatformMode::Auto => {
            // Of a host that was asked and said nothing, pages are pages.
            let program = program.filter(|program| *program != Platform::Web);
            let by_page = || family(program?, url).map(|target| (target, ToldBy::Page));
            let found = matches(url).map(|target| (target, ToldBy::Address)).or_else(by_page)?;
            // The front page or an archive of a site is a page, unless it was said that its links are followed.
            let is_page = is_of_pages(found.0.platform) && is_list(&found.0) && capture.items != ItemsMode::All;
            (!is_page).then_some(found)
        }
    }
}

/// A page of nobody's, about which it names other answers.
pub fn of_page(url: &Url, capture: &Capture, document: &Document) -> Option<Target> {
    let asks = capture.read && capture.platform == PlatformMode::Auto && matches(url).is_none();
    (asks && !general::alternates(document).is_empty()).then(|| family(Platform::Web, url))?
}

/// Whether a target is a list of posts: an account, a community, a search.
pub fn is_list(target: &Target) -> bool {
    matches!(target.kind, TargetKind::Account | TargetKind::List | TargetKind::Search)
}
