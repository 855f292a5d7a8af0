/** What cmd.exe gets to read for a batch file. test/windows/scripts.test.ts has it read them. */
import { expect, test } from 'vitest';
import { batchCall, isBatchFile } from '../../../scripts/setup/batch.mjs';

const lineFor = (...batchArguments: string[]) =>
  batchCall('C:\\Program Files\\nodejs\\npm.cmd', batchArguments, undefined).fileArguments.at(-1);

test('the path and each argument are quoted, and all of it once more for cmd.exe to take away', () => {
  expect(lineFor('ci', '--loglevel=error')).toBe(
    '""C:\\Program Files\\nodejs\\npm.cmd" "ci" "--loglevel=error""',
  );
});

test.each([
  ['', '""'],
  ['a b', '"a b"'],
  ['a&b|c<d>e^f', '"a&b|c<d>e^f"'],
  ['say "hi"', '"say ""hi"""'],
  ['C:\\folder\\', '"C:\\folder\\\\"'],
  ['\\\\server\\share', '"\\\\server\\share"'],
  ['back\\"quote', '"back\\\\""quote"'],
  ['%PATH%', '"%%cd:~,%PATH%%cd:~,%"'],
])('%j', (argument, quoted) => {
  expect(lineFor(argument)).toBe(`""C:\\Program Files\\nodejs\\npm.cmd" ${quoted}"`);
});

test.each(['two\nlines', 'two\r', '\0'])('%j, at which cmd.exe would end the command, is refused', (argument) => {
  expect(() => lineFor(argument)).toThrow(JSON.stringify(argument));
});

test('neither AutoRun nor !NAME! may change it', () => {
  const { file, fileArguments } = batchCall('x.cmd', [], 'C:\\WINDOWS\\system32\\cmd.exe');
  expect(file).toBe('C:\\WINDOWS\\system32\\cmd.exe');
  expect(fileArguments.slice(0, -1)).toEqual(['/e:ON', '/v:OFF', '/d', '/s', '/c']);
});

test('batch files are known by their ending, on Windows only', () => {
  expect(['npm.cmd', 'A.BAT', 'C:\\x.y\\run.Cmd'].every((path) => isBatchFile(path, 'win32'))).toBe(true);
  expect(['npm', 'node.exe', 'C:\\x.cmd\\node'].some((path) => isBatchFile(path, 'win32'))).toBe(false);
  expect(isBatchFile('npm.cmd', 'linux')).toBe(false);
});
