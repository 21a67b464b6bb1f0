#!/usr/bin/env python3
"""Runs parts of the tests, several test binaries at a time. The recipes of the justfile call it after installing what a part needs.

    tests/run.py [--name NAME] PART...

The parts do not overlap, and together they are all tests:

    unit      tests that need neither a tool nor a server
    sqlite    the issuer's command and server, with SQLite as the database
    postgres  the tests that need a PostgreSQL or an LDAP server
    e2e       the end-to-end tests and the demo, on the real Envoy
    browser   the tests that need Chromium
    pages     the checks of pages in Chromium that would make a whole run too long
    edges     the tests of the JavaScript hosts and of the component for WASI HTTP
    fastly    the tests of the program for Fastly Compute, in Viceroy

With --name, only the tests whose name contains NAME. The output of a single binary is printed directly. With several binaries, one line is
printed for each when it ends, and the full output only if it failed.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The name or the package of a test tells what it needs.
POSTGRES = ["postgres"]
LDAP = ["slapd", "users::directory::", "ldap::tests::"]
BROWSER = ["browser::"]
PAGES = ["in_german", "more_pages"]
FASTLY = ["fastly::"]
EDGES = {"postern-edge-tests"}
END_TO_END = {"postern-e2e", "postern-demo"}
SERVERS = {"postern-test-ldap", "postern-test-postgres"}
PROCESS = {"postern-issuer-process-tests"}

# Most of these tests wait for processes and for the clock, so more run at once than there are processors.
THREADS = {"postern-e2e": 4, "postern-edge-tests": 4, "postern-issuer-process-tests": 4}


# Free memory from which on temporary files are kept in memory: several times what they take.
ENOUGH_MEMORY = 8 << 30


def skip(names):
    return [argument for name in names for argument in ("--skip", name)]


def arguments(part, package):
    """The arguments for a package's test binaries, or None if the part has no tests of the package."""
    tools = skip(POSTGRES + LDAP + BROWSER)
    if package in EDGES:
        return {"edges": skip(FASTLY), "fastly": FASTLY}.get(part)
    if package in END_TO_END:
        return {"e2e": skip(BROWSER), "browser": BROWSER + skip(PAGES), "pages": PAGES}.get(part)
    if package in SERVERS:
        return [] if part == "postgres" else None
    if part == "postgres":
        return POSTGRES + LDAP + skip(BROWSER)
    if part == "browser":
        return BROWSER
    if part in ("pages", "edges", "fastly"):
        return None
    return tools if part == ("sqlite" if package in PROCESS else "unit") else None


def build():
    """Builds the programs and the tests, all with the same features. Returns the path and the package of each test binary."""
    command = ["cargo", "build", "--workspace", "--bins", "--tests", "--message-format=json-render-diagnostics"]
    print(f"==> {' '.join(command[:-1])}", flush=True)
    cargo = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if cargo.returncode != 0:
        sys.exit(cargo.returncode)
    found = {}
    for line in cargo.stdout.splitlines():
        message = json.loads(line)
        if message["reason"] == "compiler-artifact" and message["profile"]["test"] and message["executable"]:
            manifest = Path(message["manifest_path"])
            package = re.search(r'^name = "(.*)"', manifest.read_text(), re.MULTILINE).group(1)
            found[message["executable"]] = (package, message["target"]["name"], manifest.parent)
    return found


def temporary_files(package):
    """Where the temporary files of a package's tests are: in memory, if there is enough. Databases wait for no disk then, which takes a sixth of
    the work. Envoy 1.36 and Deno read no file below /dev."""
    memory = Path("/dev/shm")
    if "TMPDIR" in os.environ or package in END_TO_END | EDGES or not memory.is_mount():
        return {}
    state = os.statvfs(memory)
    is_enough = state.f_bavail * state.f_frsize >= ENOUGH_MEMORY and not state.f_flag & os.ST_NOEXEC
    return {"TMPDIR": str(memory)} if is_enough else {}


