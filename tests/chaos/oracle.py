"""What the outputs of the chaos job must be, and everything in which they differ from it. Pure: records in, violations out.

    lost        a row that was written and is not visible at the end; a window that was due; a running count that is too low
    duplicated  a record that is visible twice
    reordered   within a topic partition, a record of a key that first appears after a later one of that key
    wrong       a record that the input does not give
    torn        a transaction of which not everything, or too much, is visible; see TransactionCheck and PrefixCheck

Records come in the order of their offsets, partition by partition, as a read_committed reader gets them. Partitions are read one
after the other, so what spans several is judged only when a reader has caught up with all of them and found no transaction
undecided (`settled`), and only if it looked just the same at the end of the pass before: see Suspects.
"""

import array
import collections
import json

from workload import WINDOW_MS, parse_time

KINDS = ("lost", "duplicated", "reordered", "wrong", "torn")
EXAMPLES = 10


class Violations:
    def __init__(self):
        self.counts = collections.Counter()
        self.examples = {kind: [] for kind in KINDS}

    def add(self, kind, what, times=1):
        self.counts[kind] += times
        if len(self.examples[kind]) < EXAMPLES:
            self.examples[kind].append(what)

    def any(self, tolerated=()):
        return any(count for kind, count in self.counts.items() if kind not in tolerated)


class Suspects:
    """What looks wrong in one pass may be half read; what looks the same after a settled pass is wrong."""

    def __init__(self):
        self._before = {}

    def judge(self, found, settled):
        """`found`: {what: its state}. Returns what is certain."""
        certain = [what for what, state in found.items() if settled and self._before.get(what) == state]
        self._before = {what: state for what, state in found.items() if what not in certain}
        return certain


class PrefixCheck:
    """The pass-through: every row once, and what is visible of a source partition is a prefix of it at every moment.

    A source partition's rows go through one slot. An epoch of which only a part became visible leaves a hole below the highest
    visible row, as does a later epoch that overtook an earlier one.
    """

    def __init__(self, workload, violations, prefixes=True):
        self._workload = workload
        self._violations = violations
        self._prefixes = prefixes
        self._seen = [bytearray() for _ in range(workload.partitions)]  # One byte for each row.
        self._next_missing = [workload.skip] * workload.partitions
        self._latest = {}  # (topic partition, source partition, index): the highest n.
        self._suspects = Suspects()
        self._torn = set()  # Holes that have been reported.
        self.reached = [0] * workload.partitions  # One above the highest visible row.
        self.distinct = 0

    def record(self, place, value):
        """Returns (source partition, n), or None for a wrong one."""
        workload = self._workload
        try:
            row = json.loads(value)
            p, n = row["p"], row["n"]
            right = (0 <= p < workload.partitions and n >= workload.skip and row["seq"] == n // workload.keys
                     and row["k"] == workload.key(p, workload.index_of(p, n)) and parse_time(row["at"]) == workload.at(p, n)
                     and len(row) == 5)
        except (ValueError, KeyError, TypeError, AttributeError):
            right = False
        if not right:
            self._violations.add("wrong", f"passed {place}: {value!r}")
            return None
        seen = self._seen[p]
        if n >= len(seen):
            seen.extend(bytes(max(n + 1 - len(seen), 65536)))
        if seen[n]:
            self._violations.add("duplicated", f"passed {place}: row {n} of partition {p} again")
            return p, n
        seen[n] = 1
        self.distinct += 1
        self.reached[p] = max(self.reached[p], n + 1)
        key = (place[0], p, workload.index_of(p, n))
        if n < self._latest.get(key, -1):
            self._violations.add("reordered", f"passed {place}: row {n} of partition {p} after row {self._latest[key]} of its key")
        else:
            self._latest[key] = n
        return p, n

    def _holes(self):
        for p, seen in enumerate(self._seen):
            missing = seen.find(0, self._next_missing[p])
            self._next_missing[p] = missing if missing >= 0 else max(len(seen), self._next_missing[p])
            if self._next_missing[p] < self.reached[p]:
                yield p, self._next_missing[p]

    def pass_ended(self, settled):
        holes = {hole: True for hole in self._holes()}
        if not self._prefixes:
            return
        for p, n in self._suspects.judge(holes, settled):
            if (p, n) not in self._torn:
                self._torn.add((p, n))
                self._violations.add("torn", f"passed: row {n} of partition {p} is not visible, row {self.reached[p] - 1} is")

    def missing(self, written):
        list(self._holes())
        skip = self._workload.skip
        return sum(end - skip - sum(self._seen[p][skip:end]) for p, end in enumerate(written) if end > skip)

    def ended(self, written):
        for p, end in enumerate(written):
            seen, n = self._seen[p], self._workload.skip - 1
            lost = []
            while (n := seen.find(0, n + 1, end)) >= 0:
                lost.append(n)
            lost += range(max(len(seen), self._workload.skip), end)
            if lost:
                self._violations.add("lost", f"passed: {len(lost)} rows of partition {p}, the first is {lost[0]}", len(lost))
            if self.reached[p] > end:
                self._violations.add("wrong", f"passed: row {self.reached[p] - 1} of partition {p} was never written")


