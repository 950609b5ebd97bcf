//! Plain text.

use super::charset;
use super::dom::{fold, push_folded};
use super::{Input, language};
use crate::model::{Block, Document, Kind, Warning, WarningCode};

/// At most so much of a text is read.
const MAX_TEXT: usize = 8 << 20;

/// Paragraphs of a plain text; the first line is its title if it is short.
pub(super) fn read(input: &Input<'_>) -> Document {
    let mut document = Document::empty();
    let body = &input.body[..input.body.len().min(MAX_TEXT)];
    if body.len() < input.body.len() {
        document
            .warnings
            .push(Warning { code: WarningCode::Size, detail: "only the first 8 MiB were read".to_owned() });
    }
    let decoded = charset::text(body, input.content_type, input.url.host_str());
    document.warnings.extend(decoded.warning);
    document.charset = Some(decoded.charset);
    let mut paragraph = String::new();
    for line in decoded.text.lines().chain(std::iter::once("")) {
        if line.trim().is_empty() {
            let text = paragraph.trim();
            if !text.is_empty() {
                document.blocks.push(Block::Paragraph { text: text.to_owned() });
            }
            paragraph.clear();
            continue;
        }
        if !paragraph.is_empty() {
            paragraph.push('\n');
        }
        push_folded(&mut paragraph, line.trim(), usize::MAX);
    }
    if let Some(Block::Paragraph { text }) = document.blocks.first()
        && document.blocks.len() > 1
        && text.len() < 160
        && !text.contains('\n')
    {
        document.title = Some(fold(text));
    }
    document.kind = Kind::Other;
    document.language = language::guessed(&document).or_else(|| Some("und".to_owned()));
    document
}
