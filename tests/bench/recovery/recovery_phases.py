#!/usr/bin/env python3
"""Where the time of a recovery goes: reads what a chaos run (tests/chaos) has left in its folder.

    lost       kill -9 until the coordinator knows
    deploying  until the tasks of the next attempt are sent to the workers: the old ones cancelled, back-off, slots, manifest
    running    until all of them are open: state restored, connections to Kafka, output of the last attempt settled
    visible    until rows of every source partition that were written after the kill can be read: read, checkpoint, publication

Only kills of one worker that runs tasks, with no other fault until the output is back. Ends with one line:

    recovery: kills=N lost_ms=P50/P99 deploying_ms=P50/P99 running_ms=P50/P99 visible_ms=P50/P99 total_ms=P50/P99
"""

import argparse
import datetime
import json
import math
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
PHASES = ("lost", "deploying", "running", "visible")


def percentile(values, share):
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else 0


def seconds_of(stamp):
    return datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def coordinator_events(log):
    """(time, "lost worker-1" or "deploying" or "RUNNING") in the order of the log."""
    patterns = [(r"worker lost worker=(\S+)", "lost {}"), (r"deploying job=", "deploying"), (r"state=RUNNING", "RUNNING")]
    for line in log.read_text(errors="replace").splitlines():
        for pattern, name in patterns:
            if found := re.search(pattern, line):
                yield seconds_of(line.split()[0]), name.format(*found.groups())


def visible_since(folder, kill):
    """The monotonic time at which rows of every partition that were written after the kill were visible."""
    for line in map(json.loads, open(folder / "verifier.jsonl")):
        if line.get("progress") and line["t"] > kill["monotonic"] and all(r > s for r, s in zip(line["reached"], kill["sent"])):
            return line["t"]
    return None


def phases_of(folder):
    """For each kill that counts {phase: milliseconds}."""
    faults = [json.loads(line) for line in open(folder / "faults.jsonl")]
    events = list(coordinator_events(folder / "coordinator.log"))
    harmful = [fault for fault in faults if fault["action"] in ("kill", "pause", "ended by itself")]
    for kill in harmful:
        if kill["action"] != "kill" or not kill["process"].startswith("worker"):
            continue
        visible = visible_since(folder, kill)
        if visible is None:
            continue
        others = [f for f in harmful if f is not kill and kill["monotonic"] - 5 < f["monotonic"] < visible]
        moments, at = [kill["time"]], kill["time"]
        for wanted in (f"lost {kill['process']}", "deploying", "RUNNING"):
            at = next((time for time, name in events if time >= at and name == wanted), None)
            if at is None:
                break
            moments.append(at)
        end = kill["time"] + visible - kill["monotonic"]
        if others or at is None or at > end:
            continue  # It had no tasks, or did not fall alone.
        moments.append(end)
        yield {phase: round((b - a) * 1000) for phase, a, b in zip(PHASES, moments, moments[1:])}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=ROOT / "build/chaos")
    options = parser.parse_args()
    kills = list(phases_of(options.folder))
    for kill in kills:
        print("  ".join(f"{phase} {ms} ms" for phase, ms in kill.items()))
    figures = {phase: [kill[phase] for kill in kills] for phase in PHASES}
    figures["total"] = [sum(kill.values()) for kill in kills]
    print(f"recovery: kills={len(kills)} "
          + " ".join(f"{phase}_ms={percentile(ms, 0.5)}/{percentile(ms, 0.99)}" for phase, ms in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
