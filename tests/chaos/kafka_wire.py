"""The Kafka protocol, as much of it as the chaos tests speak: exact offsets, transactions by producer, raw transactional requests.

Not a client: one connection, one request at a time, no retries. Whoever calls knows what a failure means. The versions used are
the oldest that Kafka 4 answers, before "flexible" encoding, except where noted.
"""

import dataclasses
import socket
import struct
import time

API_KEYS = {
    "Produce": 0, "Fetch": 1, "ListOffsets": 2, "Metadata": 3, "OffsetCommit": 8, "OffsetFetch": 9, "FindCoordinator": 10,
    "JoinGroup": 11, "Heartbeat": 12, "LeaveGroup": 13, "SyncGroup": 14, "DescribeGroups": 15, "ListGroups": 16,
    "SaslHandshake": 17, "ApiVersions": 18, "CreateTopics": 19, "DeleteTopics": 20, "DeleteRecords": 21, "InitProducerId": 22,
    "OffsetForLeaderEpoch": 23, "AddPartitionsToTxn": 24, "AddOffsetsToTxn": 25, "EndTxn": 26, "WriteTxnMarkers": 27,
    "TxnOffsetCommit": 28, "DescribeConfigs": 32, "SaslAuthenticate": 36, "CreatePartitions": 37, "DescribeCluster": 60,
    "DescribeProducers": 61, "DescribeTransactions": 65, "ListTransactions": 66, "DescribeTopicPartitions": 75,
}
API_NAMES = {key: name for name, key in API_KEYS.items()}

NONE = 0
UNKNOWN_TOPIC_OR_PARTITION = 3
COORDINATOR_LOAD_IN_PROGRESS = 14
NOT_COORDINATOR = 16
TOPIC_ALREADY_EXISTS = 36
INVALID_PRODUCER_EPOCH = 47
INVALID_TXN_STATE = 48
CONCURRENT_TRANSACTIONS = 51
PRODUCER_FENCED = 90

READ_COMMITTED = 1
BATCH_HEADER = struct.Struct(">qiibIhiqqqhii")


class KafkaError(Exception):
    """The broker answered with an error code."""

    def __init__(self, api, code, place=""):
        super().__init__(f"{api}{' of ' + place if place else ''}: error {code}")
        self.code = code


# --- CRC32C, which the standard library lacks ------------------------------------------------------------------------

def _crc32c_table():
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x82F63B78 if crc & 1 else crc >> 1
        table.append(crc)
    return tuple(table)


_CRC32C = _crc32c_table()


def crc32c(data):
    crc, table = 0xFFFFFFFF, _CRC32C
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


# --- Primitive types -------------------------------------------------------------------------------------------------

def i8(value):
    return struct.pack(">b", value)


def i16(value):
    return struct.pack(">h", value)


def i32(value):
    return struct.pack(">i", value)


def i64(value):
    return struct.pack(">q", value)


def string(text):
    if text is None:
        return i16(-1)
    data = text.encode()
    return i16(len(data)) + data


def blob(data):
    return i32(len(data)) + data


def array(items):
    items = list(items)
    return i32(len(items)) + b"".join(items)


def varint(value):
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append((value & 0x7F) | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class Reader:
    """Takes one value after another from bytes."""

    def __init__(self, data, position=0):
        self.data = data
        self.position = position

    def _take(self, layout, size):
        value = struct.unpack_from(layout, self.data, self.position)[0]
        self.position += size
        return value

    def i8(self):
        return self._take(">b", 1)

    def i16(self):
        return self._take(">h", 2)

    def i32(self):
        return self._take(">i", 4)

    def i64(self):
        return self._take(">q", 8)

    def bytes_of(self, size):
        value = self.data[self.position:self.position + size]
        self.position += size
        return value

    def string(self):
        size = self.i16()
        return None if size < 0 else bytes(self.bytes_of(size)).decode(errors="replace")

    def blob(self):
        size = self.i32()
        return b"" if size < 0 else self.bytes_of(size)

    def array(self, item):
        return [item() for _ in range(max(self.i32(), 0))]

    def unsigned_varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.position]
            self.position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def varint(self):
        value = self.unsigned_varint()
        return (value >> 1) ^ -(value & 1)

    def compact_string(self):
        size = self.unsigned_varint() - 1
        return None if size < 0 else bytes(self.bytes_of(size)).decode(errors="replace")


