#!/usr/bin/env python3
"""Runs .test files: each query straight through, with kill -9 and a restore, and with a restore at another parallelism; the rows
must be the same.

A .test file has comments (#), then blocks that a blank line ends:

    file clicks.jsonl            a file of input; ${data} is its folder
    {"page": "a"}

    script                       SQL; results go to a filesystem table with 'path' = '${out}' and 'format' = 'json'
    CREATE TABLE ...

    rows                         the rows of ${out} as JSON, in any order

or, for a query whose rows change, into a table with 'connector' = 'print':

    final 2                      the table that the printed changes lead to, in any order; its key is the first 2 columns
    a, null, 7

or, for a script that must be refused:

    error                        parts of the message, one a line
    2:8
"""

import argparse
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

TIMEOUT = 120
PARALLELISM, OTHER_PARALLELISM = 2, 3
SLOW_SOURCES = "source.before_poll=sleep(300ms)"  # So that a checkpoint comes before the end of a few rows.
BEHIND_SCRIPT = re.compile(r"rows|final \d+|error|end")
CHANGE = re.compile(r"(?:\d+> )?(\+I|-U|\+U|-D)\[(.*)\]")


class Case:
    def __init__(self, path):
        self.path = path
        self.files, self.script, self.rows, self.error = {}, None, None, None
        self.final, self.key = None, 0
        block, lines = None, []
        for line in path.read_text().splitlines() + ["", "end"]:
            if block is None:
                if line and not line.startswith("#"):
                    block, lines = line, []
            elif block.startswith(("script", "error")) and not BEHIND_SCRIPT.fullmatch(line):
                lines.append(line)
            elif line and not (block.startswith(("script", "error"))):
                lines.append(line)
            else:
                self._keep(block, lines)
                block, lines = (line, []) if line else (None, [])
        if self.script is None or [self.rows, self.final, self.error].count(None) != 2:
            raise ValueError(f"{path}: needs a script, and one of rows, final and error")

    def _keep(self, block, lines):
        kind, _, name = block.partition(" ")
        if kind == "file":
            self.files[name] = "\n".join(lines) + "\n"
        elif kind == "script":
            self.script = "\n".join(lines).strip() + "\n"
        elif kind == "rows":
            self.rows = sorted(canonical(json.loads(line)) for line in lines)
        elif kind == "final":
            self.final, self.key = sorted(lines), int(name)
        elif kind == "error":
            self.error = [line for line in lines if line]
        elif kind != "end":
            raise ValueError(f"{self.path}: unknown block '{block}'")


def canonical(row):
    return json.dumps(row, sort_keys=True)


class Run:
    """One run of a case in a folder of its own."""

    def __init__(self, binary, case, folder):
        self.binary, self.case, self.folder = binary, case, pathlib.Path(folder)
        self.out = self.folder / "out"
        self.printed, self.starts = [], 0  # Lines of changes, of all processes so far.
        (self.folder / "data").mkdir()
        for name, text in case.files.items():
            (self.folder / "data" / name).write_text(text)
        (self.folder / "job.sql").write_text(case.script)

    def start(self, *options, parallelism=PARALLELISM, state="state", failpoints=""):
        self.starts += 1
        return subprocess.Popen(
            [self.binary, "run", str(self.folder / "job.sql"), "-p", str(parallelism), "--state-dir", str(self.folder / state),
             "--set", "execution.checkpointing.interval=100 ms",
             "--var", f"data={self.folder / 'data'}", "--var", f"out={self.out}", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "MILLRACE_FAILPOINTS": failpoints})

    def has_checkpoint(self):
        return any(self.folder.glob("state/checkpoints/*/manifests/*.manifest"))

    def end(self, process):
        stdout, stderr = process.communicate(timeout=TIMEOUT)
        # A process that is killed may leave half a line.
        self.printed += [line[:-1] for line in stdout.splitlines(keepends=True) if line.endswith("\n")]
        return process.returncode, stdout + stderr

    def finish(self):
        return self.end(self.start())

    def rows(self):
        if not self.out.exists():
            return []
        # Hidden files are parts that no checkpoint has made visible.
        files = [f for f in sorted(self.out.rglob("*")) if f.is_file() and not f.name.startswith((".", "_"))]
        return sorted(canonical(json.loads(line)) for f in files for line in f.read_text().splitlines())


