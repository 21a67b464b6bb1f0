#!/usr/bin/env python3
"""Runs a command now and after each change of a file in this project, until Ctrl-C.

    tests/watch.py COMMAND [ARGUMENT...]
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def state():
    """The modification time of each file that git tracks or would add."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    times = {}
    for name in listed.stdout.split("\0"):
        try:
            times[name] = (ROOT / name).stat().st_mtime_ns
        except FileNotFoundError:
            times[name] = None
    return times


def main():
    try:
        while True:
            before = state()
            code = subprocess.run(sys.argv[1:], cwd=ROOT).returncode
            print(f"==> {'passed' if code == 0 else 'FAILED'}; waiting for a change", flush=True)
            while state() == before:
                time.sleep(1)
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
