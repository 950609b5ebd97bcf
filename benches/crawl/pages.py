"""Makes the site that the crawl benchmark serves: text-rich pages, pages with images, one large file.

Everything follows from the number of a page and its version, so that two machines serve the same octets.
Words are made of syllables of seven scripts and drawn with a Zipf distribution: pages compress about as
well as real prose does, and no text of anybody is copied.
"""

import gzip
import json
import math
import os
import random
import sys
from multiprocessing import Pool
from pathlib import Path

HOSTS = 50
FORM = 3  # raise it when the pages change: stored pages of another form are made anew
MTIME = 1_750_000_000  # Last-Modified of version 1; each version is a day later

SYLLABLES = {
    "en": "an ber co den el fa gre hi in jo ka lor men no pra qui res sta ter ul ven wor yes zo th sh ing er ed".split(),
    "fr": "é ent ou la re mé pré ci on ain eu voi ché ler tion dé que sur ges ême fin pas bon".split(),
    "ru": "а бе во го да же за ин ка ло ме но по ра со та уч фи хо ци че ши ще ть ный ние ств".split(),
    "hy": "ա բա գո դե եր զի էր թա ին լու խա ծե կա հո ձի ղա ճե մա յա նո շի ող չի պա ջու ռա սա վե տա րի ցո ւթ".split(),
    "ar": "ال من في كا تب مد ين ست قا لم رس حو دي نا عل ون مع هذ ور اب طر شم".split(),
    "el": "α βε γο δη ει ζω θα κι λε μα νο ξε ου πα ρι στο τη υπ φα χω ψι ος ων".split(),
    "hi": "क ना मे सा के रा ही पर को था जी या लो वि श्र मा दे भा ति गा हो चा".split(),
}
RTL = {"ar"}
LANGUAGES = ["en", "en", "en", "ru", "ru", "hy", "hy", "ar", "fr", "el", "hi"]


