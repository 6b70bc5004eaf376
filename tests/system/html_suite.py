#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite html: the text that the worker makes of HTML against what Chromium shows of the same page.

What is compared
    The reference is `innerText` of the page, laid out by Debian's Chromium at 800 by 600 pixels, pictures and scripts off,
    without any host reachable. From it is taken what is laid out and not painted, since innerText knows only display and
    visibility: letters below a pixel, transparent or of the colour of their ground (each channel within 8), opacity below
    0.02, boxes that clip to a pixel or less, text left of, above or 2,000 pixels right of the page. html_page.js does this
    from computed styles and boxes, of which the worker has neither.
    Ours is the text of mg_html_text(), by tests/helpers/html-text, which links the library of the worker.
    Both are sequences of characters without white space and without what a gateway's text never holds (soft hyphens,
    zero-width and bidi characters). They must be the same, in the same order, character by character. Where two ASCII letters or
    digits follow each other, white space must stand between them on both sides or on neither: so words are words.

What ours may have and the reference has not (ADDED)
    [1] behind a link and the marks of links; markers of list items, "> " of quotes and " | " between cells at their places;
    the line of an hr; brackets around readings where the page has ruby, 「」 where it has q; labels before addresses of forms,
    maps and refreshes. Nothing else.

What is known to differ, each by its name (DIFFERENCES)
    Applied to the reference by html_page.js, and counted. Nothing else is waved through: no tolerance.

