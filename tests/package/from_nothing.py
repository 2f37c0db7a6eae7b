"""From nothing to a running app of one's own: runs the commands of apps/guide/up-and-running.md in a fresh Debian 12, and prints how long each took.

from_nothing.py source SCRATCH             builds and installs Bennu from its sources, then a generated project
from_nothing.py packages SCRATCH A.deb…    installs these packages of Bennu (cpack makes them), then builds a generated project

The fresh Debian 12 is a root made by mmdebstrap in SCRATCH (variant minbase), for which this needs root and the network. Making it does not
count. All else does, the download of packages and the answer 200 to GET / included. No test of the suite: it takes minutes, and its result is the time.
"""

import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

way, scratch, debs = sys.argv[1], pathlib.Path(sys.argv[2]), [pathlib.Path(x) for x in sys.argv[3:]]
source = pathlib.Path(__file__).parents[2]
root = scratch / "root"
guide = (source / "apps/guide/up-and-running.md").read_text()
environment = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


def commands():
    """Pairs of a folder in the root and a command of the guide that runs there, without sudo and with yes to apt."""
    install = guide[guide.index("## Install Bennu"):guide.index("## A project")]
    indented = re.sub(r"\\\n\s*", "", "\n".join(re.findall(r"^    (.*)$", install, re.M))).splitlines()
    (project,) = re.findall(r"```sh\n(.*?)```", guide, re.S)
    of_packages = [x for x in indented if "./packages/" in x]
    of_source = [x for x in indented if "packages" not in x]
    assert len(of_packages) == 1 and len(of_source) == 4, indented
    for line in ["apt-get update"] + (of_packages if way == "packages" else of_source):
        yield "/root/bennu", line.removeprefix("sudo ").replace("apt-get install", "apt-get install -y")
    folder = "/root"
    for line in project.splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("cd "):
            folder += "/" + line.removeprefix("cd ")
        else:
            yield folder, line


def seconds_of_processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def inside(folder, command, **how):
    return subprocess.Popen(["chroot", str(root), "sh", "-c", f"cd {folder} && exec {command}"], env=environment, **how)


def serve_and_fetch(folder, command):
    server = inside(folder, f"{command} --port 0", stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline().split()[1])
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30).status == 200
    finally:
        server.send_signal(signal.SIGTERM)
    assert server.wait(30) == 0


def take_time(number, folder, command):
    begin, before = time.monotonic(), seconds_of_processor()
    if command.startswith("build/"):
        serve_and_fetch(folder, command)
    else:
        with open(scratch / "log", "ab") as log:
            status = inside(folder, command, stdout=log, stderr=log).wait()
        assert status == 0, f"{command} ended with {status}; its output: {scratch / 'log'}"
    print(f"{number:2}. {time.monotonic() - begin:6.1f} s ({seconds_of_processor() - before:6.1f} s of processor)  {command}", flush=True)


def make_root():
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "bookworm", str(root)], check=True)
    (root / "root/bennu/packages").mkdir(parents=True)
    for deb in debs:
        shutil.copy(deb, root / "root/bennu/packages")
    if way == "source":
        archive = subprocess.run(["git", "-C", str(source), "archive", "HEAD"], check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(["tar", "-x", "-C", str(root / "root/bennu")], input=archive, check=True)
    shutil.copy("/etc/resolv.conf", root / "etc")
    subprocess.run(["mount", "-t", "proc", "proc", str(root / "proc")], check=True)


def main():
    assert way == "source" or (way == "packages" and debs), __doc__
    make_root()
    try:
        print(f"{os.cpu_count()} processors, load before: {os.getloadavg()[0]:.1f}")
        begin = time.monotonic()
        all_commands = list(commands())
        for number, (folder, command) in enumerate(all_commands, 1):
            take_time(number, folder, command)
        print(f"{len(all_commands)} commands, {(time.monotonic() - begin) / 60:.1f} minutes; load after: {os.getloadavg()[0]:.1f}")
    finally:
        subprocess.run(["umount", str(root / "proc")], check=True)


main()
