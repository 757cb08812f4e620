#!/usr/bin/env python3
"""The fault proxy against a real broker: every action, with kcat and with raw requests."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from broker import Broker, end_in_order_when_terminated, free_port
from kafka_proxy import KafkaProxy, Rule, parse_request
from kafka_wire import (INVALID_PRODUCER_EPOCH, PRODUCER_FENCED, Connection, Transactions, decode_batches, encode_batch, i16, i32,
                        string)


def read(broker, topic):
    """What kcat, an independent reader, finds in a topic."""
    result = subprocess.run(["kcat", "-C", "-b", broker.address, "-t", topic, "-o", "beginning", "-e", "-q", "-X",
                             "isolation.level=read_committed"], capture_output=True, text=True, timeout=60, check=True)
    return result.stdout.split()


def write(address, topic, lines, *options):
    return subprocess.run(["kcat", "-P", "-b", address, "-t", topic, "-X", "reconnect.backoff.ms=10", *options],
                          input="\n".join(lines), text=True, capture_output=True, timeout=120)


class ProxyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="kafka-proxy-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.broker = Broker(cls.folder / "kafka", proxy_port=free_port())
        cls.addClassCleanup(cls.broker.stop)
        cls.broker.start()

    def setUp(self):
        self.proxy = KafkaProxy(self.broker.proxied, self.broker.proxy_port, seed=1)
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        self.topic = self.id().rsplit(".", 1)[-1]
        with Connection(self.broker.address) as connection:
            connection.create_topic(self.topic, 1)

    def transactions(self):
        transactions = Transactions(self.proxy.address, self.topic)
        self.addCleanup(transactions.close)
        transactions.find_coordinators(f"group of {self.topic}")
        transactions.init()
        return transactions

    def test_a_client_that_starts_at_the_proxy_stays_there_for_everything(self):
        rule = self.proxy.add(Rule(action="delay", api="Produce", seconds=0, count=-1))
        transactional = self.proxy.add(Rule(action="delay", api="EndTxn", transaction=self.topic, seconds=0, count=-1))
        self.assertEqual(write(self.proxy.address, self.topic, ["a", "b"], "-X", f"transactional.id={self.topic}").returncode, 0)
        self.proxy.wait_for("forwarded", rule.id, timeout=5)
        self.proxy.wait_for("forwarded", transactional.id, timeout=5)
        self.assertEqual(read(self.broker, self.topic), ["a", "b"])

    def test_a_delayed_request_takes_its_seconds_longer(self):
        self.proxy.add(Rule(action="delay", api="ListOffsets", seconds=0.5))
        with Connection(self.proxy.address) as connection:
            begin = time.monotonic()
            connection.end_offsets(self.topic, 1)
            self.assertGreaterEqual(time.monotonic() - begin, 0.5)

    def test_requests_behind_a_delayed_one_wait_or_overtake_it(self):
        for others_wait in (True, False):
            rule = self.proxy.add(Rule(action="delay", api="CreateTopics", seconds=1, others_wait=others_wait))
            with Connection(self.proxy.address) as connection:
                begin = time.monotonic()
                first = connection.send("CreateTopics", 2, i32(0) + i32(1000) + b"\0")
                second = connection.send("FindCoordinator", 1, string("g") + b"\0")
                connection.receive(first if others_wait else second)
                self.assertEqual(time.monotonic() - begin >= 1, others_wait)
                connection.receive(second if others_wait else first)
            self.assertEqual(len(self.proxy.wait_for("forwarded", rule.id)), 1)

    def test_a_held_request_is_delivered_when_released_although_its_client_is_gone(self):
        rule = self.proxy.add(Rule(action="hold", api="Produce", cut=True))
        with Connection(self.proxy.address) as connection, self.assertRaises(OSError):
            connection.produce(self.topic, {0: encode_batch([(None, b"late")])})
        self.proxy.wait_for("matched", rule.id)
        self.assertEqual(read(self.broker, self.topic), [])
        self.proxy.release(rule.id)
        self.proxy.wait_for("delivered", rule.id)
        self.assertEqual(read(self.broker, self.topic), ["late"])

    def test_a_duplicated_request_arrives_twice_and_is_answered_once(self):
        rule = self.proxy.add(Rule(action="duplicate", api="Produce", seconds=0))
        with Connection(self.proxy.address) as connection:
            connection.produce(self.topic, {0: encode_batch([(None, b"row")])})
            self.proxy.wait_for("delivered", rule.id)
            self.assertEqual(connection.end_offsets(self.topic, 1), [2])
        self.assertEqual(read(self.broker, self.topic), ["row", "row"])

    def test_a_connection_cut_before_forwarding_leaves_nothing_done(self):
        self.proxy.add(Rule(action="cut_before", api="Produce"))
        with Connection(self.proxy.address) as connection, self.assertRaises(OSError):
            connection.produce(self.topic, {0: encode_batch([(None, b"row")])})
        self.assertEqual(read(self.broker, self.topic), [])

    def test_a_connection_cut_after_forwarding_leaves_it_done_and_unknown(self):
        self.proxy.add(Rule(action="cut_after", api="Produce"))
        with Connection(self.proxy.address) as connection, self.assertRaises(OSError):
            connection.produce(self.topic, {0: encode_batch([(None, b"row")])})
        self.assertEqual(read(self.broker, self.topic), ["row"])

    def test_a_dropped_response_leaves_the_connection_open(self):
        rule = self.proxy.add(Rule(action="drop_response", api="Produce"))
        with Connection(self.proxy.address) as connection:
            connection.send("Produce", 3, string(None) + b"\xff\xff" + i32(1000) + i32(1) + string(self.topic) + i32(1) + i32(0)
                            + i32(len(batch := encode_batch([(None, b"row")]))) + batch)
            self.proxy.wait_for("answered", rule.id)
            self.assertEqual(connection.end_offsets(self.topic, 1), [1])

    def test_count_skip_and_client_choose_the_requests(self):
        self.proxy.add(Rule(action="cut_before", api="ListOffsets", client="chosen", skip=1, count=1))
        for client, survives in (("other", True), ("chosen", True), ("other", True), ("chosen", False), ("chosen", True)):
            with Connection(self.proxy.address, client_id=client) as connection:
                try:
                    connection.end_offsets(self.topic, 1)
                    self.assertTrue(survives)
                except OSError:
                    self.assertFalse(survives)

    def test_the_same_seed_hits_the_same_requests(self):
        def hits(seed):
            with KafkaProxy(self.broker.proxied, seed=seed) as proxy:
                proxy.add(Rule(action="delay", api="ListOffsets", seconds=0, count=-1, probability=0.5))
                with Connection(proxy.address) as connection:
                    for _ in range(40):
                        connection.end_offsets(self.topic, 1)
                return [event["correlation"] for event in proxy.events() if event["event"] == "matched"]

        self.assertEqual(hits(7), hits(7))
        self.assertNotEqual(hits(7), hits(8))

    def test_transactional_requests_are_told_apart_by_their_id_in_every_version(self):
        for version, head in ((1, string("client") + string("id")), (3, string("client") + b"\0" + b"\x03id")):
            frame = i16(26) + i16(version) + i32(7) + head + b"\0" * 11
            request = parse_request(i32(len(frame)) + frame)
            self.assertEqual((request.api, request.client, request.transaction), ("EndTxn", "client", "id"))

    def test_an_end_of_transaction_that_comes_late_is_refused_once_the_epoch_was_bumped(self):
        transactions = self.transactions()
        rule = self.proxy.add(Rule(action="duplicate", api="EndTxn"))
        transactions.produce(self.topic, 0, [(None, b"first")])
        transactions.end()
        transactions.init()
        transactions.produce(self.topic, 0, [(None, b"second")])
        self.proxy.release(rule.id)
        self.assertIn(self.proxy.wait_for("delivered", rule.id)[0]["error"], (INVALID_PRODUCER_EPOCH, PRODUCER_FENCED))
        self.assertEqual(read(self.broker, self.topic), ["first"])
        transactions.end()
        self.assertEqual(read(self.broker, self.topic), ["first", "second"])

    def test_an_end_of_transaction_that_comes_late_tears_the_next_one_of_a_reused_producer(self):
        transactions = self.transactions()
        rule = self.proxy.add(Rule(action="duplicate", api="EndTxn"))
        transactions.produce(self.topic, 0, [(None, b"first")])
        transactions.end()
        transactions.produce(self.topic, 0, [(None, b"half")])
        self.proxy.release(rule.id)
        self.assertEqual(self.proxy.wait_for("delivered", rule.id)[0]["error"], 0)
        self.assertEqual(read(self.broker, self.topic), ["first", "half"])

    def test_control_port_adds_rules_and_tells_what_they_did(self):
        process = subprocess.Popen(
            [sys.executable, str(pathlib.Path(__file__).with_name("kafka_proxy.py")), "--broker", self.broker.proxied],
            stdout=subprocess.PIPE, text=True, env=dict(os.environ))
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        ports = json.loads(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", ports["control"]), 10) as control, control.makefile("rw") as lines:
            def ask(command):
                print(json.dumps(command), file=lines, flush=True)
                return json.loads(lines.readline())

            self.assertEqual(ask({"add": {"action": "cut_before", "api": "ListOffsets"}}), {"id": 1})
            with Connection(f"127.0.0.1:{ports['proxy']}") as connection, self.assertRaises(OSError):
                connection.end_offsets(self.topic, 1)
            self.assertEqual([event["event"] for event in ask({"events": 0})["events"]], ["matched"])
            self.assertIn("is none of", ask({"add": {"action": "explode"}})["error"])
            self.assertIn("no request of Kafka", ask({"add": {"action": "hold", "api": "EndTx"}})["error"])


class RecordsTest(unittest.TestCase):
    def test_records_come_back_as_they_were_written(self):
        records = [(b"key", b"value"), (None, b""), (b"", None), (b"k" * 200, b"v" * 70_000)]
        batch = decode_batches(encode_batch(records))[0]
        self.assertEqual(batch.records, [(n, key, value) for n, (key, value) in enumerate(records)])
        self.assertEqual(batch.next_offset, 4)

    def test_a_batch_that_is_cut_off_is_left_for_the_next_fetch(self):
        whole = encode_batch([(None, b"a")])
        self.assertEqual(len(decode_batches(whole + whole[:-1])), 1)


if __name__ == "__main__":
    end_in_order_when_terminated()
    unittest.main(verbosity=2)
