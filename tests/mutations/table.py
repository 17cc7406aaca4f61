"""The tables of the gate (kinds of mutations, topologies), and names filled into their texts."""
import functools
import json
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
CLASSES = "ABCDEFGH"
KEYS = {"id", "class", "on", "not", "phone", "pick", "do", "undo", "boot", "fresh", "scope", "late", "still", "effect", "object",
        "also", "text", "grain"}
NEEDED = {"id", "class", "do", "object"}
NAME = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[A-Za-z0-9_-]+)*)\}")


class TableError(Exception):
    """A table is wrong: the message names file and kind."""


def read_yaml(paths):
    """The contents of YAML files. Python has no YAML reader; yq, a package of ci/packages, has."""
    done = subprocess.run(["yq", "-c", ".", *map(str, paths)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise TableError(f"{paths[0].parent}: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


@functools.lru_cache
def read_topologies():
    return read_yaml([HERE / "topologies.yaml"])[0]


def check_kind(kind, where):
    unknown, missing = set(kind) - KEYS, NEEDED - set(kind)
    if unknown or missing:
        raise TableError(f"{where}: {kind.get('id', '?')}: unknown keys {sorted(unknown)}, missing keys {sorted(missing)}")
    if kind["class"] not in CLASSES:
        raise TableError(f"{where}: {kind['id']}: class: found {kind['class']}, expected one of {CLASSES}")
    for name in kind.get("also", []) + [kind.get("text", "")]:
        re.compile(NAME.sub("x", name))


@functools.lru_cache
def read_kinds():
    """Every kind of kinds/*.yaml, in the order of files and rows."""
    kinds, seen, paths = [], set(), sorted((HERE / "kinds").glob("*.yaml"))
    for path, rows in zip(paths, read_yaml(paths)):
        for kind in rows:
            check_kind(kind, path.name)
            if kind["id"] in seen:
                raise TableError(f"{path.name}: {kind['id']}: a second kind with this id")
            seen.add(kind["id"])
            kinds.append(kind)
    return kinds


def check_all(kinds, topologies):
    """Every kind fits a topology, and every class has kinds for five seeds that differ."""
    for kind in kinds:
        if not any(fits(kind, facts["tags"]) for facts in topologies.values()):
            raise TableError(f"{kind['id']}: no topology has its tags")
    for name in CLASSES:
        if sum(kind["class"] == name for kind in kinds) < 5:
            raise TableError(f"class {name}: fewer than five kinds")


def fits(kind, tags):
    """Can a kind be applied to a lab with these tags?"""
    return set(kind.get("on", [])) <= set(tags) and not set(kind.get("not", [])) & set(tags)


def fill(value, names):
    """VALUE with each {name} replaced, the innermost first. A text that is one name only becomes that name's value."""
    if isinstance(value, dict):
        return {key: fill(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, names) for item in value]
    if not isinstance(value, str):
        return value
    whole = NAME.fullmatch(value)
    if whole and whole.group(1) in names:
        value = names[whole.group(1)]
        return fill(value, names) if isinstance(value, str) and NAME.search(value) else value
    for _ in range(4):
        filled = NAME.sub(lambda m: str(names.get(m.group(1), m.group(0))), value)
        if filled == value:
            break
        value = filled
    return value


def unfilled(value):
    """A {name} that nothing replaced, or None."""
    found = NAME.search(json.dumps(value))
    return found.group(1) if found else None
