//! Walls and absences: for every platform the wall's own finding, never content and never gone.

use super::{at, with_status};
use crate::model::{Finding, Platform, Verdict};
use crate::site::{Target, bluesky_together, family, read};

fn of(platform: Platform, url: &str) -> Target {
    family(platform, &url.parse().unwrap()).unwrap_or_else(|| panic!("{url}"))
}

fn found(target: &Target, status: u16, body: &str, url: &str) -> Verdict {
    with_status(status, body, url, "", |answer| read(answer, target).verdict)
}

#[test]
fn a_wall_is_a_wall_on_every_platform() {
    let cases = [
        (
            "https://www.instagram.com/p/CPQjO5RIIO9/",
            "https://www.instagram.com/accounts/login/?next=x",
            "<html><title>Login</title>",
            Finding::LoginWall,
        ),
        (
            "https://www.instagram.com/p/CPQjO5RIIO9/",
            "https://www.instagram.com/p/CPQjO5RIIO9/",
            "<html><head><title>Instagram</title></head><body></body>",
            Finding::LoginWall,
        ),
        (
            "https://www.threads.com/@a/post/Cxyz",
            "https://www.threads.com/@a/post/Cxyz",
            "<html><title>Threads</title><body></body>",
            Finding::LoginWall,
        ),
        (
            "https://www.facebook.com/a/posts/1",
            "https://www.facebook.com/login/?next=x",
            "<html><title>Log in to Facebook</title>",
            Finding::LoginWall,
        ),
        (
            "https://www.facebook.com/a/posts/1",
            "https://www.facebook.com/a/posts/1",
            "<html><title>Facebook</title><body><h2>This content isn't available right now</h2>",
            Finding::LoginWall,
        ),
        (
            "https://www.tiktok.com/@a/video/7571863205253778710",
            "https://www.tiktok.com/@a/video/7571863205253778710",
            "<html><body>Please wait...</body></html>",
            Finding::Challenge,
        ),
        (
            "https://www.tiktok.com/@a/video/7571863205253778710",
            "https://www.tiktok.com/@a/video/7571863205253778710",
            "<html><script>var x = '_wafchallengeid'</script>",
            Finding::Challenge,
        ),
        ("https://vk.com/wall-1_2", "https://vk.com/challenge.html?hash429=x", "<html>", Finding::Challenge),
        (
            "https://www.youtube.com/watch?v=W6NZfCO5SIk",
            "https://consent.youtube.com/ml?continue=x",
            "<html>",
            Finding::ConsentWall,
        ),
        (
            "https://www.reddit.com/comments/abc/",
            "https://www.reddit.com/comments/abc/.rss",
            "<html><body>whoa there, pardner!</body>",
            Finding::Challenge,
        ),
        (
            "https://ok.ru/group/1/topic/2",
            "https://ok.ru/group/1/topic/2",
            "<html><div id=\"anonymPageContent\">Log in</div>",
            Finding::LoginWall,
        ),
    ];
    for (asked, answered, body, right) in cases {
        let target = at(asked).unwrap_or_else(|| panic!("{asked}"));
        let verdict = found(&target, 200, body, answered);
        assert_eq!(verdict.finding, right, "{asked} {answered} {verdict:?}");
        assert!(!verdict.finding.is_content() && !verdict.finding.is_absence());
    }
    for url in ["https://t.me/s/town", "https://x.com/i/status/20", "https://bsky.app/profile/a.b/post/3k"] {
        assert_eq!(found(&at(url).unwrap(), 429, "", url).finding, Finding::RateLimited, "{url}");
        assert_eq!(found(&at(url).unwrap(), 500, "", url).finding, Finding::ServerError, "{url}");
    }
    let masto = of(Platform::Mastodon, "https://m.test/@a/117020585487094447");
    let closed = r#"{"error":"This method requires an authenticated user"}"#;
    assert_eq!(found(&masto, 401, closed, "https://m.test/api/v1/statuses/1").finding, Finding::LoginWall);
    assert_eq!(
        found(&masto, 404, r#"{"error":"Record not found"}"#, "https://m.test/api/v1/statuses/1").finding,
        Finding::GoneUnknown
    );
}

#[test]
fn a_tombstone_of_x_is_gone_only_as_far_as_it_says() {
    let target = at("https://x.com/i/status/20").unwrap();
    let url = "https://cdn.syndication.twimg.com/tweet-result?id=20";
    let tomb = |text: &str| format!(r#"{{"__typename":"TweetTombstone","tombstone":{{"text":{{"text":"{text}"}}}}}}"#);
    assert_eq!(found(&target, 200, "{}", url).finding, Finding::GoneUnknown);
    assert!(found(&target, 200, &tomb("This Post is unavailable. Learn more"), url).ambiguous);
    assert_eq!(
        found(&target, 200, &tomb("This Post is from a suspended account. Learn more"), url).finding,
        Finding::GoneAccount
    );
    assert_eq!(found(&target, 200, &tomb("Age-restricted adult content."), url).finding, Finding::AgeOrGeoWall);
    let nsfw = r#"{"data":{"tweetResult":{"result":{"__typename":"TweetUnavailable","reason":"NsfwLoggedOut"}}}}"#;
    assert_eq!(
        found(&target, 200, nsfw, "https://api.x.com/graphql/q/TweetResultByRestId").finding,
        Finding::AgeOrGeoWall
    );
}

#[test]
fn a_video_is_told_by_its_player_whatever_the_status() {
    let target = at("https://www.youtube.com/watch?v=W6NZfCO5SIk").unwrap();
    let page = |status: &str, reason: &str| {
        format!(
            r#"<html><script>var ytInitialPlayerResponse = {{"playabilityStatus":{{"status":"{status}","reason":"{reason}"}}}};</script><title>YouTube</title></html>"#
        )
    };
    for (status, reason, right) in [
        ("LOGIN_REQUIRED", "Sign in to confirm you\u{2019}re not a bot", Finding::Challenge),
        ("LOGIN_REQUIRED", "Sign in to confirm your age", Finding::AgeOrGeoWall),
        ("LOGIN_REQUIRED", "This video is private", Finding::Private),
        ("ERROR", "Video unavailable", Finding::GoneUnknown),
        ("ERROR", "This video has been removed by the uploader", Finding::GoneAuthorDeleted),
        (
            "UNPLAYABLE",
            "This video is no longer available because the YouTube account associated with this video has been terminated.",
            Finding::GoneAccount,
        ),
        ("ERROR", "This video has been removed for violating YouTube's policy", Finding::GoneModerated),
    ] {
        assert_eq!(found(&target, 200, &page(status, reason), &target.url).finding, right, "{reason}");
    }
}

#[test]
fn bluesky_tells_a_deletion_from_a_take_down_by_two_witnesses() {
    let target = at("https://bsky.app/profile/did:plc:abc/post/3k").unwrap();
    let view = "https://public.api.bsky.app/xrpc/app.bsky.feed.getPostThread?uri=x";
    let record = "https://pds.test/xrpc/com.atproto.repo.getRecord?repo=x";
    let status = "https://pds.test/xrpc/com.atproto.sync.getRepoStatus?did=x";
    let gone = found(&target, 400, r#"{"error":"NotFound","message":"Post not found: at://x"}"#, view);
    assert!(gone.finding == Finding::GoneUnknown && gone.ambiguous);
    let deleted =
        found(&target, 400, r#"{"error":"RecordNotFound","message":"Could not locate record: at://x"}"#, record);
    let there = found(
        &target,
        200,
        r#"{"uri":"at://did:plc:abc/app.bsky.feed.post/3k","cid":"b","value":{"text":"a","createdAt":"2024-01-01T00:00:00Z"}}"#,
        record,
    );
    let no_repo =
        found(&target, 400, r#"{"error":"InvalidRequest","message":"Could not find repo: did:plc:abc"}"#, record);
    let inactive = found(&target, 200, r#"{"did":"did:plc:abc","active":false,"status":"deactivated"}"#, status);
    let unknown = found(&target, 400, r#"{"error":"RepoNotFound","message":"Could not find repo"}"#, status);
    assert_eq!(bluesky_together(&gone, &deleted, None).finding, Finding::GoneAuthorDeleted);
    assert_eq!(bluesky_together(&gone, &there, None).finding, Finding::GoneModerated);
    assert_eq!(bluesky_together(&gone, &no_repo, Some(&inactive)).finding, Finding::GoneAccount);
    assert_eq!(bluesky_together(&gone, &no_repo, Some(&unknown)).finding, Finding::GoneAccount);
    let down = Verdict::of(Finding::GoneModerated, "the account's host says that it is takendown");
    assert_eq!(bluesky_together(&gone, &no_repo, Some(&down)).finding, Finding::GoneAccount);
    let wall = Verdict::of(Finding::RateLimited, "429");
    assert!(bluesky_together(&gone, &wall, None).ambiguous);
    assert_eq!(bluesky_together(&there, &there, None).finding, Finding::Ok);
    let profile = "https://public.api.bsky.app/xrpc/app.bsky.actor.getProfile?actor=x";
    assert_eq!(
        found(&target, 400, r#"{"error":"AccountDeactivated","message":"Account is deactivated"}"#, profile).finding,
        Finding::GoneAccount
    );
    assert_eq!(
        found(&target, 200, r#"{"posts":[]}"#, "https://public.api.bsky.app/xrpc/app.bsky.feed.getPosts?uris=x")
            .finding,
        Finding::GoneUnknown
    );
}

#[test]
fn wordpress_tells_a_held_comment_from_a_deleted_one() {
    let target = of(Platform::WordPress, "https://blog.test/?p=3");
    let url = "https://blog.test/wp-json/wp/v2/comments/7";
    assert_eq!(found(&target, 401, r#"{"code":"rest_cannot_read","message":"Sorry"}"#, url).finding, Finding::Private);
    assert_eq!(
        found(&target, 404, r#"{"code":"rest_comment_invalid_id","message":"Invalid comment ID."}"#, url).finding,
        Finding::GoneUnknown
    );
    assert_eq!(
        found(&target, 404, r#"{"code":"rest_post_invalid_id"}"#, "https://blog.test/wp-json/wp/v2/posts/3").finding,
        Finding::GoneUnknown
    );
}

#[test]
fn a_deleted_answer_in_a_conversation_of_x_is_not_the_post_that_was_asked_for() {
    let target = at("https://x.com/i/status/20").unwrap();
    let url = "https://api.x.com/graphql/q/TweetDetail";
    let good = r#"{"__typename":"Tweet","rest_id":"20","legacy":{"full_text":"hi","id_str":"20","created_at":"Tue Mar 21 20:50:14 +0000 2006"}}"#;
    let tomb = r#"{"__typename":"TweetTombstone","tombstone":{"text":{"text":"This Post was deleted by the Post author. Learn more"}}}"#;
    let entry = |id: &str, result: &str| {
        format!(
            r#"{{"entryId":"tweet-{id}","content":{{"__typename":"TimelineTimelineItem","itemContent":{{"__typename":"TimelineTweet","tweet_results":{{"result":{result}}}}}}}}}"#
        )
    };
    let answer = |one: &str, two: &str| {
        format!(
            r#"{{"data":{{"threaded_conversation_with_injections_v2":{{"instructions":[{{"entries":[{one},{two}]}}]}}}}}}"#
        )
    };
    assert_eq!(found(&target, 200, &answer(&entry("20", good), &entry("21", tomb)), url).finding, Finding::Ok);
    let gone = found(&target, 200, &answer(&entry("20", tomb), &entry("21", good)), url);
    assert_eq!(gone.finding, Finding::GoneAuthorDeleted);
}

#[test]
fn the_title_of_a_program_that_runs_no_script_is_no_post() {
    let shell =
        "<html><head><title>X</title></head><body><noscript>JavaScript is not available.</noscript></body></html>";
    for url in ["https://x.com/valley/status/20", "https://x.com/valley"] {
        let target = at(url).unwrap();
        let verdict = found(&target, 200, shell, url);
        assert_eq!(verdict.finding, Finding::ParseError, "{url}: {verdict:?}");
    }
}

#[test]
fn a_suspended_account_of_mastodon_is_told_by_its_own_answer() {
    let target = of(Platform::Mastodon, "https://m.test/@a");
    let told = r#"{"id":"1","username":"a","acct":"a","suspended":true,"display_name":"","url":"https://m.test/@a"}"#;
    let verdict = found(&target, 200, told, "https://m.test/api/v1/accounts/lookup?acct=a");
    assert_eq!((verdict.finding, verdict.ambiguous), (Finding::GoneAccount, false));
}

#[test]
fn a_list_of_mastodon_ends_where_its_head_names_no_older_page() {
    let target = of(Platform::Mastodon, "https://m.test/@a");
    // A mirror answers in place of the host.
    let url = "http://127.0.0.1:8080/api/v1/accounts/1/statuses?limit=40".parse().unwrap();
    let status = |id: u64| serde_json::json!({ "id": id.to_string(), "content": "<p>x</p>", "account": { "acct": "a", "username": "a" } });
    let body = serde_json::json!([status(3), status(2)]).to_string();
    let newer = "<https://m.test/api/v1/accounts/1/statuses?min_id=3>; rel=\"prev\"";
    let older = "<https://m.test/api/v1/accounts/1/statuses?max_id=2>; rel=\"next\"";
    let elsewhere = "<https://other.test/api/v1/accounts/1/statuses?max_id=2>; rel=\"next\"";
    for (link, more) in [(Some(newer), false), (None, true), (Some(older), true), (Some(elsewhere), false)] {
        let headers: crate::model::Headers =
            link.iter().map(|l| ("link".to_owned(), l.as_bytes().to_vec().into())).collect();
        let answer = crate::site::Answer {
            url: &url,
            status: 200,
            headers: &headers,
            body: body.as_bytes(),
            content_type: "application/json",
        };
        let reading = read(&answer, &target);
        assert_eq!(reading.next.iter().any(|n| n.why == crate::model::Why::Older), more, "{link:?}");
    }
}
