# SPDX-License-Identifier: Apache-2.0
"""mugai setup and mugai setup postfix: from answers to a delivered mail by a Postfix that was not configured, and back byte for byte."""
import fcntl
import os
import re
import shutil
import signal
import stat
import subprocess
import time

import delivered
import seeds
import smtp
from check import equal, expect, wait_for
from gateway import BUILD, GROUP, USERS, Gateway, program, with_lines
from harness import DOMAIN, TOP, Chain
from inject_point import EVERY, Point
from postfix import DEFAULTS, MASTER_CF, Postfix, free_port

OPTIONS = {"start": False}
RECORD = "mugai-setup.diff"
PASSPHRASES = ["organization correct horse", "escrow battery staple"]


def cases(chain, folder):
    return [(f"setup: {name}", function) for name, function in (
        ("answers from a file: mugai.conf and keys; an unconfigured Postfix delivers sanitized and releases by its own port; undone byte for byte",
         lambda: Fresh(folder / "fresh").run()),
        ("questions on a terminal's lines: a wrong answer is asked again", lambda: asked(folder / "asked")),
        ("a fault in a file of answers is named with file and line, and nothing is written", lambda: faulty_answers(folder / "faulty")),
        ("killed at any write: mugai.conf is whole or not there, and the next run writes it", lambda: killed_answers(folder / "cut")),
        ("a mugai.conf that is there stays", lambda: no_overwriting(folder / "there")),
    )] + [(f"setup postfix: {name}", function) for name, function in (
        ("--dry-run changes nothing and says whether something would change", lambda: dry_run(folder / "dry")),
        ("run twice it changes nothing; another domain changes its line alone", lambda: twice(folder / "twice")),
        ("hand edits in between stay, ours go", lambda: hand_edits(folder / "hand")),
        ("an edited line of ours stays and is named with file and line", lambda: edited_ours(folder / "edited")),
        ("mode, owner and symbolic links stay", lambda: modes(folder / "modes")),
        ("another milter stays before ours", lambda: other_milter(folder / "other")),
        ("several services: refused, until they are named", lambda: several(folder / "several")),
        ("postscreen: the milter goes to the pass service", lambda: postscreen(folder / "postscreen")),
        ("the topologies of packaging/postfix without their milter", lambda: topology(folder / "topology")),
        ("routes: what Postfix has stays, what it lacks is written, what it would keep here is refused or taken out", lambda: routes(folder / "routes")),
        ("what a person should know is said: no next hop, no way in from outside", lambda: notes(folder / "notes")),
        ("two at once: the second is refused", lambda: locked(folder / "locked")),
        ("a Postfix that runs takes no mail past the milter before it is reloaded", lambda: live(folder / "live")),
        ("killed at any write: each file is the old or the new one, and the next run or --undo finishes", lambda: killed(folder / "killed")),
        ("a write that fails leaves the old files", lambda: failed(folder / "failed")),
    )] + [("setup: completion in bash offers commands, acts, options and files, and nothing else", lambda: completion(folder / "completion"))]


# --- what they share ---------------------------------------------------------------------------------------------

def text_of(path):
    return path.read_bytes() if path.exists() else None


