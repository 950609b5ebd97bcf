//! How the process ends: a documented table of exit codes.

use crate::error::ErrorKind;

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All that was asked for was done; every capture was kept.
    AllKept = 0,
    /// The work was done, but not every capture was kept, or not every page read again.
    SomeNotKept = 1,
    /// The words of the command are wrong.
    Usage = 2,
    /// The configuration is wrong.
    Config = 3,
    /// The archive cannot be used.
    Archive = 4,
    /// The disk is full or fails, or the disk guard stopped the work.
    Disk = 5,
    /// Verification found something wrong.
    Verify = 6,
    /// Reading or writing a file failed, or keepfast itself did.
    Failed = 7,
    /// The operator stopped the work.
    Interrupted = 130,
}

impl Exit {
    /// Every ending, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::AllKept,
        Self::SomeNotKept,
        Self::Usage,
        Self::Config,
        Self::Archive,
        Self::Disk,
        Self::Verify,
        Self::Failed,
        Self::Interrupted,
    ];

    /// The code.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What it means, in a few words.
    pub fn about(self) -> &'static str {
        match self {
            Self::AllKept => "done; all kept",
            Self::SomeNotKept => "done, but some captures were not kept, or some pages not read again",
            Self::Usage => "the words of the command are wrong",
            Self::Config => "the configuration is wrong",
            Self::Archive => "the archive cannot be used",
            Self::Disk => "the disk is full or fails, or the disk guard stopped the run",
            Self::Verify => "verification found damage",
            Self::Failed => "a file could not be read or written, or keepfast failed",
            Self::Interrupted => "interrupted; what was reported as kept is kept",
        }
    }
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Usage => Self::Usage,
            ErrorKind::Config => Self::Config,
            ErrorKind::Archive => Self::Archive,
            ErrorKind::Disk => Self::Disk,
            ErrorKind::Verify => Self::Verify,
            ErrorKind::Interrupted => Self::Interrupted,
            ErrorKind::Io | ErrorKind::Internal => Self::Failed,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The table at the end of `keepfast --help`; a test holds it to [`Exit::ALL`].
pub const HELP: &str = "\
Exit codes:
    0  done; all kept
    1  done, but some captures were not kept, or some pages not read again
    2  the words of the command are wrong
    3  the configuration is wrong
    4  the archive cannot be used
    5  the disk is full or fails, or the disk guard stopped the run
    6  verification found damage
    7  a file could not be read or written, or keepfast failed
  130  interrupted; what was reported as kept is kept";