# --- Records ---------------------------------------------------------------------------------------------------------

@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    """Records of one producer, or a marker of how its transaction ended."""

    base_offset: int
    next_offset: int
    producer: tuple  # (producer id, epoch); (-1, -1): no idempotence.
    transactional: bool
    control: str  # "commit", "abort", or "": records.
    records: list  # [(offset, key, value)]


def encode_batch(records, producer=(-1, -1), sequence=-1, transactional=False, timestamp_ms=None):
    """`records`: [(key, value)], bytes or None each."""
    timestamp_ms = int(time.time() * 1000) if timestamp_ms is None else timestamp_ms
    body = bytearray()
    for delta, (key, value) in enumerate(records):
        record = bytearray(b"\0")
        record += varint(0) + varint(delta)
        for field in (key, value):
            record += varint(-1) if field is None else varint(len(field)) + field
        record += varint(0)
        body += varint(len(record)) + record
    covered = struct.pack(">hiqqqhii", 0x10 if transactional else 0, len(records) - 1, timestamp_ms, timestamp_ms, producer[0],
                          producer[1], sequence, len(records)) + body
    return struct.pack(">qiibI", 0, len(covered) + 9, -1, 2, crc32c(covered)) + covered


def _decode_records(data, position, count, base_offset):
    reader, records = Reader(data, position), []
    for _ in range(count):
        size = reader.varint()
        end = reader.position + size
        reader.position += 1
        reader.varint()
        offset = base_offset + reader.varint()
        size = reader.varint()
        key = None if size < 0 else bytes(reader.bytes_of(size))
        size = reader.varint()
        value = None if size < 0 else bytes(reader.bytes_of(size))
        records.append((offset, key, value))
        reader.position = end
    return records


def decode_batches(data):
    """The whole batches in the answer to a fetch; the last one may be cut off."""
    position, batches = 0, []
    while position + BATCH_HEADER.size <= len(data):
        (base, length, _, magic, _, attributes, last_delta, _, _, producer_id, producer_epoch, _,
         count) = BATCH_HEADER.unpack_from(data, position)
        end = position + 12 + length
        if end > len(data):
            break
        if magic != 2 or attributes & 0x07:
            raise ValueError(f"a batch of format {magic}, compression {attributes & 0x07}: neither is read here")
        records = _decode_records(data, position + BATCH_HEADER.size, count, base)
        control = ""
        if attributes & 0x20:
            control = "commit" if struct.unpack(">hh", records[0][1])[1] == 1 else "abort"
            records = []
        batches.append(Batch(base, base + last_delta + 1, (producer_id, producer_epoch), bool(attributes & 0x10), control, records))
        position = end
    return batches


def decode_group_commit(key, value):
    """(group, topic, partition, offset, metadata) of a record of __consumer_offsets; None: something else."""
    reader = Reader(key)
    if value is None or reader.i16() not in (0, 1):
        return None
    group, topic, partition = reader.string(), reader.string(), reader.i32()
    reader = Reader(value)
    version = reader.i16()
    if version > 4:
        raise ValueError(f"a committed offset of version {version}")
    offset = reader.i64()
    if version >= 3:
        reader.i32()
    return group, topic, partition, offset, reader.compact_string() if version == 4 else reader.string()


# --- Requests --------------------------------------------------------------------------------------------------------

