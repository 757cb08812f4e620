#!/usr/bin/env python3
"""The oracle finds what it is for: each violation, made on purpose, and nothing in outputs that are right."""

import json
import unittest

from committed_log import _Partition
from kafka_wire import Batch, crc32c
from oracle import Oracle, PrefixCheck, parse_marker
from workload import Workload, time_text

WORKLOAD = Workload(seed=3, partitions=2, keys=5, rate=40)
OUTPUTS = ("passed", "counted", "running")
SLOT = "millrace.job-1.passed.0"


class OracleTest(unittest.TestCase):
    def setUp(self):
        self.oracle = Oracle(WORKLOAD, OUTPUTS, transactional=True)
        self.offset = 0

    # What the job does.

    def put(self, output, fields, partition=0, producer=(1, 0)):
        self.offset += 1
        value = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        self.oracle.record(output, (partition, self.offset), value, producer)

    def put_passed(self, rows, p=0, producer=(1, 0), **place):
        for n in rows:
            self.put("passed", WORKLOAD.fields(p, n), producer=producer, **place)

    def mark(self, epoch, records, after=0, producer=(1, 0), slot=SLOT):
        text = f"millrace-marker-1 slot={slot} epoch={epoch} after={after} records={records} digest=00000000"
        self.oracle.transactions.marker(producer, slot, epoch, parse_marker(text))

    def transaction(self, rows, epoch, after, producer, p=0):
        rows = list(rows)
        self.put_passed(rows, p, producer)
        self.mark(epoch, len(rows), after, producer)

    def windows(self, p, count):
        for window in range(count):
            for index, result in WORKLOAD.windows(p, window, 1 << 62).items():
                yield {"k": WORKLOAD.key(p, index), "window_start": time_text(window * 1000), "cnt": result.rows,
                       "first_n": result.first, "last_n": result.last}

    def running(self, p, index, count):
        return {"k": WORKLOAD.key(p, index), "cnt": count, "last_n": WORKLOAD.row_of_key(p, index, count - 1)}

    # What is found.

    def settle(self):
        self.oracle.pass_ended(settled=True)
        self.oracle.pass_ended(settled=True)

    def assert_found(self, **counts):
        self.assertEqual({kind: n for kind, n in self.oracle.violations.counts.items() if n}, counts, self.oracle.violations.examples)


class PassedTest(OracleTest):
    def test_every_row_once_in_order_is_right(self):
        self.transaction(range(7), 1, 0, (1, 0))
        self.transaction(range(7, 10), 3, 1, (1, 1))
        self.settle()
        self.oracle.passed.ended([10, 0])
        self.assert_found()

    def test_a_row_that_never_comes_is_lost(self):
        self.put_passed(range(8))
        self.mark(1, 8)
        self.oracle.passed.ended([10, 0])
        self.assert_found(lost=2)

    def test_missing_rows_are_counted_before_the_end(self):
        self.put_passed([0, 1, 3])
        self.assertEqual(self.oracle.missing([5, 1])["passed"], 3)
        self.assert_found()

    def test_a_row_that_comes_twice_is_duplicated(self):
        self.put_passed([0, 1, 1])
        self.assert_found(duplicated=1)

    def test_an_epoch_that_is_published_again_is_duplicated(self):
        self.transaction(range(7), 1, 0, (1, 0))
        self.transaction(range(7), 1, 0, (1, 1))
        self.assertEqual(self.oracle.violations.counts["duplicated"], 7)

    def test_a_key_that_goes_back_is_reordered(self):
        later = WORKLOAD.row_of_key(0, 2, 1)
        earlier = WORKLOAD.row_of_key(0, 2, 0)
        self.put_passed([later, earlier])
        self.assert_found(reordered=1)

    def test_rows_of_other_keys_may_come_in_any_order_across_partitions(self):
        self.put_passed([1], partition=0)
        self.put_passed([0], partition=1)
        self.assert_found()

    def test_a_row_that_was_changed_is_wrong(self):
        for change in ({"seq": 7}, {"k": "0-4-"}, {"at": time_text(1)}, {"n": -1}, {"p": 2}, {"more": 1}, {"n": "0"}):
            self.put("passed", {**WORKLOAD.fields(0, 0), **change})
        self.put("passed", b"{")
        self.put("passed", b"null")
        self.assert_found(wrong=9)

    def test_a_row_that_was_never_written_is_wrong(self):
        self.put_passed(range(11))
        self.oracle.passed.ended([10, 0])
        self.assert_found(wrong=1)

    def test_a_hole_that_stays_is_torn(self):
        self.put_passed([0, 1, 4])
        self.oracle.passed.pass_ended(settled=False)
        self.oracle.passed.pass_ended(settled=False)
        self.assert_found()
        self.oracle.passed.pass_ended(settled=True)
        self.oracle.passed.pass_ended(settled=True)
        self.assert_found(torn=1)

    def test_a_hole_that_the_next_pass_fills_is_none(self):
        self.put_passed([0, 1, 4])
        self.oracle.passed.pass_ended(settled=True)
        self.put_passed([2, 3], partition=1)
        self.oracle.passed.pass_ended(settled=True)
        self.assert_found()


