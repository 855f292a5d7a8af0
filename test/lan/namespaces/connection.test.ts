/**
 * The connection test's verdicts, provoked on a LAN of network namespaces with real hosts, firewalls (nftables) and
 * addresses: what a student reads when a lab cannot be joined.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ConnectionTest } from '../../../src/contract/lan.ts';
import { LAN_PROTOCOL_VERSION } from '../../../src/lan/channel/protocol.ts';
import { HeadlessHost } from './support/headlessHost.ts';
import { TestLan } from './support/network.ts';

const TEACHER = 0;
const DESK = 1;
/** A machine that is on and has no Raftlab. */
const PRINTER = 2;
const PORT = 47_317;
const CLOCK_BEHIND_MS = 7 * 60_000;

let lan: TestLan;
let folder: string;
let code = '';
let desk: HeadlessHost;
let firewallProblem: string | null = null;
const everyone: HeadlessHost[] = [];

function addressOf(position: number): string {
  return lan.hosts[position]?.address ?? expect.unreachable(`there is no host ${position}`);
}

function start(name: string, position: number, words: readonly string[], ...imports: readonly URL[]): HeadlessHost {
  const port = lan.hosts[position] ?? expect.unreachable(`there is no host ${position}`);
  const host = new HeadlessHost(name, port, join(folder, name), words, imports);
  everyone.push(host);
  return host;
}

/** A machine at the desk that looks for a lab. */
function startDesk(name: string, ...imports: readonly URL[]): HeadlessHost {
  return start(name, DESK, ['--create', 'my own', '--nodes', '1'], ...imports);
}

/** Runs the test at a machine as a student would. @returns its steps as the terminal shows them, and the verdict */
async function tested(
  { address = addressOf(TEACHER), port = PORT, as = desk, by = code } = {},
): Promise<{ readonly text: string; readonly canJoin: boolean }> {
  const { text = '', value } = await as.ask(`lan test ${address}:${port} ${by}`);
  return { text, canJoin: (value as ConnectionTest).canJoin }; // the program is ours
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'raftlab-lan-'));
  lan = await TestLan.open(3);
  firewallProblem = lan.firewallProblem();
  const teacher = start('teacher', TEACHER, ['--create', 'Room 12', '--nodes', '1', '--lan', addressOf(TEACHER)]);
  desk = startDesk('desk');
  ({ code } = await teacher.until('an open lab', async () => {
    const status = await teacher.lan();
    return status.mode === 'host' ? status : undefined;
  }));
}, 120_000);

afterEach(() => {
  if (lan.problem !== null) return;
  if (firewallProblem === null) [TEACHER, DESK].forEach((position) => lan.setFirewall(position));
  [TEACHER, DESK].forEach((position) => lan.moveHostBack(position));
});

