//! DASH: a small tree of the description, and what its templates, lists and base addresses come to.

use std::collections::{HashMap, HashSet};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::{MAX_FORMS, Stream, absolute, describe, rank, weight};

/// Elements that are looked at, and how deep they may stand.
const MAX_ELEMENTS: usize = 50_000;
const MAX_DEPTH: usize = 24;

#[derive(Default)]
struct Element {
    name: String,
    attributes: HashMap<String, String>,
    text: String,
    children: Vec<usize>,
}

struct Tree(Vec<Element>);

/// Reads a description and chooses the best picture and the best sound that together are not longer than `octets`; `None`: it is none.
pub fn dash(text: &str, base: &Url, octets: u64) -> Option<Stream> {
    let (tree, cut) = tree(text)?;
    let mpd = tree.0.iter().position(|element| element.name == "MPD")?;
    let mut out = Stream { cut, live: tree.attribute(mpd, "type") == Some("dynamic"), ..Stream::default() };
    let whole = tree.attribute(mpd, "mediaPresentationDuration").and_then(seconds);
    let root = tree.base(mpd, base.clone());
    let periods: Vec<usize> = tree.named(mpd, "Period").take(MAX_FORMS).collect();
    let mut seen = HashSet::new();
    let mut chosen = Vec::new();
    for (n, &period) in periods.iter().enumerate() {
        let start = tree.attribute(period, "start").and_then(seconds);
        let next = periods.get(n + 1).and_then(|next| tree.attribute(*next, "start")).and_then(seconds);
        let end = next.or(whole.filter(|_| n + 1 == periods.len()));
        let own = tree.attribute(period, "duration").and_then(seconds);
        let lasts = own.or_else(|| end.map(|end| end - start.unwrap_or(if n == 0 { 0.0 } else { out.seconds })));
        let lasts = lasts.filter(|s| *s > 0.0);
        let base = tree.base(period, root.clone());
        let share = octets / periods.len().max(1) as u64;
        let (sound, sounds) = tree.best(period, "audio", lasts, share / 4);
        let left = share.saturating_sub(sound.map_or(0, |s| weight(s.bandwidth, lasts.unwrap_or(0.0))));
        let (picture, pictures) = tree.best(period, "video", lasts, left);
        for (form, of, what) in [(picture, pictures, "video"), (sound, sounds, "audio")] {
            let Some(form) = form else { continue };
            let said = format!("{what} {}", describe(form.size, form.bandwidth, of));
            if !chosen.contains(&said) {
                chosen.push(said);
            }
            let scope = Scope { tree: &tree, way: [period, form.set, form.representation], lasts };
            out.locked |= scope.is_locked();
            scope.parts(base.clone(), &mut out, &mut seen);
        }
        out.seconds += lasts.unwrap_or(0.0);
    }
    chosen.truncate(4);
    out.chosen = (!chosen.is_empty()).then(|| chosen.join("; "));
    Some(out)
}

/// A representation that may be chosen.
#[derive(Clone, Copy)]
struct Choice {
    set: usize,
    representation: usize,
    bandwidth: u64,
    size: Option<(u32, u32)>,
}

impl Tree {
    fn attribute(&self, at: usize, name: &str) -> Option<&str> {
        self.0.get(at)?.attributes.get(name).map(String::as_str)
    }

    fn number(&self, at: usize, name: &str) -> Option<u64> {
        self.attribute(at, name)?.trim().parse().ok()
    }

    fn named<'a>(&'a self, at: usize, name: &'a str) -> impl Iterator<Item = usize> + 'a {
        let children = self.0.get(at).map(|element| element.children.as_slice()).unwrap_or_default();
        children.iter().copied().filter(move |child| self.0[*child].name == name)
    }

    /// The base address that holds within an element.
    fn base(&self, at: usize, base: Url) -> Url {
        let own = self.named(at, "BaseURL").next().and_then(|own| absolute(&base, &self.0[own].text));
        own.and_then(|own| Url::parse(&own).ok()).unwrap_or(base)
    }

    /// The best representation of a kind, and of how many.
    fn best(&self, period: usize, kind: &str, lasts: Option<f64>, octets: u64) -> (Option<Choice>, usize) {
        let mut all = Vec::new();
        for set in self.named(period, "AdaptationSet") {
            // Pictures without sound for looking through are a set of their own.
            if self.named(set, "EssentialProperty").next().is_some() {
                continue;
            }
            for representation in self.named(set, "Representation") {
                let of = |name| self.attribute(representation, name).or_else(|| self.attribute(set, name));
                let mime = of("contentType").or_else(|| of("mimeType")).unwrap_or_default();
                if all.len() < MAX_FORMS && mime.starts_with(kind) {
                    let pixels = |name| of(name).and_then(|n| n.parse::<u32>().ok());
                    let bandwidth = self.number(representation, "bandwidth").unwrap_or(0);
                    all.push(Choice { set, representation, bandwidth, size: pixels("width").zip(pixels("height")) });
                }
            }
        }
        all.sort_by_key(|choice| rank(choice.size, choice.bandwidth));
        let fits = all.iter().find(|choice| weight(choice.bandwidth, lasts.unwrap_or(0.0)) <= octets);
        (fits.or_else(|| all.iter().min_by_key(|choice| choice.bandwidth)).copied(), all.len())
    }
}

