#!/usr/bin/env python3
"""Passes every failpoint of the engine on real processes, under the oracle: a crash there, an error where one can be returned, a
wait of three seconds.

All names of common/base/failpoint.cc, each so many times. For each, a process is started with the failpoint armed for the K-th time
that it is passed (K from the seed), must end by its own SIGKILL (say that it failed, be asleep), is started again as any supervisor
would, and rows must come out. Several processes are armed at once, so faults meet. Ends with a table and one line:
    failpoints: names=N crashes=N lost=0 duplicated=0 reordered=0 wrong=0 torn=0
Exit status 0 only if nothing is lost, duplicated, reordered, wrong or torn, and every name was crashed as often as was asked for.
"""

import argparse
import collections
import dataclasses
import fnmatch
import json
import pathlib
import random
import re
import signal
import sys
import time

from broker import end_in_order_when_terminated
from oracle import KINDS
from rig import Rig, Settings, Stalled, default_binary, say
from workload import Workload

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKERS = 3
ARMED_WORKERS = 2  # At once; with them the coordinator.
PATIENCE_SECONDS = 30
SLEEP_SECONDS = 3
LOOK_SECONDS = 0.2
MAX_PASSES = 5
TRIES = 3
ENGINE_FOLDERS = ("common", "coordinator", "worker", "cli")

# What is passed less often than MAX_PASSES times before a crash must have come.
PASSES = {
    "checkpoint.*_reserve": 1,  # Epochs are reserved by the hundred: once by a coordinator that lives shorter than that.
    "restore.*": 2,             # Once by each task: a worker has as few as two of them.
}
# What takes longer to come by.
PATIENCE = {
    "checkpoint.*_delete": 90,  # Garbage is collected at every tenth checkpoint.
}
# The coordinator writes no file with two names: only the file sink of a worker links.
WORKERS_ALONE = ("file.*_link",)


def value_for(name, table, otherwise):
    return next((value for pattern, value in table.items() if fnmatch.fnmatch(name, pattern)), otherwise)


def failpoint_names(root=ROOT):
    """FailpointNames() of common/base/failpoint.cc."""
    text = (root / "common/base/failpoint.cc").read_text()
    return re.findall(r'^\s*"([a-z]+\.[a-z_]+)",$', text, re.MULTILINE)


def names_that_return_errors(root=ROOT):
    """Those that the engine passes with RETURN_FAILPOINT."""
    sources = (path for folder in ENGINE_FOLDERS for path in (root / folder).rglob("*.cc"))
    return {name for path in sources for name in re.findall(r'RETURN_FAILPOINT\("([^"]+)"\)', path.read_text())}


# The plan.


@dataclasses.dataclass(frozen=True)
class Round:
    name: str
    role: str  # worker, coordinator
    action: str  # crash, error, sleep
    passes: int  # It happens the so-many-th time.
    tries: int = 1

    @property
    def specification(self):
        action = f"sleep({SLEEP_SECONDS}s)" if self.action == "sleep" else self.action
        return f"{self.name}={action}@{self.passes}"


def role_of(name, number):
    """Of round `number`: who writes files changes from round to round."""
    if name.startswith("checkpoint."):
        return "coordinator"
    alone = any(fnmatch.fnmatch(name, pattern) for pattern in WORKERS_ALONE)
    return "coordinator" if name.startswith("file.") and number % 2 == 1 and not alone else "worker"


def plan(names, with_errors, crashes, seed):
    """A shuffled list of rounds for each role."""
    choice = random.Random(f"{seed}/failpoints")
    rounds = {"coordinator": [], "worker": []}
    for name in names:
        actions = ["crash"] * crashes + (["error"] if name in with_errors else []) + ["sleep"]
        for number, action in enumerate(actions):
            role = role_of(name, number)
            rounds[role].append(Round(name, role, action, choice.randint(1, value_for(name, PASSES, MAX_PASSES))))
    for queue in rounds.values():
        choice.shuffle(queue)
    return rounds


# The run.


def nanosleeps(pid):
    """Threads that are in a nanosleep, each with the number of times that it has given up the processor: the same pair later is the
    same sleep."""
    found = set()
    for folder in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            if "nanosleep" in (folder / "wchan").read_text():
                found.add((folder.name, re.search(r"^voluntary_ctxt_switches:\s*(\d+)", (folder / "status").read_text(), re.MULTILINE)[1]))
        except OSError:  # It has ended.
            pass
    return found


