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

  it('reads an output between doubled separators up to the end of a file, and a single separator within it', () => {
    const [only] = parseCases('one\n----\n----\na\n----\nb\n');
    expect(only?.expected).toBe('a\n----\nb\n');
  });

  it('passes over a byte order mark, and finds nothing in a file of comments', () => {
    expect(parseCases('\uFEFFone\n----\nok\n')).toMatchObject([{ command: 'one', line: 1 }]);
    expect(parseCases('# one\n\n  # two\n')).toEqual([]);
    expect(parseCases('')).toEqual([]);
  });

  it.each([
    ['\none\nno separator\n', { line: 2, message: 'no "----" after the command "one"' }],
    ['one a=(1\n----\nok\n', { line: 1, message: 'cannot read the arguments "a=(1" of the command "one"' }],
    ['\n\none b =1\n----\nok\n', { line: 3, message: 'cannot read the arguments "=1" of the command "one"' }],
  ])('says where a file does not follow the format: %j', (content, failure) => {
    expect(() => parseCases(content)).toThrow(expect.objectContaining(failure));
  });
});

describe('parseCommandLine', () => {
  it('reads keys, values, lists between commas, and empty lists', () => {
    expect(parseCommandLine('deliver-msgs 1 drop=(2, 3) type=MsgApp x=() y=(4 5)', 1)).toEqual({
      command: 'deliver-msgs',
      args: [
        { key: '1', values: [] },
        { key: 'drop', values: ['2', '3'] },
        { key: 'type', values: ['MsgApp'] },
        { key: 'x', values: [''] },
        { key: 'y', values: ['4 5'] },
      ],
    });
  });

  it('takes any other character for part of a key or a value, brackets within a list as well', () => {
    expect(parseCommandLine('propose 1 a(b)"c\\d x= y=(f(1, 2), 3) z=a=b', 1).args).toEqual([
      { key: '1', values: [] },
      { key: 'a(b)"c\\d', values: [] },
      { key: 'x', values: [''] },
      { key: 'y', values: ['f(1, 2)', '3'] },
      { key: 'z', values: ['a=b'] },
    ]);
  });
});
