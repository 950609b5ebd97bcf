//! What is there is documented, and what is documented is there.

use std::fs;
use std::path::Path;

use clap::CommandFactory as _;
use keepfast::cli::args::Cli;
use keepfast::cli::exit::Exit;
use keepfast::config::Config;
use keepfast::model::post::{PostKind, PostMediaState, PostState, RelationKind, RelationState};
use keepfast::model::{
    DeliveryState, DueEnd, EventKind, Flag, Hop, Manner, Outcome, PageRule, Presence, RequisiteState, Robots,
    Shortfall, Side, SkipReason, Source, Thing, Truncation, WatchState,
};

use crate::world::World;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Text has this between back quotes, on a line of its own meaning or in a list of them.
fn quotes(text: &str, word: &str) -> bool {
    let mut parts = text.split('`').skip(1).step_by(2);
    parts.any(|quoted| quoted.split([' ', ',', '|', '\\', '=']).any(|one| one == word))
}

fn walk(command: &clap::Command, path: &str, visit: &mut dyn FnMut(&clap::Command, &str)) {
    visit(command, path);
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        walk(sub, format!("{path} {}", sub.get_name()).trim_start(), visit);
    }
}

#[test]
fn every_command_and_flag_stands_in_the_readme_and_has_help() {
    let readme = read("README.md");
    let mut wrong = Vec::new();
    walk(&Cli::command(), "", &mut |command, path| {
        if command.get_about().is_none() {
            wrong.push(format!("{path} says not what it does"));
        }
        let name = path.split(' ').next_back().unwrap_or_default();
        if !name.is_empty() && !quotes(&readme, name) {
            wrong.push(format!("README.md does not name the command {path}"));
        }
        for argument in command.get_arguments() {
            if argument.get_help().is_none() && argument.get_id() != "help" && argument.get_id() != "version" {
                wrong.push(format!("{path}: {} has no help", argument.get_id()));
            }
            if let Some(long) = argument.get_long()
                && !quotes(&readme, &format!("--{long}"))
            {
                wrong.push(format!("README.md does not name --{long} of {path}"));
            }
            if let Some(short) = argument.get_short()
                && !readme.contains(&format!("`-{short}`"))
                && !matches!(short, 'h' | 'V' | 't' | 'o' | 'f')
            {
                wrong.push(format!("README.md does not name -{short} of {path}"));
            }
        }
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_command_prints_its_help() {
    let world = World::new();
    let mut paths = Vec::new();
    walk(&Cli::command(), "", &mut |_, path| paths.push(path.to_owned()));
    assert!(paths.len() > 20, "{paths:?}");
    for path in paths {
        let words: Vec<&str> = path.split_whitespace().chain(["--help"]).collect();
        let said = world.keepfast(&words).well();
        assert!(said.out.contains("Usage: keepfast"), "{path}: {}", said.out);
        let is_leaf = !path.is_empty() && path != "config";
        assert!(!is_leaf || path.starts_with("config ") || said.out.contains("Example"), "{path} shows no example");
    }
}

#[test]
fn every_key_stands_in_the_configuration_file_with_its_default() {
    let file = read("config/keepfast.toml");
    let mut section = String::new();
    let mut found = Vec::new();
    let lines: Vec<&str> = file.lines().collect();
    for (n, line) in lines.iter().enumerate() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_owned();
        } else if let Some((key, _)) = line.split_once(" = ")
            && !line.starts_with('#')
        {
            found.push(format!("{section}.{key}"));
            assert!(lines[n - 1].starts_with("# "), "{section}.{key} is not explained");
        }
    }
    let plain = Config::load(None, &[], &[]).unwrap();
    let keys: Vec<String> = plain.resolved(None).into_iter().map(|line| line.key).collect();
    assert_eq!(found, keys, "the file names the keys, all of them, in their order");
    // Read as a configuration, it changes nothing.
    let read = Config::load(Some((Path::new("keepfast.toml"), &file)), &[], &[]).unwrap();
    for (a, b) in plain.resolved(None).iter().zip(read.resolved(None).iter()) {
        assert_eq!((&a.key, &a.value), (&b.key, &b.value));
    }
    let world = World::new();
    assert_eq!(world.keepfast(&["config", "show", "--defaults"]).well().out, file);
}

#[test]
fn every_exit_code_is_documented() {
    let readme = read("README.md");
    for exit in Exit::ALL {
        let row = format!("| {} | {}", exit.code(), exit.about().split(':').next().unwrap_or_default());
        assert!(readme.contains(&row), "README.md has no row {row:?}");
        assert!(keepfast::cli::exit::HELP.contains(exit.about()), "--help does not say {}", exit.about());
    }
}

#[test]
fn every_name_of_a_closed_list_is_documented() {
    let (readme, schema) = (read("README.md"), read("docs/SCHEMA.md"));
    for outcome in Outcome::ALL {
        assert!(quotes(&readme, outcome.as_str()), "README.md does not name {outcome}");
        let row = format!("| `{outcome}` | {} |", outcome.about());
        assert!(schema.contains(&row), "docs/SCHEMA.md has no row {row:?}");
    }
    for flag in Flag::ALL {
        let row = format!("| `{flag}` | {} |", flag.about());
        assert!(schema.contains(&row), "docs/SCHEMA.md has no row {row:?}");
    }
    let meanings = PageRule::ALL.iter().map(|x| (x.as_str(), x.about()));
    let meanings = meanings.chain(Shortfall::ALL.iter().map(|x| (x.as_str(), x.about())));
    let meanings = meanings.chain(DueEnd::ALL.iter().map(|x| (x.as_str(), x.about())));
    let meanings = meanings.chain(Presence::ALL.iter().map(|x| (x.as_str(), x.about())));
    let meanings = meanings.chain(Manner::ALL.iter().map(|x| (x.as_str(), x.about())));
    let meanings = meanings.chain(Thing::ALL.iter().map(|x| (x.as_str(), x.about())));
    let meanings = meanings.chain(PostKind::ALL.iter().map(|x| (x.as_str(), x.about())));
    let meanings = meanings.chain(PostState::ALL.iter().map(|x| (x.as_str(), x.about())));
    let meanings = meanings.chain(RelationKind::ALL.iter().map(|x| (x.as_str(), x.about())));
    let meanings = meanings.chain(EventKind::ALL.iter().map(|x| (x.as_str(), x.about())));
    let meanings = meanings.chain(DeliveryState::ALL.iter().map(|x| (x.as_str(), x.about())));
    for (name, about) in meanings.chain(SkipReason::ALL.iter().map(|x| (x.as_str(), x.about()))) {
        assert!(schema.contains(&format!("| `{name}` | {about} |")), "docs/SCHEMA.md has no row for {name}");
    }
    let names = [
        Side::ALL.iter().map(|x| x.as_str()).collect::<Vec<_>>(),
        Source::ALL.iter().map(|x| x.as_str()).collect(),
        WatchState::ALL.iter().map(|x| x.as_str()).collect(),
        Robots::ALL.iter().map(|x| x.as_str()).collect(),
        Hop::ALL.iter().map(|x| x.as_str()).collect(),
        Truncation::ALL.iter().map(|x| x.as_str()).collect(),
        RequisiteState::ALL.iter().map(|x| x.as_str()).collect(),
        RelationState::ALL.iter().map(|x| x.as_str()).collect(),
        PostMediaState::ALL.iter().map(|x| x.as_str()).collect(),
    ];
    for name in names.concat() {
        assert!(quotes(&schema, name), "docs/SCHEMA.md does not name {name}");
    }
}

#[test]
fn every_table_and_column_is_documented() {
    let world = World::new();
    world.keepfast(&["init"]).well();
    let catalogue = read("docs/SCHEMA.md");
    let at = catalogue.find("## The catalogue").unwrap();
    let catalogue = &catalogue[at..];
    let db = world.catalog();
    let mut tables =
        db.prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_%'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(tables.len() >= 15, "{tables:?}");
    for table in tables {
        let head = format!("### `{table}`");
        let start = catalogue.find(&head).unwrap_or_else(|| panic!("docs/SCHEMA.md does not name the table {table}"));
        let text = &catalogue[start + head.len()..];
        let text = &text[..text.find("\n#").unwrap_or(text.len())];
        let columns =
            world.column(&format!("SELECT name FROM pragma_table_xinfo('{table}') WHERE hidden IN (0, 2, 3)"));
        for column in columns {
            assert!(quotes(text, &column), "docs/SCHEMA.md does not name {table}.{column}");
        }
    }
}

#[test]
fn every_member_of_the_leaf_is_documented() {
    let (schema, seal) = (read("docs/SCHEMA.md"), read("src/seal/mod.rs"));
    let part = &schema[schema.find("## The leaf of a snapshot").unwrap()..];
    let structs =
        ["pub struct Leaf {", "pub struct LeafDocument {", "pub struct LeafPage {", "pub struct LeafExchange {"];
    for begin in structs {
        let body = &seal[seal.find(begin).unwrap()..];
        let body = &body[..body.find("\n}").unwrap()];
        for line in body.lines().filter_map(|line| line.trim().strip_prefix("pub ")) {
            if let Some((name, _)) = line.split_once(':') {
                assert!(quotes(part, name), "docs/SCHEMA.md does not name {name} of the leaf");
            }
        }
    }
}

#[test]
fn every_room_stands_on_the_map() {
    let map = read("docs/ARCHITECTURE.md");
    let lib = read("src/lib.rs");
    for room in lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')) {
        assert!(quotes(&map, room), "docs/ARCHITECTURE.md does not name {room}");
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    for name in ["README.md", "docs/ARCHITECTURE.md", "docs/SCHEMA.md", "CHANGELOG.md"] {
        let text = read(name);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split([')', '#']).next().unwrap();
            if !target.is_empty() && !target.contains("://") {
                assert!(folder.parent().unwrap().join(target).exists(), "{name} links to {target}");
            }
        }
    }
}
