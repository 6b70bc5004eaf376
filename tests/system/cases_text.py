# SPDX-License-Identifier: Apache-2.0
"""Texts: the words of a mail for who may read them, as they left or in another character set; nothing with the key locked, nothing
written, each time on record."""
import contextlib
import json
import sqlite3
import threading

import smtp
from cases_release import ALLOWED, OPTIONS, Release, prepared  # noqa: F401 (OPTIONS is the suite's)
from cases_request import PEOPLE
from check import equal, expect
from gateway import GROUP

WORDS = "会議の資料を送ります。TEXT-PLANTED-5hQ2\n詳細は http://example.com/shiryo をご覧ください。\n"
GARBLED = "文字化けした本文です。ご確認ください。\n"


def cases(chain, folder):
    folder.mkdir(parents=True, exist_ok=True)
    release = Release(chain, folder)
    return [(f"text: {name}", lambda function=function: function(release)) for name, function in (
        ("people, keys and mail", begun),
        ("with the key locked nobody reads a word, and is told why", locked),
        ("officer and recipient read what was delivered, with links as they left", read),
        ("an approver reads what is asked for, others nothing", approver),
        ("a mail in a wrong character set is read again in the right one", garbled),
        ("what is no mail, no character set and no text is said", wrong),
        ("many at once are answered or asked to come again, and mail goes on", many),
        ("each reading is on record with its person, and no word of the mail", recorded),
        ("no word of a text is in the store's files or the run folder", nowhere),
    )]


def begun(release):
    prepared(release)
    release.text = plain(release, WORDS.encode(), "utf-8")
    # EUC-JP that calls itself windows-1251: no evidence is strong enough against a label of another country.
    release.garbled = plain(release, GARBLED.encode("shift_jis"), "big5")


def plain(release, body, charset):
    before = release.receipts("taro@city.example.jp")
    head = (f"From: sender@example.org\nTo: taro@city.example.jp\nSubject: text\nMIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\n"
            "Content-Transfer-Encoding: 8bit\n\n").encode()
    reply, _ = release.chain.send(smtp.wire(head + body), "taro@city.example.jp")
    equal(reply.code, 250, f"reply {reply}")
    return (release.receipts("taro@city.example.jp") - before).pop()


def text(release, who, receipt, *options, expected=0):
    done = release.run(who, "text", receipt, "--json", *options, expected=expected)
    return json.loads(done.stdout) if expected == 0 else done


def locked(release):
    done = text(release, "taro", release.text, expected=77)
    expect("locked" in done.stderr and "unlock" in done.stderr, "it says why", "locked", done.stderr)
    equal(done.stdout, "", "output")


def read(release):
    release.unlock()
    for who in ("officer", "taro"):
        row = text(release, who, release.text)
        equal(row["text"], WORDS.replace("http://example.com", "hxxp://example[.]com"), f"text for {who}")
        equal((row["charset"], row["delivered"], row["replaced"], row["cut"], row["subject"]), ("utf-8", True, 0, False, "text"), "facts")


def approver(release):
    done = text(release, "anna", release.text, expected=65)
    expect("may" in done.stderr, "it says why", "may", done.stderr)
    release.ask("taro", release.text, "--whole", to=f"taro@{ALLOWED}")
    expect("TEXT-PLANTED" in text(release, "anna", release.text)["text"], "anna reads it", "TEXT-PLANTED", "")
    text(release, "akira", release.garbled, expected=65)
    text(release, "root", release.text, expected=77)


def garbled(release):
    row = text(release, "taro", release.garbled)
    again = text(release, "taro", release.garbled, "--charset", "shift_jis")
    equal((again["text"], again["charset"], again["charset_reason"], again["replaced"]), (GARBLED, "shift_jis", "asked", 0), "read again")
    other = text(release, "taro", release.garbled, "--charset", "koi8-r")
    expect(other["text"] != GARBLED and not other["delivered"], "in a wrong one", False, other)
    equal(again["delivered"], row["text"] == GARBLED, "delivered")


def wrong(release):
    text(release, "taro", "1000000001" if release.text != "1000000001" else "2000000002", expected=65)
    done = text(release, "taro", release.text, "--charset", "utf-7", expected=64)
    expect("iso-2022-jp" in done.stderr, "it names those that there are", "iso-2022-jp", done.stderr)


def many(release):
    statuses, mails = [], []

    def ask():
        statuses.append(release.gateway.mugai("text", release.text, user=PEOPLE["taro"][0], group=int(GROUP), extra_groups=[]).returncode)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        mails.append(release.mail([("a.bin", b"x")])[0])
    for thread in threads:
        thread.join()
    equal(sorted(set(statuses) - {75}), [0], f"statuses {statuses}")
    equal(len(mails), 3, "mails meanwhile")


def entries(release):
    with sqlite3.connect(f"file:{release.gateway.state}/index.db?mode=ro", uri=True) as db:
        return [json.loads(row[0]) for row in db.execute("SELECT entry FROM audit ORDER BY number")]


def recorded(release):
    rows = [e for e in entries(release) if e["act"] == "read" and e.get("for") == "text"]
    expect({e["actor"] for e in rows} >= {"p:1", "p:2", "p:3"}, "officer, taro and anna", {"p:1", "p:2", "p:3"}, rows[:3])
    expect(all(e["as"] == "sealed" for e in rows), "as it is kept")
    expect(any(e.get("charset") == "shift_jis" for e in rows), "the character set")
    refused = [e for e in entries(release) if e["act"] == "refused" and e.get("what") == "text"]
    expect({e["actor"] for e in refused} >= {"p:3", "p:4", "root"}, "who was refused", {"p:3", "p:4", "root"}, refused)
    expect(all(e["actor"] != "gateway" for e in refused), "never the gateway")
    equal(sum("TEXT-PLANTED" in json.dumps(e) for e in entries(release)), 0, "words in the trail")
    equal(release.gateway.mugai("audit", "verify").returncode, 0, "the trail verifies")


def nowhere(release):
    for folder in (release.gateway.state, release.gateway.run):
        for path in folder.rglob("*"):
            with contextlib.suppress(FileNotFoundError):
                if path.is_file():
                    expect(b"TEXT-PLANTED" not in path.read_bytes(), f"{path}")
