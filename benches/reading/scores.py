"""The scorer's figures beside their goals, as the table of benches/README.md has them.

    python3 score.py truth.jsonl out.jsonl --json > keepfast.json
    python3 benches/reading/scores.py keepfast.json trafilatura.json rs-trafilatura.json

The first file is ours; each further one is a column of its own, named by the file.
"""

import json
import sys
from pathlib import Path

# What is told, where the scorer has it, must, aim; the last says whether less is better.
GOALS = [
    ("aeb text F1", "aeb", "f1", 0.968, 0.975, False),
    ("wcxb text F1, all kinds", "wcxb", "f1", 0.885, 0.91, False),
    ("wcxb, article", "wcxb/article", "f1", None, None, False),
    ("wcxb, documentation", "wcxb/documentation", "f1", None, None, False),
    ("wcxb, forum", "wcxb/forum", "f1", 0.90, 0.94, False),
    ("wcxb, service", "wcxb/service", "f1", None, None, False),
    ("wcxb, listing", "wcxb/listing", "f1", None, None, False),
    ("wcxb, product", "wcxb/product", "f1", None, None, False),
    ("wcxb, collection", "wcxb/collection", "f1", None, None, False),
    ("tra snippets F1", "tra", "f1", 0.935, 0.945, False),
    ("title right", "title", "acc", 0.82, 0.86, False),
    ("author right", "author", "acc", 0.68, 0.75, False),
    ("author precision", "author", "prec", 0.88, 0.92, False),
    ("date right", "date", "acc", 0.88, 0.91, False),
    ("date precision", "date", "prec", 0.92, 0.94, False),
    ("comments F1", "comments", "f1", 0.90, 0.96, False),
    ("comments: author", "comments", "author", 0.88, 0.95, False),
    ("comments: time", "comments", "time", 0.85, 0.93, False),
    ("comments: reply-to", "comments", "parent", 0.80, 0.90, False),
    ("comments: whole record", "comments", "whole", 0.75, 0.90, False),
    ("words of all posts found", "comments", "found_anywhere", 0.97, 0.99, False),
    ("false comments", "false_comments", "share", 0.010, 0.003, True),
    ("media F1", "media", "f1", 0.95, 0.97, False),
    ("media, not images, recall", "media", "av_recall", 0.92, 0.97, False),
]


def verdict(value, must, aim, less):
    """Which of the goals is met, by the figure as it is, not rounded."""
    if must is None:
        return ""
    if less:
        value, must, aim = -value, -must, -aim
    return "aim" if value >= aim else "must" if value >= must else "**missed**"


def main():
    files = [Path(word) for word in sys.argv[1:]]
    ours, *peers = [json.loads(file.read_text()) for file in files]
    columns = ["measure", "pages", "keepfast", *(file.stem for file in files[1:]), "must", "aim", "reached"]
    print(f"| {' | '.join(columns)} |")
    print(f"|---|{'--:|' * (len(columns) - 2)}---|")
    for name, key, field, must, aim, less in GOALS:
        row = ours.get(key)
        if row is None:
            continue
        cells = [name, str(row.get("pages", row.get("n"))), f"{row[field]:.4f}"]
        theirs = [peer.get(key, {}).get(field, 0) for peer in peers]  # nothing found of a kind: not given by that tool
        cells += [f"{value:.3f}" if value or less else "–" for value in theirs]
        cells += ["" if goal is None else f"{goal:.3f}" for goal in (must, aim)]
        print(f"| {' | '.join([*cells, verdict(row[field], must, aim, less)])} |")


if __name__ == "__main__":
    main()
