// Making once what succeeds, and again what failed.
import { expect, test } from 'vitest';
import { Retried } from '../../src/main/retried.ts';

test('those who ask at the same time share one attempt', async () => {
  let made = 0;
  const retried = new Retried(() => Promise.resolve(++made));
  expect(retried.latest).toBeNull();
  expect(await Promise.all([retried.get(), retried.get()])).toEqual([1, 1]);
  expect(await retried.get()).toBe(1);
});

test('a failure is told to those who asked, and the next one tries again', async () => {
  let tries = 0;
  const retried = new Retried(() => {
    tries += 1;
    return tries === 1 ? Promise.reject(new Error('in use')) : Promise.resolve('open');
  });
  await expect(Promise.all([retried.get(), retried.get()])).rejects.toThrow('in use');
  expect(retried.latest).toBeNull();
  expect(await retried.get()).toBe('open');
  expect(tries).toBe(2);
});
