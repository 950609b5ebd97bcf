use rusqlite::Connection;

use super::PostRules;
use crate::model::post::{Count, CountKind, Relation, RelationKind};
use crate::model::*;
use crate::store::tests::{World, at, captured};
use crate::store::*;

pub(super) const RULES: PostRules =
    PostRules { version: 1, posts: crate::site::of_document, digest: crate::site::cid_digest };

pub(super) fn post(id: &str, text: &str, likes: u64) -> Post {
    let mut post = Post::new(PostKey::new(Platform::Bluesky, "did:plc:a", id), PostKind::Post);
    post.text = text.into();
    post.url = Some(format!("https://bsky.app/profile/a/post/{id}"));
    let count = Count { kind: CountKind::Likes, value: likes, granularity: 1, label: None };
    post.counts = vec![count];
    let name = if text.contains("renamed") { "New Name" } else { "Name" };
    let key = PostKey::new(Platform::Bluesky, "did:plc:a", "");
    post.author = Some(Actor { handle: Some("a.example".into()), name: Some(name.into()), ..Actor::new(key) });
    post
}

fn ready(document: Document, version: u32) -> Box<ReadDocument> {
    let bare = Document { comments: Vec::new(), ..document.clone() };
    let json = serde_json::to_string(&bare).unwrap();
    let digest = Digest::of(json.as_bytes());
    Box::new(ReadDocument { document, version, json, digest })
}

pub(super) fn answer(route: &str, posts: Vec<Post>, version: u32) -> Box<ReadDocument> {
    let mut document = Document::empty();
    document.kind = Kind::Listing;
    let asked =
        Asked { platform: Platform::Bluesky, route: route.into(), why: None, url: "https://bsky.app/profile/a".into() };
    let (verdict, next, missing) = (Verdict::ok(), Vec::new(), Vec::new());
    document.social = Some(Box::new(Social { asked, verdict, posts, actor: None, next, missing }));
    ready(document, version)
}

pub(super) struct Story {
    pub world: World,
    writer: Option<Writer>,
    run: RunId,
    second: i64,
}

impl Story {
    pub fn new() -> Self {
        let mut world = World::new();
        world.archive = world.archive.clone().telling_posts(RULES);
        let writer = world.writer();
        let run = world.run(&writer);
        Self { world, writer: Some(writer), run, second: 0 }
    }

    pub fn writer(&self) -> &Writer {
        self.writer.as_ref().unwrap()
    }

    pub fn reader(&self) -> Reader {
        self.world.archive.reader().unwrap()
    }

    fn watch(&self, url: &str) -> WatchId {
        let known = self.reader().watch_by_key(url).unwrap();
        known.map_or_else(|| self.world.add(url), |watch| watch.id)
    }

    /// A look at a URL that brings these octets and what was read of them; octets that are known bring the known document.
    pub fn look(&mut self, url: &str, octets: &str, read: Box<ReadDocument>) -> SnapshotId {
        self.second += 10;
        let mut it = captured(self.run, self.watch(url), url, octets.as_bytes(), self.second);
        let asked = read.document.social.as_ref().map(|social| social.asked.clone());
        let known = self.reader().read_before(&Digest::of(octets.as_bytes()), url, read.version, asked.as_ref());
        it.document = known.unwrap().map_or(DocumentPart::New(read), DocumentPart::Known);
        self.keep(it)
    }

    fn keep(&self, it: Captured) -> SnapshotId {
        self.world.commit(self.writer(), it).unwrap().snapshot
    }

    pub fn index(&self) {
        while self.world.runtime.block_on(self.writer().index(1 << 20)).unwrap().more {}
    }

    pub fn db(&self) -> Connection {
        Connection::open(self.world.archive.layout().catalog()).unwrap()
    }

    pub fn close(&mut self) {
        self.writer.take().unwrap().close().unwrap();
    }

