//! The courier: takes events out of the outbox to whom the rules name, again and again until they have them. One process at a time
//! does it, the one that captures. What it sends is noted as sent only afterwards, so whatever ends it, nothing is lost.

mod credentials;
mod tidy;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::task::JoinSet;

use super::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::crawl::{self, Listener, Stop, Stopper};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Digest, Event, EventKind, Notice, Rule, Target};
use crate::net::Gate;
use crate::notify::{self, Parcel, Refusal};
use crate::store::{Archive, EventFilter, EventRow, Outbox, Tried, Waiting};
use credentials::secret;
pub(super) use credentials::secret_text;
use tidy::Tidy;

/// How often the outbox is looked into.
const TICK: Duration = Duration::from_secs(1);
/// Between two looks that come sooner.
const BREATH: Duration = Duration::from_millis(5);
/// Events that are taken out of it at once: also the most that a digest holds.
const MANY: u32 = 256;
/// The longest wait between two tries that we choose ourselves.
const LONGEST: Duration = Duration::from_secs(3600);
/// So long a run stays for its deliveries; what is left is the next one's.
const STAY: Duration = Duration::from_secs(60);
/// What no rule names any more waits so long for one that does.
const ORPHANS: Duration = Duration::from_secs(14 * 86_400);
/// A disk that is full again within this is the same trouble.
const SAME_TROUBLE: Duration = Duration::from_secs(6 * 3600);

/// How the test of one receiver went.
#[derive(Clone, Debug, Serialize)]
pub struct Tested {
    /// The receiver, without what may be a secret of its.
    pub sink: String,
    /// Why it does not have the event; `None`: it has.
    pub failure: Option<String>,
}

struct Courier {
    gate: Gate,
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    listener: Listener,
    outbox: Arc<Mutex<Outbox>>,
}

/// A receiver.
struct Sink {
    rule: Rule,
    name: String,
    /// It is left alone until then …
    held_until: Option<Timestamp>,
    /// … because so many tries in a row failed.
    failures: u32,
}

/// One for each receiver: rules that name the same send alike.
fn sinks(config: &Config) -> Vec<Sink> {
    let mut sinks: Vec<Sink> = Vec::new();
    for rule in config.rules() {
        let name = rule.name.clone();
        if sinks.iter().all(|sink| sink.name != name) {
            sinks.push(Sink { rule: rule.clone(), name, held_until: None, failures: 0 });
        }
    }
    sinks
}

