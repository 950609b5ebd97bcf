//! What the two indexes are asked, and how their answers become one.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::query::{Query, Term};
use crate::error::{Error, ErrorKind, Result};

/// One of the indexes; a term belongs to one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// Of words.
    Words,
    /// Of what stands inside them.
    Inside,
}

const TABLES: [Table; 2] = [Table::Words, Table::Inside];

impl Table {
    pub fn name(self) -> &'static str {
        match self {
            Self::Words => "search",
            Self::Inside => "inside",
        }
    }
}

/// One question to one index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub table: Table,
    /// For FTS5.
    pub expression: String,
}

/// All questions that a query means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// All of these, any question of each.
    pub all: Vec<Vec<Ask>>,
    /// None of these.
    pub none: Vec<Ask>,
}

fn any_of<'a>(terms: impl IntoIterator<Item = &'a Term>, everywhere: bool) -> String {
    let terms: Vec<String> = terms.into_iter().map(|term| term.expression(everywhere)).collect();
    format!("({})", terms.join(" OR "))
}

impl Plan {
    /// Over the main columns, or over all of them.
    pub fn of(query: &Query, everywhere: bool) -> Result<Self> {
        if query.clauses.is_empty() {
            return Err(Error::new(ErrorKind::Usage, "there is no word to look for")
                .hint("name at least one word that is not excluded, such as `keepfast search bridge`"));
        }
        let mut out = Self::default();
        for table in TABLES {
            let own = |terms: &&Vec<Term>| terms.iter().all(|term| term.table() == table);
            let all: Vec<String> = query.clauses.iter().filter(own).map(|terms| any_of(terms, everywhere)).collect();
            let without: Vec<&Term> = query.without.iter().filter(|term| term.table() == table).collect();
            let without = (!without.is_empty()).then(|| any_of(without, everywhere));
            match (all.is_empty(), without) {
                (true, None) => {}
                (true, Some(expression)) => out.none.push(Ask { table, expression }),
                (false, without) => {
                    let without = without.map(|terms| format!(" NOT {terms}")).unwrap_or_default();
                    out.all.push(vec![Ask { table, expression: format!("({}){without}", all.join(" AND ")) }]);
                }
            }
        }
        let is_mixed = |terms: &&Vec<Term>| TABLES.iter().all(|table| terms.iter().any(|t| t.table() == *table));
        for terms in query.clauses.iter().filter(is_mixed) {
            let of = |table: Table| Ask {
                table,
                expression: any_of(terms.iter().filter(|t| t.table() == table), everywhere),
            };
            out.all.push(TABLES.map(of).into());
        }
        Ok(out)
    }

    /// The only question, if there is but one: its index can be followed as it stands.
    pub fn only(&self) -> Option<&Ask> {
        match (self.all.as_slice(), self.none.as_slice()) {
            ([only], []) => only.first().filter(|_| only.len() == 1),
            _ => None,
        }
    }

    /// The version is one that is looked for.
    pub fn matches(&self, db: &Connection, id: i64) -> rusqlite::Result<bool> {
        let met = |ask: &Ask| {
            let table = ask.table.name();
            db.prepare_cached(&format!("SELECT 1 FROM {table} WHERE {table} MATCH ?1 AND rowid = ?2"))?
                .exists(params![ask.expression, id])
        };
        for asks in &self.all {
            let mut any = false;
            for ask in asks {
                any = any || met(ask)?;
            }
            if !any {
                return Ok(false);
            }
        }
        for ask in &self.none {
            if met(ask)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// All versions that are looked for, the newest first.
    pub fn versions(&self, db: &Connection) -> rusqlite::Result<Vec<i64>> {
        let mut out: Option<Vec<i64>> = None;
        for asks in &self.all {
            let mut met = Vec::new();
            for ask in asks {
                met.extend(rows(db, ask)?);
            }
            if asks.len() > 1 {
                met.sort_unstable_by(|a, b| b.cmp(a));
                met.dedup();
            }
            let left = match out.take() {
                None => met,
                Some(mut before) => {
                    before.retain(|id| holds(&met, *id));
                    before
                }
            };
            if left.is_empty() {
                return Ok(left);
            }
            out = Some(left);
        }
        let mut out = out.unwrap_or_default();
        for ask in &self.none {
            let met = rows(db, ask)?;
            out.retain(|id| !holds(&met, *id));
        }
        Ok(out)
    }

    /// The rank of each of these versions (newest first), as bm25 of FTS5 gives it: what both indexes say, together.
    pub fn ranks(&self, db: &Connection, versions: &[i64]) -> rusqlite::Result<Vec<(f64, i64)>> {
        let mut ranks: HashMap<i64, f64> = versions.iter().map(|id| (*id, 0.0)).collect();
        let oldest = versions.last().copied().unwrap_or(0);
        for ask in self.all.iter().flatten() {
            let table = ask.table.name();
            let mut select =
                db.prepare_cached(&format!("SELECT rowid, rank FROM {table} WHERE {table} MATCH ?1 AND rowid >= ?2"))?;
            let mut rows = select.query(params![ask.expression, oldest])?;
            while let Some(row) = rows.next()? {
                if let Some(rank) = ranks.get_mut(&row.get::<_, i64>(0)?) {
                    *rank += row.get::<_, f64>(1)?;
                }
            }
        }
        Ok(ranks.into_iter().map(|(id, rank)| (rank, id)).collect())
    }
}

fn rows(db: &Connection, ask: &Ask) -> rusqlite::Result<Vec<i64>> {
    let table = ask.table.name();
    db.prepare_cached(&format!("SELECT rowid FROM {table} WHERE {table} MATCH ?1 ORDER BY rowid DESC"))?
        .query_map([&ask.expression], |row| row.get(0))?
        .collect()
}

/// A list from the highest to the lowest holds a number.
fn holds(descending: &[i64], id: i64) -> bool {
    descending.binary_search_by(|other| id.cmp(other)).is_ok()
}
