/**
 * A LAN for a test: a bridge and three hosts in network namespaces of their own, joined by veth pairs ("cables").
 *
 * The namespaces have no name that could stay behind: each lives as long as a process in it, and that process ends when
 * the pipe to this one does, however this one ends. Nothing outside of them is touched. Where namespaces cannot be made
 * the hosts are 127.0.0.1, which is said loudly, and what needs cables is skipped.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { isRoot } from '../../../../scripts/setup/platform.mjs';
import { findProgram } from '../../../../scripts/setup/programs.mjs';

const SUBNET = '10.82.76';
const OTHER_SUBNET = '10.82.77';
/** Smaller than Ethernet's 1500, as behind a VPN: what must pass every network passes this one. */
const MTU_BYTES = 1400;
const READY_LIMIT_MS = 20_000;

/** A host on the LAN. */
export interface LanPort {
  readonly address: string;
  /** What to put before a command so that it runs on this host. */
  readonly command: (program: string, words: readonly string[]) => readonly [string, readonly string[]];
}

/** A process that keeps a namespace, or two, alive. */
class Holder {
  readonly #process: ChildProcess;
  readonly pid: number;

  private constructor(child: ChildProcess, pid: number) {
    this.#process = child;
    this.pid = pid;
  }

  static async start(program: string, words: readonly string[]): Promise<Holder> {
    const child = spawn(program, [...words, 'sh', '-c', 'echo $$; exec cat >/dev/null'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let problem = '';
    child.stderr.on('data', (data) => { problem += String(data); });
    const pid = await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${program} did not start in time`)), READY_LIMIT_MS);
      child.stdout.once('data', (data) => {
        clearTimeout(timer);
        resolve(Number(String(data).trim()));
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(problem.trim() || `${program} has ended`)));
    });
    return new Holder(child, pid);
  }

  end(): void {
    this.#process.stdin?.end();
    this.#process.kill('SIGKILL');
  }
}

export class TestLan {
  readonly hosts: readonly LanPort[];
  /** Why this LAN has no cables; null when it has. */
  readonly problem: string | null;
  readonly #holders: readonly Holder[];
  readonly #isRoot: boolean;

  private constructor(hosts: readonly LanPort[], problem: string | null, holders: readonly Holder[], root: boolean) {
    this.hosts = hosts;
    this.problem = problem;
    this.#holders = holders;
    this.#isRoot = root;
  }

  /** Makes the LAN; says on the console why it has no cables, where it has none. */
  static async open(hostCount: number): Promise<TestLan> {
    const holders: Holder[] = [];
    try {
      return await TestLan.#build(hostCount, holders);
    } catch (error) {
      holders.forEach((holder) => holder.end());
      const problem = error instanceof Error ? error.message : String(error);
      process.stderr.write([
        '', '━'.repeat(100),
        `There is no LAN of network namespaces here: ${problem}`,
        'The LAN tests run on 127.0.0.1 instead. NOT TESTED: pulled cables, changed addresses, the MTU, what is sent.',
        '━'.repeat(100), '',
      ].join('\n'));
      const here = Array.from({ length: hostCount }, (): LanPort => ({
        address: '127.0.0.1', command: (program, words) => [program, words],
      }));
      return new TestLan(here, problem, [], false);
    }
  }

  static async #build(hostCount: number, holders: Holder[]): Promise<TestLan> {
    if (process.platform !== 'linux') throw new Error(`network namespaces are Linux's, this is ${process.platform}`);
    for (const program of ['ip', 'unshare', 'nsenter', 'setpriv']) {
      if (findProgram(program) === undefined) throw new Error(`the program ${program} is missing (Debian: iproute2)`);
    }
    const root = isRoot();
    const bridge = await Holder.start('unshare', root ? ['--net'] : ['--user', '--map-root-user', '--net']);
    holders.push(bridge);
    const inside = root ? [] : [`--user=/proc/${bridge.pid}/ns/user`, '--preserve-credentials'];
    for (let number = 1; number <= hostCount; number += 1) {
      holders.push(await (root ? Holder.start('unshare', ['--net'])
        : Holder.start('nsenter', [...inside, 'unshare', '--net'])));
    }
    const lan = new TestLan(holders.slice(1).map((holder, position) => ({
      address: `${SUBNET}.${11 + position}`,
      command: (program: string, words: readonly string[]) => (
        inNamespace(inside, holder.pid, program, words)
      ),
    })), null, holders, root);
    lan.#wire();
    return lan;
  }

  #wire(): void {
    this.#onBridge('ip', 'link', 'add', 'br0', 'mtu', String(MTU_BYTES), 'type', 'bridge');
    this.#onBridge('ip', 'link', 'set', 'br0', 'up');
    for (const [position, { address }] of this.hosts.entries()) {
      const pid = String(this.#holders[position + 1]?.pid);
      const cable = `cable${position}`;
      const mtu = String(MTU_BYTES);
      this.#onBridge(
        'ip', 'link', 'add', cable, 'mtu', mtu, 'type', 'veth', 'peer', 'name', 'eth0', 'mtu', mtu, 'netns', pid,
      );
      this.#onBridge('ip', 'link', 'set', cable, 'master', 'br0', 'up');
      this.#onHost(position, 'ip', 'link', 'set', 'lo', 'up');
      this.#onHost(position, 'ip', 'address', 'add', `${address}/24`, 'broadcast', `${SUBNET}.255`, 'dev', 'eth0');
      this.#onHost(position, 'ip', 'link', 'set', 'eth0', 'up');
    }
  }

  /** What to put before a command so that it runs where the bridge is, which hears everything. */
  get bridgeCommand(): LanPort['command'] {
    const [holder] = this.#holders;
    const inside = this.#isRoot ? [] : [`--user=/proc/${holder?.pid}/ns/user`, '--preserve-credentials'];
    return (program, words) => inNamespace(inside, holder?.pid ?? 0, program, words);
  }

  /** Pulls a host's cable. Its own side sees that there is no carrier, as with a real one. */
  pullCable(position: number): void {
    this.#onBridge('ip', 'link', 'set', `cable${position}`, 'down');
  }

  plugInCable(position: number): void {
    this.#onBridge('ip', 'link', 'set', `cable${position}`, 'up');
  }

  /** Gives a host another address, as a DHCP server may. @returns the address */
  moveHost(position: number, lastPart: number): string {
    const address = `${SUBNET}.${lastPart}`;
    this.takeAddress(position);
    this.#onHost(position, 'ip', 'address', 'add', `${address}/24`, 'broadcast', `${SUBNET}.255`, 'dev', 'eth0');
    return address;
  }

  /** Takes a host's address from it, as when a lease runs out. */
  takeAddress(position: number): void {
    this.#onHost(position, 'ip', 'address', 'flush', 'dev', 'eth0');
  }

  /** Gives a host an address in another subnet. @returns the address */
  moveHostAway(position: number): string {
    const address = `${OTHER_SUBNET}.${11 + position}`;
    this.takeAddress(position);
    this.#onHost(position, 'ip', 'address', 'add', `${address}/24`, 'dev', 'eth0');
    return address;
  }

  /** Gives a host back the address that it had at first. */
  moveHostBack(position: number): void {
    this.moveHost(position, 11 + position);
  }

  /** What a router between the two subnets makes of a host: it reaches the other one. Goes with the host's address. */
  addRoute(position: number, to: 'the LAN' | 'the other subnet'): void {
    const subnet = to === 'the LAN' ? SUBNET : OTHER_SUBNET;
    this.#onHost(position, 'ip', 'route', 'replace', `${subnet}.0/24`, 'dev', 'eth0', 'scope', 'link');
  }

  /**
   * Puts a host behind a firewall of these rules, in place of the one before; none: takes it away.
   * @param incoming nftables' rules for what arrives
   * @param outgoing and for what the host sends
   */
  setFirewall(position: number, incoming: readonly string[] = [], outgoing: readonly string[] = []): void {
    const host = this.hosts[position];
    if (host === undefined) throw new Error(`there is no host ${position}`);
    run(host.command('nft', ['-f', '-']), [
      'flush ruleset',
      'table ip lab {',
      `chain incoming { type filter hook input priority filter; ${incoming.join('; ')}; }`,
      `chain outgoing { type filter hook output priority filter; ${outgoing.join('; ')}; }`,
      '}',
    ].join('\n'));
  }

  /** Why hosts cannot be put behind firewalls here; null when they can. Says so on the console. */
  firewallProblem(): string | null {
    if (this.problem !== null) return this.problem; // said already
    try {
      if (findProgram('nft') === undefined) throw new Error('the program nft is missing (Debian: nftables)');
      this.setFirewall(0, ['udp dport 9 drop', 'tcp dport 9 reject with tcp reset', 'ct state established accept']);
      this.setFirewall(0);
      return null;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      process.stderr.write(`\nNOT TESTED: what a firewall does to a lab, because there is none here: ${problem}\n\n`);
      return problem;
    }
  }

  close(): void {
    this.#holders.forEach((holder) => holder.end());
  }

  #onBridge(program: string, ...words: readonly string[]): void {
    run(this.bridgeCommand(program, words));
  }

  #onHost(position: number, program: string, ...words: readonly string[]): void {
    const host = this.hosts[position];
    if (host === undefined) throw new Error(`there is no host ${position}`);
    run(host.command(program, words));
  }
}

/** A command in a namespace, which ends with the process that starts it, however that one ends. */
function inNamespace(
  inside: readonly string[], pid: number, program: string, words: readonly string[],
): readonly [string, readonly string[]] {
  return ['nsenter', [
    ...inside, `--net=/proc/${pid}/ns/net`, 'setpriv', '--pdeathsig', 'KILL', '--', program, ...words,
  ]];
}

/** @throws {Error} with what the program said, when it fails */
function run([program, words]: readonly [string, readonly string[]], input = ''): void {
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8', input });
  if (status !== 0) throw new Error(`${words.slice(-8).join(' ')}: ${error?.message ?? stderr.trim()}`);
}
