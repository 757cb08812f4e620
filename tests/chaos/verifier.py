#!/usr/bin/env python3
"""Reads the outputs of the chaos job all the time, as a read_committed reader, and judges every record (oracle.py).

A process of its own. Lines of JSON on its standard output:
    {"progress": ..., "t": monotonic, "distinct": N, "reached": [...], "records": N, "epochs": N, "violations": {...}}   after each pass with news
    {"missing": {...}, "settled": true}     the answer to {"written": [rows of each partition]} on its standard input
    {"report": {...}}                       the answer to {"end": [rows of each partition]}, after which it ends
"""

import argparse
import json
import select
import subprocess
import sys
import time

from committed_log import CommittedLog
from kafka_wire import decode_group_commit
from oracle import KINDS, Oracle, parse_marker
from workload import Workload

OFFSETS_TOPIC = "__consumer_offsets"
OFFSETS_PARTITIONS = 4  # deploy/kafka/broker.properties


class Verifier:
    def __init__(self, address, workload, topics, transactional):
        """`topics`: {output ("passed", ...): (topic, partitions)}."""
        self.address = address
        self.topics = topics
        self.oracle = Oracle(workload, topics, transactional)
        self._output_of = {topic: output for output, (topic, _) in topics.items()}
        self._log = CommittedLog(address, {**dict(topics.values()), OFFSETS_TOPIC: OFFSETS_PARTITIONS}, optional=[OFFSETS_TOPIC])

    def read(self):
        """One pass. Returns whether anything new was visible."""
        try:
            visible = self._log.read()
        except OSError:
            time.sleep(0.05)
            return False
        for place, batch in visible:
            for offset, key, value in batch.records:
                if place[0] == OFFSETS_TOPIC:
                    self._commit(batch.producer, key, value)
                else:
                    self.oracle.record(self._output_of[place[0]], (place[1], offset), value, batch.producer)
        self.oracle.pass_ended(self.settled)
        return bool(visible)

    def _commit(self, producer, key, value):
        commit = decode_group_commit(key, value)
        if commit is None:
            return
        group, topic, _, offset, metadata = commit
        fields = parse_marker(metadata)
        if fields is not None and topic in self._output_of:
            self.oracle.transactions.marker(producer, group, offset, fields)

    def close(self):
        self._log.close()

    @property
    def settled(self):
        return self._log.settled

    def progress(self):
        oracle = self.oracle
        return {"progress": True, "t": time.monotonic(), "distinct": oracle.distinct, "reached": oracle.passed.reached,
                "records": oracle.records, "epochs": len(oracle.transactions.epochs), "violations": dict(oracle.violations.counts)}

    def report(self, written):
        oracle = self.oracle
        oracle.ended(written)
        try:
            seen = count_with_kcat(self.address, [topic for topic, _ in self.topics.values()])
        except subprocess.SubprocessError as error:
            seen = f"no end ({error})"
        if seen != oracle.records:
            oracle.violations.add("wrong", f"kcat finds {seen} records in the outputs, this reader {oracle.records}")
        counts = oracle.violations.counts
        return {"report": {"records": oracle.records, "distinct": oracle.distinct, "epochs": len(oracle.transactions.epochs),
                           "transactions": oracle.transactions.transactions, **{kind: counts[kind] for kind in KINDS},
                           "examples": oracle.violations.examples}}


def count_with_kcat(address, topics):
    """A second, independent reader: are the same records visible to it?"""
    total = 0
    for topic in topics:
        result = subprocess.run(["kcat", "-C", "-b", address, "-t", topic, "-o", "beginning", "-e", "-q", "-f", "\n", "-X",
                                 "isolation.level=read_committed"], capture_output=True, timeout=300, check=True)
        total += result.stdout.count(b"\n")
    return total


def serve(verifier, commands, answers):
    say = lambda line: print(json.dumps(line), file=answers, flush=True)  # noqa: E731
    while True:
        if verifier.read():
            say(verifier.progress())
        if not select.select([commands], [], [], 0)[0]:
            continue
        line = commands.readline()
        if not line:
            return
        command = json.loads(line)
        if "written" in command:
            say({"missing": verifier.oracle.missing(command["written"]), "settled": verifier.settled})
        elif "end" in command:
            say(verifier.report(command["end"]))
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--broker", required=True)
    parser.add_argument("--workload", required=True, type=Workload.from_json)
    parser.add_argument("--topics", required=True, type=json.loads, help='{"passed": ["topic", partitions], ...}')
    parser.add_argument("--guarantee", default="exactly-once")
    options = parser.parse_args()
    verifier = Verifier(options.broker, options.workload, options.topics, options.guarantee == "exactly-once")
    # Unbuffered, so that select() sees every line.
    serve(verifier, open(0, "rb", buffering=0), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
