#!/usr/bin/env python3
"""Writes a recording that Raftlab opens: an election of three nodes, and one write, told by another program.

    python3 write_recording.py FILE.raftlab

A recording is gzip of JSON Lines (docs/recording.md): first a header, then a line for each event. Your own Raft in any
language can tell what it did like this, and the window shows it: ring, logs, space-time diagram, and why.
"""

import gzip
import json
import sys

NODES = ["n1", "n2", "n3"]
START_MS = 1_767_225_600_000  # 1 January 2026


class Recording:
    """Numbers events and writes them line by line."""

    def __init__(self, file):
        self.file = file
        self.seq = 0
        self.now_ms = START_MS
        self.line({"raftlab": "recording", "version": 1, "labName": "Told by Python",
                   "createdAt": "2026-01-01T00:00:00Z"})

    def line(self, value):
        self.file.write(json.dumps(value) + "\n")

    def event(self, node, kind, after_ms=0.0, **fields):
        """node: 1 for n1 and so on, 0 for the lab itself."""
        self.seq += 1
        self.now_ms += after_ms
        self.line({"e": {"type": kind, "seq": self.seq, "atMs": self.now_ms, "node": node, **fields}})


def message(recording, number, sender, receiver, **summary):
    """A message leaves, and arrives two milliseconds later. What the receiver does next has it as its cause."""
    message_id = f"{sender}.1.{number}"
    recording.event(sender, "messageSent", 0.1, messageId=message_id, to=receiver, message=summary, bytes=60)
    recording.event(receiver, "messageReceived", 2, messageId=message_id, **{"from": sender}, message=summary, bytes=60)
    return {"by": "message", "messageId": message_id}


def main(path):
    with gzip.open(path, "wt", encoding="utf-8") as file:
        recording = Recording(file)
        recording.event(0, "labOpened", labId="python", name="Told by Python", pace="class", nodes=NODES)
        for node, name in enumerate(NODES, start=1):
            recording.event(
                node, "nodeStarted", 1, name=name, incarnation=1, address="", port=0, threadId=0, databasePath="",
                boot=1, hardState={"currentTerm": 0, "votedFor": 0, "commitIndex": 0}, firstIndex=1, lastIndex=0,
                tail=[], openMs=1)
        timer = {"by": "timer"}
        recording.event(1, "termChanged", 180, term=1, previousTerm=0, turn=1, cause=timer)
        recording.event(1, "roleChanged", role="candidate", previousRole="follower", term=1, leader=0, votes=[],
                        voterCount=3, reason="the election timer ran out", turn=1, cause=timer)
        cause = message(recording, 1, 1, 2, type="RequestVote", term=1, logIndex=0, logTerm=0)
        recording.event(2, "termChanged", term=1, previousTerm=0, turn=1, cause=cause)
        recording.event(2, "voteGranted", candidate=1, term=1, preVote=False, turn=1, cause=cause)
        cause = message(recording, 1, 2, 1, type="RequestVoteResponse", term=1, voteGranted=True)
        recording.event(1, "roleChanged", role="leader", previousRole="candidate", term=1, leader=1, votes=[1, 2],
                        voterCount=3, reason="a majority voted for it", turn=2, cause=cause)
        entry = {"index": 1, "term": 1, "type": "command", "bytes": 8}
        recording.event(1, "entriesAppended", 50, entries=[entry], turn=3, cause={"by": "request"})
        cause = message(recording, 2, 1, 2, type="AppendEntries", term=1, logIndex=0, logTerm=0, entryCount=1,
                        leaderCommit=0)
        recording.event(2, "entriesAppended", entries=[entry], turn=2, cause=cause)
        cause = message(recording, 2, 2, 1, type="AppendEntriesResponse", term=1, matchIndex=1)
        recording.event(1, "commitAdvanced", commitIndex=1, previousCommitIndex=0, turn=4, cause=cause)
        recording.event(1, "applied", index=1, term=1, text="put x 1", turn=4, cause=cause)
        recording.line({"o": {
            "requestId": "1.1.1", "client": "ada", "node": 1, "command": {"op": "put", "key": "x", "value": "1"},
            "askedAtMs": recording.now_ms - 5, "answeredAtMs": recording.now_ms, "outcome": "ok",
            "result": {"type": "written", "previous": None}, "index": 1, "term": 1, "tookEffect": None, "parts": {}}})
        recording.line({"n": {"seq": recording.seq, "toSeq": None, "atMs": recording.now_ms,
                              "text": "the write is committed"}})


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