class SkippedTest(unittest.TestCase):
    def test_rows_that_only_fill_the_state_are_neither_holes_nor_lost(self):
        workload = Workload(partitions=1, keys=5, skip=5)
        oracle = Oracle(workload, ("passed",), transactional=False)
        check = PrefixCheck(workload, oracle.violations)
        for _ in range(2):
            check.pass_ended(settled=True)
        for n in range(5, 8):
            check.record((0, n), workload.record(0, n)[1])
        for _ in range(2):
            check.pass_ended(settled=True)
        check.ended([8])
        self.assertEqual(check.missing([9]), 1)
        self.assertFalse(oracle.violations.any())


class TransactionsTest(OracleTest):
    def test_half_an_epoch_is_torn(self):
        self.put_passed(range(3))
        self.mark(1, 7)
        self.settle()
        self.assert_found(torn=1)

    def test_half_an_epoch_in_one_transaction_and_all_of_it_in_the_next_is_torn_and_duplicated(self):
        self.put_passed(range(3), producer=(1, 0))
        self.transaction(range(7), 1, 0, (1, 1))
        self.settle()
        self.assert_found(torn=1, duplicated=3)

    def test_the_second_half_of_an_epoch_in_another_transaction_is_torn(self):
        self.put_passed(range(3), producer=(1, 0))
        self.put_passed(range(3, 7), producer=(1, 1))
        self.mark(1, 7, producer=(1, 1))
        self.settle()
        self.assert_found(torn=2)

    def test_an_epoch_of_which_rows_in_between_are_missing_is_torn(self):
        self.transaction([0, 1, 3], 1, 0, (1, 0))
        self.oracle.transactions.pass_ended(settled=True)
        self.assert_found(torn=1)

    def test_records_that_wait_for_their_marker_are_not_torn_yet(self):
        self.put_passed(range(3))
        self.oracle.pass_ended(settled=True)
        self.mark(1, 3)
        self.oracle.pass_ended(settled=True)
        self.assert_found()

    def test_a_transaction_that_is_not_decided_everywhere_is_not_torn_yet(self):
        self.put_passed(range(3))
        for _ in range(5):
            self.oracle.pass_ended(settled=False)
        self.assert_found()

    def test_a_marker_that_goes_back_is_torn(self):
        self.mark(5, 0)
        self.mark(4, 0, after=3)
        self.assert_found(torn=1)

    def test_a_marker_that_skips_an_epoch_is_torn(self):
        self.mark(5, 0)
        self.mark(9, 0, after=7)
        self.assert_found(torn=1)

    def test_a_producer_that_is_used_for_several_transactions_is_balanced_by_their_sum(self):
        self.transaction(range(3), 1, 0, (1, 0))
        self.transaction(range(3, 7), 2, 1, (1, 0))
        self.settle()
        self.assert_found()


class CountedTest(OracleTest):
    def setUp(self):
        super().setUp()
        self.written = [200, 200]
        self.due = WORKLOAD.closed_windows(self.written)

    def put_all(self, change=lambda rows: rows):
        for p in range(WORKLOAD.partitions):
            for row in change(list(self.windows(p, self.due))):
                self.put("counted", row)
        self.oracle._checks["counted"].ended(self.written)

    def test_every_window_that_is_due_is_right(self):
        self.assertGreater(self.due, 5)
        self.put_all()
        self.assert_found()

    def test_a_window_that_never_comes_is_lost(self):
        self.put_all(lambda rows: rows[1:])
        self.assert_found(lost=2)

    def test_a_window_that_comes_twice_is_duplicated(self):
        self.put_all(lambda rows: rows + rows[-1:])
        self.assert_found(duplicated=2)

    def test_windows_of_a_key_that_go_back_are_reordered(self):
        def last_to_front(rows):
            return rows[-1:] + rows[:-1]
        self.put_all(last_to_front)
        self.assertGreater(self.oracle.violations.counts["reordered"], 0)

    def test_a_window_that_counts_a_row_twice_or_not_is_wrong(self):
        for more in (1, -1):
            row = next(self.windows(0, 1))
            self.put("counted", {**row, "cnt": row["cnt"] + more})
        self.assert_found(wrong=2)

    def test_a_window_that_no_row_falls_into_is_wrong(self):
        self.put("counted", {**next(self.windows(0, 1)), "window_start": time_text(-1000)})
        self.put("counted", {**next(self.windows(0, 1)), "window_start": time_text(500)})
        self.put("counted", {**next(self.windows(0, 1)), "k": "7-0"})
        self.assert_found(wrong=3)


