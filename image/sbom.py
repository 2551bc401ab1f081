"""The software bill of materials of the image: SPDX 2.3, the same text for the same image."""

import datetime
import hashlib
import json
import pathlib
import re
import urllib.parse
from typing import Any

import debian

PLACE = "usr/share/sbom/mkb.spdx.json"
OURS = "SPDXRef-Package-mqttkafkabridge"
Entry = dict[str, Any]


def _id(kind: str, name: str) -> str:
    """SPDX allows letters, digits, . and - only; what is left out must not make two names one."""
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-")
    unlike = "" if plain == name else "-" + hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"SPDXRef-{kind}-{plain}{unlike}"


def _purl(package: debian.Package) -> str:
    def quote(text: str) -> str:
        return urllib.parse.quote(text, safe="")

    name, release = debian.distribution()
    qualifiers = f"arch={package.architecture}&distro={name}-{release}"
    if (package.source, package.source_version) != (package.name, package.version):
        qualifiers += f"&upstream={quote(f'{package.source}@{package.source_version}')}"
    return f"pkg:deb/{name}/{quote(package.name)}@{quote(package.version)}?{qualifiers}"


def _package(package: debian.Package) -> Entry:
    return {
        "SPDXID": _id("Package", package.name),
        "name": package.name,
        "versionInfo": package.version,
        "supplier": f"Organization: {debian.distribution()[0].capitalize()}",
        "downloadLocation": "NOASSERTION",
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": package.licence,
        "copyrightText": "NOASSERTION",
        "sourceInfo": f"built from the source package {package.source} {package.source_version}; "
        f"its licences are in {package.copyright_file}",
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": _purl(package)}
        ],
    }


def _own_package(version: str) -> Entry:
    return {
        "SPDXID": OURS,
        "name": "mqttkafkabridge",
        "versionInfo": version,
        "primaryPackagePurpose": "CONTAINER",
        "downloadLocation": "NOASSERTION",
        "licenseConcluded": "Apache-2.0",
        "licenseDeclared": "Apache-2.0",
        "copyrightText": "NOASSERTION",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": f"pkg:generic/mqttkafkabridge@{version}",
            }
        ],
    }


def _file(root: pathlib.Path, name: str) -> Entry:
    data = (root / name).read_bytes()
    digests = (("SHA1", hashlib.sha1(data)), ("SHA256", hashlib.sha256(data)))
    return {
        "SPDXID": _id("File", name),
        "fileName": f"./{name}",
        "checksums": [{"algorithm": kind, "checksumValue": digest.hexdigest()} for kind, digest in digests],
        "licenseConcluded": "NOASSERTION",
        "licenseInfoInFiles": ["NOASSERTION"],
        "copyrightText": "NOASSERTION",
    }


def _describe_files(package: Entry, files: list[Entry], excluded: list[str]) -> None:
    package["filesAnalyzed"] = bool(files)
    if files:
        sums = sorted(entry["checksums"][0]["checksumValue"] for entry in files)
        code: Entry = {"packageVerificationCodeValue": hashlib.sha1("".join(sums).encode()).hexdigest()}
        if excluded:
            code["packageVerificationCodeExcludedFiles"] = excluded
        package["packageVerificationCode"] = code
        package["licenseInfoFromFiles"] = ["NOASSERTION"]


def document(
    root: pathlib.Path,
    owner: dict[str, str],
    version: str,
    epoch: int,
    packages: list[str],
    links: dict[str, set[str]],
    headers: dict[str, set[str]],
) -> str:
    """`owner` says for each file which package it is of, "" for ours; `links` and `headers` which packages each program
    loads and has compiled in."""
    relations: list[Entry] = []

    def relate(one: str, kind: str, other: str) -> None:
        relations.append({"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other})

    relate("SPDXRef-DOCUMENT", "DESCRIBES", OURS)
    entries = {"": _own_package(version)} | {name: _package(debian.package(name)) for name in packages}
    files = {name: _file(root, name) for name in sorted(owner)}
    for name, entry in entries.items():
        own = [files[path] for path in files if owner[path] == name]
        _describe_files(entry, own, [] if name else [f"./{PLACE}"])
        if name:
            # Headers alone are in the programs, not in the image.
            relate(OURS, "CONTAINS" if own else "DEPENDS_ON", entry["SPDXID"])
        for file in own:
            relate(entry["SPDXID"], "CONTAINS", file["SPDXID"])
    for kind, used in (("DYNAMIC_LINK", links), ("STATIC_LINK", headers)):
        for program, names in used.items():
            for name in sorted(names):
                relate(_id("File", f"usr/bin/{program}"), kind, entries[name]["SPDXID"])
    body: Entry = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"mqttkafkabridge-{version}",
        "creationInfo": {
            "created": datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": [f"Tool: mqttkafkabridge-image-{version}"],
        },
        "packages": list(entries.values()),
        "files": list(files.values()),
        "relationships": relations,
    }
    # Unique, as SPDX wants it, and yet the same when the content is.
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    body["documentNamespace"] = f"https://spdx.org/spdxdocs/mqttkafkabridge-{version}-{digest[:32]}"
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"
