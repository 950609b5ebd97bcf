//! The index of what stands inside words, which is kept only if it is asked for: a table of its own beside the index of
//! words, with the same rows and columns, that holds the trigrams of words.
//!
//! How far it is stands in the catalogue: all rows of `search` up to there are in it. It never holds a row that `search`
//! has not. So it can be turned on and off at any time, and the index of words knows nothing of it.

use rusqlite::{Connection, OptionalExtension as _, params};

/// The table, made when it is first needed.
const TABLE: &str = "
    CREATE VIRTUAL TABLE IF NOT EXISTS inside USING fts5 (
        title, authors, text, comments, commenters, rest,
        content = '', contentless_delete = 1, tokenize = 'ascii'
    );
    INSERT INTO inside (inside, rank) VALUES ('hashsize', 67108864);
    INSERT INTO inside (inside, rank) VALUES ('automerge', 8);
    INSERT INTO inside (inside, rank) VALUES ('rank', 'bm25(10.0, 4.0, 1.0, 0.5, 1.0, 0.1)');
    INSERT OR REPLACE INTO meta VALUES ('inside', '0');";

/// What is done for it while texts are indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Inside {
    /// Nothing but to remove what is removed.
    Off,
    /// New texts go in, if those before them are in.
    WithNew,
    /// Also those that were indexed while it was off.
    All,
}

/// All versions up to this snapshot are in; none: there is no such index.
pub(super) fn mark(db: &Connection) -> rusqlite::Result<Option<i64>> {
    let text: Option<String> = db
        .prepare_cached(
            "SELECT value FROM meta WHERE key = 'inside'
                 AND EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'inside')",
        )?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(text.map(|text| text.parse().unwrap_or(0)))
}

/// How many versions are in the index of words and not in this one.
pub(super) fn missing(db: &Connection) -> rusqlite::Result<u64> {
    let count = |select: &str, mark: i64| {
        db.prepare_cached(select)?.query_row([mark], |row| row.get::<_, i64>(0)).map(|n| n.max(0) as u64)
    };
    match mark(db)? {
        None => count("SELECT count(*) FROM search WHERE rowid > ?1", 0),
        Some(mark) => count(
            "SELECT count(*) FROM (SELECT rowid AS id FROM search WHERE rowid > ?1)
             WHERE id NOT IN (SELECT rowid FROM inside WHERE rowid > ?1)",
            mark,
        ),
    }
}

/// Removes the versions of a watch.
pub(super) fn forget(db: &Connection, watch: i64) -> rusqlite::Result<()> {
    if mark(db)?.is_some() {
        db.prepare_cached("DELETE FROM inside WHERE rowid IN (SELECT id FROM version WHERE watch = ?1)")?
            .execute([watch])?;
    }
    Ok(())
}

/// Removes all of it; false if there is none.
pub(in crate::store) fn drop(db: &Connection) -> rusqlite::Result<bool> {
    let was_there = mark(db)?.is_some();
    db.execute_batch("DROP TABLE IF EXISTS inside; DELETE FROM meta WHERE key = 'inside'")?;
    Ok(was_there)
}

/// How far it is, while a slice is made.
pub(super) struct Progress {
    keep: Inside,
    before: Option<i64>,
    mark: Option<i64>,
    /// It holds all that the index of words holds, so that both go on together.
    in_step: bool,
}

impl Progress {
    /// Takes it up where it was left; the index of words has seen all snapshots up to `done`.
    pub fn begin(db: &Connection, keep: Inside, done: i64) -> rusqlite::Result<Self> {
        let mut before = mark(db)?;
        if keep == Inside::Off {
            return Ok(Self { keep, before, mark: before, in_step: false });
        }
        if before.is_none() {
            db.execute_batch(TABLE)?;
            before = Some(0);
        }
        let mut mark = before;
        if mark > Some(done) {
            // The index of words was emptied, to be made anew: so is this one.
            db.execute_batch("INSERT INTO inside (inside) VALUES ('delete-all')")?;
            mark = Some(0);
        }
        Ok(Self { keep, before, mark, in_step: mark == Some(done) })
    }

    /// What the index of words takes goes in here as well.
    pub fn takes(&self, id: i64) -> bool {
        self.keep != Inside::Off && (self.in_step || self.mark >= Some(id))
    }

    /// It went into the index of words alone.
    pub fn passed_over(&mut self, id: i64) {
        self.mark = self.mark.map(|mark| mark.min(id - 1));
    }

    /// The index of words has seen all snapshots up to `done`.
    pub fn goes_on(&mut self, done: i64) {
        if self.in_step {
            self.mark = Some(done);
        }
    }

    /// The first versions that are to be filled in, in their order: not those that are in already.
    pub fn to_fill(&self, db: &Connection, limit: usize) -> rusqlite::Result<Vec<i64>> {
        let (Some(mark), Inside::All) = (self.mark, self.keep) else { return Ok(Vec::new()) };
        let mut select = db.prepare_cached("SELECT rowid FROM search WHERE rowid > ?1 ORDER BY rowid LIMIT ?2")?;
        let ids = select.query_map(params![mark, limit as i64], |row| row.get(0))?;
        ids.collect()
    }

    /// The version is in already.
    pub fn has(db: &Connection, id: i64) -> rusqlite::Result<bool> {
        db.prepare_cached("SELECT 1 FROM inside WHERE rowid = ?1")?.exists([id])
    }

    /// All versions up to this snapshot are in.
    pub fn filled(&mut self, id: i64) {
        self.mark = self.mark.max(Some(id));
    }

    /// Nothing is left to be filled in; the index of words has seen all snapshots up to `done`.
    pub fn filled_all(&mut self, done: i64) {
        if self.keep == Inside::All {
            self.filled(done);
        }
    }

    /// Puts a version in.
    pub fn put(db: &Connection, id: i64, columns: &[String; 6]) -> rusqlite::Result<()> {
        let [title, authors, text, comments, commenters, rest] = columns;
        db.prepare_cached(
            "INSERT INTO inside (rowid, title, authors, text, comments, commenters, rest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![id, title, authors, text, comments, commenters, rest])?;
        Ok(())
    }

    /// Writes down how far it is.
    pub fn keep(&self, db: &Connection) -> rusqlite::Result<()> {
        match self.mark {
            Some(mark) if self.mark != self.before => {
                db.prepare_cached("INSERT OR REPLACE INTO meta VALUES ('inside', ?1)")?.execute([mark.to_string()])?;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