def difference(expected, found):
    missing, extra = list(expected), []
    for row in found:
        if row in missing:
            missing.remove(row)
        else:
            extra.append(row)
    lines = [f"  missing {row}" for row in missing[:10]] + [f"  extra   {row}" for row in extra[:10]]
    return "\n".join(lines)


def final_table(lines, key_columns, strict):
    """The table that printed changes lead to, row by row. Strict: every change must fit what is there, as it does without failures;
    after one, changes since the last checkpoint are printed again."""
    table, update = {}, None
    for line in lines:
        change = CHANGE.fullmatch(line)
        if not change:
            raise ValueError(f"no change: {line!r}")
        kind, row = change.groups()
        key = tuple(row.split(", ")[:key_columns])
        known = table.get(key)
        if strict and (known != row if kind in ("-U", "-D") else known is not None):
            raise ValueError(f"{line!r} changes {known!r}")
        if strict and update not in (None, key):
            raise ValueError(f"{line!r} comes between the two rows of an update of {update}")
        update = key if kind == "-U" else None
        if kind.startswith("-"):
            table.pop(key, None)
        else:
            table[key] = row
    if strict and update is not None:
        raise ValueError(f"half an update of {update}")
    return sorted(table.values())


def check_rows(case, run, status, output):
    if status != 0:
        return f"exit status {status}:\n{output}"
    if case.final is None:
        return difference(case.rows, run.rows())
    try:
        return difference(case.final, final_table(run.printed, case.key, strict=run.starts == 1))
    except ValueError as wrong:
        return f"  {wrong}"


def straight(binary, case, folder):
    run = Run(binary, case, folder)
    status, output = run.finish()
    if case.error is None:
        return check_rows(case, run, status, output)
    if status != 2:
        return f"exit status {status}, expected 2:\n{output}"
    absent = [part for part in case.error if part not in output]
    return f"not in the message: {absent}\n{output}" if absent else ""


def killed(binary, case, folder, seed):
    """Killed at two seeded moments; the same command goes on from the last checkpoint."""
    run = Run(binary, case, folder)
    moments = random.Random(seed)
    for _ in range(2):
        process = run.start(failpoints=SLOW_SOURCES)
        time.sleep(moments.uniform(0.2, 1.0))
        process.send_signal(signal.SIGKILL)
        run.end(process)
    status, output = run.finish()
    return check_rows(case, run, status, output)


def rescaled(binary, case, folder):
    """Killed once there is a checkpoint; a job with more tasks begins from it."""
    run = Run(binary, case, folder)
    process = run.start(failpoints=SLOW_SOURCES)
    deadline = time.monotonic() + TIMEOUT
    while not run.has_checkpoint() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    _, output = run.end(process)
    if not run.has_checkpoint():
        return f"no checkpoint was made:\n{output}"
    status, output = run.end(run.start("--restore", str(run.folder / "state"), parallelism=OTHER_PARALLELISM, state="other"))
    return check_rows(case, run, status, output)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tests", nargs="*", help="default: all beside this file")
    parser.add_argument("--binary", default=os.environ.get("MILLRACE_BINARY", "build/millrace"))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tests = [pathlib.Path(t) for t in options.tests] or sorted(pathlib.Path(__file__).parent.glob("*.test"))
    failures = 0
    for path in tests:
        case = Case(path)
        ways = [("straight", straight, ())]
        if case.error is None:
            ways += [("killed", killed, (options.seed,)), ("rescaled", rescaled, ())]
        for name, way, arguments in ways:
            with tempfile.TemporaryDirectory(prefix="millrace-sql-") as folder:
                wrong = way(options.binary, case, folder, *arguments)
            failures += bool(wrong)
            print(f"{'FAILED' if wrong else 'ok':6} {path.name} {name}", flush=True)
            if wrong:
                print(wrong, flush=True)
    print(f"sql: tests={len(tests)} failures={failures}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
