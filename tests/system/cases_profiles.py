# SPDX-License-Identifier: Apache-2.0
"""Profiles: each loads as it is shipped, but for its folder, and does with mail what its body's policy asks for."""
import base64
import email
import io
import json
import re
import subprocess
import time
import zipfile

import smtp
from cases_seal import PHRASES
from check import equal, expect
from gateway import TOP, program, with_lines
from harness import Chain

OPTIONS = {}
PROFILES = TOP / "rules" / "profiles"
PDF, MZ = b"%PDF-1.4 x", b"MZ" + b"\x00" * 80 + b"PE\x00\x00"


def cases(chain, folder):
    return [(f"profiles: {name}", lambda name=name, function=function: run(chain, folder / name, name, function)) for name, function in (
        ("joint-office", joint_office),
        ("collection-agency", collection_agency),
        ("ward-bodies", ward_bodies),
        ("election-commission", election_commission),
        ("wide-union", wide_union),
    )] + [("profiles: each of them has a test and a row in its README", every_one)]


class Profile:
    """A profile in a folder of its own, with keys, and the gateway that runs by it."""

    def __init__(self, base, folder, name):
        self.base, self.folder, self.etc = base, folder, folder / "etc"
        self.etc.mkdir(parents=True)
        self.keys = {}
        later = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 60 * 86400))
        for file in (PROFILES / name).iterdir():
            text = file.read_text().replace("/etc/mugai/", f"{self.etc}/")
            (self.etc / file.name).write_text(re.sub(r"expires = \S+", f"expires = {later}", text))
        for certificate in sorted(re.findall(r"(\w+)\.crt$", (self.etc / "mugai.conf").read_text(), re.M)):
            if certificate != "escrow":
                self.make_key(certificate)
        self.chain = None

    def make_key(self, name):
        """As the body itself does it: its certificate comes here, its private key stays where it was made."""
        made = self.folder / f"keys-{name}"
        done = with_lines(PHRASES.values(), lambda fd: self.base.gateway.mugai("key", "init", made, "--passphrase-fd", fd, pass_fds=(fd,)))
        equal(done.returncode, 0, f"key init: {done.stderr.decode()}")
        self.keys[name] = made / "organization.key"
        (self.etc / f"{name}.crt").write_bytes((made / "organization.crt").read_bytes())
        if name == "organization":
            (self.etc / "escrow.crt").write_bytes((made / "escrow.crt").read_bytes())

    def settings(self):
        """{section: {key: value}}, as the gateway of the tests takes it."""
        found, section = {}, ""
        for line in (self.etc / "mugai.conf").read_text().splitlines():
            line = re.sub(r"\s+#.*$", "", line).strip()
            if line.endswith("{"):
                section = line[:-1].strip()
                found[section] = {}
            elif line == "}":
                section = ""
            elif line and not line.startswith("#"):
                key, _, value = line.partition(" = ")
                found.setdefault(section, {})[key] = value
        return found

    def start(self):
        settings = self.settings()
        domain = settings["release"]["allowed_domains"].strip('"')
        settings["audit"]["anchor_every"] = "1440 min"
        self.chain = Chain(self.folder / "chain", settings, release=[domain])
        return self

    def check(self, *arguments, expected=0):
        done = subprocess.run([program("mugai"), "rules", "check", "--config", str(self.etc / "mugai.conf"), *arguments],
                              capture_output=True, text=True, timeout=60, check=False)
        equal(done.returncode, expected, f"mugai rules check: {done.stdout}{done.stderr}")
        return done.stdout, done.stderr

    def send(self, rcpt, data, sender="a@partner.example"):
        """One mail: (as it was delivered, its row)."""
        reply, _ = self.chain.send(data, rcpt=rcpt, sender=sender)
        equal(reply.code, 250, f"reply {reply}")
        return self.chain.arrivals(rcpt)[-1].data, self.chain.gateway.trace("--to", rcpt)[0]

    def outcome(self, rcpt, data, sender="a@partner.example"):
        """(outcome, rule that decided): what the record says."""
        row = self.send(rcpt, data, sender)[1]
        return row["outcome"], re.sub(r"^by rule ([^:]*).*", r"\1", row["reason"])

    def opens(self, receipt, name):
        """Whether the key of that name opens the original."""
        done = with_lines([PHRASES["organization"]], lambda fd: self.chain.gateway.mugai(
            "get", receipt, "--key", self.keys[name], "--passphrase-fd", fd, pass_fds=(fd,)))
        expect(done.returncode in (0, 77), "get", "opens, or does not", done)
        return done.returncode == 0

    def organizations(self):
        return {o["name"]: o for o in json.loads(self.chain.gateway.mugai("status", "--json").stdout)["organizations"]}

    def serial(self, domain):
        return self.chain.address().partition("@")[0] + "@" + domain


