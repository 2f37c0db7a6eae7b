"""package: from an empty folder to a page in a browser, with nothing but an installed Bennu.

It installs Bennu, runs the commands of apps/guide/generators-and-chaos.md and does what they tell, and prints the seconds
of each step.

new_app_test.py BUILD SCRATCH COMPILER
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cluster"))
from phoenix_client import Connection, Refused  # noqa: E402

built, scratch, compiler = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
prefix = scratch / "prefix"
shop = scratch / "shop"
bennu_node = prefix / "bin" / "bennu-node"
guide = (pathlib.Path(__file__).parents[2] / "apps/guide/generators-and-chaos.md").read_text()
up_and_running = (pathlib.Path(__file__).parents[2] / "apps/guide/up-and-running.md").read_text()
first_commands, serve_for_chaos, play_chaos = (
    [line.split("#")[0].strip() for line in block.splitlines()] for block in re.findall(r"```sh\n(.*?)```", guide, re.S))
os.environ.update(PATH=f"{prefix}/bin:{os.environ['PATH']}", CMAKE_PREFIX_PATH=str(prefix), CXX=compiler,
                  CMAKE_BUILD_TYPE="Debug", CXXFLAGS="-O0 -g0 -Werror")


class step:
    """`with step("build"):` prints the seconds that it took."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.begin = time.monotonic()

    def __exit__(self, kind, *_):
        print(f"{time.monotonic() - self.begin:6.1f} s  {self.name}{'' if kind is None else ' FAILED'}", flush=True)