class WindowCheck:
    """The window count: every window that is due once, with the right values, a key's windows in order."""

    def __init__(self, workload, violations):
        self._workload = workload
        self._violations = violations
        self._expected = {}  # (source partition, window): {index: Window} still to come; none: all came.
        self._latest = {}  # (topic partition, source partition, index): the last window.
        self._came = {}  # (source partition, window): the indexes that came.
        self.distinct = 0

    def record(self, place, value):
        workload = self._workload
        try:
            row = json.loads(value)
            p, index = workload.parse_key(row["k"])
            window, odd = divmod(parse_time(row["window_start"]), WINDOW_MS)
            found = (row["cnt"], row["first_n"], row["last_n"])
            expected = self._all(p, window).get(index)
            right = odd == 0 and window >= 0 and len(row) == 5 and expected and found == (expected.rows, expected.first, expected.last)
        except (ValueError, KeyError, TypeError, AttributeError):
            right = False
        if not right:
            self._violations.add("wrong", f"counted {place}: {value!r}")
            return
        came = self._came.setdefault((p, window), set())
        if index in came:
            self._violations.add("duplicated", f"counted {place}: {value!r} again")
            return
        came.add(index)
        self.distinct += 1
        key = (place[0], p, index)
        if window < self._latest.get(key, -1):
            self._violations.add("reordered", f"counted {place}: {value!r} after window {self._latest[key]} of its key")
        else:
            self._latest[key] = window

    def _all(self, p, window):
        """Of rows however many will be written: a window is emitted only when all of them have come."""
        if (p, window) not in self._expected:
            self._expected[(p, window)] = self._workload.windows(p, window, 1 << 62)
        return self._expected[(p, window)]

    def _absent(self, written):
        for window in range(self._workload.closed_windows(written)):
            for p in range(self._workload.partitions):
                absent = self._all(p, window).keys() - self._came.get((p, window), set())
                if absent:
                    yield p, window, absent

    def missing(self, written):
        return sum(len(absent) for _, _, absent in self._absent(written))

    def ended(self, written):
        for p, window, absent in self._absent(written):
            self._violations.add("lost", f"counted: window {window} of {len(absent)} keys of partition {p}, as {min(absent)}", len(absent))


class RunningCheck:
    """The running count: what is visible for a key only rises, each value is the right one for its count, and the last one counts
    all. An upsert may leave out values in between, for a later one replaces them. `replays`: values may come again after a failure."""

    def __init__(self, workload, violations, replays=False):
        self._workload = workload
        self._violations = violations
        self._replays = replays
        self._counts = [array.array("L", bytes(array.array("L").itemsize * workload.keys)) for _ in range(workload.partitions)]
        self._totals = [0] * workload.partitions
        self.distinct = 0

    def record(self, place, value):
        workload = self._workload
        try:
            row = json.loads(value)
            p, index = workload.parse_key(row["k"])
            count = row["cnt"]
            right = count >= 1 and row["last_n"] == workload.row_of_key(p, index, count - 1) and len(row) == 3
        except (ValueError, KeyError, TypeError, AttributeError):
            right = False
        if not right:
            self._violations.add("wrong", f"running {place}: {value!r}")
            return
        before = self._counts[p][index]
        if count == before or (self._replays and count < before):
            self._violations.add("duplicated", f"running {place}: {value!r} again")
        elif count < before:
            self._violations.add("reordered", f"running {place}: {value!r} after {before}")
        else:
            self._counts[p][index] = count
            self._totals[p] += count - before
            self.distinct += 1

    def _short(self, written):
        for p, end in enumerate(written):
            for index in range(self._workload.keys):
                due, count = self._workload.rows_of_key(p, index, end), self._counts[p][index]
                if due != count:
                    yield p, index, due, count

    def missing(self, written):
        # Every row counts for one key.
        return sum(max(end - total, 0) for end, total in zip(written, self._totals))

    def ended(self, written):
        for p, index, due, count in self._short(written):
            kind = "lost" if count < due else "wrong"
            self._violations.add(kind, f"running: key {index} of partition {p} counts {count}, not {due}", abs(due - count))


