# SPDX-License-Identifier: Apache-2.0
"""Sealed originals: keys are made and configured while mail comes in; each of the two keys opens what was sealed, with this program and
with stock openssl, and nobody else does."""
import base64
import json
import shutil
import signal
import sqlite3
import subprocess
import time

import smtp
from check import equal, expect
from gateway import program as program_path, with_lines

OPTIONS = {}
PHRASES = {"organization": "correct horse 正しい馬", "escrow": "the second safe's own words"}
PLANTED = "PLANTED-" + "q7Zr2" * 8
# A line of base64 as mail has it.
ATTACHED = "ATTACHED-" + "k4Wd9x" * 6
LINE = base64.b64encode((ATTACHED * 2)[:57].encode()).decode()
FRAME = b"\x28\xb5\x2f\xfd"     # where a frame of zstd begins


def encodings(word):
    """As it is, and in base64 by each of the three places that it can have in a group."""
    yield word.encode()
    for before in range(3):
        yield base64.b64encode(b"." * before + word.encode())[4 * (before > 0):-4]


WORDS = [w for word in (PLANTED[:21], ATTACHED[:21]) for w in encodings(word)]


class Keys:
    """Two folders of `mugai key init`, and what the cases hand on to each other."""

    def __init__(self, chain, folder):
        self.chain, self.gateway = chain, chain.gateway
        self.own, self.strange = folder / "keys", folder / "strange"
        self.sent, self.early = {}, {}

    def key(self, name, folder=None):
        return (folder or self.own) / f"{name}.key"


def cases(chain, folder):
    folder.mkdir(parents=True, exist_ok=True)
    keys = Keys(chain, folder)
    return [(f"seal: {name}", lambda function=function: function(keys)) for name, function in (
        ("without keys the store says so everywhere, and originals are handed out", unsealed),
        ("key init makes two pairs that stock openssl reads, and overwrites none", made),
        ("key init refuses weak and equal passphrases", refused),
        ("a certificate that will not do keeps the configuration from loading", faults),
        ("a reload seals what comes from then on", reloaded),
        ("get opens with either key and its passphrase alone", opened),
        ("stock openssl and zstd open what get --sealed hands out", stock),
        ("ten seconds after sealing nothing of a body or an attachment is in the memory of any role", forgotten),
        ("no byte of a planted string is in the state folder", planted),
        ("sealed and unsealed originals outlive kill -9 and a restart", restarted),
        ("verify-store --key opens each original, and finds two that were exchanged", exchanged),
        ("a changed object is refused", damaged),
        ("key list says what is in use", listed),
    )]


def init(keys, folder, phrases, *options):
    return with_lines(phrases, lambda fd: keys.gateway.mugai("key", "init", folder, "--passphrase-fd", fd, *options, pass_fds=(fd,)))


def get(keys, receipt, name, phrase=None, folder=None):
    return with_lines([phrase or PHRASES[name]], lambda fd: keys.gateway.mugai(
        "get", receipt, "--key", keys.key(name, folder), "--passphrase-fd", fd, pass_fds=(fd,)))


def deliver(keys, text):
    """Sends one mail: (receipt, the octets that must be kept)."""
    return kept(keys, smtp.wire(f"From: a@example.org\nTo: b@city.example.jp\nSubject: sealed\n\n{text}\n".encode()))


def kept(keys, data):
    reply, rcpt = keys.chain.send(data)
    equal(reply.code, 250, f"reply {reply}")
    keys.chain.arrivals(rcpt)
    return keys.gateway.trace("--to", rcpt)[0]["receipt"].replace("-", ""), data


def store_figures(keys):
    return json.loads(keys.gateway.mugai("status", "--json").stdout)["store"]


def objects(keys):
    """A file without content is a name that was made ahead."""
    return sorted(p.name for p in (keys.gateway.state / "objects").rglob("*") if p.is_file() and p.stat().st_size)


