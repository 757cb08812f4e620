#!/usr/bin/env python3
"""A plan is a function of its seed, has the kills asked for, and leaves no process down."""

import unittest

from chaos import percentile
from faults import TARGETS, Plan


class PlanTest(unittest.TestCase):
    def plans(self):
        for target in TARGETS:
            for seed in range(20):
                for kills in (1, 2, 15, 100):
                    yield target, kills, list(Plan(seed, kills, target, workers=3))

    def test_the_same_seed_gives_the_same_plan(self):
        for target in TARGETS:
            self.assertEqual(list(Plan(1, 50, target, 3)), list(Plan(1, 50, target, 3)))
            self.assertNotEqual(list(Plan(1, 50, target, 3)), list(Plan(2, 50, target, 3)))

    def test_a_plan_has_as_many_kills_as_asked_for(self):
        for _, kills, plan in self.plans():
            self.assertEqual(sum(fault.kills for fault in plan), kills)

    def test_whoever_is_killed_is_up_before_and_started_again_after(self):
        for _, _, plan in self.plans():
            for fault in plan:
                down = set()
                self.assertEqual(list(fault.steps), sorted(fault.steps, key=lambda step: step.at))
                for step in fault.steps:
                    if step.action in ("kill", "pause"):
                        self.assertNotIn(step.process, down)
                        down.add(step.process)
                    else:
                        down.remove(step.process)
                self.assertEqual(down, set())

    def test_a_target_is_what_is_hit(self):
        for target, _, plan in self.plans():
            hit = {step.process.split("-")[0] for fault in plan for step in fault.steps[:1]}
            self.assertLessEqual(hit, {"worker", "coordinator", "broker"} if target == "mixed" else {target})

    def test_of_three_brokers_one_is_killed_at_a_time(self):
        killed = set()
        for seed in range(20):
            for fault in Plan(seed, 15, "broker", workers=3, brokers=3):
                brokers = [step.process for step in fault.steps if step.process.startswith("broker") and step.action == "kill"]
                self.assertLessEqual(len(brokers), 1)
                killed.update(brokers)
        self.assertEqual(killed, {"broker-1", "broker-2", "broker-3"})

    def test_fifteen_mixed_kills_have_seen_every_kind_of_fault(self):
        for seed in range(20):
            self.assertGreaterEqual(len({fault.name for fault in Plan(seed, 15, "mixed", 3)}), 8)


class PercentileTest(unittest.TestCase):
    def test_percentiles_are_values_that_were_measured(self):
        values = list(range(100, 0, -1))
        self.assertEqual((percentile(values, 0.5), percentile(values, 0.99), percentile([7], 0.99), percentile([], 0.5)), (50, 99, 7, 0))


if __name__ == "__main__":
    unittest.main()