    /// All that the index says, without its own numbers.
    pub fn all(&self) -> Vec<String> {
        let mut out = Vec::new();
        for select in [
            "SELECT 'document', document, first, last, form, base FROM post_document",
            "SELECT 'post', p.key, platform, authority, kind, p.url, a.key, created_at, first, at FROM post p
                 LEFT JOIN actor a ON a.id = p.actor",
            "SELECT 'version', p.key, v.form, hex(v.digest), v.size, v.document, v.place, v.first, v.seen_at, v.state
                 FROM post_version v JOIN post p ON p.id = v.post",
            "SELECT 'seen', e.document, e.place, e.counts, p.key, v.form, hex(v.digest) FROM post_seen e
                 LEFT JOIN post_version v ON v.id = e.version LEFT JOIN post p ON p.id = v.post",
            "SELECT 'medium', p.key, v.form, hex(v.digest), m.n, m.kind, m.identity, m.url, m.state FROM post_media m
                 LEFT JOIN post_version v ON v.id = m.version LEFT JOIN post p ON p.id = v.post",
            "SELECT 'relation', p.key, v.form, hex(v.digest), r.n, r.kind, r.target, r.state FROM relation r
                 LEFT JOIN post_version v ON v.id = r.version LEFT JOIN post p ON p.id = v.post",
            "SELECT 'actor', key, handle, name FROM actor",
            "SELECT 'called', a.key, hex(v.digest), v.name, v.document, v.first FROM actor_version v
                 JOIN actor a ON a.id = v.actor",
            "SELECT 'met', e.document, hex(v.digest) FROM actor_seen e LEFT JOIN actor_version v ON v.id = e.version",
            "SELECT 'again', document FROM post_again",
        ] {
            let db = self.db();
            let mut select = db.prepare(select).unwrap();
            let columns = select.column_count();
            let rows = select.query_map([], |row| {
                (0..columns).map(|n| row.get::<_, rusqlite::types::Value>(n).map(|v| format!("{v:?}"))).collect()
            });
            out.extend(rows.unwrap().map(|row: rusqlite::Result<Vec<String>>| row.unwrap().join(" ")));
        }
        out.sort();
        out
    }

    /// The same, made anew from the documents.
    pub fn made_anew(&self) -> Vec<String> {
        self.db().execute("UPDATE meta SET value = '0' WHERE key = 'post_rules'", []).unwrap();
        self.index();
        self.all()
    }
}

pub(super) const URL: &str = "https://public.example/xrpc/feed?actor=a";

#[test]
fn an_edit_is_a_version_and_moved_counts_are_none() {
    let mut story = Story::new();
    let looks =
        [("one", "words", 1), ("two", "words", 5), ("three", "other words", 5), ("four", "words", 6), ("two", "", 0)];
    for (octets, text, likes) in looks {
        let read = answer("feed", vec![post("1", text, likes), post("2", "always so", 3)], 1);
        story.look(URL, octets, read);
    }
    story.index();
    story.index();
    let rows = story.reader().posts(&PostFilter::default(), 10).unwrap();
    assert_eq!(rows.len(), 2);
    let view = story.reader().post(&post("1", "", 0).key).unwrap().unwrap();
    let texts: Vec<_> = view.history.iter().map(|v| (v.post.text.as_str(), v.first.0, v.last.0)).collect();
    // The fifth look brought the octets of the second once more.
    assert_eq!(texts, [("words", 1, 5), ("other words", 3, 3)]);
    let likes: Vec<_> = view.counts.iter().map(|c| (c.snapshot.0, c.counts[0].value)).collect();
    assert_eq!(likes, [(1, 1), (2, 5), (4, 6)]);
    assert_eq!((view.row.first.0, view.row.last.0, view.row.post.text.as_str()), (1, 5, "words"));
    assert_eq!(view.history[0].url.as_deref(), Some(URL));
    assert_eq!(story.reader().post(&post("2", "", 0).key).unwrap().unwrap().row.versions, 1);
    story.close();
}

#[test]
fn routes_have_versions_of_their_own_and_a_post_that_is_gone_keeps_its_last_words() {
    let mut story = Story::new();
    story.look(URL, "a", answer("feed", vec![post("1", "words", 1)], 1));
    story.look("https://public.example/oembed", "b", answer("oembed", vec![post("1", "words, cut", 1)], 1));
    let mut gone = Post::new(post("1", "", 0).key, PostKind::Post);
    gone.state = PostState::DeletedByAuthor;
    story.look(URL, "c", answer("feed", vec![gone], 1));
    story.index();
    let view = story.reader().post(&post("1", "", 0).key).unwrap().unwrap();
    assert_eq!((view.history.len(), view.row.versions), (3, 2), "two by the feed, one by oembed");
    assert_eq!((view.row.state, view.row.post.text.as_str()), (PostState::DeletedByAuthor, "words, cut"));
    assert_eq!((view.row.form.as_str(), view.row.last.0), ("oembed", 3));
    story.close();
}

