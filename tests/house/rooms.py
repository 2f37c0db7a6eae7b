#!/usr/bin/env python3
"""Checks which folder includes which, and how long files are.

    tests/house/rooms.py ROOT         prints every violation; the exit status is 1 when there is one
    tests/house/rooms.py --self-test  plants violations in a temporary folder and checks that each is found
"""
import pathlib
import re
import sys
import tempfile

# Public headers that still include an engine's, each with the reason.
PUBLIC_WITH_ENGINE = set()

# Beast is instantiated here and nowhere else: every one of these costs 40 s of compile time.
MAX_BEAST_FILES = 6
MAX_LINES = 500
LIBRARIES = ("supervision", "actors", "transport")
BUILT = {"supervision", "actors", "transport", "apps", "tests"}
SKIPPED = {"build", "node_modules", ".git"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
SOCKET_HEADERS = re.compile(r"^(sys/(socket|epoll|uio)|netinet/|arpa/|netdb|poll)\b")
MACHINE_PATH = re.compile(r"/(home|Users|root|work|tmp/wt)/\w")
STD = re.compile(r"^[a-z_0-9]+$")  # <vector>, but neither <x.h> nor <x/y.hpp>


def is_caf_core(name):
    return name.startswith("caf/") and not name.startswith(("caf/io", "caf/openssl"))


def allowed_in_supervision(name):
    return bool(STD.match(name)) or name == "cxxabi.h" or is_caf_core(name) or name.startswith("supervision/")


def refused_in_actors(path, name):
    if name.startswith("boost/"):
        return "actors/ knows no Boost"
    if SOCKET_HEADERS.match(name):
        return "actors/ knows no sockets"
    if name.startswith("caf/io") and path.parts[1] != "cluster":
        return "caf/io belongs to actors/cluster/ alone"
    return "actors/ may not know transport/" if name.startswith("transport/") else None


def refused_in_transport(name):
    if name.startswith("actors/client/channel_"):
        return "transport/ knows no channel's insides"
    return None


def is_public(name):
    return name.split("/")[0] in LIBRARIES and name.count("/") == 1


def refused_form(path, bracket, name):
    """Public headers are included as <bennu/…>, engines as "…", so that a look at the includes tells one from the other."""
    public = is_public(name)
    if name.split("/")[0] not in LIBRARIES:
        return None
    if public and bracket != "<":
        return f"a public header is included as <bennu/{name}>"
    if not public and bracket == "<":
        return f'an engine\'s header is included as "{name}"'
    if not public and path.suffix == ".hpp" and is_public(str(path)) and str(path) not in PUBLIC_WITH_ENGINE:
        return "a public header includes no engine's"
    return None


def refused(path, name):
    folder = path.parts[0]
    if name.startswith("apps/") and folder not in ("apps", "tests"):
        return "nothing but programs and tests may include apps/"
    if name.startswith("tests/") and folder != "tests":
        return "nothing may include tests/"
    if folder == "supervision" and not allowed_in_supervision(name):
        return "supervision/ may include std, CAF core and supervision/"
    if folder == "actors":
        return refused_in_actors(path, name)
    return refused_in_transport(name) if folder == "transport" else None


def sources(root):
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if relative.parts[0] in BUILT and not SKIPPED.intersection(relative.parts) and path.suffix in (".hpp", ".cpp"):
            yield relative, path.read_text(encoding="utf-8")


def violations(root):
    beast = []
    for path, text in sources(root):
        lines = text.count("\n")
        if lines > MAX_LINES:
            yield f"{path}: {lines} lines; at most {MAX_LINES}"
        for match in MACHINE_PATH.finditer(text):
            yield f"{path}: names a folder of one machine: {match.group()}"
        for match in INCLUDE.finditer(text):
            name = match.group(2).removeprefix("bennu/")
            reason = refused(path, name) or refused_form(path, match.group(1), name)
            if reason:
                yield f"{path}: includes {name}: {reason}"
        if path.parts[0] == "transport" and "<boost/beast" in text:
            beast.append(str(path))
            if path.suffix == ".hpp":
                yield f"{path}: a header instantiates Beast wherever it is included"
    if len(beast) > MAX_BEAST_FILES:
        yield f"{len(beast)} files include Beast, at most {MAX_BEAST_FILES}: {', '.join(beast)}"


PLANTED = {
    "supervision/a.hpp": "#include <caf/io/all.hpp>\n",
    "supervision/b.hpp": "#include <nlohmann/json.hpp>\n",
    "supervision/c.cpp": "#include <bennu/actors/payload.hpp>\n",
    "supervision/d.hpp": '#include "supervision/lookup/tree_reader.hpp"\n',
    "actors/a.cpp": "#include <boost/asio.hpp>\n",
    "actors/b.cpp": "#include <sys/socket.h>\n",
    "actors/c.cpp": "#include <caf/io/middleman.hpp>\n",
    "actors/d.cpp": "#include <bennu/transport/http.hpp>\n",
    "actors/e.cpp": '#include "actors/payload.hpp"\n',
    "actors/f.cpp": "#include <bennu/actors/client/inbox.hpp>\n",
    "transport/a.cpp": '#include "actors/client/channel_actor.hpp"\n',
    "transport/b.cpp": '#include "apps/chat/form.hpp"\n',
    "transport/c.hpp": "#include <boost/beast/http.hpp>\n",
    "transport/d.cpp": "//\n" * (MAX_LINES + 1),
    "apps/a.cpp": 'auto file = "/' + 'home/ann/chat.db";\n',
}
INNOCENT = {
    "supervision/fine.cpp": '#include <vector>\n#include <caf/all.hpp>\n#include <bennu/supervision/a.hpp>\n',
    "actors/cluster/link/link.cpp": "#include <caf/io/middleman.hpp>\n",
    "transport/fine.cpp": '#include <boost/beast/http.hpp>\n#include "actors/wire/frame.hpp"\n',
    "tests/fine.cpp": '#include "apps/chat/form.hpp"\n',
}


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {**PLANTED, **INNOCENT}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        found = list(violations(root))
        missed = [name for name in PLANTED if not any(line.startswith(name) for line in found)]
        wrong = [line for line in found if line.split(":")[0] in INNOCENT]
    for name in missed:
        print(f"planted in {name}, and not found")
    for line in wrong:
        print(f"found, although it is allowed: {line}")
    return not missed and not wrong


def main():
    if sys.argv[1:] == ["--self-test"]:
        return 0 if self_test() else 1
    found = list(violations(pathlib.Path(sys.argv[1]).resolve()))
    print("\n".join(found) if found else "no violation")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
