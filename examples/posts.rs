//! Posts of an interface, made up: how many a second are read, committed and put into the index of posts.
//!
//! ```text
//! cargo run --release --example posts -- --dir target/posts --posts 10000 --out posts.json
//! ```
//!
//! Answers of 50 posts, in the shape of Bluesky's feeds of accounts: a quarter answers the post before, a third has a picture. A second look finds
//! all counts moved and one post of fifty edited; just those have one version more. The archive is left behind.

#![expect(clippy::print_stdout, reason = "a program that reports to whoever runs it")]

use std::path::PathBuf;
use std::time::Duration;

use keepfast::clock::{Clock as _, System};
use keepfast::store::Archive;

use self::made::{Fallible, Figures, note};
use self::posts::{EDITED, Took, look, rows};

mod made;
#[path = "made/posts.rs"]
mod posts;

struct Options {
    dir: PathBuf,
    out: Option<PathBuf>,
    posts: usize,
}

impl Options {
    fn parse() -> Fallible<Self> {
        let mut out = Self { dir: "target/posts".into(), out: None, posts: 10_000 };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--dir" => out.dir = value.into(),
                "--out" => out.out = Some(value.into()),
                "--posts" => out.posts = value.parse()?,
                _ => return Err(format!("unknown: {word}").into()),
            }
        }
        Ok(out)
    }
}

fn tell(figures: &mut Figures, name: &str, posts: usize, took: Took) {
    let posts = posts as f64;
    note(figures, &format!("{name}: octets of an answer's post"), took.octets as f64 / posts);
    for (part, seconds) in [("read", took.parse), ("committed", took.commit), ("indexed", took.index)] {
        note(figures, &format!("{name}: posts {part} a second"), posts / seconds);
    }
    let all = took.parse + took.commit + took.index;
    note(figures, &format!("{name}: posts a second in all, one after another"), posts / all);
}

fn main() -> Fallible<()> {
    let options = Options::parse()?;
    let root = options.dir.join("archive");
    if root.exists() {
        return Err(format!("{} exists: remove it, or name another folder with --dir", root.display()).into());
    }
    let archive = Archive::init(&root, System.now())?;
    let (mut figures, posts) = (Figures::new(), options.posts);
    let now = System.now();
    let took = look(&archive, posts, 0, now)?;
    let versions = rows(&archive, "post_version")?;
    note(&mut figures, "posts", posts as f64);
    tell(&mut figures, "first look", posts, took);
    let took = look(&archive, posts, 1, now.checked_add(Duration::from_secs(3600))?)?;
    tell(&mut figures, "second look", posts, took);
    let more = rows(&archive, "post_version")? - versions;
    note(&mut figures, "versions that the second look added", more as f64);
    if versions != posts as u64 || more != posts.div_ceil(EDITED) as u64 {
        return Err(format!("{versions} versions, and {more} more: that is not what was said").into());
    }
    if let Some(out) = &options.out {
        std::fs::write(out, serde_json::to_string_pretty(&figures)? + "\n")?;
    }
    Ok(())
}
