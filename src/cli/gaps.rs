//! How it looks what is missing among the posts of an account.

use std::io::{self, Write};

use super::posts::behind;
use super::render::Screen;
use super::term;
use crate::app::Gaps;

/// Gaps that are shown at most; --json has all.
const LISTED: usize = 200;

/// Prints what is missing among the posts of an account.
pub fn gaps(found: &Gaps, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let whose = term::line(&format!("{}:{}", found.platform, found.authority)).into_owned();
    let (Some(first), Some(newest)) = (found.first, found.newest) else {
        writeln!(out, "No posts of {whose} are known.")?;
        return behind(found.not_indexed, found.stopped.as_deref(), screen, out);
    };
    let posts = if found.posts == 1 { "post" } else { "posts" };
    let head = format!("{whose}: {} {posts} known, numbers {first} to {newest}", term::count(found.posts));
    writeln!(out, "{}", screen.paint.strong(&head))?;
    for gap in found.gaps.iter().take(LISTED) {
        let numbers = if gap.from == gap.to { gap.from.to_string() } else { format!("{} to {}", gap.from, gap.to) };
        let reached = if gap.reached { String::new() } else { screen.paint.odd("  not reached") };
        writeln!(out, "  {numbers:<24} {:>8}{reached}", term::count(gap.count))?;
    }
    if found.gaps.len() > LISTED {
        writeln!(out, "  and {} more gaps: --json has all", term::count((found.gaps.len() - LISTED) as u64))?;
    }
    match found.missing {
        0 => writeln!(out, "No number between them is missing.")?,
        1 => writeln!(
            out,
            "1 number between them is missing: it was deleted before it was seen, or never was a post that is shown (a service message)."
        )?,
        n => writeln!(
            out,
            "{} numbers between them are missing: each was deleted before it was seen, or never was a post that is shown (a service message).",
            term::count(n)
        )?,
    }
    how_far(found, screen, out)?;
    if found.cut {
        let line = format!("only {} posts were looked through: there are more", term::count(found.posts));
        writeln!(out, "{}", screen.paint.odd(&line))?;
    }
    behind(found.not_indexed, found.stopped.as_deref(), screen, out)
}

/// How far the account was paged back.
fn how_far(found: &Gaps, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let Some(watch) = found.watch else {
        let line = "No watch pages back through this account: what was never asked for is a gap as well.";
        return writeln!(out, "{}", screen.paint.odd(line));
    };
    if found.goes_on.is_empty() {
        let to = found.back_to.map(|number| format!(", to number {number}")).unwrap_or_default();
        return writeln!(out, "Watch {watch} has paged back as far as it is to (capture.backfill){to}.");
    }
    for end in &found.goes_on {
        let below = end.below.map_or_else(|| "at a place that has no number".to_owned(), |n| format!("below {n}"));
        let what = if end.backfill { "back to what was before" } else { "to close the way between two looks" };
        let line = format!("Watch {watch} has not reached all yet: it goes on {below}, {what}.");
        writeln!(out, "{}", screen.paint.odd(&line))?;
    }
    Ok(())
}
