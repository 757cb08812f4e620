"""What the generator writes and what must come of it: every row and every result is a function of its place, so that the oracle can
say of any output record whether it is right without having seen the input.

Row n of source partition p (which is also its offset there) has key `index` and number `seq` of that key. The rows of a partition
come in blocks in which every key occurs once, in another order each time, so a key's rows are numbered by block: n // keys == seq.
"""

import dataclasses
import datetime
import functools
import hashlib
import json
import math

WINDOW_MS = 1000
JITTER_MS = 900  # Less than the watermark's delay of one second: no row is ever late.
BASE = datetime.datetime(2024, 1, 1)  # Event times are milliseconds after it.


def time_text(milliseconds):
    return (BASE + datetime.timedelta(milliseconds=milliseconds)).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def parse_time(text):
    """Milliseconds since BASE; ValueError if it is no time."""
    return (datetime.datetime.fromisoformat(text) - BASE) // datetime.timedelta(milliseconds=1)


@dataclasses.dataclass(frozen=True)
class Window:
    """One result of the window count."""

    rows: int
    first: int
    last: int


@dataclasses.dataclass(frozen=True)
class Workload:
    seed: int = 1
    partitions: int = 4
    keys: int = 50  # For each partition.
    rate: int = 2000  # Rows a second over all partitions, and the pace of event time.
    key_bytes: int = 0  # Keys are filled up to so many, which makes the state larger.
    skip: int = 0  # The first rows of each partition only fill the state: no pass-through, no window.

    @classmethod
    def from_json(cls, text):
        return cls(**json.loads(text))

    def to_json(self):
        return json.dumps(dataclasses.asdict(self))

    # Keys.

    @functools.cached_property
    def _stride(self):
        stride = 1 + self.seed * 7919 % self.keys
        while math.gcd(stride, self.keys) != 1:
            stride += 1
        return stride

    @functools.cached_property
    def _stride_inverse(self):
        return pow(self._stride, -1, self.keys)

    def index_of(self, partition, n):
        block, i = divmod(n, self.keys)
        return (i * self._stride + block * 31 + partition) % self.keys

    def row_of_key(self, partition, index, seq):
        """The row (its n) that is number `seq` of the key."""
        return seq * self.keys + (index - seq * 31 - partition) * self._stride_inverse % self.keys

    def rows_of_key(self, partition, index, written):
        """How many of the first `written` rows of the partition have the key."""
        blocks = written // self.keys
        return blocks + (1 if self.row_of_key(partition, index, blocks) < written else 0)

    def key(self, partition, index):
        name = f"{partition}-{index}"
        if self.key_bytes <= len(name):
            return name
        filler = hashlib.shake_128(f"{self.seed}:{name}".encode()).hexdigest(self.key_bytes // 2)
        return f"{name}-{filler}"[:self.key_bytes]

    def parse_key(self, text):
        """(partition, index); None if it is no key."""
        try:
            partition, index = (int(part) for part in text.split("-")[:2])
        except (ValueError, AttributeError):
            return None
        known = 0 <= partition < self.partitions and 0 <= index < self.keys and self.key(partition, index) == text
        return (partition, index) if known else None

    # Rows.

    def at(self, partition, n):
        """Its event time: rising with n, less a jitter."""
        jitter = ((n + self.seed) * 2654435761 + partition * 40503 >> 7) % JITTER_MS
        return max(n - self.skip, 0) * 1000 * self.partitions // self.rate + jitter

    def fields(self, partition, n):
        return {"p": partition, "n": n, "k": self.key(partition, self.index_of(partition, n)), "seq": n // self.keys,
                "at": time_text(self.at(partition, n))}

    def record(self, partition, n):
        """(key, value) as bytes: what is written to the source."""
        return None, json.dumps(self.fields(partition, n)).encode()

    # Windows.

    def windows(self, partition, window, written):
        """The results for a window (its number) of the partition: {index: Window}; of rows below `written`."""
        begin, end = window * WINDOW_MS, (window + 1) * WINDOW_MS
        results = {}
        first = self.skip + max(begin - JITTER_MS, 0) * self.rate // (1000 * self.partitions)
        # Integer division rounds event times down, so the row after the last that should fit may still fit.
        last = self.skip + end * self.rate // (1000 * self.partitions) + 1
        for n in range(first, min(last + 1, written)):
            if begin <= self.at(partition, n) < end:
                index = self.index_of(partition, n)
                before = results.get(index)
                results[index] = Window(before.rows + 1, before.first, n) if before else Window(1, n, n)
        return results

    def closed_windows(self, written):
        """How many windows, from the first on, must have been emitted once everything written was read."""
        if min(written) <= self.skip:
            return 0
        # Jitter: the latest event time is not the last row's.
        watermark = min(max(self.at(p, n) for n in range(max(end - self.rate, self.skip), end)) for p, end in enumerate(written)) - 1000
        return max(watermark // WINDOW_MS, 0)
