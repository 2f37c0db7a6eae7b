"""package/deb: the Debian packages, from cpack to their removal, in a fresh Debian 12.

Lintian finds no error and no warning in them. A fresh root gets what they depend on and then the packages themselves. There an application that
bennu-node writes is built with CMake, passes its tests and answers a request; programs are built with pkg-config. After the removal
of the packages no file of theirs is left.

deb_test.py BUILD SCRATCH SOURCE

It prints the seconds of each step. The root is kept for the next run, which does not need the network then. Exit status 77: the machine cannot make a fresh root, or has no network.
"""

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

built, scratch, source = (pathlib.Path(x) for x in sys.argv[1:4])
root = scratch / "root"
packages = scratch / "packages"
contains = scratch / "contains"  # the names of what a root of an earlier run contains
# What the packages recommend to those who build, and the test framework of the generated tests.
to_build = ["g++", "cmake", "make", "pkg-config", "doctest-dev"]
# The package manager's own books, and what programs keep for themselves.
books = ("var/lib/dpkg", "var/lib/apt", "var/cache", "var/log", "tmp", "root", "proc", "sys", "dev", "run", "etc/ld.so.cache")


class step:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.begin = time.monotonic()

    def __exit__(self, kind, *_):
        print(f"{time.monotonic() - self.begin:6.1f} s  {self.name}{'' if kind is None else ' FAILED'}", flush=True)


def run(*command, **how):
    done = subprocess.run([str(x) for x in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **how)
    assert done.returncode == 0, f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def inside(command):
    return run("chroot", root, "sh", "-ec", command, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"})


def files():
    """Every path of the root but the books."""
    result = set()
    for folder, names, leaves in os.walk(root):
        here = os.path.relpath(folder, root)
        names[:] = [x for x in names if os.path.normpath(os.path.join(here, x)) not in books]
        result.update(os.path.normpath(os.path.join(here, x)) for x in names + leaves)
    return {x for x in result if x not in books}


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def field(package, name):
    return run("dpkg-deb", "--field", package, name).strip()


def depends(package):
    """The names of the packages that it needs, without those of this test."""
    names = [re.split(r"[ (:|]", x.strip())[0] for x in field(package, "Depends").split(",")]
    return [x for x in names if x not in ("libbennu-dev", "bennu-tools")]


def needed(found):
    return " ".join(sorted({name for package in found for name in depends(package)} | set(to_build)))


def wait_for_answer(url):
    end = time.monotonic() + 30
    while True:
        try:
            return urllib.request.urlopen(url).status
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def check_packages():
    guide = (source / "apps/guide/up-and-running.md").read_text()
    assert "cpack --config build/release/CPackConfig.cmake -B packages\n" in guide, "the guide has another command"
    with step("cpack"):
        run("cpack", "--config", built / "CPackConfig.cmake", "-B", packages)
    found = packages_of_this_run()
    assert [x.name.split("_")[0] for x in found] == ["bennu-tools", "libbennu-dev"], found
    with step("lintian"):
        # The suppressed one asks who uploads a package to Debian itself for the number of a bug.
        run("lintian", "--fail-on", "error,warning", "--suppress-tags", "initial-upload-closes-no-bugs", *found)
    commands = re.findall(r"^  (\w+) {2,}", run(built / "apps/node/bennu-node", "--help"), re.M)
    manual = (source / ".cmake/debian/bennu-node.1").read_text()
    assert commands and all(f".B {x}" in manual for x in commands), f"the manual page lacks a command: {commands}"
    return found


def make_root(found):
    """Makes a root, or takes that of the last run, if that one passed and needed the same. Of the latter remains what it contained."""
    names = needed(found)
    if contains.exists() and contains.read_text() == names:
        return contains.unlink()
    shutil.rmtree(root, ignore_errors=True)
    with step("a fresh root with what the packages need"):
        done = subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--dpkgopt=force-unsafe-io", f"--include={names}", "bookworm",
                               str(root)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode and re.search(r"resolve|connect|unreachable|Temporary failure", done.stdout):
        skip("the archive of Debian cannot be reached:\n" + done.stdout[-500:])
    assert done.returncode == 0, done.stdout


def packages_of_this_run():
    return sorted(packages.glob("*.deb"))


def use_packages():
    with step("bennu-node new app, build and test"):
        inside("cd /root; bennu-node new app shop; cd shop; CXXFLAGS=-O0 cmake -B build -D CMAKE_BUILD_TYPE=Debug; "
               "cmake --build build -j2; ctest --test-dir build --output-on-failure --no-tests=error")
    with step("programs with pkg-config"):
        shutil.copytree(source / "tests/package/project", root / "root/project")
        inside("cd /root/project; "
               "g++ -std=c++20 -I src main.cpp $(pkg-config --cflags --libs bennu) -o by-pkg-config; ./by-pkg-config; "
               "g++ -std=c++20 -I src program.cpp $(pkg-config --cflags --libs bennu-application) -o program; ./program --help; "
               "test $(pkg-config --modversion bennu) = " + field(packages_of_this_run()[1], "Version").split("-")[0])
    with step("its page"):
        shop = subprocess.Popen(["chroot", str(root), "sh", "-c", "cd /root/shop && exec build/shop --port 0"], stdout=subprocess.PIPE,
                                text=True, stderr=subprocess.DEVNULL)
        try:
            port = next(found[1] for line in shop.stdout if (found := re.search(r"(?:ready |:)(\d+)", line)))
            assert wait_for_answer(f"http://127.0.0.1:{port}/") == 200
        finally:
            shop.send_signal(signal.SIGTERM)
        assert shop.wait(30) == 0


def main():
    if os.geteuid() != 0:
        skip("a fresh root needs root")
    for program in ("mmdebstrap", "lintian", "dpkg-shlibdeps"):
        if not shutil.which(program):
            skip(f"{program} is not installed")
    shutil.rmtree(packages, ignore_errors=True)
    scratch.mkdir(parents=True, exist_ok=True)
    found = check_packages()
    make_root(found)
    before = files()
    with step("install"):
        for package in found:
            shutil.copy(package, root / "root")
        inside("dpkg --install /root/*.deb")
    assert files() - before, "the packages contain no file"
    use_packages()
    with step("remove"):
        inside("dpkg --purge bennu-tools libbennu-dev")
    left = sorted(files() - before)
    assert not left, f"left after the removal: {left}"
    shutil.rmtree(root / "root")
    (root / "root").mkdir(mode=0o700)
    contains.write_text(needed(found))


main()
