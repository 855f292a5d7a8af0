/** The lab as a service: it outlives its input, is reached by its console, speaks JSON, and ends on SIGTERM. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { COMMAND_LINE_CHARACTERS_MAX } from '../../src/cli/terminal/boundedLines.ts';
import { askRunningLab } from '../../src/cli/terminal/consoleClient.ts';
import { openConsoleServer } from '../../src/cli/terminal/consoleServer.ts';
import { JOIN_CODE_RANDOM_BYTES, newJoinCode } from '../../src/wire/crypto.ts';
import { labErrorOf, makeLab, openService, temporaryFolder } from './support.ts';

/** The name of the interface that every machine has. */
const [loopback = ''] = Object.entries(networkInterfaces())
  .find(([, addresses]) => addresses?.some(({ address }) => address === '127.0.0.1')) ?? [];

const LAB = fileURLToPath(new URL('../../src/cli/lab.ts', import.meta.url));

/** A test that stops programs by SIGTERM. test/windows/service.test.ts stops them by the ways of Windows. */
function testWithSignals(name: string, run: () => Promise<void>): void {
  const isPossible = process.platform !== 'win32';
  test.skipIf(!isPossible)(isPossible ? name : `${name} (skipped: Windows knows no SIGTERM)`, run);
}

interface Run {
  readonly output: string;
  readonly errors: string;
  readonly code: number | null;
}

function start(words: readonly string[], input = ''): {
  readonly ended: Promise<Run>;
  readonly says: (text: string) => Promise<void>;
  /** The line of its output that has this in it. */
  readonly line: (text: string) => string;
  readonly kill: () => void;
} {
  const child = spawn(process.execPath, [LAB, ...words], { stdio: 'pipe' });
  onTestFinished(() => { child.kill('SIGKILL'); });
  let output = '';
  let errors = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    watchers.forEach((look) => look());
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { errors += text; });
  child.stdin.end(input);
  return {
    ended: new Promise((resolve) => { child.on('close', (code) => resolve({ output, errors, code })); }),
    says: (text) => new Promise((resolve) => {
      const look = (): void => {
        if (!output.includes(text)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    }),
    line: (text) => output.split('\n').find((candidate) => candidate.includes(text)) ?? '',
    kill: () => child.kill('SIGTERM'),
  };
}

testWithSignals('a service that is stopped while it joins ends at once, and cleanly', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  const knocked = new Promise((resolve) => void silent.once('connection', resolve));
  const code = newJoinCode(randomBytes(JOIN_CODE_RANDOM_BYTES));
  const service = start(['--headless', '--join', `127.0.0.1:${port}`, '--code', code, '--data', temporaryFolder()]);
  await knocked;
  service.kill();
  const { errors, code: exitCode } = await service.ended;
  expect([errors, exitCode]).toEqual(['', 0]);
});

test('a service whose lab cannot be read makes no empty one in its place', async () => {
  const folder = temporaryFolder();
  const labId = await makeLab(folder, 1);
  writeFileSync(join(folder, 'labs', labId, 'lab.json'), 'damaged');
  const { errors, code } = await start(['--headless', '--create', 'Test lab', '--data', folder]).ended;
  expect([errors, code]).toEqual([expect.stringContaining('lab.json is damaged'), 1]);
  expect(readdirSync(join(folder, 'labs'))).toEqual([labId]);
});

testWithSignals('a service is made by name, outlives its input, answers its console, and ends on SIGTERM', async () => {
  const folder = temporaryFolder();
  const create = ['--headless', '--create', 'Night shift', '--nodes', '3', '--pace', 'fast', '--data', folder];
  const service = start([...create, '--lan', loopback]);
  await service.says('leads term');
  if (process.platform !== 'win32') expect(statSync(join(folder, 'console.sock')).mode & 0o777).toBe(0o600);

  const commands = 'put colour "deep sea"\n@leader get colour\nlan\nnonsense\n';
  const words = await start(['--console', '--data', folder], commands).ended;
  expect(words.output).toMatch(/❯ @leader get colour\n {2}"deep sea"/);
  expect(words.output).toMatch(/❯ lan\n {2}open at 127\.0\.0\.1:\d+, join code \w{5}-\w{5}-\w{5}/);
  expect(words.output).toContain('! there is no command "nonsense"');
  expect([words.errors, words.code]).toEqual(['', 1]);

  const json = await start(['--console', '--json', '--data', folder], 'status\n').ended;
  expect(JSON.parse(json.output)).toMatchObject({
    type: 'answer', ok: true, value: { lab: 'Night shift', pace: 'fast', nodes: [{ name: 'n1' }, {}, {}] },
  });

  service.kill();
  const first = await service.ended;
  expect([first.errors, first.code]).toEqual(['', 0]);
  expect(first.output).toContain('stopping the nodes');
  expect(first.output, 'what a service prints ends up in a log').not.toMatch(/\w{5}-\w{5}-\w{5}/);
  expect(readdirSync(join(folder, 'labs')), 'the lab that was asked for, and no other').toHaveLength(1);
  if (process.platform !== 'win32') expect(statSync(join(folder, 'lan.json')).mode & 0o777).toBe(0o600);

  // Started again it is the same lab, not a second one.
  const again = start([...create, '--json']);
  await again.says('"type":"ready"');
  const kept = await start(['--console', '--json', '--data', folder], '@leader get colour\n').ended;
  expect(JSON.parse(kept.output)).toMatchObject({ value: { result: { value: 'deep sea' } } });
  again.kill();
  expect((await again.ended).code).toBe(0);
});

