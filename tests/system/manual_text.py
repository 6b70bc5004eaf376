# SPDX-License-Identifier: Apache-2.0
"""What the texts of the manual say to run. The convention, which packaging/doc/README.md tells writers:

    ```sh            runs, line by line, on a running gateway, and ends with 0
    ```sh fails N    ... the block's last line ends with status N
    ```sh SUITE      runs in that suite of tests/run (package, try, fresh, system), and not here
    ```conf FILE     lines of a file: mugai.conf and rule files are loaded, main.cf is asked of postconf
    ```text          is shown and not run

A block without a word behind the fence is a picture. In manual pages the blocks below # EXAMPLES run. Names that stand for something
(1234-5678-90, organization.key, ...) are replaced by what the gateway of the suite has: PLACEHOLDERS of manual_commands.py."""
import re
import shlex

from gateway import TOP

GUIDES = TOP / "packaging" / "doc"
MAN = TOP / "packaging" / "man"


def texts():
    return [TOP / "README.md", TOP / "README.ja.md", TOP / "packaging" / "postfix" / "README.md", *sorted(GUIDES.glob("*.md"))]


class Block:
    def __init__(self, path, line, words, text):
        self.path, self.line, self.kind, self.words, self.text = path, line, words[0] if words else "", words[1:], text

    @property
    def name(self):
        return f"{self.path.relative_to(TOP)}:{self.line}"

    def commands(self):
        """Lines of a shell, those that end in a backslash or are open (<<, quotes) together with what follows."""
        found, held = [], ""
        for line in self.text.splitlines():
            held += line
            if held.endswith("\\"):
                held = held[:-1]
                continue
            if held.strip() and not held.lstrip().startswith("#"):
                found.append(held.strip())
            held = ""
        return found

    def bare(self):
        """Without comments, which are in the reader's language."""
        if self.kind not in ("sh", "conf"):
            return self.kind
        return [re.sub(r"\s+#\s.*$", "", line).strip() for line in self.text.splitlines()
                if line.strip() and not line.lstrip().startswith("#")]


class Text:
    def __init__(self, path):
        self.path, self.blocks, self.headings, self.prose = path, [], [], []
        fence, words, first, held = None, [], 0, []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            mark = re.match(r"\s*(```+)(.*)$", line)
            if mark and fence is None:
                fence, words, first, held = mark.group(1), mark.group(2).split(), number, []
            elif mark and mark.group(1) == fence:
                self.blocks.append(Block(path, first, words, "\n".join(held)))
                fence = None
            elif fence is not None:
                held.append(line)
            else:
                self.prose.append((number, line))
                if re.match(r"#+ ", line):
                    self.headings.append((number, line))
        if fence is not None:
            raise ValueError(f"{path}:{first}: the block does not end")

    def levels(self):
        return [len(line.split()[0]) for _, line in self.headings]

    def inline(self):
        """(line, words) of what stands between single backquotes and begins like a command."""
        for number, line in self.prose:
            for code in re.findall(r"`([^`]+)`", line):
                if re.match(r"(sudo )?mugai[ds]?\b", code):
                    yield number, re.sub(r"[\[\]|()]", " ", code.removeprefix("sudo ")).split()


def examples(path):
    """The block below # EXAMPLES of a manual page, as a Block for each indented run of lines."""
    text = path.read_text()
    before, _, body = text.partition("\n# EXAMPLES\n")
    first, found, held = before.count("\n") + 2, [], []
    for number, line in enumerate(body.partition("\n# ")[0].splitlines() + [""], first + 1):
        if line.startswith("\t"):
            held.append(line[1:].removesuffix("++").replace("\\_", "_").replace("\\*", "*"))
        elif held:
            found.append(Block(path, number - len(held), ["sh"], "\n".join(held)))
            held = []
    return found


def words_of(command):
    return shlex.split(command, comments=True)
