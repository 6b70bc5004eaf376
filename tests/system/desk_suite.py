#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite desk: each person's whole path through the pages, in Debian's chromium, with JavaScript and without; what a mail says shown
harmlessly; every route as who may not. Screenshots stay below build/desk/shots."""
import base64
import email.headerregistry
import email.message
import email.policy
import json
import multiprocessing
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse

from harness import CORPUS, Chain, free_port, need_root, workspace

import smtp
from browser import PACKAGES, Browser
from cases_seal import PHRASES
from check import Suite, equal, expect, wait_for
from desk_people import ALLOWED, PASSWORD, PEOPLE, TOWN, People
from gateway import TOP, with_lines
from web_server import WebServer

PERSONS, ROUNDS, MAILS = 50, 5, 10  # of the crowd
NAME = "見積書（令和8年度）.xlsx"
INJECTIONS = [
    "<script>window.mugaiRan=1;alert(1)</script>", "\"><img src=x onerror=window.mugaiRan=1>", "'><svg onload=alert(1)>",
    "</title><script>alert(1)</script>", "javascript:alert(1)", "{{7*7}}${7*7}<%=7*7%>", "<a href=//evil.example>押す</a>",
    "--><!--<b>", "&lt;script&gt;alert(1)&lt;/script&gt;", "=HYPERLINK(\"http://evil.example\")", "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=0;url=//evil.example>", "\u202eexe.slx", "a\u0000b<i>", "%3Cscript%3E",
    "<style>*{display:none}</style>", "</textarea></form><form action=//evil.example>", "😀🈁" * 20, "x" * 300]


class Session:
    """Browser, people, and which pages were looked at."""

    def __init__(self, chain, folder, port):
        self.chain, self.gateway, self.people = chain, chain.gateway, People(chain, port)
        self.browser = Browser(f"http://127.0.0.1:{port}", folder / "browser")
        self.boxes, self.folder = folder / "boxes", folder
        self.shots = PACKAGES / "shots"
        self.shots.mkdir(parents=True, exist_ok=True)
        self.seen, self.serial, self.script = set(), 0, True

    def mail(self, files, rcpt="taro@city.example.jp", subject=None, sender="sender@example.org", name=None):
        """One mail; its receipt."""
        self.serial += 1
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        message["Subject"] = subject or f"見積の件 {self.serial}"
        message["From"] = email.headerregistry.Address(name or "", addr_spec=sender)
        message["To"] = rcpt
        message.set_content("本文です。\n")
        for label, content in files:
            message.add_attachment(content, maintype="application", subtype="octet-stream", filename=label)
        before = self.receipts()
        reply, _ = self.chain.send(smtp.wire(message.as_bytes()), rcpt)
        equal(reply.code, 250, f"reply {reply}")
        return (self.receipts() - before).pop()

    def receipts(self):
        """Of all mail but letters, which come when the gateway sends them."""
        return {row[0] for row in self.sql("SELECT receipt FROM mail WHERE receipt IS NOT NULL AND sender <> ''")}

    def sql(self, text, change=False):
        with sqlite3.connect(f"file:{self.gateway.state}/index.db{'' if change else '?mode=ro'}", uri=True, timeout=20) as db:
            return db.execute(text).fetchall()

    def acts(self, act):
        return [e for e in (json.loads(row[0]) for row in self.sql("SELECT entry FROM audit ORDER BY number")) if e["act"] == act]

    # --- pages

    def look(self, name):
        """The page as it is: nothing active, no fault, no violation; a picture of it once."""
        browser, key = self.browser, (name, self.script)
        found = browser.active()
        equal((found["scripts"], found["ran"], found["overflow"]), (0, False, False), f"page {name}: active elements, scripts, width")
        if key not in self.seen:
            self.seen.add(key)
            browser.shot(str(self.shots / f"{name}{'' if self.script else '-noscript'}.png"))
            browser.zoom(True)
            expect(not browser.active()["overflow"], f"page {name}: at 200 % nothing is wider than the window")
            browser.zoom(False)
            equal(browser.axe(), [], f"page {name}: axe")
        equal(browser.faults(), [], f"page {name}: faults")

    def go(self, path, name, status=200):
        answer = self.browser.go(path)
        equal(answer["status"], status, f"{path}: {self.browser.text()[:300]}")
        self.look(name)
        return answer["headers"]

    def click(self, selector, name, status=200):
        got = self.browser.click(selector)
        equal(got, status, f"{name}: {self.browser.text()[:400]}")
        self.look(name)

    def enter(self, login):
        """In a session that there is already."""
        self.browser.open(self.script, self.people.token(login))
        self.go("/", f"start-{PEOPLE[login][0][0]}")

    def sign_in(self, login, password=PASSWORD, name="start", status=200):
        self.browser.open(self.script, None)
        self.go("/sign-in", "sign-in")
        self.browser.fill("#f-login", login)
        self.browser.fill("#f-password", password)
        self.browser.fill("#f-code", self.people.all[login].code())
        self.click("main form button.main", name, status)

    def step_up(self, login, name):
        """Password and code once more, where they are asked for."""
        if self.browser.count("#f-password"):
            self.look("step-up")
            self.browser.fill("#f-password", PASSWORD)
            self.browser.fill("#f-code", self.people.all[login].code())
            self.click("main form button.main", name)

    def request(self, receipt, words="契約の確認に要るため"):
        """From a receipt number to a request, as taro: (number, actions)."""
        self.go("/", "start-staff")
        self.browser.fill("#f-receipt", f"{receipt[:4]} {receipt[4:8]}-{receipt[8:]}")
        equal(self.browser.press("Enter"), 200, "the mail")
        self.look("mail")
        self.browser.fill("main form[action$='/request'] #f-reason", words)
        self.click("main form[action$='/request'] button.main", "request-made")
        return int(re.search(r"/requests/(\d+)", self.browser.url()).group(1)), 2

    def decide(self, login, number, how, reason="", stale=False):
        self.enter(login)
        if stale:
            self.sql("UPDATE token SET stepped = 1 WHERE idle IS NOT NULL", change=True)
        self.go(f"/requests/{number}", "request-waiting")
        if reason:
            self.browser.fill("main form[action='/requests/decide'] #f-reason", reason)
        got = self.browser.click(f"main button[name=decision][value={how}]")
        expect(got in (200, 403), "decided, or asked for the password", (200, 403), got)
        if stale and how == "approve":
            equal(got, 403, "an old session is asked for password and code")
        self.step_up(login, f"request-{how}")

    def arrived(self, words, seconds=60):
        """The mail with these words in the Maildir on the Internet side, where a Postfix delivered it; or None."""
        found = []

        def look():
            new = self.boxes / "soto" / "new"
            found[:] = [data for path in (new.iterdir() if new.is_dir() else ()) if words in (data := path.read_bytes())]
            return found
        wait_for(look, seconds)
        equal(len(found), 1, "mails in the Maildir")
        return email.message_from_bytes(found[0], policy=email.policy.default)

    def state(self, number):
        return self.sql(f"SELECT state FROM request WHERE number = {number}")[0][0]


def cases(session):
    def both(name, function):
        def run(script):
            session.script = script
            function(session)
        return [(name, lambda: run(True)), (f"{name}, without JavaScript", lambda: run(False))]
    return [*both("sign in with a code, a wrong one, in both languages, and out", signing),
            *both("from a receipt number to a request in two actions, approved, and the file arrives", released),
            *both("what runs needs two people, and each says password and code again", two),
            *both("denied with a reason, taken back, expired", ended),
            *both("a wrong digit, another's mail, no mail, what does not exist", wrong),
            *both("a garbled mail is read again in another character set", garbled),
            ("the audit trail is read and exported by the auditor, and verifies elsewhere", lambda: audit(session)),
            *both("a table of people: what is wrong with it, what it would change, and done", imported),
            *both("searches, and who else received the same file", found),
            ("each page that has a route, for each duty, in both languages", lambda: pages(session)),
            ("by the keyboard alone", lambda: keyboard(session)),
            ("injections in subject, name, address and file name are text", lambda: injections(session)),
            ("subjects and names of the corpus are text", lambda: corpus(session)),
            ("each route as nobody, as each duty, as another organization", lambda: duties(session)),
            ("each act with a missing, an old and a foreign token, and from another page", lambda: tokens(session)),
            ("long, malformed and foreign fields are 4xx, and no route falls", lambda: malformed(session)),
            ("attempts are throttled by login and said as 429", lambda: throttled(session)),
            ("every answer has the header fields that keep a page to itself", lambda: headers(session)),
            ("while 50 people click at once every mail is taken and no page fails", lambda: crowd(session)),
            ("the pages stopped and killed change nothing for mail", lambda: killed(session)),
            ("with the key locked a text is not read, and the page says who unlocks it", lambda: locked(session)),
            ("through TLS of its own: sign in, and a page", lambda: tls(session)),
            ("through a unix socket behind a web server, which signs people in or leaves it to the page", lambda: proxied(session))]


def prepared(session):
    session.files = session.mail([(NAME, b"PK\x03\x04 planted")])
    session.program = session.mail([("tool.exe", b"MZ\x90\x00" + b"\0" * 200)])
    session.town = session.mail([("a.bin", b"town")], rcpt=f"machi@{TOWN}")
    session.people.register()


def signing(session):
    session.sign_in("taro", "not the password at all", "sign-in-wrong", 401)
    session.sign_in("taro", name="start-staff")
    cookie = [c for c in session.browser.cookies() if c["name"] == "mugai"][0]
    equal((cookie["httpOnly"], cookie["sameSite"]), (True, "Strict"), "the session's cookie")
    session.click("button[name=language]", "start-staff-en")
    expect("Sign out" in session.browser.text(), "English", "Sign out", session.browser.text()[:200])
    session.click("button[name=language]", "start-staff")
    session.click("form[action='/sign-out'] button", "sign-in")
    session.go("/requests", "sign-in-needed", 401)


def released(session):
    content = b"PK\x03\x04 " + os.urandom(500)
    receipt = session.mail([(NAME, content)])
    session.enter("taro")
    number, actions = session.request(receipt)
    expect(actions <= 3, "actions", 3, actions)
    equal(session.state(number), "waiting", "state")
    session.decide("anna", number, "approve")
    got = session.arrived(f"<request.1.{number}@mugai.invalid>".encode())
    files = list(got.iter_attachments())
    equal([(file.get_filename(), file.get_payload(decode=True)) for file in files], [(NAME, content)], "the file that it carries")
    equal(got["X-Original-To"], f"taro@{ALLOWED}", "to whom it was delivered")
    expect(wait_for(lambda: session.state(number) == "released", 60), "the request is released", "released", session.state(number))
    session.enter("taro")
    session.go(f"/requests/{number}", "request-released")
    session.go("/requests?mine=1", "requests-mine")


def two(session):
    receipt = session.mail([("tool.exe", b"MZ\x90\x00" + os.urandom(100))])
    session.enter("taro")
    number, _ = session.request(receipt)
    session.decide("anna", number, "approve", stale=True)
    equal(session.state(number), "waiting", "state after one")
    session.go(f"/requests/{number}", "request-half")
    equal(session.browser.count("button[value=approve]"), 0, "the same person once more")
    session.decide("akira", number, "approve")
    expect(session.state(number) in ("approved", "handed-over", "released"), "state after two", "approved", session.state(number))


def ended(session):
    receipt = session.mail([(NAME, b"PK denied")])
    numbers = []
    for _ in range(3):
        session.enter("taro")
        numbers.append(session.request(receipt)[0])
    session.decide("anna", numbers[0], "deny", "差出人に電話で確かめてください")
    equal(session.state(numbers[0]), "denied", "state")
    session.enter("taro")
    session.go(f"/requests/{numbers[0]}", "request-denied")
    expect("差出人に電話で" in session.browser.text(), "the reason is read by who asked")
    session.go(f"/requests/{numbers[1]}", "request-own")
    session.browser.fill("main form[action='/requests/decide'] #f-reason", "不要になった")
    session.click("main button[value=deny]", "request-taken-back")
    equal(session.state(numbers[1]), "denied", "state of what was taken back")
    # Nothing ends by itself on the first day of an index, since its clock may be wrong.
    session.sql("UPDATE retention SET last_run = unixepoch(), not_before = 0", change=True)
    session.sql(f"UPDATE request SET made = made - 86400 * 400 WHERE number = {numbers[2]}", change=True)
    session.go(f"/requests/{numbers[2]}", "request-expired")
    equal(session.state(numbers[2]), "expired", "state of what nobody decided on")


def wrong(session):
    session.enter("taro")
    digits = session.files[:-1] + str((int(session.files[-1]) + 1) % 10)
    session.browser.fill("#f-receipt", digits)
    equal(session.browser.press("Enter"), 400, "a wrong digit")
    session.look("receipt-wrong")
    session.go(f"/mail/{session.town}", "mail-of-others", 404)
    session.go("/mail/12345", "mail-none", 404)
    session.go("/requests/999999", "request-none", 404)
    session.go("/nothing", "no-page", 404)
    session.go("/requests?state=expired&mine=1", "requests-empty")


def found(session):
    session.enter("officer")
    session.go("/find", "find")
    session.browser.fill("#f-words", "見積")
    session.click("main form[action='/find'] button.main", "found")
    expect(session.browser.count("table a[href^='/mail/']") > 1, "rows")
    session.go(f"/mail/{session.files}", "mail-officer")
    session.click("main a[href^='/find?hash=']", "found-hash")
    expect(session.browser.count(f"a[href='/mail/{session.files}']") == 1, "the mail itself is found by its file")
    session.go("/find?words=zzzzzz", "found-nothing")
    session.enter("taro")
    session.go("/find", "find-staff")
    equal(session.browser.count(f"a[href='/mail/{session.town}']"), 0, "mail of others")


def choose_table(session, lines, encoding="cp932"):
    session.go("/import", "import")
    session.browser.upload("#f-file", "四月.csv", base64.b64encode("\r\n".join(lines).encode(encoding)).decode())


def imported(session):
    persons = lambda: session.sql("SELECT count(*) FROM person")[0][0]  # noqa: E731
    new, renamed = [f"new{session.script}{i}".lower() for i in (1, 2)], f"次郎{session.script}"
    before = persons()
    session.enter("officer")
    session.go("/people", "people-officer")
    session.click("main a[href='/import']", "import")
    choose_table(session, ["ログイン名,氏名,役割", f"{new[0]},新人 一,職員", "誤り,新人 二,職員", f"{new[1]},新人 三,王"])
    session.click("main form button.main", "import-faults", 400)
    equal([session.browser.text(f"tbody tr:nth-child({n}) td:first-child") for n in (1, 2)], ["3", "4"], "lines that are wrong")
    equal(session.browser.count("button[name=apply]"), 0, "what is wrong can be done")
    choose_table(session, ["ログイン名,氏名,役割,有効期限", f"{new[0]},新人 一,職員,2099/3/31", f"{new[1]},新人 髙,職員 承認者,", f"jiro,{renamed},職員,"])
    session.click("main form button.main", "import-plan")
    equal((persons(), session.sql(f"SELECT count(*) FROM person WHERE name = '{renamed}'")[0][0]), (before, 0),
          "what a plan changes")
    session.click("button[name=apply]", "import-done")
    equal(persons() - before, 2, "persons who came in")
    equal(session.sql(f"SELECT name FROM person WHERE login = '{new[1]}'")[0][0], "新人 髙", "a name")
    choose_table(session, ["login,name", f"jiro,{renamed}"], "utf-8-sig")
    session.click("main form button.main", "import-same")
    equal(session.browser.count("button[name=apply]"), 0, "nothing is left to do")


def garbled(session):
    text = "文字化けした本文です。ご確認ください。"
    subject = "化けた件名"
    head = (f"From: sender@example.org\nTo: taro@city.example.jp\nSubject: {subject}\nMIME-Version: 1.0\n"
            "Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: 8bit\n\n").encode("euc-jp")
    before = session.receipts()
    equal(session.chain.send(smtp.wire(head + text.encode("euc-jp") + os.urandom(1).hex().encode()), "taro@city.example.jp")[0].code, 250, "reply")
    receipt = (session.receipts() - before).pop()
    session.enter("taro")
    session.go(f"/mail/{receipt}", "mail-garbled")
    session.browser.choose("main form[action$='/text'] select[name=charset]", "windows-1252")
    session.click("main form[action$='/text'] button.main", "text-garbled")
    expect(text not in session.browser.text() and subject not in session.browser.text(), "in a wrong one it is not readable")
    session.browser.choose("main form[action$='/text'] select[name=charset]", "euc-jp")
    session.click("main form[action$='/text'] button.main", "text-again")
    expect(text in session.browser.text("pre"), "in the right one it is", text, session.browser.text()[:400])
    expect(subject in session.browser.text("main"), "and its subject", subject, session.browser.text()[:400])
    expect(any(e.get("charset") == "euc-jp" and e["receipt"] == receipt for e in session.acts("read")), "it is on record")


def audit(session):
    session.script = True
    session.enter("kansa")
    session.go("/audit", "audit")
    for word in (NAME, "見積", "taro@"):
        expect(word not in session.browser.text("main"), "no content in the trail", None, word)
    token = session.people.token("kansa")
    status, _, bundle = session.people.http("POST", "/audit/export", {"csrf": session.people.csrf(token)}, token)
    equal(status, 200, f"export: {bundle[:300]}")
    status, got, figures = session.people.http("GET", "/figures.csv", cookie=token)
    equal((status, got.get("Content-Type", "").startswith("text/csv")), (200, True), f"figures: {got}")
    expect(not re.search(r'(^|,)"?[=+@-]', figures, re.M) and NAME not in figures, "no formula and no content", None, figures[:500])
    path = session.gateway.folder / "bundle.jsonl"
    path.write_text(bundle)
    done = subprocess.run([sys.executable, TOP / "packaging" / "verify-audit.py", path], capture_output=True, text=True)
    equal(done.returncode, 0, f"{done.stdout}{done.stderr}")


def pages(session):
    """So that a page that comes later is looked at, too: harmless, without violations, no wider than its window."""
    session.script = True
    for login, (duties_of, _, _) in PEOPLE.items():
        session.enter(login)
        for english in (False, True):
            for method, path, allowed in routes():
                if method == "GET" and "*" not in path and path not in ("/receipt", "/figures.csv", "/import.csv") and allowed & set(duties_of) and login != "jiro":
                    session.go(path, f"{path.strip('/').replace('/', '-') or 'start'}-{duties_of[0]}{'-en' if english else ''}")
            session.click("button[name=language]", f"language-{duties_of[0]}")


def keyboard(session):
    session.script = True
    session.browser.open(True, None)
    session.browser.go("/sign-in")
    session.browser.fill("#f-login", "taro")
    session.browser.fill("#f-password", PASSWORD)
    session.browser.fill("#f-code", session.people.all["taro"].code())
    equal(session.browser.press("Enter"), 200, "signed in by Enter")
    session.browser.go("/find")
    session.browser.go("/requests")
    first = session.browser.tab(1)
    expect("skip" in first, "the first stop leads to the content", "skip", first)


def injections(session):
    session.script = True
    receipts = []
    for text in INJECTIONS:
        clean = text.replace("\0", "")
        receipts.append(session.mail([(f"{clean[:80].replace('/', '-')}.bin", os.urandom(9))], subject=clean, name=clean[:60]))
    session.enter("officer")
    session.go("/find?to=taro", "found-injections")
    text = session.browser.text()
    for subject in ("<script>window.mugaiRan=1;alert(1)</script>", "</title><script>alert(1)</script>", "<base href=//evil.example/>"):
        expect(subject in text, "the subject is shown as it is", subject, text[:500])
    for receipt in receipts:
        session.go(f"/mail/{receipt}", "mail-injected")
    session.go("/find?words=" + "%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "find-injected")
    expect("<script>alert(1)</script>" in session.browser.values("#f-words")[0], "what was typed stands in the field")
    session.enter("taro")
    session.request(receipts[0], INJECTIONS[1])
    expect(INJECTIONS[1] in session.browser.text(), "a reason is text", INJECTIONS[1], session.browser.text()[:400])


def corpus(session):
    """As many mails of the corpus as half a minute takes, all on the pages of a search."""
    files = sorted(p for p in CORPUS.rglob("*") if p.suffix in (".eml", ".msg", ".mbox", "") and p.is_file()) if CORPUS.is_dir() else []
    deadline, sent = time.monotonic() + 15, 0
    for path in files:
        if time.monotonic() > deadline:
            break
        data = smtp.wire(path.read_bytes())
        if len(data) < 200000:
            sent += session.chain.send(data, "korpus@city.example.jp")[0].code == 250
    if not files:
        session.mail([("x.bin", b"x")], rcpt="korpus@city.example.jp")
        sent = 1
    session.enter("officer")
    session.go("/find?to=korpus", "found-corpus")
    rows = session.browser.count("tbody tr")
    expect(rows >= min(sent, 100) - 2, "rows", sent, rows)
    for path in [h for h in session.browser.links() if h.startswith("/mail/")][:20]:
        session.go(path, "mail-corpus")


# --- routes, without a browser

# These act without any field.
ACTS = ("/sign-out", "/account/end", "/account/totp", "/people/*/password", "/people/*/totp", "/people/*/revoke", "/audit/verify",
        "/audit/export", "/mail/*/text")


def routes():
    """(method, path, duties) of the table of the console, so that a new one is tried, too."""
    text = (TOP / "src" / "console" / "route.c").read_text()
    names = {"EVERYBODY": set(), "PERSONS": {"administrator", "officer", "approver", "staff", "auditor"}}
    for name, words in re.findall(r"#define (\w+) \(?((?:MG_DUTY_\w+(?: \| )?)+)\)?", text):
        names[name] = {w.removeprefix("MG_DUTY_").lower() for w in words.split(" | ")}
    table = text.partition("static const MgRoute routes")[2].partition("{0}")[0]
    found = []
    for kind, path, who in re.findall(r"(GET|POST|POST_OPEN|POST_FILES)\(\"([^\"]+)\",\s*([\w |]+)", table):
        allowed = set()
        for word in who.split(" | ") if kind != "POST_OPEN" else ():
            allowed |= names[word] if word in names else {word.removeprefix("MG_DUTY_").lower()}
        found.append((kind[:4].rstrip("_"), path, allowed))
    expect(len(found) >= 10, "routes that were read", 10, found)
    return found


def concrete(session, path):
    return path.replace("*", session.files if path.startswith("/mail") else "jiro" if path.startswith("/people") else "1")


def duties(session):
    tried = 0
    for method, path, allowed in routes():
        if not allowed:
            continue
        at, fields = concrete(session, path), {} if method == "POST" else None
        status, _, _ = session.people.http(method, at, fields)
        equal(status, 401, f"{method} {path} as nobody")
        for login, (duty, _, _) in PEOPLE.items():
            token = session.people.token(login)
            # What acts without a field is not tried by who may.
            if method == "POST" and allowed & set(duty) and path in ACTS:
                continue
            data = {**fields, "csrf": session.people.csrf(token)} if fields is not None else None
            status, _, text = session.people.http(method, at, data, token)
            if allowed & set(duty):
                expect(status in (200, 303, 400, 404), f"{method} {path} as {login}", "let in", f"{status} {text[:300]}")
            else:
                equal(status, 403, f"{method} {path} as {login}")
            tried += 1
    for path in (f"/mail/{session.files}", "/requests/1"):
        status, _, text = session.people.http("GET", path, cookie=session.people.token("machi"))
        equal(status, 404, f"{path} as another organization")
        expect("taro" not in text and NAME not in text, "nothing of it is said")
    refused = session.acts("refused")
    expect(sum(e["what"] == "page" for e in refused) > 10, "refusals are on record", "> 10", len(refused))
    print(f"# {tried} routes and duties", flush=True)


def tokens(session):
    token, other = session.people.token("taro"), session.people.token("anna")
    for method, path, allowed in routes():
        if method != "POST" or "staff" not in allowed or path == "/sign-out":
            continue
        for what, fields, more in (("none", {}, {}), ("an old one", {"csrf": "0" * 64}, {}), ("another's", {"csrf": session.people.csrf(other)}, {}),
                                   ("another site", {"csrf": session.people.csrf(token)}, {"Sec-Fetch-Site": "cross-site"}),
                                   ("another origin", {"csrf": session.people.csrf(token)},
                                    {"Sec-Fetch-Site": None, "Origin": "https://evil.example"}),
                                   ("no origin at all", {"csrf": session.people.csrf(token)}, {"Sec-Fetch-Site": None})):
            status, _, _ = session.people.http("POST", concrete(session, path), fields, token, more)
            equal(status, 403, f"POST {path} with {what}")
    for path in ("/sign-in", "/language"):
        equal(session.people.http("POST", path, {"login": "taro", "language": "en"}, headers={"Sec-Fetch-Site": "cross-site"})[0], 403, path)


def malformed(session):
    token = session.people.token("officer")
    csrf = session.people.csrf(token)
    bad = ["x" * 5000, "\u0007", "a\nb", "\ufffe", "９" * 400, "../../etc/passwd", "%00", "-1", "99999999999999999999"]
    for method, path, allowed in routes():
        if "officer" not in allowed or (method == "POST" and path in ACTS):
            continue
        for text in bad:
            names = ("words", "from", "hash", "since", "until", "outcome", "state", "before", "number", "reason", "to", "part", "decision", "how",
                     "login", "name", "organization", "addresses", "password", "password2", "before", "duty", "charset", "actor", "act")
            if method == "GET":
                for name in names:
                    query = urllib.parse.urlencode({name: text})
                    status = session.people.http("GET", f"{concrete(session, path)}?{query}", cookie=token)[0]
                    expect(status < 500, f"GET {path}?{name}={text[:20]!r}", "< 500", status)
            else:
                status = session.people.http("POST", concrete(session, path), {"csrf": csrf, **{n: text for n in names}}, token)[0]
                expect(400 <= status < 500, f"POST {path} with {text[:20]!r}", "4xx", status)
    for what, status, call in (
            ("a long address", 414, lambda: session.people.http("GET", "/find?words=" + "x" * 5000, cookie=token)),
            ("a large body", 413, lambda: session.people.http("POST", "/requests/decide", {"csrf": csrf, "x": "y" * 1100000}, token)),
            ("many fields", 400, lambda: session.people.http("POST", "/requests/decide", [("csrf", csrf)] + [("a", "b")] * 600, token)),
            ("a body that is no form", 400, lambda: session.people.http("POST", "/requests/decide", None, token, {"Content-Type": "text/xml"}, "<a/>")),
            ("a method that is none", 405, lambda: session.people.http("DELETE", "/requests/1", cookie=token)),
            ("half an escape", 400, lambda: session.people.http("GET", "/find?words=%e3%8", cookie=token))):
        equal(call()[0], status, what)
    equal(session.people.http("GET", "/requests", cookie="nobody-has-this")[0], 401, "a session that is none")


def throttled(session):
    statuses = [session.people.http("POST", "/sign-in", {"login": "nobody-here", "password": "wrong wrong wrong", "code": ""})[0] for _ in range(6)]
    equal((statuses[:3], statuses[-1]), ([401] * 3, 429), f"statuses {statuses}")
    expect(any(e.get("address", "").startswith("h:") for e in session.acts("sign-in-failed")), "the address is on record as a digest")


def headers(session):
    token = session.people.token("officer")
    for path in ("/sign-in", "/", "/find", f"/mail/{session.files}", "/nothing"):
        _, got, _ = session.people.http("GET", path, cookie=token)
        policy = got.get("Content-Security-Policy", "")
        expect("default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy, path, "strict", policy)
        equal((got.get("X-Content-Type-Options"), "no-store" in got.get("Cache-Control", "")), ("nosniff", True), path)


def click(people, tokens, stop, results):
    """50 people who click without a pause, in a process of its own that leaves the processors to the gateway: they sit at other
    machines. Says (status, seconds) of each page."""
    os.nice(19)
    pages_of, lock = [], threading.Lock()

    def person(number):
        while not stop.is_set():
            began = time.monotonic()
            try:
                status = people.http("GET", ("/requests", "/requests?mine=1", "/")[number % 3], cookie=tokens[number % len(tokens)],
                                     source=f"127.0.1.{number + 1}")[0]
            except OSError:
                status = 0
            with lock:
                pages_of.append((status, time.monotonic() - began))
    threads = [threading.Thread(target=person, args=(i,)) for i in range(PERSONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put(pages_of)


def cpu_of(session):
    """Milliseconds of processor that the roles on a mail's way have used."""
    ticks = 0
    for role in ("milter", "sanitize"):
        fields = pathlib.Path(f"/proc/{session.gateway.pids()[role]}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))  # its own and its workers'
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def crowd(session):
    """Rounds by turns, so that what else the machine does falls on both; what it costs a mail is printed, and only a gross figure is
    held. A connection beyond the bound of the console is closed, which is no page that fails."""
    tokens = [session.people.token(login) for login in ("officer", "taro", "anna", "akira", "jiro")]
    times, cpu, pages_of = {False: [], True: []}, {False: 0.0, True: 0.0}, []

    def take(mails, clicking):
        before = cpu_of(session)
        receipts = "','".join(session.mail([("c.bin", os.urandom(8))]) for _ in range(mails))
        cpu[clicking] += cpu_of(session) - before
        rows = [r[0] for r in session.sql(f"SELECT milliseconds FROM mail WHERE receipt IN ('{receipts}')")]
        equal(len(rows), mails, "rows of mails")
        times[clicking] += rows
    for _ in range(ROUNDS):
        take(MAILS, False)
        stop, results = multiprocessing.Event(), multiprocessing.Queue()
        clickers = multiprocessing.Process(target=click, args=(session.people, tokens, stop, results))
        clickers.start()
        take(MAILS, True)
        stop.set()
        pages_of += results.get()
        clickers.join()
    equal({status for status, _ in pages_of} - {0}, {200}, "statuses of pages")
    turned = sum(status == 0 for status, _ in pages_of)
    expect(turned * 20 < len(pages_of), "connections that were closed", "one of twenty", turned)
    alone, among = (statistics.median(times[clicking]) for clicking in (False, True))
    expect(among < 10 * alone + 200, "a mail among people who click", f"not far from {alone} ms", among)
    seconds = sorted(seconds for _, seconds in pages_of)
    each = ROUNDS * MAILS
    print(f"# a mail takes {alone:.0f} ms alone and {among:.0f} ms among {PERSONS} people who click without a pause (medians of {ROUNDS} rounds "
          f"by turns, from end of message to reply), and {cpu[False] / each:.1f} and {cpu[True] / each:.1f} ms of processor in milter and "
          f"workers; {len(seconds)} pages, {turned} connections closed, half within {seconds[len(seconds) // 2] * 1000:.0f} ms", flush=True)


def killed(session):
    pid = session.gateway.pids()["console"]
    os.kill(pid, signal.SIGSTOP)
    try:
        for _ in range(5):
            session.mail([("s.bin", b"stopped")])
    finally:
        session.gateway.kill_role("console")
    for _ in range(5):
        session.mail([("k.bin", b"killed")])
    session.gateway.wait_ready()
    expect(session.gateway.pids()["console"] != pid, "another process", "not the one before", pid)
    equal(session.people.http("GET", "/find", cookie=session.people.token("officer"))[0], 200, "sessions go on")


# --- other ways in

def restarted(session, settings):
    session.gateway.stop()
    session.gateway.change(settings)
    session.gateway.start()


def locked(session):
    """Originals are sealed from here on."""
    keys = session.folder / "keys"
    key = with_lines(PHRASES.values(), lambda fd: session.gateway.mugai("key", "init", keys, "--passphrase-fd", fd, pass_fds=(fd,)))
    equal(key.returncode, 0, key.stderr.decode())
    for path in (keys, keys / "organization.key"):
        os.chown(path, 65061, 65010)
    for name in ("organization", "escrow"):
        shutil.copy(keys / f"{name}.crt", session.gateway.folder / f"{name}.crt")
        (session.gateway.folder / f"{name}.crt").chmod(0o644)
    restarted(session, {"store": {"seal_to": f'"{session.gateway.folder}/organization.crt"', "escrow": f'"{session.gateway.folder}/escrow.crt"'}})
    receipt = session.mail([(NAME, b"PK sealed")])
    for script in (True, False):
        session.script = script
        session.enter("taro")
        session.go(f"/mail/{receipt}", "mail-sealed")
        session.click("main form[action$='/text'] button.main", "text-locked", 403)
        expect("mugai key unlock" in session.browser.text() and "本文です" not in session.browser.text(), "who unlocks it")
    done = with_lines([PHRASES["organization"]], lambda fd: session.gateway.mugai(
        "key", "unlock", keys / "organization.key", "--passphrase-fd", fd, pass_fds=(fd,), user=65061, group=65010, extra_groups=[]))
    equal(done.returncode, 0, done.stderr.decode())
    session.go(f"/mail/{receipt}", "mail-sealed")
    session.click("main form[action$='/text'] button.main", "text-unlocked")
    expect("本文です" in session.browser.text("pre"), "unlocked it is read")


def tls(session):
    port, files = free_port(), session.gateway.folder
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", files / "tls.key", "-out", files / "tls.crt"],
                   check=True, capture_output=True)
    (files / "tls.key").chmod(0o444)
    restarted(session, {"console": {"socket": f'"inet:{port}@127.0.0.1"', "certificate": f'"{files}/tls.crt"', "key": f'"{files}/tls.key"',
                                    "cookie": "secure"}})
    session.browser.at(f"https://127.0.0.1:{port}")
    for script in (True, False):
        session.script = script
        session.sign_in("taro", name="start-staff")
        cookie = [c for c in session.browser.cookies() if c["name"] == "__Host-mugai"][0]
        equal((cookie["secure"], cookie["httpOnly"], cookie["sameSite"]), (True, True, "Strict"), "the session's cookie")
        session.go("/requests?mine=1", "requests-mine")


