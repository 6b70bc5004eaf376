# SPDX-License-Identifier: Apache-2.0
"""mugai check and mugai check --postfix: a sound configuration has no finding that is unsafe, each fault has its own."""
import json
import re
import subprocess
import sys

import smtp
from check import equal, expect
from gateway import Gateway
from harness import TOP, shipped_release
from postfix import Postfix, free_port

OPTIONS = {}


def cases(chain, folder):
    listed = [("check: a running gateway is sound but for keys", lambda: host(chain)),
              ("check: the Postfix that these suites run on is sound", lambda: sound(chain, folder))]
    listed += [(f"check: {name}", lambda change=change, wanted=wanted: faulty(chain, folder, change, wanted))
               for name, (change, wanted) in FAULTS.items()]
    return listed + [
        ("check: the mending line mends", lambda: mended(chain, folder)),
        ("check: smtputf8_enable with a next hop that has SMTPUTF8", lambda: hop_with_smtputf8(chain, folder)),
        ("check: a folder that is no Postfix's", lambda: no_postfix(chain, folder)),
        ("check: the lines of packaging/postfix are what check asks for", lambda: shipped_lines(chain)),
        ("check: packaging/postfix with releases on has nothing to mend", lambda: shipped_folder(folder)),
    ] + [(f"check: release port: {name}", lambda change=change, wanted=wanted: release_port(folder, change, wanted))
         for name, (change, wanted) in RELEASE_FAULTS.items()] + [
        ("check: release port: the line for a missing one makes it", lambda: release_port_made(folder)),
    ]


# name -> (options of the release service as packaging/postfix has them, changed; the finding that must appear, or "sound")
RELEASE_FAULTS = {
    "as it is shipped": ({}, "sound"),
    "a milter": ({"smtpd_milters": "inet:127.0.0.1:1"}, "postfix.release-milter"),
    "relays anywhere": ({"smtpd_recipient_restrictions": "permit_mynetworks, reject"}, "postfix.release-recipients"),
    "a domain of the LGWAN side": ({"smtpd_recipient_restrictions": "check_recipient_access inline:{ soto.example.jp=OK, city.example.jp=OK }, reject"},
                                   "postfix.release-recipients"),
    "a domain forgotten": ({"smtpd_recipient_restrictions": "check_recipient_access inline:{ kodomo.example.jp=OK }, reject"}, "postfix.release-domains"),
    "aliases": ({"receive_override_options": ""}, "postfix.release-mappings"),
    "domains below": ({"parent_domain_matches_subdomains": "smtpd_access_maps"}, "postfix.release-subdomains"),
    "a size that is too small": ({"message_size_limit": "26214400"}, "postfix.release-size"),
    "the cleanup of other mail": ({"cleanup_service_name": "cleanup"}, "postfix.release-cleanup"),
}
RELEASE_DOMAINS = ["soto.example.jp", "kodomo.example.jp"]


def release_side(folder):
    """A gateway that is not started: its configuration says that releases are on."""
    gateway = Gateway(folder / "release", {"release": {"enabled": "yes", "smtp": f"inet:{free_port()}@127.0.0.1",
                                                       "letters": f"inet:{free_port()}@127.0.0.1",
                                                       "allowed_domains": f'"{RELEASE_DOMAINS[0]}"', "lgwan_domains": '"city.example.jp"'}})
    gateway.write("organization kodomo {\n        domains = kodomo.city.example.jp\n        release_domains = kodomo.example.jp\n}\n")
    return gateway


def port_of(gateway, key):
    return int(gateway.settings["release"][key].partition(":")[2].partition("@")[0])


def release_port(folder, change, wanted):
    gateway = release_side(folder)
    options = {**shipped_release(RELEASE_DOMAINS), **change}
    postfix = Postfix(folder / "checked-release", {}, {"in": (port_of(gateway, "letters"), {"smtpd_milters": gateway.milter}),
                                                      "release": (port_of(gateway, "smtp"), options)})
    postfix.write()
    found = unsafe(findings(gateway, postfix))
    equal([f["id"] for f in found], [] if wanted == "sound" else [wanted], f"findings: {found}")
    return found[0]["mend"] if found else ""


def release_port_made(folder):
    """What it says of a missing port is a line for master.cf, and with that line nothing is left to say."""
    gateway = release_side(folder)
    postfix = Postfix(folder / "checked-missing", {}, {"in": (port_of(gateway, "letters"), {"smtpd_milters": gateway.milter})})
    postfix.write()
    found = unsafe(findings(gateway, postfix))
    equal([f["id"] for f in found], ["postfix.release-missing"], "findings")
    with open(postfix.etc / "master.cf", "a", encoding="ascii") as file:
        file.write(found[0]["mend"].removeprefix("master.cf: ") + "\n")
    equal(unsafe(findings(gateway, postfix)), [], "findings with the line")
    return found[0]["mend"]


