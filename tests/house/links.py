#!/usr/bin/env python3
"""Checks the links of README.md, of the guides and of the other Markdown files of the project.

    tests/house/links.py ROOT         prints every link that leads nowhere; exit status 1 when there is one
    tests/house/links.py --self-test  plants broken links in a scratch tree and checks that each is found

A link to a file needs the file, one to `file.md#anchor` a heading with that anchor, as GitHub makes it. Every guide stands in
the index apps/guide/README.md, and README.md links the index. A test that a guide names exists: the file `tests/x_test.cpp`, and in
a table, where a part of its name follows after a colon, a test with that name. Addresses of other sites are not called.
"""
import pathlib
import re
import sys
import tempfile

from house import run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "apps/docs"))
from anchor import anchor  # noqa: E402

INDEX = "apps/guide/README.md"
SKIPPED = {"build", "node_modules", ".git", "vendor"}
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.S | re.M)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(([^()\s]+)(?: \"[^\"]*\")?\)")
TEST = re.compile(r"`(tests/[\w/.-]+)`")
TEST_IN_TABLE = re.compile(r"`(tests/[\w/.-]+)`: ([^|`\n]+?) *\|$", re.M)
HEADING = re.compile(r"^#{1,6} +(.+?)\s*#*$", re.M)


def pages_of(root):
    return sorted(x for x in root.rglob("*.md") if not SKIPPED & set(x.relative_to(root).parts))


def anchors_of(text):
    """The anchors that GitHub gives the headings: lower case, no punctuation, dashes for spaces, a number for repetitions."""
    result = set()
    for title in HEADING.findall(FENCE.sub("", text)):
        slug = anchor(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title))
        name, count = slug, 0
        while name in result:
            count += 1
            name = f"{slug}-{count}"
        result.add(name)
    return result


def links_of(text):
    return LINK.findall(CODE.sub("", FENCE.sub("", text)))


def problem_of(page, target):
    if re.match(r"[a-z]+:", target):
        return None
    name, _, anchor = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    if not file.exists():
        return f"there is no {name}"
    if anchor and (file.suffix != ".md" or anchor not in anchors_of(file.read_text(encoding="utf-8"))):
        return f"{name or 'this page'} has no heading #{anchor}"
    return None


def test_problems(root, text):
    for file in TEST.findall(text):
        if not (root / file).exists():
            yield f"there is no {file}"
    for file, name in TEST_IN_TABLE.findall(text):
        if (root / file).exists() and name not in re.sub(r'"\s*\n\s*"', "", (root / file).read_text(encoding="utf-8")):
            yield f"{file} has no test with: {name}"


def problems(root):
    linked = {}
    for page in pages_of(root):
        linked[page] = set()
        for target in links_of(page.read_text(encoding="utf-8")):
            if why := problem_of(page, target):
                yield f"{page.relative_to(root)}: ({target}): {why}"
            linked[page].add((page.parent / target.partition("#")[0]).resolve())
    for guide in sorted((root / INDEX).parent.glob("*.md")):
        yield from (f"{guide.relative_to(root)}: {x}" for x in test_problems(root, guide.read_text(encoding="utf-8")))
    index = root / INDEX
    if not index.exists():
        yield f"there is no {INDEX}"
        return
    if index.resolve() not in linked[root / "README.md"]:
        yield f"README.md does not link {INDEX}"
    for guide in sorted(index.parent.glob("*.md")):
        if guide != index and guide.resolve() not in linked[index]:
            yield f"{INDEX} does not link {guide.name}"


def self_test():
    """The files of a scratch tree, then what is added to its README.md, and a part of what must be told about it."""
    files = {"README.md": "# A\n[guides](apps/guide/README.md) [here](#a) `[no](link)`\n```\n[no](link)\n```\n",
             INDEX: "# Index\n[one](one.md#two-words-1) [web](https://example.org/x)\n",
             "tests/a_test.cpp": 'TEST_CASE("a: it is "\n          "true")\n',
             "apps/guide/one.md": "# One\n| what | `tests/a_test.cpp`: it is true |\n## Two `words`!\n## Two words\n```\n# no heading\n```\n"}
    planted = [("[x](gone.md)", "there is no gone.md"), ("[x](#gone)", "this page has no heading #gone"),
               ("[x](apps/guide/one.md#no-heading)", "has no heading #no-heading"), ("![x](gone.png)", "there is no gone.png"),
               ("", None)]
    missed = []
    for wrong in ("`tests/b_test.cpp`", "| `tests/a_test.cpp`: it is false |"):
        planted.append((f"\n{wrong}\n", "b_test" if "b_test" in wrong else "no test with: it is false"))
    for text, expected in planted:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            for name, content in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(content + (text if name == ("apps/guide/one.md" if "_test" in text else "README.md") else ""), encoding="utf-8")
            found = list(problems(root))
            if found if expected is None else not any(expected in x for x in found):
                missed.append(f"planted: {text or 'nothing'}; found: {found}")
            (root / "apps/guide/two.md").write_text("# Two\n", encoding="utf-8")
            if not any("does not link two.md" in x for x in problems(root)):
                missed.append("a guide that the index does not link")
    return missed


if __name__ == "__main__":
    sys.exit(run(problems, self_test, "every link leads somewhere"))
