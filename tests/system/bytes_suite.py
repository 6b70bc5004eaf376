#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite bytes: what `mugai get` returns is what virtual(8) delivers behind a milter that does nothing, over awkward forms.

The yardstick is Postfix itself: both chains are sent the same octets. The real mails of the corpus have their own suite."""
import random
import sys

from harness import Chain, Virtual, as_milter_saw, need_root, same_original, workspace

import seeds
import smtp
from check import Suite, equal, expect

HEAD = b"From: a@example.org\r\nTo: b@city.example.jp\r\nSubject: "


def forms():
    """(name, octets between DATA's reply and the final dot)."""
    yield "plain", HEAD + b"plain\r\n\r\nbody\r\n"
    yield "folded fields", HEAD + b"a\r\n  folded\r\n\tby tab\r\n \r\n  after a blank fold\r\nX-A: 1\r\n\r\nbody\r\n"
    yield "no space after the colon", b"From:a@example.org\r\nSubject:none\r\nTo:   three\r\n\r\nbody\r\n"
    yield "tab after the colon, blanks at the end", b"From:\ta@example.org\r\nSubject:\t \t tabs \t\r\nX-E:  \r\nX-N:\r\n\r\nbody \t\r\n"
    yield "blank before the colon", b"From : a@example.org\r\nSubject\t: odd\r\n\r\nbody\r\n"
    yield "names in odd case", b"fRoM: a@example.org\r\nSUBJECT: x\r\nx-UPPER-lower: y\r\n\r\nbody\r\n"
    yield "the same field again", HEAD + b"1\r\nSubject: 2\r\nSubject: 2\r\nX-A: 1\r\nX-A: 1\r\n\r\nbody\r\n"
    yield "8-bit in header and body", HEAD + "件名".encode("cp932") + b"\r\nX-U: \xe3\x81\x82\xff\r\n\r\n" + bytes(range(128, 256)) + b"\r\n"
    yield "every octet but NUL, CR and LF", HEAD + b"x\r\n\r\n" + bytes(c for c in range(1, 256) if c not in (10, 13)) + b"\r\n"
    yield "long lines in the body", HEAD + b"x\r\n\r\n" + b"a" * 998 + b"\r\n" + b"b" * 3000 + b"\r\n" + b"c" * 70000 + b"\r\n"
    yield "long header line", HEAD + b"x" * 5000 + b"\r\nX-Long: " + b"y" * 2048 + b"\r\n\r\nbody\r\n"
    yield "field beyond Postfix's cut", HEAD + b"z" * 70000 + b"\r\n\r\nbody\r\n"
    yield "field of many folds", HEAD + b"x\r\nX-F: a" + b"\r\n  fold" * 3000 + b"\r\n\r\nbody\r\n"
    yield "no final line end", HEAD + b"x\r\n\r\nno end"
    yield "bare CR", HEAD + b"x\r\n\r\na\rb\r\rc\r\n\rd\r\n"
    yield "bare LF", HEAD + b"x\r\n\r\na\nb\n\nc\r\n"
    yield "bare LF ends the header", b"From: a@example.org\nSubject: x\n\nbody\n"
    yield "CR CR LF", HEAD + b"x\r\n\r\na\r\r\nb\r\r\n"
    yield "bare CR in a field", HEAD + b"a\rb\r\nX-A: c\r d\r\n\r\nbody\r\n"
    yield "NUL in header and body", HEAD + b"a\0b\r\n\r\nc\0d\0\0\r\n"
    yield "no body, empty line", HEAD + b"x\r\n\r\n"
    yield "no body, no empty line", HEAD + b"x\r\n"
    yield "empty lines only", b"\r\n\r\n\r\n"
    yield "nothing", b""
    yield "no header", b"\r\nonly a body\r\n"
    yield "a line that is no field ends the header", HEAD + b"x\r\nthis is no field\r\nX-After: 1\r\n\r\nbody\r\n"
    yield "first line is no field", b"no field here\r\nFrom: a@example.org\r\n\r\nbody\r\n"
    yield "first line is a fold", b" folded first\r\nFrom: a@example.org\r\n\r\nbody\r\n"
    yield "From line of a mailbox", b"From a@example.org Fri Nov 20 09:00:00 2026\r\nFrom: a@example.org\r\n\r\nbody\r\n"
    yield "quoted From line", b">From a@example.org\r\nFrom: a@example.org\r\nSubject: x\r\n\r\nbody\r\n"
    yield "dots", HEAD + b"x\r\n\r\n.\r\n..\r\n.a\r\n...\r\nend.\r\n"
    yield "fields that Postfix drops", b"Return-Path: <x@example.org>\r\nBcc: hidden@example.org\r\nContent-Length: 5\r\n" + HEAD + b"x\r\n\r\nbody\r\n"
    yield "fields that Postfix adds, sent along", (b"Received: from x by y; Fri, 20 Nov 2026 09:00:00 +0900\r\nDelivered-To: z@example.org\r\n"
                                                   b"X-Original-To: z@example.org\r\n" + HEAD + b"x\r\n\r\nbody\r\n")
    yield "empty lines at both ends of the body", HEAD + b"x\r\n\r\n\r\n\r\nbody\r\n\r\n\r\n"
    yield "blank line of blanks", HEAD + b"x\r\n \r\nX-A: 1\r\n\t\r\n\r\nbody\r\n"
    yield "999 fields", b"".join(b"X-%d: %d\r\n" % (i, i) for i in range(996)) + HEAD + b"x\r\n\r\nbody\r\n"
    yield "a megabyte of noise", HEAD + b"x\r\n\r\n" + random.Random(1).randbytes(1 << 20).replace(b"\0", b"0") + b"\r\n"
    for size in (65533, 65534, 65535, 65536, 65537):
        yield f"body of {size} octets", HEAD + b"x\r\n\r\n" + b"q" * (size - 2) + b"\r\n"
    for name, mail in (("JIS", seeds.jis()), ("newsletter", seeds.newsletter()), ("estimate", seeds.estimate())):
        yield name, smtp.wire(mail)


def noise(count):
    """Lines of random shape: what nobody thought of."""
    dice = random.Random(20261120)
    pieces = [b"\r\n", b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"X-A: b", b"Subject: c", b"\xe3\x81\x82", b"\x1b$B", b"a" * 70, b".", b"\0", b";"]
    for number in range(count):
        yield f"noise {number}", HEAD + b"n\r\n" + b"".join(dice.choice(pieces) for _ in range(dice.randrange(1, 60))) + b"\r\n"


def main():
    need_root()
    suite = Suite("bytes")
    with workspace("bytes") as (folder, stack):
        chain = stack.enter_context(Chain(folder / "chain"))
        virtual = Virtual(folder / "virtual", stack)

        def check(name, wire, number):
            rcpt = f"b{number:05d}@city.example.jp"
            reply, _ = chain.send(wire, rcpt)
            other = virtual.send(wire, rcpt)
            equal(reply.code, other.code, f"reply of the gateway and of the chain that does nothing ({other})")
            if other.code != 250:
                return f"both refuse: {other.code}"
            yardstick = virtual.mail(rcpt)
            expect(yardstick is not None, "the chain that does nothing delivered it")
            rows = chain.gateway.trace("--to", rcpt)
            equal(len(rows), 1, "rows in trace")
            kept = chain.gateway.get(rows[0]["receipt"])
            expect(same_original(kept, yardstick), f"{name}: kept and delivered octets agree", as_milter_saw(yardstick)[:400], kept[:400])
            chain.arrivals(rcpt)
            return f"{len(kept)} octets"

        number = 0
        for name, wire in forms():
            number += 1
            with suite.case(name) as case:
                case["figure"] = check(name, wire, number)
        with suite.case("lines of random shape") as case:
            for name, wire in noise(300):
                number += 1
                check(name, wire, number)
            case["figure"] = "300 mails"
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
