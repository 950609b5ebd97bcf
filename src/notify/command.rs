//! A program that is given the event as its input. No shell, unless the rule names one.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use super::words;
use super::{Parcel, Refusal};

/// What it is told of the environment: where programs and its folder are, which language is spoken.
const ENVIRONMENT: [&str; 5] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ"];
/// Octets of its complaints that are kept.
const COMPLAINTS: u64 = 1024;

pub(super) async fn run(program: &[String], time: Duration, parcel: Parcel<'_>) -> Result<(), Refusal> {
    let Some((name, rest)) = program.split_first() else { return Err(Refusal::of_all("the rule names no program")) };
    let mut command = Command::new(name);
    command.args(rest).env_clear().kill_on_drop(true).process_group(0);
    for name in ENVIRONMENT {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.env("KEEPFAST_EVENT_ID", parcel.id());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|why| Refusal::of_all(format!("{name} cannot be started: {why}")))?;
    let (input, complaints) = (child.stdin.take(), child.stderr.take());
    let body = parcel.json();
    let work = async {
        let feed = async {
            if let Some(mut input) = input {
                // One that does not read it all has decided without.
                let _ = input.write_all(body.as_bytes()).await;
                let _ = input.shutdown().await;
            }
        };
        let hear = async {
            let mut said = Vec::new();
            if let Some(complaints) = complaints {
                let mut complaints = complaints.take(COMPLAINTS);
                let _ = complaints.read_to_end(&mut said).await;
                // The rest is heard and forgotten, so that it need not wait for us.
                let _ = tokio::io::copy(&mut complaints.into_inner(), &mut tokio::io::sink()).await;
            }
            said
        };
        // A child of its own may hold its pipes open: its end is what counts.
        let (mut said, mut status) = (Vec::new(), None);
        tokio::pin!(feed, hear);
        let mut fed = false;
        let mut heard = false;
        while status.is_none() {
            tokio::select! {
                ended = child.wait() => status = Some(ended),
                () = &mut feed, if !fed => fed = true,
                words = &mut hear, if !heard => { heard = true; said = words; }
            }
        }
        if !heard {
            said = tokio::time::timeout(Duration::from_millis(200), &mut hear).await.unwrap_or_default();
        }
        (status, said)
    };
    match tokio::time::timeout(time, work).await {
        Err(_) => Err(of_this(format!("{name} was ended: it took longer than {} s", time.as_secs_f64()))),
        Ok((Some(Ok(status)), _)) if status.success() => Ok(()),
        Ok((Some(Ok(status)), said)) => {
            let said = words::line(&String::from_utf8_lossy(&said), 300);
            Err(of_this(format!("{name} ended with {status}{}{said}", if said.is_empty() { "" } else { ": " })))
        }
        Ok((Some(Err(why)), _)) => Err(of_this(format!("{name} cannot be waited for: {why}"))),
        Ok((None, _)) => Err(of_this(format!("{name} cannot be waited for"))),
    }
}

fn of_this(reason: String) -> Refusal {
    Refusal { reason, wait: None, of_all: false }
}