def run(base, folder, name, function):
    profile = Profile(base, folder, name)
    text, _ = profile.check()
    expect("!" not in text, "remarks on the shipped rules", "none", text)
    profile.start()
    try:
        return function(profile)
    finally:
        profile.chain.close()


def every_one():
    here = {p.name for p in PROFILES.iterdir() if p.is_dir()}
    tested = {name.removeprefix("profiles: ") for name, _ in cases(None, PROFILES)[:-1]}
    equal(tested, here, "profiles with a test")
    rows = set(re.findall(r"^\| `([a-z-]+)` \|", (PROFILES / "README.md").read_text(), re.M))
    equal(rows, here, "rows of the README")


def mail(files=(), head=b"From: a@partner.example\r\n"):
    """With (name, octets) of files in base64, so that they outlive Postfix as they are."""
    parts = b"".join(b"--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"" + name +
                     b"\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content).replace(b"\n", b"\r\n")
                     for name, content in files)
    return (head + b"Subject: plan\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
            b"Content-Type: text/plain\r\n\r\nsee http://example.org/x\r\n" + parts + b"--b--\r\n")


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()


def locked():
    """A ZIP whose only file says that it is encrypted: bit 0 of the flags, in both of its headers."""
    data = bytearray(zipped([("list.txt", b"x" * 40)]))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def rejects(profile):
    """Behind a relay of ours no rule rejects: the file does not load."""
    path = profile.etc / "rejecting.conf"
    path.write_text((profile.etc / "rules.conf").read_text() + 'rule no {\n  mail = reject\n  text = "no"\n}\n')
    expect('"milter.behind_relay" is yes' in profile.check(str(path), expected=78)[1], "why it does not load", "behind_relay", "")


def joint_office(profile):
    rcpt = profile.serial("office.example.lg.jp")
    delivered, row = profile.send(rcpt, mail([(b"plan.exe", MZ)]))
    equal((row["outcome"], row["reason"]), ("held", "by rule programs: a program came with it"), "a program")
    expect(b"example.org" not in delivered and b"MZ" not in delivered and b"programs" not in delivered, "the notice", "nothing of the mail", delivered)
    equal(profile.outcome(profile.serial("office.example.lg.jp"), mail([(b"list.zip", locked())])), ("held", "encrypted"), "an encrypted file")
    delivered, row = profile.send(profile.serial("office.example.lg.jp"), mail([(b"plan.pdf", PDF)]))
    equal((row["outcome"], row["reason"]), ("converted", ""), "what most mail is")
    equal(profile.chain.gateway.mugai("get", row["receipt"]).returncode, 77, "the original without a key")
    expect(profile.opens(row["receipt"], "organization"), "the office's key", "opens it", "")
    own = profile.organizations()[""]
    equal((own["retention"], own["retention_failed"]), (90, 180), "retention")
    rules = json.loads(profile.check("--json")[0])["rules"]
    equal([r["name"] for r in rules if r["section"] == "exemption"], [], "exemptions")


def collection_agency(profile):
    rejects(profile)

    def to():
        return profile.serial("kiko.example.lg.jp")
    table = mail([(b"list.xlsx", zipped([("a.txt", b"x")]))])
    equal(profile.outcome(to(), table), ("held", "tables"), "a table from anybody")
    for sender in ("zei@town-a.example.lg.jp", "zei@nozei.city-c.example.lg.jp"):
        equal(profile.outcome(to(), table, sender), ("converted", "members"), f"a table from {sender}")
    equal(profile.outcome(to(), table, "zei@sub.town-a.example.lg.jp")[0], "held", "who is not on the list")
    equal(profile.outcome(to(), mail([(b"a.exe", MZ)]), "zei@town-a.example.lg.jp"), ("held", "programs"), "a program from a member")
    equal(profile.outcome(to(), mail([(b"x.zip", locked())])), ("held", "encrypted"), "an encrypted file")
    delivered, row = profile.send(to(), mail())
    equal(row["outcome"], "converted", "words alone")
    expect(b"hxxp" not in text_of(delivered), "links cut to their hosts", "no hxxp", text_of(delivered))
    delivered, _ = profile.send(to(), mail(), "zei@town-b.example.lg.jp")
    expect(b"hxxp://example[.]org/x" in text_of(delivered), "links of members", "defanged", text_of(delivered))
    equal([(o["retention"], o["retention_failed"]) for o in profile.organizations().values()], [(30, 60)], "retention")


