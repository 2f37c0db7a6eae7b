#!/usr/bin/env python3
"""Checks that every C++ snippet of a guide is, to the letter, in a file that the tests compile: of tests/guide, tests/readme, or
the templates of `bennu-node new`, which tests/package builds, or the example apps/auction. So is every example in the comment of a
public header, but for its blanks; a `…` in it, and an empty line, stand for anything.

    tests/guide/snippets.py ROOT     prints every snippet that is in none; exit status 1 when there is one
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
folders = ("tests/guide", "tests/readme", "apps/node/templates", "apps/auction")
compiled = [path.read_text(encoding="utf-8") for folder in folders for path in sorted((root / folder).rglob("*.?pp"))]
bad = 0
for guide in sorted((root / "apps/guide").glob("*.md")):
    for number, snippet in enumerate(re.findall(r"```cpp\n(.*?)```", guide.read_text(encoding="utf-8"), re.S), 1):
        if not any(snippet in text for text in compiled):
            print(f"{guide.name}: C++ snippet {number} is in no file that is compiled:\n{snippet}")
            bad += 1
# Of programs and data in other forms than C++, and a program as README.md has it.
others = ('{"id"', '{"fault"', "crash label=", "int main(", "#include")
plain = ["".join(re.sub(r"// namespace .*", "", x).split()) for x in compiled]
for folder in ("supervision", "actors", "transport", "tests/kit"):
    for header in sorted((root / folder).glob("*.hpp")):
        for block in re.findall(r"(?m)((?:^ *///     .*\n(?:^ *///\n(?= *///     ))?)+)", header.read_text(encoding="utf-8")):
            example = re.sub(r"(?m)^ *///", "", block)
            if example.strip().startswith(others):
                continue
            parts = [re.escape("".join(x.split())) for x in re.split(r"…|\n\n", example)]
            if not any(re.search(".*?".join(parts), x, re.S) for x in plain):
                print(f"{folder}/{header.name}: an example is in no file that is compiled:\n{example}")
                bad += 1
print("every snippet is compiled" if bad == 0 else f"{bad} snippets are not compiled")
sys.exit(1 if bad else 0)
