#!/usr/bin/env python3
"""Writes what the program is made of: THIRD-PARTY (every crate with its licence texts) and a bill of materials
(CycloneDX 1.5, JSON). Both come from Cargo.lock and the crates' own files, without a network, and are the same
bytes whenever those are."""

import collections
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tomllib
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = "x86_64-unknown-linux-gnu"
LICENCE = re.compile(r"^(licen[cs]e|copying|notice|unlicense|copyright)([-._].*)?$", re.IGNORECASE)
MODEL = "ppocrv6_rec.onnx"
# Crates that leave out the text, and the one of the same repository that has it.
SIBLING = {"alloc-stdlib": "alloc-no-stdlib"}


def main(out):
    crates = shipped(metadata())
    out.mkdir(parents=True, exist_ok=True)
    (out / "THIRD-PARTY").write_text(third_party(crates), encoding="utf-8")
    bill = json.dumps(bill_of_materials(crates), ensure_ascii=False, indent=1, sort_keys=True)
    (out / "kasasagi.cdx.json").write_text(bill + "\n", encoding="utf-8")
    print(f"{len(crates)} crates in {out}/THIRD-PARTY and {out}/kasasagi.cdx.json")


def metadata():
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def shipped(data):
    """The crates whose code is in the program or made it: all but those for building and testing alone."""
    packages = {package["id"]: package for package in data["packages"]}
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    [program] = [p["id"] for p in data["packages"] if p["name"] == "kasasagi" and p["source"] is None]
    needs, waiting = {}, [program]
    while waiting:
        crate = waiting.pop()
        if crate not in needs:
            normal = [d["pkg"] for d in nodes[crate]["deps"] if any(k["kind"] is None for k in d["dep_kinds"])]
            needs[crate] = normal
            waiting += normal
    checksums = {(p["name"], p["version"]): p.get("checksum") for p in lock()["package"]}
    crates = []
    for crate in needs:
        package = packages[crate]
        package["needs"] = sorted(reference(packages[need]) for need in needs[crate])
        package["sha256"] = checksums.get((package["name"], package["version"]))
        crates.append(package)
    return sorted(crates, key=lambda p: (p["name"], p["version"]))


def lock():
    return tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))


def reference(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def licence_of(package):
    """An SPDX expression; cargo's old form of "or" was a slash."""
    found = package["license"] or (package["license_file"] and "LicenseRef-see-text")
    if not found:
        sys.exit(f"{package['name']} {package['version']} names no licence")
    return found.replace("/", " OR ").replace("  ", " ")


def texts(package):
    """The licence files that travel with a crate, those of data inside it included."""
    folder = pathlib.Path(package["manifest_path"]).parent
    for path in sorted(folder.rglob("*")):
        depth = len(path.relative_to(folder).parts)
        if depth <= 4 and path.is_file() and LICENCE.match(path.name):
            yield path.read_text(encoding="utf-8", errors="replace").strip()


def third_party(crates):
    others = [crate for crate in crates if crate["source"]]
    by_text = collections.defaultdict(list)
    lines = ["What Kasasagi is made of beside its own code", ""]
    for crate in others:
        name = f"{crate['name']} {crate['version']}"
        found = list(dict.fromkeys(texts(crate))) or without_text(crate, others)
        for text in found:
            by_text[text].append(name)
        by_whom = f", by {', '.join(crate['authors'])}" if crate["authors"] else ""
        lines.append(f"{name}: {licence_of(crate)}{by_whom}")
    lines.append(f"{MODEL} (PP-OCRv6, PaddlePaddle Authors; ocrust contributors): Apache-2.0")
    lines.append("The Rust standard library: MIT OR Apache-2.0")
    for file in ("LICENSE", "NOTICE"):
        by_text[(ROOT / "models" / file).read_text(encoding="utf-8").strip()].append(MODEL)
    for text, names in sorted(by_text.items(), key=lambda item: (item[1], item[0])):
        lines += ["", "=" * 100, ", ".join(names), "=" * 100, "", text]
    return "\n".join(lines) + "\n"


def without_text(crate, others):
    """What a crate is under that brings no text: Apache-2.0 where it offers that."""
    if "Apache-2.0" in licence_of(crate):
        return [(ROOT / "LICENSE-APACHE").read_text(encoding="utf-8").strip()]
    for other in others:
        if other["name"] == SIBLING.get(crate["name"]):
            return list(texts(other))
    sys.exit(f"{crate['name']} {crate['version']} brings no text of its licence; find it and name it in SIBLING")


def bill_of_materials(crates):
    [program] = [crate for crate in crates if crate["name"] == "kasasagi"]
    components = [component(crate) for crate in crates if crate is not program] + [model()]
    depends = [{"ref": reference(crate), "dependsOn": crate["needs"]} for crate in crates]
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(program) | {"type": "application"}},
        "components": components,
        "dependencies": depends,
    }
    content = json.dumps(bill, sort_keys=True)
    bill["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}"
    return bill


def component(crate):
    licence = licence_of(crate)
    found = {
        "type": "library",
        "bom-ref": reference(crate),
        "name": crate["name"],
        "version": crate["version"],
        "licenses": [{"license": {"name": licence}} if licence.startswith("LicenseRef") else {"expression": licence}],
    }
    if crate["source"]:
        found["purl"] = reference(crate)
    if crate["sha256"]:
        found["hashes"] = [{"alg": "SHA-256", "content": crate["sha256"]}]
    return found


def model():
    content = hashlib.sha256((ROOT / "models" / MODEL).read_bytes()).hexdigest()
    return {
        "type": "machine-learning-model",
        "bom-ref": MODEL,
        "name": MODEL,
        "version": "PP-OCRv6 small",
        "licenses": [{"expression": "Apache-2.0"}],
        "hashes": [{"alg": "SHA-256", "content": content}],
    }


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
