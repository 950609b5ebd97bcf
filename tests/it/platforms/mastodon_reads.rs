//! What the replica of Mastodon answers is read as what its servers answer is.

use keepfast::model::post::RelationKind;
use keepfast::model::{Finding, Platform, Post, PostKind, Why};
use keepfast::site::{Answer, Reading, Target, Until, discover, expand, family, read, routes};
use url::Url;

use super::ask::{by, get, route};
use super::mastodon::Mastodon;

fn at(mastodon: &Mastodon, path: &str) -> Target {
    family(Platform::Mastodon, &mastodon.origin.url(path)).unwrap()
}

/// Asks by a further request that a reading names.
#[track_caller]
fn further(reading: &Reading, target: &Target, why: Why) -> Reading {
    let next = reading.next.iter().find(|n| n.why == why);
    by(&next.unwrap_or_else(|| panic!("nothing is {why}: {:?}", reading.next)).route, target, &[])
}

/// An account with replies, boosts, pictures and an edit, and what others say.
fn valley(mastodon: &Mastodon) -> (u64, u64, u64) {
    mastodon.with(|s| {
        s.account("anna");
        s.account("boris");
        let first = s.say("anna", "The bridge is closed.");
        let answer = s.reply("boris", first, "Since when?");
        s.reply("anna", answer, "Since noon.");
        s.picture("anna", "What stands on it.", "Two lorries on a bridge");
        let other = s.say("boris", "The road too.");
        s.boost("anna", other);
        (first, answer, other)
    })
}

#[test]
fn a_host_says_by_nodeinfo_and_by_its_pages_what_it_is() {
    let mastodon = Mastodon::start();
    valley(&mastodon);
    let ask = |path: &str| {
        let url = mastodon.origin.url(path);
        let got = get(&url, &[]);
        let answer = Answer { url: &url, status: got.status, headers: &got.headers, body: &got.body, content_type: "" };
        discover(&answer).unwrap()
    };
    let list = ask("/.well-known/nodeinfo");
    let named = ask(Url::parse(&list.next.unwrap().url).unwrap().path());
    assert_eq!((named.platform, named.version.as_deref()), (Platform::Mastodon, Some("4.4.3")));
    assert_eq!(ask("/@anna").platform, Platform::Mastodon);
}

#[test]
fn an_account_is_looked_up_and_paged_back_to_its_first_post() {
    let mastodon = Mastodon::start();
    valley(&mastodon);
    mastodon.with(|s| (0..90).map(|n| s.say("anna", &format!("Hour {n}"))).max());
    let account = at(&mastodon, "/@anna");
    let profile = by(&route(&account, "lookup"), &account, &[]);
    assert_eq!(profile.actor.as_ref().unwrap().name.as_deref(), Some("anna of the valley"));
    let (mut posts, mut pages) = (Vec::<Post>::new(), 0);
    let mut reading = further(&profile, &account, Why::Older);
    loop {
        pages += 1;
        posts.extend(reading.posts.clone());
        match expand(&reading, &account, &Until::default()).next {
            Some(next) => reading = by(&next.route, &account, &[]),
            None => break,
        }
    }
    // 94 of her own (a boost among them), and what she handed on stands behind that.
    assert_eq!((pages, posts.len()), (3, 95));
    let boost = posts.iter().find(|p| p.kind == PostKind::Repost).unwrap();
    let handed = posts.iter().find(|p| p.text == "The road too.").unwrap();
    assert_eq!(boost.relation(RelationKind::Repost).unwrap().key.as_ref(), Some(&handed.key));
    let shown = posts.iter().find(|p| !p.media.is_empty()).unwrap();
    assert_eq!(shown.media[0].alt, "Two lorries on a bridge");
}