class Job:
    def __init__(self, executable, package, target, folder, part, names):
        self.title = f"{package} {target} ({part})" if target != package.replace("-", "_") else f"{package} ({part})"
        self.command, self.folder, self.package = [executable, *names], folder, package
        self.output, self.seconds, self.code = "", 0.0, 0

    def listed(self):
        """The names of the job's tests."""
        run = subprocess.run([*self.command, "--list"], cwd=self.folder, capture_output=True, text=True, check=True)
        return [line.removesuffix(": test") for line in run.stdout.splitlines() if line.endswith(": test")]

    def run(self, alone):
        environment = {**os.environ, **temporary_files(self.package), "CARGO_MANIFEST_DIR": str(self.folder)}
        if self.package in THREADS:
            environment.setdefault("RUST_TEST_THREADS", str(THREADS[self.package]))
        began = time.monotonic()
        if alone:
            self.code = subprocess.run(self.command, cwd=self.folder, env=environment).returncode
        else:
            pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
            run = subprocess.run(self.command, cwd=self.folder, env=environment, **pipe)
            self.output, self.code = run.stdout, run.returncode
        self.seconds = time.monotonic() - began

    def failures(self):
        """The name of each failed test and the beginning of what it printed."""
        sections = re.findall(r"^---- (\S+) stdout ----\n(.*?)(?=^---- |^failures:)", self.output, re.MULTILINE | re.DOTALL)
        return [(name, "\n".join([line for line in printed.splitlines() if line][:12])) for name, printed in sections]


def order(job):
    """The longest jobs come first."""
    long = ["postern-e2e (browser)", "postern-issuer-process-tests (postgres)", "postern-e2e (e2e)", "postern-operations (postgres)", "postern-issuer-process-tests (sqlite)"]
    return long.index(job.title) if job.title in long else len(long)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=["unit", "sqlite", "postgres", "e2e", "browser", "pages", "edges", "fastly"], metavar="PART")
    parser.add_argument("--name")
    options = parser.parse_args()
    jobs, count = [], 0
    for executable, (package, target, folder) in build().items():
        for part in options.parts:
            filters = arguments(part, package)
            if filters is None:
                continue
            job = Job(executable, package, target, folder, part, filters)
            tests = job.listed()
            if options.name:
                tests = [test for test in tests if options.name in test]
                job.command = [executable, "--exact", *tests]
            if tests:
                jobs.append(job)
                count += len(tests)
    if not jobs:
        sys.exit(f"no test of {', '.join(options.parts)} has `{options.name}` in its name")
    jobs.sort(key=order)
    print(f"==> running {count} tests in {len(jobs)} binaries", flush=True)
    began, lock, done = time.monotonic(), threading.Lock(), []

    def run(job):
        job.run(alone=len(jobs) == 1)
        with lock:
            done.append(job)
            result = re.findall(r"^test result: \w+\. (.*?);", job.output, re.MULTILINE)
            state = "ok" if job.code == 0 else "FAILED"
            what = f": {result[-1]}" if result else ""
            print(f"[{len(done)}/{len(jobs)}] {state} {job.title}{what} in {job.seconds:.0f} s", flush=True)
            if job.code != 0:
                print(job.output, flush=True)

    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        list(pool.map(run, jobs))
    failed = [job.title for job in jobs if job.code != 0]
    results = [result for job in jobs for result in re.findall(r"^test result: \w+\. (\d+) passed; (\d+) failed;", job.output, re.MULTILINE)]
    if len(jobs) > 1:
        print(f"{sum(int(passed) for passed, _ in results)} passed, {sum(int(failing) for _, failing in results)} failed")
    for job in jobs:
        for name, reason in job.failures():
            print(f"--- {job.title}: {name}\n{reason}")
    print(f"==> {count} tests in {time.monotonic() - began:.0f} s" + (f"; failed: {', '.join(failed)}" if failed else ", all passed"))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
