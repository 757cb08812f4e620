#!/usr/bin/env python3
"""A worker that is taken for dead in the middle of a publication, and goes on with it once another one has taken its slot over.

The new owner fences the slot before it reads the marker. The proxy keeps its request to do so back until the zombie has committed: a
marker read before is out of date by then, and the epoch would be published twice.
"""

import os
import pathlib
import shutil
import tempfile
import unittest

from broker import end_in_order_when_terminated
from kafka_proxy import Rule
from rig import Rig, Settings, default_binary
from workload import Workload

ZOMBIE = "worker-1"
# From this checkpoint on the zombie hears nothing for a while. It gives up the coordinator, which is silent, so it is lost; but what it
# is doing goes on.
DEAF_AT = 6
DEAF_SECONDS = 30
INTERVAL = "4 s"  # Long enough to find one checkpoint before that one.


class ZombieTest(unittest.TestCase):
    def setUp(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="zombie-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        # Either worker can run the whole job.
        seed = int(os.environ.get("CHAOS_SEED", "19"))
        self.rig = Rig(Settings(default_binary(), folder / "rig", Workload(seed=seed, partitions=2, rate=500), proxied=True, workers=2,
                                outputs=("passed",), interval=INTERVAL,
                                armed=((ZOMBIE, f"worker.on_trigger=sleep({DEAF_SECONDS}s)@{DEAF_AT}"),)))
        self.addCleanup(self.rig.stop)
        self.rig.start()
        self.proxy = self.rig.proxy
        self.slots = self.slots_of_the_zombie()

    def slots_of_the_zombie(self):
        """Named by the number of the task whose they are."""
        seen = self.proxy.add(Rule(action="delay", api="EndTxn", seconds=0, count=-1))
        self.rig.wait_for_new_rows("output")
        self.proxy.remove(seen.id)
        names = {event["transaction"] for event in self.proxy.wait_for("matched", seen.id)}
        tasks = {task["index"]: task["worker_id"] for task in self.rig.job_state()["stages"][-1]["tasks"]}
        return [name for name in names if tasks[int(name.rsplit(".", 1)[1])] == ZOMBIE]

    def take_over(self, held):
        """In the middle of a publication, where the request `held` keeps it, another worker takes the slot over and wants to
        fence it. Returns the rules that keep zombie and successor waiting."""
        held.transaction = self.slots[0]
        # After that, there is one checkpoint more before the slot must wait for its publication and takes part in none.
        self.rig.wait(lambda: int(self.rig.job_state()["last_checkpoint"]["epoch"]) >= DEAF_AT - 2, f"checkpoint {DEAF_AT - 2}")
        self.proxy.add(held)
        self.proxy.wait_for("matched", held.id)
        fence = self.proxy.add(Rule(action="delay", api="InitProducerId", transaction=held.transaction))
        self.proxy.wait_for("matched", fence.id)
        return held, fence

    def assert_nothing_is_harmed(self):
        self.rig.wait_for_new_rows("output afterwards")
        self.rig.wait_until_complete()
        self.assertEqual(self.rig.progress["violations"], {})

    def test_a_zombie_that_commits_before_it_is_fenced_is_seen_by_its_successor(self):
        produce, fence = self.take_over(Rule(action="delay", api="Produce"))
        end = self.proxy.add(Rule(action="delay", api="EndTxn", transaction=produce.transaction, seconds=0))
        self.proxy.release(produce.id)
        self.assertEqual(self.proxy.wait_for("answered", end.id)[0]["error"], 0, "the zombie did not come to commit")
        self.proxy.release(fence.id)
        self.assert_nothing_is_harmed()

    def test_a_zombie_that_goes_on_after_it_was_fenced_is_refused(self):
        marker, fence = self.take_over(Rule(action="delay", api="TxnOffsetCommit", count=-1))  # The client repeats it.
        self.proxy.release(fence.id)
        self.proxy.wait_for("answered", fence.id)
        self.proxy.release(marker.id)
        self.assertNotEqual(self.proxy.wait_for(("answered", "delivered"), marker.id)[0]["error"], 0)
        self.assert_nothing_is_harmed()


if __name__ == "__main__":
    end_in_order_when_terminated()
    unittest.main(verbosity=2)
