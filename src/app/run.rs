//! One run: what is due goes from the frontier into the archive.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::search::index_behind;
use super::watches::new_watches;
use super::{Addition, App, NotAdded};
use crate::config::lists::Listed;
use crate::crawl::{Crawl, Listener, Parts, SOFTWARE, Stop, Stopper, Summary};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{RunId, SnapshotId, Source, WatchId};
use crate::net::{Gate, HostState};
use crate::store::{Archive, CaptureOptions, Enqueued, Recovered, RunEnd, RunStart, Select, Synced, Writer};

/// What a run is about.
#[derive(Clone, Debug, Default)]
pub struct RunAsk {
    /// All active watches, due or not.
    pub all: bool,
    /// Only watches with any of these labels.
    pub tags: Vec<String>,
    /// Just these watches.
    pub watches: Vec<WatchId>,
    /// Just these URLs, once: they are not watched afterwards.
    pub once: Vec<Listed>,
    /// What those are given.
    pub addition: Addition,
}

/// What a run came to.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// The run.
    pub run: RunId,
    /// What it did.
    pub summary: Summary,
    /// What the configuration changed.
    #[serde(skip)]
    pub synced: Synced,
    /// Entries that are no URLs.
    #[serde(skip)]
    pub junk: Vec<NotAdded>,
    /// What had to be mended at the start.
    #[serde(skip)]
    pub recovered: Recovered,
    /// For `once`: the newest snapshot of each URL.
    pub snapshots: Vec<SnapshotId>,
    /// How long it took.
    #[serde(skip)]
    pub took: Duration,
}

impl App {
    /// Runs. `enqueued` is told how much work there is before it begins.
    pub fn run(
        &self,
        ask: &RunAsk,
        listener: Listener,
        stopper: &Stopper,
        enqueued: &dyn Fn(u64),
    ) -> Result<RunReport> {
        until_stopped(stopper, self.run_in(ask, listener, stopper, enqueued))
    }

    /// The same within a runtime that is there already.
    pub async fn run_in(
        &self,
        ask: &RunAsk,
        listener: Listener,
        stopper: &Stopper,
        enqueued: &dyn Fn(u64),
    ) -> Result<RunReport> {
        let done = self.run_once(ask, &listener, stopper, enqueued).await;
        if let Err(error) = &done
            && error.kind() == ErrorKind::Disk
        {
            // Where even this cannot be written or sent, the error of the run says it.
            let _ = self.tell_of_disk(error, &listener, stopper).await;
        }
        done
    }

    async fn tell_of_disk(&self, error: &Error, listener: &Listener, stopper: &Stopper) -> Result<()> {
        self.disk_trouble(error)?;
        let archive = self.archive()?;
        let gate = self.gate(&archive, self.now())?;
        self.deliver_now(&archive, &gate, listener, stopper).await
    }

    async fn run_once(
        &self,
        ask: &RunAsk,
        listener: &Listener,
        stopper: &Stopper,
        enqueued: &dyn Fn(u64),
    ) -> Result<RunReport> {
        let begun = self.now();
        let is_once = !ask.once.is_empty();
        let archive = self.archive_or_init()?;
        let (synced, mut junk) = if is_once { Default::default() } else { self.sync()? };
        self.replan()?;
        let (writer, recovered) = archive.capture(self.capture_options())?;
        let gate = self.gate(&archive, begun)?;
        let courier = gate.clone();
        let digest = self.config.digest();
        let run = writer.start_run(self.run_start(begun)).await?;
        let (select, once) = if is_once {
            let (watches, bad) = new_watches(&ask.once, Source::Add, &ask.addition);
            junk.extend(bad);
            let ids = writer.add_once(watches, begun).await?;
            (Select::Watches(ids.clone()), ids)
        } else if !ask.watches.is_empty() {
            (Select::Watches(ask.watches.clone()), Vec::new())
        } else if !ask.tags.is_empty() {
            (Select::Tags(ask.tags.clone()), Vec::new())
        } else if ask.all {
            (Select::All, Vec::new())
        } else {
            (Select::Due, Vec::new())
        };
        // What the configuration added a moment ago is due from then on, so the moment is asked for anew.
        let within_budgets = select == Select::Due;
        let work = writer.enqueue(run, select, self.now()).await?;
        enqueued(work.hosts.iter().map(|(_, jobs, _)| jobs).sum());
        let parts = Parts {
            archive: archive.clone(),
            writer: writer.clone(),
            gate,
            config: Arc::clone(&self.config),
            clock: Arc::clone(&self.clock),
            listener: Arc::clone(listener),
            within_budgets,
            threads: 0,
        };
        let worked = work_and_end(parts, run, digest, work, None, stopper, &writer, self).await;
        if worked.is_ok() {
            // What was captured is kept whatever becomes of the index. A disk that fails is told when the writer is
            // closed, a damaged index by the next search.
            let _ = index_behind(&archive, &writer, stopper).await;
        }
        if let Err(why) = self.deliver_now(&archive, &courier, listener, stopper).await {
            listener(crate::crawl::Event::Note(format!("events cannot be delivered just now: {why}")));
        }
        let closed = close(writer).await;
        let summary = worked?;
        closed?;
        let mut snapshots = Vec::new();
        let reader = archive.reader()?;
        for id in once {
            snapshots.extend(reader.watch(id)?.and_then(|watch| watch.last));
        }
        let took = Duration::try_from(self.now().duration_since(begun)).unwrap_or_default();
        Ok(RunReport { run, summary, synced, junk, recovered, snapshots, took })
    }

