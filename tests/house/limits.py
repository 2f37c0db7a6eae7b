#!/usr/bin/env python3
"""Checks that apps/guide/limits.md is true: every bound of the headers has a row with its default, and a test.

    tests/house/limits.py ROOT         prints every difference; exit status 1 when there is one
    tests/house/limits.py --self-test  plants differences in a scratch tree and checks that each is found

A bound is a member of a struct in a public header, or a constant there, whose name says so (BOUND). A row names it as
`struct::member`, a constant of an engine as `file.hpp: name`.
"""
import pathlib
import re
import shutil
import sys
import tempfile

from house import run

PAGE = "apps/guide/limits.md"
EVENT_NAMES = "actors/client/limits.hpp"  # the comment there lists the names of all limits
PUBLIC = ("supervision", "actors", "transport")
BOUND = re.compile(r"max_\w+|\w+_total_bytes|\w+_timeout|\w+_limit|\w+_grace|\w+_window|limits|intensity|backlog|shutdown_time|threads")
WHOLE = {"history"}  # structs of which every member is a bound
# Names like those above that bound nothing, each with the reason.
NO_BOUND = {
    "text_rule::max_bytes": "each rule has its own",
    "presence_options::limits": "its members have rows",
    "application_options::threads": "what the server is, not what clients may use",
    "tree_options::max_children": "how much of a tree is shown",
    "read_tree_options::max_children": "how much of a tree is shown",
    "stream_options::max_concurrency": "what the caller asks for",
    "async_stream_options::max_concurrency": "what the caller asks for",
    "supervisor_init::intensity": "a part of a spec",
}
STRUCT = re.compile(r"^(?:struct|class) (\w+)\b[^;]*\{$")
MEMBER = re.compile(r"^  (?:static constexpr )?([\w:<>,]+(?: [\w:<>,]+)?) (\w+)(?:\s*=\s*(.+)|(\{.*\}));(?:\s*//.*)?$")
CONSTANT = re.compile(r"^inline constexpr \w+ (\w+) = (.+);$")
ROW = re.compile(r"^\| (`[^|]+|file descriptors[^|]*) \|(.+)\|$")
TEST = re.compile(r"`([\w/]+(?:_test|\.test)?\.(?:cpp|py|mjs))`(?:: (.+))?$")
SIZES = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "MB": 10**6}
TIMES = {"ms": 1, "s": 1000, "min": 60_000}
CHRONO = {"milliseconds": 1, "seconds": 1000, "minutes": 60_000, "hours": 3_600_000}


def value_in_code(kind, text):
    """A number, a number of milliseconds, (restarts, milliseconds), or None for "no bound"."""
    text = text.strip()
    if "numeric_limits" in text or text in ("{}", "std::nullopt"):
        return None
    if kind == "restart_limit":
        count, time = text.strip("{}").split(",", 1)
        return int(count), value_in_code("std::chrono::milliseconds", time)
    scale = 1
    if "chrono" in kind:
        unit = re.search(r"chrono::(\w+)\{", text)
        scale = CHRONO[unit.group(1) if unit else kind.rpartition("::")[2].rstrip(">")]
        text = re.search(r"(\d[\d']*)", text).group(1)
    text = re.sub(r"size_t\{(\d+)\}", r"\1", text).replace("'", "")
    text = re.sub(r"(?<=\d)[uUlL]+", "", text)
    if not re.fullmatch(r"[\d\s<*+()]+", text):
        return text
    return scale * eval(text)  # digits and shifts only


def value_in_row(text):
    text = text.strip()
    if text == "none":
        return None
    if found := re.fullmatch(r"(\d+) in (\d+) s", text):
        return int(found.group(1)), int(found.group(2)) * 1000
    if found := re.fullmatch(r"([\d,]+)(?: (\w+))?", text):
        number, unit = int(found.group(1).replace(",", "")), found.group(2)
        return number * {None: 1, **SIZES, **TIMES}.get(unit, 1)
    return text


def bounds_of(root):
    """The bounds of the public headers: their names with type and default."""
    result = {}
    for header in sorted(x for room in PUBLIC for x in (root / room).glob("*.hpp")):
        inside = None
        for line in header.read_text(encoding="utf-8").split("\n"):
            if found := STRUCT.match(line):
                inside = found.group(1)
            elif line == "};":
                inside = None
            member, constant = MEMBER.match(line) if inside else None, CONSTANT.match(line)
            if member and (inside in WHOLE or BOUND.fullmatch(member.group(2))):
                value = member.group(3) or member.group(4)
                result[f"{inside}::{member.group(2)}"] = value_in_code(member.group(1), value)
            elif constant and BOUND.fullmatch(constant.group(1)):
                result[constant.group(1)] = value_in_code("size_t", constant.group(2))
    return {name: value for name, value in result.items() if name not in NO_BOUND}


