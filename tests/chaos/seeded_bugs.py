#!/usr/bin/env python3
"""Puts known bugs back, one at a time, and lets the suites find them: a suite that stays green whatever the engine does proves nothing.

The binary is built with MILLRACE_SEEDED_BUGS (common/base/seeded_bug.h); each bug is one line at the place of the rule that it breaks.
A bug's suite is run with rising seeds until it turns red. Before that, the same suite must be green without any bug. Ends with a table
and one line:
    seeded: bugs=N detected=N
Exit status 0 only if all are detected and nothing was found where there is no bug. The output of every run is kept in --folder.
"""

import argparse
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from broker import end_in_order_when_terminated
from oracle import KINDS
from rig import say

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ENGINE_FOLDERS = ("common", "coordinator", "worker", "cli")
RUN_SECONDS = 400


@dataclasses.dataclass(frozen=True)
class Suite:
    """A program of this folder and its arguments."""

    program: str
    arguments: str
    failpoints: str = ""  # Armed in all processes of the engine, all the time.

    @property
    def name(self):
        return self.program.removesuffix(".py").removesuffix("_test")

    @property
    def is_unittest(self):
        return self.program.endswith("_test.py")


CHAOS = "--patience 45 --until-red "
WORKERS = Suite("chaos.py", CHAOS + "--target worker --kills 4")
COORDINATORS = Suite("chaos.py", CHAOS + "--target coordinator --kills 4")
# A slow store: what lies between a manifest and its commit is long enough to be hit.
SLOW_STORE = Suite("chaos.py", CHAOS + "--target coordinator --kills 8 --armed coordinator checkpoint.before_commit=sleep(400ms)")
# A worker that hears of a checkpoint late: the barriers of its sources come after all others.
LATE_WORKER = Suite("chaos.py", CHAOS + "--target worker --kills 4 --armed worker-1 worker.on_trigger=sleep(200ms)")


@dataclasses.dataclass(frozen=True)
class Bug:
    name: str  # As in the engine's SeededBug("...").
    what: str
    suite: Suite


BUGS = (
    Bug("ack_before_write", "a worker acknowledges a checkpoint half a second before its state file is in place", WORKERS),
    Bug("durable_before_commit", "the sinks are told before the compare-and-set in the store", SLOW_STORE),
    Bug("published_before_durable", "a slot publishes an epoch as soon as its segment is written", SLOW_STORE),
    Bug("marker_before_fence", "the marker is read before the slot's former owner is fenced",
        Suite("zombie_test.py", "ZombieTest.test_a_zombie_that_commits_before_it_is_fenced_is_seen_by_its_successor")),
    Bug("marker_not_compared", "after a restore a slot publishes again what its marker says is out",
        Suite("failpoints.py", "--only publish.after_commit --rounds 2")),
    Bug("marker_skipped", "a transaction commits without the marker", WORKERS),
    Bug("epochs_begin_anew", "a restarted coordinator counts epochs from 1 again", COORDINATORS),
    Bug("garbage_before_commit", "older checkpoints are deleted when the new one is written, before it is committed", SLOW_STORE),
    Bug("offsets_not_restored", "sources begin where their tables say, not where the checkpoint does", WORKERS),
    Bug("barrier_not_awaited", "records behind a barrier are processed before the other channels' barriers come", LATE_WORKER),
    Bug("producer_reused", "one producer for all transactions of a slot",
        Suite("delayed_requests_test.py", "JobTest.test_an_end_that_arrives_before_the_marker_of_the_next_transaction")),
    # The slot's next instance reads the marker and sees it, so that one must come late: after the next checkpoint.
    Bug("failed_commit_ignored", "a commit that the broker refuses counts as done",
        Suite("outage_test.py", "after_marker_before_end__network_hangs", failpoints="publish.before_fence=sleep(3s)")),
)


def names_in_the_engine(root=ROOT):
    """Every SeededBug("...") with the number of its places."""
    found = {}
    for folder in ENGINE_FOLDERS:
        for path in (*(root / folder).rglob("*.cc"), *(root / folder).rglob("*.h")):
            if path.stem == "seeded_bug":
                continue
            for name in re.findall(r'SeededBug\("([^"]+)"\)', path.read_text()):
                found[name] = found.get(name, 0) + 1
    return found


# A run and its outcome.


@dataclasses.dataclass(frozen=True)
class Outcome:
    """`found`: what makes the run red; empty: it was green. `broken`: it says nothing of the engine, and why."""

    found: str = ""
    broken: str = ""


def trouble_of_the_job(output, engine_logs):
    """Why it stopped, in its own words, as far as it did."""
    state = re.search(r"^  job \S+: JOB_STATE_(\w+), .*?message: (?:task '.*' \d+/\d+ on worker \S+: )?(.+)$", output, re.MULTILINE)
    broken = re.search(r"CHECK failed: .+", engine_logs)
    if broken:
        return broken[0]
    if not state:
        return ""
    what = "the job stopped" if state[1] == "FAILED" else "output does not go on"
    return what if state[2] == "-" else f"{what}: {state[2]}"