#[test]
fn a_status_has_its_thread_and_every_version_of_it() {
    let mastodon = Mastodon::start();
    let (first, answer, _) = valley(&mastodon);
    mastodon.with(|s| {
        s.edit(first, "The bridge is open.");
        s.edit(first, "The bridge was never closed.");
    });
    let target = at(&mastodon, &format!("/@anna/{first}"));
    let reading = by(&route(&target, "status"), &target, &[]);
    let main = reading.main(&target).unwrap();
    assert_eq!((main.text.as_str(), main.is_edited), ("The bridge was never closed.", Some(true)));
    let context = further(&reading, &target, Why::Context);
    let said: Vec<&str> = context.posts.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(said, ["Since when?", "Since noon."]);
    let parent = context.posts[1].relation(RelationKind::Reply).unwrap().key.as_ref().unwrap();
    assert_eq!(*parent, context.posts[0].key);
    let history = further(&reading, &target, Why::History);
    let versions: Vec<&str> = history.posts.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(versions, ["The bridge was never closed.", "The bridge is open.", "The bridge is closed."]);
    // From the middle of the thread both sides are seen.
    let middle = at(&mastodon, &format!("/@boris/{answer}"));
    let reading = by(&route(&middle, "status"), &middle, &[]);
    let context = further(&reading, &middle, Why::Context);
    assert_eq!(context.posts.len(), 2);
}

#[test]
fn the_interface_and_the_form_of_the_fediverse_tell_the_same_post() {
    let mastodon = Mastodon::start();
    let (first, ..) = valley(&mastodon);
    let target = at(&mastodon, &format!("/@anna/{first}"));
    for route in routes(&target) {
        let reading = by(&route, &target, &[]);
        assert_eq!(reading.verdict.finding, Finding::Ok, "{}", route.name);
        let main = reading.main(&target).unwrap();
        assert_eq!((&main.key, main.text.as_str()), (&target.key, "The bridge is closed."), "{}", route.name);
    }
    let account = at(&mastodon, "/@anna");
    let actor = by(&route(&account, "actor"), &account, &[]);
    let outbox = further(&actor, &account, Why::Older);
    let keys: Vec<String> = outbox.posts.iter().map(|p| p.key.id.clone()).collect();
    assert_eq!((keys.len(), keys.last()), (3, Some(&first.to_string())));
    let feed = by(&route(&account, "feed"), &account, &[]);
    assert_eq!(feed.posts.len() + feed.entries.len(), 2, "neither boosts nor answers");
}

#[test]
fn deleted_suspended_closed_and_too_often_are_told_apart() {
    let mastodon = Mastodon::start();
    let (first, answer, _) = valley(&mastodon);
    let target = at(&mastodon, &format!("/@anna/{first}"));
    let account = at(&mastodon, "/@anna");
    let findings = |target: &Target| -> Vec<Finding> {
        routes(target).iter().map(|r| by(r, target, &[]).verdict.finding).collect()
    };
    mastodon.with(|s| s.closed = true);
    assert_eq!(findings(&target), [Finding::LoginWall, Finding::Ok, Finding::Ok]);
    assert_eq!(findings(&account)[..2], [Finding::LoginWall, Finding::Ok]);
    mastodon.with(|s| s.secure = true);
    assert_eq!(findings(&target), [Finding::LoginWall, Finding::LoginWall, Finding::Ok]);
    mastodon.with(|s| (s.closed, s.secure, s.left) = (false, false, Some(0)));
    assert_eq!(findings(&target)[0], Finding::RateLimited);
    mastodon.with(|s| {
        s.left = None;
        s.delete(first);
    });
    assert_eq!(findings(&target), [Finding::GoneUnknown; 3]);
    // What answered it is there, and says to what.
    let middle = at(&mastodon, &format!("/@boris/{answer}"));
    assert_eq!(findings(&middle)[0], Finding::Ok);
    mastodon.with(|s| s.suspended.insert("anna".to_owned()));
    assert_eq!(findings(&account)[1], Finding::GoneAccount);
    // The interface still knows the name: that is no profile, and no wall.
    let told = by(&route(&account, "lookup"), &account, &[]);
    assert_eq!(told.verdict.finding, Finding::GoneAccount, "{:?}", told.verdict);
}

#[test]
fn an_answer_that_is_no_answer_is_not_understood() {
    let mastodon = Mastodon::start();
    let target = at(&mastodon, "/@anna/117020585487094447");
    let url = mastodon.origin.url("/api/v1/statuses/117020585487094447");
    let headers = Vec::new();
    let answer = Answer { url: &url, status: 200, headers: &headers, body: b"{}", content_type: "application/json" };
    assert_eq!(read(&answer, &target).verdict.finding, Finding::ParseError);
}