def rows_of(page):
    for line in page.split("\n"):
        if (found := ROW.match(line)) and not set(line) <= set("| -"):
            yield [found.group(1).strip()] + [x.strip() for x in found.group(2).split(" | ")]


def names_of_tests(text):
    """The text of a file with its adjacent literals joined, so that a broken name is found too."""
    return re.sub(r'"\s*\n\s*"', "", text)


def constant_problem(root, name):
    """Of `file.hpp: a`, `b`: each stands in such a file."""
    files = []
    for part in re.findall(r"`([^`]+)`", name):
        file, _, constant = part.rpartition(": ")
        if file:
            files = [x for x in root.rglob(file) if "build" not in x.relative_to(root).parts]
        word = re.compile(rf"\b{constant}\b")
        if not any(word.search(x.read_text(encoding="utf-8")) for x in files):
            return f"{PAGE}: {part} is not in the code"
    return None


def test_problem(root, name, cell):
    found = TEST.fullmatch(cell)
    if not found:
        return f"{PAGE}: {name}: no test in the form `file`: a part of its name, but {cell}"
    file = root / "tests" / found.group(1)
    if not file.exists():
        return f"{PAGE}: {name}: there is no {found.group(1)}"
    if found.group(2) and found.group(2) not in names_of_tests(file.read_text(encoding="utf-8")):
        return f"{PAGE}: {name}: {found.group(1)} has no test with: {found.group(2)}"
    return None


def event_problems(root, rows):
    comment = (root / EVENT_NAMES).read_text(encoding="utf-8")
    listed = set(re.findall(r"`(\w+)`", comment[comment.index("Emits the telemetry event"):comment.index("inline void limit_hit")]))
    counted = {x for row in rows for x in re.findall(r"`(\w+)`", row[4])} - {"chat_limit_hits_total"}
    sources = [x.read_text(encoding="utf-8") for room in PUBLIC for x in (root / room).rglob("*.[ch]pp")]
    emitted = {x for text in sources for x in re.findall(r'limit_hit\([^;"]*"(\w+)"\)', text)}
    for name in sorted(listed - counted):
        yield f"{EVENT_NAMES}: the limit {name} has no row"
    for name in sorted((counted | emitted) - listed):
        yield f"{EVENT_NAMES}: the limit {name} is not listed"
    for name in sorted(listed):
        if not any(f'"{name}"' in text for text in sources):
            yield f"{EVENT_NAMES}: nothing emits the limit {name}"


def problems(root):
    rows = list(rows_of((root / PAGE).read_text(encoding="utf-8")))
    bounds = bounds_of(root)
    told = {}
    for row in rows:
        if len(row) != 6:
            yield f"{PAGE}: {row[0]}: {len(row)} cells, not 6"
            continue
        name = row[0].split("` ")[0].strip("`")
        told[name] = value_in_row(row[1])
        if ": " in row[0]:
            yield from filter(None, [constant_problem(root, row[0])])
        elif name not in bounds and row[0].startswith("`"):
            yield f"{PAGE}: no public header has the bound {name}"
        elif name in bounds and told[name] != bounds[name]:
            yield f"{PAGE}: the default of {name} is {bounds[name]}, not {row[1]}"
        yield from filter(None, [test_problem(root, name, row[5])])
    for name in bounds:
        if name not in told:
            yield f"{name} has no row in {PAGE}"
    yield from event_problems(root, [row for row in rows if len(row) == 6])


def self_test():
    """What is planted, and a part of what must be told about it."""
    planted = [
        ("transport/server_options.hpp", "  int backlog", "  size_t max_dreams = 3;\n  int backlog", "server_options::max_dreams has no row"),
        (PAGE, "| 16,384 |", "| 16,385 |", "the default of server_options::max_connections"),
        (PAGE, "`socket_options::max_channels`", "`socket_options::max_chanels`", "no public header has the bound"),
        (PAGE, "bounds: max_channels", "bounds: max_chanels", "has no test with"),
        (PAGE, "`wire/drain_test.cpp`", "`wire/drein_test.cpp`", "there is no wire/drein_test.cpp"),
        (PAGE, "max_superseded", "max_supersede_", "is not in the code"),
        (PAGE, "| `channels` |", "| `canals` |", "the limit canals is not listed"),
    ]
    here = pathlib.Path(__file__).resolve().parents[2]
    missed = []
    for file, old, new, expected in planted:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for part in (*PUBLIC, "apps", "tests"):
                shutil.copytree(here / part, root / part, ignore=shutil.ignore_patterns("node_modules", "corpus"))
            text = (root / file).read_text(encoding="utf-8")
            assert old in text, f"{file} has no {old}"
            (root / file).write_text(text.replace(old, new, 1), encoding="utf-8")
            if not any(expected in line for line in problems(root)):
                missed.append(f"planted and not found: {new}")
    return missed


if __name__ == "__main__":
    sys.exit(run(problems, self_test, "every bound has its row"))
