/** Everything that goes over a test's LAN, as tcpdump hears it at the bridge, and what is in it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { findProgram } from '../../../../scripts/setup/programs.mjs';
import type { TestLan } from './network.ts';

const READY_LIMIT_MS = 20_000;
/** pcap: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-03.html */
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const ETHERNET_BYTES = 14;
const UDP_HEADER_BYTES = 8;
const IPV4 = 0x0800;
const TCP = 6;
const UDP = 17;

export interface Packet {
  readonly protocol: number;
  readonly from: string;
  readonly to: string;
  readonly sourcePort: number;
  readonly port: number;
  /** Whether it is a piece of an IP packet that was cut up on its way. */
  readonly isFragment: boolean;
  readonly payload: Buffer;
}

export class Capture {
  readonly #process: ChildProcess;
  readonly #chunks: Buffer[] = [];

  private constructor(child: ChildProcess) {
    this.#process = child;
    child.stdout?.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
  }

  /** Begins to listen; undefined, said loudly, where there is no LAN to listen on or nothing to listen with. */
  static async start(lan: TestLan): Promise<Capture | undefined> {
    if (lan.problem !== null) return undefined; // said already
    if (findProgram('tcpdump') === undefined) {
      process.stderr.write('\nNOT TESTED: what goes over the LAN, because tcpdump is missing.\n\n');
      return undefined;
    }
    const [program, words] = lan.bridgeCommand('tcpdump', ['-i', 'br0', '-U', '-w', '-', '-B', '16384', '-Z', 'root']);
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`tcpdump did not begin in time: ${said}`)), READY_LIMIT_MS);
      child.once('exit', () => reject(new Error(`tcpdump has ended: ${said}`)));
      child.stderr.on('data', (data) => {
        said += String(data);
        if (!said.includes('listening on')) return;
        clearTimeout(timer);
        resolve();
      });
    });
    return new Capture(child);
  }

  /** Ends the capture. @returns what was heard */
  async end(): Promise<{ readonly packets: readonly Packet[]; readonly bytes: Buffer }> {
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGTERM');
    await closed;
    const bytes = Buffer.concat(this.#chunks);
    return { packets: packetsIn(bytes), bytes };
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

function packetsIn(file: Buffer): readonly Packet[] {
  const packets: Packet[] = [];
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= file.length;) {
    const length = file.readUInt32LE(at + 8);
    at += RECORD_HEADER_BYTES;
    const packet = readPacket(file.subarray(at, at + length));
    if (packet !== undefined) packets.push(packet);
    at += length;
  }
  return packets;
}

/** @returns undefined for what is neither UDP nor TCP over IPv4 */
function readPacket(frame: Buffer): Packet | undefined {
  if (frame.length < ETHERNET_BYTES + 20 || frame.readUInt16BE(12) !== IPV4) return undefined;
  const ip = frame.subarray(ETHERNET_BYTES, ETHERNET_BYTES + frame.readUInt16BE(ETHERNET_BYTES + 2));
  const protocol = ip.readUInt8(9);
  if (protocol !== UDP && protocol !== TCP) return undefined;
  const body = ip.subarray((ip.readUInt8(0) & 0x0f) * 4);
  const headerBytes = protocol === UDP ? UDP_HEADER_BYTES : (body.readUInt8(12) >>> 4) * 4;
  return {
    protocol,
    from: addressAt(ip, 12),
    to: addressAt(ip, 16),
    sourcePort: body.readUInt16BE(0),
    port: body.readUInt16BE(2),
    // All flags and offset bits but "don't fragment".
    isFragment: (ip.readUInt16BE(6) & 0xbfff) !== 0,
    payload: body.subarray(headerBytes),
  };
}

export function datagramsOf(packets: readonly Packet[]): readonly Packet[] {
  return packets.filter(({ protocol }) => protocol === UDP);
}

export function streamPacketsOf(packets: readonly Packet[]): readonly Packet[] {
  return packets.filter(({ protocol }) => protocol === TCP);
}

function addressAt(bytes: Buffer, at: number): string {
  return [...bytes.subarray(at, at + 4)].join('.');
}
