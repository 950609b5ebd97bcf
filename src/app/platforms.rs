//! How each platform fares: when something was had of it last, and when it was a wall. Of the newest looks only, so that it
//! takes no longer in a large archive; nothing is written and nothing asked.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use super::App;
use crate::error::Result;
use crate::model::{Outcome, Platform, SnapshotId};
use crate::site;
use crate::store::{Looked, RefusedRequest};

/// So many snapshots are looked through, the newest.
const SNAPSHOTS: u64 = 20_000;
/// So many hosts are counted.
const HOSTS: u64 = 100_000;

/// All platforms that are watched or were looked at lately.
#[derive(Clone, Debug, Serialize)]
pub struct PlatformsReport {
    /// One for each platform, and for each host of a program that stands on any host.
    pub platforms: Vec<PlatformHealth>,
    /// Snapshots that were looked through, the newest.
    pub looked_through: u64,
    /// When the oldest of these was begun.
    pub since: Option<Timestamp>,
    /// There are no more.
    pub all: bool,
    /// There are more hosts than were counted: numbers of watches are too low.
    pub hosts_left_out: bool,
}

/// How one platform, or one host of a program, fares.
#[derive(Clone, Debug, Serialize)]
pub struct PlatformHealth {
    /// The platform.
    pub platform: Platform,
    /// The name of it for people.
    pub name: &'static str,
    /// The host, of a program that stands on any.
    pub host: Option<String>,
    /// The program, by its own name.
    pub software: Option<String>,
    /// Active watches on its hosts.
    pub watches: u64,
    /// The newest look that had what an adapter of it read.
    pub last_success: Option<Success>,
    /// The newest look that ended at a wall or a refusal.
    pub last_trouble: Option<Trouble>,
    /// Requests that were refused or not answered while others may have told the same.
    pub refused: u64,
    /// The newest of them.
    pub last_refused: Option<RefusedRequest>,
}

/// A look that had something.
#[derive(Clone, Debug, Serialize)]
pub struct Success {
    /// When it was begun.
    pub at: Timestamp,
    /// What was asked for.
    pub url: String,
    /// Its snapshot.
    pub snapshot: SnapshotId,
    /// The route that had it.
    pub route: String,
}

/// A look that ended at a wall or a refusal.
#[derive(Clone, Debug, Serialize)]
pub struct Trouble {
    /// When it was begun.
    pub at: Timestamp,
    /// What was asked for.
    pub url: String,
    /// Its snapshot.
    pub snapshot: SnapshotId,
    /// How it ended.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
}

/// A platform and, of a program that stands on any host, the host.
type Place = (Platform, Option<String>);

/// What is known of the hosts of programs.
type Programs = HashMap<String, (Platform, String)>;

impl App {
    /// How each platform fares.
    pub fn platforms(&self) -> Result<PlatformsReport> {
        self.platforms_of(SNAPSHOTS)
    }

    fn platforms_of(&self, newest: u64) -> Result<PlatformsReport> {
        let reader = self.reader()?;
        reader.freeze()?;
        let known = reader.programs(HOSTS)?.into_iter().filter(|(_, platform, _)| *platform != Platform::Web);
        let programs: Programs = known.map(|(host, platform, name)| (host, (platform, name))).collect();
        let mut found: BTreeMap<Place, PlatformHealth> = BTreeMap::new();
        let hosts = reader.active_hosts(HOSTS + 1)?;
        for host in hosts.iter().take(usize::try_from(HOSTS).unwrap_or(usize::MAX)) {
            let Some(place) = place_of_host(host, &programs) else { continue };
            entry(&mut found, place, &programs).watches += reader.active_on(host)?;
        }
        let (mut looked_through, mut since) = (0, None);
        reader.newest_looks(newest.saturating_add(1), &mut |look| {
            looked_through += 1;
            if looked_through > newest {
                return Ok(());
            }
            since = Some(look.at);
            let Some(place) = place_of(&look, &programs) else { return Ok(()) };
            let health = entry(&mut found, place, &programs);
            let refused = reader.refused_requests(look.snapshot)?;
            health.refused += refused.len() as u64;
            health.last_refused = health.last_refused.take().or_else(|| refused.into_iter().next_back());
            note(health, look);
            Ok(())
        })?;
        Ok(PlatformsReport {
            platforms: found.into_values().collect(),
            looked_through: looked_through.min(newest),
            since,
            all: looked_through <= newest,
            hosts_left_out: hosts.len() as u64 > HOSTS,
        })
    }
}

fn entry<'a>(
    found: &'a mut BTreeMap<Place, PlatformHealth>,
    place: Place,
    programs: &Programs,
) -> &'a mut PlatformHealth {
    let (platform, host) = place.clone();
    found.entry(place).or_insert_with(|| PlatformHealth {
        platform,
        name: site::adapter(platform).map_or("", |adapter| adapter.about.name),
        software: host.as_ref().and_then(|host| programs.get(host)).map(|(_, software)| software.clone()),
        host,
        watches: 0,
        last_success: None,
        last_trouble: None,
        refused: 0,
        last_refused: None,
    })
}

/// Looks come with the newest first.
fn note(health: &mut PlatformHealth, look: Looked) {
    let Looked { at, url, snapshot, outcome, asked, failure, .. } = look;
    match asked {
        Some(asked) if outcome.is_content() => {
            health.last_success.get_or_insert(Success { at, url, snapshot, route: asked.route });
        }
        _ if is_trouble(outcome) => {
            let reason = failure.filter(|why| !why.is_empty()).unwrap_or_else(|| outcome.about().to_owned());
            health.last_trouble.get_or_insert(Trouble { at, url, snapshot, outcome, reason });
        }
        _ => {}
    }
}

/// The platform, or who stands before it, does not show what was asked for.
fn is_trouble(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::LoginWall
            | Outcome::Challenge
            | Outcome::ConsentWall
            | Outcome::Restricted
            | Outcome::RateLimited
            | Outcome::Forbidden
            | Outcome::Private
    )
}

/// Of which platform a look was: by what read it, else by the setting of the watch, its address, its host.
fn place_of(look: &Looked, programs: &Programs) -> Option<Place> {
    let url = Url::parse(&look.url).ok()?;
    let platform = match (&look.asked, look.setting.as_deref()) {
        (Some(asked), _) if asked.platform != Platform::Web => asked.platform,
        (_, Some("none")) => return None,
        (_, Some(name)) if Platform::parse(name).is_some() => Platform::parse(name)?,
        _ => match site::matches(&url) {
            Some(target) => target.platform,
            None => programs.get(&look.host)?.0,
        },
    };
    let is_own = site::recognise(&url) == Some(platform.as_str());
    Some((platform, (!is_own).then(|| look.host.clone())))
}

fn place_of_host(host: &str, programs: &Programs) -> Option<Place> {
    let own = Url::parse(&format!("https://{host}/")).ok().as_ref().and_then(site::recognise);
    match own.and_then(Platform::parse) {
        Some(platform) => Some((platform, None)),
        None => programs.get(host).map(|(platform, _)| (*platform, Some(host.to_owned()))),
    }
}

#[cfg(test)]
#[path = "platforms_tests.rs"]
mod tests;
