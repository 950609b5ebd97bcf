//! Values of settings: how they are written, read and shown.

use std::fmt;
use std::time::Duration;

use toml::de::DeValue;

use crate::model::Cadence;
pub use crate::model::duration::{duration, parse_duration};

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Text without control characters.
    Text,
    /// A list of texts.
    List,
    /// `true` or `false`.
    Bool,
    /// A whole number between two bounds.
    Whole(u64, u64),
    /// A number between zero and a bound.
    Number(f64),
    /// A size in octets between two bounds.
    Size(u64, u64),
    /// A duration between two bounds in milliseconds.
    Duration(u64, u64),
    /// The same, or never.
    Lapse(u64, u64),
    /// When something is looked at.
    Cadence,
    /// One of these names.
    OneOf(&'static [&'static str]),
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text, or one of a list of names.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Whole(u64),
    /// A number.
    Number(f64),
    /// Octets.
    Size(u64),
    /// A duration.
    Duration(Duration),
    /// No duration is long enough.
    Never,
    /// When something is looked at.
    Cadence(Cadence),
}

/// Longest text of a setting, in characters.
const MAX_TEXT: usize = 4096;
/// Longest list of a setting.
const MAX_LIST: usize = 1024;

impl Shape {
    /// What the key takes, in words.
    pub fn words(self) -> String {
        match self {
            Self::Text => "a text in quotes".into(),
            Self::List => "a list of texts, like [\"a\", \"b\"]".into(),
            Self::Bool => "true or false".into(),
            Self::Whole(low, high) => format!("a whole number from {low} to {high}"),
            Self::Number(high) => format!("a number from 0 to {high}"),
            Self::Size(low, high) => format!("a size like \"16 MiB\", from {} to {}", size(low), size(high)),
            Self::Duration(low, high) => {
                let words = |ms| duration(Duration::from_millis(ms));
                format!("a duration like \"10s\" or \"6h\", from {} to {}", words(low), words(high))
            }
            Self::Lapse(low, high) => format!("{}, or \"never\"", Self::Duration(low, high).words()),
            Self::Cadence => "\"adaptive\", an interval like \"6h\", or five fields of cron and a time zone like \"30 7 * * 1-5 Europe/Berlin\"".into(),
            Self::OneOf(names) => names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(" or "),
        }
    }

    /// Reads a value of the file.
    pub fn read_toml(self, value: &DeValue<'_>) -> Result<Value, String> {
        match (self, value) {
            (Self::List, DeValue::Array(items)) => {
                let texts = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
                self.check(Value::List(texts.collect::<Option<_>>().ok_or_else(|| self.unfit())?))
            }
            (Self::Bool, DeValue::Boolean(yes)) => Ok(Value::Bool(*yes)),
            (Self::Whole(..) | Self::Number(_) | Self::Size(..), DeValue::Integer(number)) => {
                let digits = number.as_str().replace('_', "");
                let value = i128::from_str_radix(&digits, number.radix()).map_err(|_| self.unfit())?;
                self.read_text(&value.to_string())
            }
            (Self::Number(_), DeValue::Float(number)) => self.read_text(&number.as_str().replace('_', "")),
            (
                Self::Text | Self::OneOf(_) | Self::Size(..) | Self::Duration(..) | Self::Lapse(..) | Self::Cadence,
                DeValue::String(text),
            ) => self.read_text(text),
            _ => Err(self.unfit()),
        }
    }

    /// Reads a value as it is kept with a watch.
    pub fn read_json(self, value: &serde_json::Value) -> Result<Value, String> {
        use serde_json::Value as Json;
        match (self, value) {
            (Self::List, Json::Array(items)) => {
                let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
                self.check(Value::List(texts.collect::<Option<_>>().ok_or_else(|| self.unfit())?))
            }
            (Self::Bool, Json::Bool(yes)) => Ok(Value::Bool(*yes)),
            (Self::Whole(..) | Self::Number(_) | Self::Size(..), Json::Number(number)) => {
                self.read_text(&number.to_string())
            }
            (_, Json::String(text)) => self.read_text(text),
            _ => Err(self.unfit()),
        }
    }

