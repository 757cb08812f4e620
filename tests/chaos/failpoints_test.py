#!/usr/bin/env python3
"""The plan of failpoints.py holds every failpoint as often as asked for, and part files are judged row by row."""

import collections
import pathlib
import re
import tempfile
import unittest

from failpoints import ENGINE_FOLDERS, PASSES, ROOT, SleepWatch, failpoint_names, names_that_return_errors, plan, value_for
from part_files import PartFiles
from workload import Workload


def names_in_the_engine():
    sources = (path for folder in ENGINE_FOLDERS for path in (ROOT / folder).rglob("*.cc"))
    return {name for path in sources for name in re.findall(r'FAILPOINT\("([^"]+)"\)', path.read_text())}


class PlanTest(unittest.TestCase):
    def setUp(self):
        self.names = failpoint_names()
        self.with_errors = names_that_return_errors()
        self.rounds = plan(self.names, self.with_errors, crashes=5, seed=1)

    def test_the_list_is_what_the_engine_passes(self):
        self.assertEqual(set(self.names), names_in_the_engine())
        self.assertEqual(len(self.names), len(set(self.names)))

    def test_every_name_is_crashed_five_times_and_sleeps_and_fails_if_it_can(self):
        counts = collections.Counter((round.name, round.action) for queue in self.rounds.values() for round in queue)
        for name in self.names:
            self.assertEqual((counts[name, "crash"], counts[name, "sleep"], counts[name, "error"]), (5, 1, int(name in self.with_errors)))

    def test_the_same_seed_gives_the_same_plan(self):
        self.assertEqual(self.rounds, plan(self.names, self.with_errors, crashes=5, seed=1))
        self.assertNotEqual(self.rounds, plan(self.names, self.with_errors, crashes=5, seed=2))

    def test_files_are_crashed_in_both_roles_and_all_else_where_it_is_passed(self):
        roles = collections.defaultdict(set)
        for role, queue in self.rounds.items():
            for round in queue:
                self.assertIn(round.passes, range(1, value_for(round.name, PASSES, 5) + 1))
                if round.action == "crash":
                    roles[round.name].add(role)
        self.assertEqual(roles["file.after_rename"], {"worker", "coordinator"})
        self.assertEqual(roles["file.before_link"], {"worker"})
        self.assertEqual(roles["checkpoint.before_commit"], {"coordinator"})
        self.assertEqual(roles["publish.after_commit"], {"worker"})


class SleepWatchTest(unittest.TestCase):
    def over(self, *looks):
        """Of each look, one a second: the sleeps then."""
        watch = SleepWatch()
        return [watch.is_over(set(sleeps), now) for now, sleeps in enumerate(looks)]

    def test_a_long_sleep_is_over_when_its_thread_is_awake(self):
        self.assertEqual(self.over([], [("7", "40")], [("7", "40")], [("7", "40")], []), [False, False, False, False, True])

    def test_many_short_sleeps_are_none(self):
        self.assertFalse(any(self.over([("7", "40")], [("7", "41")], [("7", "42")], [])))


class PartFilesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.workload = Workload(partitions=1, keys=2)
        self.files = PartFiles(self.folder, self.workload)

    def write(self, epoch, *numbers):
        rows = [self.workload.record(0, n)[1].decode() for n in numbers]
        (self.folder / f"part-job-3f9c0a12-2-0-{epoch}.json").write_text("".join(row + "\n" for row in rows))

    def found(self, written):
        counts, _ = self.files.judge([written])
        return {kind: count for kind, count in counts.items() if count}

    def test_every_row_once_is_right(self):
        self.write(9, 0, 1)
        self.assertFalse(self.files.complete([4]))
        self.write(10, 2, 3)
        self.assertTrue(self.files.complete([4]))
        self.assertEqual(self.found(4), {})

    def test_a_row_that_is_in_two_files_is_duplicated(self):
        self.write(1, 0, 1)
        self.write(2, 1)
        self.assertEqual(self.found(2), {"duplicated": 1})

    def test_rows_without_a_file_are_lost(self):
        self.write(1, 0)
        self.assertEqual(self.found(3), {"lost": 2})

    def test_a_file_that_gets_its_name_late_is_reordered(self):
        self.write(2, 2, 3)
        self.files.read()
        self.write(1, 0, 1)
        self.assertEqual(self.found(4), {"reordered": 2})

    def test_a_row_that_nobody_wrote_is_wrong(self):
        self.write(1, 0, 1)
        self.assertEqual(self.found(1), {"wrong": 1})

    def test_half_a_line_is_wrong_and_hidden_files_are_not_looked_at(self):
        (self.folder / "part-job-3f9c0a12-2-0-1.json").write_text('{"p":0,"n"')
        (self.folder / ".part-job-3f9c0a12-2-0-1-4").write_text("whatever")
        self.assertEqual(self.found(0), {"wrong": 1})


if __name__ == "__main__":
    unittest.main()
