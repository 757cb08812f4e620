"""Connections to all brokers of a cluster, for those who need no more than the calls of one (kafka_wire.Connection): what concerns a
partition goes to its leader, and leaders may change and brokers be down."""

import concurrent.futures

from kafka_wire import Connection, KafkaError

LEADER_NOT_AVAILABLE = 5


def connect(addresses, client_id="chaos", timeout=10):
    """`addresses`: "host:port", or several with commas."""
    if "," in addresses:
        return Brokers(addresses.split(","), client_id, timeout)
    return Connection(addresses, client_id, timeout)


class Brokers:
    def __init__(self, addresses, client_id, timeout):
        self._addresses = addresses
        self._client_id = client_id
        self._timeout = timeout
        self._connections = {}  # By address.
        self._brokers = {}  # By id: address.
        self._leaders = {}  # (topic, partition): id.
        self._pool = concurrent.futures.ThreadPoolExecutor(len(addresses))
        self._refresh()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self._pool.shutdown()
        for connection in self._connections.values():
            connection.close()
        self._connections = {}

    def metadata(self):
        """Of the first that answers. OSError: none does."""
        for address in self._addresses:
            try:
                return self._call(address, lambda connection: connection.metadata())
            except OSError as error:
                trouble = error
        raise trouble

    def _refresh(self):
        self._brokers, partitions = self.metadata()
        self._leaders = {place: leader for place, (leader, _, _) in partitions.items()}

    def _call(self, address, request):
        """Any error of the connection closes it."""
        try:
            if address not in self._connections:
                self._connections[address] = Connection(address, self._client_id, self._timeout)
            return request(self._connections[address])
        except OSError:
            connection = self._connections.pop(address, None)
            if connection:
                connection.close()
            raise

    def _each_leader(self, places, request):
        """`request(connection, places)` to the leader of each, at the same time. Returns [(places, answer or exception)], when all
        have answered: what became of a request that was not waited for would not be known."""
        if any(self._leaders.get(place) not in self._brokers for place in places):
            self._refresh()
        groups = {}
        for place in places:
            groups.setdefault(self._brokers.get(self._leaders.get(place)), []).append(place)
        unled = groups.pop(None, [])

        def ask(item):
            address, led = item
            try:
                return led, self._call(address, lambda connection: request(connection, led))
            except (OSError, KafkaError) as error:
                return led, error

        answers = list(self._pool.map(ask, groups.items()))
        if any(isinstance(answer, Exception) for _, answer in answers):
            self._leaders = {}  # Asked for anew the next time.
        return answers + ([(unled, KafkaError("Metadata", LEADER_NOT_AVAILABLE, str(unled[0])))] if unled else [])

    def _all(self, places, request):
        """As `_each_leader`, but every answer must be one."""
        answers = self._each_leader(places, request)
        for _, answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return [answer for _, answer in answers]

    # The calls of a Connection.

    def create_topic(self, topic, partitions, **configs):
        with Connection(self._addresses[0], self._client_id, self._timeout) as connection:
            connection.ask_for_topic(topic, partitions, replicas=min(len(self._addresses), 3), **configs)

    def end_offsets(self, topic, partitions, isolation=1):
        def ask(connection, places):
            return connection.end_offsets_of(topic, [p for _, p in places], isolation)

        offsets = {}
        for answer in self._all([(topic, p) for p in range(partitions)], ask):
            offsets.update(answer)
        return [offsets[p] for p in range(partitions)]

    def produce(self, topic, batches):
        def ask(connection, places):
            return connection.produce(topic, {p: batches[p] for _, p in places})

        offsets = {}
        for answer in self._all([(topic, p) for p in batches], ask):
            offsets.update(answer)
        return offsets

    def fetch(self, positions, wait_ms=100):
        """Partitions whose leader does not answer have an error. OSError: no broker answers."""
        def ask(connection, places):
            return connection.fetch({place: positions[place] for place in places}, wait_ms)

        answer = {}
        for places, found in self._each_leader(list(positions), ask):
            answer.update({place: (LEADER_NOT_AVAILABLE, -1, -1, b"") for place in places} if isinstance(found, Exception) else found)
        if any(code for code, _, _, _ in answer.values()):
            self._leaders = {}
        return answer
