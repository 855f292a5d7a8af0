/** A thread that sends garbage to UDP ports at the given rate, until it is ended. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';
import type { FloodPlan } from './flood.ts';

const BURST_EVERY_MS = 2;
/** Enough different datagrams that none is dropped as a copy. */
const VARIANTS = 512;
const LENGTH_MAX = 1200;
/** Datagrams that may wait in the system for a turn of this loop. */
const UNSENT_MAX = 4000;

const { ports, perSecond, headers } = workerData as FloodPlan; // from our own thread
const datagrams = Array.from({ length: VARIANTS }, (_, variant) => {
  const header = headers[variant % headers.length] ?? new Uint8Array();
  const noise = randomBytes(1 + ((variant * 37) % (LENGTH_MAX - header.length)));
  return Buffer.concat([header, noise]);
});
const socket = createSocket('udp4');
socket.on('error', () => undefined); // nobody listens there now
let sent = 0;
let unsent = 0;

socket.bind(0, '127.0.0.1', () => {
  const startedAtMs = performance.now();
  setInterval(() => {
    const due = ((performance.now() - startedAtMs) / 1000) * perSecond;
    while (sent < due && unsent < UNSENT_MAX) {
      const datagram = datagrams[sent % VARIANTS] ?? '';
      sent += 1;
      unsent += 1;
      socket.send(datagram, ports[sent % ports.length] ?? 0, '127.0.0.1', () => {
        unsent -= 1;
      });
    }
    parentPort?.postMessage(sent - unsent);
  }, BURST_EVERY_MS);
});