class RunningTest(OracleTest):
    def end(self, written):
        self.oracle._checks["running"].ended(written)

    def put_counts(self, *counts, index=0):
        for count in counts:
            self.put("running", self.running(0, index, count))

    def put_rest(self, rows):
        """The last count of every key but the first."""
        for index in range(1, WORKLOAD.keys):
            self.put("running", self.running(0, index, WORKLOAD.rows_of_key(0, index, rows)))

    def test_counts_that_rise_to_the_last_row_are_right(self):
        self.put_counts(1, 2, 4)
        self.put_rest(20)
        self.end([20, 0])
        self.assert_found()

    def test_a_count_that_does_not_reach_the_last_row_is_lost(self):
        self.put_counts(1, 2)
        self.put_rest(20)
        self.end([20, 0])
        self.assert_found(lost=2)

    def test_a_count_that_repeats_is_duplicated_and_one_that_falls_is_reordered(self):
        self.put_counts(1, 2, 2, 1)
        self.assert_found(duplicated=1, reordered=1)

    def test_a_count_of_more_rows_than_there_are_is_wrong(self):
        self.put_counts(5)
        self.put_rest(20)
        self.end([20, 0])
        self.assert_found(wrong=1)

    def test_after_a_replay_lower_counts_are_duplicates(self):
        self.oracle = Oracle(WORKLOAD, OUTPUTS, transactional=False)
        self.put_counts(1, 2, 3, 2, 3, 4)
        self.assert_found(duplicated=2)

    def test_a_count_with_another_row_than_it_counts_is_wrong(self):
        self.put("running", {**self.running(0, 0, 2), "last_n": 1})
        self.put("running", {**self.running(0, 0, 2), "cnt": 0})
        self.assert_found(wrong=2)


class WorkloadTest(unittest.TestCase):
    def test_every_key_occurs_once_in_a_block(self):
        for p in range(WORKLOAD.partitions):
            for block in range(4):
                rows = range(block * WORKLOAD.keys, (block + 1) * WORKLOAD.keys)
                self.assertEqual(sorted(WORKLOAD.index_of(p, n) for n in rows), list(range(WORKLOAD.keys)))

    def test_a_row_is_found_by_its_key_and_number(self):
        for n in range(50):
            self.assertEqual(WORKLOAD.row_of_key(1, WORKLOAD.index_of(1, n), n // WORKLOAD.keys), n)

    def test_rows_of_a_key_are_counted(self):
        for written in range(23):
            for index in range(WORKLOAD.keys):
                self.assertEqual(WORKLOAD.rows_of_key(0, index, written),
                                 sum(WORKLOAD.index_of(0, n) == index for n in range(written)))

    def test_windows_hold_every_row_once(self):
        for workload in (WORKLOAD, Workload(partitions=3, keys=7, rate=70, skip=11)):
            for p in range(workload.partitions):
                counted = sum(r.rows for window in range(30) for r in workload.windows(p, window, 500).values())
                within = sum(workload.at(p, n) < 30_000 for n in range(workload.skip, 500))
                self.assertEqual(counted, within)

    def test_no_row_is_late(self):
        latest = 0
        for n in range(2000):
            self.assertGreater(WORKLOAD.at(0, n), latest - 1000)
            latest = max(latest, WORKLOAD.at(0, n))

    def test_keys_are_filled_up_and_recognized(self):
        workload = Workload(keys=50, key_bytes=200)
        self.assertEqual(len(workload.key(2, 17)), 200)
        self.assertEqual(workload.parse_key(workload.key(2, 17)), (2, 17))
        self.assertIsNone(workload.parse_key(workload.key(2, 17)[:-1]))


class ChecksumTest(unittest.TestCase):
    def test_checksums_are_those_of_rfc_3720(self):
        for data, expected in ((b"", 0), (b"123456789", 0xE3069283), (bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43)):
            self.assertEqual(crc32c(data), expected)


class CommittedLogTest(unittest.TestCase):
    def batches(self, *described):
        """(producer, what): records of a transaction, or how it ended."""
        return [Batch(n, n + 1, (producer, 0), True, what if what in ("commit", "abort") else "",
                      [] if what in ("commit", "abort") else [(n, None, what.encode())]) for n, (producer, what) in enumerate(described)]

    def visible(self, partition, batches):
        return [record[2].decode() for batch in partition.take(batches) for record in batch.records]

    def test_records_come_out_when_their_transaction_is_committed_in_the_order_of_offsets(self):
        partition = _Partition()
        batches = self.batches((1, "a"), (2, "b"), (2, "commit"), (1, "c"), (1, "commit"))
        self.assertEqual(self.visible(partition, batches[:3]), [])
        self.assertEqual(self.visible(partition, batches[3:]), ["a", "b", "c"])

    def test_records_of_an_aborted_transaction_never_come_out(self):
        self.assertEqual(self.visible(_Partition(), self.batches((1, "a"), (1, "abort"), (1, "b"), (1, "commit"))), ["b"])

    def test_a_batch_that_is_read_again_is_dropped(self):
        partition = _Partition()
        batches = self.batches((1, "a"), (1, "commit"))
        self.assertEqual(self.visible(partition, batches + batches), ["a"])


if __name__ == "__main__":
    unittest.main()
