//! An account of Mastodon that is followed.

use super::kept::{ledger, look, posts, rows, said};
use super::mastodon::Mastodon;
use crate::world::World;

const BASE: &str = "https://m.test";

#[test]
fn explore() {
    let mastodon = Mastodon::called(BASE);
    let to = mastodon.origin.url("").to_string();
    let world = World::new().env("KEEPFAST_CAPTURE__MIRRORS", &format!("{BASE} = {}", to.trim_end_matches('/')));
    let (first, answer) = mastodon.with(|s| {
        s.account("anna");
        s.account("boris");
        let first = s.say("anna", "The bridge is closed.");
        let answer = s.reply("boris", first, "Since when?");
        s.reply("anna", answer, "Since noon.");
        s.picture("anna", "What stands on it.", "Two lorries on a bridge");
        let other = s.say("boris", "The road too.");
        s.boost("anna", other);
        (first, answer)
    });
    let added = world.keepfast(&["add", "https://m.test/@anna", "--own", "platform=mastodon"]);
    println!("{}{}", added.out, added.err);
    for _ in 0..2 {
        let ran = world.keepfast(&["run"]);
        println!("{}", ran.err);
    }
    mastodon.with(|s| s.edit(first, "The bridge is open."));
    let count = mastodon.origin.log().len();
    look(&world, 86400);
    for row in rows(&world) {
        println!(
            "{} {} {:?}",
            row["url"],
            row["outcome"],
            row["document"]["comments"].as_array().map(|c| c.iter().map(|c| c["text"].to_string()).collect::<Vec<_>>())
        );
        if row["url"].as_str().unwrap().contains(&first.to_string()) {
            println!("{}", serde_json::to_string_pretty(&row["pages"]).unwrap());
            println!("{}", serde_json::to_string(&row["document"]["social"]).unwrap());
        }
    }
    for (n, hit) in mastodon.origin.log().iter().enumerate() {
        println!("{} {}", if n == count { "-----" } else { "" }, hit.target);
    }
    println!("{:?} {:?} {answer}", posts(&world).keys().collect::<Vec<_>>(), ledger(&world));
    println!("{}", said(&world, &format!("https://m.test/@anna/{first}")));
    println!("{}", world.keepfast(&["changes", "--items", "--json"]).out);
}
