#!/usr/bin/env python3
"""What checkpoints of large keyed state cost: how long they hold tasks up, how long they take, CPU time, bytes written.

A job keeps totals by account (job.sql). Once every account is there, events go to random ones at a steady rate, first with
checkpoints, then, in a fresh cluster, without. Ends with one line:

    checkpoint: keys=N state_mib=N events_per_s=N checkpoints=N blocked_p50_ms=N blocked_p99_ms=N duration_p50_ms=N duration_p99_ms=N
                cpu_s_per_million=N without=N overhead_percent=N written_per_dirty=N

README.md in the folder above says what each figure is.
"""

import argparse
import json
import math
import pathlib
import re
import shutil
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "deploy/demo"))
from cluster import Cluster, wait_until  # noqa: E402

PHASES = "millrace_task_checkpoint_phase_seconds"
POLL_SECONDS = 0.5


def percentile(values, share):
    """Nearest rank; 0 of nothing."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else 0


def total(samples, name):
    return sum(value for key, value in samples.items() if key.startswith(name + "{"))


def labels_of(sample):
    return dict(re.findall(r'(\w+)="([^"]*)"', sample))


class PhaseTimes:
    """The times of every single checkpoint, out of histograms that are read more often than checkpoints come."""

    def __init__(self):
        self._before = {}
        self.blocked = []  # Seconds; one for each task and checkpoint: barriers awaited and state frozen.
        self.phases = {}  # {phase: seconds}

    def take(self, samples, count=True):
        blocked = {}
        for key, seen in samples.items():
            if not key.startswith(PHASES + "_count{"):
                continue
            seconds = samples[key.replace("_count{", "_sum{", 1)]
            seen_before, seconds_before = self._before.get(key, (0, 0.0))
            self._before[key] = (seen, seconds)
            if seen == seen_before or not count:
                continue
            labels = labels_of(key)
            each = (seconds - seconds_before) / (seen - seen_before)  # Of two checkpoints at once: their mean.
            self.phases.setdefault(labels["phase"], []).append(each)
            if labels["phase"] in ("align", "freeze"):
                task = (labels["stage"], labels["task"])
                blocked[task] = blocked.get(task, 0) + each
        self.blocked += blocked.values()


class DeltaFiles:
    """Bytes of the delta files that have come into a checkpoint folder: of every entry that has changed, once for each checkpoint."""

    def __init__(self, folder):
        self._folder = folder
        self._bytes = {}

    def take(self):
        for file in self._folder.glob("*/state/*.delta"):
            try:
                self._bytes[file.name] = file.stat().st_size
            except FileNotFoundError:
                pass  # Collected as garbage meanwhile.
        return sum(self._bytes.values())


def written_bytes(pid):
    """What the process has given the file system to write to the disk."""
    fields = dict(line.split(": ") for line in open(f"/proc/{pid}/io").read().splitlines())
    return int(fields["write_bytes"])


class Run:
    def __init__(self, options, name, interval):
        self.options = options
        self.folder = ROOT / "build/checkpoint-figures" / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.cluster = Cluster(options.binary, self.folder, workers=1, slots=options.parallelism, memory=options.memory)
        self.worker = self.cluster.workers[0]
        self.cluster.start()
        try:
            self.job = self.cluster.submit(HERE / "job.sql", interval=interval, parallelism=options.parallelism, rate=options.rate,
                                           accounts=options.keys, last_account=options.keys - 1,
                                           hot=max(options.keys * options.hot_percent // 100, 1))
            self.cluster.wait_for_state(self.job, "RUNNING")
            self.fill()
        except BaseException:
            self.cluster.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.cluster.stop()

    def samples(self):
        return self.cluster.metrics(self.worker.http)

    def last_checkpoint(self):
        job = json.loads(self.cluster.get(self.cluster.http, f"/api/v1/jobs/{self.job}"))
        return job.get("last_checkpoint", {})

    def fill(self):
        """Until every account is there, and the burst of changes that this was has been dealt with."""
        seconds = self.options.keys / self.options.rate
        rows = lambda: total(self.samples(), "millrace_source_records_total")  # noqa: E731
        wait_until(lambda: rows() >= self.options.keys, 3 * seconds + 60, "every account to be there")
        time.sleep(self.options.settle)

    def measure(self, seconds):
        """Figures of `seconds` at a steady rate."""
        times, deltas, durations = PhaseTimes(), DeltaFiles(self.folder / "checkpoints"), {}
        first = self.samples()
        times.take(first, count=False)
        begun = {"t": time.monotonic(), "cpu": self.worker.cpu_seconds(), "written": written_bytes(self.worker.process.pid),
                 "dirty": deltas.take(), "rows": total(first, "millrace_source_records_total"),
                 "epoch": int(self.last_checkpoint().get("epoch", 0))}
        while time.monotonic() - begun["t"] < seconds:
            time.sleep(POLL_SECONDS)
            times.take(self.samples())
            deltas.take()
            last = self.last_checkpoint()
            if int(last.get("epoch", 0)) > begun["epoch"]:
                durations[last["epoch"]] = int(last.get("duration_ms", 0))
        last = self.samples()
        rows = total(last, "millrace_source_records_total") - begun["rows"]
        return {"seconds": time.monotonic() - begun["t"], "rows": rows,
                "cpu_s_per_million": (self.worker.cpu_seconds() - begun["cpu"]) / rows * 1e6,
                "written": written_bytes(self.worker.process.pid) - begun["written"], "dirty": deltas.take() - begun["dirty"],
                "keys": total(last, "millrace_state_entries"), "state_bytes": total(last, "millrace_state_bytes"),
                "rss_bytes": self.worker.rss_bytes(), "blocked": times.blocked, "phases": times.phases,
                "durations_ms": list(durations.values())}


def milliseconds(values):
    return f"p50 {percentile(values, 0.5) * 1000:.1f} ms, p99 {percentile(values, 0.99) * 1000:.1f} ms, longest {max(values) * 1000:.1f} ms"


def describe(name, found):
    print(f"{name}: {found['rows'] / found['seconds']:.0f} events/s, {found['cpu_s_per_million']:.3f} CPU-seconds per million, "
          f"{found['keys']:.0f} keys, state {found['state_bytes'] / 2**20:.0f} MiB, resident {found['rss_bytes'] / 2**20:.0f} MiB, "
          f"written {found['written'] / 2**20:.0f} MiB, dirty {found['dirty'] / 2**20:.0f} MiB", flush=True)
    for phase, values in sorted(found["phases"].items()):
        print(f"  {phase}: {len(values)} times, {milliseconds(values)}", flush=True)


def final_line(with_checkpoints, without):
    blocked, durations = with_checkpoints["blocked"], with_checkpoints["durations_ms"]
    cpu, cpu_without = with_checkpoints["cpu_s_per_million"], without["cpu_s_per_million"]
    return (f"checkpoint: keys={with_checkpoints['keys']:.0f} state_mib={with_checkpoints['state_bytes'] / 2**20:.0f} "
            f"events_per_s={with_checkpoints['rows'] / with_checkpoints['seconds']:.0f} checkpoints={len(durations)} "
            f"blocked_p50_ms={percentile(blocked, 0.5) * 1000:.1f} blocked_p99_ms={percentile(blocked, 0.99) * 1000:.1f} "
            f"duration_p50_ms={percentile(durations, 0.5)} duration_p99_ms={percentile(durations, 0.99)} "
            f"cpu_s_per_million={cpu:.3f} without={cpu_without:.3f} overhead_percent={(cpu / cpu_without - 1) * 100:.1f} "
            f"written_per_dirty={with_checkpoints['written'] / max(with_checkpoints['dirty'], 1):.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "build/millrace"))
    parser.add_argument("--keys", type=int, default=8_000_000)
    parser.add_argument("--rate", type=int, default=100_000, help="events a second")
    parser.add_argument("--hot-percent", type=int, default=100, help="nine tenths of the events go to so many percent of the keys")
    parser.add_argument("--interval", default="5 s", help="of the checkpoints")
    parser.add_argument("--seconds", type=int, default=200, help="of measuring; deltas are folded every 40 checkpoints")
    parser.add_argument("--seconds-without", type=int, default=60, help="of measuring without checkpoints")
    parser.add_argument("--settle", type=int, default=20, help="seconds between the last new account and the first figure")
    parser.add_argument("--parallelism", type=int, default=2)
    parser.add_argument("--memory", default="8GiB", help="of the worker; without checkpoints nothing can leave it")
    options = parser.parse_args()
    with Run(options, "with", options.interval) as run:
        with_checkpoints = run.measure(options.seconds)
    describe("with checkpoints", with_checkpoints)
    with Run(options, "without", "0 s") as run:
        without = run.measure(options.seconds_without)
    describe("without", without)
    print(final_line(with_checkpoints, without), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
