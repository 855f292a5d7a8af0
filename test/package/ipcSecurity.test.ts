// The one channel between the page and the main process, tried by senders and with inputs that no page of ours has.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMMAND_NAMES } from '../../src/contract/channels.ts';
import { commandSchemas } from '../../src/contract/commands.ts';
import { sharedApp } from '../e2e/support/app.ts';

const theApp = sharedApp();

test('a command from another window is refused, even from our own page in it', async () => {
  expect(await theApp().replyToForeignWindow()).toMatchObject({ ok: false, error: { code: 'forbidden-sender' } });
});

test('a frame within the page has no bridge', async () => {
  const { page } = theApp();
  expect(await page.evaluate(() => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const seen = frame.contentWindow !== null && 'raftlab' in frame.contentWindow;
    frame.remove();
    return seen;
  })).toBe(false);
});

/** Whatever can travel over IPC: the page may send it, so main has to stand it. */
const anything = fc.oneof(
  // No dates: Playwright cannot hand an invalid one over, and a valid one is just another object.
  fc.anything({ withDate: false, withBigInt: true, withTypedArray: false }),
  fc.string({ maxLength: 2_000 }),
  fc.constantFrom('n1', 'n99', '__proto__', 'constructor', '../../etc', '\0', 'x'.repeat(100_000)),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0, -1, 0.5, 2 ** 53, 1e308),
);

/** An input with the command's own keys, each with something else than it should be; often a key more or less. */
function wrongInput(keys: readonly string[]): fc.Arbitrary<unknown> {
  const shaped = Object.fromEntries(keys.map((key) => [key, anything]));
  return fc.oneof(
    anything,
    fc.record(shaped, { requiredKeys: [] }),
    fc.record({ ...shaped, extra: anything }, { requiredKeys: ['extra'] }),
  );
}

const fieldsOf = (name: (typeof COMMAND_NAMES)[number]): string[] => Object.keys(commandSchemas[name].shape);

test.each(COMMAND_NAMES)('%s stands every wrong input', async (name) => {
  const { page } = theApp();
  const inputs = fc.array(wrongInput(fieldsOf(name)), { minLength: 10, maxLength: 20 });
  await fc.assert(fc.asyncProperty(inputs, async (wrong) => {
    const rejected = wrong.filter((input) => !commandSchemas[name].safeParse(input).success);
    const codes = await page.evaluate(async ([command, sent]) => {
      const invoke = window.raftlab?.invoke as unknown as
        (name: unknown, input: unknown) => Promise<{ ok: boolean; error?: { code: string } }>;
      const replies = await Promise.all(sent.map((input) => invoke(command, input)));
      return replies.map((reply) => (reply.ok ? 'done' : reply.error?.code));
    }, [name, rejected] as const);
    expect(new Set(codes)).toEqual(new Set(rejected.length === 0 ? [] : ['invalid-argument']));
  }), { numRuns: 5 });
  expect(await page.evaluate(() => window.raftlab?.invoke('app:info', {}))).toMatchObject({ ok: true });
});

test('no wrong input has become an error of the app', () => {
  expect(theApp().loggedProblems().filter((line) => !line.includes('did not come from the window'))).toEqual([]);
});

test('a packaged app opens no developer tools and has none in its menu', async () => {
  const app = theApp();
  expect(await app.opensDeveloperTools()).toBe(false);
  expect(await app.menuLabels()).not.toEqual(expect.arrayContaining([expect.stringMatching(/developer|reload/i)]));
});
