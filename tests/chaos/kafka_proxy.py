#!/usr/bin/env python3
"""A TCP proxy between Kafka clients and a broker that delays, holds, repeats, cuts off or loses chosen requests.

    client --> 127.0.0.1:port --> proxy --> the broker's PROXIED listener

The broker advertises the proxy's address on that listener (deploy/kafka --proxy), so every address that a client is told leads back
here. Nothing in a response has to be parsed or rewritten, whatever its version; request headers have had one layout since Kafka 0.8.

As a library: `with KafkaProxy(broker) as proxy: rule = proxy.add(Rule(api="EndTxn", action="hold", cut=True))`.
As a process: kafka_proxy.py --broker HOST:PORT [--port P] [--control P] [--seed N] [--log FILE]; the control port takes one JSON
object a line ({"add": {a rule}}, {"remove": id}, {"release": id}, {"release_all": true}, {"events": from}) and answers each with one.
"""

import argparse
import asyncio
import collections
import dataclasses
import json
import random
import struct
import sys
import threading
import time

from kafka_wire import API_KEYS, API_NAMES, Reader

ACTIONS = ("delay", "hold", "duplicate", "cut_before", "cut_after", "drop_response")
LARGEST_FRAME = 128 << 20
LAST_ANSWERS_SECONDS = 10


@dataclasses.dataclass
class Rule:
    """Which requests, and what becomes of them. The first rule that matches a request has it. "Later" is after `seconds` or,
    without, once released.

    delay          forwarded later; requests behind it on the connection wait (`others_wait`) or overtake it. If the client is gone
                   by then, it is delivered all the same, on a connection of the proxy's own.
    hold           delivered later on a connection of the proxy's own. The client never sees the response; with `cut` its connection
                   is closed at once, so that it tries again elsewhere.
    duplicate      forwarded at once, and `copies` times more later on connections of the proxy's own, which swallow the responses
    cut_before     the client's connection is closed instead of forwarding
    cut_after      forwarded; the connection is closed when the response comes: it was done, and the client does not know
    drop_response  forwarded; the response is lost, the connection stays
    """

    action: str
    api: str = ""  # A name of kafka_wire.API_KEYS; empty: any.
    client: str = ""  # Part of the client id; empty: any.
    transaction: str = ""  # Part of the transactional id; empty: any request, transactional or not.
    skip: int = 0  # So many matching requests pass first.
    count: int = 1  # So many are hit; -1: all.
    probability: float = 1.0  # Of each to be hit, by the proxy's seed.
    seconds: float | None = None
    copies: int = 1
    cut: bool = False
    others_wait: bool = True
    id: int = 0  # Given by add().

    def __post_init__(self):
        if self.action not in ACTIONS:
            raise ValueError(f"action '{self.action}' is none of {', '.join(ACTIONS)}")
        if self.api and self.api not in API_KEYS:
            raise ValueError(f"'{self.api}' is no request of Kafka")


@dataclasses.dataclass(frozen=True)
class Request:
    api: str
    version: int
    correlation: int
    client: str
    transaction: str  # The transactional id; empty: none.
    frame: bytes  # With its length.


# Requests that begin with the transactional id, and the version from which on they are encoded in the "flexible" way.
FLEXIBLE_FROM = {"Produce": 9, "InitProducerId": 2, "AddPartitionsToTxn": 3, "AddOffsetsToTxn": 3, "EndTxn": 3, "TxnOffsetCommit": 3}


def parse_request(frame):
    """`frame`: a request with its length before it."""
    reader = Reader(frame, 4)
    key, version, correlation = reader.i16(), reader.i16(), reader.i32()
    api, client, transaction = API_NAMES.get(key, str(key)), reader.string() or "", None
    if api in FLEXIBLE_FROM and version >= FLEXIBLE_FROM[api]:
        reader.unsigned_varint()  # Tagged fields of the header: none are known.
        transaction = reader.compact_string()
    elif api in FLEXIBLE_FROM and (api, version >= 3) != ("Produce", False):
        transaction = reader.string()
    return Request(api, version, correlation, client, transaction or "", frame)


def response_error(request, frame):
    """The error code of a response, of the transactional requests whose fate a test asks for; None: not known."""
    reader = Reader(frame, 8)
    if request.api == "TxnOffsetCommit" and request.version >= 3:
        reader.unsigned_varint()
        reader.i32()
        reader.unsigned_varint()
        reader.compact_string()
        reader.unsigned_varint()
        reader.i32()
        return reader.i16()
    if request.api == "TxnOffsetCommit":
        reader.i32()
        return reader.array(lambda: (reader.string(), reader.array(lambda: (reader.i32(), reader.i16()))))[0][1][0][1]
    if (request.api, request.version) in {("EndTxn", 0), ("EndTxn", 1), ("EndTxn", 2), ("InitProducerId", 0), ("InitProducerId", 1),
                                          ("AddOffsetsToTxn", 0), ("AddOffsetsToTxn", 1), ("AddOffsetsToTxn", 2)}:
        reader.i32()
        return reader.i16()
    return None