class Tongue:
    """Words and sentences of one language, the same ones in every process."""

    def __init__(self, language):
        rng = random.Random(f"words {language}")
        syllables = SYLLABLES[language]
        words = sorted({"".join(rng.choices(syllables, k=rng.choice((1, 2, 2, 3, 3, 4)))) for _ in range(6000)})
        rng.shuffle(words)
        weights = [1 / (rank + 3) for rank in range(len(words))]
        stream = rng.choices(words, weights, k=150_000)
        self.sentences = []
        at = 0
        while at < len(stream) - 30:
            length = rng.randint(6, 24)
            part = stream[at : at + length]
            at += length
            if length > 14:
                part[length // 2] += ","
            self.sentences.append(part[0].capitalize() + " " + " ".join(part[1:]) + ".")
        self.words = words


TONGUES = {}


def tongue(language):
    if language not in TONGUES:
        TONGUES[language] = Tongue(language)
    return TONGUES[language]


def target_size(rng):
    """20 to 150 kB, log-uniform: many short pages, few long ones; 64 kB on average."""
    return int(math.exp(rng.uniform(math.log(20_000), math.log(150_000))))


def host_of(number):
    return f"127.0.1.{number % HOSTS + 1}"


def path_of(number, images=False):
    return f"/{'g' if images else 'p'}/{number // HOSTS % 100:02}/{number:06}.html"


def page(number, version=1, images=()):
    """One page: head, navigation, an article with headings, links and quotations, related links, comments."""
    rng = random.Random(f"page {number}")
    language = rng.choice(LANGUAGES)
    speech = tongue(language)
    size = target_size(rng)
    title = " ".join(rng.choices(speech.words, k=7)).capitalize()
    author = " ".join(w.capitalize() for w in rng.choices(speech.words, k=2))
    day, month = rng.randint(1, 28), rng.randint(1, 12)
    date = f"2025-{month:02}-{day:02}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:00+04:00"
    host = host_of(number)
    out = []
    add = out.append
    direction = "rtl" if language in RTL else "ltr"
    add(
        f'<!DOCTYPE html>\n<html lang="{language}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title} – Herald {number % HOSTS}</title>\n"
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="description" content="{rng.choice(speech.sentences)}">\n'
        f'<meta name="author" content="{author}">\n<link rel="canonical" href="http://{host}{path_of(number, bool(images))}">\n'
        f'<meta property="og:title" content="{title}">\n<meta property="og:type" content="article">\n'
        f'<meta property="og:site_name" content="Herald {number % HOSTS}">\n'
        f'<meta property="article:published_time" content="{date}">\n'
    )
    ld = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": title, "datePublished": date}
    ld["author"] = {"@type": "Person", "name": author}
    add(f'<script type="application/ld+json">{json.dumps(ld, ensure_ascii=False)}</script>\n')
    add(f"<style>{STYLE}</style>\n<script>{SCRIPT}</script>\n</head>\n<body class=\"single post-{number}\">\n")
    add('<header class="site-header"><div class="wrap"><a class="logo" href="/">Herald</a><nav class="menu"><ul>')
    for item in range(24):
        add(f'<li class="menu-item"><a href="/section/{item}/">{speech.words[item * 7].capitalize()}</a></li>')
    add('</ul></nav></div></header>\n<main id="content" class="wrap">\n<article class="entry">\n')
    add(f'<h1 class="entry-title">{title}</h1>\n<p class="byline">By <a rel="author" href="/a/{number % 97}">{author}</a>, ')
    add(f'<time datetime="{date}">{day}.{month}.2025</time></p>\n')
    if version > 1:
        add(f'<p class="update"><strong>{rng.choice(speech.sentences)} ({version})</strong></p>\n')
    pictures = list(images)
    written = sum(map(len, out))
    # Characters of other scripts take more octets; the target is of octets.
    weight = {"en": 1, "fr": 1.05, "hi": 2.6}.get(language, 1.75)
    room = (size - 9_000) / weight * 0.655
    text = 0
    count = 0
    while text < room:
        count += 1
        part = " ".join(rng.choices(speech.sentences, k=rng.randint(2, 6)))
        kind = rng.random()
        if count % 6 == 0:
            add(f'<h2 id="s{count}">{" ".join(rng.choices(speech.words, k=4)).capitalize()}</h2>\n')
        if kind < 0.08:
            add(f"<blockquote><p>{part}</p></blockquote>\n")
        elif kind < 0.14:
            items = "".join(f"<li>{s}</li>" for s in rng.choices(speech.sentences, k=4))
            add(f"<ul class=\"list\">{items}</ul>\n")
            text += len(items)
        elif kind < 0.40:
            word = rng.choice(speech.words)
            add(f'<p>{part} <a href="/p/{rng.randint(0, 99):02}/{rng.randint(0, 9999):06}.html" title="{word}">{word}</a> <em>{word}</em>.</p>\n')
        else:
            add(f"<p>{part}</p>\n")
        text += len(part)
        if pictures and count % 2 == 0:
            source = pictures.pop()
            add(f'<figure class="wp-block-image"><img src="{source}" alt="{rng.choice(speech.words)}" width="800" height="600" loading="lazy"><figcaption>{rng.choice(speech.sentences)}</figcaption></figure>\n')
    for source in pictures:
        add(f'<p><img src="{source}" alt=""></p>\n')
    add('</article>\n<aside class="related"><h3>Related</h3><ul>\n')
    for _ in range(12):
        other = rng.randint(0, 9999)
        add(f'<li><a href="{path_of(other)}">{" ".join(rng.choices(speech.words, k=6)).capitalize()}</a></li>\n')
    add('</ul></aside>\n<section id="comments" class="comments-area">\n')
    comments = max(0, int(room * 0.28 / 330))
    add(f'<h2 class="comments-title">{comments}</h2>\n<ol class="comment-list">\n')
    for index in range(comments):
        name = rng.choice(speech.words).capitalize()
        body = " ".join(rng.choices(speech.sentences, k=rng.randint(1, 3)))
        when = f"2025-{month:02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:00+04:00"
        add(
            f'<li id="comment-{number}{index:03}" class="comment depth-1"><article class="comment-body"><footer class="comment-meta">'
            f'<div class="comment-author vcard"><b class="fn">{name}</b></div><div class="comment-metadata">'
            f'<a href="#comment-{number}{index:03}"><time datetime="{when}">{when[:10]}</time></a></div></footer>'
            f'<div class="comment-content"><p>{body}</p></div></article></li>\n'
        )
    add('</ol>\n</section>\n</main>\n<footer class="site-footer"><p>Herald</p>')
    for item in range(16):
        add(f'<a href="/about/{item}/">{speech.words[item * 11].capitalize()}</a> ')
    add("</footer>\n</body>\n</html>\n")
    return "".join(out).encode()


STYLE = "".join(
    f".c{i}{{margin:{i}px {i * 2}px;padding:{i % 7}px;color:#{i * 12345 % 0xFFFFFF:06x};font:1{i % 9}px/1.5 serif}}" for i in range(40)
)
SCRIPT = "(function(w,d){var q=w.q||[];" + "".join(f'q.push(["e{i}",{i * 37}]);' for i in range(40)) + "w.q=q})(window,document);"


def image(page_number, index):
    """A JPEG's frame around octets that do not compress: 5 to 60 kB, each image different."""
    rng = random.Random(f"image {page_number} {index}")
    size = int(math.exp(rng.uniform(math.log(5_000), math.log(60_000))))
    head = bytes.fromhex("ffd8ffe000104a46494600010101004800480000ffc00011080258032003012200021101031101")
    return head + b"\xff\xda" + rng.randbytes(size - len(head) - 4) + b"\xff\xd9"


def images_of(number):
    rng = random.Random(f"images {number}")
    return [f"/i/{number // HOSTS % 100:02}/{number:06}-{index}.jpg" for index in range(rng.randint(6, 10))]


def put(root, path, content, version=1, packed=True):
    place = root / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    at = MTIME + (version - 1) * 86_400
    for name, octets in ((place, content), (Path(f"{place}.gz"), gzip.compress(content, 6, mtime=0) if packed else None)):
        if octets is not None:
            name.write_bytes(octets)
            os.utime(name, (at, at))
    return len(content)


def put_page(job):
    root, number, version = job
    return put(Path(root), path_of(number), page(number, version), version)


def put_gallery(job):
    root, number = job
    sources = images_of(number)
    total = put(Path(root), path_of(number, True), page(number, 1, sources))
    for index, source in enumerate(sources):
        total += put(Path(root), source, image(number, index), packed=False)
    return total


def make(root, pages, galleries):
    """Makes what is missing below `root`; returns octets and counts."""
    root.mkdir(parents=True, exist_ok=True)
    state = root.parent / "site.json"
    have = json.loads(state.read_text()) if state.exists() else {}
    if have.get("form") != FORM:
        have = {"form": FORM, "pages": 0, "galleries": 0}
    with Pool() as pool:
        todo = [(str(root), n, 1) for n in range(have["pages"], pages)]
        if todo:
            print(f"making {len(todo)} pages", file=sys.stderr)
            list(pool.imap_unordered(put_page, todo, 50))
        todo = [(str(root), n) for n in range(have["galleries"], galleries)]
        if todo:
            print(f"making {len(todo)} pages with images", file=sys.stderr)
            list(pool.imap_unordered(put_gallery, todo, 10))
    put(root, "/robots.txt", b"User-agent: *\nDisallow: /private/\n", packed=False)
    have["pages"], have["galleries"] = max(pages, have["pages"]), max(galleries, have["galleries"])
    state.write_text(json.dumps(have))


def make_large(root, size):
    """A page with one video of `size` octets that do not compress."""
    place = root / "big" / "video.mp4"
    if not place.exists() or place.stat().st_size != size:
        place.parent.mkdir(parents=True, exist_ok=True)
        rng = random.Random("video")
        with place.open("wb") as file:
            left = size
            while left:
                block = rng.randbytes(min(left, 1 << 22))
                file.write(block)
                left -= len(block)
        os.utime(place, (MTIME, MTIME))
    put(root, "/big/index.html", b'<!DOCTYPE html><title>Big</title><h1>Big</h1><video src="/big/video.mp4"></video>')


def describe(root, paths):
    """Octets plain and compressed of some pages, for the report."""
    plain = sum((root / p.lstrip("/")).stat().st_size for p in paths)
    packed = sum((root / (p.lstrip("/") + ".gz")).stat().st_size for p in paths)
    return {"pages": len(paths), "octets": plain, "octets_gzip": packed, "mean": plain // max(1, len(paths))}
