#!/usr/bin/env python3
"""Kills workers, coordinator and broker of a running job, by a seed, while a verifier of its own judges every record that comes out.

Ends with one line:
    chaos: kills=N records=N epochs=N lost=0 duplicated=0 reordered=0 wrong=0 torn=0 recovery_p50_ms=N recovery_p99_ms=N
Exit status 0 only if nothing is lost, duplicated, reordered, wrong or torn, and the job came back every time. The seed, the faults
(faults.jsonl), what the verifier saw and the log of every process are kept in --folder.
"""

import argparse
import json
import math
import pathlib
import sys
import threading
import time

from broker import end_in_order_when_terminated
from faults import TARGETS, Plan
from oracle import KINDS
from rig import Rig, Settings, Stalled, default_binary, say
from workload import Workload

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEY_BYTES = 200
BYTES_PER_KEY = KEY_BYTES + 60  # Of state, of the running count.


def percentile(values, share):
    """Nearest rank; 0 of nothing."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else 0


class Chaos:
    """Carries out a plan on a rig, and measures how long the output stood still."""

    def __init__(self, rig, options):
        self.rig = rig
        self.options = options
        self.kills = []  # (time, process, rows sent by then)
        self.recoveries = []  # (process, milliseconds)
        self.ended_by_themselves = []
        self._down = set()
        self._broker_start = None  # It takes seconds; the other steps do not wait for it.
        self._log = open(rig.folder / "faults.jsonl", "a", buffering=1)

    def run(self):
        rig, options = self.rig, self.options
        rig.wait_for_new_rows("the first output")
        say(f"{rig.job} runs; rows come out")
        begun = time.monotonic()
        pace = options.minutes * 60 / max(options.kills, 1)
        for number, fault in enumerate(Plan(options.seed, options.kills, options.target, options.workers, options.brokers), 1):
            self._carry_out(number, fault)
            if options.until_red and rig.progress["violations"]:
                return
            time.sleep(fault.quiet)
            # Kills are spread over the minutes asked for.
            time.sleep(max(begun + pace * len(self.kills) - time.monotonic(), 0))
        time.sleep(max(begun + options.minutes * 60 - time.monotonic(), 0))

    def _carry_out(self, number, fault):
        rig, begun, kills_before = self.rig, time.monotonic(), len(self.kills)
        for step in fault.steps:
            time.sleep(max(begun + step.at - time.monotonic(), 0))
            self._act(number, step)
        if self._broker_start:
            self._broker_start.join()
        steps = ", ".join(f"{step.at:.1f} s {step.action} {step.process}" for step in fault.steps)
        rig.wait_for_new_rows(f"output after fault {number} ({fault.name}: {steps})")
        rig.wait(rig.broker.is_whole, "all replicas to be in sync")
        self._restart_the_ended(number)
        came_back = [self._measure(*kill) for kill in self.kills[kills_before:]]
        recovered = "recovered in " + ", ".join(f"{ms} ms" for ms in came_back) if came_back else "output goes on"
        say(f"{len(self.kills)}/{self.options.kills} kills, {rig.progress['records']} records: {steps}; {recovered}"
            + "".join(f"; {kind}={count}" for kind, count in rig.progress["violations"].items()))

    def _act(self, number, step):
        process = self.rig.process(step.process)
        self._note(number, step.action, step.process)
        if step.action == "kill":
            if not step.process.startswith("broker"):
                self._restart_the_ended(number)
                self._down.add(step.process)
            self.kills.append((time.monotonic(), step.process, list(self.rig.sent)))
            process.kill()
        elif step.action == "start" and step.process.startswith("broker"):
            self._broker_start = threading.Thread(target=process.start)
            self._broker_start.start()
        elif step.action == "start":
            process.start()
            self._down.discard(step.process)
        elif process.alive():
            process.pause() if step.action == "pause" else process.resume()

    def _restart_the_ended(self, number):
        """A process that ended although nobody killed it is started again, as its supervisor would, and told of."""
        for process in [self.rig.cluster.coordinator, *self.rig.cluster.workers]:
            if process.name not in self._down and not process.alive():
                status = process.process.returncode
                self.ended_by_themselves.append((process.name, status))
                self._note(number, "ended by itself", process.name, status=status)
                say(f"{process.name} ended by itself, status {status}; it is started again")
                process.start()

    def _measure(self, killed_at, process, sent):
        """From the last output before the kill until rows are visible, of every source partition, that were written after it:
        what came out of before, a moment after the kill, is no sign of recovery."""
        timeline = self.rig.timeline
        last = max((seen.t for seen in timeline if seen.t <= killed_at), default=killed_at)
        first = next(seen.t for seen in timeline if seen.t > killed_at and seen.has(sent))
        milliseconds = round((first - last) * 1000)
        self.recoveries.append((process.split("-")[0], milliseconds))
        self._note(0, "recovered", process, milliseconds=milliseconds)
        return milliseconds

    def _note(self, fault, action, process, **more):
        line = {"time": time.time(), "monotonic": time.monotonic(), "seed": self.options.seed, "fault": fault, "action": action,
                "process": process, "sent": self.rig.sent, **more}
        self._log.write(json.dumps(line) + "\n")


def summarize(chaos, report):
    for role in ("worker", "coordinator", "broker"):
        times = [ms for name, ms in chaos.recoveries if name == role]
        if times:
            say(f"recovery after {len(times)} kills of {role}: p50 {percentile(times, 0.5)} ms, p99 {percentile(times, 0.99)} ms, "
                f"longest {max(times)} ms")
    for name, status in chaos.ended_by_themselves:
        say(f"{name} ended by itself with status {status}; see its log")
    for kind in KINDS:
        for example in report["examples"][kind]:
            say(f"{kind}: {example}")


def final_line(chaos, report):
    times = [ms for _, ms in chaos.recoveries]
    violations = " ".join(f"{kind}={report[kind]}" for kind in KINDS)
    return (f"chaos: kills={len(chaos.kills)} records={report['records']} epochs={report['epochs']} {violations} "
            f"recovery_p50_ms={percentile(times, 0.5)} recovery_p99_ms={percentile(times, 0.99)}")


def settings_of(options):
    keys = max(options.state_mb * 1_000_000 // BYTES_PER_KEY // options.partitions, 1) if options.state_mb else options.keys
    workload = Workload(seed=options.seed, partitions=options.partitions, keys=keys, rate=options.rate,
                        key_bytes=KEY_BYTES if options.state_mb else 0, skip=keys if options.state_mb else 0)
    outputs = ("passed", "counted") if options.without_running_count else ("passed", "counted", "running")
    return Settings(binary=options.binary, folder=pathlib.Path(options.folder), workload=workload, guarantee=options.guarantee,
                    outputs=outputs, interval=options.interval, brokers=options.brokers, workers=options.workers, memory=options.memory,
                    patience=options.patience, armed=tuple(map(tuple, options.armed)))


def run(options):
    tolerated = () if options.guarantee == "exactly-once" else ("duplicated",)
    say(f"seed {options.seed}, {options.kills} kills of {options.target}, {options.guarantee}; everything is kept in {options.folder}")
    with Rig(settings_of(options)) as rig:
        chaos, came_back = Chaos(rig, options), True
        try:
            chaos.run()
        except Stalled as stalled:
            say(str(stalled))
            came_back = False
        try:
            report = rig.finish()
        except Stalled as stalled:
            say(str(stalled))
            came_back, report = False, rig.report_of_progress()
        (rig.folder / "report.json").write_text(json.dumps({**report, "options": vars(options), "recoveries": chaos.recoveries}, indent=1))
    summarize(chaos, report)
    violated = any(report[kind] for kind in KINDS if kind not in tolerated)
    print(final_line(chaos, report), flush=True)
    return 1 if violated or not came_back else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", choices=TARGETS, default="mixed")
    parser.add_argument("--minutes", type=float, default=0, help="spread the kills over so many; default: as fast as the job comes back")
    parser.add_argument("--state-mb", type=int, default=0, help="so much keyed state before the first kill")
    parser.add_argument("--interval", default="1 s", help="of the checkpoints")
    parser.add_argument("--without-running-count", action="store_true", help="no upsert-kafka")
    parser.add_argument("--guarantee", choices=("exactly-once", "at-least-once"), default="exactly-once",
                        help="at-least-once: duplicates are counted and tolerated")
    parser.add_argument("--rate", type=int, default=2000, help="rows a second")
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--keys", type=int, default=50, help="of each partition")
    parser.add_argument("--brokers", type=int, default=1, help="3: every partition has three replicas, two of which must be in sync")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--memory", default="1GiB", help="of each worker")
    parser.add_argument("--patience", type=float, default=120, help="so many seconds without new output, and the job has stopped")
    parser.add_argument("--armed", nargs=2, action="append", default=[], metavar=("PROCESS", "FAILPOINTS"),
                        help="for the whole run: worker file.before_sync=sleep(100ms) is a slow disk")
    parser.add_argument("--until-red", action="store_true", help="no more faults once something is violated")
    parser.add_argument("--binary", default=default_binary())
    parser.add_argument("--folder", default=str(ROOT / "build/chaos"))
    options = parser.parse_args()
    if options.state_mb and options.without_running_count:
        parser.error("--state-mb is the state of the running count")
    end_in_order_when_terminated()
    return run(options)


if __name__ == "__main__":
    sys.exit(main())
