//! The one error of the library: a kind to branch on, a sentence, a hint and a cause.

use std::fmt;

/// What to branch on. Decides the exit code of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The words of a command are wrong: an unusable URL, a name that does not exist.
    Usage,
    /// The configuration is wrong.
    Config,
    /// The archive cannot be used: missing, locked, of a newer version, read-only, damaged.
    Archive,
    /// The disk is full or fails, or less is free than the disk guard asks for.
    Disk,
    /// Verification found something wrong.
    Verify,
    /// The operator stopped the work.
    Interrupted,
    /// Reading or writing a file failed.
    Io,
    /// A fault of keepfast itself.
    Internal,
}

/// An error with a sentence for people and, where there is one, a hint what to do.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of what may fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A new error; `message` is one sentence that names the place (file, line, URL, row).
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, cause: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the error behind it.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// What to branch on.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The sentence, without the cause.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do next, if that is known.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(cause) = &self.cause {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// EIO of every Unix: the device itself failed.
const DEVICE_FAILED: i32 = 5;

/// Names the place of an I/O error and keeps a disk that is full or fails apart, because the run has to stop on it.
pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Error {
    let what = what.into();
    move |cause| {
        let kind = match cause.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge => {
                ErrorKind::Disk
            }
            _ if cause.raw_os_error() == Some(DEVICE_FAILED) => ErrorKind::Disk,
            _ => ErrorKind::Io,
        };
        Error::new(kind, what).because(cause)
    }
}