def proxied(session):
    path = session.folder / "console.sock"
    restarted(session, {"store": {"vouched_sign_in": "yes"},
                        "console": {"socket": f'"unix:{path}"', "certificate": '""', "key": '""', "cookie": "plain", "user_header": "X-Remote-User"}})
    with WebServer(path) as server:
        session.browser.at(f"http://127.0.0.1:{server.port}")
        for script in (True, False):
            session.script = script
            session.sign_in("jiro", name="start-staff")
            session.go("/find", "find-staff")
            receipt = session.mail([(NAME, b"PK proxied")])
            session.browser.open(script, None)
            server.user = "Taro"
            session.go("/", "start-staff")
            number = session.request(receipt)[0]
            session.browser.open(script, None)
            server.user = "anna"
            session.go(f"/requests/{number}", "request-waiting")
            equal(session.browser.click("main button[name=decision][value=approve]"), 403, "whom the web server knows says password and code")
            session.step_up("anna", "request-approve")
            equal(session.state(number) in ("approved", "handed-over", "released"), True, f"state {session.state(number)}")
            server.user = "yamada"
            session.browser.open(script, None)
            session.go("/", "unknown-person", 403)
            expect("yamada" in session.browser.text(), "whom the web server means")
            server.user = None
    known = {e.get("by") for e in session.acts("signed-in")}
    expect({"totp", "web-server"} <= known, "how people signed in is on record", {"totp", "web-server"}, known)


def main():
    need_root()
    suite = Suite("desk")
    port = free_port()
    with workspace("desk") as (folder, stack):
        settings = {"console": {"enabled": "yes", "socket": f"inet:{port}@127.0.0.1", "cookie": "plain"},
                    "release": {"lgwan_domains": '"city.example.jp town.example.jp"'},
                    "organization town": {"domains": f'"{TOWN}"'}}
        boxes = folder / "boxes"
        boxes.mkdir()
        os.chown(boxes, 65020, 65020)
        (folder / "boxes.re").write_text("/^/ soto/\n")
        # What is released goes to a Maildir, as virtual(8) makes one.
        main = {"virtual_mailbox_domains": ALLOWED, "virtual_mailbox_base": str(boxes), "virtual_mailbox_maps": f"regexp:{folder}/boxes.re",
                "virtual_uid_maps": "static:65020", "virtual_gid_maps": "static:65020", "virtual_minimum_uid": "1000",
                "virtual_transport": "virtual"}
        with Chain(folder / "desk", settings, main, release=[ALLOWED]) as chain:
            session = Session(chain, folder, port)
            stack.callback(session.browser.close)
            prepared(session)
            suite.run(cases(session))
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