def unsealed(keys):
    receipt, data = deliver(keys, "before there were keys")
    keys.early[receipt] = data
    equal(keys.gateway.get(receipt), data, "original")
    equal(objects(keys), [f"{receipt}.zst"], "objects")
    equal((store_figures(keys)["sealing"], store_figures(keys)["objects_sealed"]), (0, 0), "figures")
    expect(b"sealing                                      NO" in keys.gateway.mugai("status").stdout, "status says NO", None,
           keys.gateway.mugai("status").stdout.decode())
    expect(keys.gateway.log_lines("originals are not sealed"), "the log says so")
    found = json.loads(keys.gateway.mugai("check", "--json").stdout)
    equal([f["severity"] for f in found["findings"] if f["id"] == "store.unsealed"], ["warning"], "finding of check")
    expect(b"NOT sealed" in keys.gateway.mugai("key", "list").stdout, "key list says so")
    done = keys.gateway.mugai("get", receipt, "--sealed")
    equal((done.returncode, done.stdout), (65, b""), "get --sealed of an unsealed original")


def made(keys):
    began = time.monotonic()
    done = init(keys, keys.own, PHRASES.values())
    equal(done.returncode, 0, f"exit status: {done.stderr.decode()}")
    for word in (b"organization.crt", b"organization.key", b"escrow.crt", b"escrow.key", b"OFFLINE"):
        expect(word in done.stdout, "it says where each file goes", word, done.stdout)
    modes = {p.name: oct(p.stat().st_mode & 0o777) for p in keys.own.iterdir()}
    equal(modes, {"organization.key": "0o600", "escrow.key": "0o600", "organization.crt": "0o644", "escrow.crt": "0o644"}, "modes")
    equal(oct(keys.own.stat().st_mode & 0o777), "0o700", "mode of the folder")
    for name, phrase in PHRASES.items():
        text = keys.key(name).read_text()
        expect(text.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "encrypted PKCS#8", None, text[:60])
        public = with_lines([phrase], lambda fd: subprocess.run(["openssl", "pkey", "-in", keys.key(name), "-passin", f"fd:{fd}", "-pubout"],
                                                               capture_output=True, pass_fds=(fd,)))
        certified = subprocess.run(["openssl", "x509", "-in", keys.own / f"{name}.crt", "-noout", "-pubkey"], capture_output=True)
        expect(public.stdout and public.stdout == certified.stdout, "certificate and key are one pair", certified.stdout, public)
    before = {p.name: p.read_bytes() for p in keys.own.iterdir()}
    again = init(keys, keys.own, PHRASES.values())
    equal(again.returncode, 64, "exit status over existing keys")
    equal({p.name: p.read_bytes() for p in keys.own.iterdir()}, before, "files after that")
    equal(init(keys, keys.strange, ["another body's words", "another body's safe"], "--rsa").returncode, 0, "RSA pairs")
    return f"{time.monotonic() - began:.1f} s"


def refused(keys):
    folder = keys.own.parent / "refused"
    for phrases in (["short", "long enough for a key"], ["twice the same words"] * 2, ["", "long enough for a key"], ["only the first one"]):
        done = init(keys, folder, phrases)
        equal((done.returncode, done.stderr.count(b"\n")), (64, 1), f"{phrases}: {done.stderr.decode()}")
        equal(list(folder.iterdir()), [], "files")


