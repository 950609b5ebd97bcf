//! Whatever happens to an archive, in whatever order: the index is what the documents say.

use proptest::prelude::*;

use super::tests::{RULES, Story, URL, answer, post};
use crate::model::post::{PostMediaKind, PostMediaState, Relation, RelationKind, Rendition};
use crate::model::*;
use crate::store::tests::at;
use crate::store::*;

/// What happens to an archive.
#[derive(Clone, Debug)]
enum Step {
    /// A look at the `.0`th watch brings the `.1`th answer.
    Look(u8, u8),
    /// A newer reader reads all again, and some posts say something else.
    Reread,
    /// The `.0`th of the snapshots is removed.
    Remove(u8),
    /// So many octets are indexed.
    Index(u16),
    /// The process is killed while so many are.
    Killed(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0u8..3, 0u8..6).prop_map(|(watch, n)| Step::Look(watch, n)),
        1 => Just(Step::Reread),
        2 => any::<u8>().prop_map(Step::Remove),
        2 => (1u16..3000).prop_map(Step::Index),
        1 => (1u16..3000).prop_map(Step::Killed),
    ]
}

/// The posts of the `n`th answer: some in several, with words of their own or the same.
fn posts(n: u8, reader: u32) -> Vec<Post> {
    let texts = ["one", "two", "two, renamed"];
    let mut out = Vec::new();
    for id in 0..4u8 {
        if (n + id).is_multiple_of(2) {
            let text = texts[usize::from((n / 2 + id) % 3)];
            let more = if reader > 1 && id & 1 == 1 { " as read better" } else { "" };
            let mut post = post(&id.to_string(), &format!("{text}{more}"), u64::from(n));
            let url = format!("https://media.example/{id}/{}", n % 2);
            post.media = vec![PostMedia {
                kind: PostMediaKind::Image,
                identity: url.clone(),
                renditions: vec![Rendition::of(url)],
                poster: None,
                alt: String::new(),
                title: None,
                duration_ms: None,
                expected: None,
                state: PostMediaState::Offered,
            }];
            post.relations = vec![Relation::to(RelationKind::Reply, PostKey::new(Platform::Bluesky, "did:plc:a", "0"))];
            out.push(post);
        }
    }
    out
}

impl Story {
    fn take(&mut self, step: &Step, version: &mut u32, left: &mut Vec<SnapshotId>) {
        match step {
            Step::Look(watch, n) => {
                let url = format!("{URL}{watch}");
                left.push(self.look(&url, &format!("answer {n}"), answer("feed", posts(*n, *version), *version)));
            }
            Step::Reread => {
                *version += 1;
                let reader = self.reader();
                let (found, _) = reader.readable(&Filter::default(), Some(*version), SnapshotId(0), 1000).unwrap();
                let readings = found.into_iter().map(|of| {
                    let (old, _) = reader.document(of.document).unwrap();
                    let mut posts = old.social.unwrap().posts;
                    for post in posts.iter_mut().filter(|post| post.key.id == "1" || post.key.id == "3") {
                        post.text = format!("read by {version}");
                    }
                    Reread { of, read: answer("feed", posts, *version) }
                });
                let readings: Vec<Reread> = readings.collect();
                if !readings.is_empty() {
                    let rereading = Rereading { readings, at: at(9000), by: "me".into(), software: "test/1".into() };
                    self.world.runtime.block_on(self.writer().reread(rereading)).unwrap();
                }
            }
            Step::Remove(n) if !left.is_empty() => {
                let wanted = left[usize::from(*n) % left.len()];
                let (may, _) = self.reader().removable(&[wanted]).unwrap();
                if may.is_empty() {
                    return;
                }
                left.retain(|id| *id != wanted);
                let removal = Removal {
                    snapshots: vec![(wanted, Digest::of(b"leaf"))],
                    at: at(9999),
                    by: "me".into(),
                    reason: "test".into(),
                };
                self.world.runtime.block_on(self.writer().prune(removal)).unwrap();
            }
            Step::Remove(_) => {}
            Step::Index(octets) => {
                self.world.runtime.block_on(self.writer().index(usize::from(*octets))).unwrap();
            }
            Step::Killed(octets) => {
                // What a process that dies leaves behind: a transaction without an end.
                let mut db = self.db();
                let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
                super::slice(&tx, usize::from(*octets), &RULES, &|| false).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_happens_the_index_is_what_the_documents_say(steps in proptest::collection::vec(step(), 1..24)) {
        let mut story = Story::new();
        let (mut version, mut left) = (1, Vec::new());
        for step in &steps {
            story.take(step, &mut version, &mut left);
        }
        story.index();
        let (now, anew) = (story.all(), story.made_anew());
        let only = |these: &[String], those: &[String]| -> Vec<String> {
            these.iter().filter(|row| !those.contains(row)).cloned().collect()
        };
        prop_assert!(now == anew, "is: {:#?}\nought to be: {:#?}", only(&now, &anew), only(&anew, &now));
        story.close();
    }

    #[test]
    fn in_whatever_order_they_are_seen_the_versions_are_the_same(
        looks in proptest::collection::vec((0u8..3, 0u8..6), 1..12), turns in any::<u64>()
    ) {
        let versions = |story: &Story| -> Vec<(String, String, String, i64)> {
            let db = story.db();
            let mut select = db.prepare(
                "SELECT p.key, v.form, hex(v.digest), (SELECT count(*) FROM post_seen WHERE version = v.id)
                 FROM post_version v JOIN post p ON p.id = v.post ORDER BY 1, 2, 3").unwrap();
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
            rows.unwrap().map(Result::unwrap).collect()
        };
        let told = |looks: &[(u8, u8)]| {
            let mut story = Story::new();
            for (watch, n) in looks {
                story.take(&Step::Look(*watch, *n), &mut 1, &mut Vec::new());
            }
            story.index();
            let out = versions(&story);
            story.close();
            out
        };
        let mut other = looks.clone();
        let (mut turns, len) = (turns, other.len());
        for n in (1..len).rev() {
            other.swap(n, (turns % (n as u64 + 1)) as usize);
            turns = turns.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        prop_assert_eq!(told(&looks), told(&other));
    }
}

#[test]
fn what_waits_to_be_put_in_again_forgets_snapshots_that_are_removed() {
    let mut story = Story::new();
    let (mut version, mut left) = (1, Vec::new());
    let steps = [
        Step::Look(0, 5),
        Step::Look(0, 0),
        Step::Look(0, 5),
        Step::Index(30_000),
        Step::Reread,
        Step::Reread,
        // The last that shows the fifth answer.
        Step::Remove(2),
    ];
    for step in &steps {
        story.take(step, &mut version, &mut left);
    }
    assert_eq!(left.len(), 2, "it was removed");
    story.index();
    assert_eq!(story.all(), story.made_anew());
    story.close();
}
