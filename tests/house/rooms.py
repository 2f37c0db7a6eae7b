#!/usr/bin/env python3
"""Checks the layout of the source tree: who may include whom, and how long files and lines are.

    tests/house/rooms.py ROOT         prints every violation; exit status 1 when there is one
    tests/house/rooms.py --self-test  plants violations in a scratch tree and checks that each is found

The top of a library's folder is its public API; its sub-folders are engines, which are not installed. The library
testing lives in tests/kit/: its public headers are included as <bennu/testing/…>, its engines as "tests/kit/…".
  - A public header includes only public headers; a public .cpp may include engines too.
  - An engine includes public headers, its own folder, the engines below it and those of the libraries below.
  - No header includes itself over others.
"""
import collections
import pathlib
import re
import statistics
import sys
import tempfile

from house import run

# Each library's engines, from the lowest up. An engine may include those before it.
ENGINES = {
    "supervision": ["process", "trace", "children", "lookup", "static", "dynamic", "task", "pool"],
    "actors": ["json", "wire", "cluster/names", "cluster/link", "cluster", "cluster/calls", "trace", "pubsub", "presence", "history",
               "cluster/hub", "client", "node"],
    "transport": ["auth", "io", "outbox", "tls", "http", "admission", "websocket", "longpoll", "publish", "serving", "cluster", "observer", "program"],
    "testing": ["virtual_time", "channel", "simulation", "cluster"],
}

# Public headers that must include an engine's, each with the reason. Templates would be one; there are none.
PUBLIC_WITH_ENGINE = {}

# Beast is instantiated here and nowhere else: every one of these costs 40 s of compile time.
MAX_BEAST_FILES = 6
MAX_LINES = 400
MEDIAN = (90, 150)  # lines of a file
MIN_FOR_MEDIAN = 20  # files
MAX_COLUMNS = 120
MAX_PUBLIC_HEADERS = 60
LIBRARIES = ("supervision", "actors", "transport", "testing")
BUILT = {*LIBRARIES, "apps", "tests"}
SKIPPED = {"build", "node_modules", ".git"}
# Projects of users, with their own headers: an example, and what `bennu-node new` writes.
OF_OTHERS = {pathlib.Path("tests/package/project"), pathlib.Path("apps/node/templates")}
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
    return None


def refused_in_transport(name):
    if name.startswith("actors/client/channel_"):
        return "transport/ knows no channel's insides"
    return None


def refused_in_testing(name):
    if name.startswith(("boost/", "transport/", "caf/io")) or SOCKET_HEADERS.match(name):
        return "the test kit simulates the network: it knows no sockets"
    if name.startswith(("doctest/", "gtest/", "catch2/")):
        return "the test kit works with every test framework and needs none"
    return None


def housed(name):
    """The name under which the rules know a file: tests/kit/ is the library testing."""
    return name.replace("tests/kit/", "testing/", 1) if name.startswith("tests/kit/") else name


def is_public(name):
    return name.split("/")[0] in LIBRARIES and name.count("/") == 1


def refused_form(path, bracket, name):
    """Public headers are included as <bennu/…>, engines as "…", so that a reader can tell one from the other."""
    public = is_public(name)
    if name.split("/")[0] not in LIBRARIES:
        return None
    if public and bracket != "<":
        return f"a public header is included as <bennu/{name}>"
    if not public and bracket == "<":
        return f'an engine\'s header is included as "{name.replace("testing/", "tests/kit/", 1)}"'
    if not public and path.suffix == ".hpp" and is_public(str(path)) and str(path) not in PUBLIC_WITH_ENGINE:
        return "a public header includes no engine's"
    return None


def engine_of(name):
    """The library and the engine's folder that a header or source belongs to; None for the public API and for others."""
    library, _, rest = name.partition("/")
    folder = rest.rpartition("/")[0]
    return (library, folder) if library in ENGINES and folder else None


def rank(engine):
    library, folder = engine
    return ENGINES[library].index(folder) if folder in ENGINES[library] else None


def refused_order(path, name):
    """Libraries include those below them, engines the engines below them."""
    here, there = engine_of(str(path)), engine_of(name)
    room, library = path.parts[0], name.split("/")[0]
    if room in LIBRARIES and library in LIBRARIES and LIBRARIES.index(library) > LIBRARIES.index(room):
        return f"{room}/ may not know {library}/"
    if there and rank(there) is None:
        return f"the folder {'/'.join(there)} has no place in the order of engines (ENGINES)"
    if here and there and here[0] == there[0] and rank(here) is not None and rank(there) > rank(here):
        return f"the engine {'/'.join(there)} is above {'/'.join(here)}"
    return None


def refused(path, name):
    room = path.parts[0]
    if name.startswith("apps/") and room not in ("apps", "tests"):
        return "nothing but programs and tests may include apps/"
    if name.startswith("tests/") and room != "tests":
        return "nothing may include tests/"
    if room == "supervision" and not allowed_in_supervision(name):
        return "supervision/ may include std, CAF core and supervision/"
    if room == "actors":
        return refused_in_actors(path, name)
    if room == "testing":
        return refused_in_testing(name)
    return refused_in_transport(name) if room == "transport" else None


def sources(root):
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if OF_OTHERS.intersection(relative.parents) or SKIPPED.intersection(relative.parts):
            continue
        if relative.parts[0] in BUILT and path.suffix in (".hpp", ".cpp"):
            yield relative, path.read_text(encoding="utf-8")


def cycles(graph):
    """Yields each cycle of includes, as the list of its headers."""
    done, way = set(), []

    def visit(name):
        if name in way:
            yield way[way.index(name):] + [name]
        elif name not in done:
            way.append(name)
            for other in graph.get(name, ()):
                yield from visit(other)
            way.pop()
            done.add(name)

    for name in sorted(graph):
        yield from visit(name)