    /// Reads a value as it is typed on the command line or set in the environment.
    pub fn read_text(self, text: &str) -> Result<Value, String> {
        let unfit = || self.unfit();
        let value = match self {
            Self::Text => Value::Text(text.to_owned()),
            Self::List => {
                Value::List(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
            }
            Self::Bool => Value::Bool(text.trim().parse().map_err(|_| unfit())?),
            Self::Whole(..) => Value::Whole(text.trim().parse().map_err(|_| unfit())?),
            Self::Number(_) => Value::Number(text.trim().parse().map_err(|_| unfit())?),
            Self::Size(..) => Value::Size(parse_size(text).ok_or_else(unfit)?),
            Self::Lapse(..) if text.trim() == "never" => Value::Never,
            Self::Duration(..) | Self::Lapse(..) => Value::Duration(parse_duration(text).ok_or_else(unfit)?),
            Self::Cadence => return text.parse().map(Value::Cadence),
            Self::OneOf(_) => Value::Text(text.trim().to_owned()),
        };
        self.check(value)
    }

    fn check(self, value: Value) -> Result<Value, String> {
        let good = match (self, &value) {
            (Self::Text, Value::Text(text)) => sound(text),
            (Self::List, Value::List(items)) => items.len() <= MAX_LIST && items.iter().all(|item| sound(item)),
            (Self::Whole(low, high), Value::Whole(n)) | (Self::Size(low, high), Value::Size(n)) => {
                (low..=high).contains(n)
            }
            (Self::Number(high), Value::Number(n)) => (0.0..=high).contains(n),
            (Self::Duration(low, high) | Self::Lapse(low, high), Value::Duration(d)) => {
                (Duration::from_millis(low)..=Duration::from_millis(high)).contains(d)
            }
            (Self::OneOf(names), Value::Text(text)) => names.contains(&text.as_str()),
            (Self::Bool, Value::Bool(_)) | (Self::Cadence, Value::Cadence(_)) | (Self::Lapse(..), Value::Never) => true,
            _ => false,
        };
        if good { Ok(value) } else { Err(self.unfit()) }
    }

    fn unfit(self) -> String {
        match self {
            Self::Text => {
                "takes a text in quotes, without control characters and not longer than 4,096 characters".into()
            }
            _ => format!("takes {}", self.words()),
        }
    }
}

/// Text that may stand in a header, a path or a log.
fn sound(text: &str) -> bool {
    !text.chars().any(char::is_control) && text.chars().nth(MAX_TEXT).is_none()
}

impl Value {
    /// The value for JSON, as it is kept with a watch: sizes and durations as they are written.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::List(items) => items.as_slice().into(),
            Self::Bool(yes) => (*yes).into(),
            Self::Whole(n) => (*n).into(),
            Self::Number(n) => (*n).into(),
            Self::Size(_) | Self::Duration(_) | Self::Never | Self::Cadence(_) => self.to_string().into(),
        }
    }
}

impl fmt::Display for Value {
    /// As it may be written after `--set key=`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::List(items) => f.write_str(&items.join(", ")),
            Self::Bool(yes) => yes.fmt(f),
            Self::Whole(n) => n.fmt(f),
            Self::Number(n) => n.fmt(f),
            Self::Size(octets) => f.write_str(&size(*octets)),
            Self::Duration(length) => f.write_str(&duration(*length)),
            Self::Never => f.write_str("never"),
            Self::Cadence(cadence) => cadence.fmt(f),
        }
    }
}

const SIZES: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// Writes a size exactly, in the largest binary unit that divides it.
pub fn size(octets: u64) -> String {
    for (unit, factor) in &SIZES[..4] {
        if octets >= *factor && octets.is_multiple_of(*factor) {
            return format!("{} {unit}", octets / factor);
        }
    }
    format!("{octets} B")
}

/// Reads `16 MiB`, `1.5 GB`, `100`.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len()));
    let unit = unit.trim();
    let factor = if unit.is_empty() { 1 } else { SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?.1 };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor);
    }
    let value = number.parse::<f64>().ok()? * factor as f64;
    // Above 2^53 a fraction of an octet cannot be told from a whole one; nobody writes such a size with a point.
    (value.fract() == 0.0 || factor > 1).then_some(()).filter(|()| (0.0..9e15).contains(&value))?;
    Some(value as u64)
}