    /// The way out, with what is remembered of the pace of hosts.
    pub(super) fn gate(&self, archive: &Archive, now: Timestamp) -> Result<Gate> {
        let gate = Gate::new(self.config.client(), archive.layout().spool(), Arc::clone(&self.clock))?;
        let (pace, per_host) = self.config.pace();
        gate.set_pace(pace, per_host);
        gate.set_credentials(self.given()?);
        let pauses = archive.reader()?.host_pauses(now)?;
        gate.restore(
            pauses
                .into_iter()
                .map(|p| HostState { host: p.host, not_before: Some(p.not_before), slow_down: p.slow as u32 })
                .collect(),
        );
        gate.restore_spent(archive.reader()?.spent_on(now)?);
        Ok(gate)
    }

    /// What is noted at the beginning of a run.
    pub(super) fn run_start(&self, at: Timestamp) -> RunStart {
        RunStart {
            at,
            software: SOFTWARE.to_owned(),
            operator: Self::operator(),
            config_digest: self.config.digest(),
            config: self.config_json(),
        }
    }

    pub(super) fn capture_options(&self) -> CaptureOptions {
        let client = self.config.client();
        let capture = self.config.capture_for(&[], &Default::default()).ok();
        let mut warcinfo = vec![
            ("software", SOFTWARE.to_owned()),
            ("format", "WARC File Format 1.1".to_owned()),
            ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/".to_owned()),
            ("operator", Self::operator()),
            ("robots", capture.map(|c| c.robots.to_string()).unwrap_or_default()),
            ("http-header-user-agent", client.user_agent.clone()),
            ("config-digest", self.config.digest().label()),
            (
                "description",
                "HTTP heads as on the wire unless WARC-Protocol says h2; bodies without transfer coding, with content coding"
                    .to_owned(),
            ),
        ];
        if !client.from.is_empty() {
            warcinfo.push(("http-header-from", client.from));
        }
        CaptureOptions { segment_size: self.config.segment_size(), warcinfo, min_free: self.config.min_free() }
    }

    fn config_json(&self) -> String {
        let lines: serde_json::Map<String, serde_json::Value> =
            self.config.resolved(None).into_iter().map(|line| (line.key, line.value.into())).collect();
        serde_json::Value::Object(lines).to_string()
    }
}

/// Where asynchronous work is done.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(2, usize::from).min(4))
        .enable_all()
        .build()
        .map_err(|e| Error::new(ErrorKind::Internal, "cannot start the runtime").because(e))
}

/// Ends the writer, when all that was sent to it is done.
pub(super) async fn close(writer: Writer) -> Result<()> {
    let closed = tokio::task::spawn_blocking(move || writer.close()).await;
    closed.map_err(|e| Error::new(ErrorKind::Internal, "the writer failed").because(e))?
}

/// Does work in a runtime of its own, in which signals reach the stopper.
pub(super) fn until_stopped<T>(stopper: &Stopper, work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let signals = tokio::spawn(obey_signals(stopper.clone()));
        let result = work.await;
        signals.abort();
        result
    });
    // What was aborted may hold connections that nobody answers: they are not waited for.
    runtime.shutdown_timeout(Duration::from_millis(200));
    result
}

/// The first Ctrl-C or SIGTERM finishes what is in flight, the second drops it.
async fn obey_signals(stopper: Stopper) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    for how in [Stop::Soon, Stop::Now] {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        stopper.stop(how);
    }
}

#[allow(clippy::too_many_arguments, reason = "the parts of one run")]
pub(super) async fn work_and_end(
    parts: Parts,
    run: RunId,
    digest: crate::model::Digest,
    work: Enqueued,
    tick: Option<Duration>,
    stopper: &Stopper,
    writer: &Writer,
    app: &App,
) -> Result<Summary> {
    let crawl = Arc::new(Crawl::new(parts, run, digest)?);
    let worked = crawl.work(work, tick, stopper).await;
    let end = match &worked {
        Err(_) => RunEnd::Stopped,
        Ok(_) if stopper.asked() != Stop::No => RunEnd::Interrupted,
        Ok(_) => RunEnd::Done,
    };
    let ended = writer.end_run(run, end, app.now()).await;
    let summary = worked?;
    ended.map(|()| summary)
}