class Etc:
    """A configuration folder of Postfix and a mugai.conf beside it; nothing runs."""

    def __init__(self, folder, settings=None, main="compatibility_level = 3.6\nmydestination =\n", master=None):
        self.folder, self.etc = folder, folder / "postfix"
        self.etc.mkdir(parents=True)
        self.gateway = Gateway(folder / "gateway", {"milter": {"socket": "unix:/run/mugai/milter/milter.sock"},
                                                    "postfix": {"next_hop": '"[127.0.0.1]:2525"'},
                                                    "release": {"lgwan_domains": f'"{DOMAIN}"'}, **(settings or {})})
        self.gateway.write()
        for name, text in (("main.cf", main), ("master.cf", master or "smtp inet n - y - - smtpd\n" + MASTER_CF.lstrip())):
            if text is not None:
                (self.etc / name).write_text(text)
        self.before = self.texts()

    def texts(self):
        return {name: text_of(self.etc / name) for name in ("main.cf", "master.cf")}

    def setup(self, *arguments, expected=0, **options):
        done = self.gateway.mugai("setup", "postfix", "--postfix-dir", self.etc, "--no-probe", *arguments, **options)
        equal(done.returncode, expected, f"exit status of setup postfix {arguments}: {done.stdout.decode()}{done.stderr.decode()}")
        return done.stdout.decode() + done.stderr.decode()

    def tried(self):
        return self.gateway.mugai("setup", "postfix", "--postfix-dir", self.etc, "--no-probe").returncode

    def edit(self, name, old, new):
        text = (self.etc / name).read_text()
        equal(text.count(old), 1, f"{old!r} in {name}: {text}")
        (self.etc / name).write_text(text.replace(old, new))

    def value(self, name, service=None):
        words = ["-P", f"{service}/{name}"] if service else [name]
        done = subprocess.run(["/usr/sbin/postconf", "-c", self.etc, "-xh" if not service else "-xh", *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def files(self):
        return sorted(path.name for path in self.etc.iterdir())


def undone(etc, left=()):
    """--undo gives back what was there, and no file of ours stays."""
    etc.setup("--undo", expected=1 if left else 0)
    if not left:
        equal(etc.texts(), etc.before, "the files after --undo")
    expect(RECORD not in etc.files(), "no record is left", None, etc.files())


# --- a first installation ----------------------------------------------------------------------------------------

ANSWERS = f"""domains = "{DOMAIN}"
next_hop = "[127.0.0.1]:PORT"
languages = ja
key_folder = FOLDER/keys
escrow_folder = FOLDER/escrow
release_domains = "soto.{DOMAIN}"
letters_from = mugai@{DOMAIN}
desk = no
officer = tanaka
officer_name = "田中 花子"
"""


class Bare(Postfix):
    """A Postfix whose main.cf nobody wrote: what Debian's package leaves; the few lines here keep it off the system's own folders and ports."""

    def write(self):
        """Once: what mugai setup adds stays."""
        if not (self.etc / "main.cf").exists():
            super().write()


def mugai(*arguments, **options):
    return subprocess.run([program("mugai"), *map(str, arguments)], capture_output=True, timeout=120, **options)


class Fresh:
    def __init__(self, folder):
        self.folder, self.port, self.release = folder, free_port(), free_port()
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        self.sink = smtp.Sink()
        private = {k: v for k, v in DEFAULTS.items() if not k.startswith(("milter_", "smtpd_forbid", "smtputf8", "message_size", "mailbox_", "virtual_"))}
        self.postfix = Bare(folder / "postfix", private, {"in": (self.port, {})})
        self.postfix.main = {k: v for k, v in self.postfix.main.items() if k in private or k not in DEFAULTS}
        self.postfix.write()
        # As Debian's master.cf has it: chrooted.
        master = self.postfix.etc / "master.cf"
        master.write_text(master.read_text().replace("inet n - n", "inet n - y").replace("cleanup-release unix n  -       n       -       0       cleanup\n"
                                                                                          "  -o message_size_limit=36700160\n", ""))
        self.before = {name: text_of(self.postfix.etc / name) for name in ("main.cf", "master.cf")}

    def run(self):
        gateway = Gateway(self.folder / "gateway")
        try:
            self.answer(gateway)
            self.wire(gateway)
            gateway.daemon = None
            start(gateway)
            self.postfix.start()
            return self.deliver(gateway)
        finally:
            gateway.stop()
            self.postfix.stop()
            self.sink.close()

    def answer(self, gateway):
        answers = self.folder / "answers"
        answers.write_text(ANSWERS.replace("PORT", str(self.sink.port)).replace("FOLDER", str(self.folder)))
        done = with_lines(PASSPHRASES, lambda fd: mugai("setup", "--config", gateway.conf, "--from", answers, "--passphrase-fd", fd, pass_fds=[fd], umask=0o077))
        equal(done.returncode, 0, f"setup: {done.stderr.decode()}")
        said = done.stdout.decode()
        for word in (str(gateway.conf), "mugai setup postfix", "mugai user add tanaka --name '田中 花子' --duty officer", "postfix start"):
            expect(word in said, "it says what it wrote and what comes next", word, said)
        for secret in PASSPHRASES:
            expect(secret not in said, "no passphrase is shown")
        for path, mode in (("gateway", 0o755), ("keys/organization.key", 0o600), ("escrow/escrow.key", 0o600), ("gateway/organization.crt", 0o644),
                           ("gateway/escrow.crt", 0o644), ("gateway/mugai.conf", 0o644)):
            equal(stat.S_IMODE((self.folder / path).stat().st_mode), mode, f"mode of {path}")
        # What a test host has other than a gateway: folders, users and ports of its own. No line that setup wrote changes.
        text = gateway.conf.read_text()
        for old, new in (("state_dir = /var/lib/mugai", f"state_dir = {gateway.state}"), ("run_dir = /run/mugai", f"run_dir = {gateway.run}"),
                         ("unix:/run/mugai/milter/milter.sock", f"unix:{gateway.run}/milter/milter.sock"), ("smtp = inet:10026@", f"smtp = inet:{self.release}@"),
                         ("letters = inet:25@", f"letters = inet:{self.port}@"), ("reserve = 500 MB", "reserve = 50 MB"),
                         ("        group = mugai\n", f"        group = {GROUP}\n"),
                         *((f"{role} = mugai-{role}", f"{role} = {user}") for role, user in USERS.items())):
            equal(text.count(old), 1, f"{old!r} in the written file")
            text = text.replace(old, new)
        gateway.conf.write_text(text)

    def wire(self, gateway):
        done = mugai("setup", "--config", gateway.conf, "postfix", "--postfix-dir", self.postfix.etc, "--no-probe")
        equal(done.returncode, 0, f"setup postfix: {done.stdout.decode()}{done.stderr.decode()}")
        expect("0 errors, 0 warnings" in done.stdout.decode(), "it ends with check", None, done.stdout.decode())

    def deliver(self, gateway):
        rcpt = f"first@{DOMAIN}"
        expect(wait_for(lambda: taken(self.port, rcpt), 60), "the first mail is taken", None, self.postfix.log_text()[-2000:])
        mails = self.sink.wait(rcpt, 1, 30)
        equal(len(mails), 1, f"mails that arrived: {self.postfix.log_text()[-2000:]}")
        equal(delivered.faults(mails[0].data), [], "what is wrong with the delivered mail")
        client = smtp.Client(self.release)
        equal([client.envelope("a@example.org", [f"x@{domain}"]).code for domain in (f"soto.{DOMAIN}",)], [354], "the release port takes what may be released")
        client.sock.close()
        equal(smtp.Client(self.release).envelope("a@example.org", [f"x@{DOMAIN}"]).code // 100, 5, "and nothing else")
        gateway_check = gateway.mugai("check", "--json")
        equal(gateway_check.returncode, 0, f"mugai check: {gateway_check.stdout.decode()}")
        added = gateway.mugai("user", "add", "tanaka", "--name", "田中 花子", "--duty", "officer")
        equal(added.returncode, 0, f"the first officer: {added.stderr.decode()}")
        done = mugai("setup", "postfix", "--postfix-dir", self.postfix.etc, "--undo")
        equal(done.returncode, 0, f"undo: {done.stdout.decode()}{done.stderr.decode()}")
        equal({name: text_of(self.postfix.etc / name) for name in self.before}, self.before, "the files after --undo")
        return "2 commands"


def taken(port, rcpt):
    """A fresh gateway says 451 until it is there."""
    return smtp.send_once(port, "sender@example.org", [rcpt], smtp.wire(seeds.plain())).code == 250


def start(gateway):
    """With the file that is there, instead of one of its own."""
    written, gateway.write = gateway.write, lambda extra="": None
    gateway.settings["release"] = {"enabled": "yes"}
    try:
        gateway.start(wait=False)
        expect(wait_for(lambda: gateway.daemon.poll() is None and len(gateway.pids()) == 4 and gateway.mugai("status").returncode == 0, 60),
               "mugaid runs on what was written", None, gateway.log_text()[-2000:])
    finally:
        gateway.write = written


def asked(folder):
    folder.mkdir(parents=True)
    lines = ["", "no domain", DOMAIN, "what is this?", "[10.20.0.25]", "fr", "", "", "", "maybe", "yes", "Tanaka", "tanaka", "田中 花子"]
    done = mugai("setup", "--config", folder / "mugai.conf", input="".join(f"{line}\n" for line in lines).encode())
    equal(done.returncode, 0, f"setup: {done.stderr.decode()}")
    text = (folder / "mugai.conf").read_text()
    for line in (f'lgwan_domains = "{DOMAIN}"', 'next_hop = "[10.20.0.25]"', 'languages = "ja en"', 'enabled = "yes"'):
        expect(line in text, "the configuration", line, [x for x in text.splitlines() if line.split(" ")[0] in x])
    faults = done.stderr.decode().splitlines()
    equal(len(faults), 6, f"sentences about wrong answers: {faults}")
    ended = mugai("setup", "--config", folder / "other.conf", input=f"{DOMAIN}\n".encode())
    equal((ended.returncode, (folder / "other.conf").exists()), (64, False), "exit status and file where the answers end")
    return f"{len(faults)} wrong answers"


FAULTS = [
    ('domains = "x"\nnext_hop = h\n', 1), ('domains = "a.example.jp"\n', 1), ('domains = "a.example.jp"\nnext_hop = "a b"\n', 2),
    ('domains = "a.example.jp"\nnext_hop = h.example.jp\n\nnext_hop = g.example.jp\n', 4), ('domains = "a.example.jp"\nnext_hop = h\nmore = 1\n', 3),
    ('domains = "a.example.jp"\nnext_hop = h\ndesk = perhaps\n', 3), ('domains = "a.example.jp"\nnext_hop = h\nkey_folder = /x\n', 1),
    ('domains = "a.example.jp"\nnext_hop = h\nkey_folder = /x\nescrow_folder = /x\n', 4), ('domains = "a.example.jp"\nnext_hop = h\nofficer = "a b"\n', 3),
    ('domains = "a.example.jp"\nnext_hop = h\nofficer = a\n', 1), ('domains = "a.example.jp"\nnext_hop = h\nrelease_domains = "a.example.jp"\n', 1),
    ('domains = "a.example.jp"\nnext_hop = h\nrelease_domains = b.example.jp\nletters_from = nobody\n', 4), ("domains {\n", 1),
]


def faulty_answers(folder):
    folder.mkdir(parents=True)
    for text, line in FAULTS:
        (folder / "answers").write_text(text)
        done = mugai("setup", "--config", folder / "mugai.conf", "--from", folder / "answers")
        equal(done.returncode, 78, f"exit status for {text!r}: {done.stderr.decode()}")
        said = done.stderr.decode()
        expect(said.startswith(f"mugai: {folder}/answers:{line}: ") and said.count("\n") == 1, "one line with file and line", line, f"{text!r}: {said}")
        equal(sorted(p.name for p in folder.iterdir()), ["answers"], "files")
    template = mugai("setup", "--template").stdout.decode()
    (folder / "answers").write_text(template.replace('domains = ""', f'domains = "{DOMAIN}"', 1).replace('next_hop = ""', 'next_hop = "[10.0.0.1]"'))
    shown = mugai("setup", "--config", folder / "mugai.conf", "--from", folder / "answers", "--print")
    equal(shown.returncode, 0, f"the template, filled in: {shown.stderr.decode()}")
    equal(sorted(p.name for p in folder.iterdir()), ["answers"], "files after --print")
    return f"{len(FAULTS)} files"


def killed_answers(folder):
    folder.mkdir(parents=True)
    (folder / "answers").write_text(f"domains = {DOMAIN}\nnext_hop = h.example.jp\n")
    conf, point, whole = folder / "etc" / "mugai.conf", Point(folder), None
    arguments = ("setup", "--config", conf, "--from", folder / "answers")
    for number in [0, *range(EVERY, 200, EVERY)]:
        shutil.rmtree(conf.parent, ignore_errors=True)
        done = mugai(*arguments, env={**os.environ, **point.environment("mugai", number, "kill")})
        if number and point.calls < number:
            equal(done.returncode, 0, "exit status without a point")
            return f"{number - EVERY} points"
        whole = whole or text_of(conf)
        expect(text_of(conf) in (None, whole), f"mugai.conf after point {number} ({point.where})", None, text_of(conf))
        if text_of(conf) is None:
            equal(mugai(*arguments).returncode, 0, f"exit status of the next run after point {number}")
        equal((text_of(conf), stat.S_IMODE(conf.stat().st_mode)), (whole, 0o644), "mugai.conf and its mode in the end")
    raise AssertionError("more than 200 points")


def no_overwriting(folder):
    folder.mkdir(parents=True)
    (folder / "mugai.conf").write_text("# mine\n")
    (folder / "answers").write_text(f"domains = {DOMAIN}\nnext_hop = h\nkey_folder = {folder}/k\nescrow_folder = {folder}/e\n")
    done = mugai("setup", "--config", folder / "mugai.conf", "--from", folder / "answers")
    equal((done.returncode, (folder / "mugai.conf").read_text(), (folder / "k").exists()), (73, "# mine\n", False), "exit status, file, keys")
    return done.stderr.decode().strip()


# --- Postfix's files ---------------------------------------------------------------------------------------------

def dry_run(folder):
    etc = Etc(folder)
    said = etc.setup("--dry-run", expected=1)
    equal((etc.texts(), etc.files()), (etc.before, ["main.cf", "master.cf"]), "files after --dry-run")
    expect("+  -o { smtpd_milters = " in said and f"+relay_domains = {DOMAIN}" in said, "the diff", None, said)
    etc.setup()
    expect("nothing to change" in etc.setup("--dry-run"), "nothing would change any more")
    now = etc.texts()
    etc.setup("--undo", "--dry-run", expected=1)
    equal(etc.texts(), now, "files after --undo --dry-run")
    undone(etc)
    etc.setup("--undo", "--dry-run")
    return "exit 1, 0, 1, 0"


def twice(folder):
    etc = Etc(folder)
    etc.setup()
    first, stamps = etc.texts(), {name: (etc.etc / name).stat().st_mtime_ns for name in etc.files()}
    etc.setup()
    equal((etc.texts(), {name: (etc.etc / name).stat().st_mtime_ns for name in etc.files()}), (first, stamps), "files after the second run")
    etc.gateway.change({"release": {"lgwan_domains": f'"{DOMAIN} ward.example.jp"'}, "limits": {"mail_size": "30 MB"}})
    etc.gateway.write()
    etc.setup()
    equal((etc.value("relay_domains"), etc.value("message_size_limit")), (f"{DOMAIN}, ward.example.jp", str(30 << 20)), "what mugai.conf says now")
    equal(etc.texts()["master.cf"], first["master.cf"], "master.cf")
    etc.gateway.change({"release": {"lgwan_domains": f'"{DOMAIN}"'}, "limits": {"mail_size": "25 MB"}})
    etc.gateway.write()
    etc.setup()
    equal(etc.texts(), first, "files once mugai.conf says what it said")
    undone(etc)
    return "5 runs"


def hand_edits(folder):
    etc = Etc(folder)
    etc.setup()
    for name in ("main.cf", "master.cf"):
        text = (etc.etc / name).read_text()
        (etc.etc / name).write_text("# theirs, in front\n" + text + "# theirs, at the end")
        etc.before[name] = b"# theirs, in front\n" + etc.before[name] + b"# theirs, at the end"
    etc.edit("main.cf", "mydestination =\n", "mydestination = box.example.jp\n")
    etc.before["main.cf"] = etc.before["main.cf"].replace(b"mydestination =\n", b"mydestination = box.example.jp\n")
    now = etc.texts()
    expect("nothing to change" in etc.setup(), "a further run has nothing to do")
    equal(etc.texts(), now, "files after it")
    undone(etc)
    return "lines in front, within and at the end"


def edited_ours(folder):
    etc = Etc(folder)
    etc.setup()
    etc.edit("main.cf", f"relay_domains = {DOMAIN}\n", f"relay_domains = {DOMAIN}, theirs.example.jp\n")
    said = etc.setup("--undo", "--reload", expected=1)
    expect("next: postfix" in said, "no reload while a route of ours stays: it is said how", None, said)
    line = (etc.etc / "main.cf").read_text().splitlines().index(f"relay_domains = {DOMAIN}, theirs.example.jp") + 1
    expect(f"main.cf:{line}: " in said, "file and line", line, said)
    equal(etc.texts()["master.cf"], etc.before["master.cf"], "the other file")
    expect(RECORD not in etc.files(), "no record is left", None, etc.files())
    return f"main.cf:{line}"


def modes(folder):
    etc = Etc(folder)
    real = folder / "elsewhere.cf"
    (etc.etc / "main.cf").rename(real)
    (etc.etc / "main.cf").symlink_to(real)
    for path in (real, etc.etc / "master.cf"):
        path.chmod(0o640)
        os.chown(path, 65011, 65010)
    for arguments in ((), ("--undo",)):
        etc.setup(*arguments)
        expect((etc.etc / "main.cf").is_symlink(), "main.cf stays a link")
        for path in (real, etc.etc / "master.cf"):
            now = path.stat()
            equal((stat.S_IMODE(now.st_mode), now.st_uid, now.st_gid), (0o640, 65011, 65010), f"mode and owner of {path}")
    equal(etc.texts(), etc.before, "the files after --undo")
    return "0640, a link"


def other_milter(folder):
    etc = Etc(folder, main="compatibility_level = 3.6\nmydestination =\nsmtpd_milters = inet:127.0.0.1:8891, { inet:127.0.0.1:8893, default_action=accept }\n")
    etc.setup()
    value = etc.value("smtpd_milters", "smtp/inet")
    expect(re.fullmatch(r"inet:127\.0\.0\.1:8891, \{ inet:127\.0\.0\.1:8893, default_action=accept \}, \{ unix:/run/mugai/\S+, default_action=tempfail,.*\}", value),
           "theirs first, with settings of their own", None, value)
    undone(etc)
    inside = Etc(folder / "chrooted", main="compatibility_level = 3.6\nmydestination =\nsmtpd_milters = unix:/opendkim/opendkim.sock\n")
    said = inside.setup(expected=78)
    expect("/opendkim/opendkim.sock" in said and "relative to queue_directory" in said, "a sentence that helps", None, said)
    equal((inside.texts(), inside.files()), (inside.before, ["main.cf", "master.cf"]), "files")
    return value


SEVERAL = "192.0.2.25:smtp inet n - n - - smtpd\n192.0.2.26:smtp inet n - n - - smtpd\n587 inet n - n - - smtpd\n" + MASTER_CF.lstrip()


def several(folder):
    etc = Etc(folder, master=SEVERAL)
    said = etc.setup(expected=78)
    expect("192.0.2.25:smtp/inet, 192.0.2.26:smtp/inet, 587/inet" in said and "--service" in said, "which ones, and what to do", None, said)
    equal((etc.texts(), etc.files()), (etc.before, ["main.cf", "master.cf"]), "files")
    expect("\"nothing\"" in etc.setup("--service", "nothing", expected=64), "a name that is none")
    said = etc.setup("--service", "192.0.2.25:smtp", "--service", "192.0.2.26:smtp", expected=1)
    expect("postfix.milter-missing: 587/inet" in said, "check names the third", None, said)
    undone(etc)
    return "3 services"


def postscreen(folder):
    etc = Etc(folder, master="smtp inet n - n - 1 postscreen\nsmtpd pass - - y - - smtpd\n  -o smtpd_timeout=20s\n" + MASTER_CF.lstrip())
    etc.setup()
    expect("/run/mugai/milter" in etc.value("smtpd_milters", "smtpd/pass"), "the milter", None, etc.texts()["master.cf"])
    undone(etc)
    return "smtpd/pass"


LIVE = {**{k: v for k, v in DEFAULTS.items() if not k.startswith(("milter_", "smtpd_forbid", "smtputf8", "message_size", "mailbox_", "virtual_"))},
        "smtpd_relay_restrictions": "reject_unauth_destination", "max_idle": "1s"}


def live(folder):
    """Processes that Postfix starts read main.cf, and so its routes, as soon as they are written; master.cf, and so the milter, they get by a reload."""
    etc, sink, port = Etc(folder), smtp.Sink(), free_port()
    etc.gateway.change({"postfix": {"next_hop": f'"[127.0.0.1]:{sink.port}"'}})
    etc.gateway.write()
    postfix = Bare(folder / "running", LIVE, {"in": (port, {})})
    postfix.main = {k: v for k, v in postfix.main.items() if k in LIVE or k not in DEFAULTS}
    etc.etc = postfix.etc

    def reply():
        return smtp.send_once(port, "sender@example.org", [f"past@{DOMAIN}"], smtp.wire(seeds.plain())).code
    try:
        postfix.start()
        etc.before = etc.texts()
        equal(reply() // 100, 5, "reply before setup")
        etc.setup("--dry-run", expected=1)
        said = etc.setup(expected=75)
        expect("postfix stop" in said, "a sentence that helps", None, said)
        (folder / "link").symlink_to(postfix.etc)
        etc.etc = folder / "link"
        etc.setup(expected=75)
        etc.etc = postfix.etc
        equal((etc.texts(), RECORD in etc.files()), (etc.before, False), "files, and a record")
        postfix.stop()
        etc.setup()
        postfix.start()
        expect(wait_for(lambda: reply() == 451, 30), "started with the milter, which is away, mail waits", None, postfix.log_text()[-2000:])
        etc.gateway.change({"release": {"lgwan_domains": f'"{DOMAIN} ward.example.jp"'}})
        etc.gateway.write()
        os.utime(postfix.etc / "master.cf")
        etc.setup(expected=75)
        equal(etc.value("relay_domains"), DOMAIN, "what main.cf says of a Postfix that may not have read master.cf")
        time.sleep(1)
        postfix.master.send_signal(signal.SIGHUP)
        expect(wait_for(lambda: etc.tried() == 0, 30), "written once it is reloaded", None, postfix.log_text()[-2000:])
        equal((etc.value("relay_domains"), reply(), len(sink.mails)), (f"{DOMAIN}, ward.example.jp", 451, 0), "a further domain while it runs; mails past the milter")
    finally:
        postfix.stop()
        sink.close()
    return said.strip()


def topology(folder):
    """packaging/postfix with what belongs to us taken out: setup finds the inbound service and the letters' port, leaves the outgoing one, makes the
    release port as it is shipped."""
    shipped = TOP / "packaging" / "postfix"
    master = (shipped / "master.cf").read_text()
    bare = master.replace("  -o smtpd_milters=unix:/run/mugai/milter/milter.sock\n", "")
    head, _, rest = bare.partition("127.0.0.1:10026 inet")
    bare = head + rest.partition("\npickup ")[1].lstrip("\n") + rest.partition("\npickup ")[2]
    main = re.sub(r"(?m)^(milter_\w+|smtpd_forbid\w+|smtputf8_enable|message_size_limit|authorized_submit_users) =.*\n", "", (shipped / "main.cf").read_text())
    etc = Etc(folder, {"release": {"enabled": "yes", "allowed_domains": '"soto.example.jp"', "lgwan_domains": '"city.example.lg.jp"'}}, main=main, master=bare)
    etc.setup()
    for service in ("192.0.2.25:smtp/inet", "127.0.0.1:smtp/inet"):
        expect("/run/mugai/milter" in etc.value("smtpd_milters", service), f"the milter of {service}", None, etc.texts()["master.cf"])
    equal(etc.value("smtpd_milters", "10.20.0.2:smtp/inet"), "", "the outgoing service")
    expect("relay_domains" not in (etc.etc / RECORD).read_text(), "the route was there", None, (etc.etc / RECORD).read_text())

    def port(text):
        lines = text.partition("\n127.0.0.1:10026 inet")[2].partition("\ncleanup-release")[0].splitlines()[1:]
        return [re.sub(r"\s+", " ", line.strip()) for line in lines]
    made = port((etc.etc / "master.cf").read_text())
    equal(made, port(master), "the release port and that of packaging/postfix")
    undone(etc)
    # Without a port for letters it makes one.
    alone = Etc(folder / "alone", {"release": {"enabled": "yes", "allowed_domains": '"soto.example.jp"', "lgwan_domains": f'"{DOMAIN}"'}},
                master="192.0.2.25:smtp inet n - y - - smtpd\n" + MASTER_CF.lstrip())
    alone.setup()
    expect("/run/mugai/milter" in alone.value("smtpd_milters", "127.0.0.1:25/inet"), "the letters' port", None, alone.texts()["master.cf"])
    undone(alone)
    return f"{len(made)} options"


def routes(folder):
    head = "compatibility_level = 3.6\n"
    # (main.cf, what relay_domains, transport_maps and mydestination are then)
    ours = f"inline:{{ {{ {DOMAIN} = relay:[127.0.0.1]:2525 }} }}"
    wanted = [
        ("mydestination =\n", (DOMAIN, ours, "")),
        (f"mydestination =\nrelay_domains = old.example.jp\n", (f"old.example.jp, {DOMAIN}", ours, "")),
        (f"mydestination =\nrelay_domains = {DOMAIN}\nrelay_transport = relay:[10.0.0.9]\n", (DOMAIN, "", "")),
        (f"mydestination =\nrelay_domains = {DOMAIN}\n", (DOMAIN, ours, "")),
        ("mydestination =\ntransport_maps = inline:{ { x.example.jp = relay:[10.0.0.9] } }\n",
         (DOMAIN, f"{ours}, inline:{{ {{ x.example.jp = relay:[10.0.0.9] }} }}", "")),
        (f"mydestination =\nrelay_domains = {DOMAIN}\ntransport_maps = inline:{{ {{ x.example.jp = relay:[10.0.0.9] }} }}\n",
         (DOMAIN, f"{ours}, inline:{{ {{ x.example.jp = relay:[10.0.0.9] }} }}", "")),
        (f"mydestination =\nrelay_domains = {DOMAIN}\ntransport_maps = inline:{{ {DOMAIN}=relay:[10.0.0.9] }}\n",
         (DOMAIN, f"inline:{{ {DOMAIN}=relay:[10.0.0.9] }}", "")),
        (f"mydestination =\nrelay_domains = {DOMAIN}\ntransport_maps = texthash:/etc/postfix/transport\n",
         (DOMAIN, "texthash:/etc/postfix/transport", "")),
        (f"myhostname = gw.example.jp\nmydestination = $myhostname, {DOMAIN}, localhost\n", (DOMAIN, ours, "gw.example.jp, localhost")),
    ]
    for number, (lines, (relay, transport, here)) in enumerate(wanted):
        etc = Etc(folder / str(number), main=head + lines)
        etc.setup()
        equal((etc.value("relay_domains"), etc.value("transport_maps"), etc.value("mydestination")), (relay, transport, here), f"routes after {lines!r}")
        undone(etc)
    etc = Etc(folder / "virtual", main=head + f"mydestination =\nvirtual_mailbox_domains = {DOMAIN}\n")
    said = etc.setup(expected=78)
    expect(f"virtual_mailbox_domains has {DOMAIN}" in said, "a sentence that helps", None, said)
    equal((etc.texts(), etc.files()), (etc.before, ["main.cf", "master.cf"]), "files")
    return f"{len(wanted)} main.cf"


def notes(folder):
    etc = Etc(folder / "hop", {"postfix": {"next_hop": '""'}})
    expect(f"is not known here: {DOMAIN}" in etc.setup(), "which domains have no route")
    equal((etc.value("relay_domains"), etc.value("transport_maps")), ("", ""), "routes")
    undone(etc)
    closed = Etc(folder / "closed", main="compatibility_level = 3.6\nmydestination =\ninet_interfaces = loopback-only\n")
    expect("only this host reaches" in closed.setup(), "nobody comes in from outside")
    undone(closed)
    return "2 sentences"


def locked(folder):
    etc = Etc(folder)
    handle = os.open(etc.etc, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        said = etc.setup(expected=75)
        expect("another mugai setup postfix" in said, "why", None, said)
    finally:
        os.close(handle)
    etc.setup()
    undone(etc)
    return said.strip()


def walk_points(etc, arguments, action, before, after, look):
    """Point after point until it is not reached; look(status) after each, on files that are as before. How many points there were."""
    point = Point(etc.folder)
    for number in range(EVERY, 500, EVERY):
        for path in etc.etc.iterdir():
            path.unlink()
        for name, text in before.items():
            (etc.etc / name).write_bytes(text)
        done = etc.gateway.mugai("setup", "postfix", "--postfix-dir", etc.etc, "--no-probe", *arguments,
                                 env={**os.environ, **point.environment("mugai", number, action)})
        if point.calls < number:
            equal(done.returncode, 0, "exit status without a point")
            equal(etc.texts(), after, "files without a point")
            return number - EVERY
        for name, text in etc.texts().items():
            expect(text in (before.get(name), after[name]), f"{name} after point {number} ({point.where}) is the old or the new one", None, text)
        # The milter is never missing where the route is there.
        texts = etc.texts()
        expect(b"relay_domains" not in texts["main.cf"] or b"smtpd_milters" in texts["master.cf"], f"no route without the milter at point {number}",
               None, texts)
        look(number, done)
    raise AssertionError("more than 500 points")


def killed(folder):
    etc = Etc(folder)
    etc.setup()
    wired, record = etc.texts(), (etc.etc / RECORD).read_bytes()
    etc.setup("--undo")

    def finish(number, _done):
        if number % 2:
            etc.setup()
            equal(etc.texts(), wired, f"files once it ran again after point {number}")
        etc.setup("--undo")
        equal(etc.texts(), etc.before, f"files once taken back after point {number}")
        equal(etc.files(), ["main.cf", "master.cf"], f"files left after point {number}")
    there = walk_points(etc, (), "kill", etc.before, wired, finish)
    back = walk_points(etc, ("--undo",), "kill", {**wired, RECORD: record}, etc.before, finish)
    return f"{there} points there, {back} back"


def failed(folder):
    etc = Etc(folder)
    etc.setup()
    wired = etc.texts()
    etc.setup("--undo")

    def look(number, done):
        if done.returncode not in (0, 1):
            expect(done.stderr.count(b"\n") == 1, f"one line at point {number}", None, done.stderr.decode())
        etc.setup("--undo")
        equal(etc.texts(), etc.before, f"files once taken back after point {number}")
    return f"{walk_points(etc, (), 'ENOSPC', etc.before, wired, look)} points"


# --- completion --------------------------------------------------------------------------------------------------

# words before the cursor, as bash splits them -> what must be offered, and what must not
OFFERED = [
    (["mugai", ""], {"check", "setup", "user", "--version"}, {"--json"}),
    (["mugai", "se"], {"search", "setup"}, {"user"}),
    (["mugai", "user", "a"], {"add"}, {"list"}),
    (["mugai", "user", "add", "--n"], {"--name", "--no-duty"}, {"--json"}),
    (["mugai", "user", "--config", "x", "list", "--"], {"--json"}, {"--name"}),
    (["mugai", "setup", "postfix", "--"], {"--dry-run", "--undo", "--reload"}, {"--month"}),
    (["mugai", "rules", ""], {"check", "explain", "rehearse"}, set()),
    (["mugai", "rules", "check", ""], {"some.rules"}, {"check"}),
    (["mugai", "check", "--config", ""], {"some.rules", "folder"}, {"--json"}),
    (["mugai", "check", "--config", "=", "so"], {"some.rules"}, set()),
    (["mugai", "check", "--postfix-dir", ""], {"folder"}, {"some.rules"}),
    (["mugai", "--token-file", ""], {"some.rules"}, {"check"}),
    (["mugai", "--token-file", "some.rules", "st"], {"status"}, {"some.rules"}),
    (["mugai", "list", "--max", ""], set(), {"some.rules", "--json"}),
    (["mugai", "show", ""], set(), {"some.rules", "list"}),
    (["mugai", "key", "init", ""], {"folder"}, {"some.rules"}),
    (["mugai", "nonsense", ""], set(), {"some.rules", "check"}),
]


def completion(folder):
    (folder / "folder").mkdir(parents=True)
    (folder / "some.rules").write_text("")
    script = BUILD / "packaging" / "completion" / "mugai"
    for words, wanted, unwanted in OFFERED:
        done = subprocess.run(["bash", "--norc", "-c", 'set -e; source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); set +e; _mugai; printf "%s\\n" "${COMPREPLY[@]}"',
                               script, *words], capture_output=True, text=True, cwd=folder, timeout=30)
        equal((done.returncode, done.stderr), (0, ""), f"exit status and complaints for {words}")
        offered = set(done.stdout.split())
        expect(wanted <= offered and not unwanted & offered, f"what is offered after {words}", (wanted, unwanted), offered)
    return f"{len(OFFERED)} lines"
