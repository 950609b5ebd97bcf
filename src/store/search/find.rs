//! Finding: candidates from the index in their order, filters, one result a page, and what stands in each.

use std::collections::HashSet;

use rusqlite::{OptionalExtension as _, Row, params, params_from_iter};

use super::plan::Plan;
use super::query::Query;
use super::result::{Found, Hit, Met, Order, Search, Standing};
use super::snippet::{Finder, Snippet};
use super::{index, inside};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Outcome, SnapshotId, WatchId};
use crate::store::reader::Reader;
use crate::store::rows::{named, named_opt, timestamp};
use crate::store::sql::sql;

/// So many of the newest matches are ranked. Words that more pages have than this tell nothing apart.
pub const RANKED: u32 = 20_000;

/// A candidate with what filters look at.
struct Head {
    id: i64,
    watch: i64,
    at: i64,
    outcome: Outcome,
    host: String,
    url: String,
    current: Option<i64>,
    newest: Option<i64>,
    last_outcome: Option<Outcome>,
}

fn head(row: &Row<'_>) -> rusqlite::Result<Head> {
    Ok(Head {
        id: row.get(0)?,
        watch: row.get(1)?,
        at: row.get(2)?,
        outcome: named("snapshot.outcome", row.get_ref(3)?.as_str()?, Outcome::parse)?,
        host: row.get(4)?,
        url: row.get(5)?,
        current: row.get(6)?,
        newest: row.get(7)?,
        last_outcome: named_opt("watch.last_outcome", row.get(8)?, Outcome::parse)?,
    })
}

/// What candidates are measured by beside the words.
struct Sieve<'a> {
    ask: &'a Search,
    sites: Vec<(String, bool)>,
    with: Option<HashSet<i64>>,
    without: HashSet<i64>,
}

impl Sieve<'_> {
    fn passes(&self, head: &Head) -> bool {
        let ask = self.ask;
        let site = |(site, _): &&(String, bool)| {
            let host = head.host.rsplit_once(':').map_or(head.host.as_str(), |(host, _)| host);
            host == site
                || head.host == *site
                || host.strip_suffix(site.as_str()).is_some_and(|left| left.ends_with('.'))
        };
        let mut wanted = self.sites.iter().filter(|(_, not)| !not).peekable();
        (wanted.peek().is_none() || wanted.any(|s| site(&s)))
            && !self.sites.iter().filter(|(_, not)| *not).any(|s| site(&s))
            && self.with.as_ref().is_none_or(|with| with.contains(&head.watch))
            && !self.without.contains(&head.watch)
            && ask.since.is_none_or(|since| head.at >= since.as_millisecond())
            && ask.until.is_none_or(|until| head.at < until.as_millisecond())
            && (!ask.outcomes.is_empty() || head.outcome.is_content())
    }
}

impl Reader {
    /// Looks for words in the texts of all versions of all pages.
    pub fn search(&self, ask: &Search) -> Result<Found> {
        let mut query = Query::parse(&ask.query)?;
        ask.authors.iter().try_for_each(|author| query.and_author(author))?;
        let plans = [Plan::of(&query, false)?, Plan::of(&query, true)?];
        if query.looks_inside() && !self.inside {
            return Err(Error::new(
                ErrorKind::Usage,
                "what stands inside words is not indexed, so *part* cannot be found",
            )
            .hint(
                "set inside = true in [search] of the configuration and search again, or leave the star before it away",
            ));
        }
        let found = self.db.unchecked_transaction().and_then(|of_one_moment| {
            let found = self.search_rows(ask, &query, &plans);
            of_one_moment.finish()?;
            found
        });
        found.map_err(sql("cannot search"))
    }

    /// Texts that are stored and not in the index of words yet.
    pub fn not_indexed(&self) -> Result<u64> {
        index::waiting(&self.db).map_err(sql("cannot see what is indexed"))
    }