class SleepWatch:
    """Whether a sleep that was as long as a failpoint's has come and gone: what follows a late waking is what the round is for.

    Nothing else in the engine sleeps for a second in one piece.
    """

    def __init__(self):
        self._since = {}  # Of each sleep: when it was first seen.

    def is_over(self, sleeps, now):
        ended = [since for sleep, since in self._since.items() if sleep not in sleeps]
        self._since = {sleep: self._since.get(sleep, now) for sleep in sleeps}
        return any(now - since > SLEEP_SECONDS / 2 for since in ended)


class Armed:
    """A process with a failpoint that has not been passed so far."""

    def __init__(self, process, round):
        self.process = process
        self.round = round
        self.until = time.monotonic() + value_for(round.name, PATIENCE, PATIENCE_SECONDS)
        self._log_begin = process.log.stat().st_size
        self._sleep = SleepWatch()
        self._next_look = 0.0

    def happened(self):
        if self.round.action == "crash":
            return self.process.process.poll() == -signal.SIGKILL
        if self.round.action == "error":
            return self._log_tells_of_error()
        now = time.monotonic()
        if now < self._next_look or not self.process.alive():
            return False
        self._next_look = now + LOOK_SECONDS
        return self._sleep.is_over(nanosleeps(self.process.process.pid), now)

    def _log_tells_of_error(self):
        with open(self.process.log, errors="replace") as log:
            log.seek(self._log_begin)
            return f"failpoint {self.round.name}" in log.read()


class Failpoints:
    def __init__(self, rig, rounds, seed):
        self.rig = rig
        self.rounds = {role: collections.deque(queue) for role, queue in rounds.items()}
        self.happened = collections.Counter()  # (name, action)
        self.not_reached = collections.Counter()  # (name, action): tries that came to nothing.
        self.ended_by_themselves = []
        self._total = sum(len(queue) for queue in rounds.values())
        self._random = random.Random(f"{seed}/workers")
        self._log = open(rig.folder / "faults.jsonl", "a", buffering=1)

    def run(self):
        self.rig.wait_for_new_rows("the first output")
        say(f"{self.rig.job} runs; rows come out")
        while any(self.rounds.values()):
            self._fire(self._next_volley())

    def _next_volley(self):
        """The next rounds, each with a process of its own."""
        processes = ["coordinator", *self._random.sample([worker.name for worker in self.rig.cluster.workers], ARMED_WORKERS)]
        volley = []
        for name in processes:
            queue = self.rounds[name.split("-")[0]]
            if queue:
                volley.append((self.rig.process(name), queue.popleft()))
        return volley

    def _fire(self, volley):
        begun = time.monotonic()
        # Always the coordinator too: a new one does not know how often the job has failed, and starts it again at once.
        processes = {self.rig.cluster.coordinator, *(process for process, _ in volley)}
        for process in processes:
            process.kill()
        armed = [Armed(process, round) for process, round in volley]
        specifications = {process: round.specification for process, round in volley}
        for process in processes:
            self._start(process, specifications.get(process))
        what = ", ".join(f"{process.name} {round.specification}" for process, round in volley)
        outcomes = []
        self.rig.wait(lambda: self._attend(armed, outcomes), what)
        self.rig.wait_for_new_rows(f"output after {what}")
        done = sum(self.happened.values())
        say(f"{done}/{self._total} in {time.monotonic() - begun:.1f} s: {', '.join(outcomes)}"
            + "".join(f"; {kind}={count}" for kind, count in self.rig.progress["violations"].items()))

    def _attend(self, armed, outcomes):
        """Looks after all processes; drops from `armed` what is over. True when nothing is left."""
        for each in list(armed):
            if each.happened():
                self._over(each, armed, outcomes, "")
            elif time.monotonic() > each.until:
                self._over(each, armed, outcomes, " NOT REACHED")
                if each.process.alive():
                    each.process.kill()  # The failpoint would stay armed.
        specifications = {each.process: each.round.specification for each in armed}
        for process in [self.rig.cluster.coordinator, *self.rig.cluster.workers]:
            if process.alive():
                continue
            status = process.process.returncode
            if status != -signal.SIGKILL:
                self.ended_by_themselves.append((process.name, status))
                self._note("ended by itself", process, status=status)
                say(f"{process.name} ended by itself, status {status}; it is started again")
            self._start(process, specifications.get(process))
        return not armed

    def _over(self, each, armed, outcomes, remark):
        armed.remove(each)
        round = each.round
        self._note(f"{round.action}{remark.lower()}", each.process, failpoint=round.name)
        outcomes.append(f"{each.process.name} {round.specification}{remark}")
        if not remark:
            self.happened[round.name, round.action] += 1
            return
        self.not_reached[round.name, round.action] += 1
        if round.tries < TRIES:
            self.rounds[round.role].append(dataclasses.replace(round, passes=1, tries=round.tries + 1))

    def _start(self, process, specification):
        if specification:
            process.environment["MILLRACE_FAILPOINTS"] = specification
        else:
            process.environment.pop("MILLRACE_FAILPOINTS", None)
        process.start()
        self._note("start", process, failpoints=specification)

    def _note(self, action, process, **more):
        line = {"time": time.time(), "action": action, "process": process.name, "sent": self.rig.sent, **more}
        self._log.write(json.dumps(line) + "\n")


