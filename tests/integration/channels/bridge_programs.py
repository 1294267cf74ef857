"""Small bridges for tests: real processes that speak the lines of JSON, well or badly."""

import sys
from pathlib import Path

from frontdesk.channels.bridge.child import Program

_START = """
import json, sys, time
def tell(event, seq=None, **given):
    line = {"event": event, "data": given}
    if seq is not None: line["seq"] = seq
    print(json.dumps(line), flush=True)
def answer(command, success=True, **more):
    print(json.dumps({"id": command["id"], "success": success, **more}), flush=True)
"""
# Does what it is asked: says hello, echoes, refuses, is silent, dies, tells how it was acknowledged.
GOOD = """
tell("ready", words="hello")
for line in sys.stdin:
    told = json.loads(line)
    if "ack" in told:
        tell("acked", upto=told["ack"])
    elif told["action"] == "echo":
        answer(told, data=told["data"])
    elif told["action"] == "refuse":
        answer(told, False, error="The phone is off.", code="off")
    elif told["action"] == "die":
        sys.exit(told["data"]["code"])
tell("bye")
"""
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
tell("ready")
while True: time.sleep(3600)
"""
GARBAGE = """
while True: print("this is no JSON", flush=True)
"""
GREETS = (
    """
print("Server is listening on port 3000", flush=True)
"""
    + GOOD
)
# Prints words for people with all that it does.
CHATTERS = """
for line in sys.stdin:
    for _ in range(15): print("Callback sent: new_message", flush=True)
    if "id" in json.loads(line): answer(json.loads(line))
"""
ENDS = """
tell("ready")
sys.exit(3)
"""
MEGABYTES = (
    """
sys.stdout.write("x" * (12 * 1024 * 1024) + "\\n")
"""
    + GOOD
)
LOUD = (
    """
sys.stderr.write("something went wrong\\n" * 40000)
"""
    + GOOD
)


def program(source: str, folder: Path) -> Program:
    """The program of that source, in a folder of its own."""
    return Program((sys.executable, "-c", _START + source), folder, diary=folder / "diary.log")
