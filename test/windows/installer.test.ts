// The Windows installer's script: electron-builder's installer with it is compiled, and installs, updates and removes
// silently under Wine, where a stand-in for netsh records what is asked of the firewall.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findMakensis } from '../../scripts/windows/nsis.mjs';
import { compileInstaller, compilePlayer, installNetsh, onDriveZ } from './installer/compile.ts';
import { makeWinePrefix, type WinePrefix } from './installer/winePrefix.ts';

/** Why there is nothing to test with, or null. */
function findObstacle(): string | null {
  if (process.platform !== 'linux') return 'a real Windows’ netsh is not replaced for a test: Wine on Linux has one';
  return findMakensis() === undefined ? 'makensis is missing (Debian: apt-get install nsis)' : null;
}

const obstacle = findObstacle();
if (obstacle !== null) process.stderr.write(`\nNOT TESTED: the Windows installer, because ${obstacle}.\n\n`);

const FIRST_FOLDER = 'C:\\Programs for all\\Raftlab';
const OTHER_FOLDER = 'C:\\Prögramme für 实验室\\Raftlab';
const STEPS = ['install', 'update', 'move', 'remove'] as const;
type Step = (typeof STEPS)[number];

interface Request {
  readonly action: string;
  readonly options: Readonly<Record<string, string>>;
}

/** What a line of the stand-in's record asks of the firewall. */
function readRequest(line: string): Request {
  const match = /^"C:\\windows\\system32\\netsh\.exe" +advfirewall firewall (add|delete) rule (.+)$/i.exec(line);
  if (match === null) throw new Error(`Not a request to the firewall: ${line}`);
  const [, action = '', rest = ''] = match;
  // Nothing that is no option may stand between them: netsh would refuse the whole line.
  if (!/^(?:\w+=(?:"[^"]*"|[^\s"]+) *)+$/.test(rest)) throw new Error(`Not options of a rule: ${rest}`);
  const options: Record<string, string> = {};
  for (const [, name, quoted, plain] of rest.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g)) {
    if (name !== undefined) options[name] = quoted ?? plain ?? '';
  }
  return { action, options };
}

/** The firewall's rules after some requests. As in Windows, a name may stand for several rules. */
function rulesAfter(requests: readonly Request[]): Request['options'][] {
  let rules: Request['options'][] = [];
  for (const { action, options } of requests) {
    if (action === 'add') rules.push(options);
    else rules = rules.filter((rule) => !Object.entries(options).every(([name, value]) => rule[name] === value));
  }
  return rules;
}

const rulesFor = (folder: string): Request['options'][] => ['UDP', 'TCP'].map((protocol) => ({
  name: `Raftlab (${protocol})`,
  dir: 'in',
  action: 'allow',
  protocol,
  profile: 'private,domain',
  program: `${folder}\\Raftlab.exe`,
  enable: 'yes',
}));

describe.skipIf(obstacle !== null)(`the Windows installer${obstacle === null ? '' : `, because ${obstacle}`}`, () => {
  let folder: string;
  let prefix: WinePrefix | undefined;
  /** What the stand-in and the player have recorded, step by step. */
  const requests: Record<Step, Request[]> = { install: [], update: [], move: [], remove: [] };
  const outcomes: Record<Step, string> = { install: '', update: '', move: '', remove: '' };

  /** Each step's command, and the program that it should leave. */
  const steps = (installer: string): Record<Step, readonly [command: string, program: string]> => ({
    install: [`${installer} /S /D=${FIRST_FOLDER}`, `${FIRST_FOLDER}\\Raftlab.exe`],
    update: [`${installer} /S`, `${FIRST_FOLDER}\\Raftlab.exe`],
    move: [`${installer} /S /D=${OTHER_FOLDER}`, `${OTHER_FOLDER}\\Raftlab.exe`],
    // It ends before the copy of itself that does the work.
    remove: [`"${OTHER_FOLDER}\\Uninstall Raftlab.exe" /S`, ''],
  });

  /** A folder that still exists, and what is in it. */
  const leftIn = (place: string): string[] => {
    const path = prefix?.unixPath(place) ?? '';
    return existsSync(path) ? [place, ...readdirSync(path, { recursive: true, encoding: 'utf8' })] : [];
  };

  async function playAllSteps(windows: WinePrefix): Promise<void> {
    const installer = onDriveZ(await compileInstaller(folder, windows));
    const lines = STEPS.flatMap((step) => steps(installer)[step]).map((line) => `${line}\r\n`);
    writeFileSync(windows.unixPath('C:\\steps.txt'), lines.join(''), 'utf16le');
    await windows.run(await compilePlayer(folder));
    await windows.untilAllEnded();
    let unfinished = [...STEPS];
    for (const line of readFileSync(windows.unixPath('C:\\netsh.log'), 'utf16le').trim().split('\r\n')) {
      const step = unfinished[0] ?? 'remove';
      if (line.startsWith('exit code ')) {
        outcomes[step] = line;
        unfinished = unfinished.slice(1);
      } else {
        requests[step].push(readRequest(line));
      }
    }
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'raftlab-installer-'));
    prefix = makeWinePrefix(join(folder, 'wine'));
    await installNetsh(folder, prefix);
    await playAllSteps(prefix);
  });

  afterAll(async () => {
    await prefix?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('it installs silently where it is told, also with spaces, and adds one rule for each protocol', () => {
    expect(outcomes.install).toBe('exit code 0, there');
    // Removed first: a rule that an installation without its uninstaller has left would stand there twice.
    expect(requests.install.map(({ action, options }) => `${action} ${options['name'] ?? ''}`)).toEqual([
      'delete Raftlab (UDP)', 'delete Raftlab (TCP)', 'add Raftlab (UDP)', 'add Raftlab (TCP)',
    ]);
    expect(rulesAfter(requests.install)).toEqual(rulesFor(FIRST_FOLDER));
  });

  test('an update keeps the folder and leaves each rule once', () => {
    expect(outcomes.update).toBe('exit code 0, there');
    // The old uninstaller asks nothing: were the update to fail, the old program would have lost its rules.
    expect(requests.update).toEqual(requests.install);
    expect(rulesAfter([...requests.install, ...requests.update])).toEqual(rulesFor(FIRST_FOLDER));
  });

  test('an update into another folder takes the rules along', () => {
    expect(outcomes.move).toBe('exit code 0, there');
    expect(rulesAfter([...requests.install, ...requests.update, ...requests.move])).toEqual(rulesFor(OTHER_FOLDER));
  });

  test('removing takes both rules and all files', () => {
    expect(requests.remove.map(({ action }) => action)).toEqual(['delete', 'delete']);
    expect(rulesAfter(STEPS.flatMap((step) => requests[step]))).toEqual([]);
    expect([FIRST_FOLDER, OTHER_FOLDER].flatMap((place) => leftIn(place))).toEqual([]);
  });
});