class Connection:
    """To one broker. Any error closes it: what became of the request is then unknown."""

    def __init__(self, address, client_id="chaos", timeout=10):
        host, port = address.rsplit(":", 1)
        self.client_id = client_id
        self.timeout = timeout
        self.correlation = 0
        self.socket = socket.create_connection((host, int(port)), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, api, version, body):
        self.correlation += 1
        frame = i16(API_KEYS[api]) + i16(version) + i32(self.correlation) + string(self.client_id) + body
        self.socket.sendall(i32(len(frame)) + frame)
        return self.correlation

    def receive(self, correlation):
        frame = self._exactly(struct.unpack(">i", self._exactly(4))[0])
        reader = Reader(frame)
        found = reader.i32()
        if found != correlation:
            raise ConnectionError(f"an answer to request {found}, not {correlation}")
        return reader

    def call(self, api, version, body):
        try:
            return self.receive(self.send(api, version, body))
        except OSError:
            self.close()
            raise

    def _exactly(self, size):
        parts = bytearray()
        while len(parts) < size:
            part = self.socket.recv(min(size - len(parts), 1 << 20))
            if not part:
                raise ConnectionError("the broker closed the connection")
            parts += part
        return bytes(parts)

    # Topics and records.

    def metadata(self):
        """({broker: "host:port"}, {(topic, partition): (leader or -1, replicas, those in sync)}): who is up, and who has what."""
        reader = self.call("Metadata", 1, i32(-1))
        brokers = reader.array(lambda: (reader.i32(), reader.string(), reader.i32(), reader.string()))
        reader.i32()
        topics = reader.array(lambda: (reader.i16(), reader.string(), reader.i8(), reader.array(lambda: (
            reader.i16(), reader.i32(), reader.i32(), reader.array(reader.i32), reader.array(reader.i32)))))
        return ({node: f"{host}:{port}" for node, host, port, _ in brokers},
                {(topic, partition): (leader, replicas, in_sync) for _, topic, _, partitions in topics
                 for _, partition, leader, replicas, in_sync in partitions})

    def create_topic(self, topic, partitions, **configs):
        """Returns once it can be used; does nothing if it is there."""
        self.ask_for_topic(topic, partitions, replicas=1, **configs)
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                self.end_offsets(topic, partitions)
                return
            except KafkaError:  # Not led by anybody yet.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def ask_for_topic(self, topic, partitions, replicas, **configs):
        """As `create_topic`, but it may take its time to be there."""
        settings = array(string(name.replace("_", ".")) + string(str(value)) for name, value in configs.items())
        reader = self.call("CreateTopics", 2, array([string(topic) + i32(partitions) + i16(replicas) + i32(0) + settings])
                           + i32(10_000) + i8(0))
        reader.i32()
        code = reader.array(lambda: (reader.string(), reader.i16(), reader.string()))[0][1]
        if code not in (NONE, TOPIC_ALREADY_EXISTS):
            raise KafkaError("CreateTopics", code, topic)

    def end_offsets(self, topic, partitions, isolation=READ_COMMITTED):
        """Where a reader of this isolation finds the end: the last stable offset, or (0) the high watermark."""
        offsets = self.end_offsets_of(topic, range(partitions), isolation)
        return [offsets[p] for p in range(partitions)]

    def end_offsets_of(self, topic, partitions, isolation=READ_COMMITTED):
        """{partition: offset} of some partitions."""
        wanted = array(i32(p) + i64(-1) for p in partitions)
        reader = self.call("ListOffsets", 2, i32(-1) + i8(isolation) + array([string(topic) + wanted]))
        reader.i32()
        offsets = {}
        for place, found in reader.array(lambda: (reader.string(), reader.array(
                lambda: (reader.i32(), reader.i16(), reader.i64(), reader.i64())))):
            for partition, code, _, offset in found:
                if code != NONE:
                    raise KafkaError("ListOffsets", code, f"{place}-{partition}")
                offsets[partition] = offset
        return offsets

    def produce(self, topic, batches, transactional_id=None):
        """`batches`: {partition: encoded batch}. Returns {partition: offset of its first record}."""
        data = array(i32(partition) + blob(batch) for partition, batch in batches.items())
        reader = self.call("Produce", 3, string(transactional_id) + i16(-1) + i32(30_000) + array([string(topic) + data]))
        offsets = {}
        for _, found in reader.array(lambda: (reader.string(), reader.array(
                lambda: (reader.i32(), reader.i16(), reader.i64(), reader.i64())))):
            for partition, code, offset, _ in found:
                if code != NONE:
                    raise KafkaError("Produce", code, f"{topic}-{partition}")
                offsets[partition] = offset
        return offsets

    def fetch(self, positions, wait_ms=100, isolation=READ_COMMITTED, partition_bytes=1 << 20):
        """`positions`: {(topic, partition): offset}. Returns {(topic, partition): (error code, high watermark, stable end,
        bytes)}."""
        topics = {}
        for (topic, partition), offset in positions.items():
            topics.setdefault(topic, []).append(i32(partition) + i64(offset) + i32(partition_bytes))
        wanted = array(string(topic) + array(partitions) for topic, partitions in topics.items())
        reader = self.call("Fetch", 4, i32(-1) + i32(wait_ms) + i32(1) + i32(32 << 20) + i8(isolation) + wanted)
        reader.i32()
        answer = {}
        for _ in range(reader.i32()):
            topic = reader.string()
            for _ in range(reader.i32()):
                partition, code, high, stable = reader.i32(), reader.i16(), reader.i64(), reader.i64()
                reader.array(lambda: (reader.i64(), reader.i64()))
                answer[(topic, partition)] = (code, high, stable, reader.blob())
        return answer