impl Courier {
    async fn with<T: Send + 'static>(&self, work: impl FnOnce(&mut Outbox) -> Result<T> + Send + 'static) -> Result<T> {
        let outbox = Arc::clone(&self.outbox);
        let worked =
            tokio::task::spawn_blocking(move || work(&mut outbox.lock().unwrap_or_else(PoisonError::into_inner)));
        worked.await.map_err(|e| Error::new(ErrorKind::Internal, "the outbox failed").because(e))?
    }

    /// Sends what may be sent now, to all receivers at the same time. Says how much that was.
    async fn round(&self, sinks: &mut [Sink]) -> Result<u64> {
        let rounds = sinks.iter_mut().map(|sink| self.sink(sink));
        let mut sent = 0;
        for done in futures_util::future::join_all(rounds).await {
            sent += done?;
        }
        Ok(sent)
    }

    async fn sink(&self, sink: &mut Sink) -> Result<u64> {
        let now = self.clock.now();
        if sink.held_until.is_some_and(|until| until > now) {
            return Ok(0);
        }
        let name = sink.name.clone();
        let stale = before(now, sink.rule.give_up);
        let digest = sink.rule.digest;
        let waiting = self
            .with(move |outbox| {
                let lost = outbox.give_up(&name, stale, now)?;
                let waiting = match digest {
                    None => outbox.ready(&name, now, MANY)?,
                    Some(_) => outbox.pending(&name, MANY)?,
                };
                Ok((waiting, lost))
            })
            .await?;
        let (waiting, lost) = waiting;
        if lost > 0 {
            self.note(format!("{lost} events for {} were given up: see `keepfast events`", sink.name));
        }
        let Some(first) = waiting.first() else { return Ok(0) };
        match (sink.rule.digest, &sink.rule.to) {
            (Some(_), _) if first.next_at > now => Ok(0),
            (Some(length), _) if before(now, length) < first.event.at => Ok(0),
            (Some(_), _) | (None, Target::Feed(_)) => self.together(sink, &waiting).await,
            (None, _) => self.one_by_one(sink, waiting).await,
        }
    }

    /// Sends each by itself, in order: behind one that fails, no other of its watch.
    async fn one_by_one(&self, sink: &mut Sink, waiting: Vec<Waiting>) -> Result<u64> {
        let (mut held, mut sent) = (HashSet::new(), 0);
        for one in waiting {
            if held.contains(&one.event.watch) {
                continue;
            }
            let watch = one.event.watch;
            match self.send(sink, &[one], false).await? {
                Ok(()) => sent += 1,
                Err(of_all) => {
                    held.insert(watch);
                    if of_all {
                        break;
                    }
                }
            }
        }
        Ok(sent)
    }

    /// Sends all of it as one.
    async fn together(&self, sink: &mut Sink, waiting: &[Waiting]) -> Result<u64> {
        Ok(match self.send(sink, waiting, true).await? {
            Ok(()) => waiting.len() as u64,
            Err(_) => 0,
        })
    }

    /// One try, and what became of it. A failure says whether others would fare no better.
    async fn send(&self, sink: &mut Sink, waiting: &[Waiting], is_digest: bool) -> Result<Result<(), bool>> {
        let events: Vec<Event> = match sink.rule.to {
            // What stands in the feed is more than what is new.
            Target::Feed(_) => {
                let name = sink.name.clone();
                let mut latest = self.with(move |outbox| outbox.latest(&name, notify::FEED)).await?;
                latest.reverse();
                latest
            }
            _ => waiting.iter().map(|one| one.event.clone()).collect(),
        };
        let parcel = Parcel { events: &events, is_digest, at: self.clock.now() };
        let tried = deliver(&self.gate, &self.config, &sink.rule, parcel).await;
        let now = self.clock.now();
        let (noted, result) = match tried {
            Ok(()) => {
                if sink.failures > 0 {
                    self.note(format!("{} takes events again", sink.name));
                }
                (sink.failures, sink.held_until) = (0, None);
                (Tried::Delivered, Ok(()))
            }
            Err(refusal) => {
                let attempts = waiting.first().map_or(0, |one| one.attempts).max(sink.failures);
                let id = waiting.first().map_or("", |one| one.event.id.as_str());
                let wait = backoff(sink.rule.retry, attempts, id).max(refusal.wait.unwrap_or_default());
                let at = now.checked_add(wait).unwrap_or(Timestamp::MAX);
                if attempts == 0 {
                    self.note(format!("{} did not take an event: {}", sink.name, refusal.reason));
                }
                if refusal.of_all {
                    sink.failures = sink.failures.saturating_add(1);
                    sink.held_until = Some(at);
                }
                (Tried::Again { at, reason: refusal.reason }, Err(refusal.of_all))
            }
        };
        let (name, seqs) = (sink.name.clone(), waiting.iter().map(|one| one.event.seq).collect::<Vec<_>>());
        self.with(move |outbox| outbox.tried(&name, &seqs, &noted, now)).await?;
        Ok(result)
    }

    fn note(&self, text: String) {
        (self.listener)(crawl::Event::Note(text));
    }

    /// What no rule names any more is given up one day, and not silently.
    async fn orphans(&self, sinks: &[Sink]) -> Result<()> {
        let known: HashSet<String> = sinks.iter().map(|sink| sink.name.clone()).collect();
        let now = self.clock.now();
        let (lost, waiting) = self
            .with(move |outbox| {
                let (mut lost, mut waiting) = (0, Vec::new());
                for name in outbox.sinks()?.into_iter().filter(|name| !known.contains(name)) {
                    lost += outbox.give_up(&name, before(now, ORPHANS), now)?;
                    waiting.push(name);
                }
                Ok((lost, waiting))
            })
            .await?;
        if !waiting.is_empty() {
            let names = waiting.join(", ");
            self.note(format!("events wait for receivers that no rule names any more ({lost} given up): {names}"));
        }
        Ok(())
    }

    /// Goes on until it is dropped.
    async fn serve(self) {
        let mut tidy = Tidy::new(self.clock.now());
        let mut sinks = sinks(&self.config);
        let mut told = String::new();
        let tick = self.clock.real(TICK).max(Duration::from_millis(20));
        let mut is_begun = false;
        loop {
            if let Err(error) = self.credentials().await {
                self.note(format!("that a credential was lost cannot be told: {error}"));
            }
            let done = match is_begun {
                false if !sinks.is_empty() => self.orphans(&sinks).await.map(|()| 1),
                _ => self.round(&mut sinks).await,
            };
            is_begun = true;
            if done.as_ref().is_ok_and(|sent| *sent == 0) {
                // Only while nothing is to be sent.
                self.tidy_now(&mut tidy).await;
            }
            let mut wait = tick;
            match done {
                Err(error) => {
                    // The catalogue is busy or the disk is full: the events wait.
                    let why = error.to_string();
                    if why != told {
                        self.note(format!("events cannot be delivered just now: {why}"));
                        told = why;
                    }
                }
                Ok(sent) => {
                    told.clear();
                    let now = self.clock.now();
                    let held = sinks.iter().filter_map(|sink| sink.held_until).filter(|until| *until > now).min();
                    let held = held.and_then(|until| Duration::try_from(until.duration_since(now)).ok());
                    wait = match held {
                        _ if sent > 0 => BREATH,
                        Some(held) => self.clock.real(held).clamp(BREATH, tick),
                        None => tick,
                    };
                }
            }
            tokio::time::sleep(wait).await;
        }
    }
}

impl App {
    fn courier(&self, archive: &Archive, gate: &Gate, listener: &Listener) -> Result<Courier> {
        Ok(Courier {
            gate: gate.clone(),
            config: Arc::clone(&self.config),
            clock: Arc::clone(&self.clock),
            listener: Arc::clone(listener),
            outbox: Arc::new(Mutex::new(archive.outbox()?)),
        })
    }

