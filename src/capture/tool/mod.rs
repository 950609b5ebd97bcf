//! An outside program that looks for the media of a page: yt-dlp, if the user has it and says so.
//!
//! It is a guest: a folder of its own, an empty environment, arguments that we choose, a time, a number of octets, and files of
//! some kinds only. Whatever it does, nothing of it fails the capture: what went wrong is told.

mod child;
mod kind;

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use url::Url;

use self::child::{Child, Limits};
use crate::model::{Digest, Maker, MediaKind};

/// What it is called in what is kept.
pub const NAME: &str = "yt-dlp";
/// Files that are taken of one page.
const FILES: usize = 20;
/// To say its version.
const VERSION: Duration = Duration::from_secs(60);
/// An executable is not longer.
const EXECUTABLE: u64 = 1 << 30;
/// Octets of a name.
const NAME_LENGTH: usize = 120;

/// Who is let in, and how.
#[derive(Clone, Debug)]
pub struct Tool<'a> {
    /// A name on PATH, or a path.
    pub program: &'a Path,
    /// It is given a folder below this one.
    pub spool: &'a Path,
    /// How it is to name itself.
    pub user_agent: &'a str,
    /// Whom it is to ask in place of the web; empty: nobody.
    pub proxy: &'a str,
}

/// What it is to bring.
#[derive(Clone, Debug)]
pub struct ToolAsk {
    /// The page.
    pub url: Url,
    /// How long it may take.
    pub time: Duration,
    /// Octets of one file.
    pub max_file: u64,
    /// Octets of all of them.
    pub max_all: u64,
}

/// A file that it brought.
#[derive(Debug)]
pub struct ToolFile {
    /// What it is called: ASCII letters, digits, `.`, `-`, `_`.
    pub name: String,
    /// Where it is, as long as [`Brought`] is.
    pub path: PathBuf,
    /// What it is.
    pub kind: MediaKind,
    /// Its media type.
    pub media_type: &'static str,
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Brought {
    /// Who it was; `None`: that could not be found out, and it did not run.
    pub maker: Option<Maker>,
    /// Its files, by name.
    pub files: Vec<ToolFile>,
    /// What of it was left out, and why.
    pub refused: Vec<String>,
    /// What went wrong.
    pub trouble: Option<String>,
    /// Keeps the folder.
    _folder: Option<child::Folder>,
}

impl Brought {
    fn not(why: impl Into<String>) -> Self {
        Self { trouble: Some(why.into()), ..Self::default() }
    }
}

impl Tool<'_> {
    /// Lets it look for the media of a page.
    pub async fn bring(&self, ask: &ToolAsk) -> Brought {
        let Some(program) = found(self.program) else {
            return Brought::not(format!("{NAME} is not there: {} is no program", self.program.display()));
        };
        let folder = match child::Folder::new(self.spool) {
            Ok(folder) => folder,
            Err(why) => return Brought::not(format!("there is no folder for {NAME}: {why}")),
        };
        let maker = match self.maker(&program, &folder).await {
            Ok(maker) => maker,
            Err(why) => return Brought::not(why),
        };
        let limits = Limits { until: Instant::now() + ask.time, bytes: ask.max_all };
        let ended =
            Child { program: &program, folder: &folder, proxy: self.proxy }.run(&self.arguments(ask), limits).await;
        let mut out = Brought { maker: Some(maker), ..Brought::default() };
        match ended {
            // What a program that was ended leaves behind may be half of something.
            Err(why) => out.trouble = Some(why),
            Ok(ended) => {
                out.trouble = ended.trouble;
                take(&folder, ask, &mut out);
                if out.files.is_empty() && out.refused.is_empty() && out.trouble.is_none() {
                    out.trouble = Some("it found nothing".into());
                }
            }
        }
        out._folder = Some(folder);
        out
    }

