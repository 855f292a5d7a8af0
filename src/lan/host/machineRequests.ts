/** What the machines of a lab on the LAN ask of its host: who may do what, and the answers. */
import { commandSchemas } from '../../contract/commands.ts';
import type { CommandName } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import type { Reply } from '../../contract/errors.ts';
import { mayCommand } from '../../contract/lanRoles.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import type { ClusterView } from '../../trace/view.ts';
import type { LabCommandName, LabLog } from '../../lab/service.ts';
import type { HostedLab } from './hostedLab.ts';
import type { Machine } from './machine.ts';
import { REASON_CHARACTERS_MAX } from '../channel/protocol.ts';
import type { FromHost, HeardFromMachine } from '../channel/protocol.ts';

/** The commands of people; a window's request for data is not an action. */
const ACTIONS = /^(?:kv:execute|node:(?:crash|restart|pause|resume|wipe|compact)|cluster:|link:|network:|lab:set)/;

export class MachineRequests {
  readonly #lab: HostedLab;
  readonly #log: LabLog;
  readonly #onLeft: (machine: Machine) => void;

  /** @param onLeft a machine has asked to leave, and its nodes have left the cluster as far as possible */
  constructor(lab: HostedLab, log: LabLog, onLeft: (machine: Machine) => void) {
    this.#lab = lab;
    this.#log = log;
    this.#onLeft = onLeft;
  }

  /** Carries out a connected machine's request, or handles its answer to a request. */
  take(machine: Machine, message: HeardFromMachine): void {
    if (machine.take(message)) {
      return;
    }
    switch (message.type) {
      case 'attach':
        this.attach(machine);
        return;
      case 'acknowledge':
        machine.stream.acknowledge(message.batch);
        return;
      case 'permits':
        machine.permits = message.permits;
        machine.did(message.permits ? 'lets the host act on its nodes' : 'does not let the host act on its nodes');
        return;
      case 'command':
        this.#begin(machine, this.#answer(
          machine, message.requestId, () => this.#command(machine, message.name, message.input)));
        return;
      case 'bringNode':
        this.#begin(machine, this.#answer(
          machine, message.requestId, () => this.#bringNode(machine, message.asLearner)));
        return;
      case 'leave':
        this.#begin(machine, this.#leave(machine, message.requestId));
        return;
      default: // a second hello is ignored
    }
  }

  /** The whole view for the machine's window; events follow it. */
  attach(machine: Machine): void {
    const attachment = machine.stream.beginAttach();
    const { view, recentEvents } = this.#lab.attach();
    // The view always fits; as many of the events that led to it are sent as fit.
    let count = recentEvents.length;
    while (count > 0 && !machine.trySend(attached(view, recentEvents.slice(-count)))) {
      count = Math.floor(count / 2);
    }
    if (count === 0) {
      machine.send(attached(view, []));
    }
    machine.stream.completeAttach(attachment, view.seq);
  }

  async #command(machine: Machine, name: string, input: unknown): Promise<unknown> {
    const { role, machineId } = machine.identity;
    if (!isCommandName(name)) {
      throw new LabError('unknown-command', 'the host does not know this command');
    }
    const parsed = commandSchemas[name].safeParse(input);
    if (!parsed.success) {
      throw new LabError('invalid-argument', parsed.error.issues[0]?.message ?? 'the command is malformed');
    }
    const refusal = mayCommand(role, name, parsed.data, this.#lab.nodesOf(machineId));
    if (refusal !== null) {
      throw new LabError('refused', refusal);
    }
    const action = actionWords(name, parsed.data);
    if (action !== undefined) {
      machine.did(action);
    }
    return this.#lab.execute(name, parsed.data);
  }

  async #bringNode(machine: Machine, asLearner: boolean): Promise<NodeName> {
    const { role, machineId } = machine.identity;
    if (role === 'viewer') {
      throw new LabError('refused', 'a viewer brings no nodes: join as a member');
    }
    const name = await this.#lab.bringNode(machineId, asLearner);
    machine.did(`brought ${name}`);
    return name;
  }

  async #leave(machine: Machine, requestId: number): Promise<void> {
    await this.#answer(machine, requestId, async () => {
      await this.#lab.releaseMachine(machine.identity.machineId);
      return null;
    });
    this.#onLeft(machine);
  }

  async #answer(machine: Machine, requestId: number, act: () => Promise<unknown>): Promise<void> {
    const reply = await this.#replyOf(machine, act);
    if (!machine.trySend({ type: 'reply', requestId, reply })) {
      const error = { code: 'too-large', message: 'the answer is too long for the network: ask for less' } as const;
      machine.send({ type: 'reply', requestId, reply: { ok: false, error } });
    }
  }

  async #replyOf(machine: Machine, act: () => Promise<unknown>): Promise<Reply<unknown>> {
    try {
      return { ok: true, value: await act() };
    } catch (error) {
      if (!(error instanceof LabError)) {
        this.#log.error(`a command of ${machine.identity.name} failed: ${String(error)}`);
        return { ok: false, error: { code: 'internal', message: 'the host could not do this: its log says why' } };
      }
      return { ok: false, error: { code: error.code, message: error.message.slice(0, REASON_CHARACTERS_MAX) } };
    }
  }

  /** Starts work that takes a while and handles its errors. */
  #begin(machine: Machine, work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#log.error(`what ${machine.identity.name} asked for went wrong: ${String(error)}`);
      machine.hangUp();
    });
  }
}

function attached(view: ClusterView, recentEvents: readonly TraceEvent[]): FromHost & { type: 'attached' } {
  return { type: 'attached', answer: { view, recentEvents } };
}

function isCommandName(name: string): name is LabCommandName {
  return Object.hasOwn(commandSchemas, name) && !name.startsWith('app:') && !name.startsWith('lan:');
}

/** An action in words, without keys and values; undefined for a command that is not an action. */
export function actionWords(name: CommandName, input: unknown): string | undefined {
  if (!ACTIONS.test(name)) {
    return undefined;
  }
  const fields = typeof input === 'object' && input !== null ? input : {};
  const node = 'node' in fields ? String(fields.node) : '';
  if (name === 'kv:execute') {
    const { command } = fields as { readonly command?: { readonly op?: string } };
    return `${command?.op ?? 'asked'} at ${node}`;
  }
  return `${name.split(':')[1] ?? name} ${node}`.trim();
}
