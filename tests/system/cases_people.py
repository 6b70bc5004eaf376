# SPDX-License-Identifier: Apache-2.0
"""People: real Unix users ask through the command, and each sees and does what the duties of its person are. The cases build on each
other: first nobody is registered, then more and more are."""
import json
import os
import subprocess

import smtp
from check import equal, expect, wait_for
from gateway import GROUP, program, with_lines

OPTIONS = {}
# Numbers that no account has, but for one: a person may be known by the name of a user, too.
UIDS = {"officer": 65051, "second": 65052, "approver": 65053, "staff": 65054, "auditor": 65055, "runner": 1}
STRANGER = 65059
SUBJECT, SENDER, FILE_NAME = "planted subject", "planted-sender@example.org", "planted-name.pdf"
PASSWORD = "correct horse 正しい馬"


class People:
    """The gateway, and what the cases hand on to each other."""

    def __init__(self, chain, folder):
        self.chain, self.gateway, self.folder = chain, chain.gateway, folder
        self.receipt = self.other = self.rcpt = None
        self.token = folder / "token"

    def run(self, who, *arguments, expected=0, options=(), env=None, **more):
        """The command as a user; who is a name of UIDS, root or stranger."""
        user = {"root": 0, "stranger": STRANGER}.get(who, UIDS.get(who))
        command, *rest = arguments
        done = subprocess.run([program("mugai"), *options, command, "--config", str(self.gateway.conf), *map(str, rest)], user=user,
                              group=int(GROUP), extra_groups=[], capture_output=True, text=True, timeout=60,
                              env={**os.environ, **(env or {})}, **more)
        equal(done.returncode, expected, f"{who}: mugai {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
        return done

    def rows(self, who, *arguments, **more):
        return [json.loads(line) for line in self.run(who, *arguments, "--json", **more).stdout.splitlines()]

    def person(self, login):
        return self.rows("root", "user", "show", login)[0]

    def acts(self, **wanted):
        """Entries of the trail, newest first, that have these words."""
        rows = self.rows("auditor", "audit", "list", "--max", 1000)
        return [row for row in rows if all(row.get(key) == value for key, value in wanted.items())]


def cases(chain, folder):
    folder.mkdir(parents=True, exist_ok=True)
    people = People(chain, folder)
    return [(f"people: {name}", lambda function=function: function(people)) for name, function in (
        ("while nobody is registered the group looks at mail, and root alone registers", unregistered),
        ("root makes the first officer, and no second one", first),
        ("the officer registers the others, by number and by name of a Unix user", others),
        ("each duty sees of mail what it may", sights),
        ("each duty does what it may, and what it may not is refused with its name", refusals),
        ("who is not registered, disabled or past his end does nothing", gone),
        ("a token acts as its person, from a file and from the environment", tokens),
        ("a password and a second factor are set, and said once", credentials),
        ("an import says what it would do, then does it", imported),
        ("an import with faults names each with its line and changes nothing", faulty),
        ("the trail has who did what, and no secret", trail),
    )]


def deliver(people, name):
    """Sends one mail: (receipt, recipient)."""
    data = smtp.wire((f"From: {SENDER}\nTo: b@city.example.jp\nSubject: {SUBJECT} {name}\nMIME-Version: 1.0\n"
                      f"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\ntext\n--b\n"
                      f"Content-Type: application/pdf; name={FILE_NAME}\n\n%PDF-1.4 planted\n--b--\n").encode())
    reply, rcpt = people.chain.send(data, sender=SENDER)
    equal(reply.code, 250, f"reply {reply}")
    people.chain.arrivals(rcpt)
    return people.gateway.trace("--to", rcpt)[0]["receipt"].replace("-", ""), rcpt


def unregistered(people):
    people.receipt, people.rcpt = deliver(people, "one")
    people.other, _ = deliver(people, "two")
    for who in ("root", "stranger"):
        row = [r for r in people.rows(who, "list") if r["receipt"] == people.receipt][0]
        equal((row["subject"], row["from"]), (f"{SUBJECT} one", SENDER), f"what {who} sees")
    denied = people.run("stranger", "user", "add", "x", "--name", "x", expected=77)
    expect("needs the duty administrator or officer" in denied.stderr, "what is said", None, denied.stderr)
    equal(people.rows("root", "user", "list"), [], "who is registered")


def first(people):
    people.run("root", "user", "add", "hanako", "--name", "鈴木 花子", "--duty", "officer", "--unix-user", UIDS["officer"])
    denied = people.run("root", "user", "add", "jiro", "--name", "次郎", "--duty", "officer", expected=65)
    expect("only an officer manages" in denied.stderr, "what is said", None, denied.stderr)
    people.run("root", "user", "add", "plain", "--name", "無役")
    people.run("root", "user", "change", "plain", "--duty", "staff", expected=65)
    shown = people.person("hanako")
    equal((shown["name"], shown["duties"], shown["unix_user"]), ("鈴木 花子", ["officer"], str(UIDS["officer"])), "hanako")


def others(people):
    def add(login, *options):
        people.run("officer", "user", "add", login, "--name", login, *options)
    add("second", "--duty", "officer", "--unix-user", UIDS["second"])
    add("approver", "--duty", "approver", "--unix-user", UIDS["approver"])
    add("staff", "--duty", "staff", "--unix-user", UIDS["staff"], "--address", people.rcpt.upper())
    add("auditor", "--duty", "auditor", "--unix-user", UIDS["auditor"])
    add("runner", "--duty", "administrator", "--unix-user", "daemon")
    itself = people.run("officer", "user", "change", "hanako", "--duty", "administrator", "--duty", "officer", expected=65)
    expect("nobody changes his own duties" in itself.stderr, "what is said", None, itself.stderr)
    equal(people.person("staff")["addresses"], [people.rcpt.lower()], "addresses")
    return ", ".join(row["login"] for row in people.rows("officer", "user", "list"))


def sights(people):
    both = {people.receipt, people.other}
    seen = {}
    for who in UIDS:
        if who == "approver":
            people.run(who, "list", expected=77)
            continue
        rows = {row["receipt"]: row for row in people.rows(who, "list")}
        seen[who] = set(rows) & both
        row = rows[people.receipt]
        whole = row.get("subject") == f"{SUBJECT} one" and row.get("from") == SENDER and row["parts"][1]["name"] == FILE_NAME
        equal(whole, who in ("officer", "second", "staff"), f"whether {who} sees all of the row: {row}")
        if not whole:
            page = people.run(who, "show", people.receipt)
            expect(not any(word in page.stdout + json.dumps(row) for word in (SUBJECT, SENDER, FILE_NAME, people.rcpt)),
                   f"{who} sees nothing of it", None, page.stdout)
            equal(row["withheld"], ["addresses", "subject", "names", "hosts", "digests"], f"what is said to {who}")
            expect("officer" in page.stderr, "why it is left out", None, page.stderr)
            expect("application/pdf" in page.stdout, "the type is shown", None, page.stdout)
    equal(seen.pop("staff"), {people.receipt}, "what staff see")
    equal(set(map(frozenset, seen.values())), {frozenset(both)}, "what the others see")
    people.run("staff", "show", people.other, expected=65)
    people.run("runner", "trace", "--from", SENDER, expected=77)
    queue_id = people.rows("officer", "trace", "--to", people.rcpt)[0]["queue_id"]
    equal([r["receipt"] for r in people.rows("runner", "trace", "--queue-id", queue_id)], [people.receipt], "trace by queue id")
    equal([r["receipt"] for r in people.rows("staff", "trace", "--from", SENDER)], [people.receipt], "staff search their own")


def refusals(people):
    original = people.run("officer", "get", people.receipt)
    expect("planted" in original.stdout, "the original", None, original.stdout)
    for who in ("root", "runner", "approver", "staff", "auditor"):
        denied = people.run(who, "get", people.receipt, expected=77)
        expect("needs the duty officer" in denied.stderr and not denied.stdout, f"what {who} hears", None, denied.stderr)
    for who in ("approver", "staff", "auditor"):
        people.run(who, "user", "add", "x", "--name", "x", expected=77)
    people.run("officer", "audit", "list", expected=77)
    people.run("auditor", "audit", "verify")
    expect(wait_for(lambda: "get is denied to p:" in people.gateway.log_text()), "a line of the log", None, people.gateway.log_text()[-1000:])
    equal(len(people.acts(act="refused", what="get", why="denied")), 5, "entries of the trail")


def gone(people):
    denied = people.run("stranger", "list", expected=77)
    expect(f"the Unix user {STRANGER} is no registered person" in denied.stderr, "a stranger", None, denied.stderr)
    people.run("officer", "user", "disable", "staff")
    expect("staff is disabled" in people.run("staff", "list", expected=77).stderr, "one who is disabled")
    people.run("officer", "user", "enable", "staff")
    people.run("staff", "list")
    people.run("officer", "user", "change", "staff", "--until", "2020-01-01", expected=64)
    people.run("officer", "user", "change", "staff", "--until", "2099-03-31")
    people.run("staff", "list")
    expect("2099-03-31" in people.run("officer", "user", "list").stdout, "the end is listed")
    people.run("officer", "user", "disable", "hanako", expected=65)


def tokens(people):
    made = people.run("officer", "user", "token", "staff", "--days", 5)
    people.token.write_text(made.stdout)
    people.token.chmod(0o644)
    for options, env in ((("--token-file", str(people.token)), {}), ((), {"MUGAI_TOKEN": made.stdout.strip()})):
        rows = people.rows("stranger", "list", options=options, env=env)
        equal([row["receipt"] for row in rows], [people.receipt], f"what the token of staff shows {options}")
        # Root's own powers do not come with it.
        people.run("root", "get", people.receipt, options=options, env=env, expected=77)
    people.run("staff", "user", "token", "hanako", expected=77)
    people.run("officer", "user", "token", "staff", "--days", 0, expected=64)
    people.run("officer", "user", "token", "staff", "--revoke")
    denied = people.run("stranger", "list", options=("--token-file", str(people.token)), expected=77)
    expect("the token is none" in denied.stderr, "a token that was revoked", None, denied.stderr)
    people.run("root", "list", options=("--token-file", "/nonexistent"), expected=66)
    state = b"".join(p.read_bytes() for p in people.gateway.state.glob("index.db*"))
    expect(made.stdout.strip().encode() not in state, "the token stands in the index")


def credentials(people):
    def set_password(who, login, lines, *options, expected=0):
        return with_lines(lines, lambda fd: people.run(who, "user", "password", login, "--passphrase-fd", fd, *options,
                                                       pass_fds=(fd,), expected=expected))
    set_password("staff", "staff", [PASSWORD])
    set_password("officer", "auditor", [PASSWORD])
    short = set_password("staff", "staff", ["short"], expected=64)
    expect("12 characters" in short.stderr, "a weak password", None, short.stderr)
    set_password("staff", "officer", [PASSWORD], expected=65)
    set_password("staff", "hanako", [PASSWORD], expected=77)
    made = people.run("staff", "user", "totp", "staff").stdout
    secret = [line.strip() for line in made.splitlines() if line.startswith("  ")][0]
    expect(f"otpauth://totp/mugai:staff?secret={secret}&issuer=mugai" in made, "the address for an authenticator", None, made)
    shown = people.person("staff")
    equal((shown["password"], shown["totp"], shown["recovery_codes"]), (True, True, 10), "what is known of staff")
    state = b"".join(p.read_bytes() for p in people.gateway.state.glob("index.db*"))
    expect(PASSWORD.encode() not in state and secret.encode() not in state, "a secret stands in the index")


def imported(people):
    template = people.run("officer", "user", "import", "--template").stdout
    path = people.folder / "april.csv"
    lines = template.splitlines()
    equal(len(lines), 2, "lines of the template")
    path.write_text("\r\n".join([lines[0], "new1,新人 一,,職員,,new1@city.example.jp,,", "new2,新人 二,,staff approver,,,議会,2099-03-31",
                                 "staff,職員,,職員,65054,moved@city.example.jp,,"]).replace("議会", "assembly"), encoding="cp932",
                    errors="ignore")
    before = people.rows("officer", "user", "list")
    plan = people.run("officer", "user", "import", path, "--disable-missing").stdout
    equal(people.rows("officer", "user", "list"), before, "what a plan changes")
    expect("add 2, change 1, disable 5" in plan and "--apply" in plan, "the plan", None, plan)
    expect("staff" in plan and "name,addresses,until" in plan, "which fields change", None, plan)
    done = people.run("officer", "user", "import", path, "--apply").stdout
    expect("add 2, change 1, disable 0" in done, "what was done", None, done)
    rows = {row["login"]: row for row in people.rows("officer", "user", "list")}
    equal((rows["new2"]["duties"], rows["new2"]["scope"], rows["new1"]["addresses"]),
          (["approver", "staff"], "assembly", ["new1@city.example.jp"]), "the new ones")
    equal([row["receipt"] for row in people.rows("staff", "list")], [], "what staff see at their new post")
    again = people.run("officer", "user", "import", path, "--apply").stdout
    expect("add 0, change 0, disable 0" in again, "once more", None, again)


def faulty(people):
    path = people.folder / "faulty.csv"
    before = people.rows("officer", "user", "list")
    path.write_text("login,name,duties,until\nok,正,staff,\nUpper,x,staff,\nx,,boss,\ny,y,staff,2027-02-30\nz,z\n", encoding="utf-8")
    said = people.run("officer", "user", "import", path, "--apply", expected=65).stderr
    for line, word in ((3, "login"), (4, "boss"), (5, "until"), (6, "2 fields")):
        expect(any(f"faulty.csv:{line}: " in text and word in text for text in said.splitlines()), f"line {line}", None, said)
    path.write_text("login,name,duties,unix_user\nok,正,staff,nobody-has-this\nok,正,staff,\n", encoding="utf-8")
    said = people.run("officer", "user", "import", path, "--apply", expected=65).stderr
    expect("faulty.csv:2: ok: unix_user" in said and "faulty.csv:3: ok: stands here twice" in said, "what the store found", None, said)
    denied = people.run("runner", "user", "import", path, "--apply", expected=65).stderr
    expect("only an officer" in denied, "an administrator", None, denied)
    people.run("auditor", "user", "import", path, expected=77)
    equal(people.rows("officer", "user", "list"), before, "who is registered")


def trail(people):
    people.run("auditor", "audit", "verify")
    number = people.person("staff")["number"]
    officer = f"p:{people.person('hanako')['number']}"
    for act in ("person-added", "person-changed", "token-made", "token-revoked", "password-set", "totp-set"):
        expect(people.acts(act=act, person=str(number)), f"an entry {act}")
    equal(len(people.acts(act="people-imported", actor=officer)), 2, "imports")
    text = json.dumps(people.acts(), ensure_ascii=False)
    for word in (SUBJECT, SENDER, FILE_NAME, people.rcpt, PASSWORD, "hanako", "鈴木"):
        expect(word not in text, f"{word} stands in the trail")
    return f"{len(people.acts())} entries"
