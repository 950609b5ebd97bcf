//! From columns to values.

use jiff::Timestamp;

use crate::model::Digest;

/// Milliseconds since 1970; what is out of range becomes the nearest end.
pub(super) fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// 32 octets.
pub(super) fn digest(bytes: [u8; 32]) -> Digest {
    Digest(bytes)
}

/// A name of a closed list; an error names the column, because a row that holds another word is damaged.
pub(super) fn named<T>(column: &'static str, text: &str, parse: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    parse(text).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(
            0,
            rusqlite::types::Type::Text,
            format!("{column} holds {text:?}, which is none of its names").into(),
        )
    })
}

/// The same for a column that may be NULL.
pub(super) fn named_opt<T>(
    column: &'static str,
    text: Option<String>,
    parse: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<Option<T>> {
    text.map(|text| named(column, &text, parse)).transpose()
}