def shipped_folder(folder):
    """The very files of packaging/postfix, and a mugai.conf for them."""
    gateway = Gateway(folder / "shipped", {"milter": {"socket": "unix:/run/mugai/milter/milter.sock"},
                                           "release": {"enabled": "yes", "allowed_domains": '"soto.example.jp"'}})
    gateway.write()
    done = gateway.mugai("check", "--postfix", "--postfix-dir", TOP / "packaging" / "postfix", "--json")
    found = json.loads(done.stdout)["findings"]
    equal(unsafe(found), [], "findings")
    return "notes: " + (", ".join(sorted({f["id"] for f in found})) or "none")


# name -> (what is changed in main.cf, in the inbound service and in further services, the finding that must appear)
FAULTS = {
    "milter missing": ({"in": {"smtpd_milters": ""}}, "postfix.milter-missing"),
    "milter not last": ({"in": {"smtpd_milters": "OURS, inet:127.0.0.1:1"}}, "postfix.milter-not-last"),
    "milter_default_action accept": ({"main": {"milter_default_action": "accept"}}, "postfix.default-action"),
    "milter_default_action of the entry itself": ({"in": {"smtpd_milters": "{ OURS, default_action=accept }"}}, "postfix.default-action"),
    "milter_default_action of the service": ({"in": {"milter_default_action": "accept"}}, "postfix.default-action"),
    "milter_protocol 4": ({"main": {"milter_protocol": "4"}}, "postfix.protocol"),
    "A1 smtpd_forbid_bare_newline no": ({"main": {"smtpd_forbid_bare_newline": "no"}}, "postfix.bare-newline"),
    "smtpd_forbid_bare_newline yes is another thing than normalize": ({"main": {"smtpd_forbid_bare_newline": "yes"}}, "sound"),
    "A1 its exclusions not empty": ({"main": {"smtpd_forbid_bare_newline_exclusions": "$mynetworks"}}, "postfix.bare-newline-exclusions"),
    "smtputf8_enable without SMTPUTF8 at the next hop": ({"main": {"smtputf8_enable": "yes"}}, "postfix.smtputf8"),
    "other size limit": ({"main": {"message_size_limit": "10240000"}}, "postfix.size"),
    "always_bcc": ({"main": {"always_bcc": "copy@city.example.jp"}}, "postfix.always-bcc"),
    "sender_bcc_maps": ({"main": {"sender_bcc_maps": "static:copy@city.example.jp"}}, "postfix.sender-bcc"),
    "recipient_bcc_maps": ({"main": {"recipient_bcc_maps": "static:copy@city.example.jp"}}, "postfix.recipient-bcc"),
    "no_milters": ({"in": {"receive_override_options": "no_milters"}}, "postfix.no-milters"),
    "another smtpd without the milter": ({"more": {"smtpd_milters": ""}}, "postfix.milter-missing"),
    "the outbound smtpd passes us by mistake": ({"out": {"smtpd_milters": "OURS"}}, "postfix.outbound-milter"),
    "smtpd_milters in main.cf reaches the outbound smtpd": ({"main": {"smtpd_milters": "OURS"}, "out": {"smtpd_milters": None}},
                                                            "postfix.outbound-milter"),
    "pickup": ({"lines": "pickup unix n - n 60 1 pickup\n"}, "postfix.pickup"),
}


def host(chain):
    done = chain.gateway.mugai("check", "--json")
    found = json.loads(done.stdout)
    bad = [f for f in found["findings"] if f["severity"] != "note"]
    # With keys it is sound altogether: cases_seal looks.
    equal((done.returncode, [f["id"] for f in bad]), (1, ["store.unsealed"]), "exit status and findings")
    return ", ".join(f["id"] for f in found["findings"]) or "no finding"


def written(chain, folder, change):
    """A configuration folder like the running one, changed."""
    services = {"in": (chain.port, {"smtpd_milters": chain.gateway.milter}),
                "out": (chain.port_out, {"smtpd_milters": "", "smtpd_client_restrictions": "permit_mynetworks, reject"})}

    def spelled(options):
        return {k: v.replace("OURS", chain.gateway.milter) for k, v in options.items() if v is not None}
    for name in ("in", "out", "more"):
        if name in change:
            port, options = services.get(name, (free_port(), {}))
            services[name] = (port, spelled({**options, **change[name]}))
    main = {k: v for k, v in chain.postfix.main.items() if k not in ("config_directory", "queue_directory", "data_directory", "maillog_file")}
    copy = Postfix(folder / "checked", {**main, **spelled(change.get("main", {}))}, services)
    copy.write()
    if "lines" in change:
        with open(copy.etc / "master.cf", "a", encoding="ascii") as file:
            file.write(change["lines"])
    return copy


