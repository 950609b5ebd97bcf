//! Tables with a header: exports of bookmark services, and the sheets that newsrooms keep for auto-archiver
//! (columns `Link`, `Archive status`, …). Rows that were archived elsewhere are taken as well.

use super::running::find_urls;
use super::{Collector, LineAt, quote};

const URL: [&str; 11] =
    ["url", "link", "links", "address", "href", "uri", "source url", "source", "page", "xmlurl", "seed"];
const TAGS: [&str; 6] = ["tags", "tag", "labels", "label", "folder", "category"];
const NOTE: [&str; 8] = ["note", "notes", "title", "name", "description", "comment", "comments", "excerpt"];

/// The first line is a header with a column for URLs.
pub(super) fn looks_like_one(head: &str) -> bool {
    let Some(line) = head.lines().next() else { return false };
    let line = line.trim_start_matches('\u{feff}');
    let delimiter = char::from(delimiter(line));
    line.contains(delimiter) && line.split(delimiter).any(|name| URL.contains(&fold(name).as_str()))
}

/// The delimiter that the first line uses most.
fn delimiter(line: &str) -> u8 {
    [b',', b';', b'\t'].into_iter().max_by_key(|d| line.bytes().filter(|b| b == d).count()).unwrap_or(b',')
}

fn fold(name: &str) -> String {
    name.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\u{feff}').to_lowercase()
}

pub(super) fn read(text: &str, into: &mut Collector<'_>) {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(first))
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut line_at = LineAt::new(text);
    // A row's position is that of the line end before it.
    let mut line_of = |at: Option<&csv::Position>| {
        let offset = at.map_or(0, |at| usize::try_from(at.byte()).unwrap_or(usize::MAX)).min(text.len());
        let skip = text.as_bytes()[offset..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        line_at.of(offset + skip)
    };
    let mut columns: Option<Columns> = None;
    for row in reader.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                into.junk(line_of(error.position()), "this row cannot be read");
                continue;
            }
        };
        let line = line_of(row.position());
        let Some(columns) = &columns else {
            let found = Columns::of(&row);
            if found.url.is_none() && !row.iter().any(|cell| !find_urls(cell).is_empty()) {
                into.junk(line, "the header names no column url or link; the first URL of each row is taken");
            } else if found.url.is_none() {
                found.take(&row, line, into);
            }
            columns = Some(found);
            continue;
        };
        columns.take(&row, line, into);
    }
}

#[derive(Default)]
struct Columns {
    url: Option<usize>,
    tags: Vec<usize>,
    note: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Self {
        let names: Vec<String> = header.iter().map(fold).collect();
        // The order of the list of names decides, not that of the columns: `url` before `source`.
        let first = |wanted: &[&str]| wanted.iter().find_map(|want| names.iter().position(|name| name == want));
        let url = first(&URL);
        match url {
            None => Self::default(),
            Some(_) => Self {
                url,
                tags: (0..names.len()).filter(|n| TAGS.contains(&names[*n].as_str())).collect(),
                note: first(&NOTE),
            },
        }
    }

    fn take(&self, row: &csv::StringRecord, line: usize, into: &mut Collector<'_>) {
        let cell = |n: usize| row.get(n).unwrap_or_default();
        let tags: Vec<String> =
            self.tags.iter().flat_map(|n| cell(*n).split([',', ';', '|'])).map(|tag| tag.trim().to_owned()).collect();
        let note = self.note.map(|n| cell(n).to_owned());
        let found: Vec<&str> = match self.url {
            Some(n) => find_urls(cell(n)).into_iter().map(|range| &cell(n)[range]).collect(),
            None => row
                .iter()
                .find_map(|cell| find_urls(cell).into_iter().next().map(|range| &cell[range]))
                .into_iter()
                .collect(),
        };
        if found.is_empty() && !row.iter().all(|cell| cell.trim().is_empty()) {
            let said = self.url.map_or_else(String::new, |n| quote(cell(n)));
            into.junk(line, format!("no http or https URL in this row: {said}"));
        }
        for url in found {
            into.url(line, url, tags.clone(), note.clone());
        }
    }
}