class Transactions:
    """Transactional requests one by one, without the care that a client takes: what a test does with them is its own affair."""

    def __init__(self, address, transactional_id, timeout_ms=60_000):
        self.connection = Connection(address, client_id=transactional_id, timeout=60)
        self.transactional_id = transactional_id
        self.timeout_ms = timeout_ms
        self.producer = (-1, -1)
        self.sequences = {}
        self.added = set()  # Partitions of the transaction, as the client believes.

    def close(self):
        self.connection.close()

    def init(self):
        """Fences: a new epoch. An open transaction is aborted first."""
        self._until_settled(self._init)
        self.added = set()

    def _init(self):
        reader = self.connection.call("InitProducerId", 0, string(self.transactional_id) + i32(self.timeout_ms))
        reader.i32()
        code = reader.i16()
        self.producer = (reader.i64(), reader.i16())
        self.sequences = {}
        return code

    def find_coordinators(self, group):
        """Makes the broker create what it keeps transactions and offsets in."""
        for key, kind in ((self.transactional_id, 1), (group, 0)):
            def ask():
                reader = self.connection.call("FindCoordinator", 1, string(key) + i8(kind))
                reader.i32()
                return reader.i16()
            self._until_settled(ask, also=(15,))

    def produce(self, topic, partition, records):
        """Adds the partition to the transaction, unless it was, and [(key, value)] to the partition."""
        def add():
            reader = self.connection.call("AddPartitionsToTxn", 0, self._head() + array([string(topic) + array([i32(partition)])]))
            reader.i32()
            return reader.array(lambda: (reader.string(), reader.array(lambda: (reader.i32(), reader.i16()))))[0][1][0][1]

        if (topic, partition) not in self.added:
            self._until_settled(add)
            self.added.add((topic, partition))
        sequence = self.sequences.get((topic, partition), 0)
        self.connection.produce(topic, {partition: encode_batch(records, self.producer, sequence, True)}, self.transactional_id)
        self.sequences[(topic, partition)] = sequence + len(records)

    def commit_offset(self, group, topic, offset, metadata):
        """The marker: partition 0 of `topic` in `group`."""
        def add():
            reader = self.connection.call("AddOffsetsToTxn", 0, self._head() + string(group))
            reader.i32()
            return reader.i16()

        def commit():
            reader = self.connection.call(
                "TxnOffsetCommit", 0, string(self.transactional_id) + string(group) + i64(self.producer[0]) + i16(self.producer[1])
                + array([string(topic) + array([i32(0) + i64(offset) + string(metadata)])]))
            reader.i32()
            return reader.array(lambda: (reader.string(), reader.array(lambda: (reader.i32(), reader.i16()))))[0][1][0][1]

        self._until_settled(add)
        self._until_settled(commit)

    def end(self, commit=True):
        def end():
            reader = self.connection.call("EndTxn", 0, self._head() + i8(1 if commit else 0))
            reader.i32()
            return reader.i16()

        self._until_settled(end)
        self.added = set()

    def _head(self):
        return string(self.transactional_id) + i64(self.producer[0]) + i16(self.producer[1])

    @staticmethod
    def _until_settled(request, also=()):
        """Repeats while the broker is still busy with what was asked before."""
        deadline = time.monotonic() + 30
        while True:
            code = request()
            if code == NONE:
                return
            busy = (COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR, CONCURRENT_TRANSACTIONS, UNKNOWN_TOPIC_OR_PARTITION, *also)
            if code not in busy or time.monotonic() > deadline:
                raise KafkaError("transaction", code)
            time.sleep(0.05)
