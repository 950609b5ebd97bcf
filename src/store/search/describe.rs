//! What a result says: title, names, and the words in their place.

use super::index::{self, Block, Page};
use super::query::Part;
use super::result::{Hit, Met, OfComment};
use super::snippet::{Finder, Places, window};
use crate::store::reader::Reader;
use crate::store::rows::timestamp;

impl Reader {
    /// What the version says: title, names, and the words in their place.
    pub(super) fn describe(&self, hit: &mut Hit, document: i64, finder: &mut Finder<'_>) -> rusqlite::Result<()> {
        let Some((reading, json)) = index::newest_reading(&self.db, document)? else { return Ok(()) };
        let page: Page = serde_json::from_str(&json).unwrap_or_default();
        hit.published = self
            .db
            .prepare_cached("SELECT published_at FROM document WHERE id = ?1")?
            .query_row([reading], |row| row.get::<_, Option<i64>>(0))?
            .map(timestamp);
        let mut best = Best::default();
        if let Some(title) = &page.title {
            hit.title_marks = in_characters(title, &finder.find(title, Part::Title).at);
        }
        for text in page.blocks.iter().flat_map(Block::texts) {
            if best.take(finder, text, Part::Text, Met::Text) {
                break;
            }
        }
        if !best.is_whole(finder) {
            self.in_comments(reading, finder, &mut best)?;
        }
        for (part, met, texts) in [
            (Part::Author, Met::Author, page.names().collect::<Vec<_>>()),
            (Part::Any, Met::Around, page.around().collect()),
        ] {
            for text in texts {
                if best.is_whole(finder) || best.take(finder, text, part, met) {
                    break;
                }
            }
        }
        if best.places.at.is_empty() {
            // Only the title has them: the text begins like this.
            best.text = page.blocks.iter().flat_map(Block::texts).next().unwrap_or_default().to_owned();
        }
        hit.snippet = window(&best.text, &best.places.at);
        hit.part = best.met.unwrap_or(Met::Title);
        hit.comment = best.comment;
        hit.title = page.title;
        hit.authors = page.authors;
        hit.site = page.site;
        Ok(())
    }

    fn in_comments(&self, document: i64, finder: &mut Finder<'_>, best: &mut Best) -> rusqlite::Result<()> {
        let mut select = self.db.prepare_cached(
            "SELECT seq, author, time_raw, permalink, text FROM comment WHERE document = ?1 ORDER BY seq",
        )?;
        let mut rows = select.query([document])?;
        while let Some(row) = rows.next()? {
            let text = row.get_ref(4)?.as_str()?;
            let author = row.get_ref(1)?.as_str_or_null()?;
            let by_name = author.map(|author| finder.find(author, Part::Author)).unwrap_or_default();
            let before = best.places.clauses;
            let mut whole = best.take(finder, text, Part::Comment, Met::Comment);
            if best.places.clauses.count_ones() < by_name.clauses.count_ones() {
                // The words are in the name alone.
                best.places = Places { at: Vec::new(), clauses: by_name.clauses };
                best.text = text.to_owned();
                best.met = Some(Met::Comment);
                whole = best.is_whole(finder);
            }
            if best.places.clauses != before {
                best.comment = Some(OfComment {
                    number: row.get::<_, u32>(0)?.saturating_add(1),
                    author: author.map(str::to_owned),
                    time: row.get(2)?,
                    permalink: row.get(3)?,
                });
            }
            if whole {
                break;
            }
        }
        Ok(())
    }
}

/// The piece that has most of the words.
#[derive(Default)]
struct Best {
    text: String,
    places: Places,
    met: Option<Met>,
    comment: Option<OfComment>,
}

impl Best {
    fn is_whole(&self, finder: &Finder<'_>) -> bool {
        self.places.clauses == finder.all
    }

    /// Takes a piece if it is better; true: none can be better.
    fn take(&mut self, finder: &mut Finder<'_>, text: &str, part: Part, met: Met) -> bool {
        let places = finder.find(text, part);
        if places.clauses.count_ones() > self.places.clauses.count_ones() {
            *self = Self { text: text.to_owned(), places, met: Some(met), comment: None };
        }
        self.is_whole(finder)
    }
}

/// Octets to characters.
fn in_characters(text: &str, places: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let count = |to: usize| text.get(..to).map_or(0, |before| before.chars().count());
    places.iter().map(|(from, to)| (count(*from), count(*to))).collect()
}