def judge(suite, status, output, engine_logs=""):
    """What the output of a run says, and the logs of the processes."""
    if status == 0:
        return Outcome()
    stopped = trouble_of_the_job(output, engine_logs)
    if suite.is_unittest:
        failed = re.search(r"^(?:AssertionError|rig\.Stalled): (.+)$", output, re.MULTILINE)
        if not failed or "FAILED (" not in output:
            return Outcome(broken=f"exit status {status}, and no test failed")
        return Outcome(stopped or failed[1])
    last = re.search(r"^(?:chaos|failpoints): .*$", output, re.MULTILINE)
    if not last:
        return Outcome(broken=f"exit status {status}, and no last line")
    counts = {kind: int(re.search(rf"\b{kind}=(\d+)", last[0])[1]) for kind in KINDS}
    found = " ".join(f"{kind}={count}" for kind, count in counts.items() if count)
    if not found and not stopped:
        return Outcome(broken=f"exit status {status}, and nothing was violated")
    return Outcome("; ".join(part for part in (found, stopped) if part))


class Runner:
    def __init__(self, options):
        self.binary = options.binary
        self.folder = pathlib.Path(options.folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def run(self, suite, bug, seed):
        """`bug`: a name; empty: none."""
        label = f"{bug or 'none'}-{suite.name}-{seed}"
        environment = dict(os.environ, MILLRACE_BINARY=self.binary, CHAOS_SEED=str(seed), MILLRACE_SEEDED_BUG=bug,
                           MILLRACE_FAILPOINTS=suite.failpoints)
        command = [sys.executable, str(HERE / suite.program), *suite.arguments.split()]
        if not suite.is_unittest:
            command += ["--seed", str(seed), "--folder", str(self.folder / label)]
        log = self.folder / f"{label}.log"
        with open(log, "w") as output:
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
            try:
                process.wait(RUN_SECONDS)
            except BaseException as error:
                process.send_signal(signal.SIGTERM)  # It ends what it has started.
                process.wait()
                if not isinstance(error, subprocess.TimeoutExpired):
                    raise
                return Outcome(broken=f"not over after {RUN_SECONDS} s; see {log}")
        engine_logs = "\n".join(path.read_text(errors="replace") for path in (self.folder / label).glob("*.log"))
        outcome = judge(suite, process.returncode, log.read_text(errors="replace"), engine_logs)
        return dataclasses.replace(outcome, broken=f"{outcome.broken}; see {log}") if outcome.broken else outcome


@dataclasses.dataclass
class Finding:
    """Of a bug."""

    bug: Bug
    runs: int = 0  # Until it was detected, that one included.
    seconds: float = 0
    found: str = ""


def hunt(runner, bug, options):
    """Runs the bug's suite until it turns red."""
    finding, begun = Finding(bug), time.monotonic()
    for seed in range(options.seed, options.seed + options.runs):
        outcome = runner.run(bug.suite, bug.name, seed)
        finding.runs += 1
        finding.seconds = time.monotonic() - begun
        finding.found = outcome.found
        say(f"{bug.name}, {bug.suite.name}, seed {seed}: {outcome.found or outcome.broken or 'not detected'}")
        if outcome.found:
            break
    return finding


def table(findings, width=200):
    names, suites = ([max(map(len, texts)) for texts in zip(*((f.bug.name, f.bug.suite.name) for f in findings))]
                     if findings else (3, 5))
    yield f"{'bug':{names}}  {'suite':{suites}}  runs-to-detect  seconds  what was found"
    for f in findings:
        runs = str(f.runs) if f.found else f"none of {f.runs}"
        yield f"{f.bug.name:{names}}  {f.bug.suite.name:{suites}}  {runs:>14}  {f.seconds:7.0f}  {(f.found or '-')[:width]}"


def false_alarms(runner, bugs, options):
    """Every suite once, without a bug: what it finds then is no proof of anything."""
    alarms = []
    for suite in dict.fromkeys(bug.suite for bug in bugs):
        outcome = runner.run(suite, "", options.seed)
        say(f"no bug, {suite.name} {suite.arguments}: {outcome.found or outcome.broken or 'green'}")
        if outcome.found or outcome.broken:
            alarms.append(suite)
    return alarms


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], metavar="BUG", choices=[bug.name for bug in BUGS])
    parser.add_argument("--seed", type=int, default=1, help="the first")
    parser.add_argument("--runs", type=int, default=5, help="with a bug, at most")
    parser.add_argument("--without-control", action="store_true", help="do not run the suites without a bug first")
    parser.add_argument("--binary", default=str(ROOT / "build/seeded/cli/millrace"))
    parser.add_argument("--folder", default=str(ROOT / "build/seeded-bugs"))
    options = parser.parse_args()
    end_in_order_when_terminated()
    bugs = [bug for bug in BUGS if bug.name in options.only or not options.only]
    runner = Runner(options)
    alarms = [] if options.without_control else false_alarms(runner, bugs, options)
    findings = [hunt(runner, bug, options) for bug in bugs]
    print("\n".join(table(findings)))
    for suite in alarms:
        print(f"not green without a bug: {suite.program} {suite.arguments}")
    detected = sum(bool(finding.found) for finding in findings)
    print(f"seeded: bugs={len(bugs)} detected={detected}", flush=True)
    return 0 if detected == len(bugs) and not alarms else 1


if __name__ == "__main__":
    sys.exit(main())
