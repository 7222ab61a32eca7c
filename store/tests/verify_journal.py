#!/usr/bin/env python3
"""Checks a Kasasagi journal (format 1, docs/store.md) without any of Kasasagi's code.

usage: verify_journal.py STORE    prints JSON: events, head, first_bad ([number, reason] or null).

It checks frames, the hash chain, segments, and the heads that the checkpoints name. It does not check
the checkpoints' Ed25519 signatures, which Python's standard library cannot.
"""
import hashlib
import json
import pathlib
import struct
import sys

MAGIC = b"KASASAGI-JOURNAL"
HEADER = struct.Struct("<16sIQ32s4s")
LEAD = struct.Struct("<II")
MAX_PAYLOAD = 8 << 20


class Bad(Exception):
    """What is wrong with the next event."""


def frames(path, first, prev):
    """Yields each frame's (payload, hash), after checking the segment header."""
    data = path.read_bytes()
    if len(data) < HEADER.size:
        raise Bad("the segment header is cut short")
    if HEADER.unpack_from(data) != (MAGIC, 1, first, prev, bytes(4)):
        raise Bad("the segment header does not fit")
    at = HEADER.size
    while at < len(data):
        if len(data) - at < LEAD.size:
            raise Bad("the file ends within it")
        length, _place = LEAD.unpack_from(data, at)
        end = at + LEAD.size + length + 32
        if length > MAX_PAYLOAD:
            raise Bad("its length is impossible")
        if end > len(data):
            raise Bad("the file ends within it")
        digest = hashlib.sha256(data[at : end - 32]).digest()
        if digest != data[end - 32 : end]:
            raise Bad("its hash does not fit its content")
        yield data[at + LEAD.size : end - 32], digest
        at = end


def check_entry(payload, seq, prev):
    entry = json.loads(payload)
    if list(entry) != ["seq", "at", "actor", "prev", "event"]:
        raise Bad("it is no entry")
    if entry["seq"] != seq:
        raise Bad(f"entry {entry['seq']} stands in its place")
    if entry["prev"] != prev.hex():
        raise Bad("it does not follow from the entry before")


def checkpoints(store):
    """The head that each checkpoint names, by event number."""
    heads = {}
    for path in sorted((store / "checkpoints").glob("*.txt")):
        for line in path.read_text().splitlines():
            word, seq, head, _time, _signature = line.split()
            if word == "kasasagi1":
                heads[int(seq)] = head
    return heads


def verify(store):
    seq, prev, bad = 0, bytes(32), None
    heads = checkpoints(store)
    try:
        for path in sorted((store / "journal").glob("*.log")):
            if int(path.stem) != seq + 1:
                raise Bad(f"the next segment starts with entry {int(path.stem)}")
            for payload, digest in frames(path, seq + 1, prev):
                check_entry(payload, seq + 1, prev)
                seq, prev = seq + 1, digest
                if heads.get(seq, digest.hex()) != digest.hex():
                    seq -= 1
                    raise Bad("a checkpoint tells another history")
        if max(heads, default=0) > seq:
            raise Bad("a checkpoint vouches for more events")
    except (Bad, ValueError) as error:
        bad = [seq + 1, str(error)]
    return {"events": seq, "head": prev.hex(), "first_bad": bad}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    result = verify(pathlib.Path(sys.argv[1]))
    print(json.dumps(result))
    sys.exit(1 if result["first_bad"] else 0)