/// A representation within its set and period: what the inner one does not say, the outer ones do.
struct Scope<'a> {
    tree: &'a Tree,
    way: [usize; 3],
    lasts: Option<f64>,
}

impl Scope<'_> {
    fn is_locked(&self) -> bool {
        self.way.iter().any(|at| self.tree.named(*at, "ContentProtection").next().is_some())
    }

    /// The elements of a name, the innermost first.
    fn nested(&self, name: &str) -> Vec<usize> {
        self.way.iter().rev().filter_map(|at| self.tree.named(*at, name).next()).collect()
    }

    fn parts(&self, base: Url, out: &mut Stream, seen: &mut HashSet<String>) {
        let base = self.way[1..].iter().fold(base, |base, at| self.tree.base(*at, base));
        let (templates, lists) = (self.nested("SegmentTemplate"), self.nested("SegmentList"));
        if !templates.is_empty() {
            self.templated(&templates, &base, out, seen);
        } else if !lists.is_empty() {
            self.listed(&lists, &base, out, seen);
        } else {
            // One file, its parts told by ranges.
            out.push(seen, Some(base.into()));
        }
    }

    fn listed(&self, lists: &[usize], base: &Url, out: &mut Stream, seen: &mut HashSet<String>) {
        for list in lists {
            let start = self.tree.named(*list, "Initialization").next();
            if let Some(url) = start.and_then(|start| self.tree.attribute(start, "sourceURL")) {
                out.push(seen, absolute(base, url));
                break;
            }
        }
        let Some(list) = lists.iter().find(|list| self.tree.named(**list, "SegmentURL").next().is_some()) else {
            return;
        };
        for segment in self.tree.named(*list, "SegmentURL") {
            // Without an address of its own it is a range of the file itself.
            let url = self.tree.attribute(segment, "media");
            if !out.push(seen, url.map_or_else(|| Some(base.to_string()), |url| absolute(base, url))) {
                return;
            }
        }
    }

    fn templated(&self, templates: &[usize], base: &Url, out: &mut Stream, seen: &mut HashSet<String>) {
        let text = |name: &str| templates.iter().find_map(|at| self.tree.attribute(*at, name));
        let number = |name: &str| text(name).and_then(|value| value.trim().parse::<u64>().ok());
        let representation = self.way[2];
        let id = self.tree.attribute(representation, "id").unwrap_or_default();
        let bandwidth = self.tree.number(representation, "bandwidth").unwrap_or(0);
        let fill = |template: &str, n: u64, time: u64| {
            filled(template, |name| match name {
                "RepresentationID" => Some(Value::Text(id)),
                "Bandwidth" => Some(Value::Number(bandwidth)),
                "Number" => Some(Value::Number(n)),
                "Time" => Some(Value::Number(time)),
                _ => None,
            })
        };
        if let Some(start) = text("initialization") {
            out.push(seen, fill(start, 0, 0).and_then(|url| absolute(base, &url)));
        }
        let Some(media) = text("media") else { return };
        let (first, scale) = (number("startNumber").unwrap_or(1), number("timescale").unwrap_or(1).max(1));
        let timeline = templates.iter().find_map(|at| self.tree.named(*at, "SegmentTimeline").next());
        let mut put = |out: &mut Stream, n: u64, time: u64| {
            out.push(seen, fill(media, first.saturating_add(n), time).and_then(|url| absolute(base, &url)))
        };
        if let Some(timeline) = timeline {
            let end = self.lasts.map(|lasts| (lasts * scale as f64) as u64);
            let offset = number("presentationTimeOffset").unwrap_or(0);
            let (mut time, mut n) = (0u64, 0u64);
            let lines: Vec<usize> = self.tree.named(timeline, "S").collect();
            for (at, line) in lines.iter().enumerate() {
                time = self.tree.number(*line, "t").unwrap_or(time);
                let length = self.tree.number(*line, "d").unwrap_or(0);
                let again = self.tree.attribute(*line, "r").and_then(|r| r.trim().parse::<i64>().ok()).unwrap_or(0);
                let next = lines.get(at + 1).and_then(|next| self.tree.number(*next, "t"));
                let until = next.or(end.map(|end| end.saturating_add(offset)));
                let times = match (u64::try_from(again), until) {
                    (Ok(again), _) => again.saturating_add(1),
                    // As often as it takes to what comes next (5.3.9.6.1).
                    (Err(_), Some(until)) if length > 0 => until.saturating_sub(time).div_ceil(length),
                    (Err(_), _) => {
                        out.cut = true;
                        1
                    }
                };
                for _ in 0..times {
                    if !put(out, n, time) {
                        out.cut = true;
                        return;
                    }
                    (n, time) = (n.saturating_add(1), time.saturating_add(length));
                }
            }
        } else if let (Some(length), Some(lasts), false) = (number("duration").filter(|d| *d > 0), self.lasts, out.live)
        {
            let times = (lasts * scale as f64 / length as f64).ceil() as u64;
            for n in 0..times {
                if !put(out, n, n.saturating_mul(length)) {
                    out.cut = true;
                    return;
                }
            }
        } else if media.contains("$Number") || media.contains("$Time") {
            // Which of them are there now is a matter of the clock.
            out.cut = true;
        } else {
            put(out, 0, 0);
        }
    }
}

