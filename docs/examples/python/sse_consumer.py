#!/usr/bin/env python3
"""Copies Daybook's events to a file, each exactly once and in order, whatever happens to either side.

    DAYBOOK_API_KEY=dbk_... python3 sse_consumer.py --url http://127.0.0.1:8080 --output events.jsonl

Needs nothing but Python 3.9. Events come by Server-Sent Events from GET /api/events/stream. The checkpoint says which event
was the last one and how long the output was with it. Both are written after the event itself: a crash in between leaves
output that the checkpoint does not cover, which is cut off at the next start. So output and checkpoint always agree, and
that is all that "exactly once" takes. Whoever writes to a database keeps both in one transaction instead.
"""

import argparse
import http.client
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request

# The server says something every 15 s. Longer silence is a broken connection.
SILENCE = 45
LONGEST_PAUSE = 30


class Output:
    """A file of events and the checkpoint beside it."""

    def __init__(self, path, start):
        self.path, self.checkpoint = path, path + ".checkpoint"
        try:
            with open(self.checkpoint, encoding="utf-8") as file:
                saved = json.load(file)
        except FileNotFoundError:
            saved = {"last_event_id": "0-0" if start else None, "length": 0}
        self.last_event_id = saved["last_event_id"]
        self.file = open(path, "ab")
        self.file.truncate(saved["length"])
        self.length = saved["length"]

    def append(self, event_id, line):
        """Writes an event, then where we are."""
        self.length += self.file.write(line)
        self.file.flush()
        self.reached(event_id)

    def reached(self, event_id):
        """Writes where we are. The new checkpoint takes the old one's place in one step."""
        self.last_event_id = event_id
        temporary = self.checkpoint + ".new"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump({"last_event_id": event_id, "length": self.length}, file)
            # Against a power cut, as opposed to a crash, add here: os.fsync of self.file, then of this file.
        os.replace(temporary, self.checkpoint)


def blocks(lines):
    """The blocks of a stream of Server-Sent Events, as (id, data); either may be None."""
    event_id, data = None, []
    for line in lines:
        line = line.rstrip(b"\r\n")
        if not line:
            if event_id is not None or data:
                yield event_id, (b"\n".join(data) if data else None)
            event_id, data = None, []
            continue
        name, _, value = line.partition(b":")
        value = value[1:] if value.startswith(b" ") else value
        if name == b"id":
            event_id = value.decode("ascii")
        elif name == b"data":
            data.append(value)
        # Comments have an empty name and are only a sign of life; the other fields repeat what stands in the event.


def consume(url, key, output):
    """Reads until the connection ends."""
    headers = {"Accept": "text/event-stream", "Authorization": "Bearer " + key}
    if output.last_event_id is not None:
        headers["Last-Event-ID"] = output.last_event_id
    request = urllib.request.Request(url + "/api/events/stream", headers=headers)
    with urllib.request.urlopen(request, timeout=SILENCE) as answer:
        for event_id, data in blocks(answer):
            if data is None:
                # The beginning of the stream: from here on we miss nothing, even if no event comes before a crash.
                output.reached(event_id)
            else:
                # Here the event is handled. Another writer's line breaks stand between its parts, never within.
                output.append(event_id, data.replace(b"\n", b" ") + b"\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default=os.environ.get("DAYBOOK_URL", "http://127.0.0.1:8080"))
    parser.add_argument("--output", required=True, help="a file; its checkpoint is kept beside it")
    parser.add_argument("--from-start", action="store_true", help="begin with the first event, not with the next one")
    arguments = parser.parse_args()
    key = os.environ.get("DAYBOOK_API_KEY")
    if not key:
        parser.error("DAYBOOK_API_KEY must be an API key; one with the scope analytics sees all events")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    output = Output(arguments.output, arguments.from_start)
    pause = 1
    while True:
        before = output.last_event_id
        try:
            consume(arguments.url.rstrip("/"), key, output)
            problem = "the stream ended"
        except urllib.error.HTTPError as error:
            problem = f"{error.code}: {error.read().decode(errors='replace')}"
            if error.code not in (429, 500, 502, 503, 504):
                # A wrong key, or a checkpoint of another log: trying again would not help.
                sys.exit(problem)
        except (OSError, http.client.HTTPException) as error:
            problem = f"the connection broke: {error}"
        pause = 1 if output.last_event_id != before else min(pause * 2, LONGEST_PAUSE)
        print(f"{problem}; connecting again in {pause} s", file=sys.stderr)
        time.sleep(pause)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
