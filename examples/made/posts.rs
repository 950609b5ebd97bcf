//! Answers of an interface with made-up posts, read, committed and indexed as a run does it: in the shape of Bluesky's feeds of accounts.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use keepfast::app::POSTS;
use keepfast::model::{Asked, Digest, Document, NewWatch, Platform, RunId, Source, WatchId};
use keepfast::seal::RunFacts;
use keepfast::site;
use keepfast::store::{Archive, CaptureOptions, RunEnd, RunStart, Writer};
use keepfast::warc::Compressor;
use serde_json::{Value, json};
use url::Url;

use super::made::{Fallible, Numbers, Page, captured};

/// Posts of one answer.
pub const OF_ANSWER: usize = 50;
/// Answers of one account.
const OF_ACCOUNT: usize = 10;
/// One post of so many is edited from turn to turn.
pub const EDITED: usize = 50;
/// Commits in flight.
const IN_FLIGHT: usize = 64;

/// Seconds that each part took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// Reading answers, on one core.
    pub parse: f64,
    /// Making records and committing them.
    pub commit: f64,
    /// Bringing the index of posts up to date.
    pub index: f64,
    /// Octets of the answers.
    pub octets: usize,
}

fn words(numbers: &mut Numbers, count: u64) -> String {
    let word = |n: u64| -> String {
        let mut numbers = Numbers(n);
        (0..3 + numbers.below(7)).map(|_| char::from(b'a' + numbers.below(26) as u8)).collect()
    };
    (0..count).map(|_| word(numbers.below(5000))).collect::<Vec<_>>().join(" ")
}

/// The `n`th post as it is in the `turn`th look.
fn post(n: usize, turn: u64) -> Value {
    let mut numbers = Numbers(n as u64 * 7919 + 1);
    let account = n / (OF_ANSWER * OF_ACCOUNT);
    let (did, handle) = (format!("did:plc:made{account:020}"), format!("made{account}.example"));
    let length = 8 + numbers.below(40);
    let mut text = words(&mut numbers, length);
    // Of the first look nothing is edited yet; then those whose turn it is say something else.
    let edits = if turn > 0 && n.is_multiple_of(EDITED) { turn } else { 0 };
    if edits > 0 {
        text.push_str(&format!(", edited {edits} times"));
    }
    let at = Timestamp::from_second(1_760_000_000 + n as i64 * 60).unwrap_or_default();
    let key = format!("3m{n:011}");
    let mut record =
        json!({ "$type": "app.bsky.feed.post", "text": text, "langs": ["en"], "createdAt": at.to_string() });
    let mut out = json!({
        "uri": format!("at://{did}/app.bsky.feed.post/{key}"),
        "cid": format!("bafyreimade{n:020}{edits:020}"),
        "author": {
            "did": did, "handle": handle, "displayName": format!("Made {account}"), "labels": [],
            "avatar": format!("https://cdn.example/img/avatar/plain/{did}/a@jpeg")
        },
        "replyCount": numbers.below(9) + turn, "repostCount": numbers.below(50) + turn * 2, "likeCount": numbers.below(900) + turn * 3,
        "quoteCount": numbers.below(5) + turn, "bookmarkCount": 0, "indexedAt": at.to_string(), "labels": []
    });
    if !n.is_multiple_of(OF_ANSWER) && numbers.below(4) == 0 {
        let parent = json!({ "uri": format!("at://{did}/app.bsky.feed.post/3m{:011}", n - 1), "cid": "bafyreiparent" });
        record["reply"] = json!({ "root": parent, "parent": parent });
    }
    if numbers.below(3) == 0 {
        let name = format!("bafkreimade{n:020}");
        out["embed"] = json!({ "$type": "app.bsky.embed.images#view", "images": [{
            "thumb": format!("https://cdn.example/img/feed_thumbnail/plain/{did}/{name}@jpeg"),
            "fullsize": format!("https://cdn.example/img/feed_fullsize/plain/{did}/{name}@jpeg"),
            "alt": words(&mut numbers, 5), "aspectRatio": { "width": 1200, "height": 800 }
        }] });
    }
    out["record"] = record;
    json!({ "post": out })
}

struct Answer {
    url: String,
    target: String,
    body: Vec<u8>,
}

