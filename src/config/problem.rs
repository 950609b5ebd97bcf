//! What is wrong with a configuration, with its place; all of it is told at once.

use crate::error::{Error, ErrorKind};

/// Problems told in full; of more only the number is given.
const MAX_TOLD: usize = 50;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `keepfast.toml:12:3`, the name of a variable of the environment, or `--set …`.
    pub place: String,
    /// What is wrong, with the key's full path.
    pub message: String,
}

/// Collects problems and turns them into one error.
#[derive(Debug, Default)]
pub struct Problems {
    list: Vec<(usize, Problem)>,
    more: usize,
}

impl Problems {
    /// Adds one; `order` sorts those of one file by their place in it.
    pub fn add(&mut self, order: usize, place: impl Into<String>, message: impl Into<String>) {
        if self.list.len() < MAX_TOLD {
            self.list.push((order, Problem { place: place.into(), message: message.into() }));
        } else {
            self.more += 1;
        }
    }

    /// The error that tells them all; nothing if there are none.
    pub fn into_result(mut self) -> Result<(), Error> {
        self.list.sort_by_key(|(order, _)| *order);
        let count = self.list.len() + self.more;
        let mut lines: Vec<String> =
            self.list.iter().map(|(_, problem)| format!("{}: {}", problem.place, problem.message)).collect();
        if self.more > 0 {
            lines.push(format!("and {} more", self.more));
        }
        let message = match lines.as_slice() {
            [] => return Ok(()),
            [only] => only.clone(),
            _ => format!("{count} things are wrong with the configuration:\n  {}", lines.join("\n  ")),
        };
        Err(Error::new(ErrorKind::Config, message)
            .hint("`keepfast config show --defaults` prints every key with its default"))
    }
}

/// Line and column (both from 1, the column in characters) of an offset.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.bytes().filter(|b| *b == b'\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Adds "did you mean …?" if a near name is known.
pub fn did_you_mean(message: String, near: Option<&str>) -> String {
    match near {
        Some(name) => format!("{message}; did you mean {name}?"),
        None => message,
    }
}