def text_of(delivered):
    return email.message_from_bytes(delivered).get_payload(decode=True)


BODIES = {"mayor": "ward.example.lg.jp", "education": "kyoiku.ward.example.lg.jp", "election": "senkan.ward.example.lg.jp",
          "audit": "kansa.ward.example.lg.jp", "agriculture": "nogyo.ward.example.lg.jp", "assembly": "gikai.ward.example.lg.jp"}


def ward_bodies(profile):
    chain = profile.chain
    rcpts = {name: profile.serial(domain) for name, domain in BODIES.items()}
    # One policy: a mail to all six goes to all six in one transaction, and each has a record of it.
    reply = smtp.send_once(chain.port, "a@partner.example", list(rcpts.values()), mail([(b"plan.pdf", PDF)]))
    equal(reply.code, 250, f"reply {reply}")
    receipts = {chain.arrivals(rcpt) and chain.gateway.trace("--to", rcpt)[0]["receipt"] for rcpt in rcpts.values()}
    equal(len(receipts), 1, "one mail")
    equal({name: profile.organizations()[name]["mails"] for name in BODIES}, dict.fromkeys(BODIES, 1), "mails of each body")
    equal(profile.organizations()["assembly"]["quota"], 20 << 30, "the assembly's quota")
    for name, domain in BODIES.items():
        equal(profile.outcome(profile.serial(domain), mail([(b"a.exe", MZ)])), ("held", "programs"), f"a program for {name}")
    forged = mail([(b"plan.pdf", PDF)], head=b"From: =?utf-8?q?mayor=40ward=2Eexample=2Elg=2Ejp?= <a@partner.example>\r\n")
    equal(profile.outcome(profile.serial(BODIES["mayor"]), forged), ("held", "pretends"), "a name that shows another address")
    rows = {name: profile.send(profile.serial(BODIES[name]), mail())[1]["receipt"] for name in ("mayor", "assembly")}
    equal({(body, key): profile.opens(rows[body], key) for body in rows for key in ("organization", "assembly")},
          {("mayor", "organization"): True, ("mayor", "assembly"): False, ("assembly", "organization"): False, ("assembly", "assembly"): True},
          "whose key opens whose original")
    audited(profile, rows)


# login, duty, body, Unix user
PEOPLE = (("chief", "officer", None, 65071), ("gikai-1", "officer", "assembly", 65072), ("gikai-kansa", "auditor", "assembly", 65073),
          ("ku-kansa", "auditor", None, 65074))


def ask_as(profile, uid, *arguments):
    command, *rest = arguments
    return subprocess.run([program("mugai"), command, "--config", str(profile.chain.gateway.conf), *rest], user=uid, group=65010,
                          extra_groups=[], capture_output=True, text=True, timeout=60, check=False)


def audited(profile, rows):
    """Members of the assembly are audited by the assembly: by its own auditor, and by nobody else's."""
    for login, duty, body, uid in PEOPLE:
        own = ("--organization", body, "--scope", body) if body else ()
        arguments = ("user", "add", login, "--name", login, "--duty", duty, "--unix-user", str(uid), *own)
        done = ask_as(profile, 0 if login == "chief" else PEOPLE[0][3], *arguments)
        equal(done.returncode, 0, f"{arguments}: {done.stderr}")
    member = PEOPLE[1][3]
    for receipt, code in ((rows["assembly"], 0), (rows["mayor"], 65)):
        done = ask_as(profile, member, "show", receipt)
        equal(done.returncode, code, f"the assembly's officer looks at {receipt}: {done.stdout}{done.stderr}")
    seen = {}
    for login, uid in (("gikai-kansa", 65073), ("ku-kansa", 65074)):
        done = ask_as(profile, uid, "audit", "list", "--max", "1000", "--json")
        equal(done.returncode, 0, f"{login}: {done.stderr}")
        seen[login] = {json.loads(line)["actor"] for line in done.stdout.splitlines()}
    number = {login: f"p:{json.loads(ask_as(profile, PEOPLE[0][3], 'user', 'show', login, '--json').stdout)['number']}"
              for login in ("gikai-1", "chief")}
    expect(number["gikai-1"] in seen["gikai-kansa"] and number["chief"] not in seen["gikai-kansa"], "whom the assembly's auditor sees",
           "its member alone", (number, seen))
    expect(number["chief"] in seen["ku-kansa"] and number["gikai-1"] not in seen["ku-kansa"], "whom the ward's auditor sees",
           "the ward's chief alone", (number, seen))