afterAll(async () => {
  await Promise.all(everyone.map((host) => host.crash()));
  lan.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('the connection test on a LAN', { timeout: 240_000 }, () => {
  test('where nothing is wrong every step says so', async () => {
    const { text, canJoin } = await tested();
    expect(text.split('\n').map((line) => line.split(',')[0])).toEqual([
      'Network: ok', 'Reply: ok', 'Code: ok', 'Version: ok', 'Clock: ok', 'Datagrams: ok', 'This machine can join.',
    ]);
    expect(canJoin).toBe(true);
  });

  test('a wrong code, and one with a mistake in it', async () => {
    expect((await tested({ by: '00000-00000-00000' })).text).toMatch(/Reply: ok.*\nCode: failed, the code is wrong/);
    expect((await tested({ by: `${code.slice(0, -1)}${code.endsWith('0') ? '1' : '0'}` })).text)
      .toContain('Code: failed, There is a mistake in this join code');
  });

  describe('addresses', () => {
    test('an address that nobody has', async ({ skip }) => {
      skip(lan.problem !== null, `no LAN: ${lan.problem ?? ''}`);
      const { text, canJoin } = await tested({ address: addressOf(TEACHER).replace(/\d+$/, '99') });
      expect(text).toContain('Network: ok');
      expect(text).toContain('Reply: failed, no machine answers at this address');
      expect(canJoin).toBe(false);
    });

    test('a machine on which no lab is open, and another port than the lab\'s', async ({ skip }) => {
      skip(lan.problem !== null, `no LAN: ${lan.problem ?? ''}`);
      expect((await tested({ address: addressOf(PRINTER) })).text)
        .toContain('Reply: failed, the machine answers, but no lab is open at this port');
      expect((await tested({ port: 5 })).text)
        .toContain(`no lab is open at port 5, but one is heard from this address with port ${PORT}: try that port`);
    });

    test('another subnet, to which no way leads', async ({ skip }) => {
      skip(lan.problem !== null, `no LAN: ${lan.problem ?? ''}`);
      const own = lan.moveHostAway(DESK);
      const { text } = await tested();
      expect(text).toContain(`Network: warning, ${addressOf(TEACHER)} is in another subnet than this machine (${own})`);
      expect(text).toContain('Reply: failed, this machine has no route to that address');
    });

    test('another subnet, with a way there and back', async ({ skip }) => {
      skip(lan.problem !== null, `no LAN: ${lan.problem ?? ''}`);
      lan.moveHostAway(DESK);
      lan.addRoute(DESK, 'the LAN');
      lan.addRoute(TEACHER, 'the other subnet');
      const { text, canJoin } = await tested();
      expect(text).toContain('is in another subnet than this machine');
      expect(text).toContain('Datagrams: ok');
      expect(canJoin).toBe(true);
    });

    test('a machine without any network', async ({ skip }) => {
      skip(lan.problem !== null, `no LAN: ${lan.problem ?? ''}`);
      lan.takeAddress(DESK);
      const { text } = await tested();
      expect(text).toContain('Network: failed, this machine has no network: plug in a cable');
      expect(text).toContain('Reply: failed, this machine has no route to that address');
    });
  });

  describe('firewalls (nftables)', () => {
    test.for([
      ['drops TCP', `tcp dport ${PORT} drop`, 'does not answer'],
      ['rejects TCP with a reset', `tcp dport ${PORT} reject with tcp reset`, 'is refused'],
      ['rejects TCP by ICMP, port unreachable', `tcp dport ${PORT} reject`, 'is refused'],
      ['rejects TCP by ICMP, prohibited', `tcp dport ${PORT} reject with icmp type admin-prohibited`, 'is refused'],
    ] as const)('one on the host that %s', async ([, rule, words], { skip }) => {
      skip(firewallProblem !== null, `no firewall: ${firewallProblem ?? ''}`);
      lan.setFirewall(TEACHER, [rule]);
      const { text, canJoin } = await tested();
      expect(text).toContain('Reply: failed, blocked by a firewall: the lab is heard from this address, but the way in '
        + words);
      expect(canJoin).toBe(false);
    });

    test('one on the host that drops everything, so that not even the lab is heard', async ({ skip }) => {
      skip(firewallProblem !== null, `no firewall: ${firewallProblem ?? ''}`);
      lan.setFirewall(TEACHER, ['drop'], ['drop']);
      // Without an answer to the question whose the address is (ARP) it would be an address that nobody has.
      expect((await tested()).text).toMatch(/Reply: failed, no reply: .*a firewall on the host blocks Raftlab/);
    });

    test.for([
      ['one on the host that drops UDP', TEACHER, ['ip protocol udp drop'], [],
        /UDP is blocked on the host\. .*the host does not hear .* the firewall of the host/],
      ['one on the machine that drops UDP', DESK, ['ip protocol udp drop'], [],
        /UDP is blocked on this machine\. .*does not hear those of the host: .* the firewall of this machine/],
      ['one on the machine that lets in answers alone', DESK, ['ct state established,related accept', 'drop'], [],
        /UDP is blocked on this machine\. .*does not hear those of the host/],
      ['one on the machine that lets no UDP out', DESK, [], ['ip protocol udp drop'],
        /UDP is blocked on this machine\. .*this machine's own firewall does not let them out/],
      ['one on the host that drops UDP both ways', TEACHER, ['ip protocol udp drop'], ['ip protocol udp drop'],
        /UDP is blocked\. .*none pass in either direction: let Raftlab through the firewalls of both/],
    ] as const)('%s: TCP works, and the test says that nodes could not talk', async (
      [, position, incoming, outgoing, words], { skip },
    ) => {
      skip(firewallProblem !== null, `no firewall: ${firewallProblem ?? ''}`);
      lan.setFirewall(position, incoming, outgoing);
      const { text, canJoin } = await tested();
      expect(text).toMatch(/Reply: ok.*\nCode: ok.*\nVersion: ok/);
      expect(text).toMatch(new RegExp(`Datagrams: failed, ${words.source}`));
      expect(text).toContain('joining as a viewer works');
      expect(canJoin).toBe(false);
    });
  });

  test.for([
    ['a newer', LAN_PROTOCOL_VERSION + 1, 'update the host'],
    ['an older', LAN_PROTOCOL_VERSION - 1, 'update this machine'],
  ] as const)('%s Raftlab on the machine than on the host', async ([, version, what]) => {
    const other = startDesk(`desk ${version}`, support('otherVersion.mjs', { version }));
    const { text, canJoin } = await tested({ as: other });
    expect(text).toMatch(new RegExp(`Code: ok.*\nVersion: failed, another version: .* Install the same .* ${what}`));
    expect(canJoin).toBe(false);
    const refused = await other.tell(`lan join ${addressOf(TEACHER)} ${code}`);
    expect([refused.ok, refused.text]).toEqual([false, expect.stringContaining('another version')]);
    expect(await other.stop()).toBe(0);
  });

  test('a clock that is minutes behind is told, and keeps nobody out', async () => {
    const late = startDesk('late', support('shiftedClock.mjs', { ms: -CLOCK_BEHIND_MS }));
    const { text, canJoin } = await tested({ as: late });
    expect(text).toMatch(/Clock: warning, this machine's clock is 7 min behind the host's: Raft does not mind/);
    expect(canJoin).toBe(true);
    expect(await late.stop()).toBe(0);
  });
});

/** A module of support/ with what it is told. */
function support(file: string, words: Readonly<Record<string, number>>): URL {
  const url = new URL(`support/${file}`, import.meta.url);
  Object.entries(words).forEach(([name, value]) => url.searchParams.set(name, String(value)));
  return url;
}