#[test]
fn an_article_with_comments_is_a_post_with_replies_and_further_pages_belong_to_it() {
    let mut story = Story::new();
    let url = "https://site.example/story/";
    let comment = |id: &str, text: &str| Comment {
        id: Some(id.into()),
        text: text.into(),
        author: Some("Ani".into()),
        ..Comment::default()
    };
    let page = |comments: Vec<Comment>| {
        let mut document = Document::empty();
        document.kind = Kind::Article;
        document.blocks = vec![Block::Paragraph { text: "The bridge is closed.".into() }];
        document.comments = comments;
        ready(document, 1)
    };
    let mut it = captured(story.run, story.watch(url), url, b"page one", 1);
    it.document = DocumentPart::New(page(vec![comment("c1", "first"), comment("c2", "second")]));
    let further = captured(story.run, story.watch(url), &format!("{url}comment-page-2/"), b"page two", 1);
    it.exchanges.extend(further.exchanges);
    it.pages = vec![FollowedPage {
        place: 1,
        url: format!("{url}comment-page-2/"),
        rule: PageRule::CommentPage,
        outcome: Some(Outcome::Captured),
        reason: None,
        exchange: Some(1),
        document: DocumentPart::New(page(vec![comment("c3", "third")])),
        etag: None,
        last_modified: None,
    }];
    story.keep(it);
    story.index();
    let reader = story.reader();
    let keys: Vec<String> =
        reader.posts(&PostFilter::default(), 10).unwrap().iter().map(|row| row.key.to_string()).collect();
    let head = "web:site.example/story/";
    assert_eq!(keys.len(), 4, "{keys:?}");
    let replies: Vec<String> =
        reader.replies(&PostKey::parse(head).unwrap()).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(replies, ["c1", "c2", "c3"].map(|c| format!("{head}#{c}")));
    let roots = PostFilter { roots: true, ..PostFilter::default() };
    assert_eq!(reader.posts(&roots, 10).unwrap().len(), 1);
    let by = PostFilter { authors: vec!["@Ani".into()], ..PostFilter::default() };
    assert_eq!(reader.posts(&by, 10).unwrap().len(), 3);
    story.close();
}

#[test]
fn what_stands_in_front_of_a_page_is_no_post() {
    let mut story = Story::new();
    let url = "https://site.example/story/";
    let mut document = Document::empty();
    document.kind = Kind::Article;
    document.blocks = vec![Block::Paragraph { text: "Are you human?".into() }];
    let mut it = captured(story.run, story.watch(url), url, b"wall", 1);
    (it.outcome, it.document) = (Outcome::Challenge, DocumentPart::New(ready(document, 1)));
    story.keep(it);
    story.index();
    assert!(story.reader().posts(&PostFilter::default(), 10).unwrap().is_empty());
    story.close();
}

#[test]
fn posts_are_found_by_who_shows_them_and_what_answers_them() {
    let mut story = Story::new();
    let mut reply = post("2", "an answer", 1);
    reply.relations = vec![Relation::to(RelationKind::Reply, post("1", "", 0).key)];
    let mut quote = post("3", "see there", 1);
    quote.relations = vec![Relation::at(RelationKind::Quote, "https://bsky.app/profile/a/post/1")];
    quote.created = Some(When {
        raw: "2000".into(),
        at: Some(at(-1000)),
        precision: Precision::Second,
        zone: ZoneSource::Stated,
        source: "api".into(),
    });
    let first = story.look(URL, "a", answer("feed", vec![post("1", "words", 1), reply], 1));
    story.look("https://public.example/other", "b", answer("feed", vec![quote], 1));
    story.index();
    let reader = story.reader();
    let view = reader.post(&post("1", "", 0).key).unwrap().unwrap();
    let related: Vec<_> = view.related.iter().map(|r| (r.kind, r.key.id.as_str())).collect();
    assert_eq!(related, [(RelationKind::Quote, "3"), (RelationKind::Reply, "2")], "the first made first");
    let ids = |filter: &PostFilter| -> Vec<String> {
        reader.posts(filter, 10).unwrap().into_iter().map(|row| row.key.id).collect()
    };
    assert_eq!(
        ids(&PostFilter::default()),
        ["2", "1", "3"],
        "newest first; who states no time was made when it was seen"
    );
    let shown_by = Some(Filter { snapshots: vec![first], ..Filter::default() });
    assert_eq!(ids(&PostFilter { shown_by, ..PostFilter::default() }), ["2", "1"]);
    assert_eq!(ids(&PostFilter { until: Some(at(0)), ..PostFilter::default() }), ["3"]);
    assert_eq!(ids(&PostFilter { platforms: vec![Platform::X], ..PostFilter::default() }), [""; 0]);
    assert_eq!(ids(&PostFilter { authors: vec!["A.example".into()], ..PostFilter::default() }).len(), 3);
    story.close();
}

#[test]
fn other_rules_make_all_posts_anew() {
    let mut story = Story::new();
    story.look(URL, "a", answer("feed", vec![post("1", "words", 1)], 1));
    story.index();
    let before = story.all();
    story.close();
    story.world.archive = story.world.archive.clone().telling_posts(PostRules {
        version: 2,
        posts: crate::site::of_document,
        digest: crate::site::cid_digest,
    });
    assert_eq!(story.world.archive.index_posts(&mut |_| {}).unwrap().indexed, 1);
    assert_eq!(story.all(), before);
    assert_eq!(story.world.archive.index_posts(&mut |_| {}).unwrap().indexed, 0);
}
