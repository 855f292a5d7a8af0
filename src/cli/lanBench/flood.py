"""
Sends garbage to UDP ports at the given rate, until its input ends: a flood as from a stranger's machine, at little
cost to this one. The kernel cuts each buffer into datagrams (UDP_SEGMENT, Linux 4.18); Node cannot ask it to do so.
The only argument is the plan, a JSON object. Every tenth of a second it prints how many datagrams were sent.
"""
import json
import os
import select
import socket
import sys
import time

UDP_SEGMENT = 103
DATAGRAM_BYTES = 600
DATAGRAMS_PER_BUFFER = 60
BUFFERS = 16
BURST_EVERY_S = 0.002
TELL_EVERY_S = 0.1

plan = json.loads(sys.argv[1])
headers = [bytes.fromhex(header) for header in plan["headers"]]
ports = plan["ports"]


def datagram(number):
    header = headers[number % len(headers)]
    return header + os.urandom(DATAGRAM_BYTES - len(header))


buffers = [b"".join(datagram(number) for number in range(DATAGRAMS_PER_BUFFER)) for _ in range(BUFFERS)]
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, DATAGRAM_BYTES)
started_at = time.monotonic()
bursts = 0
told_at = 0.0
print(0, flush=True)
while not select.select([sys.stdin], [], [], BURST_EVERY_S)[0]:
    passed = time.monotonic() - started_at
    while bursts * DATAGRAMS_PER_BUFFER < passed * plan["perSecond"]:
        try:
            sender.sendto(buffers[bursts % BUFFERS], ("127.0.0.1", ports[bursts % len(ports)]))
        except OSError:
            pass  # reports an earlier datagram that nobody received
        bursts += 1
    if passed - told_at >= TELL_EVERY_S:
        told_at = passed
        print(bursts * DATAGRAMS_PER_BUFFER, flush=True)
