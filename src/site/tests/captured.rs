//! Captured answers once more: cut and mangled, beside what another implementation reads, and proven by their digests.

use std::collections::{BTreeMap, HashMap};
use std::fs;

use url::Url;

use super::fixtures::{asked, body, root, same_time, says, table, words};
use crate::model::post::Platform;
use crate::site::{Answer, discover, document, family, read};

/// A small machine for chance: the same at every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }
}

#[test]
fn answers_that_are_cut_mangled_or_stitched_are_read_without_harm() {
    let mut dice = Dice(7);
    let mut read_so = 0;
    for case in table("cases.tsv") {
        let whole = body(&case["file"]);
        if whole.len() > 40_000 {
            continue;
        }
        let platform = Platform::parse(&case["platform"]).unwrap();
        let target = family(platform, &Url::parse(&case["target"]).unwrap()).unwrap();
        let url = Url::parse(&case["answer"]).unwrap();
        for way in 0..8 {
            let mut mangled = whole.clone();
            let (one, two) = (dice.below(mangled.len()), dice.below(mangled.len()));
            let range = one.min(two)..one.max(two);
            match way {
                0 => mangled.truncate(one),
                1 => drop(mangled.drain(range)),
                2 => mangled.extend_from_within(range),
                // Numbers become others: offsets, lengths, times.
                3 => mangled.iter_mut().filter(|b| b.is_ascii_digit()).for_each(|b| *b = b'9'),
                4 => mangled.iter_mut().filter(|b| b.is_ascii_digit()).for_each(|b| *b = b'0'),
                // Letters of more octets than one, cut anywhere.
                5 => mangled.splice(one..one, "Ա👍".bytes().take(5)).for_each(drop),
                6 => mangled = String::from_utf8_lossy(&mangled).replace("\":\"", "\":[\"").into_bytes(),
                _ => mangled.iter_mut().skip(one).step_by(97).for_each(|b| *b ^= 0x55),
            }
            let headers = Vec::new();
            for status in [200, 404] {
                let answer = Answer { url: &url, status, headers: &headers, body: &mangled, content_type: "" };
                let reading = read(&answer, &target);
                let _ = (document(&reading, &target), discover(&answer), crate::site::gaps(&reading.posts));
                let _ = crate::site::expand(
                    &reading,
                    &target,
                    &crate::site::Until { at_most: Some(1), ..Default::default() },
                );
                read_so += 1;
            }
        }
    }
    assert!(read_so > 800, "{read_so}");
}

/// Another implementation's posts of a file: address, time, words; whichever of its forms it is in.
fn theirs(value: &serde_json::Value, out: &mut Vec<[Option<String>; 3]>) {
    let text = |v: &serde_json::Value| v.as_str().map(str::to_owned);
    let first = |v: &serde_json::Value| v.get(0).cloned().unwrap_or(v.clone());
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|i| theirs(i, out)),
        serde_json::Value::Object(map) => {
            if let Some(properties) = map.get("properties").filter(|p| p.get("content").is_some()) {
                let content = first(&properties["content"]);
                out.push([
                    text(&first(&properties["url"])),
                    text(&first(&properties["published"])),
                    text(&content["value"]),
                ]);
            } else if map.contains_key("links") && map.contains_key("summary") {
                out.push([
                    text(&value["links"][0]["href"]),
                    text(&value["published"]),
                    text(&value["title"]["content"]),
                ]);
            } else if map.contains_key("objectType") && (map.contains_key("content") || map.contains_key("published")) {
                out.push([text(&value["url"]), text(&value["published"]), text(&value["content"])]);
            } else {
                ["items", "entries", "children"].iter().filter_map(|k| map.get(*k)).for_each(|v| theirs(v, out));
            }
        }
        _ => {}
    }
}

#[test]
fn what_another_implementation_reads_is_read_here_too() {
    let mut compared = 0;
    for case in table("cases.tsv") {
        let stem = case["file"].rsplit_once('.').unwrap().0.to_owned();
        let path = root().join("pages").join(format!("{stem}.theirs.json"));
        // What is no post (actions, organisations) is not compared.
        let Ok(json) = fs::read(&path) else { continue };
        if stem.starts_with("structured/") {
            continue;
        }
        let mut right = Vec::new();
        theirs(&serde_json::from_slice(&json).unwrap(), &mut right);
        let case = asked(&case);
        for [url, published, content] in right {
            let found = case.reading.posts.iter().find(|p| {
                let told = url.as_deref().is_none_or(|u| {
                    p.url.as_deref().is_some_and(|own| own.trim_end_matches('/') == u.trim_end_matches('/'))
                });
                told || case.reading.posts.len() == 1
            });
            let found = found.unwrap_or_else(|| {
                panic!(
                    "{stem}: {url:?} is not among {:?}",
                    case.reading.posts.iter().map(|p| &p.url).collect::<Vec<_>>()
                )
            });
            if let Some(published) = published {
                assert!(same_time(&published, found.created.as_ref()), "{stem}: {published} {:?}", found.created);
            }
            if let Some(content) = content {
                // What stands inside of players is for browsers without them.
                let end = ["<audio", "<video"].iter().filter_map(|t| content.find(t)).min();
                let content = &content[..end.unwrap_or(content.len())];
                if crate::extract::markup::plain(content).is_empty() {
                    continue;
                }
                let head: String = crate::extract::markup::plain(content).chars().take(60).collect();
                assert!(says(&words(found), &head), "{stem}: {head:?} {:?}", words(found));
            }
            compared += 1;
        }
    }
    assert!(compared >= 7, "{compared}");
}

#[test]
fn a_repository_has_the_posts_that_its_host_lists_each_proven_by_its_cid() {
    let cases: HashMap<String, HashMap<String, String>> =
        table("cases.tsv").into_iter().map(|c| (c["file"].clone(), c)).collect();
    let versions = |file: &str| -> BTreeMap<String, Option<String>> {
        let reading = asked(&cases[file]).reading;
        assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
        reading.posts.into_iter().map(|p| (p.key.to_string(), p.version)).collect()
    };
    let (listed, proven) = (versions("bluesky/own_pds_list_records.json"), versions("bluesky/own_repo.car"));
    assert_eq!(listed.len(), 63);
    for (key, cid) in &listed {
        assert_eq!(proven.get(key), Some(cid), "{key}");
    }
    // One octet of a post is another: that block is no longer what its CID names.
    let case = &cases["bluesky/own_repo.car"];
    let mut octets = body(&case["file"]);
    let at = octets.windows(8).position(|w| w == b"Timeline").unwrap();
    octets[at] = b'X';
    let url = Url::parse(&case["answer"]).unwrap();
    let target = family(Platform::Bluesky, &Url::parse(&case["target"]).unwrap()).unwrap();
    let headers = Vec::new();
    let reading = read(&Answer { url: &url, status: 200, headers: &headers, body: &octets, content_type: "" }, &target);
    assert_eq!((reading.posts.len(), reading.warnings.len()), (proven.len() - 1, 1));
}
