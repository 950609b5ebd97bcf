//! The end of an attempt: its records, and the value that is committed.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::again::Again;
use super::compare;
use super::encode::Known;
use super::followed::Continuation;
use super::ingest::{Cpu, Reading, weight};
use super::later::Times;
use super::notices;
use super::presence;
use super::thread;
use crate::config::Config;
use crate::error::Result;
use crate::model::{
    Captured, Digest, Exchange, Flag, Held, Job, ListEnd, ListedItem, Program, RecordBytes, RequisiteStatus, Robots,
    Shortfall, Verdict,
};
use crate::net::Fetched;
use crate::seal::{self, RunFacts};

/// About how much memory it takes to hold what is to be committed.
pub(super) fn weight_of(captured: &Captured) -> u64 {
    let records = captured.exchanges.iter().flat_map(|e| &e.records);
    let octets: u64 =
        records.map(|r| if let RecordBytes::Memory(bytes) = &r.bytes { bytes.len() as u64 } else { 0 }).sum();
    let difference = captured.difference.iter().flat_map(|difference| &difference.items);
    let told: u64 = difference
        .map(|item| {
            let texts = [&item.key, &item.before, &item.after].into_iter().flatten().map(String::len).sum::<usize>();
            (size_of_val(item) + texts) as u64
        })
        .sum();
    octets + told + weight(&captured.document) + captured.pages.iter().map(|p| weight(&p.document)).sum::<u64>()
}

/// All that is known of an attempt when its network part is over.
pub(super) struct Attempt {
    pub job: Job,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    pub fetched: Vec<Arc<Fetched>>,
    pub final_index: Option<usize>,
    pub robots: Option<Robots>,
    pub robots_note: Option<String>,
    pub reading: Reading,
    pub flags: Vec<Flag>,
    pub requisites: Vec<RequisiteStatus>,
    /// Media that were asked for again.
    pub again: Again,
    /// Further pages of its thread …
    pub pages: Vec<Continuation>,
    /// … and of the list that it is.
    pub list_pages: Vec<Continuation>,
    pub shortfall: Option<Shortfall>,
    /// What a platform says of comments that are missing.
    pub told: Vec<(String, Verdict)>,
    /// How far bodies are decoded, for what has to be read again.
    pub max_decoded: u64,
    pub retry_at: Option<Timestamp>,
    pub items: Vec<ListedItem>,
    /// What told of its host, of the ends of the list and of items that should stand in it.
    pub program: Option<Program>,
    pub ends: Option<Vec<ListEnd>>,
    pub hasten: Vec<String>,
    pub times: Times,
    /// Whom to tell what.
    pub config: Arc<Config>,
}

/// Encodes the records and makes the value that is committed.
pub(super) fn finish(cpu: &mut Cpu, attempt: Attempt, run: &RunFacts) -> Result<Captured> {
    let Attempt { job, mut reading, .. } = attempt;
    let settled = thread::settle(cpu, &job, &reading, &attempt.pages, attempt.shortfall, attempt.max_decoded)?;
    let comments = settled.count;
    let media = compare::Media { requisites: &attempt.requisites, fetched: &attempt.fetched };
    // What was had by two routes is not compared, neither by itself nor with its discussion.
    let both = settled.both.filter(|_| !reading.flags.contains(&Flag::OtherRoute));
    compare::settle(cpu, &job, &mut reading, both, &media, attempt.max_decoded)?;
    // Only now is it known what the look found.
    let schedule = attempt.times.settle(&job, &reading, attempt.started_at, attempt.ended_at);
    let status = attempt.final_index.and_then(|i| attempt.fetched.get(i)).and_then(|f| f.exchange.status);
    let presence = match attempt.retry_at {
        // A try that is made again says nothing yet.
        Some(_) => Vec::new(),
        None => {
            let media = &attempt.again.seen;
            let told = &attempt.told;
            presence::of(cpu, &job, &reading, status, attempt.shortfall, media, told, attempt.started_at)?
        }
    };
    let by_exchange: HashMap<usize, &Continuation> =
        attempt.pages.iter().chain(&attempt.list_pages).filter_map(|p| Some((p.page.exchange?, p))).collect();
    let confirmed: Option<(Digest, Held)> = job.previous.as_ref().map(|p| (p.payload, p.held.clone()));
    let notices = match attempt.retry_at {
        // A try that is made again says nothing yet.
        Some(_) => Vec::new(),
        None => notices::of(&job, &reading, &presence, &schedule, &attempt.config),
    };
    let mut exchanges = Vec::with_capacity(attempt.fetched.len());
    let mut known = Known { reader: &cpu.reader, here: HashMap::new(), confirmed: None };
    for (index, fetched) in attempt.fetched.iter().enumerate() {
        let is_confirmation = Some(index) == attempt.final_index && reading.flags.contains(&Flag::NotModified);
        known.confirmed = match by_exchange.get(&index) {
            Some(page) => page.confirmed.clone(),
            None => confirmed.clone().filter(|_| is_confirmation),
        };
        exchanges.push(cpu.encoder.encode(fetched, &mut known)?);
    }
    let last = attempt.final_index.and_then(|i| attempt.fetched.get(i)).map(|f| &f.exchange);
    let mut flags = reading.flags;
    flags.extend(attempt.flags);
    flags.extend(thread::flag(attempt.shortfall));
    flags.sort_unstable();
    flags.dedup();
    let validator = |name| last.and_then(|e: &Exchange| e.header(name)).filter(|v| v.len() <= 1024);
    let (etag, last_modified) = match (&job.previous, flags.contains(&Flag::NotModified)) {
        // A 304 need not repeat them (RFC 9110 15.4.5).
        (Some(p), true) => (
            validator("etag").or_else(|| p.etag.clone()),
            validator("last-modified").or_else(|| p.last_modified.clone()),
        ),
        _ => (validator("etag"), validator("last-modified")),
    };
    let mut captured = Captured {
        job: Some(job.id),
        run: job.run,
        watch: job.watch,
        attempt: job.attempt,
        started_at: attempt.started_at,
        ended_at: attempt.ended_at,
        outcome: reading.outcome,
        status: last.and_then(|e| e.status),
        final_url: last.filter(|e| e.status.is_some()).map(|e| e.url.clone()),
        final_exchange: attempt.final_index.filter(|_| last.is_some_and(|e| e.status.is_some())),
        flags,
        failure: reading.failure,
        robots: attempt.robots,
        robots_note: attempt.robots_note,
        changed: reading.changed,
        difference: reading.difference,
        previous: job.previous.as_ref().map(|p| p.snapshot),
        decoded_len: reading.decoded_len,
        etag,
        last_modified,
        exchanges,
        document: reading.part,
        requisites: attempt.requisites,
        turns: attempt.again.turns,
        pages: attempt.pages.into_iter().chain(attempt.list_pages).map(|p| p.page).collect(),
        comments,
        retry_at: attempt.retry_at,
        presence,
        notices,
        items: attempt.items,
        schedule: Some(schedule),
        program: attempt.program,
        ends: attempt.ends,
        hasten: attempt.hasten,
        url: job.url,
        leaf: Vec::new(),
    };
    captured.leaf = seal::leaf(&captured, run).octets();
    Ok(captured)
}
