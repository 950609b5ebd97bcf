//! The service: looks at what is due when it is due, until it is stopped.
//!
//! It is one run after another within one process: a run ends when the configuration is read anew, since a run says with which
//! configuration it ran. What goes wrong outside of it (a full disk, a bad file) is told and waited for; what goes wrong within
//! ends it, and what had been reported is kept.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{mpsc, watch};

use super::App;
use super::run::{close, runtime, work_and_end};
use super::vitals::Vitals;
use super::watchdog::{self, Watchdog};
use crate::config::Config;
use crate::crawl::{Event, Listener, Parts, Stop, Stopper, Summary};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Select;

/// How often the service looks for what has come due.
const TICK: Duration = Duration::from_secs(1);
/// What is in flight may end in this time when the service is stopped; what does not is taken up by the next.
const ENDING: Duration = Duration::from_secs(3);
/// The same when the configuration is read anew.
const CHANGING: Duration = Duration::from_secs(20);
/// A full disk is looked at again after this.
const DISK: Duration = Duration::from_secs(60);

/// Reads the configuration anew.
pub type Reload = dyn Fn() -> Result<Config> + Send + Sync;

/// What the service came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ServiceReport {
    /// Runs that it made: one more than the configuration was changed.
    pub runs: u64,
    /// All that they did.
    pub summary: Summary,
}

/// How a run of the service ended.
enum Ended {
    Stopped,
    /// Another configuration is to hold.
    Changed(Box<Config>),
}

impl App {
    /// Looks at what is due until it is stopped. SIGHUP reads the configuration anew; SIGTERM and Ctrl-C end it.
    pub fn serve(&self, reload: &Reload, listener: Listener, stopper: &Stopper) -> Result<ServiceReport> {
        let runtime = runtime()?;
        let result = runtime.block_on(async {
            let (hang_up, hang_ups) = mpsc::channel(1);
            let signals = tokio::spawn(obey_signals(stopper.clone(), hang_up));
            let result = self.serve_in(reload, hang_ups, listener, stopper).await;
            signals.abort();
            result
        });
        runtime.shutdown_timeout(Duration::from_millis(200));
        result
    }

    /// The same within a runtime that is there already; what arrives in `hang_ups` reads the configuration anew.
    pub async fn serve_in(
        &self,
        reload: &Reload,
        hang_ups: mpsc::Receiver<()>,
        listener: Listener,
        stopper: &Stopper,
    ) -> Result<ServiceReport> {
        self.archive_or_init()?;
        let vitals = Arc::new(Vitals::new());
        let bound = watchdog::listen(self).await?;
        let (now_app, app) = watch::channel(self.clone());
        let dog = Watchdog { app, vitals: Arc::clone(&vitals), listener: Arc::clone(&listener) };
        let listener = vitals.beside(&listener);
        tokio::select! {
            report = self.serve_on(reload, hang_ups, listener, stopper, &vitals, &now_app) => report,
            () = dog.mind(bound) => Err(Error::new(ErrorKind::Internal, "the watchdog has ended")),
        }
    }

