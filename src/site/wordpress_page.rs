//! The page of a post of WordPress beside its interface.

use url::Url;

use super::answer::{Answer, Reading, Route, Target, Why, query};
use super::{general, wordpress};
use crate::extract::markup::Page;
use crate::model::{Platform, PostKey};

/// The page itself, by the general reader; keys are those of the interface where the page tells the numbers.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    let mut reading = general::read(answer, target);
    let Some(number) = answer.page(number) else { return reading };
    let key = PostKey::new(Platform::WordPress, target.key.authority.clone(), number.clone());
    let renamed = |old: &PostKey| -> Option<PostKey> {
        let (_, own) = old.id.rsplit_once('#')?;
        let own = own.trim_start_matches("comment-");
        own.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| PostKey::new(Platform::WordPress, key.authority.clone(), format!("comment-{own}")))
    };
    let main = reading.posts.first().map(|p| p.key.clone());
    for post in &mut reading.posts {
        let rename = |old: &mut PostKey| {
            if Some(&*old) == main.as_ref() {
                *old = key.clone();
            } else if let Some(new) = renamed(old) {
                *old = new;
            }
        };
        rename(&mut post.key);
        post.relations.iter_mut().filter_map(|r| r.key.as_mut()).for_each(rename);
    }
    reading.ask(Why::Replies, wordpress::comments(&target.origin(), &number, 1));
    reading.ask(
        Why::Witness,
        Route::get("post", format!("{}/wp-json/wp/v2/posts/{number}?_embed", target.origin()), wordpress::PACE_MS)
            .witness(),
    );
    reading
}

/// The number of the post of a page: in its short link, in the link to its data, or in the class of its body.
fn number(page: &Page<'_, '_>) -> Option<String> {
    let short = page.linked("shortlink").into_iter().find_map(|(_, u)| query(&Url::parse(&u).ok()?, "p"));
    let data = || {
        page.linked("alternate").into_iter().find_map(|(_, u)| {
            let (_, rest) = u.split_once("/wp/v2/posts/")?;
            Some(rest.split(['?', '/']).next()?.to_owned())
        })
    };
    let class = || {
        page.tags(0, "body").find_map(|b| {
            page.attr(b, "class")?.split_ascii_whitespace().find_map(|c| c.strip_prefix("postid-").map(str::to_owned))
        })
    };
    short.or_else(data).or_else(class).filter(|n| super::answer::is_number(n))
}
