#!/usr/bin/env python3
"""Requests of a transaction that arrive late or twice, when the next transaction is under way: scenarios F16 and F17.

Every transaction of a slot has a producer of its own, so a late request carries an epoch that is fenced. The controls show what
happens without that rule, and that the verifier sees it.
"""

import pathlib
import shutil
import tempfile
import unittest

from broker import Broker, end_in_order_when_terminated, free_port
from kafka_proxy import KafkaProxy, Rule
from kafka_wire import Connection, KafkaError, Transactions
from oracle import KINDS
from rig import Rig, Settings, default_binary
from verifier import Verifier
from workload import Workload

WORKLOAD = Workload(seed=16, partitions=1, keys=10)

class Slot:
    """The staged protocol, on requests one by one. `reuse`: one producer for all transactions."""

    def __init__(self, address, topic, reuse):
        self._topic = topic
        self._name = f"control.{topic}.0"
        self._transactions = Transactions(address, self._name)
        self._transactions.find_coordinators(self._name)
        self._transactions.init()
        self._reuse = reuse
        self._published = 0

    def close(self):
        self._transactions.close()

    def begin(self):
        if not self._reuse:
            self._transactions.init()

    def produce(self, rows):
        for n in rows:
            self._transactions.produce(self._topic, n % 3, [WORKLOAD.record(0, n)])

    def mark(self, epoch, records):
        text = f"millrace-marker-1 slot={self._name} epoch={epoch} after={self._published} records={records} digest=00000000"
        self._transactions.commit_offset(self._name, self._topic, epoch, text)

    def commit(self, epoch):
        self._transactions.end()
        self._published = epoch

    def publish(self, rows, epoch):
        self.begin()
        self.produce(rows)
        self.mark(epoch, len(rows))
        self.commit(epoch)

    def publish_anew(self, rows, epoch):
        """After an error: fence, then all of it again."""
        self._transactions.init()
        self.produce(rows)
        self.mark(epoch, len(rows))
        self.commit(epoch)


class ControlTest(unittest.TestCase):
    """With raw requests in place of the job."""

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="delayed-requests-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.broker = Broker(folder, proxy_port=free_port())
        cls.addClassCleanup(cls.broker.stop)
        cls.broker.start()

    def setUp(self):
        self.proxy = KafkaProxy(self.broker.proxied, self.broker.proxy_port)
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        self.topic = self.id().rsplit(".", 1)[-1]
        with Connection(self.broker.address) as connection:
            connection.create_topic(self.topic, 3)

    def slot(self, reuse):
        slot = Slot(self.proxy.address, self.topic, reuse)
        self.addCleanup(slot.close)
        return slot

    def violations(self):
        """What the verifier finds in what is visible now."""
        verifier = Verifier(self.broker.address, WORKLOAD, {"passed": (self.topic, 3)}, transactional=True)
        self.addCleanup(verifier.close)
        for _ in range(20):
            verifier.read()
        self.assertTrue(verifier.settled)
        return {kind: count for kind, count in verifier.oracle.violations.counts.items() if count}

    def publish_with_a_late_end(self, slot):
        rule = self.proxy.add(Rule(action="duplicate", api="EndTxn"))
        slot.publish(range(10), 1)
        slot.begin()
        slot.produce(range(10, 15))
        self.proxy.release(rule.id)
        error = self.proxy.wait_for("delivered", rule.id)[0]["error"]
        try:
            slot.produce(range(15, 20))
            slot.mark(2, 10)
            slot.commit(2)
        except KafkaError:
            slot.publish_anew(range(10, 20), 2)
        return error

    def publish_with_a_late_marker(self, slot):
        rule = self.proxy.add(Rule(action="duplicate", api="TxnOffsetCommit", copies=2))
        slot.publish(range(10), 1)
        slot.begin()
        slot.produce(range(10, 20))
        slot.mark(2, 10)
        self.proxy.release(rule.id)
        errors = [event["error"] for event in self.proxy.wait_for("delivered", rule.id, count=2)]
        slot.commit(2)
        return errors

    def test_a_late_end_is_refused_when_every_transaction_has_its_producer(self):
        self.assertNotEqual(self.publish_with_a_late_end(self.slot(reuse=False)), 0)
        self.assertEqual(self.violations(), {})

    def test_a_late_end_tears_the_next_epoch_of_a_reused_producer(self):
        self.assertEqual(self.publish_with_a_late_end(self.slot(reuse=True)), 0)
        self.assertGreater(self.violations().get("torn", 0), 0)

    def test_a_late_marker_is_refused_when_every_transaction_has_its_producer(self):
        self.assertNotIn(0, self.publish_with_a_late_marker(self.slot(reuse=False)))
        self.assertEqual(self.violations(), {})

    def test_a_late_marker_takes_that_of_a_reused_producer_back(self):
        self.assertEqual(self.publish_with_a_late_marker(self.slot(reuse=True)), [0, 0])
        self.assertGreater(self.violations().get("torn", 0), 0)


class JobTest(unittest.TestCase):
    """With the job: a late request finds the next transaction of its slot just where it would do harm."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="delayed-requests-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.rig = Rig(Settings(default_binary(), cls.folder / "rig", WORKLOAD, proxied=True, workers=1, slots=1))
        cls.addClassCleanup(cls.rig.stop)
        cls.rig.start()

    def setUp(self):
        self.proxy = self.rig.proxy
        self.addCleanup(self.proxy.release_all)
        self.rig.wait_for_new_rows("output")

    def deliver_late(self, late, obstacle, epochs):
        """`late` first catches a request; after some epochs, `obstacle` stops a later transaction of the same slot at a request,
        and then the late one arrives. Returns the broker's answers to it."""
        late = self.proxy.add(late)
        slot = self.proxy.wait_for("matched", late.id)[0]["transaction"]
        begun = self.rig.progress["epochs"]
        self.rig.wait(lambda: self.rig.progress["epochs"] >= begun + epochs, f"{epochs} epochs")
        obstacle.transaction = slot
        obstacle = self.proxy.add(obstacle)
        self.proxy.wait_for("matched", obstacle.id)
        self.proxy.release(late.id)
        errors = [event["error"] for event in self.proxy.wait_for("delivered", late.id, count=late.copies)]
        self.proxy.release(obstacle.id)
        return errors

    def assert_nothing_is_harmed(self):
        self.rig.wait_for_new_rows("output afterwards")
        self.rig.wait_until_complete()
        self.assertEqual({kind: n for kind, n in self.rig.progress["violations"].items() if kind in KINDS}, {})

    def test_an_end_that_arrives_before_the_marker_of_the_next_transaction(self):
        for epochs in (1, 20):
            errors = self.deliver_late(Rule(action="hold", api="EndTxn", cut=True), Rule(action="delay", api="TxnOffsetCommit"), epochs)
            self.assert_nothing_is_harmed()
            self.assertNotIn(0, errors)

    def test_an_end_that_arrives_again_while_the_next_transaction_produces(self):
        errors = self.deliver_late(Rule(action="duplicate", api="EndTxn", copies=2), Rule(action="delay", api="Produce", skip=1), 1)
        self.assert_nothing_is_harmed()
        self.assertNotIn(0, errors)

    def test_a_marker_that_arrives_twice_after_the_next_one(self):
        for epochs in (1, 20):
            errors = self.deliver_late(Rule(action="duplicate", api="TxnOffsetCommit", copies=2), Rule(action="delay", api="EndTxn"),
                                       epochs)
            self.assert_nothing_is_harmed()
            self.assertNotIn(0, errors)


if __name__ == "__main__":
    end_in_order_when_terminated()
    unittest.main(verbosity=2)