    /// Run after run.
    async fn serve_on(
        &self,
        reload: &Reload,
        mut hang_ups: mpsc::Receiver<()>,
        listener: Listener,
        stopper: &Stopper,
        vitals: &Vitals,
        now_app: &watch::Sender<Self>,
    ) -> Result<ServiceReport> {
        let (mut app, mut report) = (self.clone(), ServiceReport::default());
        loop {
            match app.serve_once(reload, &mut hang_ups, &listener, stopper, &mut report).await {
                Ok(Ended::Stopped) => return Ok(report),
                Ok(Ended::Changed(config)) => {
                    app.config = Arc::new(*config);
                    now_app.send_replace(app.clone());
                }
                Err(error) if error.kind() == ErrorKind::Disk => {
                    let why = format!("waiting for the disk: {error}");
                    vitals.troubled(why.clone());
                    listener(Event::Note(why));
                    // Where even this cannot be written, it has been said.
                    let _ = app.disk_trouble(&error);
                    let _delivering = app
                        .archive()
                        .and_then(|archive| app.delivering(&archive, &app.gate(&archive, app.now())?, &listener));
                    let mut stop = stopper.watch();
                    let wait = self.clock.real(DISK);
                    if tokio::time::timeout(wait, stop.wait_for(|how| *how != Stop::No)).await.is_ok() {
                        return Ok(report);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// One run, until the service is stopped or the configuration changed.
    async fn serve_once(
        &self,
        reload: &Reload,
        hang_ups: &mut mpsc::Receiver<()>,
        listener: &Listener,
        stopper: &Stopper,
        report: &mut ServiceReport,
    ) -> Result<Ended> {
        let begun = self.now();
        let archive = self.archive_or_init()?;
        let (synced, junk) = match self.sync() {
            Ok(both) => both,
            // It was running well: a list that cannot be read just now does not end it.
            Err(why) if report.runs > 0 => {
                listener(Event::Note(format!("what is watched stays as it was: {why}")));
                Default::default()
            }
            Err(why) => return Err(why),
        };
        self.replan()?;
        let (writer, _recovered) = archive.capture(self.capture_options())?;
        let gate = self.gate(&archive, begun)?;
        let _delivering = self.delivering(&archive, &gate, listener)?;
        let run = writer.start_run(self.run_start(begun)).await?;
        report.runs += 1;
        let work = writer.enqueue(run, Select::Due, self.now()).await?;
        for bad in junk.iter().take(20) {
            listener(Event::Note(format!("not a URL: {}: {}", bad.place, bad.reason)));
        }
        listener(Event::Note(format!(
            "run {run}: {} entries new, {} changed, {} gone; {} looks due",
            synced.added,
            synced.changed,
            synced.retired,
            work.hosts.iter().map(|(_, jobs, _)| jobs).sum::<u64>()
        )));
        let parts = Parts {
            archive: archive.clone(),
            writer: writer.clone(),
            gate,
            config: Arc::clone(&self.config),
            clock: Arc::clone(&self.clock),
            listener: Arc::clone(listener),
            within_budgets: true,
            threads: 0,
        };
        let inner = Stopper::new();
        let tick = Some(self.clock.real(TICK).max(Duration::from_millis(5)));
        let (mut stop, mut changed) = (stopper.watch(), None);
        let worked = {
            let working = work_and_end(parts, run, self.config.digest(), work, tick, &inner, &writer, self);
            tokio::pin!(working);
            loop {
                tokio::select! {
                    worked = &mut working => break worked,
                    Ok(how) = stop.wait_for(|how| *how != Stop::No) => {
                        let how = *how;
                        inner.stop(how);
                        break ending(working.as_mut(), &inner, ENDING).await;
                    }
                    Some(()) = hang_ups.recv() => {
                        match self.changed(reload) {
                            Ok(config) => {
                                listener(Event::Note("the configuration is read anew".to_owned()));
                                changed = Some(Box::new(config));
                                inner.stop(Stop::Soon);
                                break ending(working.as_mut(), &inner, CHANGING).await;
                            }
                            Err(why) => listener(Event::Note(format!("the configuration stays as it was: {why}"))),
                        }
                    }
                }
            }
        };
        let closed = close(writer).await;
        report.summary.add(&worked?);
        closed?;
        Ok(match changed {
            Some(config) if stopper.asked() == Stop::No => Ended::Changed(config),
            _ => Ended::Stopped,
        })
    }

    /// The configuration as it is now, if all of it can be used.
    fn changed(&self, reload: &Reload) -> Result<Config> {
        let config = reload()?;
        let app = Self { config: Arc::new(config), ..self.clone() };
        if let Some(bad) = app.check_watches().first() {
            return Err(Error::new(ErrorKind::Config, format!("{}: {}", bad.place, bad.reason)));
        }
        if app.config.archive_dir() != self.config.archive_dir() {
            return Err(
                Error::new(ErrorKind::Config, "archive.dir is another one").hint("stop the service and start it again")
            );
        }
        Ok(Arc::unwrap_or_clone(app.config))
    }
}

/// Waits for what is in flight, but not for ever.
async fn ending(
    mut working: std::pin::Pin<&mut impl Future<Output = Result<Summary>>>,
    inner: &Stopper,
    patience: Duration,
) -> Result<Summary> {
    match tokio::time::timeout(patience, working.as_mut()).await {
        Ok(worked) => worked,
        Err(_) => {
            inner.stop(Stop::Now);
            working.await
        }
    }
}

/// SIGTERM and Ctrl-C end the service, the second one at once; SIGHUP reads the configuration anew.
async fn obey_signals(stopper: Stopper, hang_up: mpsc::Sender<()>) {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()));
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = signals else { return };
    let mut how = Stop::Soon;
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {
                // One that waits is as good as two.
                let _ = hang_up.try_send(());
                continue;
            }
        }
        stopper.stop(how);
        how = Stop::Now;
    }
}
