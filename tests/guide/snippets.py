#!/usr/bin/env python3
"""Checks that every C++ snippet of a guide is, to the letter, in a file that the tests compile: of tests/guide, tests/readme, or
the templates of `bennu-node new`, which tests/package builds, or the example apps/auction.

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
print("every snippet is compiled" if bad == 0 else f"{bad} snippets are not compiled")
sys.exit(1 if bad else 0)
