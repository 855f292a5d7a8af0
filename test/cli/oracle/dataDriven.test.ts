/** The format of data-driven tests. */
import { describe, expect, it } from 'vitest';
import { parseCases, parseCommandLine } from '../../../src/cli/oracle/dataDriven.ts';

describe('parseCases', () => {
  it('reads comments, arguments, input and expected output', () => {
    const cases = parseCases('# comment\n\nsimple a=1\nv1 l2\n----\nvoters=(1)\nmore\n\n# end\nnext\n----\nok\n');
    expect(cases).toEqual([
      { line: 3, command: 'simple', args: [{ key: 'a', values: ['1'] }], input: 'v1 l2', expected: 'voters=(1)\nmore' },
      { line: 10, command: 'next', args: [], input: '', expected: 'ok' },
    ]);
  });

  it('reads an output that holds blank lines between doubled separators', () => {
    const [first, second] = parseCases('one\n----\n----\na\n\nb\n----\n----\n\ntwo\n----\nok\n');
    expect(first?.expected).toBe('a\n\nb');
    expect(second?.command).toBe('two');
  });

  it('joins lines that end with a backslash, and passes over the marks of subtests', () => {
    const cases = parseCases('subtest names\n\none \\\n a=1\n----\nok\n\nsubtest end\n');
    expect(cases).toMatchObject([{ command: 'one', args: [{ key: 'a', values: ['1'] }] }]);
  });

  it('reads Windows line ends and an end of file without a line end', () => {
    expect(parseCases('one\r\n----\r\nok')).toMatchObject([{ command: 'one', expected: 'ok' }]);
  });

  it('says where a file does not follow the format', () => {
    expect(() => parseCases('\none\nno separator\n')).toThrow('line 2: no "----" after the command "one"');
    expect(() => parseCases('one a=(1\n----\nok\n')).toThrow('line 1: cannot read the arguments "a=(1"');
    expect(() => parseCases('=\n----\nok\n')).toThrow('line 1: not a command: "="');
  });
});

describe('parseCommandLine', () => {
  it('reads keys, values, lists with commas or spaces, and empty lists', () => {
    expect(parseCommandLine('deliver-msgs 1 drop=(2, 3) type=MsgApp x=() y=(4 5)', 1)).toEqual({
      command: 'deliver-msgs',
      args: [
        { key: '1', values: [] },
        { key: 'drop', values: ['2', '3'] },
        { key: 'type', values: ['MsgApp'] },
        { key: 'x', values: [] },
        { key: 'y', values: ['4', '5'] },
      ],
    });
  });
});