testWithSignals('a machine without a window says why its host ended the lab; one that leaves ends well', async () => {
  const folder = temporaryFolder();
  const host = start([
    '--headless', '--json', '--create', 'Room 12', '--nodes', '1', '--pace', 'fast', '--lan', loopback,
    '--data', folder,
  ]);
  await host.says('"mode":"host"');
  const { port, code } = JSON.parse(host.line('"mode":"host"')) as { port: number; code: string };
  const words = ['--headless', '--join', `127.0.0.1:${port}`, '--code', code, '--bring', '0'];
  const desk = start([...words, '--machine', 'desk 7', '--data', temporaryFolder()]);
  const leaving = temporaryFolder();
  const other = start([...words, '--machine', 'desk 8', '--data', leaving]);
  await desk.says('Joined “Room 12”');
  await other.says('Joined “Room 12”');
  await start(['--console', '--data', leaving], 'lan leave\n').ended;
  expect((await other.ended).code).toBe(0);
  host.kill();
  const { output, code: exitCode } = await desk.ended;
  expect(output).toContain('This machine is no longer in “Room 12”: the host has taken the lab off the network.');
  expect(exitCode).toBe(1);
});

test('the console of a lab that runs is its own; what a killed lab left behind is cleared away', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'console.sock');
  await makeLab(folder, 1);
  const service = await openService(folder);
  mkdirSync(path);
  expect((await labErrorOf(openConsoleServer(folder, service))).message).toContain(`${path} is not a socket`);
  rmdirSync(path);

  const first = await openConsoleServer(folder, service);
  const { ino } = statSync(path);
  const taken = await labErrorOf(openConsoleServer(folder, service));
  expect(taken).toMatchObject({ code: 'lab-in-use', message: expect.stringContaining(folder) as unknown });
  expect(statSync(path).ino, 'it is where it was').toBe(ino);
  first.close();
  expect(existsSync(path)).toBe(false);

  const stranger = createServer();
  await new Promise<void>((resolve) => void stranger.listen(path, resolve));
  expect((await labErrorOf(openConsoleServer(folder, service))).code).toBe('lab-in-use');
  // As after a kill: the socket lies there, and nobody listens.
  renameSync(path, `${path}.kept`);
  await new Promise((resolve) => void stranger.close(resolve));
  renameSync(`${path}.kept`, path);
  (await openConsoleServer(folder, service)).close();
});

test('a console whose lab ends before all is answered says so; one that nobody reads ends quietly', async () => {
  const folder = temporaryFolder();
  await makeLab(folder, 1);
  const service = await openService(folder);
  const server = await openConsoleServer(folder, service);
  const input = new PassThrough();
  const output = new PassThrough({ encoding: 'utf8' });
  const asked = labErrorOf(askRunningLab(folder, true, input, output));
  input.write('help\n');
  expect(await once(output, 'data')).toEqual([expect.stringContaining('"line":"help"')]);
  server.close();
  expect(await asked).toMatchObject({ code: 'no-open-lab', message: expect.stringContaining(folder) as unknown });

  const again = await openConsoleServer(folder, service);
  onTestFinished(() => again.close());
  const unread = new Writable({ write: (_chunk, _encoding, told) => { told(new Error('write EPIPE')); } });
  const closed = askRunningLab(folder, true, Readable.from([Buffer.from('help\n')]), unread);
  expect(await closed).toBe(0);
});

test('a console answers what came before `quit` or before a line that is too long, whatever follows', async () => {
  const folder = temporaryFolder();
  await makeLab(folder, 1);
  const server = await openConsoleServer(folder, await openService(folder));
  onTestFinished(() => server.close());
  const ask = async (input: readonly string[]): Promise<{ said: string; code: Promise<number> }> => {
    const output = new PassThrough({ encoding: 'utf8' });
    const code = askRunningLab(folder, false, Readable.from(input.map((text) => Buffer.from(text))), output);
    await code.catch(() => undefined);
    return { said: String(output.read()), code };
  };
  const much = `${'x'.repeat(1000)}\n`.repeat(4000);
  const quit = await ask(['nonsense\nquit\n', much]);
  expect(quit.said).toMatch(/^❯ nonsense\n[^\n]*\n$/);
  expect(await quit.code).toBe(1);
  const long = await ask(['nonsense\n', 'x'.repeat(COMMAND_LINE_CHARACTERS_MAX + 1), much]);
  expect(long.said).toMatch(/^❯ nonsense\n[^\n]*\n$/);
  expect(await labErrorOf(long.code)).toMatchObject({ code: 'too-large' });
});

test('what cannot be done is said in a sentence', async () => {
  const folder = temporaryFolder();
  const nobody = await start(['--console', '--data', folder]).ended;
  expect(nobody.errors).toContain(`no lab runs with --headless on ${folder}`);
  expect(nobody.code).toBe(1);
  const away = await start([
    '--headless', '--data', folder, '--join', '127.0.0.1:9', '--code', '00000-00000-00000',
  ]).ended;
  expect(away.errors).toContain('no lab is open at this port');
  expect(away.code).toBe(1);
  const other = temporaryFolder();
  writeFileSync(join(other, 'logs'), '');
  const noLog = await start(['--headless', '--data', other]).ended;
  expect(noLog.errors).toMatch(/^the log cannot be written: .*logs is not a folder/);
  expect(noLog.code).toBe(1);
});