async def _read_frame(reader):
    """None at the end of the stream."""
    try:
        head = await reader.readexactly(4)
        size = struct.unpack(">i", head)[0]
        if not 0 <= size <= LARGEST_FRAME:
            return None  # Not Kafka.
        return head + await reader.readexactly(size)
    except (asyncio.IncompleteReadError, OSError):
        return None


class _Link:
    """A client's connection and the one to the broker behind it."""

    def __init__(self, proxy, client, broker):
        self.proxy = proxy
        self.client_reader, self.client_writer = client
        self.broker_reader, self.broker_writer = broker
        self.pending = {}  # Correlation id: (request, the rule that is after its response).
        self.closed = False

    def close(self):
        self.closed = True
        self.client_writer.close()
        self.broker_writer.close()

    async def run(self):
        answers = asyncio.create_task(self._answers())
        try:
            while (frame := await _read_frame(self.client_reader)) is not None:
                request = parse_request(frame)
                rule = self.proxy.match(request)
                if rule is None:
                    await self.forward(request)
                else:
                    await self._apply(rule, request)
                if self.closed:
                    break
            await self._last_answers()
        finally:
            self.close()
            await answers

    async def _last_answers(self):
        """What became of requests that a rule had is known although the client is gone."""
        deadline = self.proxy.loop_time() + LAST_ANSWERS_SECONDS
        while not self.closed and any(rule for _, rule in self.pending.values()) and self.proxy.loop_time() < deadline:
            await asyncio.sleep(0.02)

    async def forward(self, request, rule=None):
        self.pending[request.correlation] = (request, rule)
        try:
            self.broker_writer.write(request.frame)
            await self.broker_writer.drain()
        except OSError:
            self.close()

    async def _answers(self):
        while (frame := await _read_frame(self.broker_reader)) is not None:
            request, rule = self.pending.pop(struct.unpack_from(">i", frame, 4)[0], (None, None))
            if rule is not None:
                self.proxy.note("answered", rule, request, error=response_error(request, frame))
            if rule is not None and rule.action == "cut_after":
                break
            if rule is not None and rule.action == "drop_response":
                continue
            try:
                self.client_writer.write(frame)
                await self.client_writer.drain()
            except OSError:
                pass  # The client is gone: whoever reads from it finds that out.
        self.close()

    async def _apply(self, rule, request):
        action = rule.action
        if action == "cut_before":
            self.close()
        elif action in ("cut_after", "drop_response"):
            await self.forward(request, rule)
        elif action == "delay" and rule.others_wait:
            await self._forward_late(rule, request)
        elif action == "delay":
            self.proxy.spawn(self._forward_late(rule, request))
        elif action == "duplicate":
            await self.forward(request)
            self.proxy.spawn(self.proxy.deliver_later(rule, request))
        elif action == "hold":
            self.proxy.spawn(self.proxy.deliver_later(rule, request))
            if rule.cut:
                self.close()

    async def _forward_late(self, rule, request):
        await self.proxy.later(rule)
        self.proxy.note("forwarded", rule, request)
        if self.closed:
            await self.proxy.deliver(rule, request)
        else:
            await self.forward(request, rule)


