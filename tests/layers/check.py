#!/usr/bin/env python3
"""Checks the layers that ARCHITECTURE.md describes. `just lint` runs it.

1. Each crate of the workspace depends only on crates that rules.py allows.
2. Neither the crates of the workspace nor the modules of a crate have a dependency cycle.

A module depends on another one if its code names it by `crate::`, `super::`, `self::` or, in a `use`, by the name of a child module. A
re-exported name stands for the module that defines it. Only siblings are compared, each with its descendants, so a child may use items of
its parent. Tests are left out.

With --list, prints the dependencies.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import rules

ROOT = Path(__file__).resolve().parents[2]


def workspace_packages():
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--offline", "--locked"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"layers: `{' '.join(command)}` failed:\n{run.stderr}")
    return json.loads(run.stdout)["packages"]


def check_crates(packages):
    """The broken rules, as sentences, and the dependency graph of the workspace."""
    broken, graph = [], {}
    ours = {package["name"] for package in packages}
    for package in packages:
        name = package["name"]
        dependencies = [d for d in package["dependencies"] if d["kind"] is None]
        graph[name] = sorted({d["name"] for d in dependencies if d["name"] in ours})
        rule = rules.CRATES.get(name)
        if rule is None:
            if package["manifest_path"].startswith(str(ROOT / "tests")):
                continue
            broken.append(f"{name} is not in tests/layers/rules.py: add the crates that it may depend on")
            continue
        for dependency in graph[name]:
            if dependency not in rule["may"]:
                broken.append(f"{name} must not depend on {dependency}: it may depend on {', '.join(rule['may']) or 'no crate of ours'}")
        for dependency in dependencies:
            for what, crates in rules.WORDS.items():
                if dependency["name"] in crates and what not in rule["knows"]:
                    broken.append(f"{name} must not depend on {dependency['name']}: it must know no {what}")
    return broken, graph


class Crate:
    """The modules of one crate and their references."""

    def __init__(self, root_file):
        self.files = {}
        self.children = {}
        self.exports = {}
        self.add((), root_file)

    def add(self, path, file):
        text = without_tests(without_comments(file.read_text()))
        self.files[path] = text
        self.children[path] = set()
        folder = file.parent if file.name in ("lib.rs", "main.rs", "mod.rs") else file.with_suffix("")
        for match in re.finditer(r"^\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;", text, re.M):
            name = match.group(1)
            for candidate in (folder / f"{name}.rs", folder / name / "mod.rs"):
                if candidate.exists():
                    self.children[path].add(name)
                    self.add((*path, name), candidate)
        self.exports[path] = {}
        for names in uses(text):
            if names and names[0] in ("self", "crate", "super"):
                continue
            if names and names[0] in self.children[path] and len(names) > 1:
                self.exports[path][names[-1]] = names[:-1]

    def resolve(self, base, names):
        """The module to which a path leads, from the module `base`."""
        module = base
        for depth, name in enumerate(names):
            if name in self.children[module]:
                module = (*module, name)
            elif name in self.exports[module] and depth < 20:
                return self.resolve(module, [*self.exports[module][name], *names[depth:]])
            else:
                break
        return module

    def references(self, path):
        text = self.files[path]
        found = [names for names in uses(text)]
        found += [match.group(0).split("::") for match in re.finditer(r"\b(?:crate|super|self)(?:::\w+)+", text)]
        for names in found:
            if names[0] == "crate":
                yield self.resolve((), names[1:])
            elif names[0] in ("super", "self"):
                base, rest = path, list(names)
                while rest and rest[0] in ("super", "self"):
                    if rest[0] == "super":
                        base = base[:-1]
                    rest.pop(0)
                yield self.resolve(base, rest)
            elif names[0] in self.children[path]:
                yield self.resolve(path, names)

    def graphs(self):
        """The dependency graph of the children of each module."""
        graphs = {}
        for path in self.files:
            for target in self.references(path):
                shared = 0
                while shared < min(len(path), len(target)) and path[shared] == target[shared]:
                    shared += 1
                if shared < len(path) and shared < len(target):
                    graph = graphs.setdefault(path[:shared], {})
                    graph.setdefault(path[shared], set()).add(target[shared])
        return graphs


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def without_tests(text):
    """The text without test modules."""
    text = re.sub(r"#\[cfg\(test\)\]\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+\w+\s*;", "", text)
    at = text.find("#[cfg(test)]\nmod tests {")
    return text if at < 0 else text[:at]


def uses(text):
    """Every path of a `use`, with expanded braces."""
    for match in re.finditer(r"^\s*(?:pub(?:\([^)]*\))?\s+)?use\s+([^;]+);", text, re.M):
        yield from expand(re.sub(r"\s+", " ", match.group(1)).strip())


def expand(tree):
    at = tree.find("{")
    if at < 0:
        names = re.sub(r"\s+as\s+\w+$", "", tree).split("::")
        yield [name.strip() for name in names if name.strip()]
        return
    prefix = [name for name in tree[:at].split("::") if name.strip()]
    depth, start, inner = 0, at + 1, tree[at + 1 : tree.rfind("}")]
    parts, part = [], ""
    for character in inner:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += character
    parts.append(part)
    for part in filter(None, (part.strip() for part in parts)):
        for names in expand(part):
            yield [*(name.strip() for name in prefix), *(names if names != ["self"] else [])]


def cycles(graph):
    """The edges of each strongly connected component, as text (Tarjan's algorithm)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(graph.get(node, ())):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            component = set(stack[stack.index(node) :])
            del stack[stack.index(node) :]
            if len(component) > 1:
                edges = [f"{a} -> {b}" for a in sorted(component) for b in sorted(graph.get(a, ())) if b in component]
                found.append(", ".join(edges))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def main():
    packages = workspace_packages()
    broken, graph = check_crates(packages)
    broken += [f"the crates depend on each other in a cycle: {found}" for found in cycles(graph)]
    modules = 0
    for package in packages:
        for target in package["targets"]:
            if not {"lib", "rlib", "cdylib", "bin"} & set(target["kind"]):
                continue
            crate = Crate(Path(target["src_path"]))
            modules += len(crate.files)
            for parent, siblings in sorted(crate.graphs().items()):
                if "--list" in sys.argv:
                    for name, targets in sorted(siblings.items()):
                        print("::".join([package["name"], *parent, name]), "->", ", ".join(sorted(targets)))
                module = "::".join([package["name"], *parent])
                broken += [f"the modules of {module} use each other in a cycle: {found}" for found in cycles(siblings)]
    for sentence in broken:
        print(f"layers: {sentence}", file=sys.stderr)
    if broken:
        sys.exit(1)
    print(f"layers: {len(packages)} crates and {modules} modules depend on each other as ARCHITECTURE.md says, without a cycle")


if __name__ == "__main__":
    main()
