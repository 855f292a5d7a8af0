/** The LAN in the console without a window: `lan`, `lan code`, `lan let-go desk 7`. The window has buttons for them. */
import { LabError } from '../../contract/errors.ts';
import { explain, parseInput } from '../../contract/commandInput.ts';
import { lanCommandSchemas, parseHostAddress } from '../../contract/lan.ts';
import type { LanCommandInput, LanStatus, MachineStatus } from '../../contract/lan.ts';
import type { LabService } from '../../lab/service.ts';
import type { ClusterView } from '../../trace/view.ts';

/** A command a line, two spaces or more in front of what it does. docs/lan.md lists them too. */
export const LAN_HELP = `lan                     how this machine stands on the LAN; at the host with the join code
lan interfaces          the network interfaces that a lab can be opened by
lan find                the labs that can be heard
lan test ADDRESS CODE   tries the way to a host and says what is wrong
lan join ADDRESS CODE   joins another machine's lab (ADDRESS:PORT unless 47317)
lan use-code CODE       the code of a host that has renewed it (member, viewer)
lan open INTERFACE      opens this lab to the LAN by an interface's name or address
lan close               takes it off again; the machines that are in stop their nodes (host)
lan code                makes a new join code (host)
lan joining open|close  lets new machines in, or nobody (host)
lan let-go MACHINE      lets a machine go, by name, address or id; its nodes leave the cluster (host)
lan bring [learner]     brings a node of this machine (member)
lan permit yes|no       whether the host may act on this machine's nodes
lan leave               takes this machine's nodes out of the cluster and leaves
lan help                this list`;

type Destination = LanCommandInput<'lan:test'>;

export interface LanAnswer {
  readonly text: string;
  readonly value: unknown;
}

/** @throws {LabError} when it is not a LAN command, or cannot be done */
export async function runLanCommand(service: LabService, words: readonly string[]): Promise<LanAnswer> {
  const [verb = '', ...rest] = words;
  const argument = rest.join(' ');
  switch (verb) {
    case '': {
      const status = await service.execute('lan:status', {});
      return { text: describeStatus(status), value: status };
    }
    case 'help':
      return { text: LAN_HELP, value: null };
    case 'interfaces': {
      const found = await service.execute('lan:interfaces', {});
      const lines = found.map(({ name, address, explanation }) => `${name} ${address}  ${explanation}`);
      return { text: lines.join('\n') || 'this machine has no network', value: found };
    }
    case 'find': {
      const found = await service.execute('lan:find', {});
      const lines = found.labs.map(({ name, address, port }) => `${name} at ${address}:${port}`);
      return { text: found.problem ?? (lines.join('\n') || 'none is heard yet: ask again'), value: found };
    }
    case 'test': {
      const test = await service.execute('lan:test', destination(rest));
      const lines = test.steps.map(({ what, outcome, detail }) => `${what}: ${outcome}, ${detail}`);
      const verdict = test.canJoin ? 'This machine can join.' : 'This machine cannot join yet.';
      return { text: [...lines, verdict].join('\n'), value: test };
    }
    case 'join': {
      await service.execute('lan:join', { ...destination(rest), role: 'member' });
      return runLanCommand(service, []);
    }
    case 'use-code':
      await service.execute('lan:useCode', { code: codeOf(rest) });
      return runLanCommand(service, []);
    case 'open':
      await service.execute('lan:open', parseInput('lan:open', { address: argument }));
      return runLanCommand(service, []);
    case 'close':
      await service.execute('lan:close', {});
      return runLanCommand(service, []);
    case 'code':
      await service.execute('lan:renewCode', {});
      return runLanCommand(service, []);
    case 'joining':
      await service.execute('lan:setJoining', { isOpen: chosen(argument, 'open', 'close') });
      return runLanCommand(service, []);
    case 'let-go': {
      const { machineId, name } = await guestCalled(service, argument);
      await service.execute('lan:dismiss', { machineId });
      return { text: `${name} is let go`, value: null };
    }
    case 'bring': {
      const node = await service.execute('lan:bringNode', { asLearner: argument === 'learner' });
      return { text: `${node} runs on this machine`, value: node };
    }
    case 'permit': {
      const permits = chosen(argument, 'yes', 'no');
      await service.execute('lan:setPermits', { permits });
      return { text: `the host may${permits ? '' : ' not'} act on this machine's nodes`, value: permits };
    }
    case 'leave':
      await service.execute('lan:leave', {});
      return { text: 'this machine has left the lab', value: null };
    default:
      throw new LabError('invalid-argument', `there is no command lan ${verb}: lan help lists them`);
  }
}

