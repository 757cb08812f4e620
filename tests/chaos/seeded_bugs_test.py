#!/usr/bin/env python3
"""The bugs of seeded_bugs.py are those of the engine, and the output of a suite is judged for what it says."""

import re
import unittest

from failpoints import failpoint_names
from seeded_bugs import BUGS, HERE, Bug, Finding, Suite, judge, names_in_the_engine, table

CHAOS = Suite("chaos.py", "--kills 1")
TEST = Suite("zombie_test.py", "ZombieTest")
LAST_LINE = ("chaos: kills=2 records=10 epochs=3 lost={lost} duplicated={duplicated} reordered=0 wrong=0 torn=0 "
             "recovery_p50_ms=0 recovery_p99_ms=0\n")
STATE = ("  job job-1: JOB_STATE_FAILED, 4 restarts, last checkpoint {'epoch': '7'}, "
         "message: task 'Sink: a' 3/4 on worker worker-3: rows are out already\n")


class TableTest(unittest.TestCase):
    def test_the_bugs_of_the_table_are_those_of_the_engine(self):
        self.assertEqual(sorted(bug.name for bug in BUGS), sorted(names_in_the_engine()))

    def test_there_are_eight_at_least(self):
        self.assertGreaterEqual(len(BUGS), 8)

    def test_every_suite_is_there(self):
        for bug in BUGS:
            text = (HERE / bug.suite.program).read_text()
            if bug.suite.program in ("zombie_test.py", "delayed_requests_test.py"):
                self.assertIn(f"def {bug.suite.arguments.split('.')[1]}(", text)

    def test_what_is_armed_exists(self):
        for bug in BUGS:
            for name in re.findall(r"\b[a-z]+\.[a-z_]+(?==)|(?<=--only )\S+", f"{bug.suite.arguments} {bug.suite.failpoints}"):
                self.assertIn(name, failpoint_names())


class JudgeTest(unittest.TestCase):
    def test_a_run_that_ends_well_is_green(self):
        outcome = judge(CHAOS, 0, LAST_LINE.format(lost=0, duplicated=0))
        self.assertEqual((outcome.found, outcome.broken), ("", ""))

    def test_what_is_violated_is_named(self):
        self.assertEqual(judge(CHAOS, 1, LAST_LINE.format(lost=0, duplicated=5)).found, "duplicated=5")

    def test_a_job_that_stops_is_red_with_its_message(self):
        outcome = judge(CHAOS, 1, "the job failed\n" + STATE + LAST_LINE.format(lost=3, duplicated=0))
        self.assertEqual(outcome.found, "lost=3; the job stopped: rows are out already")

    def test_a_process_that_finds_itself_broken_is_named(self):
        outcome = judge(CHAOS, 1, LAST_LINE.format(lost=3, duplicated=0), "slot.cc:38: CHECK failed: a < b\n")
        self.assertEqual(outcome.found, "lost=3; CHECK failed: a < b")

    def test_a_run_that_breaks_for_another_reason_detects_nothing(self):
        for suite, output in ((CHAOS, "Traceback (most recent call last):\nRuntimeError: the broker did not start\n"),
                              (CHAOS, LAST_LINE.format(lost=0, duplicated=0)),
                              (TEST, "RuntimeError: the broker did not start\nFAILED (errors=1)\n")):
            outcome = judge(suite, 1, output)
            self.assertEqual(outcome.found, "")
            self.assertNotEqual(outcome.broken, "")

    def test_a_failed_test_is_red_with_what_it_says(self):
        self.assertEqual(judge(TEST, 1, "AssertionError: {'duplicated': 7} != {}\n\nFAILED (failures=1)\n").found,
                         "{'duplicated': 7} != {}")

    def test_the_table_tells_what_was_not_detected(self):
        bug = Bug("a_bug", "", CHAOS)
        lines = list(table([Finding(bug, runs=2, seconds=9, found="torn=1"), Finding(bug, runs=5, seconds=70)]))
        self.assertRegex(lines[1], r"a_bug +chaos +2 +9 +torn=1")
        self.assertRegex(lines[2], r"a_bug +chaos +none of 5 +70 +-")


if __name__ == "__main__":
    unittest.main()
