# SPDX-License-Identifier: Apache-2.0
"""What became of a mail, held against what others say is in it: pure comparison, no process and no file.

A deviation is (file, oracle, field, what differs). The rules of comparison are those of the oracle's own description;
whether a deviation is right is not decided here, but in oracle_deviations.tsv."""
import collections
import email
import email.header
import email.policy
import html.parser
import re
import unicodedata

import delivered

LINE = "━━━━━ ここから下は"  # how the fixed line above the notice begins
NO_TEXT = "（このメールには、表示できる本文がありません）"  # stands for a body: what it says is that there is none
Deviation = collections.namedtuple("Deviation", "file oracle field what")
SAME = str.maketrans({"\u301c": "\uff5e", "\u2016": "\u2225", "\u2212": "\uff0d"})  # one character of JIS, two of Unicode
ARRIVAL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")  # in the notice that stands for a mail: the time of this run
MARKS = "\ufffd\u3013"
REPLACEMENT = "\ufffd".encode()
# 〓 in the character sets that have it; part of the charset's name -> code.
GETA = {"utf-8": "〓".encode(), "2022-jp": rb"\x22\x2e", "jis": rb"\x81\xac", "932": rb"\x81\xac", "euc-jp": rb"\xa2\xae"}


class Outcome:
    """One mail as it left: octets and report of `mugai sanitize`."""

    def __init__(self, octets, report):
        whole = delivered.body_text(octets).replace("\r\n", "\n")
        head, line, notice = whole.partition(LINE)
        self.octets, self.report = octets, report
        self.text, self.notice = (head, notice) if line else (whole, "")
        self.text = "" if self.text.strip() == NO_TEXT else self.text
        self.subject = report["subject"]
        self.names = sorted(part["name"] for part in report["parts"] if part["action"] == "remove" and part["name"])

    def field(self, name):
        return delivered.header(self.octets, name) or ""

    def words(self):
        """Everything that a reader sees, for comparisons by words."""
        heads = [self.field(name) for name in ("From", "Sender", "To", "Cc", "Reply-To", "Date", "Subject", "Message-ID",
                                               "In-Reply-To", "References")]
        return "\n".join(heads + [self.subject, self.text, self.notice] + self.names)

    def shape(self):
        """What must not depend on the ends of lines."""
        parts = [(part["path"], part["kind"], part["claimed"], part["found"], part["name"], part["action"], part["flags"])
                 for part in self.report["parts"]]
        names = ["From", "To", "Cc", "Message-ID", "References"]
        dated = self.report["outcome"] == "converted" and "date-unreadable" not in self.report["marks"]
        names += ["Date"] if dated else []  # else it is the time of this run
        heads = [self.field(name) for name in names]
        text = self.text if self.report["outcome"] == "converted" else ARRIVAL.sub("", self.text)
        return {"outcome": self.report["outcome"], "subject": self.subject, "text": text, "parts": parts,
                "marks": self.report["marks"], "fields": heads,
                "body": {k: v for k, v in self.report["body"].items() if k != "sha256"}}


def squeezed(text):
    return "".join(text.split())


