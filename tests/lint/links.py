# SPDX-License-Identifier: Apache-2.0
"""What each program links, from `readelf -d` of the built file: the program that talks to the network has no parser of
mail, the program that parses has no network, no database."""
import os
import pathlib
import subprocess

from check import Skip, equal, expect
from sources import TOP

COMMON = {"libc.so.6", "libglib-2.0.so.0", "libcrypto.so.3", "libm.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2"}
ALLOWED = {
    "mugaid": {"libjansson.so.4"},
    "mugai-milter": {"libjansson.so.4"},
    "mugai-sanitize": {"libmagic.so.1", "libarchive.so.13", "libseccomp.so.2", "libidn2.so.0"},
    "mugai-store": {"libsqlite3.so.0", "libzstd.so.1", "libcrypt.so.1", "liboath.so.0"},
    "mugai-release": {"libcurl.so.4", "libzstd.so.1", "libjansson.so.4"},
    "mugai-console": {"libmicrohttpd.so.12"},
    "mugai-monitor": {"libmicrohttpd.so.12"},
    "mugai": {"libjansson.so.4", "libzstd.so.1"},
}
# Said apart, in the words of the rule, so that a wider table above cannot soften it unseen.
NEVER = {
    "mugai-milter": ("gmime", "gumbo", "magic", "archive", "sqlite"),
    "mugai-sanitize": ("gmime", "gumbo", "milter", "sqlite", "curl", "ssl", "gnutls", "microhttpd"),
    "mugai-store": ("gmime", "gumbo", "magic", "archive", "milter", "curl", "ssl"),
    "mugai-release": ("gmime", "gumbo", "magic", "archive", "milter", "sqlite", "ssl", "seccomp", "idn2"),
    "mugai-console": ("gmime", "gumbo", "magic", "archive", "milter", "sqlite", "curl", "ssl", "seccomp", "idn2", "zstd", "crypt.", "oath"),
    "mugai-monitor": ("gmime", "gumbo", "magic", "archive", "milter", "sqlite", "ssl", "seccomp", "idn2", "zstd", "crypt.", "oath"),
    "mugaid": ("gmime", "gumbo", "magic", "archive", "milter", "sqlite", "curl", "ssl"),
    "mugai": ("gmime", "gumbo", "magic", "archive", "milter", "sqlite", "curl", "ssl"),
}

# Functions of libcrypto that read a private key or open what was sealed: for the command of a person, and for the role that
# holds keys for the time for which a person unlocked them.
OPENING = ("CMS_decrypt", "CMS_RecipientInfo_decrypt", "CMS_RecipientEncryptedKey", "CMS_RecipientInfo_kari_decrypt", "PrivateKey", "PKCS8", "PKCS7_decrypt",
           "PKCS12", "EVP_PKEY_decrypt", "EVP_PKEY_derive", "OSSL_DECODER", "OSSL_STORE")
OPENS = {"mugai", "mugai-release"}


def needed(path):
    out = subprocess.run(["readelf", "-dW", str(path)], capture_output=True, text=True, check=True).stdout
    return {line.split("[")[1].split("]")[0] for line in out.splitlines() if "(NEEDED)" in line}


def imported(path):
    """Functions that the program takes from its libraries."""
    out = subprocess.run(["nm", "-D", "--undefined-only", str(path)], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].split("@")[0] for line in out.splitlines() if line.strip()}


def hardened(path):
    """What the linker was asked for: position independent, relro with all symbols bound at start, no executable stack."""
    out = subprocess.run(["readelf", "-hldW", str(path)], capture_output=True, text=True, check=True).stdout
    wrong = [] if "DYN (" in out else ["not position independent"]
    wrong += [] if "GNU_RELRO" in out else ["no relro"]
    wrong += [] if "BIND_NOW" in out or "Flags: NOW" in out else ["symbols are bound late"]
    stack = [line for line in out.splitlines() if "GNU_STACK" in line]
    return wrong + ([] if stack and " RWE " not in stack[0] else ["executable stack"])


def check(suite):
    build = pathlib.Path(os.environ.get("MUGAI_BUILD", TOP / "build" / "plain")) / "src"
    for name, allowed in ALLOWED.items():
        with suite.case(f"{name} links only what it may") as case:
            path = build / name
            if not path.exists():
                raise Skip(f"{path.name} is not built")
            linked = needed(path)
            bad = sorted(lib for lib in linked for word in NEVER[name] if lib.startswith(f"lib{word}"))
            equal(bad, [], "libraries that this program must never link")
            equal(sorted(linked - allowed - COMMON), [], "libraries that are not in the table of this program")
            equal(hardened(path), [], "hardening")
            expect(linked, "readelf shows libraries")
            case["figure"] = " ".join(sorted(linked))
    with suite.case("only the command and the release role open what was sealed") as case:
        built = [name for name in ALLOWED if (build / name).exists()]
        if not built:
            raise Skip("nothing is built")
        found = {name: sorted(f for f in imported(build / name) if any(word in f for word in OPENING)) for name in built}
        equal({name: f for name, f in found.items() if f and name not in OPENS}, {}, "functions that open")
        for name in OPENS & set(built):
            expect("CMS_decrypt" in found[name], f"{name} opens, so that this case can see it", None, found[name])
        case["figure"] = f"{len(built)} programs, {len(imported(build / 'mugai-store'))} functions imported by mugai-store"
