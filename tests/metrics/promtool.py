"""promtool of Prometheus: installed, or unpacked by tests/run; None: there is none."""

import pathlib
import shutil
import subprocess


def path(root):
    unpacked = pathlib.Path(root) / "build/promtool/usr/bin/promtool"
    return shutil.which("promtool") or (str(unpacked) if unpacked.exists() else None)


def run(root, *arguments, text=None):
    """Runs it; its output is that of the test when it fails."""
    done = subprocess.run([path(root), *arguments], input=text, text=True, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
