#!/usr/bin/env python3
"""Compares what the hot paths cost with tests/instructions/record.txt.

    check.py PROGRAM             fails when one costs over 5 % more instructions than the record says
    check.py PROGRAM --write WHY writes the record anew; WHY stands beside each number that moved by over 1 %

PROGRAM is bennu-instructions of a release build. Valgrind's callgrind counts: unlike seconds, instructions hardly depend on the machine and
not at all on what else it does. Somebody who makes a hot path dearer on purpose writes the record in the same commit, and says why."""
import argparse, os, re, subprocess, sys, tempfile

RECORD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "record.txt")
HEAD = "# What a unit costs, in instructions of a release build (g++ 12, x86-64), and why the number last changed. Written by check.py.\n"
UNITS = 1000
ALLOWED = 0.05
NEWS = 0.01


def counted(program):
    """{name: instructions of one unit}"""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "counts")
        done = subprocess.run(["valgrind", "--tool=callgrind", "--collect-atstart=no", f"--callgrind-out-file={out}", program],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            sys.exit(f"{done.stdout}\n{program} ended with {done.returncode}")
        result = {}
        for name in os.listdir(folder):
            with open(os.path.join(folder, name)) as file:
                text = file.read()
            trigger = re.search(r"^desc: Trigger: Client Request: (\S+)", text, re.M)
            total = re.search(r"^(?:summary|totals): (\d+)", text, re.M)
            if trigger and total:
                result[trigger[1]] = round(int(total[1]) / UNITS)
        return result


def recorded():
    """{name: (instructions, why)}"""
    if not os.path.exists(RECORD):
        return {}
    with open(RECORD) as file:
        lines = [line.split(None, 2) for line in file if line.strip() and not line.startswith("#")]
    return {name: (int(number.replace(",", "")), why.strip()) for name, number, why in lines}


def write(counts, old, why):
    with open(RECORD, "w") as file:
        file.write(HEAD)
        for name, now in sorted(counts.items()):
            before, reason = old.get(name, (0, ""))
            if abs(now - before) <= NEWS * before:
                now = before
            else:
                reason = why
            file.write(f"{name:<15} {now:>8,}  {reason}\n")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("program", metavar="PROGRAM")
    options.add_argument("--write", metavar="WHY")
    given = options.parse_args()
    counts, old = counted(given.program), recorded()
    if given.write:
        write(counts, old, given.write)
        old = recorded()
    failures = [f"{name} is {'not in the record' if name in counts else 'no longer measured'}" for name in counts.keys() ^ old.keys()]
    for name in sorted(counts.keys() & old.keys()):
        now, before = counts[name], old[name][0]
        print(f"{name:<15} {now:>8,}  {now / before - 1:+.1%} of the record")
        if now > before * (1 + ALLOWED):
            failures.append(f"{name} costs {now:,} instructions; the record says {before:,}")
    if failures:
        sys.exit("\n".join(failures) + "\nMake it cheaper; or, if this is the price of something, run with --write and say of what.")


if __name__ == "__main__":
    main()
