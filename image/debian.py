"""What Debian knows about the files and the packages of this machine."""

import dataclasses
import functools
import pathlib
import re
import subprocess

# The names that Debian's copyright files use, as SPDX has them. What is not here stays unsaid.
SPDX_LICENCES = {
    "apache-2": "Apache-2.0",
    "apache-2.0": "Apache-2.0",
    "boost-1.0": "BSL-1.0",
    "bsl-1.0": "BSL-1.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "epl-1.0": "EPL-1.0",
    "epl-2.0": "EPL-2.0",
    "expat": "MIT",
    "gpl-2": "GPL-2.0-only",
    "gpl-2+": "GPL-2.0-or-later",
    "gpl-3": "GPL-3.0-only",
    "gpl-3+": "GPL-3.0-or-later",
    "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-2.1+": "LGPL-2.1-or-later",
    "lgpl-3+": "LGPL-3.0-or-later",
    "mit": "MIT",
    "mpl-2.0": "MPL-2.0",
    "zlib": "Zlib",
}


@dataclasses.dataclass(frozen=True)
class Package:
    name: str
    version: str
    architecture: str
    source: str
    source_version: str
    maintainer: str

    @property
    def copyright_file(self) -> pathlib.Path:
        return pathlib.Path("/usr/share/doc", self.name, "copyright")

    @property
    def licence(self) -> str:
        """Of most of the package's sources, an SPDX expression, or NOASSERTION."""
        text = self.copyright_file.read_text(errors="replace")
        paragraphs = re.split(r"\n\s*\n", text)
        for paragraph in paragraphs:
            if re.search(r"^Files: *\*$", paragraph, re.M):
                found = re.search(r"^License: *(.+)$", paragraph, re.M)
                return _expression(found.group(1)) if found else "NOASSERTION"
        return "NOASSERTION"

    @property
    def status(self) -> str:
        """What scanners look for in images that have no dpkg, one file for each package."""
        return (
            f"Package: {self.name}\nStatus: install ok installed\nMaintainer: {self.maintainer}\n"
            f"Architecture: {self.architecture}\nSource: {self.source} ({self.source_version})\n"
            f"Version: {self.version}\n"
        )


def _expression(licence: str) -> str:
    words = re.split(r" (and|or) ", licence.strip())
    known = [SPDX_LICENCES.get(word.strip().lower()) for word in words[::2]]
    if None in known:
        return "NOASSERTION"
    operators = [word.upper() for word in words[1::2]]
    if len(set(operators)) > 1:  # Debian's commas and precedence are not SPDX's
        return "NOASSERTION"
    return f" {operators[0]} ".join(map(str, known)) if operators else str(known[0])


def run(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def owners(paths: set[str]) -> dict[str, str]:
    """The package of each path that has one. Debian's database has /lib where files are in /usr/lib."""
    spellings = {path: path for path in paths}
    spellings.update({path.removeprefix("/usr"): path for path in paths if path.startswith("/usr/lib")})
    found: dict[str, str] = {}
    names = sorted(spellings)
    for start in range(0, len(names), 2000):
        # Fails when any is unknown, which is usual.
        answer = subprocess.run(
            ["dpkg-query", "-S", "--", *names[start : start + 2000]],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for line in answer.stdout.splitlines():
            package, _, path = line.partition(": ")
            if path in spellings and not package.startswith("diversion "):
                found[spellings[path]] = package.split(",")[0].split(":")[0]
    return found


@functools.cache
def package(name: str) -> Package:
    fields = ("Version", "Architecture", "source:Package", "source:Version", "Maintainer")
    pattern = "\\t".join(f"${{{field}}}" for field in fields) + "\\n"
    lines = run("dpkg-query", "-W", "-f", pattern, name).splitlines()
    return Package(name, *lines[0].split("\t"))


@functools.cache
def distribution() -> tuple[str, str]:
    """For example debian, 12."""
    text = pathlib.Path("/etc/os-release").read_text()
    values = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.M))
    return values["ID"], values.get("VERSION_ID", "")
