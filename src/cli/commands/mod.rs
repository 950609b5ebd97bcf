//! What each command does with its words: a few lines each, the work is the front door's.

mod difference;
mod events;
mod gone;
mod look;
mod posts;
mod reextract;
mod schedule;
mod search;
mod service;
mod settings;
mod watches;
mod work;

use std::io::{self, BufWriter, Write};

use super::args::{Cli, Command, ConfigCommand};
use super::exit::Exit;
use super::term::Paint;
use super::{Session, render};
use crate::error::{Error, Result};

pub(super) fn run(cli: &Cli, paint: Paint) -> Result<Exit> {
    match &cli.command {
        Command::Completions(words) => return settings::completions(words),
        Command::Man(words) => return settings::man(words),
        Command::Init(words) => return settings::init(&cli.global, words, paint),
        Command::Demo(words) => return work::demo(&cli.global, words, paint),
        _ => {}
    }
    let session = Session::new(&cli.global, paint, None)?;
    match &cli.command {
        Command::Add(words) => watches::add(&session, words),
        Command::Import(words) => watches::import(&session, words),
        Command::List(words) => watches::list(&session, words),
        Command::Remove(words) => watches::remove(&session, words),
        Command::Pause(words) => watches::pause(&session, words),
        Command::Resume(words) => watches::resume(&session, words),
        Command::Tag(words) => watches::tag(&session, words),
        Command::Run(words) => work::run(&session, words),
        Command::Watch => service::watch(&session),
        Command::Schedule(words) => schedule::schedule(&session, words),
        Command::Status => look::status(&session),
        Command::History(words) => look::history(&session, words),
        Command::Gone(words) => gone::gone(&session, words),
        Command::Diff(words) => difference::diff(&session, words),
        Command::Changes(words) => difference::changes(&session, words),
        Command::Events(words) => events::events(&session, words),
        Command::Show(words) => look::show(&session, words),
        Command::Posts(words) => posts::posts(&session, words),
        Command::Search(words) => search::search(&session, words),
        Command::Export(words) => look::export(&session, words),
        Command::Reextract(words) => reextract::reextract(&session, words),
        Command::Verify(words) => work::verify(&session, words),
        Command::Backup(words) => work::backup(&session, words),
        Command::Prune(words) => work::prune(&session, words),
        Command::Doctor(words) if words.platforms => look::platforms(&session),
        Command::Doctor(_) => look::doctor(&session),
        Command::Config { what: ConfigCommand::Show(words) } => settings::show(&session, words),
        Command::Config { what: ConfigCommand::Check } => settings::check(&session),
        Command::Completions(_) | Command::Man(_) | Command::Init(_) | Command::Demo(_) => Ok(Exit::AllKept),
    }
}

/// Standard output, buffered.
fn stdout() -> BufWriter<io::StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
}

/// An error of writing to standard output.
fn out(cause: io::Error) -> Error {
    crate::error::io("cannot write to standard output")(cause)
}

/// Prints words, or their JSON if it was asked for.
fn print(
    session: &Session<'_>,
    json: &impl serde::Serialize,
    words: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let mut to = stdout();
    let written = if session.global.json { render::json(json, &mut to) } else { words(&mut to) };
    written.and_then(|()| to.flush()).map_err(out)
}

/// The same, but words only if `--quiet` was not said.
fn tell(
    session: &Session<'_>,
    json: &impl serde::Serialize,
    words: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    if session.global.quiet && !session.global.json { Ok(()) } else { print(session, json, words) }
}