# The outcome.


def table(names, with_errors, run):
    width = max(map(len, names))
    yield f"{'name':{width}}  crashed  errors  slept  not reached"
    for name in names:
        crashed, slept = run.happened[name, "crash"], run.happened[name, "sleep"]
        errors = run.happened[name, "error"] if name in with_errors else "-"
        not_reached = sum(count for (of, _), count in run.not_reached.items() if of == name)
        yield f"{name:{width}}  {crashed:7}  {errors:>6}  {slept:5}  {not_reached:11}"


def summarize(names, with_errors, run, report):
    for name, status in run.ended_by_themselves:
        say(f"{name} ended by itself with status {status}; see its log")
    for kind in KINDS:
        for example in report["examples"][kind]:
            say(f"{kind}: {example}")
    print("\n".join(table(names, with_errors, run)))
    crashes = sum(count for (_, action), count in run.happened.items() if action == "crash")
    violations = " ".join(f"{kind}={report[kind]}" for kind in KINDS)
    print(f"failpoints: names={len(names)} crashes={crashes} {violations}", flush=True)


def finish(rig):
    """The verifier's report, and what the part files add to it. Also: whether the job came to its end."""
    try:
        came, report = True, rig.finish()
    except Stalled as stalled:
        say(str(stalled))
        came, report = False, rig.report_of_progress()
    counts, examples = rig.part_files.judge(rig.acked)
    for kind in KINDS:
        report[kind] += counts[kind]
        report["examples"][kind] += examples[kind]
    return came, report


def run(options):
    names = failpoint_names()
    unknown = set(options.only) - set(names)
    if unknown:
        raise SystemExit(f"there is no failpoint {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    names = [name for name in names if name in options.only or not options.only]
    with_errors = names_that_return_errors()
    say(f"seed {options.seed}, {len(names)} failpoints, {options.rounds} crashes of each; everything is kept in {options.folder}")
    # Every slot is needed, so that whoever is armed has tasks.
    settings = Settings(binary=options.binary, folder=pathlib.Path(options.folder), interval="500 ms", workers=WORKERS, slots=1, filed=True,
                        workload=Workload(seed=options.seed, partitions=WORKERS, rate=options.rate))
    with Rig(settings) as rig:
        failpoints, came_back = Failpoints(rig, plan(names, with_errors, options.rounds, options.seed), options.seed), True
        try:
            failpoints.run()
        except Stalled as stalled:
            say(str(stalled))
            came_back = False
        ended, report = finish(rig)
        (rig.folder / "report.json").write_text(json.dumps({**report, "options": vars(options), "happened": [
            [*key, count] for key, count in sorted(failpoints.happened.items())]}, indent=1))
    summarize(names, with_errors, failpoints, report)
    short = [name for name in names if failpoints.happened[name, "crash"] < options.rounds]
    if short:
        say(f"crashed less than {options.rounds} times: {', '.join(short)}")
    return 1 if short or not came_back or not ended or any(report[kind] for kind in KINDS) else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="crashes of each failpoint")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=600, help="rows a second")
    parser.add_argument("--binary", default=default_binary())
    parser.add_argument("--folder", default=str(ROOT / "build/failpoints"))
    options = parser.parse_args()
    end_in_order_when_terminated()
    return run(options)


if __name__ == "__main__":
    sys.exit(main())
