//! Posts of a platform on their whole way: asked for by its adapter, kept, listed, and shown with what they said before.

use super::mastodon::Mastodon;
use crate::world::World;

#[test]
fn a_followed_account_gives_posts_with_versions_and_one_that_is_gone_keeps_its_words() {
    let mastodon = Mastodon::start();
    let (first, other) = mastodon.with(|s| {
        s.account("anna");
        s.account("boris");
        let first = s.say("anna", "The bridge is closed.");
        s.reply("boris", first, "Since when?");
        (first, s.say("anna", "The road is open."))
    });
    let world = World::new();
    world.keepfast(&["add", mastodon.origin.url(&format!("/@anna/{first}")).as_str()]).well();
    world.keepfast(&["add", mastodon.origin.url(&format!("/@anna/{other}")).as_str()]).well();
    let look = || {
        world.time_passes(3600);
        world.keepfast(&["run", "--all"])
    };
    look();
    let list = world.keepfast(&["posts", "--platform", "mastodon", "--json"]).well().json();
    let texts: Vec<&str> =
        list["posts"].as_array().unwrap().iter().map(|post| post["post"]["text"].as_str().unwrap()).collect();
    assert_eq!(texts.len(), 3, "{texts:?}");
    for text in ["The bridge is closed.", "Since when?", "The road is open."] {
        assert!(texts.contains(&text), "{texts:?}");
    }
    mastodon.with(|s| {
        s.edit(first, "The bridge is open again.");
        s.delete(other);
    });
    look();
    let key = |text: &str| -> String {
        let list = world.keepfast(&["posts", "--platform", "mastodon", "--json"]).well().json();
        let found = list["posts"].as_array().unwrap().iter().find(|post| post["post"]["text"] == text).cloned();
        found.unwrap_or_else(|| panic!("{text}: {list:#}"))["key"].as_str().unwrap().to_owned()
    };
    world.keepfast(&["posts", &key("The bridge is open again.")]).well().says("The bridge is").says("Versions");
    world.keepfast(&["posts", &key("The road is open.")]).well().says("since").says("suspect").says("Versions");
    let text = world.keepfast(&["export", "--format", "thread-markdown", "--post", &key("Since when?")]).well().out;
    assert!(text.contains("The bridge is closed.") && text.contains("The bridge is open again."), "{text}");
    assert!(text.contains("\n> Since when?"), "{text}");
    world.is_sound();
}
