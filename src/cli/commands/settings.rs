//! `init`, `config`, `completions`, `man`.

use std::io::Write as _;
use std::path::Path;

use clap::CommandFactory as _;

use super::{out, print, stdout, tell};
use crate::cli::args::{Cli, Completions, ConfigShow, Global, Init, Man};
use crate::cli::exit::Exit;
use crate::cli::term::Paint;
use crate::cli::{CONFIG, Session, summary, term};
use crate::config;
use crate::error::{Error, ErrorKind, Result, io};

const LIST: &str =
    "# URLs to watch, one a line. Words with # after a URL are its tags:\n# https://example.org/news/ #news\n";

pub(super) fn init(global: &Global, words: &Init, paint: Paint) -> Result<Exit> {
    std::fs::create_dir_all(&words.dir).map_err(io(format!("cannot make the folder {}", words.dir.display())))?;
    let made = [(CONFIG, config::template()), ("urls.txt", LIST.to_owned())]
        .into_iter()
        .map(|(name, text)| write_new(&words.dir.join(name), &text).map(|new| (name, new)))
        .collect::<Result<Vec<_>>>()?;
    let global = Global { config: Some(words.dir.join(CONFIG)), ..global.clone() };
    let session = Session::new(&global, paint, None)?;
    session.app.init()?;
    let dir = session.app.dir().display().to_string();
    tell(&session, &serde_json::json!({ "archive": dir, "config": CONFIG }), |to| {
        for (name, new) in made {
            let word = if new { "made" } else { "was there" };
            writeln!(to, "{:<9}  {}", word, term::line(&words.dir.join(name).display().to_string()))?;
        }
        writeln!(to, "archive    {}", term::line(&dir))?;
        writeln!(
            to,
            "\nNext: set client.from in {CONFIG}, put URLs into urls.txt or `keepfast add` them, then `keepfast run`."
        )
    })?;
    Ok(Exit::AllKept)
}

/// Writes a file unless there is one.
fn write_new(path: &Path, text: &str) -> Result<bool> {
    match std::fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map(|()| true)
            .map_err(io(format!("cannot write {}", path.display()))),
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(io(format!("cannot make {}", path.display()))(e)),
    }
}

pub(super) fn show(session: &Session<'_>, words: &ConfigShow) -> Result<Exit> {
    if words.defaults {
        let mut to = stdout();
        to.write_all(config::DEFAULTS.as_bytes()).and_then(|()| to.flush()).map_err(out)?;
        return Ok(Exit::AllKept);
    }
    let lines = match &words.url {
        None => session.app.config().resolved(None),
        Some(url) => session.app.settings_of(url)?,
    };
    print(session, &lines, |to| summary::settings(&lines, session.screen, to))?;
    Ok(Exit::AllKept)
}

pub(super) fn check(session: &Session<'_>) -> Result<Exit> {
    // Reading it found all that is wrong with keys and values; URLs are looked at here.
    let problems = session.app.check_watches();
    if let Some(first) = problems.first() {
        let more = problems.len() - 1;
        let rest = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        return Err(Error::new(ErrorKind::Config, format!("{}: {}{rest}", first.place, first.reason)));
    }
    let name = session.file.as_ref().map_or("the built-in defaults".into(), |f| f.display().to_string());
    let watches = session.app.config().watches().len();
    tell(session, &serde_json::json!({ "config": name, "watches": watches, "good": true }), |to| {
        writeln!(to, "{}: good, {watches} [[watch]] entries", term::line(&name))
    })?;
    Ok(Exit::AllKept)
}

pub(super) fn completions(words: &Completions) -> Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(words.shell, &mut Cli::command(), "keepfast", &mut text);
    let mut to = stdout();
    to.write_all(&text).and_then(|()| to.flush()).map_err(out)?;
    Ok(Exit::AllKept)
}

pub(super) fn man(words: &Man) -> Result<Exit> {
    match &words.dir {
        Some(dir) => {
            std::fs::create_dir_all(dir).map_err(io(format!("cannot make the folder {}", dir.display())))?;
            clap_mangen::generate_to(Cli::command(), dir).map_err(io(format!("cannot write to {}", dir.display())))?;
        }
        None => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut text).map_err(out)?;
            let mut to = stdout();
            to.write_all(&text).and_then(|()| to.flush()).map_err(out)?;
        }
    }
    Ok(Exit::AllKept)
}