def run(*command, cwd=shop, status=0):
    done = subprocess.run([str(x) for x in command], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == status, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def new(*words, cwd=shop, status=0):
    return run(bennu_node, "new", *words, cwd=cwd, status=status)


def build_and_test():
    (first_guide,) = re.findall(r"```sh\n(.*?)```", up_and_running, re.S)
    in_first_guide = first_guide.splitlines()
    assert [x.split("#")[0].strip() for x in in_first_guide] == first_commands, "the two guides show different commands"
    for command in first_commands:
        if command.startswith(("cmake", "ctest")):
            with step(command):
                run(*command.split())
    print(re.search(r"\[doctest\] test cases: .*", run("build/shop_tests"))[0])


class Member(Connection):
    """A client that has joined a topic."""

    def __init__(self, port, topic, params, path="/socket"):
        super().__init__(port, path, topic)
        self.expect_reply(self.push("phx_join", params), "ok")

    def expect_reply(self, ref, status):
        while (message := self.read())[3] != "phx_reply" or message[1] != ref:
            pass
        assert message[4]["status"] == status, message

    def expect(self, event, payload):
        while (message := self.read())[3] != event:
            pass
        assert message[4] == payload, message


class Shop:
    """The program, while it runs."""

    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        self.process = subprocess.Popen(["build/shop", "--config", "shop.conf", "--port", "0", *self.options], cwd=shop,
                                        text=True, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline().split()[1])
        return self

    def __exit__(self, kind, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout=30)
            assert kind or status == 0, f"the program ended with {status}"
        finally:
            self.process.kill()

    def fetch(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return answer.headers["Content-Type"], answer.read().decode()


def talk(port, topic):
    ann, bob = Member(port, topic, {"user": "ann"}), Member(port, topic, {"user": "bob"})
    ann.push("new_msg", {"body": "hi"})
    bob.expect("new_msg", {"user": "ann", "body": "hi"})
    ann.close()
    bob.close()


def pages_are_protected(server):
    """Each page, an error too, tells browsers what it may load, who may frame it, and what other sites learn."""
    for path in ("/", "/app.js", "/nothing"):
        try:
            headers = urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=30).headers
        except urllib.error.HTTPError as problem:
            headers = problem.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy, (path, policy)
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer", (path, headers)


def page_works(server):
    pages_are_protected(server)
    kind, page = server.fetch("/")
    assert kind.startswith("text/html") and 'src="app.js"' in page, page
    kind, script = server.fetch("/app.js")
    assert kind.startswith("text/javascript") and 'from "./vendor/phoenix.mjs"' in script, kind
    kind, client = server.fetch("/vendor/phoenix.mjs")
    assert kind.startswith("text/javascript") and "Socket" in client, kind


def opens_in_a_browser(server):
    """Two people talk in the page, if there are Chromium and npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return print("no node and npm here: no browser opens the page")
    browser = pathlib.Path(__file__).parents[1] / "browser"
    done = subprocess.run([browser / "run", node, npm, "generated_page.mjs", f"http://127.0.0.1:{server.port}/"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode in (0, 77), done.stdout
    print(done.stdout.strip(), flush=True)


def edit(file, old, new_text):
    text = (shop / file).read_text()
    assert old in text, f"{file} has no {old}"
    (shop / file).write_text(text.replace(old, new_text, 1))


def told(text, pattern):
    found = re.search(pattern, text)
    assert found, f"it does not tell {pattern}:\n{text}"
    return found[0]


def chaos_plays():
    """The scenario of the guide, against the program as the guide starts it, while people talk."""
    (shop / "scenario.json").write_text(re.search(r"```json\n(.*?)```", guide, re.S)[1])
    (serve,), (play,) = serve_for_chaos, play_chaos
    assert serve.startswith("build/shop --port 4000 ")
    with Shop(*serve.split()[3:]) as server:
        ann = Member(server.port, "room:lobby", {"user": "ann"})
        said = run(*play.split())
        ann.expect_reply(ann.push("new_msg", {"body": "still here"}), "ok")
    told = [re.sub(r"^ *\d+\.\d{3} s  | \(applied \d+ times?\)$", "", x) for x in said.splitlines()]
    for line in re.search(r"```\n( +0\.000 s.*?)```", guide, re.S)[1].splitlines():
        assert re.sub(r"^ *\d+\.\d{3} s  | \(applied \d+ times?\)$", "", line) in told, f"{line} is not in {told}"


def refuses_what_it_must():
    before = {x: x.read_bytes() for x in shop.rglob("*") if x.is_file()}
    assert "overwritten" in new("app", "shop", cwd=scratch, status=1)
    assert "overwritten" in new("channel", "Room", status=1)
    assert "such as web_shop" in new("app", "My-Shop", cwd=scratch, status=2)
    assert "such as ChatRoom" in new("channel", "../room", status=2)
    assert "go to its folder" in new("channel", "Order", cwd=scratch, status=1)
    assert before == {x: x.read_bytes() for x in shop.rglob("*") if x.is_file()}


def units_are_sound():
    if not shutil.which("systemd-analyze"):
        return print("no systemd-analyze here: the unit file is not checked")
    unit = scratch / "shop.service"
    unit.write_text((shop / "shop.service").read_text().replace("/usr/bin/shop", str(shop / "build/shop")))
    said = run("systemd-analyze", "verify", unit)
    assert "shop.service" not in said, said
    run("systemd-analyze", "security", "--offline=yes", "--threshold=30", unit)


def container_file_is_sound():
    """Every instruction is one that exists, and what it copies from the project is there."""
    text = re.sub(r"\\\n", " ", (shop / "Containerfile").read_text())
    stages = {"bennu"}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        word, rest = line.split(maxsplit=1)
        assert word in {"FROM", "RUN", "COPY", "USER", "WORKDIR", "VOLUME", "EXPOSE", "ENTRYPOINT"}, line
        if word == "FROM" and " AS " in rest:
            stages.add(rest.split(" AS ")[1])
        elif word == "COPY" and rest.startswith("--from="):
            assert rest.split()[0].removeprefix("--from=") in stages, line
        elif word == "ENTRYPOINT":
            assert json.loads(rest)[0] == "/app/bin/shop", line
        elif word == "RUN":
            run("sh", "-n", "-c", rest)


shutil.rmtree(scratch, ignore_errors=True)
scratch.mkdir(parents=True)

with step("cmake --install"):
    run("cmake", "--install", built, "--prefix", prefix, cwd=scratch)
with step(first_commands[0]):
    next_steps = run(*first_commands[0].split(), cwd=scratch)
assert first_commands[-1] == "build/shop"
if "npm pack" in next_steps:  # this bennu-node was built without the client
    with step("npm pack"):
        run("sh", "-c", told(next_steps, r"npm pack [^#]*"))
build_and_test()
with step("run, fetch the page, talk over a WebSocket"), Shop() as server:
    page_works(server)
    talk(server.port, "room:lobby")
with step("run, open in a browser, talk there"), Shop() as server:
    opens_in_a_browser(server)
with step("bennu-node chaos"):
    chaos_plays()
refuses_what_it_must()
units_are_sound()
container_file_is_sound()

with step("new channel, new presence, new socket"):
    of_channel, of_presence, of_socket = new("channel", "ChatOrder"), new("presence"), new("socket", "Admin")
    route = told(of_channel, r'\.channel<chat_order_channel>\("chat_order:\*"\)')
    edit("src/main.cpp", ".channel<room_channel>", route + ".channel<room_channel>")
    for text, first_line in ((of_channel, None), (of_presence, "  app.home()"), (of_socket, "  const auto keys")):
        for line in re.findall(r"^ *(#include .*)$", text, re.M):
            edit("src/main.cpp", '#include "room_channel.hpp"', line + '\n#include "room_channel.hpp"')
    edit("src/main.cpp", "  return app.run();", told(of_presence, r"app\.home\(\)\.presences.*;") + "\n  return app.run();")
    edit("src/main.cpp", "  return app.run();", told(of_socket, r"const auto keys = (.*\n)*?.*app\.serve.*;") + "\n  return app.run();")
build_and_test()
with step("run, talk over a WebSocket to the new channel"), Shop() as server:
    talk(server.port, "chat_order:1")
    try:
        Connection(server.port, "/admin")
    except Refused:
        pass  # no token, no connection
    else:
        raise AssertionError("the new socket lets in a client without a token")
