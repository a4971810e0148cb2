#!/usr/bin/env python3
"""Copies Daybook's events from NATS JetStream to a file, each exactly once and in order.

    python3 -m venv venv && venv/bin/pip install nats-py
    NATS_ANALYTICS_URL=nats://analytics:...@127.0.0.1:4222 venv/bin/python nats_consumer.py --output events.jsonl

Reads the stream DAYBOOK_ANALYTICS, which carries no personal data, as the user "analytics", who may do nothing else. The
server keeps no state for us: the consumer is ordered, and the checkpoint is our own (see sse_consumer.py for how it works).
JetStream keeps events for seven days. Who was away for longer reads the log instead, by sse_consumer.py.
"""

import argparse
import asyncio
import json
import os
import sys

import nats
import nats.errors
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

STREAM = "DAYBOOK_ANALYTICS"
SUBJECTS = "daybook.analytics.>"
# After so many seconds without an event the reading is begun anew: the server may have lost it in a restart.
SILENCE = 30


class Output:
    """A file of events and the checkpoint beside it: the last message's sequence and event, and the file's length."""

    def __init__(self, path):
        self.checkpoint = path + ".checkpoint"
        try:
            with open(self.checkpoint, encoding="utf-8") as file:
                self.saved = json.load(file)
        except FileNotFoundError:
            self.saved = {"sequence": 0, "event_id": None, "length": 0}
        self.file = open(path, "ab")
        self.file.truncate(self.saved["length"])

    def append(self, sequence, event_id, line):
        length = self.saved["length"] + self.file.write(line)
        self.file.flush()
        self.saved = {"sequence": sequence, "event_id": event_id, "length": length}
        with open(self.checkpoint + ".new", "w", encoding="utf-8") as file:
            json.dump(self.saved, file)
        os.replace(self.checkpoint + ".new", self.checkpoint)


async def copy(jetstream, output):
    """Copies events until nothing has come for a while: silence, or a reading that the server has forgotten."""
    # Begin with the message that was the last one, to see that it still is what it was.
    seen = output.saved
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE if seen["sequence"] else DeliverPolicy.ALL,
        opt_start_seq=seen["sequence"] or None,
        ack_policy=AckPolicy.NONE,
    )
    subscription = await jetstream.subscribe(SUBJECTS, stream=STREAM, config=config, ordered_consumer=True)
    while True:
        try:
            message = await subscription.next_msg(timeout=SILENCE)
        except nats.errors.TimeoutError:
            return await subscription.unsubscribe()
        sequence, event = message.metadata.sequence.stream, json.loads(message.data)
        last = output.saved
        if sequence <= seen["sequence"]:
            if event["id"] != last["event_id"]:
                sys.exit("the stream is not the one that the checkpoint was written for")
        elif last["sequence"] and sequence != last["sequence"] + 1:
            sys.exit("events are missing: they are older than the stream keeps them; read them by sse_consumer.py")
        else:
            output.append(sequence, event["id"], message.data.replace(b"\n", b" ") + b"\n")


async def consume(url, output):
    client = await nats.connect(url, max_reconnect_attempts=-1)
    while True:
        try:
            await copy(client.jetstream(), output)
        except nats.errors.Error as error:
            print(f"{error!r}; reading again", file=sys.stderr)
            await asyncio.sleep(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default=os.environ.get("NATS_ANALYTICS_URL", "nats://127.0.0.1:4222"))
    parser.add_argument("--output", required=True, help="a file; its checkpoint is kept beside it")
    arguments = parser.parse_args()
    asyncio.run(consume(arguments.url, Output(arguments.output)))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