    /// Who it is: what it says of its version, and what its octets are.
    async fn maker(&self, program: &Path, folder: &child::Folder) -> Result<Maker, String> {
        let own = program.to_owned();
        let digest = tokio::task::spawn_blocking(move || digest(&own)).await.map_err(|why| why.to_string())?;
        let digest = digest.map_err(|why| format!("{} cannot be read: {why}", program.display()))?;
        let limits = Limits { until: Instant::now() + VERSION, bytes: 1 << 20 };
        let words = ["--ignore-config", "--version"].map(str::to_owned);
        let ended = Child { program, folder, proxy: self.proxy }.run(&words, limits).await?;
        match (ended.trouble, ended.said.split_whitespace().next()) {
            (None, Some(version)) => {
                let version = version.chars().filter(char::is_ascii_graphic).take(40).collect();
                Ok(Maker { name: NAME.to_owned(), version, digest })
            }
            (Some(why), _) => Err(format!("it does not say its version: {why}")),
            (None, None) => Err("it does not say its version".to_owned()),
        }
    }

    fn arguments(&self, ask: &ToolAsk) -> Vec<String> {
        let size = ask.max_file.to_string();
        let files = format!("1-{FILES}");
        let words = [
            "--ignore-config",
            "--no-cache-dir",
            "--no-playlist",
            "--playlist-items",
            &files,
            "--match-filters",
            "!is_live",
            "--no-progress",
            "--max-filesize",
            &size,
            "--restrict-filenames",
            "--write-info-json",
            "--no-write-playlist-metafiles",
            "--write-subs",
            "--no-mtime",
            "--user-agent",
            self.user_agent,
            "--output",
            "%(id).80s.%(ext)s",
            "--",
            ask.url.as_str(),
        ];
        words.map(str::to_owned).to_vec()
    }
}

/// The program: a path as it is, a name on PATH.
fn found(program: &Path) -> Option<PathBuf> {
    let is_program =
        |path: &PathBuf| path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
    if program.components().count() > 1 {
        return Some(program.to_owned()).filter(is_program).and_then(|path| path.canonicalize().ok());
    }
    let path = std::env::var_os("PATH")?;
    // What PATH has of relative folders is not meant for us.
    std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(program))
        .find(is_program)
}

fn digest(program: &Path) -> std::io::Result<Digest> {
    let mut file = std::fs::File::open(program)?.take(EXECUTABLE);
    let (mut hasher, mut chunk) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(Digest(hasher.finalize().into())),
            n => hasher.update(&chunk[..n]),
        }
    }
}

/// Takes what is whole, not too long, and what it says it is.
fn take(folder: &child::Folder, ask: &ToolAsk, out: &mut Brought) {
    let mut names: Vec<PathBuf> = folder.entries();
    names.sort();
    let mut left = ask.max_all;
    for path in names {
        let name = name(&path);
        let mut refuse = |why: &str| out.refused.push(format!("{name}: {why}"));
        // Nothing that only leads elsewhere.
        let Ok(meta) = path.symlink_metadata() else { continue };
        if !meta.is_file() {
            refuse("no file");
        } else if meta.len() == 0 {
            refuse("empty");
        } else if meta.len() > ask.max_file.min(left) {
            refuse("too long");
        } else if out.files.len() >= FILES * 2 {
            refuse("one too many");
        } else {
            let mut first = Vec::with_capacity(1024);
            let read = std::fs::File::open(&path).and_then(|file| file.take(1024).read_to_end(&mut first));
            match read.ok().and_then(|_| kind::of(&name, &first)) {
                Some((kind, media_type)) => {
                    left -= meta.len();
                    out.files.push(ToolFile { name, path, kind, media_type });
                }
                None => refuse("not a kind of file that is taken"),
            }
        }
    }
}

/// The name of a file, in letters that mean nothing anywhere.
fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain = name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' });
    let plain: Vec<char> = plain.collect();
    // What it ends with tells what it is.
    plain[plain.len().saturating_sub(NAME_LENGTH)..].iter().collect()
}

#[cfg(test)]
mod tests;
