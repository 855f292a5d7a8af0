/** Files of JSON on a real disk: read with a schema, written whole or not at all, and never lost. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { JsonFile } from '../../src/lab/files/jsonFile.ts';
import { labErrorOf, temporaryFolder } from './support.ts';

vi.mock('node:fs/promises', { spy: true });

const schema = z.strictObject({ version: z.literal(1), name: z.string().min(1).max(10) });

function newFile() {
  const folder = temporaryFolder();
  const path = join(folder, 'kept.json');
  return { folder, path, file: new JsonFile({ path, schema, version: 1 }) };
}

test('what was written is read, by this object and by another one', async () => {
  const { folder, path, file } = newFile();
  expect(await file.read()).toEqual({ type: 'missing' });
  await file.write({ version: 1, name: 'desk 7' });
  expect(await file.read()).toEqual({ type: 'value', value: { version: 1, name: 'desk 7' } });
  expect(new JsonFile({ path, schema, version: 1 }).readNow()).toMatchObject({ type: 'value' });
  expect(readdirSync(folder), 'nothing else lies there').toEqual(['kept.json']);
});

test('what an editor on Windows makes of it is read: a byte order mark, and CRLF', async () => {
  const { path, file } = newFile();
  await file.write({ version: 1, name: 'desk 7' });
  writeFileSync(path, `\uFEFF${readFileSync(path, 'utf8').replaceAll('\n', '\r\n')}`);
  expect(await file.read()).toEqual({ type: 'value', value: { version: 1, name: 'desk 7' } });
});

test.each([
  ['too short', { version: 1, name: '' } as const, 'name '],
  ['too long', { version: 1, name: 'x'.repeat(11) } as const, 'name '],
  ['too large', { version: 1, name: 'x'.repeat(2 * 1024 * 1024) } as const, 'longer than'],
])('what would not be read back is not written: %s', async (_what, value, why) => {
  const { folder, file } = newFile();
  await file.write({ version: 1, name: 'before' });
  const error = await labErrorOf(file.write(value));
  expect(error.code).toBe('invalid-argument');
  expect(error.message).toContain(why);
  expect(() => file.writeNow(value)).toThrow(why);
  expect(await file.read()).toEqual({ type: 'value', value: { version: 1, name: 'before' } });
  expect(readdirSync(folder)).toEqual(['kept.json']);
});

test('writes that are asked for at once are made in turn, and one that fails holds up no other', async () => {
  const { file } = newFile();
  const outcomes = await Promise.allSettled(
    ['a', 'b', '', 'c'].map((name) => file.write({ version: 1, name })),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(await file.read()).toMatchObject({ value: { name: 'c' } });
});

test('what is written at the end is not overtaken by a write that was under way', async () => {
  const { file } = newFile();
  const before = file.write({ version: 1, name: 'before' });
  file.writeNow({ version: 1, name: 'last' });
  await before;
  expect(await file.read()).toMatchObject({ value: { name: 'last' } });
});

test.each([
  ['damaged', '{"version":1,"na'],
  ['damaged', '{"version":1,"name":17}'],
  ['damaged', ''],
  ['newer', '{"version":2,"surname":"of a newer version"}'],
])('a file that is %s is kept beside what is written in its place', async (type, text) => {
  const { folder, path, file } = newFile();
  for (const name of ['kept.json.bad', 'kept.json.bad-2']) {
    writeFileSync(path, text);
    expect(await file.read()).toMatchObject({ type });
    expect(readFileSync(path, 'utf8'), 'reading changes nothing').toBe(text);
    await file.write({ version: 1, name: 'new' });
    expect(await file.read()).toMatchObject({ type: 'value' });
    expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
  }
});

test('what the system does not let be read is told with its code, and kept', async () => {
  const { path, file } = newFile();
  mkdirSync(join(path, 'sub'), { recursive: true });
  expect(await file.read()).toEqual({ type: 'unreadable', code: 'EISDIR' });
  file.writeNow({ version: 1, name: 'new' });
  expect(existsSync(join(`${path}.bad`, 'sub'))).toBe(true);
});

test('a disk that refuses the file is told in words, with the folder', async () => {
  const { folder, file } = newFile();
  mkdirSync(join(folder, `kept.json.${process.pid}.new`));
  const error = await labErrorOf(file.write({ version: 1, name: 'x' }));
  expect(error).toMatchObject({ code: 'disk-error' });
  expect(error.message).toContain(folder);
});

test('a file that was held when it was read is read before another one is written in its place', async () => {
  const { path, file, folder } = newFile();
  writeFileSync(path, '{"version":1,"na');
  // Stands for a program that holds the file: Linux has no such thing.
  vi.mocked(readFile).mockRejectedValue(Object.assign(new Error('held'), { code: 'EBUSY', path }));
  expect(await file.read()).toMatchObject({ type: 'held', problem: { code: 'disk-error' } });
  expect(file.isUnknown).toBe(true);
  const error = await labErrorOf(file.write({ version: 1, name: 'new' }));
  expect(error.message).toContain(`another program holds kept.json in the folder ${folder}: close it`);
  expect(readdirSync(folder), 'it is as it was').toEqual(['kept.json']);
  vi.mocked(readFile).mockRestore();
  await file.write({ version: 1, name: 'new' });
  expect(readFileSync(`${path}.bad`, 'utf8'), 'it was damaged, and is kept').toBe('{"version":1,"na');
  expect(await file.read()).toMatchObject({ value: { name: 'new' } });
});