enum Value<'a> {
    Text(&'a str),
    Number(u64),
}

/// Fills `$Number%05d$` and the like (5.3.9.4.4).
fn filled<'a>(template: &str, value: impl Fn(&str) -> Option<Value<'a>>) -> Option<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, behind) = after.split_once('$')?;
        if name.is_empty() {
            out.push('$');
        } else {
            let (name, format) = name.split_once('%').unwrap_or((name, ""));
            let width: usize = format.trim_end_matches(['d', 'u']).trim_start_matches('0').parse().unwrap_or(0);
            match value(name)? {
                Value::Text(text) => out.push_str(text),
                Value::Number(n) => out.push_str(&format!("{n:0width$}", width = width.min(20))),
            }
        }
        if out.len() > super::MAX_ADDRESS {
            return None;
        }
        rest = behind;
    }
    out.push_str(rest);
    Some(out)
}

/// `PT1H2M3.5S`, days too; months and years are not of any film.
fn seconds(text: &str) -> Option<f64> {
    let (days, time) = text.trim().strip_prefix('P')?.split_once('T').unwrap_or((text.trim().strip_prefix('P')?, ""));
    let mut total = 0.0;
    for (part, units) in [(days, &[('D', 86_400.0)][..]), (time, &[('H', 3600.0), ('M', 60.0), ('S', 1.0)][..])] {
        let mut rest = part;
        while let Some(at) = rest.find(|c: char| c.is_ascii_alphabetic()) {
            let unit = rest[at..].chars().next()?;
            let factor = units.iter().find(|(name, _)| *name == unit)?.1;
            total += rest[..at].parse::<f64>().ok()? * factor;
            rest = &rest[at + 1..];
        }
    }
    Some(total).filter(|s| s.is_finite() && (0.0..1e8).contains(s))
}

/// The elements, and whether some were left out. Nothing is expanded: what the text itself defines stays as it is.
fn tree(text: &str) -> Option<(Tree, bool)> {
    let mut reader = Reader::from_str(text);
    let (mut all, mut open, mut deeper, mut cut) = (vec![Element::default()], vec![0usize], 0usize, false);
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                if deeper > 0 || open.len() >= MAX_DEPTH || all.len() >= MAX_ELEMENTS {
                    deeper += 1;
                    cut = true;
                } else {
                    let at = put(&mut all, &open, &start);
                    open.push(at);
                }
            }
            Ok(Event::Empty(start)) if deeper == 0 && all.len() < MAX_ELEMENTS => {
                put(&mut all, &open, &start);
            }
            Ok(Event::Empty(_)) => cut = true,
            Ok(Event::End(_)) if deeper > 0 => deeper -= 1,
            Ok(Event::End(_)) if open.len() > 1 => {
                open.pop();
            }
            Ok(Event::Text(text)) if deeper == 0 => {
                if let (Some(at), Ok(text)) = (open.last(), text.decode())
                    && all[*at].text.len() < super::MAX_ADDRESS
                {
                    let text = super::super::entities::plain(&text);
                    all[*at].text.push_str(text.trim());
                }
            }
            Ok(Event::GeneralRef(name)) if deeper == 0 => {
                let sign = match name.decode().as_deref() {
                    Ok("amp") => "&",
                    _ => "",
                };
                if let Some(at) = open.last() {
                    all[*at].text.push_str(sign);
                }
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(_) => {
                cut = true;
                break;
            }
        }
    }
    (all.len() > 1).then_some((Tree(all), cut))
}

fn put(all: &mut Vec<Element>, open: &[usize], start: &BytesStart<'_>) -> usize {
    let local = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let mut attributes = HashMap::new();
    for attribute in start.attributes().with_checks(false).flatten().take(64) {
        let value = String::from_utf8_lossy(&attribute.value).replace("&amp;", "&");
        attributes.insert(local(attribute.key.local_name().as_ref()), value);
    }
    let element = Element { name: local(start.local_name().as_ref()), attributes, ..Element::default() };
    let at = all.len();
    all.push(element);
    if let Some(parent) = open.last() {
        all[*parent].children.push(at);
    }
    at
}