class KafkaProxy:
    """Runs in a thread of its own; its methods may be called from any thread."""

    def __init__(self, broker, port=0, seed=0, log=None):
        """`broker`: host:port of the PROXIED listener. `port`: the one that the broker advertises there; 0: any, see `port`."""
        self.broker = broker
        self.port = port
        self._random = random.Random(seed)
        self._log = open(log, "a", buffering=1) if log else None
        self._rules = []
        self._released = {}  # Rule id: asyncio.Event.
        self._matched = collections.Counter()
        self._events = []
        self._changed = threading.Condition()
        self._tasks = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kafka-proxy", daemon=True)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()

    def start(self):
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._accept, "127.0.0.1", self.port))
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self):
        self._run(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self._log:
            self._log.close()

    async def _shut(self):
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _run(self, coroutine, timeout=10):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout)

    # Rules and what they did.

    def add(self, rule):
        """From now on. Returns the rule, with its id."""
        async def add():
            rule.id = len(self._released) + 1
            self._released[rule.id] = asyncio.Event()
            self._rules.append(rule)
        self._run(add())
        return rule

    def remove(self, rule_id):
        """Hits nothing more. What it holds stays held."""
        async def remove():
            self._rules = [rule for rule in self._rules if rule.id != rule_id]
        self._run(remove())

    def release(self, rule_id):
        """Everything that the rule holds, now or later, is delivered."""
        async def release():
            self._released[rule_id].set()
        self._run(release())

    def release_all(self):
        """No rules any more, and nothing is held."""
        async def release_all():
            self._rules = []
            for event in self._released.values():
                event.set()
        self._run(release_all())

    def events(self, since=0):
        with self._changed:
            return list(self._events[since:])

    def wait_for(self, event, rule_id, count=1, timeout=60):
        """Until the rule has `count` events of this name, or of one of several; they are returned."""
        names = (event,) if isinstance(event, str) else event

        def found():
            return [e for e in self._events if e["rule"] == rule_id and e["event"] in names]

        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= count, timeout):
                raise TimeoutError(f"waited {timeout} s for {count} x '{event}' of rule {rule_id}; events: {self._events}")
            return found()

    # In the loop's thread.

    def loop_time(self):
        return self._loop.time()

    def match(self, request):
        for rule in self._rules:
            if (rule.api not in ("", request.api) or rule.client not in request.client
                    or rule.transaction not in request.transaction):
                continue
            self._matched[rule.id] += 1
            number = self._matched[rule.id] - rule.skip
            if number <= 0 or rule.count == 0 or (rule.probability < 1 and self._random.random() >= rule.probability):
                continue
            if rule.count > 0:
                rule.count -= 1
            self.note("matched", rule, request)
            return rule
        return None

    def note(self, event, rule, request, **more):
        line = {"time": time.time(), "monotonic": time.monotonic(), "event": event, "rule": rule.id, "action": rule.action,
                "api": request.api, "version": request.version, "client": request.client, "transaction": request.transaction,
                "correlation": request.correlation, **more}
        if self._log:
            self._log.write(json.dumps(line) + "\n")
        with self._changed:
            self._events.append(line)
            self._changed.notify_all()

    def spawn(self, coroutine):
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def later(self, rule):
        try:
            await asyncio.wait_for(self._released[rule.id].wait(), rule.seconds)
        except asyncio.TimeoutError:
            pass

    async def deliver_later(self, rule, request):
        await self.later(rule)
        for _ in range(rule.copies):
            await self.deliver(rule, request)

    async def deliver(self, rule, request):
        """On a connection of its own, to whose answer nobody listens but the log."""
        try:
            reader, writer = await self._connect()
            writer.write(request.frame)
            await writer.drain()
            frame = await asyncio.wait_for(_read_frame(reader), 30)
            writer.close()
        except (OSError, asyncio.TimeoutError) as error:
            self.note("undelivered", rule, request, why=str(error))
            return
        self.note("delivered", rule, request, error=response_error(request, frame) if frame else None)

    async def _connect(self):
        host, port = self.broker.rsplit(":", 1)
        return await asyncio.open_connection(host, int(port), limit=1 << 20)

    async def _accept(self, reader, writer):
        self._tasks.add(task := asyncio.current_task())
        task.add_done_callback(self._tasks.discard)
        try:
            broker = await self._connect()
        except OSError:
            writer.close()  # As the broker itself would: nobody is there.
            return
        try:
            await _Link(self, (reader, writer), broker).run()
        except asyncio.CancelledError:
            pass  # stop(); the streams' own callback would complain about it.


# --- As a process ----------------------------------------------------------------------------------------------------

def answer(proxy, line):
    """What the control port says to one line."""
    try:
        command = json.loads(line)
        if "add" in command:
            return {"id": proxy.add(Rule(**command["add"])).id}
        if "remove" in command:
            proxy.remove(command["remove"])
        elif "release" in command:
            proxy.release(command["release"])
        elif "release_all" in command:
            proxy.release_all()
        elif "events" in command:
            return {"events": proxy.events(command["events"])}
        else:
            return {"error": "one of add, remove, release, release_all, events is expected"}
        return {}
    except (ValueError, TypeError, KeyError) as error:
        return {"error": str(error)}


async def serve_control(proxy, port):
    async def serve(reader, writer):
        while line := await reader.readline():
            # The proxy's methods wait for its thread: not in this one's loop.
            reply = await asyncio.to_thread(answer, proxy, line)
            writer.write(json.dumps(reply).encode() + b"\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=1 << 20)
    print(json.dumps({"proxy": proxy.port, "control": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--broker", required=True, help="host:port of the broker's PROXIED listener")
    parser.add_argument("--port", type=int, default=0, help="the port that the broker advertises there")
    parser.add_argument("--control", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log")
    options = parser.parse_args()
    with KafkaProxy(options.broker, options.port, options.seed, options.log) as proxy:
        try:
            asyncio.run(serve_control(proxy, options.control))
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
