/** Who may do what on the LAN, as windows show it before anybody tries. */
import { describe, expect, it } from 'vitest';
import type { LanStatus, MachineStatus } from '../../src/contract/lan.ts';
import { refusalOf } from '../../src/contract/lanRoles.ts';

const OWN = '5b1f6a54-6f0e-4c5e-9a57-0d6a0f9f4c01';
const OTHER = '5b1f6a54-6f0e-4c5e-9a57-0d6a0f9f4c02';

function machine(more: Partial<MachineStatus>): MachineStatus {
  return {
    machineId: OTHER, name: 'desk 8', role: 'member', address: '10.0.0.8', isConnected: true, roundTripMs: 1,
    nodes: ['n4'], permits: false, lastAction: null, lastActionAtMs: null, eventsLeftOut: 0, ...more,
  };
}

function joined(more: Partial<LanStatus & { mode: 'joined' }> = {}): LanStatus {
  return {
    mode: 'joined', hostName: 'teacher', address: '10.0.0.1', port: 47_317, role: 'member', machineId: OWN,
    permits: true, isConnected: true, needsCode: false, doorPassword: '', clockOffsetMs: 0, problem: null,
    machines: [machine({}), machine({ machineId: OWN, nodes: ['n5'] })],
    ...more,
  };
}

function hosting(machines: readonly MachineStatus[]): LanStatus {
  return {
    mode: 'host', address: '10.0.0.1', port: 47_317, code: '00000-00000-00000', doorPassword: '', joiningIsOpen: true,
    machines, wrongCodes: [],
  };
}

const put = { node: 'n1', command: { op: 'put', key: 'a', value: 'b' } };
const get = { node: 'n1', command: { op: 'get', key: 'a' } };

describe('refusalOf', () => {
  it('refuses nothing in a lab that nobody shares', () => {
    const local: LanStatus = { mode: 'local', machineName: 'desk', permits: null };
    expect(refusalOf(local, 'network:partition', {})).toBeNull();
  });

  it('lets a member act on its own nodes and write, and leaves the rest to the host', () => {
    expect(refusalOf(joined(), 'node:crash', { node: 'n5' })).toBeNull();
    expect(refusalOf(joined(), 'kv:execute', put)).toBeNull();
    expect(refusalOf(joined(), 'node:crash', { node: 'n4' })).toContain('n4 is not a node of this machine');
    for (const name of ['network:partition', 'lab:setPace', 'link:set', 'cluster:add', 'cluster:transfer'] as const) {
      expect(refusalOf(joined(), name, {}), name).toContain('only the host may do this');
    }
    expect(refusalOf(joined(), 'lan:leave', {}), 'its own affair').toBeNull();
    expect(refusalOf(joined(), 'lab:open', {}), 'its own affair').toBeNull();
  });

  it('lets a viewer look and read', () => {
    const viewer = joined({ role: 'viewer' });
    expect(refusalOf(viewer, 'node:disk', { node: 'n1' })).toBeNull();
    expect(refusalOf(viewer, 'kv:execute', get)).toBeNull();
    expect(refusalOf(viewer, 'kv:execute', put)).toContain('join as a member');
    expect(refusalOf(viewer, 'node:pause', { node: 'n5' })).toContain('a viewer looks');
  });

  it('says that the host is not there, before anything else', () => {
    expect(refusalOf(joined({ isConnected: false }), 'node:crash', { node: 'n5' })).toContain('not connected');
  });

  it('keeps a host from nodes whose machine does not let it, and from no others', () => {
    const host = machine({ machineId: OWN, role: 'host', nodes: ['n1'], name: 'teacher' });
    const status = hosting([host, machine({}), machine({ permits: true, nodes: ['n6'] })]);
    expect(refusalOf(status, 'node:crash', { node: 'n4' })).toBe(
      'desk 8 does not let the host act on its nodes (n4): ask there to allow it');
    expect(refusalOf(status, 'network:partition', { groups: [['n1', 'n4'], ['n6']] })).toContain('desk 8');
    expect(refusalOf(status, 'message:lose', { node: 'n4', messageId: '4.1.1' })).toContain('desk 8');
    expect(refusalOf(status, 'network:hold', { hold: 'everything' }), 'of every node').toContain('desk 8');
    expect(refusalOf(status, 'link:set', { from: 'n1', to: 'n6' })).toBeNull();
    expect(refusalOf(status, 'node:crash', { node: 'n1' })).toBeNull();
    expect(refusalOf(status, 'network:heal', {})).toBeNull();
    const missing = hosting([host, machine({ isConnected: false })]);
    expect(refusalOf(missing, 'network:partition', { groups: [['n1'], ['n4']] }), 'it cannot be asked').toBeNull();
  });
});