    fn search_rows(&self, ask: &Search, query: &Query, plans: &[Plan; 2]) -> rusqlite::Result<Found> {
        let sieve = self.sieve(ask, query)?;
        let mut out = Found { not_indexed: index::waiting(&self.db)?, ..Found::default() };
        if query.looks_inside() {
            out.not_indexed += inside::missing(&self.db)?;
            if inside::mark(&self.db)?.is_none() {
                return Ok(out);
            }
        }
        let mut seen = HashSet::new();
        let mut chosen: Vec<(Head, Option<f64>, usize)> = Vec::new();
        // What is met only around the main text comes last.
        for (n, plan) in plans.iter().enumerate() {
            let each = |id, score| -> rusqlite::Result<bool> {
                if let Some(head) = self.head(id)?
                    && sieve.passes(&head)
                    && self.outcome_fits(ask, &head)?
                    && seen.insert(if ask.versions { head.id } else { head.watch })
                {
                    chosen.push((head, score, n));
                }
                Ok(chosen.len() <= ask.limit as usize)
            };
            match ask.order {
                Order::Newest => self.newest(plan, each)?,
                Order::Ranked => out.ranked_newest = self.ranked(plan, each)?.or(out.ranked_newest),
            }
            if chosen.len() > ask.limit as usize {
                out.more = true;
                chosen.truncate(ask.limit as usize);
                break;
            }
        }
        let mut finder = Finder::new(query);
        for (head, score, n) in chosen {
            out.results.extend(self.hit(ask, &sieve, &plans[n], &mut finder, head, score)?);
        }
        Ok(out)
    }

