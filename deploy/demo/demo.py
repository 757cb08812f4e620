#!/usr/bin/env python3
"""The demo: fraud detection on generated card transactions, one worker killed with -9 midway, alerts compared with the truth.

Ends with one line: demo: transactions=N alerts_expected=N alerts_found=N missing=N wrong=N duplicated=N
Exit status 0 only if nothing is missing, wrong or there twice.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import time

from cluster import Cluster, read_topic, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]


def key_of(alert):
    return alert["rule"], alert["card"], alert["window_start"]


def compare(truth_lines, found_lines):
    """Counts (missing, wrong, duplicated): an alert is wrong if the truth has none like it, field by field."""
    truth = {key_of(a): a for a in map(json.loads, truth_lines)}
    seen = {}
    wrong = duplicated = 0
    for alert in map(json.loads, found_lines):
        if truth.get(key_of(alert)) != alert:
            wrong += 1
        elif key_of(alert) in seen:
            duplicated += 1
        else:
            seen[key_of(alert)] = alert
    return len(truth), len(truth) - len(seen), wrong, duplicated


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def show_alerts(lines, count):
    for line in lines[-count:]:
        alert = json.loads(line)
        say("  alert " + " ".join(f"{name}={value}" for name, value in alert.items()))


def feed(binary, bootstrap, folder, options):
    """Starts the generator, which writes transactions to Kafka and the truth to a file."""
    return subprocess.Popen(
        [binary, "datagen", "cards", "--transactions", str(options.transactions), "--seed", str(options.seed),
         "--kafka", bootstrap, "--topic", options.topic_in, "--truth", str(folder / "truth.jsonl"),
         "--rate", str(options.rate)])


def run(options):
    folder = pathlib.Path(options.folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # Either worker alone has the slots that the job needs.
    with Cluster(options.binary, folder, workers=2, slots=4) as cluster:
        say(f"coordinator on {cluster.rpc} (http://{cluster.http}), two workers")
        job = cluster.submit(ROOT / "examples/fraud/job.sql", bootstrap=options.bootstrap,
                             transactions=options.topic_in, alerts=options.topic_out)
        cluster.wait_for_state(job, "RUNNING")
        say(f"{job} runs: examples/fraud/job.sql")
        generator = feed(options.binary, options.bootstrap, folder, options)
        say(f"feeding {options.transactions} transactions into 4 partitions")

        def half_way():
            stages = cluster.job(job)["stages"]
            read = max(int(stage["records_out"]) for stage in stages)
            return read >= options.transactions // 2 or generator.poll() is not None

        wait_until(half_way, 600, "half of the transactions")
        victim = cluster.workers[1]
        say(f"kill -9 {victim.name} (pid {victim.process.pid})")
        victim.kill()
        show_alerts(read_topic(options.bootstrap, options.topic_out), 3)
        time.sleep(2)
        victim.start()
        say(f"{victim.name} started again, with nothing but its configuration")
        if generator.wait() != 0:
            raise RuntimeError("the generator failed")
        truth = (folder / "truth.jsonl").read_text().splitlines()
        say(f"all transactions are written; {len(truth)} alerts are expected")
        counts = wait_for_alerts(cluster, job, truth, options)
        show_alerts(read_topic(options.bootstrap, options.topic_out), 3)
        restarts = cluster.job(job)["restarts"]
        say(f"the job was restarted {restarts} time(s) from its last checkpoint")
        if not options.once and sys.stdin.isatty():
            input(f"the job still runs; look at http://{cluster.http}/api/v1/jobs and /metrics, then press Enter to end: ")
        cluster.cli("job", "stop", job)
    expected, missing, wrong, duplicated = counts
    print(f"demo: transactions={options.transactions} alerts_expected={expected} alerts_found={expected - missing} "
          f"missing={missing} wrong={wrong} duplicated={duplicated}", flush=True)
    return 0 if missing == wrong == duplicated == 0 else 1


def wait_for_alerts(cluster, job, truth, options):
    """Until nothing is missing, or for as long as the job still makes progress."""
    quiet_since, last = time.monotonic(), None
    while True:
        lines = read_topic(options.bootstrap, options.topic_out)
        counts = compare(truth, lines)
        if counts[1] == 0:
            return counts
        progress = (len(lines), str(cluster.job(job)["stages"]))
        if progress != last:
            quiet_since, last = time.monotonic(), progress
        if time.monotonic() - quiet_since > 20:
            return counts
        say(f"{len(lines)} alerts so far, {counts[1]} to come")
        time.sleep(2)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(ROOT / "build/millrace"))
    parser.add_argument("--bootstrap", default="127.0.0.1:9092")
    parser.add_argument("--folder", default=str(ROOT / "build/demo"))
    parser.add_argument("--transactions", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=50_000, help="transactions per second; 0: as fast as possible")
    parser.add_argument("--once", action="store_true", help="end without waiting for a person")
    parser.add_argument("--topic-in", default="transactions")
    parser.add_argument("--topic-out", default="alerts")
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
