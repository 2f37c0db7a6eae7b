#!/usr/bin/env python3
"""telemetry: the table of apps/guide/telemetry.md lists exactly the events that the sources emit, with their measurements
and fields.  telemetry.py [--show | --self-test]"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "apps/guide/telemetry.md"
ROW = re.compile(r"^\| `([a-z_.]+)` \|(.*)\|(.*)\|(.*)\|([^|]*)\|$")
NAME = re.compile(r'"([a-z_]+(?:\.[a-z_]+)*)"')


def without_comments(text):
    return re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', lambda x: x.group(1) or "", text, flags=re.S)


def parts(text, begin):
    """The arguments of the call whose `(` or `{` is at `begin`."""
    depth, start, result, at = 0, begin + 1, [], begin
    while True:
        c = text[at]
        if c == '"':
            at = re.compile(r'"(?:\\.|[^"\\])*"').match(text, at).end()
            continue
        if c in "({[":
            depth += 1
        elif c in ")}]":
            depth -= 1
        if (c == "," and depth == 1) or depth == 0:
            if text[start:at].strip():
                result.append(text[start:at].strip())
            start = at + 1
        if depth == 0:
            return result
        at += 1


def keys(place, list_of):
    if not list_of.startswith("{"):
        sys.exit(f"{place}: write the measurements and fields of an event as lists in the call of emit")
    found = []
    for one in parts(list_of, 0):
        name = NAME.match(one[1:].strip()) if one.startswith("{") else None
        if name is None:
            sys.exit(f"{place}: write {one} as {{\"name\", value}}")
        found.append(name.group(1))
    return set(found)


def frequent_names():
    text = (ROOT / "supervision/telemetry.hpp").read_text()
    return dict(re.findall(r"^  (\w+),\s+///< `([a-z_.]+)`$", text, flags=re.M))


# A function that passes the name of the event on as its parameter `event`: the names stand in the calls of that function.
def passed_names(text, at):
    declared = re.findall(r"(\w+)(?: = \[&\])?\([^()]*\bevent[^()]*\)(?: const)? {", text[:at])
    calls = re.finditer(r"\b" + declared[-1] + r"\(", text)
    return {name for x in calls for arg in parts(text, x.end() - 1) for name in NAME.findall(arg) if "." in name}


def sources():
    for folder in ("supervision", "actors", "transport"):
        for file in sorted((ROOT / folder).rglob("*.[ch]pp")):
            if file.name != "telemetry.hpp":
                yield str(file.relative_to(ROOT)), file.read_text()


def emitted(files, frequent):
    events = {}
    for place, text in files:
        text = without_comments(text)
        for call in re.finditer(r"(?:->|\.)emit\(", text):
            args = parts(text, call.end() - 1)
            names = {x for x in NAME.findall(args[0]) if "." in x}
            names |= {frequent[x] for x in re.findall(r"frequent_event::(\w+)", args[0])}
            if args[0] == "event":
                names = passed_names(text, call.start())
            if not names or len(args) != 3:
                sys.exit(f"{place}: {args[0]}: the name of the event is not known")
            for name in names:
                events.setdefault(name, []).append((keys(place, args[1]), keys(place, args[2])))
    return {name: tuple(shown(sites, i) for i in (0, 1)) for name, sites in events.items()}


# What only some places emit has a question mark.
def shown(sites, i):
    always = set.intersection(*(x[i] for x in sites))
    return always | {x + "?" for x in set.union(*(x[i] for x in sites)) - always}


def listed(page):
    rows = {}
    for line in page.splitlines():
        if row := ROW.match(line):
            if row.group(1) in rows:
                sys.exit(f"{PAGE.name}: {row.group(1)} has two rows")
            rows[row.group(1)] = tuple(set(re.findall(r"`([a-z_]+\??)`", row.group(i))) for i in (3, 4))
    return rows


def differences(real, told):
    for name in sorted(real.keys() | told.keys()):
        if name not in told:
            yield f"{name} is emitted, and has no row"
        elif name not in real:
            yield f"{name} has a row, and nothing emits it"
        elif real[name] != told[name]:
            yield f"{name}: the sources emit {real[name]}, the row tells {told[name]}"


def self_test():
    code = """void report(const char* event) { hub->emit(event, {}, {{"a", f(1, {2})}}); }
              void f() { report("x.one"); }  // hub->emit("x.comment", {}, {})
              void g() { hub->emit(good ? "x.two" : "x.three", {{"n", 1}}, {}); hub->emit("x.two", {}, {{"a", "({\\""}}); }
              void h() { hub.x->emit(frequent_event::four, {{"n_us", 1}}, {}); }"""
    real = emitted([("planted", code)], {"four": "x.four"})
    page = """| `x.one` | When. | | `a` | debug |
              | `x.two` | When. | `n?` | `a?` | debug |
              | `x.three` | When, `a`. | `n` | | debug |
              | `x.four` | When. | `n_us` | | debug |""".replace("              |", "|")
    assert list(differences(real, listed(page))) == [], list(differences(real, listed(page)))
    for was, now, found in (("x.one", "x.won", 2), ("`n?`", "`n`", 1), ("`a`", "", 1), ("n_us", "n_ms", 1)):
        assert len(list(differences(real, listed(page.replace(was, now))))) == found, (was, now)
    return 0


def main():
    if "--self-test" in sys.argv:
        return self_test()
    real = emitted(sources(), frequent_names())
    if "--show" in sys.argv:
        for name, (numbers, fields) in sorted(real.items()):
            print(name, sorted(numbers), sorted(fields))
        return 0
    wrong = list(differences(real, listed(PAGE.read_text())))
    print("\n".join(wrong) if wrong else f"telemetry: {len(real)} events are documented")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