def faults(keys):
    """Each with file:line, exit 78, and a running gateway that goes on."""
    folder = keys.own.parent / "faults"
    folder.mkdir()
    good, escrow = keys.own / "organization.crt", keys.own / "escrow.crt"
    weak, both, empty, p384 = (folder / name for name in ("weak.crt", "both.crt", "empty.crt", "p384.crt"))
    for path, kind in ((weak, ["rsa:2048"]), (p384, ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"])):
        subprocess.run(["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-keyout", folder / "key", "-subj", "/CN=x", "-out", path],
                       check=True, capture_output=True)
    both.write_bytes(good.read_bytes() + keys.key("organization").read_bytes())
    empty.write_bytes(b"")
    rows = [(folder / "missing.crt", escrow, "cannot be read"), (weak, escrow, "2048 bits"), (both, escrow, "private key"),
            (empty, escrow, "no certificate"), (p384, escrow, "P-256"), (good, good, "same key"), (good, None, "stands without"),
            (None, escrow, "stands without"), (good, keys.key("escrow"), "private key")]
    for one, other, words in rows:
        conf = folder / "mugai.conf"
        certificates = (f"seal_to = {one}\n" if one else "") + (f"escrow = {other}\n" if other else "")
        conf.write_text(keys.gateway.conf.read_text().replace("store {\n", "store {\n" + certificates))
        for program, arguments in (("mugai", ["check"]), ("mugaid", ["--check"])):
            done = subprocess.run([program_path(program), *arguments, "--config", conf], capture_output=True, text=True)
            where = any(done.stderr.find(f"mugai.conf:{n}:") >= 0 for n in range(1, 40))
            expect(done.returncode == 78 and words in done.stderr and where and done.stderr.count("\n") == 1, f"{program}: {words}", (78, words),
                   (done.returncode, done.stderr))
    return f"{len(rows)} certificates"


def reloaded(keys):
    for name in PHRASES:
        shutil.copy(keys.own / f"{name}.crt", keys.gateway.folder)
    keys.gateway.change({"store": {"seal_to": f'"{keys.gateway.folder}/organization.crt"', "escrow": f'"{keys.gateway.folder}/escrow.crt"'}})
    keys.gateway.write()
    keys.gateway.signal(signal.SIGHUP)
    deadline = time.monotonic() + 20
    while not store_figures(keys)["sealing"] and time.monotonic() < deadline:
        time.sleep(0.05)
    for text in (PLANTED, "", f"{PLANTED}\n" * 20000, "日本語"):
        receipt, data = deliver(keys, text)
        keys.sent[receipt] = data
    equal([n for n in objects(keys) if n.endswith(".cms")], sorted(f"{r}.zst.cms" for r in keys.sent), "sealed objects")
    figures = store_figures(keys)
    equal((figures["sealing"], figures["objects_sealed"], figures["objects"]), (1, len(keys.sent), len(keys.sent) + 1), "figures")
    done = keys.gateway.mugai("check", "--json")
    equal((done.returncode, [f for f in json.loads(done.stdout)["findings"] if f["severity"] != "note"]), (0, []), "check")
    for receipt, data in keys.early.items():
        equal(keys.gateway.get(receipt), data, "the unsealed original is handed out as before")


def opened(keys):
    for receipt, data in keys.sent.items():
        for name in PHRASES:
            done = get(keys, receipt, name)
            equal((done.returncode, done.stdout), (0, data), f"with the key of {name}: {done.stderr.decode()}")
    receipt = next(iter(keys.sent))
    done = keys.gateway.mugai("get", receipt)
    equal((done.returncode, done.stdout), (77, b""), "without a key")
    expect(b"--key" in done.stderr and b"--sealed" in done.stderr, "it says how", None, done.stderr)
    for what, again in (("a wrong passphrase", get(keys, receipt, "escrow", "wrong words, all of them")),
                        ("another body's RSA key", get(keys, receipt, "organization", "another body's words", keys.strange)),
                        ("another body's escrow", get(keys, receipt, "escrow", "another body's safe", keys.strange))):
        equal((again.returncode, again.stdout, again.stderr.count(b"\n")), (77, b"", 1), f"{what}: {again.stderr.decode()}")
    return f"{len(keys.sent)} originals, 2 keys each"


def openssl(keys, sealed, key, phrase):
    done = with_lines([phrase], lambda fd: subprocess.run(["openssl", "cms", "-decrypt", "-inform", "DER", "-inkey", key, "-passin", f"fd:{fd}"],
                                                         input=sealed, capture_output=True, pass_fds=(fd,)))
    if done.returncode:
        return None
    return subprocess.run(["zstd", "-d", "-c"], input=done.stdout, capture_output=True, check=True).stdout


def stock(keys):
    for receipt, data in keys.sent.items():
        sealed = keys.gateway.mugai("get", receipt, "--sealed")
        equal(sealed.returncode, 0, f"exit status: {sealed.stderr.decode()}")
        for name, phrase in PHRASES.items():
            equal(openssl(keys, sealed.stdout, keys.key(name), phrase), data, f"opened with the key of {name}")
        equal(openssl(keys, sealed.stdout, keys.key("organization", keys.strange), "another body's words"), None, "opened with a third key")
    shown = subprocess.run(["openssl", "cms", "-cmsout", "-print", "-noout", "-inform", "DER"], input=sealed.stdout, capture_output=True).stdout
    for words in (b"id-smime-ct-authEnvelopedData", b"aes-256-gcm", b"id-aes256-wrap", b"dhSinglePass-stdDH-sha256kdf-scheme"):
        expect(words in shown, "what it is sealed by", words, shown[:2000])
    return f"{len(keys.sent)} originals, 2 keys open, 1 does not"


def memory_of(pid):
    """What a process has written in memory that is its own; pages of files are left out."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            place, rights, *_ = line.split()
            if not rights.startswith("rw") or "[v" in line:
                continue
            begin, end = (int(x, 16) for x in place.split("-"))
            try:
                memory.seek(begin)
                yield memory.read(end - begin)
            except OSError:
                continue


def planted(keys):
    looked, frames = 0, 0
    for path in (p for p in keys.gateway.state.rglob("*") if p.is_file()):
        content = path.read_bytes()
        looked += len(content)
        equal([w for w in WORDS if w in content], [], f"what {path.name} has of it")
        frames += content.count(FRAME) if path.name.endswith(".cms") else 0
    equal(frames, 0, "zstd frames in sealed objects")
    return f"{looked} octets on disk"


def with_attachments(number):
    """A mail of text, of HTML and of two attachments, all with words of which none may stay."""
    rows = "\n".join([LINE] * 200)
    page = "".join(f"<p>HTML {PLANTED} {n}</p>" for n in range(100))
    return smtp.wire((f"From: a@example.org\nTo: b@city.example.jp\nSubject: mail {number}\nMIME-Version: 1.0\n"
                      "Content-Type: multipart/mixed; boundary=z\n\n"
                      f"--z\nContent-Type: text/plain\n\n{PLANTED} text\n"
                      f"--z\nContent-Type: text/html\n\n<html><body>{page}</body></html>\n"
                      f"--z\nContent-Type: application/octet-stream; name=a.bin\nContent-Transfer-Encoding: base64\n\n{rows}\n"
                      f"--z\nContent-Type: text/csv; name=b.csv\n\n{ATTACHED * 40}\n--z--\n").encode())


def forgotten(keys):
    """The mail is long over, the milter's connection too; what a role holds then it holds for good. The release role
    has no original but what people asked for; the cases of keys look into its memory."""
    for number in range(8):
        receipt, data = kept(keys, with_attachments(number))
        keys.sent[receipt] = data
    time.sleep(10)
    held = {}
    for role, pid in {**keys.gateway.pids(), "mugaid": keys.gateway.daemon.pid}.items():
        held[role] = 0
        for piece in memory_of(pid):
            held[role] += len(piece)
            found = {w: piece.count(w) for w in WORDS if w in piece}
            expect(not found, f"the memory of {role} is free of it", {}, found)
        expect(held[role] > 100000, "memory was looked at", None, held)
    expect({"milter", "sanitize", "store", "mugaid"} <= set(held), "every role", None, held)
    return ", ".join(f"{role} {n >> 10} KB" for role, n in held.items())


def restarted(keys):
    for end in (keys.gateway.kill_all, keys.gateway.stop):
        end()
        keys.gateway.start()
        figures = store_figures(keys)
        equal((figures["swept"], figures["objects_sealed"], figures["objects"]), (0, len(keys.sent), len(keys.sent) + len(keys.early)), "figures")
        for receipt, data in keys.early.items():
            equal(keys.gateway.get(receipt), data, "unsealed original")
        receipt = next(iter(keys.sent))
        equal(get(keys, receipt, "escrow").stdout, keys.sent[receipt], "sealed original")


def verify(keys, name, status, folder=None, phrase=None):
    done = with_lines([phrase or PHRASES[name]], lambda fd: keys.gateway.mugai(
        "verify-store", "--json", "--key", keys.key(name, folder), "--passphrase-fd", fd, pass_fds=(fd,)))
    equal(done.returncode, status, f"exit status: {done.stderr.decode()} {done.stdout.decode()}")
    return json.loads(done.stdout)


def exchanged(keys):
    """Whoever can write the store and its index exchanges two sealed files and what is known of them: only a key tells."""
    names = objects(keys)
    sealed, plain = [n for n in names if n.endswith(".cms")], [n for n in names if not n.endswith(".cms")]
    for name in PHRASES:
        said = verify(keys, name, 0)
        equal((said["opened"], said["findings"]), ({"whole": len(sealed), "other_key": 0, "unsealed": len(plain), "damaged": 0}, []), f"with {name}")
    strange = verify(keys, "organization", 0, keys.strange, "another body's words")
    equal(strange["opened"]["other_key"], len(sealed), "sealed to other keys")
    one, other = [next((keys.gateway.state / "objects").rglob(name)) for name in sealed[:2]]

    def exchange():
        contents = one.read_bytes(), other.read_bytes()
        one.write_bytes(contents[1])
        other.write_bytes(contents[0])
        with sqlite3.connect(keys.gateway.state / "index.db", timeout=20) as db:
            stored = [db.execute("SELECT stored FROM mail WHERE receipt = ?", (p.name[:10],)).fetchone()[0] for p in (one, other)]
            for path, digest in zip((one, other), reversed(stored)):
                db.execute("UPDATE mail SET stored = ? WHERE receipt = ?", (digest, path.name[:10]))
        db.close()
    exchange()
    equal(json.loads(keys.gateway.mugai("verify-store", "--json").stdout)["findings"], [], "without a key")
    said = verify(keys, "escrow", 2)
    equal(sorted((f["id"], f["state"], f["subject"]) for f in said["findings"]), sorted(("object-damaged", "lost", p.name[:10]) for p in (one, other)), "findings")
    equal((said["lost"], said["opened"]["whole"], said["opened"]["damaged"]), (2, len(sealed) - 2, 2), "figures")
    exchange()
    verify(keys, "organization", 0)
    wrong = with_lines(["no such words"], lambda fd: keys.gateway.mugai("verify-store", "--key", keys.key("escrow"), "--passphrase-fd", fd, pass_fds=(fd,)))
    equal((wrong.returncode, wrong.stdout), (77, b""), f"a wrong passphrase: {wrong.stderr.decode()}")
    equal(keys.gateway.mugai("verify-store", "--offline", "--key", keys.key("escrow")).returncode, 64, "--offline --key")
    return f"{len(sealed)} sealed"


def damaged(keys):
    receipt = next(iter(keys.sent))
    path = next((keys.gateway.state / "objects").rglob(f"{receipt}.zst.cms"))
    whole = path.read_bytes()
    for change in (lambda b: b[:-20] + bytes([b[-20] ^ 1]) + b[-19:], lambda b: b[:len(b) // 2], lambda b: b"", lambda b: b"x" * len(b)):
        path.write_bytes(change(whole))
        done = get(keys, receipt, "organization")
        expect(done.returncode in (74, 77) and done.stdout == b"" and done.stderr.count(b"\n") == 1, "refused", (74, 77), done)
    path.write_bytes(whole)
    equal(get(keys, receipt, "organization").stdout, keys.sent[receipt], "as it was")


def listed(keys):
    found = json.loads(keys.gateway.mugai("key", "list", "--json").stdout)
    equal((found["sealing"], [k["use"] for k in found["keys"]]), (True, list(PHRASES)), "keys")
    text = keys.gateway.mugai("key", "list").stdout.decode()
    for key in found["keys"]:
        shown = subprocess.run(["openssl", "x509", "-in", key["path"], "-noout", "-fingerprint", "-sha256"], capture_output=True, text=True)
        expect(key["fingerprint"] in shown.stdout and key["fingerprint"] in text, "fingerprint", shown.stdout, key)
        equal(key["kind"], "P-256", "kind")
        expect(4 * 365 < (key["not_after"] - time.time()) / 86400 < 6 * 365, "expiry", None, key)
