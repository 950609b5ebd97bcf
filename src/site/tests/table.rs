//! What people are told of platforms is what the adapters say of themselves.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::model::Platform;
use crate::site::{Target, TargetKind, all, routes};

/// The table of `docs/PLATFORMS.md`.
fn table() -> String {
    let mut out =
        String::from("| platform | what is kept | what cannot be had without a login | why |\n|---|---|---|---|\n");
    for adapter in all() {
        let about = adapter.about;
        let _ = writeln!(
            out,
            "| {} (`{}`) | {} | {} | {} |",
            about.name, adapter.platform, about.keeps, about.lacks, about.why
        );
    }
    out
}

#[test]
fn the_table_for_people_is_that_of_the_adapters() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/PLATFORMS.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_at(text.find("| platform |").expect("the table"));
    let end = rest.find("\n\n").map_or(rest.len(), |at| at + 1);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, format!("{before}{}{}", table(), &rest[end..])).unwrap();
        return;
    }
    assert_eq!(&rest[..end], table(), "UPDATE=1 writes it anew");
}

#[test]
fn every_platform_has_one_adapter() {
    let known: HashSet<Platform> = all().iter().map(|a| a.platform).collect();
    assert_eq!(known.len(), all().len());
    let without: Vec<&Platform> = Platform::ALL.iter().filter(|p| !known.contains(p)).collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn routes_are_addresses_with_a_pace_and_witnesses_come_behind() {
    let addresses = [
        "https://t.me/s/town",
        "https://t.me/town/5",
        "https://x.com/i/status/20",
        "https://x.com/jack",
        "https://youtu.be/W6NZfCO5SIk",
        "https://www.youtube.com/@town",
        "https://bsky.app/profile/a.test/post/3k",
        "https://bsky.app/profile/did:plc:abc",
        "https://www.reddit.com/r/town/",
        "https://www.tiktok.com/@a/video/7571863205253778710",
        "https://www.instagram.com/p/CPQjO5RIIO9/",
        "https://www.threads.com/@a/post/C1",
        "https://www.facebook.com/a/posts/1",
        "https://vk.com/wall-1_2",
        "https://ok.ru/video/1",
        "https://news.ycombinator.com/item?id=1",
        "https://stackoverflow.com/questions/1/x",
        "https://a.tumblr.com/post/1",
        "https://a.livejournal.com/1.html",
        "https://a.blogspot.com/2020/01/x.html",
        "https://en.wikipedia.org/wiki/Bridge",
    ];
    for address in addresses {
        let target: Target = super::at(address).unwrap_or_else(|| panic!("{address}"));
        let routes = routes(&target);
        assert!(!routes.is_empty(), "{address}");
        for route in &routes {
            let url =
                url::Url::parse(&route.url.replace("{key}", "k")).unwrap_or_else(|e| panic!("{}: {e}", route.url));
            assert_eq!(url.scheme(), "https", "{}", route.url);
            assert!(route.pace_ms >= 200, "{}", route.url);
        }
        assert!(!routes[0].witness, "{address}");
        let again = super::at(&target.url).unwrap_or_else(|| panic!("{}", target.url));
        assert_eq!((again.key, again.kind), (target.key, target.kind), "{address}");
    }
    assert_eq!(super::at("https://t.me/s/town").unwrap().kind, TargetKind::Account);
}
