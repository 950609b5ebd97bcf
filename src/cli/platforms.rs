//! How it looks how platforms fare.

use std::io::{self, Write};

use super::render::Screen;
use super::term;
use crate::app::{PlatformHealth, PlatformsReport};

/// Prints how platforms fare.
pub fn report(report: &PlatformsReport, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    for one in &report.platforms {
        platform(one, screen, out)?;
    }
    if report.platforms.is_empty() {
        writeln!(out, "No platforms that have an adapter are watched.")?;
    }
    let looked = term::count(report.looked_through);
    let line = match (report.since, report.all) {
        (None, _) => "there are no snapshots".to_owned(),
        (Some(_), true) => format!("told of all snapshots: {looked}"),
        (Some(since), false) => {
            format!("told of the newest {looked} snapshots, from {} on; what was before is not told", term::time(since))
        }
    };
    writeln!(out, "{}", screen.paint.faint(&line))?;
    if report.hosts_left_out {
        writeln!(out, "{}", screen.paint.odd("there are more hosts than are counted: numbers of watches are too low"))?;
    }
    Ok(())
}

fn platform(one: &PlatformHealth, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let mut name = screen.paint.strong(one.name);
    for more in one.host.iter().chain(&one.software) {
        name.push_str(&format!("  {}", term::line(more)));
    }
    let watches = if one.watches == 1 { "watch" } else { "watches" };
    writeln!(out, "{name}: {} {watches} on its hosts", term::count(one.watches))?;
    let line = |out: &mut dyn Write, what: &str, value: &str| {
        writeln!(out, "  {} {value}", screen.paint.faint(&format!("{what:<12}")))
    };
    match &one.last_success {
        Some(it) => {
            let route = term::line(&it.route).into_owned();
            let had = format!("{}  {}", term::time(it.at), term::line(&it.url));
            line(out, "last had", &screen.paint.good(&format!("{had}  snapshot {}, route {route}", it.snapshot)))?;
        }
        None => line(out, "last had", "nothing by its adapter")?,
    }
    if let Some(it) = &one.last_trouble {
        let had = format!("{}  {}  {}", term::time(it.at), it.outcome, term::line(&it.url));
        let is_newer = one.last_success.as_ref().is_none_or(|had| had.at < it.at);
        let had = format!("{had}  snapshot {}: {}", it.snapshot, term::line(&it.reason));
        line(out, "last trouble", &if is_newer { screen.paint.bad(&had) } else { screen.paint.odd(&had) })?;
    }
    if let Some(it) = &one.last_refused {
        let answer = match (it.status, &it.failure) {
            (Some(status), _) => status.to_string(),
            (None, why) => format!("no answer: {}", term::line(why.as_deref().unwrap_or("it is not known why"))),
        };
        let times = if one.refused == 1 { "request" } else { "requests" };
        let last = format!("{}  {answer}  {}", term::time(it.at), term::line(&it.url));
        line(out, "refused", &format!("{} {times}, the last {last}", term::count(one.refused)))?;
    }
    Ok(())
}
