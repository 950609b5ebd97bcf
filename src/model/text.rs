//! The plain text of a document.

use super::{Block, Document};

impl Document {
    /// The main text as plain text, blocks parted by an empty line.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.text_pieces(|piece| out.push_str(piece));
        out
    }

    /// The pieces of [`Document::text`] in order.
    pub fn text_pieces<'a>(&'a self, mut put: impl FnMut(&'a str)) {
        let empty = std::cell::Cell::new(true);
        let mut put = |piece: &'a str| {
            empty.set(empty.get() && piece.is_empty());
            put(piece);
        };
        for block in &self.blocks {
            if !empty.get() {
                put("\n\n");
            }
            match block {
                Block::Heading { text, .. }
                | Block::Paragraph { text }
                | Block::Quote { text }
                | Block::Code { text }
                | Block::Figure { caption: text, .. } => put(text),
                Block::List { items, .. } => {
                    for (i, item) in items.iter().enumerate() {
                        if i > 0 {
                            put("\n");
                        }
                        put(&item.text);
                    }
                }
                Block::Table { rows } => {
                    for (i, row) in rows.iter().enumerate() {
                        if i > 0 {
                            put("\n");
                        }
                        for (n, cell) in row.iter().enumerate() {
                            if n > 0 {
                                put("\t");
                            }
                            put(cell);
                        }
                    }
                }
            }
        }
    }
}
