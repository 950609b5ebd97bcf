//! The command line: its words, its endings, and how things look on a terminal. No SQL, no requests.

pub mod args;
pub mod difference;
pub mod exit;
pub mod found;
pub mod gaps;
pub mod platforms;
pub mod posts;
pub mod progress;
pub mod render;
pub mod summary;
pub mod term;
pub mod values;

mod commands;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Parser as _;

use self::args::{Cli, Global};
use self::exit::Exit;
use self::render::Screen;
use self::term::Paint;
use crate::app::App;
use crate::clock::{Clock as _, System};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};

/// The configuration file that is looked for in the current folder.
const CONFIG: &str = "keepfast.toml";

/// Runs the command that the words say, and returns how it ended. Nothing else ends the process.
#[expect(clippy::print_stderr, clippy::print_stdout, reason = "this is the face")]
pub fn run(words: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(asked) => {
            let is_help = !asked.use_stderr();
            let _ = asked.print();
            return if is_help { Exit::AllKept } else { Exit::Usage };
        }
    };
    let paint = |is_terminal| Paint {
        on: term::colour(cli.global.color, is_terminal, std::env::var("NO_COLOR").ok().as_deref()),
    };
    logging(&cli.global);
    match commands::run(&cli, paint(io::stdout().is_terminal())) {
        Ok(exit) => exit,
        Err(error) if is_closed_pipe(&error) => Exit::AllKept,
        Err(error) => {
            let paint = paint(io::stderr().is_terminal());
            if cli.global.json {
                let said = serde_json::json!({
                    "error": { "message": error.to_string(), "hint": error.hint_text(), "exit": Exit::from(error.kind()).code() }
                });
                println!("{said}");
            } else {
                eprintln!("{} {}", paint.bad("error:"), term::text(&error.to_string()));
                if let Some(hint) = error.hint_text() {
                    eprintln!(" {} {}", paint.faint("hint:"), term::text(hint));
                }
            }
            let _ = io::stdout().flush();
            Exit::from(error.kind())
        }
    }
}

/// Somebody who reads our output has enough of it: no error (`keepfast list | head`).
fn is_closed_pipe(error: &Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if inner.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// Structured lines on standard error, only when asked for.
fn logging(global: &Global) {
    let level = match global.verbose {
        0 => return,
        1 => "keepfast=info",
        _ => "keepfast=debug",
    };
    let _ = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .try_init();
}

/// What commands work with.
struct Session<'a> {
    global: &'a Global,
    app: App,
    screen: Screen,
    file: Option<PathBuf>,
}

/// Reads the configuration from where it was named when keepfast was started.
struct Loader {
    file: Option<PathBuf>,
    set: Vec<String>,
}

impl Loader {
    fn load(&self) -> Result<Config> {
        let text = match &self.file {
            None => None,
            Some(path) => Some(std::fs::read_to_string(path).map_err(|cause| {
                Error::new(ErrorKind::Config, format!("cannot read the configuration file {}", path.display()))
                    .because(cause)
                    .hint("name another one with --config")
            })?),
        };
        let env: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| {
                name.starts_with("KEEPFAST_") && name != "KEEPFAST_ARCHIVE" && name != "KEEPFAST_CONFIG"
            })
            .collect();
        let named = self.file.as_deref().zip(text.as_deref());
        Config::load(named, &env, &self.set)
    }
}

impl<'a> Session<'a> {
    fn loader(&self) -> Loader {
        Loader { file: self.file.clone(), set: self.global.set.clone() }
    }

    fn new(global: &'a Global, paint: Paint, archive: Option<PathBuf>) -> Result<Self> {
        let file = config_file(global)?;
        let config = Loader { file: file.clone(), set: global.set.clone() }.load()?;
        let app = App::new(config, archive.or_else(|| global.archive.clone()), Arc::new(System));
        let screen = Screen { columns: columns(), paint, now: System.now() };
        Ok(Self { global, app, screen, file })
    }
}

fn config_file(global: &Global) -> Result<Option<PathBuf>> {
    match &global.config {
        Some(path) if path.exists() => Ok(Some(path.clone())),
        Some(path) => Err(Error::new(ErrorKind::Config, format!("there is no configuration file {}", path.display()))
            .hint("`keepfast init` makes a folder with one")),
        None => Ok(Some(Path::new(CONFIG).to_owned()).filter(|path| path.exists())),
    }
}

/// Columns of the terminal; 100 where there is none.
fn columns() -> usize {
    let from_env = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let from_terminal = || {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        Some(usize::from(size.ws_col))
    };
    from_env.or_else(from_terminal).filter(|c| (20..=1000).contains(c)).unwrap_or(100)
}

#[cfg(test)]
mod tests;