def size_violations(path, text):
    lines = text.split("\n")
    if len(lines) - 1 > MAX_LINES:
        yield f"{path}: {len(lines) - 1} lines; at most {MAX_LINES}"
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS:
            yield f"{path}:{number}: {len(line)} columns; at most {MAX_COLUMNS}"


def median_violations(sizes):
    for folder in (*LIBRARIES, "apps"):
        median = statistics.median(sizes[folder]) if len(sizes[folder]) >= MIN_FOR_MEDIAN else MEDIAN[0]
        if not MEDIAN[0] <= median <= MEDIAN[1]:
            yield f"{folder}/: a file has {median} lines at the median; {MEDIAN[0]} to {MEDIAN[1]} are good to read"


def violations(root):
    beast, graph, public = [], collections.defaultdict(list), []
    sizes = collections.defaultdict(list)
    for path, text in sources(root):
        yield from size_violations(path, text)
        place = pathlib.Path(housed(str(path)))
        sizes[place.parts[0]].append(text.count("\n"))
        for match in MACHINE_PATH.finditer(text):
            yield f"{path}: names a folder of one machine: {match.group()}"
        for match in INCLUDE.finditer(text):
            name = housed(match.group(2).removeprefix("bennu/"))
            graph[str(place)].append(name)
            reason = refused(place, name) or refused_form(place, match.group(1), name) or refused_order(place, name)
            if reason:
                yield f"{path}: includes {name}: {reason}"
        if path.suffix == ".hpp" and is_public(str(place)):
            public.append(str(path))
        if path.parts[0] == "transport" and "<boost/beast" in text:
            beast.append(str(path))
            if path.suffix == ".hpp":
                yield f"{path}: a header instantiates Beast wherever it is included"
    yield from median_violations(sizes)
    for way in cycles(graph):
        yield f"{way[0]}: includes itself: {' → '.join(way)}"
    if len(public) > MAX_PUBLIC_HEADERS:
        yield f"{len(public)} public headers, at most {MAX_PUBLIC_HEADERS}"
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
    "transport/b.cpp": '#include "apps/chat/http_api.hpp"\n',
    "transport/c.hpp": "#include <boost/beast/http.hpp>\n",
    "transport/d.cpp": "//\n" * (MAX_LINES + 1),
    "transport/e.cpp": "//" + " x" * MAX_COLUMNS + "\n",
    "supervision/process/a.hpp": '#include "supervision/static/b.hpp"\n',
    "actors/pubsub/a.cpp": '#include "actors/client/connection.hpp"\n',
    "transport/http/a.cpp": '#include "transport/websocket/session.hpp"\n',
    "actors/new_folder/a.hpp": '#include "actors/new_folder/b.hpp"\n',
    "actors/json/a.hpp": '#include "actors/json/b.hpp"\n',
    "actors/json/b.hpp": '#include "actors/json/a.hpp"\n',
    "tests/kit/a.cpp": "#include <bennu/transport/http.hpp>\n",
    "tests/kit/b.cpp": "#include <doctest/doctest.h>\n",
    "tests/kit/c.hpp": '#include "tests/kit/channel/case_node.hpp"\n',
    "tests/kit/virtual_time/a.hpp": '#include "tests/kit/channel/case_node.hpp"\n',
    "tests/kit/d.cpp": '#include "tests/support/main.hpp"\n',
    "transport/f.cpp": "#include <bennu/testing/channel_case.hpp>\n",
    "transport/g.cpp": '#include "tests/kit/simulation/simulator.hpp"\n',
    "tests/a.cpp": '#include "tests/kit/expectation.hpp"\n',
    "apps/a.cpp": 'auto file = "/' + 'home/ann/chat.db";\n',
}
INNOCENT = {
    **{f"actors/public_{i}.hpp": "" for i in range(MAX_PUBLIC_HEADERS)},
    "supervision/fine.cpp": '#include <vector>\n#include <caf/all.hpp>\n#include <bennu/supervision/a.hpp>\n',
    "actors/cluster/link/link.cpp": "#include <caf/io/middleman.hpp>\n",
    "transport/fine.cpp": '#include <boost/beast/http.hpp>\n#include "actors/wire/frame.hpp"\n',
    "actors/client/fine.cpp": '#include "actors/pubsub/subscriber_table.hpp"\n#include "supervision/process/crash_report.hpp"\n',
    "actors/fine.cpp": '#include "actors/node/node_parts.hpp"\n#include <bennu/actors/node.hpp>\n',
    "tests/package/project/fine.cpp": '#include "actors/payload.hpp"\n',
    "apps/node/templates/app/src/fine.cpp": '#include "actors/payload.hpp"\n',
    "tests/kit/fine.cpp": '#include "actors/client/connection.hpp"\n#include <bennu/testing/expectation.hpp>\n',
    "tests/kit_test/fine.cpp": '#include "tests/kit/channel/case_node.hpp"\n#include <bennu/testing/expectation.hpp>\n',
    "tests/fine.cpp": '#include "apps/chat/http_api.hpp"\n',
}


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {**PLANTED, **INNOCENT}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        found = list(violations(root))
        missed = [name for name in PLANTED if not any(name in line for line in found)]
        if not any("public headers, at most" in line for line in found):
            missed.append("the number of public headers")
        wrong = [line for line in found if line.split(":")[0] in INNOCENT]
    return [f"planted in {x}, and not found" for x in missed] + [f"found, although it is allowed: {x}" for x in wrong]


if __name__ == "__main__":
    sys.exit(run(violations, self_test, "no violation"))