def findings(gateway, postfix):
    done = gateway.mugai("check", "--postfix", "--postfix-dir", postfix.etc, "--json")
    if done.returncode not in (0, 1):
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.decode()}")
    found = json.loads(done.stdout)
    equal(found["unsafe"], done.returncode == 1, "exit status and unsafe")
    for finding in found["findings"]:
        expect(finding["ja"] and finding["en"], "both languages", None, finding)
        expect(finding["mend"] or finding["severity"] == "note", "the line that mends it", None, finding)
    return found["findings"]


def unsafe(found):
    return [f for f in found if f["severity"] != "note"]


def sound(chain, folder):
    found = findings(chain.gateway, written(chain, folder, {}))
    equal(unsafe(found), [], "findings")
    return "notes: " + (", ".join(sorted({f["id"] for f in found})) or "none")


def faulty(chain, folder, change, wanted):
    found = findings(chain.gateway, written(chain, folder, change))
    if wanted == "sound":
        equal(unsafe(found), [], "findings")
        return ""
    hit = [f for f in unsafe(found) if f["id"] == wanted]
    expect(hit, "the finding", wanted, [f["id"] for f in found])
    others = [f["id"] for f in unsafe(found) if f["id"] != wanted]
    equal(others, [], "findings about what is not at fault")
    return hit[0]["mend"]


def mended(chain, folder):
    """main.cf lines of the findings, applied: nothing is left to say."""
    change = {"main": {"milter_default_action": "accept", "milter_protocol": "4", "smtpd_forbid_bare_newline": "no",
                       "smtpd_forbid_bare_newline_exclusions": "$mynetworks", "always_bcc": "a@example.org", "message_size_limit": "1000000"}}
    found = unsafe(findings(chain.gateway, written(chain, folder, change)))
    lines = dict(re.fullmatch(r"main\.cf: (\w+) =\s*(.*)", f["mend"]).groups() for f in found)
    change["main"].update(lines)
    equal(unsafe(findings(chain.gateway, written(chain, folder, change))), [], f"findings after {lines}")
    return f"{len(lines)} lines"


def hop_with_smtputf8(chain, folder):
    sink = smtp.Sink(smtputf8=True)
    try:
        change = {"main": {"smtputf8_enable": "yes", "default_transport": f"smtp:[127.0.0.1]:{sink.port}"}}
        equal(unsafe(findings(chain.gateway, written(chain, folder, change))), [], "findings")
    finally:
        sink.close()


def no_postfix(chain, folder):
    done = chain.gateway.mugai("check", "--postfix", "--postfix-dir", folder / "nothing-here", "--json")
    expect(done.returncode not in (0, 1) and done.stderr.count(b"\n") == 1, "one line and an exit code", None, done)
    return done.stderr.decode().strip()


def shipped_lines(chain):
    """Every parameter of packaging/postfix is known to this Postfix, or is a key of mugai.conf or of a rule file where one is shown;
    those that check looks at have the value it wants."""
    text = "".join(path.read_text() for path in sorted((TOP / "packaging" / "postfix").rglob("*")) if path.is_file())
    wanted = {"milter_default_action": "tempfail", "milter_protocol": "6", "smtpd_forbid_bare_newline": "normalize"}
    for name, value in wanted.items():
        expect(re.search(rf"{name}\s*=\s*{value}\b", text), "packaging/postfix has the line", f"{name} = {value}", text[:200])
    names = set(re.findall(r"^\s*(?:-o\s+)?([a-z][a-z0-9_]{5,})\s*=", text, re.M))
    known = subprocess.run(["/usr/sbin/postconf", "-d"], capture_output=True, text=True, check=True).stdout
    keys = set(re.findall(r"^[\s#]*([a-z_]+)\s*=", (TOP / "rules" / "mugai.conf").read_text(), re.M))
    manual = (TOP / "packaging" / "man" / "mugai.rules.5.scd").read_text().replace("\\_", "_")
    keys |= set(re.findall(r"\*([a-z_]+)\*", manual))
    unknown = sorted(n for n in names - keys if not re.search(rf"^{n} =", known, re.M) and "mugai" not in n)
    equal(unknown, [], "parameters that neither this Postfix nor mugai.conf nor mugai.rules(5) knows")
    return f"{len(names)} parameters"


if __name__ == "__main__":
    sys.exit("run system_suite.py")