    fn sieve<'a>(&self, ask: &'a Search, query: &Query) -> rusqlite::Result<Sieve<'a>> {
        let own = ask.sites.iter().map(|site| (site, false));
        let typed = query.sites.iter().map(|(site, not)| (site, *not));
        let sites = own.chain(typed).map(|(site, not)| (host_of(site), not)).collect();
        let tagged = |not: bool| -> rusqlite::Result<Option<HashSet<i64>>> {
            let own = ask.tags.iter().filter(|_| !not);
            let tags: Vec<&String> = own.chain(query.tags.iter().filter(|t| t.1 == not).map(|t| &t.0)).collect();
            if tags.is_empty() {
                return Ok(None);
            }
            let marks = vec!["?"; tags.len()].join(", ");
            let mut select = self.db.prepare(&format!("SELECT watch FROM watch_tag WHERE tag IN ({marks})"))?;
            let watches = select.query_map(params_from_iter(tags), |row| row.get(0))?;
            watches.collect::<rusqlite::Result<_>>().map(Some)
        };
        Ok(Sieve { ask, sites, with: tagged(false)?, without: tagged(true)?.unwrap_or_default() })
    }

    /// The newest versions first, as many as `each` wants.
    fn newest(
        &self,
        plan: &Plan,
        mut each: impl FnMut(i64, Option<f64>) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<()> {
        let Some(ask) = plan.only() else {
            for id in plan.versions(&self.db)? {
                if !each(id, None)? {
                    break;
                }
            }
            return Ok(());
        };
        let table = ask.table.name();
        let mut select =
            self.db.prepare_cached(&format!("SELECT rowid FROM {table} WHERE {table} MATCH ?1 ORDER BY rowid DESC"))?;
        let mut rows = select.query([&ask.expression])?;
        while let Some(row) = rows.next()? {
            if !each(row.get(0)?, None)? {
                break;
            }
        }
        Ok(())
    }

    /// The best versions first, as many as `each` wants; returns the bound if it bit.
    fn ranked(
        &self,
        plan: &Plan,
        mut each: impl FnMut(i64, Option<f64>) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<Option<u32>> {
        let (mut found, beyond) = match plan.only() {
            Some(ask) => {
                let table = ask.table.name();
                let mut found = self
                    .db
                    .prepare_cached(&format!(
                        "SELECT rowid, rank FROM {table} WHERE {table} MATCH ?1 ORDER BY rowid DESC LIMIT ?2"
                    ))?
                    .query_map(params![ask.expression, RANKED + 1], |row| {
                        Ok((row.get::<_, f64>(1)?, row.get::<_, i64>(0)?))
                    })?
                    .collect::<rusqlite::Result<Vec<_>>>()?;
                let beyond = found.len() > RANKED as usize;
                found.truncate(RANKED as usize);
                (found, beyond)
            }
            None => {
                let mut versions = plan.versions(&self.db)?;
                let beyond = versions.len() > RANKED as usize;
                versions.truncate(RANKED as usize);
                (plan.ranks(&self.db, &versions)?, beyond)
            }
        };
        found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        for (rank, id) in found {
            // bm25 of FTS5 is the more negative the better.
            if !each(id, Some(-rank))? {
                break;
            }
        }
        Ok(beyond.then_some(RANKED))
    }

    fn head(&self, id: i64) -> rusqlite::Result<Option<Head>> {
        self.db
            .prepare_cached(
                "SELECT s.id, s.watch, s.started_at, s.outcome, w.host, w.url, w.current_snapshot, w.last_snapshot,
                     w.last_outcome
                 FROM snapshot s JOIN watch w ON w.id = s.watch WHERE s.id = ?1",
            )?
            .query_row([id], head)
            .optional()
    }

    /// Any snapshot of the version ended so.
    fn outcome_fits(&self, ask: &Search, head: &Head) -> rusqlite::Result<bool> {
        if ask.outcomes.is_empty() || ask.outcomes.contains(&head.outcome) {
            return Ok(true);
        }
        let mut select = self.db.prepare_cached(
            "SELECT s.outcome FROM snapshot s WHERE s.watch = ?1 AND s.id > ?2
                 AND s.id <= (SELECT last FROM version WHERE watch = ?1 AND id = ?2)
                 AND s.document = (SELECT document FROM snapshot WHERE id = ?2)",
        )?;
        let mut rows = select.query([head.watch, head.id])?;
        while let Some(row) = rows.next()? {
            if ask.outcomes.iter().any(|outcome| row.get_ref(0).is_ok_and(|v| v.as_str() == Ok(outcome.as_str()))) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// First and newest snapshot and the document of a version.
    fn version(&self, watch: i64, id: i64) -> rusqlite::Result<Option<(i64, i64)>> {
        self.db
            .prepare_cached("SELECT last, document FROM version WHERE watch = ?1 AND id = ?2")?
            .query_row([watch, id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
    }

    /// The version that the page showed when it was last seen; none: not known yet.
    fn standing(&self, head: &Head) -> rusqlite::Result<Option<i64>> {
        let Some(current) = head.current.or(head.newest) else { return Ok(None) };
        if current > index::searchable(&self.db)? {
            return self
                .db
                .prepare_cached(
                    "SELECT id FROM version WHERE watch = ?1 AND document = (SELECT document FROM snapshot WHERE id = ?2)
                         AND NOT EXISTS (SELECT 1 FROM page WHERE snapshot = ?2 AND document IS NOT NULL)",
                )?
                .query_row([head.watch, current], |row| row.get(0))
                .optional();
        }
        let last = self
            .db
            .prepare_cached("SELECT id FROM version WHERE watch = ?1 AND last = ?2")?
            .query_row([head.watch, current], |row| row.get(0))
            .optional()?;
        // Nothing of it could be read: it is no version that has words.
        Ok(Some(last.unwrap_or(0)))
    }

    fn hit(
        &self,
        ask: &Search,
        sieve: &Sieve<'_>,
        plan: &Plan,
        finder: &mut Finder<'_>,
        mut head: Head,
        score: Option<f64>,
    ) -> rusqlite::Result<Option<Hit>> {
        let standing = self.standing(&head)?;
        let is_wall = !head.outcome.is_content();
        let mut gone = standing.map(|current| current != head.id);
        if let Some(current) = standing.filter(|current| *current != head.id)
            && plan.matches(&self.db, current)?
        {
            gone = Some(false);
            // The page says it now: that is the version to show, if it is among those that were asked for.
            if !ask.versions
                && let Some(now) = self.head(current)?
                && sieve.passes(&now)
                && self.outcome_fits(ask, &now)?
            {
                head = now;
            }
        }
        let Some((last, document)) = self.version(head.watch, head.id)? else { return Ok(None) };
        let is_newest = head.newest == Some(last);
        if is_wall {
            // Walls and errors are never the current version of a page: they stand as long as they are met.
            gone = standing.map(|_| !is_newest);
        }
        let version = match standing {
            None => Standing::Unknown,
            Some(current) if current == head.id || (is_wall && is_newest) => Standing::Current,
            Some(_) => Standing::Former,
        };
        let last_seen = self
            .db
            .prepare_cached("SELECT started_at FROM snapshot WHERE id = ?1")?
            .query_row([last], |row| row.get::<_, i64>(0))
            .optional()?;
        let mut hit = Hit {
            watch: WatchId(head.watch),
            url: head.url,
            snapshot: SnapshotId(head.id),
            last_snapshot: SnapshotId(last),
            first_seen: timestamp(head.at),
            last_seen: timestamp(last_seen.unwrap_or(head.at)),
            outcome: head.outcome,
            version,
            gone,
            last_outcome: head.last_outcome,
            title: None,
            title_marks: Vec::new(),
            authors: Vec::new(),
            site: None,
            published: None,
            part: Met::Title,
            comment: None,
            snippet: Snippet::default(),
            score,
        };
        self.describe(&mut hit, document, finder)?;
        Ok(Some(hit))
    }
}

/// The host of what may be a whole address.
fn host_of(site: &str) -> String {
    let site = site.split_once("://").map_or(site, |(_, rest)| rest);
    site.split(['/', '?', '#']).next().unwrap_or_default().trim_matches('.').to_lowercase()
}
