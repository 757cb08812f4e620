"""Partitions as a read_committed reader sees them, with what such a reader hides: whose transaction a record was part of, and
whether anything is undecided. A connection that is lost is made anew at the next pass."""

import collections

from kafka_brokers import connect
from kafka_wire import NONE, UNKNOWN_TOPIC_OR_PARTITION, KafkaError, decode_batches


class _Partition:
    def __init__(self):
        self.position = 0
        self.waiting = collections.deque()  # Batches, and whether they are decided: records come out in the order of offsets.
        self.caught_up = False

    def take(self, batches):
        """Yields the batches that are visible now."""
        for batch in batches:
            if batch.next_offset <= self.position:
                continue
            self.position = batch.next_offset
            if batch.control:
                self._decide(batch)
            else:
                self.waiting.append([batch, None if batch.transactional else "commit"])
        while self.waiting and self.waiting[0][1]:
            batch, outcome = self.waiting.popleft()
            if outcome == "commit":
                yield batch

    def _decide(self, control):
        for entry in self.waiting:
            if entry[1] is None and entry[0].producer[0] == control.producer[0]:
                entry[1] = control.control


class CommittedLog:
    """`optional`: topics that need not exist yet."""

    def __init__(self, address, topics, optional=()):
        """`topics`: {name: number of partitions}."""
        self._address = address
        self._optional = set(optional)
        self._partitions = {(topic, p): _Partition() for topic, count in topics.items() for p in range(count)}
        self._connection = None

    def read(self, wait_ms=100):
        """One pass: [((topic, partition), batch)] that became visible. OSError: the broker is not there."""
        if self._connection is None:
            self._connection = connect(self._address, client_id="verifier", timeout=10)
        try:
            answer = self._connection.fetch({place: p.position for place, p in self._partitions.items()}, wait_ms)
        except OSError:
            self._connection = None
            raise
        visible = []
        for place, (code, high, stable, data) in answer.items():
            partition = self._partitions[place]
            if code == UNKNOWN_TOPIC_OR_PARTITION and place[0] in self._optional:
                partition.caught_up = True
                continue
            if code != NONE:
                partition.caught_up = False
                if code not in (UNKNOWN_TOPIC_OR_PARTITION, 5, 6, 9):  # Not led by anybody at the moment.
                    raise KafkaError("Fetch", code, f"{place[0]}-{place[1]}")
                continue
            visible += [(place, batch) for batch in partition.take(decode_batches(data))]
            partition.caught_up = partition.position == high == stable and not partition.waiting
        return visible

    def close(self):
        if self._connection:
            self._connection.close()

    @property
    def settled(self):
        """The last pass came to the end of every partition, and no transaction is open there."""
        return all(partition.caught_up for partition in self._partitions.values())