def election_commission(profile):
    rejects(profile)
    chain = profile.chain
    plain, held = profile.serial("city.example.lg.jp"), profile.serial("senkan.city.example.lg.jp")
    data = mail([(b"x.zip", locked())])
    equal(profile.outcome(plain, data), ("converted", ""), "an encrypted file for the city")
    equal(profile.outcome(held, data), ("held", "election-files"), "the same for the commission")
    both = [profile.serial(domain) for domain in ("city.example.lg.jp", "senkan.city.example.lg.jp")]
    equal(smtp.send_once(chain.port, "a@partner.example", both, data).code, 452, "both in one transaction")
    forged = mail(head=b"From: =?utf-8?q?a=40other=2Eexample?= <a@partner.example>\r\n")
    equal([profile.outcome(profile.serial(d), forged)[0] for d in ("city.example.lg.jp", "senkan.city.example.lg.jp")], ["converted", "held"],
          "a name that shows another address")
    delivered, row = profile.send(profile.serial("senkan.city.example.lg.jp"), mail(), "a@results.example.jp")
    equal(row["reason"].startswith("by rule results"), True, f"the exemption: {row['reason']}")
    expect(b"http://example.org/x" in text_of(delivered), "its links", "as they stand", text_of(delivered))
    delivered, _ = profile.send(profile.serial("city.example.lg.jp"), mail(), "a@results.example.jp")
    expect(b"http://" not in text_of(delivered), "the city's", "defanged", text_of(delivered))
    rows = {name: profile.send(profile.serial(domain), mail())[1]["receipt"]
            for name, domain in (("organization", "city.example.lg.jp"), ("election", "senkan.city.example.lg.jp"))}
    equal({(a, b): profile.opens(rows[a], b) for a in rows for b in rows},
          {("organization", "organization"): True, ("organization", "election"): False, ("election", "organization"): False,
           ("election", "election"): True}, "whose key opens whose original")
    equal({n: profile.organizations()[n]["retention"] for n in ("city", "election")}, {"city": 60, "election": 180}, "retention")


def wide_union(profile):
    rejects(profile)

    def to(body=""):
        return profile.serial(f"{body}kouiki.example.lg.jp")
    delivered, row = profile.send(to(), mail([(b"a.exe", MZ)]))
    equal((row["outcome"], row["reason"]), ("held", "by rule programs: a program came with it"), "a program")
    shown = delivered + text_of(delivered)
    expect(b"programs" not in shown and b"rules.conf" not in shown and b"came with it" not in shown, "what the notice says of the rule", "nothing", shown)
    nested = zipped([("inner.zip", zipped([("a.txt", b"x")]))])
    equal(profile.outcome(to("gikai."), mail([(b"x.zip", nested)])), ("held", "archives"), "an archive in an archive, for the assembly")
    equal(profile.outcome(to(), mail([(b"x.zip", locked())])), ("held", "encrypted"), "an encrypted file")
    delivered, row = profile.send(to(), mail(), "hoken@town.example.lg.jp")
    equal(row["reason"], "by rule members", "mail of a member")
    receipt = profile.send(to(), mail([(b"scan.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * (3 << 20))]))[1]["receipt"]
    parts = profile.chain.gateway.records("show", receipt)[0]["parts"]
    equal([p["rule"] for p in parts if p["name"] == "scan.jpg"], ["scans"], "a large picture")
    equal({n: (o["retention"], o["retention_failed"]) for n, o in profile.organizations().items()},
          {"": (120, 180), "union": (120, 180), "election": (60, 180), "audit": (60, 180), "assembly": (60, 180)}, "retention")
