/** The connection test: tries the way to a host step by step and explains what is wrong and what to do. */
import type { TLSSocket } from 'node:tls';
import { LabError } from '../../contract/errors.ts';
import type { ConnectionTest, ConnectionTestStep } from '../../contract/lan.ts';
import { untilCalledOff } from '../calledOff.ts';
import { listenForLabs } from '../discovery/beacon.ts';
import type { BeaconListener } from '../discovery/beacon.ts';
import { clockStep, datagramStep, knockWords, networkStep } from './connectionWords.ts';
import type { Hello } from '../guest/entry.ts';
import type { MachineKey } from '../identity/machineKey.ts';
import { lanInterfaces } from '../discovery/interfaces.ts';
import type { LanInterface } from '../discovery/interfaces.ts';
import { knock, KnockError } from '../channel/tls.ts';
import type { KnockFailure } from '../channel/tls.ts';
import { tryAsGuest } from './tryAsGuest.ts';

/** How long to listen for the host's beacon after the door did not open: it comes every two seconds. */
const BEACON_WAIT_MS = 2500;
/** The failures that a beacon helps to explain: whether the lab is there although its door cannot be reached. */
const ASKS_BEACON: ReadonlySet<KnockFailure> = new Set(['no-reply', 'refused', 'unreachable']);
const ANSWERS: ConnectionTestStep = { what: 'Reply', outcome: 'ok', detail: 'the host answers' };

/**
 * Tests the way to a host without joining. A failure is a step of the answer.
 * @param codeKey derived from the typed code; the problem with that text if it is not a code
 * @param signal cancels it; nothing is left open
 * @throws {LabError} only when it was called off
 */
export async function testConnection(
  address: string, port: number, codeKey: Uint8Array | LabError, hello: Hello, identity: MachineKey,
  signal: AbortSignal, interfaces: readonly LanInterface[] = lanInterfaces(),
): Promise<ConnectionTest> {
  refuseCalledOff(signal);
  const steps: ConnectionTestStep[] = [networkStep(address, interfaces)];
  const finish = (...more: readonly ConnectionTestStep[]): ConnectionTest => {
    steps.push(...more);
    return { steps, canJoin: steps.every(({ outcome }) => outcome !== 'failed') };
  };
  if (codeKey instanceof LabError) {
    return finish({ what: 'Code', outcome: 'failed', detail: codeKey.message });
  }
  const announcements = new Announcements(address, interfaces);
  let socket: TLSSocket;
  try {
    socket = await knock(address, port, codeKey, undefined, signal);
  } catch (error) {
    refuseCalledOff(signal);
    const failure = error instanceof KnockError ? error.failure : 'no-reply';
    if (failure === 'wrong-code') {
      return finish(ANSWERS, { what: 'Code', outcome: 'failed', detail: knockWords(failure, port, []) });
    }
    const heard = ASKS_BEACON.has(failure)
      ? await untilCalledOff(announcements.heard(port, BEACON_WAIT_MS), signal) ?? [] : [];
    refuseCalledOff(signal);
    return finish({ what: 'Reply', outcome: 'failed', detail: knockWords(failure, port, heard) });
  } finally {
    announcements.close();
  }
  steps.push(ANSWERS, { what: 'Code', outcome: 'ok', detail: 'the code is right' });
  const findings = await tryAsGuest(socket, hello, identity, signal);
  refuseCalledOff(signal);
  if (findings instanceof LabError) {
    return finish({ what: 'Version', outcome: 'failed', detail: findings.message });
  }
  return finish(
    { what: 'Version', outcome: 'ok', detail: `${findings.welcome.hostName} speaks the same protocol` },
    clockStep(findings.clockDifferenceMs),
    datagramStep(findings),
  );
}

/** @throws {LabError} when the test was called off: its findings then say nothing about the way */
function refuseCalledOff(signal: AbortSignal): void {
  if (signal.aborted) {
    throw new LabError('refused', 'the connection test was cancelled');
  }
}

/** The beacons that come from one address while its door is tried. */
class Announcements {
  readonly #listener: BeaconListener;
  readonly #address: string;
  #look: () => void = () => undefined;

  constructor(address: string, interfaces: readonly LanInterface[]) {
    this.#address = address;
    // A machine that cannot hear beacons reports less, but nothing wrong.
    this.#listener = listenForLabs(interfaces, () => this.#look(), () => undefined);
  }

  /** The ports announced for labs at that address: at once if `port` is among them, else after `limitMs`. */
  heard(port: number, limitMs: number): Promise<readonly number[]> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(this.#ports), limitMs);
      timer.unref(); // it does not keep a cancelled test alive
      this.#look = () => {
        if (this.#ports.includes(port)) {
          clearTimeout(timer);
          resolve(this.#ports);
        }
      };
      this.#look();
    });
  }

  close(): void {
    this.#listener.close();
  }

  get #ports(): readonly number[] {
    return this.#listener.labs.filter(({ address }) => address === this.#address).map(({ port }) => port);
  }
}
