//! Completion scripts and manual pages, made from the definition of the command line.

use std::io::{self, Write};

use clap::CommandFactory;

use super::args::Cli;

/// Writes a completion script.
pub fn completions(shell: clap_complete::Shell, out: &mut dyn Write) -> io::Result<()> {
    // Into memory first: the generator panics when a write fails, as on a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "keepfast", &mut script);
    out.write_all(&script)
}

/// Writes the manual page of `keepfast` itself.
pub fn manual(out: &mut dyn Write) -> io::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(built()).render(&mut page)?;
    out.write_all(&page)
}

/// The manual pages of all commands: file name and text.
pub fn manuals() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut pages = Vec::new();
    let mut open = vec![("keepfast".to_owned(), built())];
    while let Some((name, command)) = open.pop() {
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            open.push((format!("{name}-{}", inner.get_name()), inner.clone()));
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command).title(name.to_uppercase()).render(&mut page)?;
        pages.push((format!("{name}.1"), page));
    }
    pages.sort();
    Ok(pages)
}

fn built() -> clap::Command {
    let mut command = Cli::command();
    command.build();
    command
}
