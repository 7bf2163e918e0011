#!/usr/bin/env python3
"""Writes third-party.txt: the licences of every crate that is in the program.

Run it after a dependency changed (a test says when): python3 server/licenses/collect.py
"""

import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).parent
NAMES = ("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE")
CHOSEN = ("MIT", "Apache-2.0")


def in_the_program(metadata):
    """The packages that `vitrine` links, by the resolved graph of normal dependencies."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    packages = {package["id"]: package for package in metadata["packages"]}
    root = next(p["id"] for p in metadata["packages"] if p["name"] == "vitrine")
    seen, pending = set(), [root]
    while pending:
        node = nodes[pending.pop()]
        if node["id"] in seen:
            continue
        seen.add(node["id"])
        for dependency in node["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                pending.append(dependency["pkg"])
    return sorted((packages[i] for i in seen if packages[i]["source"]), key=lambda p: (p["name"], p["version"]))


def texts(package):
    """The licence files of a package; where it offers a choice, the one under MIT if it has that."""
    directory = pathlib.Path(package["manifest_path"]).parent
    files = sorted(f for f in directory.iterdir() if f.is_file() and f.name.upper().startswith(NAMES))
    if " OR " in (package["license"] or ""):
        files = [f for f in files if "MIT" in f.name.upper()] or files
    return [f.read_text(errors="replace").strip() for f in files]


def main():
    command = ["cargo", "metadata", "--format-version=1", "--filter-platform=x86_64-unknown-linux-gnu"]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE).stdout)
    bodies = {}
    for package in in_the_program(metadata):
        name = f"{package['name']} {package['version']} ({package['license']})"
        for body in texts(package) or ["(The package has no licence file; its licence is named above.)"]:
            bodies.setdefault(body, []).append(name)
    with open(HERE / "third-party.txt", "w", encoding="utf-8", newline="\n") as out:
        for body, names in sorted(bodies.items(), key=lambda item: item[1]):
            print("=" * 78, *names, "-" * 78, body, "", sep="\n", file=out)


if __name__ == "__main__":
    main()
