#!/usr/bin/env python3
"""Outages longer than transaction.timeout.ms, begun in every phase of a publication: nothing is lost or doubled, and no reader stays
held up.

The proxy stops a transaction of the job at a request, which fixes the phase; then the outage comes, and lasts long enough that the
broker gives the transaction up. What the proxy held arrives after it, as a packet from before the outage may.

    outage_test.py [PHASE__OUTAGE ...]      all of PHASES x OUTAGES without arguments
"""

import pathlib
import shutil
import sys
import tempfile
import time
import unittest

from broker import end_in_order_when_terminated
from kafka_proxy import Rule
from rig import Rig, Settings, default_binary, say
from workload import Workload

TRANSACTION_TIMEOUT_SECONDS = 10
OUTAGE_SECONDS = TRANSACTION_TIMEOUT_SECONDS + 3  # The broker looks every second (deploy/kafka/broker.properties).

PHASES = {
    "before_begin": Rule(action="delay", api="AddPartitionsToTxn"),
    "during_produce": Rule(action="delay", api="Produce", transaction="."),
    "after_marker_before_end": Rule(action="delay", api="EndTxn"),
    "end_sent_answer_lost": Rule(action="drop_response", api="EndTxn"),
}


def network_hangs(rig):
    """Job and broker live on; the request does not get through."""
    time.sleep(OUTAGE_SECONDS)


def broker_down(rig):
    rig.broker.kill()
    time.sleep(OUTAGE_SECONDS)
    rig.broker.start()


def job_killed(rig):
    processes = [rig.cluster.coordinator, *rig.cluster.workers]
    for process in processes:
        process.kill()
    time.sleep(OUTAGE_SECONDS)
    for process in processes:
        process.start()


def all_down(rig):
    processes = [rig.cluster.coordinator, *rig.cluster.workers]
    rig.broker.kill()
    for process in processes:
        process.kill()
    time.sleep(OUTAGE_SECONDS)
    rig.broker.start()
    for process in processes:
        process.start()


OUTAGES = {outage.__name__: outage for outage in (network_hangs, broker_down, job_killed, all_down)}


class OutageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="outage-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.rig = Rig(Settings(default_binary(), folder / "rig", Workload(seed=18, partitions=2, rate=500), proxied=True, workers=1,
                               transaction_timeout_ms=TRANSACTION_TIMEOUT_SECONDS * 1000))
        cls.addClassCleanup(cls.rig.stop)
        cls.rig.start()

    def survive(self, phase, outage):
        rig = self.rig
        rig.wait_for_new_rows(f"output before {phase}, {outage}")
        rule = Rule(**{**vars(PHASES[phase]), "id": 0})
        if (phase, outage) == ("after_marker_before_end", "network_hangs"):
            rule.count = -1  # What the client repeats hangs as well: it would come just before the broker gives up.
        rig.proxy.add(rule)
        self.addCleanup(rig.proxy.release_all)
        rig.proxy.wait_for("matched", rule.id)
        begun = time.monotonic()
        OUTAGES[outage](rig)
        rig.proxy.release(rule.id)
        if phase == "after_marker_before_end":
            # It comes by the client's connection or, if that is gone, by one of the proxy's.
            answer = rig.proxy.wait_for(("answered", "delivered"), rule.id)[0]
            self.assertNotEqual(answer["error"], 0, "the transaction outlived the outage, which was too short")
        rig.wait_for_new_rows(f"output after {phase}, {outage}")
        # Nothing is missing, and a reader comes to the end: no transaction is left open.
        rig.wait_until_complete()
        say(f"{phase}, {outage}: all is out again after {time.monotonic() - begun:.1f} s")
        self.assertEqual(rig.progress["violations"], {})


def add_tests():
    for phase in PHASES:
        for outage in OUTAGES:
            def test(self, phase=phase, outage=outage):
                self.survive(phase, outage)
            setattr(OutageTest, f"test_{phase}__{outage}", test)


add_tests()

if __name__ == "__main__":
    end_in_order_when_terminated()
    unittest.main(argv=[sys.argv[0], *(f"OutageTest.test_{name}" for name in sys.argv[1:])], verbosity=2)
