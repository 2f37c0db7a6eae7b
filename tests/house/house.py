"""What the checks of this folder have in common."""
import pathlib
import sys


def run(problems, self_test, all_is_well):
    """Runs a check as its words ask: `ROOT` prints the problems of that tree, `--self-test` what the check has missed.
    `problems(root)` yields lines, `self_test()` returns them. @returns the exit status: 1 when there is a line"""
    if sys.argv[1:] == ["--self-test"]:
        found, all_is_well = self_test(), "everything planted was found"
    else:
        found = list(problems(pathlib.Path(sys.argv[1]).resolve()))
    print("\n".join(found) if found else all_is_well)
    return 1 if found else 0