fn answers(posts: usize, turn: u64) -> Fallible<Vec<Answer>> {
    let mut out = Vec::new();
    for first in (0..posts).step_by(OF_ANSWER) {
        let account = first / (OF_ANSWER * OF_ACCOUNT);
        let feed: Vec<Value> = (first..posts.min(first + OF_ANSWER)).map(|n| post(n, turn)).collect();
        out.push(Answer {
            url: format!("https://public.api.bsky.app/xrpc/app.bsky.feed.getAuthorFeed?actor=made{account}.example&limit=50&cursor={first}"),
            target: format!("https://bsky.app/profile/made{account}.example"),
            body: serde_json::to_vec(&json!({ "feed": feed, "cursor": format!("{first}") }))?,
        });
    }
    Ok(out)
}

fn read(answer: &Answer) -> Fallible<Document> {
    let (url, about) = (Url::parse(&answer.url)?, Url::parse(&answer.target)?);
    let target = site::family(Platform::Bluesky, &about).ok_or("the adapter does not know its account")?;
    let asked = Asked { platform: Platform::Bluesky, route: "feed".into(), why: None, url: answer.target.clone() };
    let reading = site::read(
        &site::Answer {
            url: &url,
            status: 200,
            headers: &Vec::new(),
            body: &answer.body,
            content_type: "application/json",
        },
        &target,
    );
    Ok(site::document_of(reading, &target, asked))
}

fn watches(answers: &[Answer]) -> Vec<NewWatch> {
    let watch = |answer: &Answer| NewWatch {
        key: answer.url.clone(),
        url: answer.url.clone(),
        host: "public.api.bsky.app:443".into(),
        source: Source::Add,
        tags: Vec::new(),
        note: None,
        every: None,
        published: None,
        options: Default::default(),
    };
    answers.iter().map(watch).collect()
}

/// Looks at all posts once more.
pub fn look(archive: &Archive, posts: usize, turn: u64, at: Timestamp) -> Fallible<Took> {
    let archive = archive.clone().telling_posts(POSTS);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let answers = answers(posts, turn)?;
    let ids: Vec<WatchId> = archive.edit()?.add(&watches(&answers), at)?.into_iter().map(|(id, _)| id).collect();
    let mut took = Took { octets: answers.iter().map(|answer| answer.body.len()).sum(), ..Took::default() };
    let began = Instant::now();
    let documents = answers.iter().map(read).collect::<Fallible<Vec<_>>>()?;
    took.parse = began.elapsed().as_secs_f64();

    let options = CaptureOptions { segment_size: 1 << 30, warcinfo: vec![("software", "posts".into())], min_free: 0 };
    let (writer, _) = archive.capture(options)?;
    let began = Instant::now();
    runtime.block_on(commit(&writer, &answers, &ids, documents, at))?;
    took.commit = began.elapsed().as_secs_f64();
    writer.close()?;
    let began = Instant::now();
    let indexed = archive.index_posts(&mut |_| {})?;
    took.index = began.elapsed().as_secs_f64();
    match indexed.stopped {
        Some(why) => Err(format!("not all was indexed: {why}").into()),
        None => Ok(took),
    }
}

async fn commit(
    writer: &Writer,
    answers: &[Answer],
    ids: &[WatchId],
    documents: Vec<Document>,
    at: Timestamp,
) -> Fallible<RunId> {
    let start = RunStart {
        at,
        software: "keepfast/posts".into(),
        operator: "posts@localhost".into(),
        config_digest: Digest::of(b"posts"),
        config: "{}".into(),
    };
    let run = writer.start_run(start).await?;
    let facts = RunFacts { config: Digest::of(b"posts"), software: "keepfast/posts".into() };
    let mut tasks = tokio::task::JoinSet::new();
    let mut compressor = Compressor::new(1);
    for (n, ((answer, watch), document)) in answers.iter().zip(ids).zip(documents).enumerate() {
        let at = at.checked_add(Duration::from_millis(n as u64 * 20))?;
        let (body, decoded_len) = (answer.body.as_slice(), answer.body.len() as u64);
        let page = Page { run, watch: *watch, url: &answer.url, at, head: "", body, decoded_len, document, version: 1 };
        let captured = captured(page, &facts, &mut compressor)?;
        if tasks.len() >= IN_FLIGHT
            && let Some(kept) = tasks.join_next().await
        {
            kept??;
        }
        let writer = writer.clone();
        tasks.spawn(async move { writer.commit(captured).await.map(|_| ()) });
    }
    while let Some(kept) = tasks.join_next().await {
        kept??;
    }
    writer.end_run(run, RunEnd::Done, at).await?;
    Ok(run)
}

/// Rows of a table.
pub fn rows(archive: &Archive, table: &str) -> Fallible<u64> {
    let db = rusqlite::Connection::open(archive.layout().catalog())?;
    Ok(db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0))?.max(0) as u64)
}
