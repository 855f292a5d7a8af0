// The content policy, word for word: whoever loosens it has to say so here.
import { expect, test } from 'vitest';
import { contentPolicy, developmentContentPolicy } from '../../src/main/contentPolicy.ts';

test('the page may run and load its own files and nothing else', () => {
  expect(contentPolicy()).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    + "connect-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'; frame-src 'none'",
  );
});

test('the development server may add styles and talk to the page, and still no inline script runs', () => {
  const policy = developmentContentPolicy('http://localhost:5173');
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("style-src 'self' 'unsafe-inline';");
  expect(policy).toContain("connect-src 'self' ws://localhost:5173;");
});
