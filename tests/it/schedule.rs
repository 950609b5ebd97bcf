//! A year of looks on a clock that is moved by hand: outages, restarts, clocks that go forward and back. Every due time ends
//! once, in one of the ways that there are.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use keepfast::model::{
    Cadence, Captured, DocumentPart, Job, NewWatch, Outcome, RunId, SnapshotId, Source, WatchId, WatchOptions,
};
use keepfast::policy::cadence::{self, Limits, Look};
use keepfast::seal::{self, RunFacts};
use keepfast::store::{Archive, CaptureOptions, RunEnd, RunStart, Select, Writer};

const WATCHES: u64 = 2000;
const HOSTS: u64 = 40;
/// The service looks so often for what came due.
const TICK: SignedDuration = SignedDuration::from_mins(5);
/// A host answers so many looks in that time.
const PACE: u32 = 6;
const LIMITS: Limits = Limits { floor: Duration::from_secs(600), ceiling: Duration::from_secs(30 * 86_400) };
/// Each fifth watch has one of these, the others are adaptive.
const WHEN: [&str; 8] = [
    "adaptive",
    "30 2 * * * Europe/Berlin",
    "adaptive",
    "7d",
    "15 2 * * 0 Australia/Lord_Howe",
    "adaptive",
    "3d",
    "30 1 * * 1 America/St_Johns",
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn watch(n: u64) -> NewWatch {
    let host = format!("h{}.test:80", n % HOSTS);
    let every = if n.is_multiple_of(5) { WHEN[(n / 5 % 8) as usize] } else { "adaptive" };
    NewWatch {
        url: format!("http://h{}.test/{n}", n % HOSTS),
        key: format!("http://h{}.test/{n}", n % HOSTS),
        host,
        source: Source::Add,
        tags: Vec::new(),
        note: None,
        every: Some(every.parse().unwrap()),
        published: None,
        options: WatchOptions::new(),
    }
}

/// Times in which nothing runs.
fn outages() -> Vec<(Timestamp, Timestamp)> {
    [
        ("2026-02-03T10:00:00Z", "2026-02-03T10:07:00Z"),
        ("2026-03-28T22:00:00Z", "2026-03-29T12:00:00Z"),
        ("2026-05-01T00:00:00Z", "2026-05-12T08:30:00Z"),
        ("2026-10-25T00:50:00Z", "2026-10-25T01:10:00Z"),
        ("2026-12-24T12:00:00Z", "2026-12-27T12:00:00Z"),
    ]
    .map(|(from, to)| (at(from), at(to)))
    .into()
}

/// What a look at that time finds: pages change at rates of their own, some vanish, hosts have bad days.
fn found(job: &Job, now: Timestamp) -> (Outcome, Option<bool>) {
    let (n, day) = (job.watch.0, now.as_second() / 86_400);
    if (n % HOSTS as i64 + day) % 90 == 0 {
        return (Outcome::TimedOut, None);
    }
    if n % 17 == 0 && now > at("2026-06-01T00:00:00Z") {
        return (if n % 2 == 0 { Outcome::NotFound } else { Outcome::Gone }, None);
    }
    let Some(seen) = job.pulse.seen_at else { return (Outcome::Captured, None) };
    let each = 86_400 * [60, 150, 400, 1000][n as usize % 4];
    let changed = now.as_second() / each != seen.as_second() / each;
    (if changed { Outcome::Captured } else { Outcome::Unchanged }, Some(changed))
}

fn captured(job: &Job, now: Timestamp, facts: &RunFacts) -> Captured {
    let (outcome, changed) = found(job, now);
    let ended_at = now.checked_add(SignedDuration::from_secs(2)).unwrap();
    let pulse = cadence::beat(&job.pulse, cadence::saw(outcome, changed), now);
    let look = Look {
        planned: job.planned,
        waiting: job.waiting,
        enqueued_at: job.enqueued_at,
        begun_at: job.begun_at,
        ended_at,
        ends_at: None,
        soon: None,
    };
    let every = job.every.clone().unwrap_or(Cadence::Adaptive);
    let schedule = cadence::settle(&every, pulse, LIMITS, job.watch.0.unsigned_abs(), look);
    let mut captured = Captured {
        job: Some(job.id),
        run: job.run,
        watch: job.watch,
        url: job.url.clone(),
        attempt: job.attempt,
        started_at: now,
        ended_at,
        outcome,
        status: None,
        final_url: None,
        final_exchange: None,
        flags: Vec::new(),
        failure: None,
        robots: None,
        robots_note: None,
        changed,
        previous: None,
        decoded_len: 0,
        etag: None,
        last_modified: None,
        exchanges: Vec::new(),
        document: DocumentPart::None,
        turns: Vec::new(),
        requisites: Vec::new(),
        pages: Vec::new(),
        comments: None,
        retry_at: None,
        presence: Vec::new(),
        notices: Vec::new(),
        items: Vec::new(),
        difference: None,
        program: None,
        ends: None,
        hasten: Vec::new(),
        schedule: Some(schedule),
        leaf: Vec::new(),
    };
    captured.leaf = seal::leaf(&captured, facts).octets();
    captured
}

/// A service that was started at a time.
async fn started(archive: &Archive, now: Timestamp) -> (Writer, RunId) {
    let options = CaptureOptions { segment_size: 1 << 30, warcinfo: Vec::new(), min_free: 1 << 20 };
    let (writer, _) = archive.capture(options).unwrap();
    let start = RunStart {
        at: now,
        software: "simulation/1".into(),
        operator: "a@b".into(),
        config_digest: keepfast::model::Digest::of(b""),
        config: "{}".into(),
    };
    let run = writer.start_run(start).await.unwrap();
    writer.enqueue(run, Select::Due, now).await.unwrap();
    (writer, run)
}

#[tokio::test]
async fn in_a_year_every_due_time_ends_once_and_none_is_forgotten() {
    // A year of commits in a minute: what the disk promises is not what this story is about.
    let memory = std::path::Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let begin = at("2026-01-01T00:00:00Z");
    let end = at("2027-01-01T00:00:00Z");
    let archive = Archive::init(&folder.path().join("archive"), begin).unwrap();
    let facts = RunFacts { config: keepfast::model::Digest::of(b""), software: "simulation/1".into() };
    let watches: Vec<NewWatch> = (1..=WATCHES).map(watch).collect();
    archive.edit().unwrap().add(&watches, begin).unwrap();
    let (mut writer, mut run) = started(&archive, begin).await;
    let (mut now, mut outages, mut looks, mut ticks) = (begin, outages().into_iter().peekable(), 0u64, 0u64);
    let mut free: BTreeMap<String, Vec<Job>> = BTreeMap::new();
    let mut oldest_first = true;
    while now < end {
        if let Some((_, back)) = outages.next_if(|(down, _)| *down <= now) {
            // Killed: what was claimed is not given back, and the run has no end.
            drop(std::mem::take(&mut free));
            writer.close().unwrap();
            now = back;
            (writer, run) = started(&archive, now).await;
        } else if ticks % 20_000 == 9_999 {
            for jobs in std::mem::take(&mut free).into_values() {
                writer.release(&jobs).await.unwrap();
            }
            writer.end_run(run, RunEnd::Interrupted, now).await.unwrap();
            writer.close().unwrap();
            (writer, run) = started(&archive, now).await;
        }
        ticks += 1;
        let mut hosts = writer.arrive(run, now, true).await.unwrap();
        hosts.extend(free.keys().filter(|host| !hosts.contains(host)).cloned().collect::<Vec<_>>());
        let mut commits = Vec::new();
        let claims = hosts.into_iter().map(|host| async {
            let has_enough = free.get(&host).is_some_and(|queue| queue.len() >= PACE as usize);
            let claim = async || writer.claim(run, host.clone(), PACE * 2, now).await.unwrap();
            let jobs = if has_enough { Vec::new() } else { claim().await };
            (host, jobs)
        });
        for (host, jobs) in futures_util::future::join_all(claims).await {
            let queue = free.entry(host).or_default();
            queue.extend(jobs);
            let n = queue.len().min(PACE as usize);
            let served: Vec<Job> = queue.drain(..n).collect();
            // Nobody who came due earlier, by more than one look into the catalogue, is left behind those who are served.
            let latest = served.iter().filter_map(|job| job.planned).max();
            let left = queue.iter().filter_map(|job| job.planned).min();
            oldest_first &= !matches!((latest, left), (Some(a), Some(b)) if a > b && a.duration_since(b) > TICK);
            for (n, job) in served.iter().enumerate() {
                let moment = now.checked_add(SignedDuration::from_secs(n as i64)).unwrap();
                commits.push(writer.commit(captured(job, moment, &facts)));
            }
        }
        free.retain(|_, queue| !queue.is_empty());
        looks += commits.len() as u64;
        for done in futures_util::future::join_all(commits).await {
            done.unwrap();
        }
        // Nothing is due before then: a service would find nothing there either.
        let next = archive.reader().unwrap().upcoming(1).unwrap().first().and_then(|watch| watch.due_at);
        let then = now.checked_add(TICK).unwrap();
        now = if free.is_empty() { next.map_or(then, |next| then.max(next)) } else { then };
    }
    writer.close().unwrap();
    assert!(oldest_first, "who came due first is served first");
    assert!((50_000..300_000).contains(&looks), "{looks} looks");

    let reader = archive.reader().unwrap();
    let (mut ends, mut witnessed): (BTreeMap<&str, u64>, HashMap<SnapshotId, WatchId>) = Default::default();
    for n in 1..=WATCHES {
        let id = WatchId(n as i64);
        let watch = reader.watch(id).unwrap().unwrap();
        let mut rows = reader.due_ended(id, u32::MAX).unwrap();
        rows.reverse();
        // A chain from the day on which the watch was added to the due time that it waits for now.
        assert_eq!(rows[0].row.at, begin, "{id}");
        for two in rows.windows(2) {
            assert_eq!(two[0].row.next, Some(two[1].row.at), "{id}: {two:?}");
            assert!(two[0].row.until.unwrap_or(two[0].row.at) < two[1].row.at, "{id}: {two:?}");
        }
        assert_eq!(rows.last().unwrap().row.next, watch.due_at, "{id}");
        assert!(watch.due_at.unwrap() > end.checked_sub(TICK * 3).unwrap(), "{id} is overdue: {:?}", watch.due_at);
        for row in &rows {
            *ends.entry(row.row.ended.as_str()).or_default() += u64::from(row.row.times);
            if let Some(snapshot) = row.snapshot {
                assert_eq!(witnessed.insert(snapshot, id), None, "two due times of one look");
            }
        }
        assert_eq!(rows.iter().filter(|row| row.snapshot.is_some()).count() as i64, watch.snapshots, "{id}");
        if n.is_multiple_of(5) && n / 5 % 8 == 1 {
            daily_in_berlin(&rows);
        }
    }
    assert_eq!(witnessed.len() as u64, looks);
    assert!(ends["missed"] > 100 && ends["late"] > 100, "{ends:?}");
    assert!(ends["ran"] > looks * 3 / 4, "{ends:?}");
    println!("{looks} looks, {ends:?}");
}

/// Once a day at 2:30 of Berlin, whatever its clocks do.
fn daily_in_berlin(rows: &[keepfast::store::DueEnded]) {
    let count: u32 = rows[1..].iter().map(|row| row.row.times).sum();
    // The grid's times; what confirms that a page is gone comes between.
    let on_time = |row: &&keepfast::store::DueEnded| row.row.at.as_second() % 60 == 0;
    let days: u32 = rows[1..].iter().filter(on_time).map(|row| row.row.times).sum();
    assert!((363..=366).contains(&days) && count - days < 12, "{days} of {count}");
    let spring = at("2026-03-29T01:00:00Z");
    let missed = rows.iter().any(|row| row.row.at <= spring && row.row.until.unwrap_or(row.row.at) >= spring);
    assert!(missed, "2:30 does not exist on that day: 3:00 stands for it");
    assert!(rows.iter().any(|row| row.row.at == at("2026-10-25T00:30:00Z")), "the first 2:30 of that night");
    assert!(!rows.iter().any(|row| row.row.at == at("2026-10-25T01:30:00Z")), "not the second");
}
