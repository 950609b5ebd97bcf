use proptest::prelude::*;
use rusqlite::Connection;

use super::{Found, Inside, Order, Search, index};
use crate::model::*;
use crate::store::tests::{World, at, captured};
use crate::store::{Removal, Writer};

fn read(text: &str, version: u32) -> DocumentPart {
    let mut document = Document::empty();
    document.title = Some("A page".into());
    document.blocks = text.split('|').map(|text| Block::Paragraph { text: text.into() }).collect();
    let json = serde_json::to_string(&document).unwrap();
    let digest = Digest::of(json.as_bytes());
    DocumentPart::New(Box::new(ReadDocument { document, version, json, digest }))
}

/// An archive with its writer and one watch.
struct Story {
    world: World,
    writer: Writer,
    run: RunId,
    watch: WatchId,
    last: Option<SnapshotId>,
    second: i64,
}

const URL: &str = "http://site.example/a";

impl Story {
    fn new() -> Self {
        Self::of(false)
    }

    /// With or without the index of what stands inside words.
    fn of(inside: bool) -> Self {
        let mut world = World::new();
        world.archive = world.archive.looking_inside(inside);
        let watch = world.add(URL);
        let writer = world.writer();
        let run = world.run(&writer);
        Self { world, writer, run, watch, last: None, second: 0 }
    }

    /// The page says this, in octets of its own.
    fn says(&mut self, text: &str) -> SnapshotId {
        self.second += 1;
        let body = format!("{text} {}", self.second);
        let mut it = captured(self.run, self.watch, URL, body.as_bytes(), self.second);
        it.document = read(text, 1);
        it.previous = self.last;
        self.keep(it)
    }

    /// A 304.
    fn confirms(&mut self, document: i64) -> SnapshotId {
        self.second += 1;
        let mut it = captured(self.run, self.watch, URL, format!("304 {}", self.second).as_bytes(), self.second);
        it.outcome = Outcome::Unchanged;
        it.document =
            DocumentPart::Known(KnownDocument { id: DocumentId(document), version: 1, digest: Digest::of(b"") });
        it.previous = self.last;
        self.keep(it)
    }

    fn keep(&mut self, captured: Captured) -> SnapshotId {
        let snapshot = self.world.commit(&self.writer, captured).unwrap().snapshot;
        self.last = Some(snapshot);
        snapshot
    }

    fn index(&self) {
        while self.world.runtime.block_on(self.writer.index(1 << 20)).unwrap().more {}
    }

    fn search(&self, query: &str, versions: bool) -> Found {
        let ask = Search { query: query.into(), limit: 10, order: Order::Newest, versions, ..Search::default() };
        self.world.archive.reader().unwrap().search(&ask).unwrap()
    }

    /// The index of what stands inside words is kept from now on, or not.
    fn keeps_inside(self, inside: bool) -> Self {
        let Self { mut world, writer, run, watch, last, second } = self;
        writer.close().unwrap();
        world.archive = world.archive.looking_inside(inside);
        let writer = world.writer();
        Self { world, writer, run, watch, last, second }
    }

    fn snapshots(&self, query: &str) -> Vec<i64> {
        self.search(query, true).results.iter().map(|hit| hit.snapshot.0).collect()
    }

    fn db(&self) -> Connection {
        Connection::open(self.world.archive.layout().catalog()).unwrap()
    }

    /// First and newest snapshot of each version.
    fn versions(&self) -> Vec<(i64, i64)> {
        versions(&self.db())
    }
}

