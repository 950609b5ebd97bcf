//! What a result says: title, names, and the words in their place.

use super::index;
use super::page::{Block, Page};
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
            self.in_comments(hit.snapshot.0, reading, finder, &mut best)?;
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

    fn in_comments(
        &self,
        snapshot: i64,
        document: i64,
        finder: &mut Finder<'_>,
        best: &mut Best,
    ) -> rusqlite::Result<()> {
        if index::has_pages(&self.db, snapshot)? {
            for (n, comment) in index::whole_thread(&self.db, snapshot, document)?.into_iter().enumerate() {
                let of = OfComment {
                    number: u32::try_from(n).unwrap_or(u32::MAX).saturating_add(1),
                    author: comment.author,
                    time: comment.time.map(|time| time.raw),
                    permalink: comment.permalink,
                };
                if best.take_comment(finder, &comment.text, of) {
                    break;
                }
            }
            return Ok(());
        }
        let mut select = self.db.prepare_cached(
            "SELECT seq, author, time_raw, permalink, text FROM comment WHERE document = ?1 ORDER BY seq",
        )?;
        let mut rows = select.query([document])?;
        while let Some(row) = rows.next()? {
            let of = OfComment {
                number: row.get::<_, u32>(0)?.saturating_add(1),
                author: row.get(1)?,
                time: row.get(2)?,
                permalink: row.get(3)?,
            };
            if best.take_comment(finder, row.get_ref(4)?.as_str()?, of) {
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

    /// Takes a comment if it, or its author's name, is better; true: none can be better.
    fn take_comment(&mut self, finder: &mut Finder<'_>, text: &str, of: OfComment) -> bool {
        let by_name = of.author.as_deref().map(|author| finder.find(author, Part::Author)).unwrap_or_default();
        let before = self.places.clauses;
        let mut whole = self.take(finder, text, Part::Comment, Met::Comment);
        if self.places.clauses.count_ones() < by_name.clauses.count_ones() {
            // The words are in the name alone.
            self.places = Places { at: Vec::new(), clauses: by_name.clauses };
            self.text = text.to_owned();
            self.met = Some(Met::Comment);
            whole = self.is_whole(finder);
        }
        if self.places.clauses != before {
            self.comment = Some(of);
        }
        whole
    }
}

/// Octets to characters.
fn in_characters(text: &str, places: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let count = |to: usize| text.get(..to).map_or(0, |before| before.chars().count());
    places.iter().map(|(from, to)| (count(*from), count(*to))).collect()
}