    /// Delivers beside the crawl, until what is returned is dropped.
    pub(super) fn delivering(&self, archive: &Archive, gate: &Gate, listener: &Listener) -> Result<JoinSet<()>> {
        let mut task = JoinSet::new();
        task.spawn(self.courier(archive, gate, listener)?.serve());
        Ok(task)
    }

    /// Delivers what may be delivered now; what has to be tried again later is left to later runs.
    pub(super) async fn deliver_now(
        &self,
        archive: &Archive,
        gate: &Gate,
        listener: &Listener,
        stopper: &Stopper,
    ) -> Result<()> {
        let courier = self.courier(archive, gate, listener)?;
        courier.credentials().await?;
        if stopper.asked() != Stop::No {
            return Ok(());
        }
        let mut sinks = sinks(&self.config);
        let all = async {
            if !sinks.is_empty() {
                courier.orphans(&sinks).await?;
                while courier.round(&mut sinks).await? > 0 {}
            }
            courier.tidy_all().await?;
            Ok(())
        };
        let mut stop = stopper.watch();
        tokio::select! {
            done = tokio::time::timeout(STAY, all) => done.unwrap_or(Ok(())),
            _ = stop.wait_for(|how| *how != Stop::No) => Ok(()),
        }
    }

    /// Puts trouble with the disk into the outbox, if that can be written to, and not again for the same trouble.
    pub(super) fn disk_trouble(&self, error: &Error) -> Result<()> {
        let facts = serde_json::Map::from_iter([("what".to_owned(), error.to_string().into())]);
        let sinks = self.config.sinks_for(EventKind::Disk, &[]);
        let (now, notice) = (self.now(), Notice { kind: EventKind::Disk, facts, sinks });
        self.archive()?.outbox()?.add(&notice, now, before(now, SAME_TROUBLE)).map(|_| ())
    }

    /// Events with their deliveries, newest first.
    pub fn events(&self, filter: &EventFilter, limit: u64) -> Result<Vec<EventRow>> {
        self.reader()?.events(filter, limit)
    }

    /// Sends an event to every receiver that says only that it is a test. It is not kept.
    pub fn test_events(&self, stopper: &Stopper) -> Result<Vec<Tested>> {
        let sinks = sinks(&self.config);
        if sinks.is_empty() {
            return Err(Error::new(ErrorKind::Config, "there is no [[notify]]: nobody is told anything")
                .hint("`keepfast config show --defaults` shows how one is written"));
        }
        let archive = self.archive_or_init()?;
        super::run::until_stopped(stopper, async {
            let now = self.now();
            let gate = self.gate(&archive, now)?;
            let facts = serde_json::Map::from_iter([("what".to_owned(), EventKind::Test.about().into())]);
            let notice = Notice { kind: EventKind::Test, facts, sinks: Vec::new() };
            let event = Event::new(0, &notice, None, None, now, now.to_string().as_bytes());
            let tests = sinks.iter().map(|sink| self.test(&archive, &gate, sink, &event));
            futures_util::future::join_all(tests).await.into_iter().collect()
        })
    }

    async fn test(&self, archive: &Archive, gate: &Gate, sink: &Sink, event: &Event) -> Result<Tested> {
        let mut events = vec![event.clone()];
        if matches!(sink.rule.to, Target::Feed(_)) {
            // What stands in the feed is not lost by a test.
            let mut latest = archive.outbox()?.latest(&sink.name, notify::FEED - 1)?;
            latest.reverse();
            latest.append(&mut events);
            events = latest;
        }
        let is_digest = sink.rule.digest.is_some();
        let tried = deliver(gate, &self.config, &sink.rule, Parcel { events: &events, is_digest, at: event.at }).await;
        Ok(Tested { sink: sink.name.clone(), failure: tried.err().map(|refusal| refusal.reason) })
    }
}

async fn deliver(gate: &Gate, config: &Config, rule: &Rule, parcel: Parcel<'_>) -> Result<(), Refusal> {
    let mail = config.mail();
    let place = if matches!(rule.to, Target::Mail(_)) { mail.password.as_ref() } else { rule.secret.as_ref() };
    let secret = place.map(secret).transpose().map_err(|reason| Refusal { reason, wait: None, of_all: true })?;
    notify::deliver(gate, rule, mail, secret.as_ref(), parcel).await
}

fn before(now: Timestamp, length: Duration) -> Timestamp {
    now.checked_sub(length).unwrap_or(Timestamp::MIN)
}

/// The wait before the next try: between half and the whole of a bound that doubles with each try.
fn backoff(first: Duration, attempts: u32, id: &str) -> Duration {
    let bound = first.saturating_mul(1 << attempts.min(20)).min(LONGEST.max(first));
    let digest = Digest::of_parts(&[id.as_bytes(), &attempts.to_be_bytes()]);
    let part = u32::from(digest.0[0]) + 256;
    bound / 512 * part
}