def plain(text):
    """LF, no blanks at the ends of lines and of the text, NFC, one form of the characters that JIS has once."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    return unicodedata.normalize("NFC", "\n".join(lines).rstrip()).translate(SAME)


def first_difference(ours, theirs):
    at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    return f"at {at}: ours {ours[max(0, at - 20):at + 60]!r}, theirs {theirs[max(0, at - 20):at + 60]!r}"


class Visible(html.parser.HTMLParser):
    """Words of a page that are outside of head, style and script."""

    def __init__(self, page):
        super().__init__()
        self.words, self.off = [], 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.off += tag in ("style", "script", "head", "title")

    def handle_endtag(self, tag):
        self.off -= self.off > 0 and tag in ("style", "script", "head", "title")

    def handle_data(self, data):
        self.words += [] if self.off else data.split()


def missing_words(expected, ours):
    """Words that are not in ours, where ours may have wrapped between any two characters."""
    ours = squeezed(unicodedata.normalize("NFC", ours)).translate(SAME)
    return [w for w in expected if unicodedata.normalize("NFC", w).translate(SAME) not in ours]


def against_oracle(row, ours):
    """One line of the oracle -> [Deviation]."""
    found = []

    def deviates(field, what):
        found.append(Deviation(row["file"], row["oracle"], field, what))
    if row["subject"] is not None and squeezed(row["subject"]) != squeezed(ours.subject):
        deviates("subject", f"ours {ours.subject!r}, theirs {row['subject']!r}")
    if row["oracle"] == "rendered-text":
        seen = ours.words()
        for field, words in zip(("head", "words"), _rendered(row["text"])):
            lost = missing_words(words, seen)
            if lost:
                deviates(field, f"missing: {lost[:12]}")
        return found
    wanted = "\n".join(row["text"] or [])
    if row["oracle"] == "zbateson-php-test" and row["text"] and squeezed(plain(wanted)) != squeezed(plain(ours.text)):
        deviates("text", first_difference(squeezed(plain(ours.text)), squeezed(plain(wanted))))
    elif row["oracle"] != "zbateson-php-test" and row["text"] and plain(wanted) != plain(ours.text):
        deviates("text", first_difference(plain(ours.text), plain(wanted)))
    if not row["text"] and row["html"]:
        lost = missing_words([w for page in row["html"] for w in Visible(page).words], ours.text)
        if lost:
            deviates("html", f"missing: {lost[:12]}")
    if row["attachments"] is not None:
        names = _wanted_names(row)
        if collections.Counter(names) != collections.Counter(ours.names):
            deviates("names", f"ours {ours.names}, theirs {sorted(names)}")
    if row.get("attachment_count") is not None:
        count = sum(part["action"] == "remove" for part in ours.report["parts"])
        if count != row["attachment_count"]:
            deviates("count", f"ours {count}, theirs {row['attachment_count']}")
    return found


def _rendered(texts):
    """Words of the header blocks and of what is below them."""
    parted = [text.replace("\r\n", "\n").partition("\n\n") for text in texts]
    return [w for head, _, _ in parted for w in head.split()], [w for _, _, text in parted for w in text.split()]


def _wanted_names(row):
    return [part["name"] for part in row["attachments"] if part["name"] is not None] + list(row.get("inline") or [])


# --- Python's email package -----------------------------------------------------------------------------------------

def parsed(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


def python_subject(octets):
    """Decoded Subject, or None where Python has none or gives up."""
    try:
        value = parsed(octets)["Subject"]
    except (ValueError, LookupError, IndexError, AttributeError, TypeError):
        value = email.message_from_bytes(octets)["Subject"]
        value = value and str(email.header.make_header(email.header.decode_header(value)))
    return None if value is None else str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def python_names(octets):
    """Names of all parts that are no body of their own accord."""
    names = []
    for part in email.message_from_bytes(octets).walk():
        name = part.get_filename()
        if name:
            name = "".join(p if isinstance(p, str) else p.decode(c or "ascii", "replace")
                           for p, c in email.header.decode_header(name))
            names.append(name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    return sorted(names)


def against_python(name, octets, ours):
    """A mail that no oracle knows -> [Deviation]."""
    found = []
    try:
        subject, names = python_subject(octets), python_names(octets)
    except (ValueError, LookupError, AttributeError) as fault:
        return [Deviation(name, "python", "parse", f"{type(fault).__name__}: {fault}")]
    if squeezed(plain(subject or "")) != squeezed(plain(ours.subject)):
        found.append(Deviation(name, "python", "subject", f"ours {ours.subject!r}, theirs {subject!r}"))
    if [plain(n) for n in names] != [plain(n) for n in ours.names]:
        found.append(Deviation(name, "python", "names", f"ours {ours.names}, theirs {names}"))
    return found


def own_marks(octets):
    """How many U+FFFD and 〓 the sample itself holds: by the codes of the character sets, so that nothing is guessed."""
    count, message = 0, email.message_from_bytes(octets)
    heads = octets.partition(b"\n\n")[0]
    words = email.header.decode_header(heads.decode("latin-1"))
    texts = [(piece, charset) for piece, charset in words if isinstance(piece, bytes)] + [(heads, None)]
    texts += [(part.get_payload(decode=True) or b"", part.get_content_charset()) for part in message.walk()
              if part.get_content_maintype() == "text"]
    for text, charset in texts:
        codes = [GETA[key] for key in GETA if key in (charset or "utf-8").lower().replace("_", "-")]
        count += sum(len(re.findall(code, text)) for code in codes) + text.count(REPLACEMENT)
        count += len(re.findall(rb"&#(?:65533|x0*fffd|12307|x0*3013);", text, re.I))
    return count


def strange_marks(name, octets, ours):
    """U+FFFD and 〓 of ours that the sample does not hold -> [Deviation]."""
    seen = "\n".join([ours.subject, ours.text, ours.field("From"), ours.field("To"), ours.field("Cc"), *ours.names])
    count, own = sum(seen.count(mark) for mark in MARKS), own_marks(octets)
    if count <= own:
        return []
    at = min(i for i in (seen.find(mark) for mark in MARKS) if i >= 0)
    return [Deviation(name, "self", "marks", f"{count}, the sample has {own}: {seen[max(0, at - 30):at + 40]!r}")]


def against_other_ends(name, lf, crlf):
    """The same mail with both ends of lines -> [Deviation]."""
    one, two = lf.shape(), crlf.shape()
    return [Deviation(name, "self", f"ends-{key}", f"LF {str(one[key])[:300]!r}, CRLF {str(two[key])[:300]!r}")
            for key in one if one[key] != two[key]]
