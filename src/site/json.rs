//! JSON of platforms, asked by paths: what is not there, or of another type than it should be, is simply not there.

use serde_json::Value;

/// Longer bodies are not read.
const MAX_LEN: usize = 32 << 20;

/// Parses a body. What stands before the value (guards against scripts of others) is passed over.
pub(super) fn parse(body: &[u8]) -> Option<Value> {
    if body.len() > MAX_LEN {
        return None;
    }
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let text = text.strip_prefix(")]}'").or_else(|| text.strip_prefix("for (;;);")).unwrap_or(text);
    first(text)
}

/// The first value of a text; what follows it is not looked at.
pub(super) fn first(text: &str) -> Option<Value> {
    serde_json::Deserializer::from_str(text).into_iter::<Value>().next().and_then(Result::ok)
}

static NULL: Value = Value::Null;

/// Asking a value by a path of keys parted by dots; numbers count into lists.
pub(super) trait Ask {
    /// The value there, or null.
    fn at(&self, path: &str) -> &Value;
    /// A text that is not empty, trimmed.
    fn s(&self, path: &str) -> Option<&str>;
    /// The same, owned.
    fn text(&self, path: &str) -> Option<String> {
        self.s(path).map(str::to_owned)
    }
    /// A number that counts, also where it is written as a text.
    fn n(&self, path: &str) -> Option<u64>;
    /// A truth, also where it is written as 0 or 1; what is not there is not so.
    fn is(&self, path: &str) -> bool;
    /// An identifier: a text or a number.
    fn id(&self, path: &str) -> Option<String>;
    /// A list; what is none is an empty one.
    fn list(&self, path: &str) -> &[Value];
}

impl Ask for Value {
    fn at(&self, path: &str) -> &Value {
        let mut here = self;
        for key in path.split('.') {
            let below = match here {
                Self::Array(items) => key.parse().ok().and_then(|n: usize| items.get(n)),
                other => other.get(key),
            };
            match below {
                Some(value) => here = value,
                None => return &NULL,
            }
        }
        here
    }

    fn s(&self, path: &str) -> Option<&str> {
        self.at(path).as_str().map(str::trim).filter(|s| !s.is_empty())
    }

    fn n(&self, path: &str) -> Option<u64> {
        match self.at(path) {
            Self::Number(n) => n.as_u64().or_else(|| n.as_f64().filter(|f| *f >= 0.0 && *f < 9e15).map(|f| f as u64)),
            Self::String(s) => s.trim().parse().ok(),
            _ => None,
        }
    }

    fn is(&self, path: &str) -> bool {
        match self.at(path) {
            Self::Bool(b) => *b,
            Self::Number(n) => n.as_f64().is_some_and(|f| f != 0.0),
            Self::String(s) => matches!(s.as_str(), "true" | "1"),
            _ => false,
        }
    }

    fn id(&self, path: &str) -> Option<String> {
        match self.at(path) {
            Self::String(s) if !s.is_empty() && s.len() <= 500 => Some(s.clone()),
            Self::Number(n) => Some(n.to_string()),
            _ => None,
        }
    }

    fn list(&self, path: &str) -> &[Value] {
        self.at(path).as_array().map_or(&[], Vec::as_slice)
    }
}

/// At most so many values are looked at in a search.
const MAX_SEARCHED: usize = 400_000;

/// The objects below a value that have a key, in order, wherever they stand; those inside of a found one are left out.
pub(super) fn with_key<'v>(value: &'v Value, key: &str) -> Vec<&'v Value> {
    let mut out = Vec::new();
    let mut stack = vec![value];
    let mut looked = 0;
    while let Some(value) = stack.pop() {
        looked += 1;
        if looked > MAX_SEARCHED || out.len() > 5_000 {
            break;
        }
        match value {
            Value::Object(map) if map.contains_key(key) => out.push(value),
            Value::Object(map) => stack.extend(map.values().rev()),
            Value::Array(items) => stack.extend(items.iter().rev()),
            _ => {}
        }
    }
    out
}

/// All objects below a value that have a key, also those inside of others that have it.
pub(super) fn all_with_key<'v>(value: &'v Value, key: &str) -> Vec<&'v Value> {
    let mut out = Vec::new();
    let mut stack = vec![value];
    let mut looked = 0;
    while let Some(value) = stack.pop() {
        looked += 1;
        if looked > MAX_SEARCHED || out.len() > 20_000 {
            break;
        }
        match value {
            Value::Object(map) => {
                if map.contains_key(key) {
                    out.push(value);
                }
                stack.extend(map.values().rev());
            }
            Value::Array(items) => stack.extend(items.iter().rev()),
            _ => {}
        }
    }
    out
}

/// The first value below that stands under a key.
pub(super) fn under<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    with_key(value, key).first().and_then(|found| found.get(key))
}