Tables of class "data" are compared cell by cell: rows of the DOM, with what its columns and rows span, against the columns of
the lines that " | " parts."""
import email
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "helpers"))

from check import Fault, Suite, equal, expect  # noqa: E402
from chromium import Chromium  # noqa: E402

BUILD = pathlib.Path(os.environ.get("MUGAI_BUILD", TOP / "build" / "plain"))
SCRIPT = (TOP / "tests" / "system" / "html_page.js").read_text()

DIFFERENCES = {
    "details": "a closed details element is opened: its reader can open it, and ours has no other way",
    "svg": "text drawn in SVG is left out: mail clients do not draw SVG, and its words are a picture's",
    "math": "letters of MathML stay as they are written: browsers put italic ones in their place",
    "form": "fields are replaced by what stands in them: innerText does not see into fields",
    "refresh": "a page that refreshes itself is held still: its target is listed by ours",
}
MARKS = ["（注意: 表示と異なるリンク先 / text shows another address）", "（注意: @ の前は宛先のホストではない / the host is what follows the @）",
         "（注意: 数字で書かれたホスト / host written in numbers）", "（注意: Web以外を開くリンクを除去 / link that opens no web page removed）",
         "[リンク / link]", "[フォーム送信先 / form]", "[画像リンク / image map]", "[自動転送 / refresh]", "-" * 40]
ADDED = re.compile("|".join(re.escape(mark) for mark in MARKS) + r"|\[\d+\]|\[-\]|\|")
NEVER = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]")


class Ours:
    def __init__(self):
        self.process = subprocess.Popen([BUILD / "tests" / "helpers" / "html-text"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def text(self, html):
        octets = html.encode()
        self.process.stdin.write(b"%d\n" % len(octets) + octets)
        self.process.stdin.flush()
        text, targets, hidden = map(int, self.process.stdout.readline().split())
        return self.process.stdout.read(text).decode(), self.process.stdout.read(targets).decode(), hidden

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Sequence:
    """Characters without white space; .breaks[i]: white space stands before character i."""

    def __init__(self, text):
        self.chars, self.breaks, self.places = [], [], []
        space = False
        for place, char in enumerate(text):
            if NEVER.match(char):
                continue
            if char.isspace() or unicodedata.category(char) == "Zs":
                space = True
                continue
            self.chars.append(char)
            self.breaks.append(space)
            self.places.append(place)
            space = False


def additions(text, ours, page):
    """Character of the sequence -> lengths of what may be an addition there."""
    index = {place: i for i, place in enumerate(ours.places)}
    spans = [(found.start(), found.end()) for found in ADDED.finditer(text)]
    for line in re.finditer(r"[^\n]+", text):
        begin = line.start()
        # Prefixes of the line: indents and quotes, and a marker behind them. In a table they stand behind a "|", too.
        for piece in re.finditer(r"(?:^|\| )([ >]*)(・|-?\d+\.|[A-Za-z]\.|[ivxlcdmIVXLCDM]+\.)?", line.group()):
            spans += [(begin + piece.start(1) + at, begin + piece.start(1) + at + 1)
                      for at, char in enumerate(piece.group(1)) if char == ">"]
            if piece.group(2):
                spans.append((begin + piece.start(2), begin + piece.end(2)))
    optional = ("()" if page["ruby"] else "") + ("「」" if page["quotes"] else "")
    spans += [(place, place + 1) for place, char in enumerate(text) if char in optional]
    found = {}
    for begin, end in spans:
        if begin in index:
            last = max(i for i in (index.get(place) for place in range(begin, end)) if i is not None)
            found.setdefault(index[begin], set()).add(last - index[begin] + 1)
    return found


def align(ours, theirs, extra):
    """Pairs of places that are the same character, or None and how far it came."""
    stack, seen, best = [(0, 0, None)], set(), (0, 0)
    n, m = len(ours.chars), len(theirs.chars)
    while stack:
        i, j, trail = stack.pop()
        while True:
            if (i, j) in seen:
                break
            seen.add((i, j))
            if i + j > best[0] + best[1]:
                best = (i, j)
            if i == n and j == m:
                pairs = []
                while trail:
                    pairs.append(trail[0])
                    trail = trail[1]
                return pairs[::-1], best
            for length in extra.get(i, ()):
                stack.append((i + length, j, trail))
            if i < n and j < m and ours.chars[i] == theirs.chars[j]:
                trail = ((i, j), trail)
                i, j = i + 1, j + 1
                continue
            break
    return None, best


def is_word(char):
    return char.isascii() and char.isalnum()


def compare(text, page):
    ours, theirs = Sequence(text), Sequence(page["text"])
    pairs, (i, j) = align(ours, theirs, additions(text, ours, page))
    if pairs is None:
        around = "".join(theirs.chars[max(0, j - 25):j])
        expect(False, f"characters differ after {around!r}", "".join(theirs.chars[j:j + 60]), "".join(ours.chars[i:i + 60]))
    for (i0, j0), (i1, j1) in zip(pairs, pairs[1:]):
        if is_word(ours.chars[i0]) and is_word(ours.chars[i1]):
            apart = ours.breaks[i1] or i1 > i0 + 1
            joined_by_mark = i1 > i0 + 1 and not theirs.breaks[j1]
            expect(apart == theirs.breaks[j1] or joined_by_mark, "words are parted alike",
                   "".join(theirs.chars[max(0, j1 - 15):j1]) + ("␣" if theirs.breaks[j1] else "·") + "".join(theirs.chars[j1:j1 + 15]),
                   "".join(ours.chars[max(0, i1 - 15):i1]) + ("␣" if apart else "·") + "".join(ours.chars[i1:i1 + 15]))
    return len(pairs)


def grid(rows):
    """Texts by row and column; what a cell spans beyond its first place is ""."""
    taken, out = {}, []
    for r, row in enumerate(rows):
        line, at = {}, 0
        for cell in row:
            while (r, at) in taken:
                at += 1
            line[at] = [" ".join(part.split()) for part in cell["text"].strip().split("\n")]
            for dr in range(cell["rows"]):
                for dc in range(cell["columns"]):
                    taken[r + dr, at + dc] = True
            at += cell["columns"]
        width = max([c for rr, c in taken if rr == r], default=-1) + 1
        out.append([line.get(c, [""]) for c in range(width)])
    used = sorted({c for row in out for c, cell in enumerate(row) if cell != [""]})
    # A column that only a wide cell touches is none of its own.
    return [[row[c] if c < len(row) else [""] for c in used] for row in out]


def trimmed(cells):
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def compare_table(rows, lines):
    """Eats lines from the front; the number of cells that are the same."""
    count, wide = 0, any(cell["columns"] > 1 for row in rows for cell in row)
    for row in grid(rows):
        first = trimmed([cell[0] for cell in row])
        if not first:
            continue
        while True:
            expect(lines, "the row is in our text", first, None)
            got = trimmed([" ".join(cell.split()) for cell in lines.pop(0).split(" | ")])
            if got == first or (wide and [c for c in got if c] == [c for c in first if c]):
                break
        for more in max((cell[1:] for cell in row), key=len, default=[]):
            equal(" ".join(lines.pop(0).split()), more, "a further line of the row's last cell")
        count += len(first)
    return count


def plain_lines(text):
    return [re.sub(r" ?\[\d+\]", "", line) for line in text.split("\n")]


def check_page(browser, ours, html, folder):
    still = re.sub(r"(?i)http-equiv\s*=\s*[\"']?refresh", "data-refresh", html)
    path = folder / "page.html"
    path.write_text("\ufeff" + still, encoding="utf-8", errors="replace")
    browser.load(path)
    page = browser.ask(SCRIPT)
    if still != html:
        page["differences"]["refresh"] = 1
    expect(set(page["differences"]) <= set(DIFFERENCES), "differences have names", sorted(DIFFERENCES), page["differences"])
    text, targets, hidden = ours.text(html)
    count = compare(text, page)
    lines, cells = plain_lines(text), 0
    for rows in page["tables"]:
        cells += compare_table(rows, lines)
    said = [f"{count} characters"] + ([f"{cells} cells"] if cells else []) + ([f"{hidden} hidden"] if hidden else [])
    said += [f"{page['unpainted']} not painted"] if page["unpainted"] else []
    return ", ".join(said + [f"{name} x{n}" for name, n in page["differences"].items()])


def check_eyes():
    """The comparison sees a word that is missing, added, moved, split or joined, and a cell that is another."""
    page = {"text": "市民 news letter 12\n日程表", "ruby": 0, "quotes": 0}
    compare("・市民 news letter 12 [1]\n> 日程表", page)
    for wrong in ("市民 letter 12 日程表", "市民 news big letter 12 日程表", "news 市民 letter 12 日程表", "市民 news let ter 12 日程表",
                  "市民 newsletter 12 日程表", "市民 news letter 12 日程", "市民 news letter 12 [表] 日程表", ""):
        try:
            compare(wrong, page)
        except Fault:
            continue
        expect(False, "is seen", "a fault", wrong)
    rows = [[{"text": text, "columns": 1, "rows": 1} for text in row] for row in (("a", "b"), ("c", "d"))]
    equal(compare_table(rows, ["a | b", "c | d"]), 4, "cells that are the same")
    for wrong in (["a | b", "d | c"], ["a | b"], ["a b", "c d"]):
        try:
            compare_table(rows, wrong)
        except Fault:
            continue
        expect(False, "is seen", "a fault", wrong)


def own_pages():
    for path in sorted((TOP / "tests" / "html").glob("*.html")):
        yield path.stem, path.read_text()


def corpus_pages():
    """HTML parts of the shared corpus, each text once."""
    known = set()
    for path in sorted(pathlib.Path(os.environ["MUGAI_CORPUS"]).glob("*/*")):
        try:
            message = email.message_from_bytes(path.read_bytes())
        except Exception:  # Python's parser gives up on some; they are not pages to compare
            continue
        for part in message.walk():
            if part.get_content_type() != "text/html" or part.is_multipart():
                continue
            octets = part.get_payload(decode=True) or b""
            try:
                html = octets.decode(part.get_content_charset() or "utf-8", "replace")
            except LookupError:
                html = octets.decode("utf-8", "replace")
            html = html.replace("\0", "").lstrip("\ufeff")
            if html.strip() and html not in known:
                known.add(html)
                yield f"corpus {path.parent.name}/{path.name}", html


def main():
    suite = Suite("html")
    ours, browser = Ours(), None
    try:
        browser = Chromium()
        with tempfile.TemporaryDirectory(prefix="mugai-html-") as folder:
            suite.run([("the comparison sees what differs", check_eyes)])
            pages = list(own_pages()) + (list(corpus_pages()) if "MUGAI_CORPUS" in os.environ else [])
            for name, html in pages:
                if suite.only in name:
                    with suite.case(name) as case:
                        case["figure"] = check_page(browser, ours, html, pathlib.Path(folder))
            with suite.case("enough pages") as case:
                case["figure"] = f"{len(pages)} pages"
                expect(len(pages) >= (60 if "MUGAI_CORPUS" in os.environ else 40), "pages", 60, len(pages))
    finally:
        if browser:
            browser.end()
        ours.end()
    for name, reason in DIFFERENCES.items():
        suite.note(f"known difference {name}: {reason}")
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
