"""guide: the commands of apps/guide/clusters.md make a cluster, and give it another authority while it runs. The pods of
apps/guide/deploy/kubernetes.yaml, played by two processes with the arguments that stand there, make one, too.

clusters_test.py BENNU_PROBE BENNU_NODE
"""

import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cluster"))
from lab import free_port  # noqa: E402

PROBE, BENNU_NODE = sys.argv[1:]
GUIDES = pathlib.Path(__file__).resolve().parents[2] / "apps/guide"
GUIDE = (GUIDES / "clusters.md").read_text(encoding="utf-8")
MAKE, START, RENEW = (block.splitlines() for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.S))
PATIENCE = 60  # seconds, for what takes less than five


def in_shell(lines, folder):
    for line in lines:
        command = re.sub(r"^bennu-node ", f"'{BENNU_NODE}' ", line)
        subprocess.run(["sh", "-c", command], cwd=folder, check=True, stdout=subprocess.DEVNULL)


class Node:
    """`shop` of the guide, played by the probe, with addresses of this machine. Its files are its own, so that they can be replaced."""

    def __init__(self, folder, line, port):
        words = line.replace("10.0.0.1:4444", f"127.0.0.1:{port}").replace("10.0.0.2:4444", "127.0.0.1:0").split()
        assert words[0] == "shop", line
        self.name, self.folder, self.files = words[words.index("--node") + 1], folder, {}
        for kind in ("cert", "key", "ca"):
            place = words.index(f"--cluster-{kind}") + 1
            self.files[kind] = pathlib.Path(folder, f"{self.name}-{kind}.pem")
            shutil.copy(pathlib.Path(folder, words[place]), self.files[kind])
            words[place] = str(self.files[kind])
        self.words = words[1:]
        self.start()

    def start(self):
        command = [PROBE, "--port", "0", "--threads", "1", "--log-level", "off", *self.words]
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=PATIENCE) == 0

    def reload(self, **files):
        for kind, source in files.items():
            shutil.copy(pathlib.Path(self.folder, source), self.files[kind])
        self.process.send_signal(signal.SIGHUP)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE) as answer:
            return answer.read().decode()

    def others(self):
        return int(float(re.search(r"^bennu_nodes (\S+)", self.get("/metrics"), re.M)[1]))


class Pod(Node):
    """A pod of the example. The name of its service resolves to all nodes, also to itself."""

    def __init__(self, folder, yaml, name, port, first):
        values = {"$(POD_NAME)": name, "$(POD_IP):4444": f"127.0.0.1:{port}", "shop-nodes:4444": f"127.0.0.1:{first}",
                  "/etc/shop": folder}
        self.name, self.folder, self.words = name, folder, re.findall(r"^ +- (--\S+)$", yaml, re.M)
        for old, new in values.items():
            assert any(old in x for x in self.words), f"no argument of the example has {old}"
            self.words = [x.replace(old, new) for x in self.words]
        self.start()


def pods(folder, running):
    yaml = (GUIDES / "deploy/kubernetes.yaml").read_text(encoding="utf-8")
    in_shell([re.search(r"bennu-node certs certs( shop-\d)+", yaml)[0], "mkdir secret",
              "echo a secret of more than thirty-two bytes > secret/secret"], folder)
    for file in (*pathlib.Path(folder, "certs").iterdir(), pathlib.Path(folder, "secret/secret")):
        file.chmod(int(re.search(r"defaultMode: (\d+)", yaml)[1], 8))
    names = [f"shop-{n}" for n in range(int(re.search(r"replicas: (\d+)", yaml)[1]))]
    first = free_port()
    for name in names:
        running.append(Pod(folder, yaml, name, first if name == "shop-0" else free_port(), first))
    all_connected(running)
    for path in set(re.findall(r"httpGet: \{path: (\S+),", yaml)):
        assert running[0].get(path)


def all_connected(nodes):
    end = time.monotonic() + PATIENCE
    while any(x.others() != len(nodes) - 1 for x in nodes):
        assert time.monotonic() < end, [x.others() for x in nodes]
        time.sleep(0.02)


def another_authority(nodes):
    """The three steps. After each of them a node that starts anew is let in."""
    steps = [lambda name: {"ca": "both.crt"},
             lambda name: {"cert": f"new/{name}.crt", "key": f"new/{name}.key"},
             lambda name: {"ca": "new/ca.crt"}]
    for files in steps:
        for node in nodes:
            node.reload(**files(node.name))
        all_connected(nodes)
        nodes[1].stop()
        nodes[1].start()
        all_connected(nodes)


def guide(folder, nodes):
    in_shell(MAKE, folder)
    assert not pathlib.Path(folder, "certs/ca.key").stat().st_mode & 0o077
    port = free_port()
    for line in START:
        nodes.append(Node(folder, line, port))
    all_connected(nodes)
    in_shell(RENEW, folder)
    another_authority(nodes)


for claim in (guide, pods):
    with tempfile.TemporaryDirectory() as folder:
        running = []
        try:
            claim(folder, running)
        finally:
            for node in running:
                node.process.kill()
                node.process.wait()