class TransactionCheck:
    """All or nothing. A transaction is known by its producer's id and epoch; its marker says how many records it holds.

    - The committed records of a producer are as many as its committed markers say. A torn epoch has fewer, because the rest was
      aborted or published by another producer; or it has no marker at all.
    - The rows of one source partition in one transaction of the pass-through have no holes.
    - A slot's markers rise, and each names its predecessor: the marker never goes back, and no epoch is skipped.
    """

    def __init__(self, violations):
        self._violations = violations
        self._records = collections.Counter()  # By producer: committed records of all outputs.
        self._promised = collections.Counter()  # By producer: what its markers say.
        self._ranges = {}  # (producer, source partition): [lowest, highest, number].
        self._markers = {}  # Slot: the epoch of its last marker.
        self._open = set()  # Producers that may be out of balance.
        self._suspects = Suspects()
        self.epochs = set()
        self.transactions = 0

    def record(self, producer, row):
        """`row`: (source partition, n) of the pass-through, else None."""
        self._records[producer] += 1
        self._open.add(producer)
        if row is not None:
            p, n = row
            lowest, highest, number = self._ranges.get((producer, p), (n, n, 0))
            self._ranges[(producer, p)] = (min(lowest, n), max(highest, n), number + 1)

    def marker(self, producer, slot, offset, fields):
        """`fields`: of the marker's text."""
        epoch, after = int(fields["epoch"]), int(fields["after"])
        self._promised[producer] += int(fields["records"])
        self._open.add(producer)
        before = self._markers.get(slot)
        if fields["slot"] != slot or epoch != offset or (before is not None and (epoch < before or after != before)):
            self._violations.add("torn", f"slot {slot}: marker {fields} at {offset} after epoch {before}")
        self._markers[slot] = epoch
        self.epochs.add(epoch)
        self.transactions += 1

    def pass_ended(self, settled):
        unbalanced = {}
        for producer in list(self._open):
            found, promised = self._records[producer], self._promised[producer]
            if found != promised:
                unbalanced[producer] = (found, promised)
            elif settled:
                self._close(producer)
        for producer in self._suspects.judge(unbalanced, settled):
            found, promised = unbalanced[producer]
            self._violations.add("torn", f"producer {producer}: {found} records are visible, its markers say {promised}")
            self._close(producer)

    def _close(self, producer):
        self._open.discard(producer)
        for key in [key for key in self._ranges if key[0] == producer]:
            lowest, highest, number = self._ranges.pop(key)
            if highest - lowest + 1 != number:
                self._violations.add("torn", f"producer {producer}: {number} rows of partition {key[1]} between {lowest} and {highest}")


class Oracle:
    """All checks of a run. `transactional`: the outputs are exactly-once."""

    def __init__(self, workload, outputs, transactional):
        self.violations = Violations()
        self._transactional = transactional
        self.passed = PrefixCheck(workload, self.violations, prefixes=transactional)
        checks = {"passed": self.passed, "counted": WindowCheck(workload, self.violations),
                  "running": RunningCheck(workload, self.violations, replays=not transactional)}
        self._checks = {output: checks[output] for output in outputs}
        self.transactions = TransactionCheck(self.violations)
        self.records = 0

    def record(self, output, place, value, producer):
        """A visible record; `place`: (partition, offset)."""
        self.records += 1
        row = self._checks[output].record(place, value)
        if self._transactional:
            self.transactions.record(producer, row)

    def pass_ended(self, settled):
        self.passed.pass_ended(settled)
        if self._transactional:
            self.transactions.pass_ended(settled)

    @property
    def distinct(self):
        return sum(check.distinct for check in self._checks.values())

    def missing(self, written):
        return {output: check.missing(written) for output, check in self._checks.items()}

    def ended(self, written):
        for check in self._checks.values():
            check.ended(written)


def parse_marker(metadata):
    """The fields of a marker's text; None: some other committed offset."""
    if not metadata or not metadata.startswith("millrace-marker-1 "):
        return None
    return dict(field.split("=", 1) for field in metadata.split(" ")[1:])
