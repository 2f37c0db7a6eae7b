"""readme: every example of README.md equals, to the letter, the file that the tests build.  examples.py ROOT FILE..."""

import pathlib
import sys

root = pathlib.Path(sys.argv[1])
readme = (root / "README.md").read_text()
for name in sys.argv[2:]:
    if f"```cpp\n{(root / name).read_text()}```" not in readme:
        sys.exit(f"README.md does not show {name} as it is: copy the file between ```cpp and ```")
