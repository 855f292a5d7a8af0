import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isIntact, readStamp, stampKey, writeStamp } from '../../../scripts/setup/stamp.mjs';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'raftlab-stamp-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const inputs = { lockfile: '{}', platform: 'linux', arch: 'x64', electronOverride: undefined };

function stampWith(executable: string, sqliteAddon = '') {
  const electron = { kind: 'official' as const, version: '45.4.1', executable, problem: '', checkedAtMs: 0 };
  return { key: stampKey(inputs), electron, sqliteAddon };
}

describe('stampKey', () => {
  test('is the same for the same inputs', () => {
    expect(stampKey({ ...inputs })).toBe(stampKey(inputs));
  });

  test.each([{ lockfile: '{ }' }, { platform: 'darwin' }, { arch: 'arm64' }, { electronOverride: '/opt/electron' }])(
    'changes with %j',
    (change) => {
      expect(stampKey({ ...inputs, ...change })).not.toBe(stampKey(inputs));
    },
  );
});

describe('a stamp', () => {
  test('is read as it was written', () => {
    const path = join(directory, 'state', 'setup.json');
    writeStamp(stampWith('/electron'), path);
    expect(readStamp(path)).toEqual(stampWith('/electron'));
  });

  test('that is missing, cut short or of another shape counts as none', () => {
    const path = join(directory, 'setup.json');
    expect(readStamp(path)).toBeUndefined();
    for (const text of ['', '{"key":"1', 'null', '[]', '{"key":"1"}']) {
      writeFileSync(path, text);
      expect(readStamp(path)).toBeUndefined();
    }
  });

  test('is intact while Electron and the rebuilt addon are there', () => {
    const executable = join(directory, 'electron');
    const addon = join(directory, 'addon.node');
    expect(isIntact(stampWith(executable))).toBe(false);
    writeFileSync(executable, '');
    expect(isIntact(stampWith(executable))).toBe(true);
    expect(isIntact(stampWith(executable, addon))).toBe(false);
    writeFileSync(addon, '');
    expect(isIntact(stampWith(executable, addon))).toBe(true);
  });
});