/** @throws {LabError} when the words are not an address and a code */
function destination([host = '', ...code]: readonly string[]): Destination {
  const place = parseHostAddress(host);
  if ('problem' in place) {
    throw new LabError('invalid-argument', place.problem);
  }
  return { ...place, code: codeOf(code) };
}

/** @throws {LabError} when the words are not a join code */
function codeOf(words: readonly string[]): string {
  const { code } = lanCommandSchemas['lan:useCode'].shape;
  const parsed = code.safeParse(words.join(' '));
  if (!parsed.success) {
    throw new LabError('invalid-argument', explain(parsed.error));
  }
  return parsed.data;
}

/** @throws {LabError} when it is neither */
function chosen(word: string, yes: string, no: string): boolean {
  if (word !== yes && word !== no) throw new LabError('invalid-argument', `say ${yes} or ${no}`);
  return word === yes;
}

/**
 * The machine with this name, address or id: a name and an address may be several machines'.
 * @throws {LabError} when there is none, or more than one
 */
async function guestCalled(service: LabService, word: string): Promise<MachineStatus> {
  const status = await service.execute('lan:status', {});
  const guests = status.mode === 'host' ? status.machines.filter(({ role }) => role !== 'host') : [];
  const meant = guests.filter(({ name, address, machineId }) => [name, address, machineId].includes(word));
  const [found, another] = meant;
  if (found === undefined) throw new LabError('invalid-argument', `no other machine here is called ${word}`);
  if (another === undefined) return found;
  const choices = meant.map(({ address, nodes, machineId }) => (
    `  lan let-go ${machineId}  ${address}  ${nodes.join(' ') || 'no nodes'}`
  ));
  throw new LabError(
    'invalid-argument', [`${meant.length} machines are called ${word}: give the id of the one`, ...choices].join('\n'),
  );
}

/** What programs send to doors on the LAN: only for who asks, because what a service prints by itself is kept. */
export async function doorPasswordLines(service: LabService, { door }: ClusterView): Promise<readonly string[]> {
  if (!door.isOpen || !door.onLan) return [];
  const status = await service.execute('lan:status', {});
  return status.mode === 'local' ? [] : [` password for the doors: ${status.doorPassword}`];
}

function describeStatus(status: LanStatus): string {
  switch (status.mode) {
    case 'local':
      return 'this lab is not open to the LAN';
    case 'host':
      return [
        `open at ${status.address}:${status.port}, join code ${status.code}`
        + (status.joiningIsOpen ? '' : ' (joining is closed)'),
        ...status.machines.map(describeMachine),
        ...status.wrongCodes.map(({ address, tries }) => `wrong code from ${address}, ${tries} tries within a minute`),
      ].join('\n');
    case 'joined':
      return [
        status.isConnected
          ? `in the lab of ${status.hostName} as ${status.role}` : `not connected: ${status.problem ?? ''}`,
        ...(status.needsCode ? ['lan use-code CODE connects with the new code'] : []),
        ...status.machines.map(describeMachine),
      ].join('\n');
  }
}

function describeMachine({ name, role, address, nodes, isConnected, roundTripMs, lastAction }: MachineStatus): string {
  const measured = roundTripMs === null ? '–' : `${roundTripMs.toFixed(1)} ms`;
  const way = isConnected ? measured : 'not connected';
  return `${name}  ${role}  ${address || '–'}  ${nodes.join(' ') || 'no nodes'}  ${way}  ${lastAction ?? ''}`.trimEnd();
}
