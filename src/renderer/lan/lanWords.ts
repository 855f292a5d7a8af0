/** The LAN in words: machines and their actions, results of connection tests, invitations. */
import { parseHostAddress } from '../../contract/lan.ts';
import type { ConnectionTestStep, FoundLab, LanStatus, MachineStatus, WrongCodeStatus } from '../../contract/lan.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count === 0 ? 'no' : count} ${count === 1 ? one : many}`;
}

/** How long ago, by clocks that may differ a little: a time in the future counts as now. */
function agoText(atMs: number, nowMs: number): string {
  const elapsedMs = nowMs - atMs;
  if (elapsedMs < 2 * SECOND_MS) return 'just now';
  if (elapsedMs < MINUTE_MS) return `${Math.floor(elapsedMs / SECOND_MS)} s ago`;
  if (elapsedMs < HOUR_MS) return `${Math.floor(elapsedMs / MINUTE_MS)} min ago`;
  return `${Math.floor(elapsedMs / HOUR_MS)} h ago`;
}

/** A machine's last action, and how long ago that was. */
export function lastActionText({ lastAction, lastActionAtMs }: MachineStatus, nowMs: number): string {
  if (lastAction === null) return 'has done nothing yet';
  return lastActionAtMs === null ? lastAction : `${lastAction} · ${agoText(lastActionAtMs, nowMs)}`;
}

/** The round-trip time of the channel: `0.4 ms`, `12 ms`. */
export function roundTripText({ isConnected, roundTripMs, role }: MachineStatus): string {
  if (!isConnected) return '–';
  if (role === 'host' && roundTripMs === null) return '–';
  if (roundTripMs === null) return 'being measured';
  return `${roundTripMs < 10 ? roundTripMs.toFixed(1) : Math.round(roundTripMs)} ms`;
}

export const ROLE_WORDS: Readonly<Record<MachineStatus['role'], string>> = {
  host: 'host', member: 'member', viewer: 'viewer',
};

/** Why the nodes of a machine that is not connected still matter; empty for any other. */
export function missingText({ isConnected, nodes }: MachineStatus): string {
  if (isConnected || nodes.length === 0) return '';
  return nodes.length === 1
    ? `${nodes.join()} is still a member: a majority is counted with it`
    : `${nodes.join(' ')} are still members: a majority is counted with them`;
}

export function permitsText({ role, permits }: MachineStatus): string {
  if (role === 'viewer') return 'brings no nodes';
  return permits ? 'the host may act on its nodes' : 'only it acts on its nodes';
}

/** The sentence of the strip in a joined window: whose lab this is, and how it is connected. */
export function joinedText(status: LanStatus & { readonly mode: 'joined' }, labName: string): string {
  const whose = `${labName} on ${status.hostName}`;
  return status.isConnected ? `${whose} · connected` : `${whose} · not connected: ${problemText(status.problem)}`;
}

export function problemText(problem: string | null): string {
  return problem ?? 'the host is being looked for';
}

export const OUTCOME_WORDS: Readonly<Record<ConnectionTestStep['outcome'], string>> = {
  ok: 'OK', warning: 'Warning', failed: 'Failed',
};

export function wrongCodeText({ address, tries }: WrongCodeStatus): string {
  return `${address}: ${counted(tries, 'wrong code')}`;
}

export type Destination = Pick<FoundLab, 'address' | 'port'>;

/** The text of the QR code and of “Copy”: everything that joining needs. */
export function invitationText({ address, port }: Destination, code: string): string {
  return `${address}:${port} ${code}`;
}

const INVITATION = /^(\S+)\s+(\S.*)$/;

/** Reads a pasted invitation; null when the text is something else. */
export function parseInvitation(text: string): (Destination & { readonly code: string }) | null {
  const [, host = '', code] = INVITATION.exec(text.trim()) ?? [];
  const place = parseHostAddress(host);
  return 'problem' in place || code === undefined ? null : { ...place, code: code.trim() };
}
