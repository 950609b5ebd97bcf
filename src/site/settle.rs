//! What several answers about one target say together.

use super::answer::{Target, TargetKind, encoded, is_number, segments};
use super::{bluesky, mastodon, wordpress};
use url::Url;

use crate::model::post::PostMediaKind;
use crate::model::{Comment, Finding, MediaKind, MediaLink, Platform, PostKey, Route, Social, Verdict};

/// How much a verdict tells of the thing itself: the least is the one that counts.
pub fn rank(verdict: &Verdict) -> u8 {
    match verdict.finding {
        finding if finding.is_content() => 0,
        finding if finding.is_absence() && !verdict.ambiguous => 1,
        // It may be otherwise in a moment.
        Finding::ServerError | Finding::RateLimited => 2,
        // Of what is behind a wall nothing is known, so an absence that another route perhaps tells is not known either.
        finding if finding.is_wall() => 3,
        finding if finding.is_absence() => 4,
        Finding::Moved => 5,
        _ => 6,
    }
}

/// The verdict of several routes, by their names in the order in which they were asked.
pub fn settle(target: &Target, told: &[(String, Verdict)]) -> Verdict {
    let of = |names: &[&str]| told.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, verdict)| verdict);
    if target.platform == Platform::Bluesky
        && let (Some(view), Some(host)) = (of(&["thread", "posts", "profile", "feed"]), of(&["record", "records"]))
        && !view.finding.is_content()
        && !view.finding.is_wall()
    {
        return bluesky::together(view, host, of(&["repo-status"]));
    }
    let best = told.iter().map(|(_, verdict)| verdict).min_by_key(|verdict| rank(verdict));
    best.cloned().unwrap_or_else(|| Verdict::of(Finding::ParseError, "no route has answered"))
}

/// The same thing under the name that does not change, as an earlier answer told it.
pub fn also(target: &Target, told: &Social) -> Option<Target> {
    if target.platform != Platform::Bluesky || target.key.authority.starts_with("did:") {
        return None;
    }
    let author = told.posts.iter().find(|post| post.key.id == target.key.id).map(|post| &post.key);
    let did = author.or(told.actor.as_ref().map(|actor| &actor.key)).map(|key| key.authority.clone())?;
    let key = PostKey::new(target.platform, did, target.key.id.clone());
    Some(Target { key, ..target.clone() })
}

/// A route that is worth its cost only where the first leaves it in doubt whether the thing is there.
pub fn is_for_doubt(target: &Target, route: &Route) -> bool {
    // Each post's page of its channel has twenty others.
    target.platform == Platform::Telegram && target.kind == TargetKind::Post && route.witness
}

/// A platform of sites that are made of pages, which anybody can read as such.
pub fn is_of_pages(platform: Platform) -> bool {
    let of_pages = [Platform::WordPress, Platform::Blogger, Platform::MediaWiki, Platform::Discourse, Platform::Web];
    of_pages.contains(&platform)
}

/// An answer to a route tells of the thing itself: not of its name, its account or the place where it would be.
pub fn tells_of(target: &Target, route: &str, verdict: &Verdict) -> bool {
    match (target.platform, route) {
        (_, "handle" | "did" | "nodeinfo" | "instance") => false,
        (_, "repo-status") => !verdict.finding.is_content(),
        // The page of a post that is not there shows the channel in its place.
        (Platform::Telegram, "page") => target.kind != TargetKind::Post || !verdict.finding.is_content(),
        _ => true,
    }
}

/// The media of posts in the form in which they were given to the platform, where several answers together tell their address: on
/// Bluesky the account's document says where its host is, and that has the octets that a CID names.
pub fn originals(told: &[&Social]) -> Vec<MediaLink> {
    let mut hosts: Vec<(&str, String)> = Vec::new();
    for social in told.iter().filter(|social| social.asked.platform == Platform::Bluesky) {
        let Some(actor) = &social.actor else { continue };
        let own = social.next.iter().filter(|next| next.route.name == "repo-status");
        let host =
            own.filter_map(|next| Url::parse(&next.route.url).ok()).map(|url| url.origin().ascii_serialization());
        hosts.extend(host.map(|host| (actor.key.authority.as_str(), host)));
    }
    let mut out: Vec<MediaLink> = Vec::new();
    for post in told.iter().flat_map(|social| &social.posts).filter(|post| post.key.platform == Platform::Bluesky) {
        let did = post.key.authority.as_str();
        let Some((_, host)) = hosts.iter().find(|(of, _)| *of == did) else { continue };
        for medium in &post.media {
            let Some(cid) = &medium.expected else { continue };
            let kind = match medium.kind {
                PostMediaKind::Video | PostMediaKind::Gif => MediaKind::Video,
                _ => MediaKind::Image,
            };
            let url = bluesky::blob(host, did, cid);
            if out.iter().all(|known| known.url != url) {
                let source = "blob".to_owned();
                out.push(MediaLink {
                    url,
                    kind,
                    alt: medium.alt.clone(),
                    renditions: Vec::new(),
                    source,
                    content: true,
                });
            }
        }
    }
    out
}

/// The request for one comment by its own number, where the platform has one: what a discussion leaves out may be there all the same.
pub fn single(target: &Target, comment: &Comment) -> Option<Route> {
    let id = comment.id.as_deref()?;
    let number = id.trim_start_matches(|c: char| !c.is_ascii_digit());
    match target.platform {
        Platform::WordPress if is_number(number) => {
            let url = format!("{}/wp-json/wp/v2/comments/{number}", target.origin());
            Some(Route::get("comment", url, wordpress::PACE_MS))
        }
        Platform::Bluesky => {
            let page = Url::parse(comment.permalink.as_deref()?).ok()?;
            let who = segments(&page).into_iter().find(|part| part.starts_with("did:"))?;
            let uri = encoded(&format!("at://{who}/app.bsky.feed.post/{id}"));
            let url =
                format!("{}/app.bsky.feed.getPostThread?uri={uri}&depth=1000&parentHeight=0", bluesky::view_of(target));
            Some(Route::get("thread", url, bluesky::PACE_MS))
        }
        Platform::Mastodon if is_number(id) => {
            let page = Url::parse(comment.permalink.as_deref()?).ok()?;
            // The number of a status is that of its own server.
            (page.origin().ascii_serialization() == target.origin())
                .then(|| Route::get("status", format!("{}/api/v1/statuses/{id}", target.origin()), mastodon::PACE_MS))
        }
        Platform::HackerNews if is_number(id) => {
            Some(Route::get("item", format!("https://hacker-news.firebaseio.com/v0/item/{id}.json"), 500))
        }
        _ => None,
    }
}
