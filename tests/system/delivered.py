# SPDX-License-Identifier: Apache-2.0
"""Looks at what arrived at the next hop with a second parser, Python's email, and by hand where that one is too kind.

faults() knows the output grammar from the README and nothing of the program that wrote the mail."""
import base64
import email
import email.policy
import re
import unicodedata

# Each at most once; Received as often as it came, and one more that our own Postfix puts on top.
ONCE = {"from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references",
        "auto-submitted", "precedence", "list-id", "mime-version", "content-type", "content-transfer-encoding",
        "x-mail-sanitized", "x-mugai-receipt"}
ENCODED_WORD = re.compile(r"=\?[!-~]+?\?[BbQq]\?[!->@-~]*\?=")
BIDI = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
LIVE = re.compile(r"(?i)(?<![a-z0-9])((?:https?|ftps?|file|smb|ldaps?|wss?)://[^\s]|(?:javascript|vbscript|data):[^\s]|www\.[a-z0-9])")
# The shipped fixed lines, above which the sender's words stand and below which the gateway's.
FIXED = ("━━━━━ ここから下は", "------ Below this line: ")


def fields(data):
    """(raw header fields as they stand on the wire, body); a field is (name, octets with its folds, no final CRLF)."""
    head, mark, body = data.partition(b"\r\n\r\n")
    if not mark and data.startswith(b"\r\n"):
        head, body = b"", data[2:]
    found = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and found:
            found[-1] = (found[-1][0], found[-1][1] + b"\r\n" + line)
        else:
            found.append((line.partition(b":")[0].decode("latin-1"), line))
    return found, body


def body_text(data):
    """The decoded body. Raises where it is not what its header says."""
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    return message.get_payload(decode=True).decode(message.get_content_charset() or "ascii")


def header(data, name):
    """The decoded value of a field, or None."""
    value = email.message_from_bytes(data, policy=email.policy.default).get(name)
    return None if value is None else str(value)


def faults(data):
    """What is wrong with a delivered mail: a list of sentences, empty where it may pass."""
    return _header_faults(data) + _structure_faults(data)


def _header_faults(data):
    wrong, seen = [], {}
    for name, raw in fields(data)[0]:
        low = name.lower()
        seen[low] = seen.get(low, 0) + 1
        if low not in ONCE and low != "received":
            wrong.append(f"field {raw[:120]!r} is not in the list")
        if low in ONCE and seen[low] > 1:
            wrong.append(f"field {name} stands {seen[low]} times")
        if re.search(rb"[^\t\r\n -~]", raw) or re.search(rb"\r(?!\n)|(?<!\r)\n", raw):
            wrong.append(f"field {name} has octets that are no printable ASCII: {raw[:120]!r}")
        if any(len(line) > 998 for line in raw.split(b"\r\n")):
            wrong.append(f"field {name} has a line of more than 998 octets")
        for word in ENCODED_WORD.findall(raw.decode("latin-1")):
            if len(word) > 75:
                wrong.append(f"encoded word of {len(word)} characters in {name}")
        if low != "received":
            wrong += _decoded_faults(name, data)
    for name in ("from", "date", "mime-version", "content-type", "content-transfer-encoding"):
        if name not in seen:
            wrong.append(f"field {name} is missing")
    return wrong


def _decoded_faults(name, data):
    value = email.message_from_bytes(data, policy=email.policy.compat32).get(name)
    decoded = "".join(p if isinstance(p, str) else p.decode(c or "ascii", "replace")
                      for p, c in email.header.decode_header(re.sub(r"\r?\n", "", str(value))))
    bad = [f"U+{ord(c):04X}" for c in decoded if unicodedata.category(c) == "Cc" and c != "\t" or c in BIDI]
    return [f"field {name} decodes to {', '.join(bad)}"] if bad else []


def _structure_faults(data):
    wrong = []
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    if message.is_multipart() or message.get_content_type() != "text/plain":
        wrong.append(f"content type {message.get('Content-Type')!r}, multipart {message.is_multipart()}")
    if re.sub(r"\s+", " ", str(message.get("Content-Type"))).lower() not in (
            "text/plain; charset=utf-8", "text/plain; charset=iso-2022-jp"):
        wrong.append(f"content type is not of our form: {message.get('Content-Type')!r}")
    if message.get("Content-Transfer-Encoding") not in ("base64", "7bit"):
        wrong.append(f"transfer encoding {message.get('Content-Transfer-Encoding')!r}")
    if message.get_filename() is not None or message.get("Content-Disposition") is not None:
        wrong.append(f"it has a file name or a disposition: {message.get_filename()!r}")
    if message.defects:
        wrong.append(f"Python's parser found {message.defects!r}")
    return wrong + _body_faults(data, message)


def _body_faults(data, message):
    wrong = []
    raw = fields(data)[1]
    if any(len(line) > 998 for line in raw.split(b"\r\n")):
        wrong.append("a line of the body is longer than 998 octets")
    if re.search(rb"[^\t\r\n -~]", raw.replace(b"\x1b", b"")) or re.search(rb"\r(?!\n)|(?<!\r)\n", raw):
        wrong.append("the encoded body has octets that are no ASCII text in CRLF lines")
    try:
        if message.get("Content-Transfer-Encoding") == "base64":
            base64.b64decode(raw.replace(b"\r\n", b""), validate=True)
        text = body_text(data)
    except (ValueError, LookupError) as fault:
        return wrong + [f"the body does not decode: {fault}"]
    bad = sorted({f"U+{ord(c):04X}" for c in text if _forbidden(c)})
    if bad:
        wrong.append(f"the body has forbidden characters: {', '.join(bad[:8])}")
    if any(len(line.encode()) > 998 for line in text.split("\n")):
        wrong.append("a decoded line is longer than 998 octets")
    live = LIVE.search(text)
    if live:
        wrong.append(f"live link in the body: {text[max(0, live.start() - 40):live.end() + 40]!r}")
    return wrong + [f"a line of the notice has {columns(line)} columns: {line}" for line in notice_lines(text) if columns(line) > 76]


def notice_lines(text):
    """From the fixed line on; none where there is no such line."""
    lines = text.split("\n")
    last = max((n for n, line in enumerate(lines) if line.startswith(FIXED)), default=len(lines))
    return [line.rstrip("\r") for line in lines[last:]]


def columns(line):
    """In a font of East Asia: UAX 11, what is ambiguous counts as wide."""
    return sum(0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 1 + (unicodedata.east_asian_width(c) in "WFA") for c in line)


def _forbidden(c):
    if c in "\t\n\r":
        return False
    return unicodedata.category(c) == "Cc" or c in BIDI or 0xE0000 <= ord(c) <= 0xE007F