fn versions(db: &Connection) -> Vec<(i64, i64)> {
    let mut select = db.prepare("SELECT id, last FROM version ORDER BY id").unwrap();
    select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_version_lasts_as_long_as_the_page_says_it() {
    let mut story = Story::new();
    story.says("bridge");
    story.confirms(1);
    story.says("bridge");
    story.says("pavilion");
    story.says("bridge");
    story.confirms(1);
    story.index();
    assert_eq!(story.versions(), [(1, 6), (4, 4)], "what comes back is the old version");
    assert_eq!(story.snapshots("bridge OR pavilion"), [4, 1]);
    assert_eq!(story.search("pavilion", false).results[0].gone, Some(true));
}

#[test]
fn the_index_catches_up_by_itself_when_the_writer_is_idle() {
    let mut story = Story::new();
    story.says("bridge");
    let reader = story.world.archive.reader().unwrap();
    let began = std::time::Instant::now();
    while reader.not_indexed().unwrap() > 0 {
        assert!(began.elapsed().as_secs() < 60, "it does not");
        std::thread::yield_now();
    }
    assert_eq!(story.snapshots("bridge"), [1]);
}

#[test]
fn no_phrase_goes_from_one_paragraph_into_the_next() {
    let mut story = Story::new();
    story.says("the old|bridge fell");
    story.index();
    assert!(story.snapshots("\"old bridge\"").is_empty());
    assert_eq!(story.snapshots("\"the old\" \"bridge fell\""), [1]);
}

#[test]
fn what_a_newer_reader_reads_takes_the_place_of_the_older_reading() {
    let mut story = Story::new();
    story.says("brdige");
    story.says("pavilion");
    story.index();
    let db = story.db();
    let DocumentPart::New(better) = read("bridge", 2) else { unreachable!() };
    db.execute(
        "INSERT INTO document (payload, url, reader, digest, kind, title, json)
         SELECT payload, url, 2, ?1, kind, title, ?2 FROM document WHERE id = 1",
        (better.digest.0, better.json),
    )
    .unwrap();
    index::again(&db, story.watch.0).unwrap();
    story.index();
    assert_eq!((story.snapshots("bridge"), story.snapshots("brdige")), (vec![1], vec![]));
    assert_eq!(story.snapshots("pavilion"), [2]);
    let found = story.search("bridge", true);
    assert_eq!(found.results[0].snippet.text, "bridge", "shown as it was read last");
    // A later look refers to the newer reading: it is still the same version.
    story.confirms(3);
    story.index();
    assert_eq!(story.versions().len(), 2);
}

#[test]
fn what_is_removed_is_forgotten_and_what_is_left_is_found() {
    let mut story = Story::new();
    let first = story.says("bridge");
    story.last = None;
    let second = story.says("bridge");
    story.last = None;
    story.says("pavilion");
    story.index();
    assert_eq!(story.versions(), [(1, 2), (3, 3)]);
    let removal =
        |id| Removal { snapshots: vec![(id, Digest::of(b"leaf"))], at: at(9), by: "me".into(), reason: "asked".into() };
    story.world.runtime.block_on(story.writer.prune(removal(first))).unwrap();
    assert!(
        story.snapshots("bridge").is_empty() || story.snapshots("bridge") == [2],
        "the removed one is gone at once"
    );
    story.index();
    assert_eq!(story.versions(), [(2, 2), (3, 3)]);
    story.world.runtime.block_on(story.writer.prune(removal(second))).unwrap();
    story.index();
    assert_eq!((story.snapshots("bridge"), story.snapshots("pavilion")), (vec![], vec![3]));
    assert!(story.world.archive.reader().unwrap().integrity().unwrap().is_empty());
    assert_eq!(story.world.archive.reader().unwrap().not_indexed().unwrap(), 0);
}

#[test]
fn what_stands_inside_words_is_found_if_it_is_indexed() {
    let mut story = Story::of(true);
    story.says("the windmills|a river");
    story.says("the millwheel|a windy river");
    story.index();
    assert_eq!(story.snapshots("*mill*"), [2, 1]);
    assert_eq!(story.snapshots("*dmil"), [1]);
    assert_eq!(story.snapshots("river *mill* -windy"), [1]);
    assert_eq!(story.snapshots("*mill* -*wheel"), [1]);
    assert_eq!(story.snapshots("windy OR *dmill*"), [2, 1]);
    assert_eq!(story.snapshots("(windy | *xyz) *whee"), [2]);
    assert_eq!(story.snapshots("text:*mill* title:page"), [2, 1]);
    assert_eq!(story.snapshots("title:*mill*"), [] as [i64; 0]);
    assert_eq!(story.snapshots("*iver* *mills*"), [1], "both parts");
    assert!(story.snapshots("*llsar*").is_empty(), "no part goes from one word into the next");
    let hit = &story.search("*mill* river", false).results[0];
    assert_eq!((hit.snippet.text.as_str(), &hit.snippet.marks), ("the millwheel", &vec![(4, 8)]));
    assert_eq!(hit.gone, Some(false));
    assert_eq!(story.search("*dmill*", false).results[0].gone, Some(true));
    let ranked = Search { query: "river *mill* OR windy".into(), limit: 10, ..Search::default() };
    let ranked = story.world.archive.reader().unwrap().search(&ranked).unwrap();
    assert!(ranked.results[0].score.unwrap() > 0.0);
}

#[test]
fn it_is_filled_in_later_and_what_was_missed_meanwhile_as_well() {
    let mut story = Story::new();
    story.says("windmills");
    story.says("watermills");
    story.index();
    let ask = Search { query: "*mill*".into(), limit: 10, ..Search::default() };
    let refused = story.world.archive.reader().unwrap().search(&ask).unwrap_err();
    assert!(refused.message().contains("not indexed") && refused.hint_text().unwrap().contains("inside = true"));
    let rowids = |story: &Story| {
        let db = story.db();
        let mut select = db.prepare("SELECT rowid FROM inside ORDER BY rowid").unwrap();
        select.query_map([], |row| row.get(0)).unwrap().collect::<Result<Vec<i64>, _>>().unwrap()
    };

    // Before anything is filled in, it is said what is missing.
    let reader = story.world.archive.clone().looking_inside(true).reader().unwrap();
    let found = reader.search(&ask).unwrap();
    assert_eq!((found.results.len(), found.not_indexed), (0, 2));
    drop(reader);

    story = story.keeps_inside(true);
    story.index();
    assert_eq!((story.snapshots("*mill*"), rowids(&story)), (vec![2, 1], vec![1, 2]));
    assert_eq!(story.search("*mill*", false).not_indexed, 0);

    story = story.keeps_inside(false);
    story.says("millwheels");
    index::again(&story.db(), story.watch.0).unwrap();
    story.index();
    assert_eq!(story.snapshots("windmills OR watermills OR millwheels"), [3, 2, 1]);
    assert!(rowids(&story).is_empty(), "what was indexed again is out, and nothing came in");

    story = story.keeps_inside(true);
    assert_eq!(story.search("*mill*", false).not_indexed, 3);
    story.index();
    assert_eq!((story.snapshots("*mill*"), rowids(&story)), (vec![3, 2, 1], vec![1, 2, 3]));

    assert!(story.world.archive.drop_inside().unwrap_err().hint_text().unwrap().contains("inside = false"));
    story = story.keeps_inside(false);
    assert!(story.world.archive.drop_inside().unwrap());
    assert!(!story.world.archive.drop_inside().unwrap(), "it is gone");
    story = story.keeps_inside(true);
    story.index();
    assert_eq!(story.snapshots("*mill*"), [3, 2, 1], "and can be made again");
    assert!(story.world.archive.reader().unwrap().integrity().unwrap().is_empty());
}

#[test]
fn what_was_removed_or_read_again_is_so_inside_words_too() {
    let mut story = Story::of(true);
    let first = story.says("windmills");
    story.last = None;
    story.says("brdiges");
    story.index();
    let DocumentPart::New(better) = read("bridges", 2) else { unreachable!() };
    story
        .db()
        .execute(
            "INSERT INTO document (payload, url, reader, digest, kind, title, json)
             SELECT payload, url, 2, ?1, kind, title, ?2 FROM document WHERE id = 2",
            (better.digest.0, better.json),
        )
        .unwrap();
    index::later(&story.db(), story.watch.0).unwrap();
    story.index();
    assert_eq!((story.snapshots("*ridge"), story.snapshots("*dige")), (vec![2], vec![]));
    let removal =
        Removal { snapshots: vec![(first, Digest::of(b"leaf"))], at: at(9), by: "me".into(), reason: "asked".into() };
    story.world.runtime.block_on(story.writer.prune(removal)).unwrap();
    assert!(story.snapshots("*mill*").is_empty(), "the removed one is gone at once");
    story.index();
    // The reading that no act binds went with it; what the page says is still found.
    assert_eq!((story.snapshots("*mill*"), story.snapshots("*ges")), (vec![], vec![2]));
}

#[test]
fn it_is_made_again_with_the_index_of_words() {
    let mut story = Story::of(true);
    story.says("windmills");
    story.says("watermills");
    story.index();
    story
        .db()
        .execute_batch("DELETE FROM version; INSERT INTO search (search) VALUES ('delete-all'); DELETE FROM meta WHERE key = 'searchable'")
        .unwrap();
    story.world.archive.index_inside(&mut |_| {}).unwrap();
    story = story.keeps_inside(true);
    story.index();
    assert_eq!(story.snapshots("*mill*"), [2, 1]);
    assert_eq!(story.snapshots("*mill* watermills"), [2]);
}

/// Letters of many scripts, some of which fold to others or to several.
const WORD: &str = "[abciAIßéİıøœабвйёїաեևվԵՎΣλςόاأبتكةשלom0٣'ָ]{1,9}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn slices_of_any_size_make_the_same_index(looks in proptest::collection::vec(0..4usize, 1..20), octets in 1..200usize, stop_after in 1..5usize) {
        let mut story = Story::new();
        for look in looks {
            let text = ["the bridge", "a pavilion", "the river", ""][look];
            if text.is_empty() && story.last.is_some() { story.confirms(1); } else { story.says(text); }
        }
        let mut db = story.db();
        db.execute_batch("DELETE FROM version; DELETE FROM search; DELETE FROM meta WHERE key = 'searchable'").unwrap_or_default();
        story.index();
        let whole = (story.versions(), story.snapshots("bridge"), story.snapshots("pavilion OR river"));
        index::again(&db, story.watch.0).unwrap();
        loop {
            let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
            let asked = std::cell::Cell::new(0);
            let stop = || { asked.set(asked.get() + 1); asked.get() > stop_after };
            let more = index::slice(&tx, octets, Inside::Off, &stop).unwrap().more;
            tx.commit().unwrap();
            if !more { break }
        }
        prop_assert_eq!((story.versions(), story.snapshots("bridge"), story.snapshots("pavilion OR river")), whole);
    }

    #[test]
    fn no_part_of_a_word_is_missed(
        pages in proptest::collection::vec(proptest::collection::vec(WORD, 1..6), 1..6),
        pick in (0..6usize, 0..6usize, 0..9usize, 3..6usize),
        slice in 1..300usize,
        later in proptest::bool::ANY,
    ) {
        let mut story = Story::of(!later);
        for words in &pages {
            story.last = None;
            story.says(&words.join(" "));
        }
        story.index();
        story = story.keeps_inside(true);
        let mut db = story.db();
        loop {
            let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
            let more = index::slice(&tx, slice, Inside::All, &|| false).unwrap().more;
            tx.commit().unwrap();
            if !more { break }
        }
        let words = &pages[pick.0 % pages.len()];
        let word: Vec<char> = words[pick.1 % words.len()].chars().collect();
        let part: String = word.iter().skip(pick.2 % word.len()).take(pick.3).collect();
        let folded = |text: &str| {
            let mut out = Vec::new();
            super::fold::tokens(text, |token| out.push(token.text.to_owned()));
            out
        };
        let wanted = folded(&part);
        prop_assume!(wanted.len() == 1 && wanted[0].chars().count() >= 3);
        let has = |words: &Vec<String>| folded(&words.join(" ")).iter().any(|word| word.contains(&wanted[0]));
        let texts: Vec<&Vec<String>> = pages.iter().filter(|words| has(words)).collect();
        let found = story.search(&format!("*{part}*"), true);
        // What says the same is one version: each page that has it is that of a result, and each result shows it.
        for hit in &found.results {
            prop_assert!(!hit.snippet.marks.is_empty(), "{part:?} is not marked in {:?}", hit.snippet.text);
        }
        for words in texts {
            let text = words.join(" ");
            let same = |hit: &super::Hit| folded(&hit.snippet.text) == folded(&text);
            prop_assert!(found.results.iter().any(same), "{part:?} is not found in {text:?}: {:?}", found.results.iter().map(|hit| &hit.snippet.text).collect::<Vec<_>>());
        }
        prop_assert_eq!(found.not_indexed, 0);
    }
}
