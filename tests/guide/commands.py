#!/usr/bin/env python3
"""Checks that every shell command of README and guides is run by a test, or that it is known why not; and their lines of CMake.

    tests/guide/commands.py ROOT         prints every command of which nothing is known; exit status 1 when there is one
    tests/guide/commands.py --self-test  plants such commands, and checks that each is found

A test that reads a guide runs its commands as they stand there. For every other command the table below names the test that runs
the same, with words that stand in it, or the reason why no test does. An option in a command is one of a program's, in its sources.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "house"))
from house import run  # noqa: E402

PAGES = ["README.md", "apps/chat/README.md", "apps/bench/README.md", ".github/CONTRIBUTING.md", "apps/guide/*.md"]
# Which test reads the page, and runs what stands in its blocks of sh.
READERS = {
    "apps/guide/generators-and-chaos.md": "tests/package/new_app_test.py",
    "apps/guide/up-and-running.md": "tests/package/new_app_test.py",
    "apps/guide/clusters.md": "tests/guide/clusters_test.py",
    "apps/guide/publish-api.md": "tests/official_client/api.mjs",
}
# A command begins so: (the test that runs the same, words in it), or why none does.
MEASURES = "it measures: its figures need a quiet machine; tests/bench_program tests the program"
SYSTEM = "it changes the system, as a person does once; what it installs is checked by tests/package"
KNOWN = {
    "apps/run chat --nodes": ("tests/chat_wire/two_nodes.py", "--nodes"),
    "apps/run docs": ("tests/house/docs.py", "apps/run"),
    "apps/run chat": ("tests/chat_wire/two_nodes.py", "chat"),
    "build/release/apps/node/bennu-node certs certs a b": ("tests/guide/clusters_test.py", "bennu-node"),
    "build/release/apps/chat/bennu-chat --node": ("tests/chat_wire/two_nodes.py", "--nodes"),
    "cmake --preset release -D BENNU_BUILD_APPS=OFF -D BENNU_BUILD_TESTS=OFF": ("tests/package/package_test.cmake", "-DBENNU_BUILD_APPS=OFF"),
    "cmake --build --preset release": ("tests/run", "build release"),
    "cmake --install build": ("tests/package/package_test.cmake", "--install"),
    "sudo cmake --install build": ("tests/package/package_test.cmake", "--install"),
    "sudo apt-get install": SYSTEM,
    "sudo install": SYSTEM,
    "sudo systemctl": SYSTEM,
    "podman build": ("tests/package/new_app_test.py", "container_file_is_sound"),
    "podman run": "it needs the image, which takes an hour to build here; tests/package checks the file",
    "shop --bind 0.0.0.0 --port 443": ("tests/wire/tls_test.cpp", "--redirect-http"),
    "build/shop --port 4000 --observer": ("tests/wire/observer_test.py", "--observer"),
    "cat shop.observer": ("tests/wire/observer_test.py", "--observer"),
    "build/shop --help": ("tests/package/package_test.cmake", "is-a-program --help"),
    "build/shop --tree": ("tests/wire/tree_test.py", "--tree"),
    "curl http://127.0.0.1:4000/health": ("tests/wire/life_test.py", "/health"),
    "curl http://127.0.0.1:4000/metrics": ("tests/metrics/live_test.py", "/metrics"),
    "build/release/apps/bench/": MEASURES,
    "apps/bench/": MEASURES,
    "cd tests/official_client && npm ci": ("tests/official_client/kills.test.mjs", "kills"),
    "probe=": MEASURES,
    "node()": MEASURES,
    "tests/cluster/stopped_peer.py": MEASURES,
    "BENNU_CHAT=": MEASURES,
    "tests/run": "it runs all tests, this one too",
}
COMMAND = re.compile(r"(sudo|cmake|ctest|apps|build|tests|podman|curl|cat|cd|shop|bennu-\w+|apt-get|npm|git|\w+=|node\(\))[\s/(=.'$]|\w+=\S")
OURS = re.compile(r"(?:apps/run \w+|\S*bennu-[\w-]+|(?:build/)?shop) ")


def commands_of(page, text):
    """Its commands, those that go on in the next line as one. Of a page that a test reads, only those outside of its blocks of sh."""
    fenced = "" if page in READERS else "".join(re.findall(r"```sh\n(.*?)```", text, re.S))
    plain = re.sub(r"(?s)```.*?```", "", text)
    indented = "\n".join(x[4:] for x in re.findall(r"(?m)^    .*$", plain))
    for line in re.sub(r"\\\n\s*", "", fenced + "\n" + indented).splitlines():
        if COMMAND.match(line):
            yield re.sub(r"\s+#.*$", "", line).strip()


def known(command):
    return next((KNOWN[x] for x in sorted(KNOWN, key=len, reverse=True) if command.startswith(x)), None)


def problems(root):
    sources = None
    for page in (x for pattern in PAGES for x in sorted(root.glob(pattern))):
        name, text = str(page.relative_to(root)), page.read_text(encoding="utf-8")
        yield from cmake_problems(name, text, root)
        if name in READERS and (not (root / READERS[name]).exists() or page.name not in (root / READERS[name]).read_text(encoding="utf-8")):
            yield f"{READERS[name]} does not read {name}"
        for command in commands_of(name, text):
            entry = known(command)
            if entry is None:
                yield f"{name}: nothing runs this: {command} (add the test that does, or why none does, to tests/guide/commands.py)"
            elif isinstance(entry, tuple):
                file, words = root / entry[0], entry[1]
                if not file.exists() or words not in file.read_text(encoding="utf-8"):
                    yield f"{name}: {entry[0]} does not have {words}, which stands for: {command}"
            if OURS.match(command):
                sources = sources if sources is not None else all_sources(root)
                for option in re.findall(r"(?<= )--[a-z][\w-]+", command.split("--server")[-1]):
                    if f'"{option}' not in sources and f"{option})" not in sources and f"{option[2:]}\"" not in sources:
                        yield f"{name}: no program has the option {option} of: {command}"


def cmake_problems(page, text, root):
    """What a project says to find Bennu is what the projects of tests/package say, which may name a version and other targets."""
    def plain(x):
        return re.sub(r"(target_link_libraries\()\S+", r"\1TARGET", re.sub(r"(find_package\(bennu) [\d.]+", r"\1", x))
    built = [plain(x.read_text(encoding="utf-8")) for x in (root / "tests/package").rglob("CMakeLists.txt")]
    for line in (line for block in re.findall(r"```cmake\n(.*?)```", text, re.S) for line in block.splitlines() if line):
        if not any(plain(line) in x for x in built):
            yield f"{page}: no project of tests/package has this line: {line}"


def all_sources(root):
    files = [x for folder in ("apps", "transport") for pattern in ("*.cpp", "*.hpp", "run") for x in (root / folder).rglob(pattern)]
    return "".join(x.read_text(encoding="utf-8") for x in files if "node_modules" not in x.parts)


def self_test():
    import tempfile
    missed = []
    planted = [("    curl http://127.0.0.1:4000/new\n", "nothing runs this: curl"), ("```sh\nbuild/new --port 1\n```\n", "nothing runs this: build/new"),
               ("    apps/run chat --nods 2\n", "no program has the option --nods"), ("    cat shop.observer\n", "observer_test.py does not have"),
               ("```cmake\nfind_package(benu)\n```\n", "has this line: find_package(benu)"), ("Some words.\n\n    2026-11-30 a line of a log\n", None)]
    for text, expected in planted:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, content in {"README.md": "# A\n" + text, "apps/run": "--nodes) ;;\n", "tests/chat_wire/two_nodes.py": "chat --nodes"}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(content, encoding="utf-8")
            found = list(problems(root))
            if found if expected is None else not any(expected in x for x in found):
                missed.append(f"planted: {text!r}; found: {found}")
    return missed


if __name__ == "__main__":
    sys.exit(run(problems, self_test, "every command is run, or it is known why not"))
