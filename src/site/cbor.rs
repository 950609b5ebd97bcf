//! Repositories of the AT Protocol: CAR files, their blocks of DAG-CBOR as JSON, each checked against its CID.

use serde_json::{Map, Value};

use super::cid::Cid;
use crate::model::Digest;

/// Deeper values are not read.
const MAX_DEPTH: u8 = 64;
/// So many blocks are read of one file.
const MAX_BLOCKS: usize = 500_000;

/// The blocks of a CAR file of version 1, with their CIDs; those whose octets are others than their CID names are counted.
pub(super) struct Car {
    /// CIDs and values.
    pub blocks: Vec<(String, Value)>,
    /// Blocks that are not what their CID names.
    pub wrong: usize,
    /// The file is cut, or longer than the limit.
    pub cut: bool,
}

/// Reads a CAR file.
pub(super) fn car(octets: &[u8]) -> Option<Car> {
    let mut rest = octets;
    let head = section(&mut rest)?;
    let header = decoded(head)?;
    if header.get("version").and_then(Value::as_u64) != Some(1) || header.get("roots").is_none() {
        return None;
    }
    let mut car = Car { blocks: Vec::new(), wrong: 0, cut: false };
    while !rest.is_empty() {
        if car.blocks.len() >= MAX_BLOCKS {
            car.cut = true;
            break;
        }
        let Some(block) = section(&mut rest) else {
            car.cut = true;
            break;
        };
        let Some((cid, data)) = block.split_at_checked(36) else { continue };
        let Some(cid) = Cid::of_octets(cid) else { continue };
        if Digest::of(data) != cid.digest {
            car.wrong += 1;
        } else if let Some(value) = decoded(data).filter(|_| !cid.raw) {
            car.blocks.push((cid.text(), value));
        }
    }
    Some(car)
}

/// A length as unsigned LEB128, and so many octets.
fn section<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (mut len, mut shift) = (0usize, 0);
    loop {
        let (first, after) = rest.split_first()?;
        *rest = after;
        len |= usize::from(first & 0x7f).checked_shl(shift)?;
        shift += 7;
        if first & 0x80 == 0 {
            break;
        }
        if shift > 35 {
            return None;
        }
    }
    let (section, after) = rest.split_at_checked(len)?;
    *rest = after;
    Some(section)
}

/// DAG-CBOR as JSON: links as `{"$link": …}`, octets that are letters as text, others by their length.
fn decoded(octets: &[u8]) -> Option<Value> {
    let mut rest = octets;
    value(&mut rest, 0)
}

fn argument(rest: &mut &[u8], small: u8) -> Option<u64> {
    let len = match small {
        0..=23 => return Some(u64::from(small)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (number, after) = rest.split_at_checked(len)?;
    *rest = after;
    Some(number.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
}

fn value(rest: &mut &[u8], depth: u8) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    let (first, after) = rest.split_first()?;
    *rest = after;
    let (major, small) = (first >> 5, first & 31);
    if major == 7 {
        return match small {
            20 => Some(Value::Bool(false)),
            21 => Some(Value::Bool(true)),
            22 | 23 => Some(Value::Null),
            27 => Some(serde_json::json!(f64::from_bits(argument(rest, 27)?))),
            _ => None,
        };
    }
    let n = argument(rest, small)?;
    let len = usize::try_from(n).ok()?;
    let take = |rest: &mut &[u8]| -> Option<Vec<u8>> {
        let (taken, after) = rest.split_at_checked(len)?;
        let taken = taken.to_vec();
        *rest = after;
        Some(taken)
    };
    Some(match major {
        0 => Value::from(n),
        1 => Value::from(-1 - i64::try_from(n).ok()?),
        2 => {
            // Keys of the tree are octets that are letters; others are told by their length.
            let octets = take(rest)?;
            match String::from_utf8(octets) {
                Ok(text) if text.len() < 512 => Value::from(text),
                Ok(text) => Value::from(text.len()),
                Err(wrong) => Value::from(wrong.as_bytes().len()),
            }
        }
        3 => Value::from(String::from_utf8(take(rest)?).ok()?),
        4 => {
            // A list has at least an octet for each of its members.
            if len > rest.len() {
                return None;
            }
            let mut items = Vec::new();
            for _ in 0..len {
                items.push(value(rest, depth + 1)?);
            }
            Value::Array(items)
        }
        5 => {
            if len > rest.len() {
                return None;
            }
            let mut map = Map::new();
            for _ in 0..len {
                let Value::String(key) = value(rest, depth + 1)? else { return None };
                map.insert(key, value(rest, depth + 1)?);
            }
            Value::Object(map)
        }
        6 if n == 42 => link(rest)?,
        _ => return None,
    })
}

/// A link: octets of a CID behind a zero.
fn link(rest: &mut &[u8]) -> Option<Value> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    if first >> 5 != 2 {
        return None;
    }
    let len = usize::try_from(argument(rest, first & 31)?).ok()?;
    let (octets, after) = rest.split_at_checked(len)?;
    *rest = after;
    let cid = octets.strip_prefix(&[0]).and_then(Cid::of_octets).map(|c| c.text());
    Some(serde_json::json!({ "$link": cid.unwrap_or_default() }))
}
