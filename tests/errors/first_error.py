"""errors: the compiler's first error for a wrong program contains the text in the program's first line.

first_error.py PROGRAM COMPILER [OPTION…]
"""

import os
import pathlib
import subprocess
import sys

program, *compiler = sys.argv[1:]
wanted = pathlib.Path(program).read_text().splitlines()[0].removeprefix("// ")
done = subprocess.run([*compiler, "-fsyntax-only", program], capture_output=True, text=True,
                      env={**os.environ, "LC_ALL": "C.UTF-8"}, check=False)
errors = [line for line in done.stderr.splitlines() if "error:" in line]
if not errors:
    sys.exit("it compiles")
print(errors[0])
if wanted not in errors[0]:
    sys.exit(f"the first error does not name the mistake: {wanted}")
