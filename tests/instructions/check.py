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


def failures(counts, old):
    """What is wrong with the counts, given those of the record."""
    wrong = [f"{name} is {'not in the record' if name in counts else 'no longer measured'}" for name in sorted(counts.keys() ^ old.keys())]
    for name in sorted(counts.keys() & old.keys()):
        if counts[name] > old[name] * (1 + ALLOWED):
            wrong.append(f"{name} costs {counts[name]:,} instructions; the record says {old[name]:,}")
    return wrong


def self_test():
    assert not failures({"echo": 1050, "join": 500}, {"echo": 1000, "join": 1000})
    assert len(failures({"echo": 1051}, {"echo": 1000})) == 1
    assert len(failures({"echo": 1}, {"join": 1})) == 2


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("program", metavar="PROGRAM")
    options.add_argument("--write", metavar="WHY")
    given = options.parse_args()
    counts, old = counted(given.program), recorded()
    if given.write:
        write(counts, old, given.write)
        old = recorded()
    old = {name: number for name, (number, _) in old.items()}
    for name in sorted(counts.keys() & old.keys()):
        print(f"{name:<15} {counts[name]:>8,}  {counts[name] / old[name] - 1:+.1%} of the record")
    if wrong := failures(counts, old):
        sys.exit("\n".join(wrong) + "\nMake it cheaper; or, if this is the price of something, run with --write and say of what.")


if __name__ == "__main__":
    main()
