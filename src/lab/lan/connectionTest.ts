/** The connection test: tries the way to a host step by step, and says in words what is wrong and what to do. */
import { LabError } from '../../contract/errors.ts';
import type { ConnectionTest, ConnectionTestStep } from '../../contract/lan.ts';
import { Channel } from './channel.ts';
import { KNOCK_WORDS } from './hostConnection.ts';
import { isSameSubnet, lanInterfaces } from './interfaces.ts';
import type { LanInterface } from './interfaces.ts';
import { fromHost, LAN_PROTOCOL_VERSION } from './protocol.ts';
import type { FromHost, FromMachine } from './protocol.ts';
import type { Hello } from './hostConnection.ts';
import { knock, KnockError } from './tls.ts';

const ANSWER_LIMIT_MS = 5000;
/** Raft needs no equal clocks; event times from two machines are only in order where they nearly agree. */
const CLOCK_DIFFERENCE_WARNED_MS = 2000;

/**
 * Tests the way to a host without joining. Never throws: what fails is a step of the answer.
 * @param key from the code that was typed; what is wrong with that when it is none
 */
export async function testConnection(
  address: string, port: number, key: Uint8Array | LabError, hello: Hello,
  interfaces: readonly LanInterface[] = lanInterfaces(),
): Promise<ConnectionTest> {
  const steps: ConnectionTestStep[] = [networkStep(address, interfaces)];
  const finish = (...more: readonly ConnectionTestStep[]): ConnectionTest => {
    steps.push(...more);
    return { steps, canJoin: steps.every(({ outcome }) => outcome !== 'failed') };
  };
  if (key instanceof LabError) {
    return finish({ what: 'Code', outcome: 'failed', detail: key.message });
  }
  let socket;
  try {
    socket = await knock(address, port, key);
  } catch (error) {
    const failure = error instanceof KnockError ? error.failure : 'no-reply';
    const step = { outcome: 'failed', detail: KNOCK_WORDS[failure] } as const;
    return failure === 'wrong-code'
      ? finish({ what: 'Reply', outcome: 'ok', detail: 'the host answers' }, { what: 'Code', ...step })
      : finish({ what: 'Reply', ...step });
  }
  steps.push(
    { what: 'Reply', outcome: 'ok', detail: 'the host answers' },
    { what: 'Code', outcome: 'ok', detail: 'the code is right' },
  );
  const askedAtMs = Date.now();
  const answer = await firstWords(socket, hello);
  if (answer instanceof LabError) {
    return finish({ what: 'Version', outcome: 'failed', detail: answer.message });
  }
  return finish(
    { what: 'Version', outcome: 'ok', detail: `${answer.hostName} speaks the same protocol` },
    clockStep(answer.clockMs - (askedAtMs + Date.now()) / 2),
  );
}

function networkStep(address: string, interfaces: readonly LanInterface[]): ConnectionTestStep {
  const [first] = interfaces.filter(({ kind }) => kind !== 'loopback');
  if (address.startsWith('127.')) {
    return { what: 'Network', outcome: 'ok', detail: 'the address is this machine itself' };
  }
  if (first === undefined) {
    return { what: 'Network', outcome: 'failed', detail: 'this machine has no network: plug in a cable or join Wi-Fi' };
  }
  const near = interfaces.find((by) => isSameSubnet(by.address, address, by.netmask));
  return near === undefined
    ? {
        what: 'Network', outcome: 'warning',
        detail: `${address} is in another subnet than this machine (${first.address}): a router must let it through`,
      }
    : { what: 'Network', outcome: 'ok', detail: `${address} is in the subnet of ${near.name} (${near.address})` };
}

function clockStep(differenceMs: number): ConnectionTestStep {
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  return Math.abs(differenceMs) <= CLOCK_DIFFERENCE_WARNED_MS
    ? { what: 'Clock', outcome: 'ok', detail: 'the clocks agree' }
    : {
        what: 'Clock', outcome: 'warning',
        detail: `this machine's clock is ${seconds} s ${differenceMs > 0 ? 'behind' : 'ahead'}: Raft does not mind, `
          + 'but the times in the event list will not fit together',
      };
}

/** Says hello as a viewer who leaves at once, and waits for the host's first word. */
function firstWords(
  socket: Awaited<ReturnType<typeof knock>>, hello: Hello,
): Promise<(FromHost & { type: 'welcome' }) | LabError> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(new LabError('refused', 'the host does not answer in time: another version of Raftlab may run there'));
      channel.close();
    }, ANSWER_LIMIT_MS);
    const channel = new Channel<FromHost, FromMachine>(socket, {
      schema: fromHost,
      onMessage: (message) => {
        clearTimeout(timer);
        if (message.type === 'welcome') {
          resolve(message);
        } else {
          const text = message.type === 'refused' ? message.message : 'the host speaks another version of the protocol';
          resolve(new LabError('refused', text));
        }
        channel.close();
      },
      onEnd: () => {
        clearTimeout(timer);
        resolve(new LabError('refused', 'the host has closed the connection: another version may run there'));
      },
    });
    channel.send({ type: 'hello', version: LAN_PROTOCOL_VERSION, clockMs: Date.now(), isTest: true, ...hello });
  });
}
