//! How connections are opened, and what SQLite's errors mean.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{Error, ErrorKind, Result};

/// `application_id` of a catalogue: "keep".
const APPLICATION_ID: i32 = 0x6b65_6570;
/// `user_version` that this build reads and writes.
const VERSION: i32 = 1;
/// Migration n brings a catalogue from `user_version` n to n + 1.
const MIGRATIONS: &[&str] = &[include_str!("schema.sql")];
/// Before 3.51.3 two WAL connections could corrupt the file; the bundled SQLite is newer.
pub const SQLITE_MIN_VERSION: i32 = 3_051_003;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// Puts SQLite's words into ours; `what` names the place.
pub(super) fn sql(what: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> Error {
    let what = what.into();
    move |cause| {
        let (kind, hint) = match cause.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => (ErrorKind::Disk, "free some space, then run again: nothing reported is lost"),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                (ErrorKind::Archive, "check that the archive's folder exists and may be written to")
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => (
                ErrorKind::Archive,
                "the catalogue is damaged: restore catalog.db from a backup; the WARC files are not affected",
            ),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                (ErrorKind::Archive, "another process holds the catalogue; try again when it is done")
            }
            Some(ErrorCode::SystemIoFailure) => (ErrorKind::Disk, "the disk fails or is full; see the system's log"),
            _ => (ErrorKind::Archive, ""),
        };
        let error = Error::new(kind, what).because(cause);
        if hint.is_empty() { error } else { error.hint(hint) }
    }
}

/// Opens the catalogue for one purpose, with the settings that durability and safety ask for.
pub(super) fn open(path: &Path, access: Access) -> Result<Connection> {
    let place = || format!("cannot open the catalogue {}", path.display());
    let flags = match access {
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
    } | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(sql(place()))?;
    configure(&db, access).map_err(sql(place()))?;
    check(&db, path)?;
    Ok(db)
}

fn configure(db: &Connection, access: Access) -> rusqlite::Result<()> {
    db.busy_timeout(Duration::from_secs(20))?;
    db.set_prepared_statement_cache_capacity(64);
    // What stands in a catalogue that somebody hands over must not run.
    db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // One plan a statement: without this, every execution of a join with parameters is planned anew.
    db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.pragma_update(None, "cache_size", -16_000)?;
    if access == Access::Write {
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", "ON")?;
        // In pages: 64 MiB. Between two of them the same pages are written again and again, which costs once then.
        db.pragma_update(None, "wal_autocheckpoint", 8000)?;
        // The journal of each command's savepoint, which would be a temporary file beyond 64 KiB.
        db.pragma_update(None, "temp_store", "MEMORY")?;
        db.pragma_update(None, "journal_size_limit", 64 << 20)?;
    }
    Ok(())
}

fn check(db: &Connection, path: &Path) -> Result<()> {
    let number = |name| {
        db.pragma_query_value(None, name, |row| row.get::<_, i32>(0))
            .map_err(sql(format!("cannot read the catalogue {}", path.display())))
    };
    let (application, version) = (number("application_id")?, number("user_version")?);
    if application != APPLICATION_ID {
        return Err(Error::new(ErrorKind::Archive, format!("{} is not a keepfast catalogue", path.display()))
            .hint("name the archive's folder with --archive, or make one with `keepfast init`"));
    }
    if version > VERSION {
        return Err(Error::new(
            ErrorKind::Archive,
            format!("the catalogue {} has version {version}, this keepfast reads up to {VERSION}", path.display()),
        )
        .hint("use the newer keepfast that made it"));
    }
    if version < VERSION {
        return Err(Error::new(
            ErrorKind::Archive,
            format!("the catalogue {} has version {version}, this keepfast needs {VERSION}", path.display()),
        )
        .hint("run `keepfast init` on it: it migrates after making a copy"));
    }
    Ok(())
}

/// Makes an empty catalogue with the newest schema.
pub(super) fn create(path: &Path) -> Result<()> {
    let what = || format!("cannot make the catalogue {}", path.display());
    let mut db = Connection::open(path).map_err(sql(what()))?;
    // What was read of a page takes some ten pages of the default 4 KiB; of these it is written with less ado.
    db.pragma_update(None, "page_size", 8192).map_err(sql(what()))?;
    db.pragma_update(None, "journal_mode", "WAL").map_err(sql(what()))?;
    configure(&db, Access::Write).map_err(sql(what()))?;
    let tx = db.transaction().map_err(sql(what()))?;
    for migration in MIGRATIONS {
        tx.execute_batch(migration).map_err(sql(what()))?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID).map_err(sql(what()))?;
    tx.pragma_update(None, "user_version", VERSION).map_err(sql(what()))?;
    tx.commit().map_err(sql(what()))
}

/// The version of the bundled SQLite, as a number (3.54.1 is 3054001) and in words.
pub fn sqlite_version() -> (i32, String) {
    (rusqlite::version_number(), rusqlite::version().to_owned())
}
