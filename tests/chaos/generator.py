#!/usr/bin/env python3
"""Writes the rows of a workload to a topic, each exactly once: it is the only writer, so the end of a partition says what was written.

A process of its own. Lines of JSON on its standard output: {"sent": [...], "acked": [...]}, rows of each partition, at least every
0.1 s; the last one, after its standard input is closed, has "done".
"""

import argparse
import json
import select
import sys
import time

from kafka_brokers import connect
from kafka_wire import KafkaError, encode_batch
from workload import Workload

TICK_SECONDS = 0.05
BATCH_ROWS = 2000
MAX_ARREARS_SECONDS = 1.0  # After an outage it goes on at its rate instead of catching up.


class Generator:
    def __init__(self, address, topic, workload):
        self.address = address
        self.topic = topic
        self.workload = workload
        self.acked = [0] * workload.partitions
        self.sent = [0] * workload.partitions
        self._connection = None

    @property
    def connected(self):
        return self._connection is not None

    def write(self, wanted):
        """One request on the way to `wanted` rows of each partition. Returns whether they are reached."""
        try:
            if self._connection is None:
                self._connection = connect(self.address, client_id="generator", timeout=40)
                # What became of a request that was not answered.
                self.acked = self._connection.end_offsets(self.topic, self.workload.partitions, isolation=0)
                self.sent = list(self.acked)
            if any(acked < wanted for acked in self.acked):
                self._write_once(wanted)
            return all(acked >= wanted for acked in self.acked)
        except (OSError, KafkaError):
            if self._connection:
                self._connection.close()
            self._connection = None
            return False

    def _write_once(self, wanted):
        batches, ends = {}, list(self.acked)
        for p, begin in enumerate(self.acked):
            ends[p] = max(min(wanted, begin + BATCH_ROWS), begin)
            if ends[p] > begin:
                batches[p] = encode_batch([self.workload.record(p, n) for n in range(begin, ends[p])])
        self.sent = ends
        for p, offset in self._connection.produce(self.topic, batches).items():
            if offset != self.acked[p]:
                raise RuntimeError(f"row {self.acked[p]} of partition {p} was written at {offset}: somebody else writes too")
        self.acked = ends

    def state(self, **more):
        return json.dumps({"sent": self.sent, "acked": self.acked, **more})


def run(generator, commands):
    workload = generator.workload
    due, before, filled = 0.0, time.monotonic(), False
    while True:
        reached = generator.write(workload.skip + int(due))
        print(generator.state(), flush=True)
        filled = filled or reached
        now = time.monotonic()
        if filled and generator.connected:
            due += min(now - before, MAX_ARREARS_SECONDS) * workload.rate / workload.partitions
        before = now
        pause = TICK_SECONDS if reached or not generator.connected else 0
        if select.select([commands], [], [], pause)[0] and generator.connected:
            print(generator.state(done=True), flush=True)
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--broker", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--workload", required=True, type=Workload.from_json)
    options = parser.parse_args()
    run(Generator(options.broker, options.topic, options.workload), sys.stdin)
    return 0


if __name__ == "__main__":
    sys.exit(main())
