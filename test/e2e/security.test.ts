// The window's walls, tried from inside the page (Electron security checklist, items 1 to 20).
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { sharedApp } from './support/app.ts';

/** A server on this machine, for as long as this file's tests take. @returns its address, `127.0.0.1:PORT` */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => { server.close(); });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What was asked for outside this machine: all of it goes by a proxy that notes it and passes nothing on. */
const asked: string[] = [];
const proxy = await serve((request, response) => {
  asked.push(request.url ?? '');
  response.writeHead(502).end();
});
const theApp = sharedApp([`--proxy-server=http://${proxy}`, '--use-fake-device-for-media-stream']);

test('the page lives at app://raftlab, without Node', async () => {
  const { page } = theApp();
  expect(await page.evaluate(() => location.href)).toBe('app://raftlab/index.html');
  expect(await page.evaluate(() => ['require', 'process', 'module', 'global', 'Buffer', '__dirname', 'electron']
    .filter((name) => name in globalThis))).toEqual([]);
});

test('the bridge shows the page five functions and nothing else', async () => {
  const { page } = theApp();
  const exposed = await page.evaluate(() =>
    Object.entries(window.raftlab ?? {}).map(([name, value]) => `${name}: ${typeof value}`).sort());
  expect(exposed).toEqual([
    'invoke: function', 'onEvents: function', 'onLabChanged: function', 'onSignal: function', 'onTime: function',
  ]);
});

test('nobody on the network is asked for anything while the app starts and shows its lab', async () => {
  const app = theApp();
  await app.page.evaluate(() => window.raftlab?.invoke('lab:attach', {}));
  expect(asked).toEqual([]);
  // It would have been noticed, and a later request comes after an earlier one.
  await app.fetchFromMain('https://api.github.com/');
  expect(asked).toEqual(['api.github.com:443']);
});

test('a listener gets plain data and no event object', async () => {
  const { page } = theApp();
  const received = await page.evaluate(async () => {
    const first = new Promise<unknown[]>((resolve) => {
      window.raftlab?.onSignal((...received: unknown[]) => { resolve(received); });
    });
    // Signals wait until the page has asked for its view.
    await window.raftlab?.invoke('lab:attach', {});
    await window.raftlab?.invoke('settings:set', { scale: 1.25 });
    return (await first).map((value) => Object.keys(value as object).sort());
  });
  expect(received).toEqual([['settings', 'type']]);
});

test('no window opens, and the page does not go anywhere', async () => {
  const app = theApp();
  const { page } = app;
  expect(await page.evaluate(() => window.open('https://example.com/') === null)).toBe(true);
  expect(await page.evaluate(() => window.open('app://raftlab/index.html') === null)).toBe(true);
  const elsewhere = ['https://example.com/', 'file:///etc/passwd', 'data:text/html,hello', 'app://raftlab/other.html'];
  for (const address of elsewhere) {
    await page.evaluate((target) => { location.assign(target); }, address).catch(() => undefined);
    expect(await page.evaluate(() => location.href)).toBe('app://raftlab/index.html');
  }
  expect(await app.windowCount()).toBe(1);
});

test('neither eval nor an inline script runs, and nothing is fetched from elsewhere', async () => {
  const { page } = theApp();
  // Playwright's own evaluate goes around the policy, so the attempts are made by the page's own handlers.
  const outcome = await page.evaluate(async () => {
    const violations: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => { violations.push(event.effectiveDirective); });
    const inline = document.createElement('script');
    inline.textContent = 'globalThis.inlineRan = true';
    document.body.append(inline);
    const button = document.createElement('button');
    button.setAttribute('onclick', 'globalThis.attributeRan = true');
    document.body.append(button);
    button.click();
    const evaluated = await new Promise<string>((resolve) => {
      setTimeout(() => {
        try {
          resolve(String((0, eval)('1 + 1')));
        } catch (error) {
          resolve((error as Error).name);
        }
      });
    });
    const fetched = await fetch('https://example.com/').then(() => 'fetched', () => 'refused');
    await new Promise((resolve) => setTimeout(resolve));
    inline.remove();
    button.remove();
    return {
      evaluated,
      fetched,
      ran: 'inlineRan' in globalThis || 'attributeRan' in globalThis,
      violations: [...new Set(violations)].sort(),
    };
  });
  expect(outcome).toEqual({
    evaluated: 'EvalError',
    fetched: 'refused',
    ran: false,
    violations: ['connect-src', 'script-src', 'script-src-attr', 'script-src-elem'],
  });
});

test('no webview comes up, not even in a window that allows the tag', async () => {
  const app = theApp();
  expect(await app.page.evaluate(() => 'getWebContentsId' in document.createElement('webview'))).toBe(false);
  await app.tryWebview();
  await expect.poll(() => app.wholeLog()).toContain('the page was kept from attaching a webview');
  expect(await app.windowCount()).toBe(1);
});

test('no frame shows another page', async () => {
  const { page } = theApp();
  await page.evaluate(() => new Promise<void>((resolve) => {
    const frame = document.createElement('iframe');
    frame.addEventListener('load', () => { resolve(); });
    frame.src = 'app://raftlab/index.html';
    document.body.append(frame);
  }));
  expect(page.frames().slice(1).map((frame) => frame.url()).filter((url) => url.startsWith('app:'))).toEqual([]);
});

test('no permission is given', async () => {
  const { page } = theApp();
  expect(await page.evaluate(() => Notification.requestPermission())).toBe('denied');
  expect(await page.evaluate(() => navigator.permissions.query({ name: 'geolocation' }).then(({ state }) => state)))
    .toBe('denied');
  expect(await page.evaluate(() => navigator.mediaDevices.getDisplayMedia({ video: true })
    .then(() => 'given', (error: unknown) => (error as Error).name))).toBe('NotAllowedError');
});

test('no device is given, and none of the machine’s files is chosen', async () => {
  const { page } = theApp();
  const outcomes = await page.evaluate(async () => {
    type Api = Readonly<Record<string, (options: object) => Promise<unknown>>>;
    const { usb, hid, serial, bluetooth } = navigator as unknown as Readonly<Record<string, Api>>;
    const attempts = {
      usb: usb?.['requestDevice']?.({ filters: [] }),
      hid: hid?.['requestDevice']?.({ filters: [] }),
      serial: serial?.['requestPort']?.({}),
      bluetooth: bluetooth?.['requestDevice']?.({ acceptAllDevices: true }),
      camera: navigator.mediaDevices.getUserMedia({ video: true }),
      microphone: navigator.mediaDevices.getUserMedia({ audio: true }),
    };
    const told = Object.entries(attempts).map(async ([what, attempt]) => [
      what,
      await Promise.resolve(attempt).then(
        (given) => (given === undefined ? 'n/a' : JSON.stringify(given)), (error: unknown) => (error as Error).name,
      ),
    ]);
    return Object.fromEntries(await Promise.all(told)) as Record<string, string>;
  });
  // There is a microphone and a camera (Chromium's own); the others would be chosen in a dialog that never comes.
  expect(outcomes).toEqual({
    usb: 'NotFoundError', hid: '[]', serial: 'NotFoundError', bluetooth: 'n/a',
    camera: 'NotAllowedError', microphone: 'NotAllowedError',
  });
});

test('nothing is downloaded', async () => {
  expect(await theApp().tryDownload()).toBe('refused');
});

test('no redirect is followed, not even in a window whose session lets everything through', async () => {
  const paths: string[] = [];
  const address = await serve((request, response) => {
    paths.push(request.url ?? '');
    if (request.url === '/') response.writeHead(302, { location: '/elsewhere' }).end();
    else response.end('elsewhere');
  });
  const app = theApp();
  await app.tryToLoad(`http://${address}/`);
  await expect.poll(() => app.wholeLog()).toContain('the page was kept from following a redirect');
  expect(paths).toEqual(['/']);
});

test('nothing outside the page’s folder is served', async () => {
  const { page } = theApp();
  const statuses = await page.evaluate(async () => {
    const addresses = [
      '../main/index.js', '/%2e%2e/main/index.js', '/..%2fmain/index.js', '/..%5cmain/index.js', '/index.html%00',
      '/package.json',
    ];
    return Promise.all(addresses.map((address) => fetch(address).then(({ status }) => status, () => 'refused')));
  });
  expect(statuses).toEqual([404, 404, 404, 404, 404, 404]);
});

test('bad input of any kind is answered, and the app goes on', async () => {
  const { page } = theApp();
  const codes = await page.evaluate(async () => {
    // The page's own code is typed; an attacker's is not.
    const invoke = window.raftlab?.invoke as unknown as
      (name: unknown, input: unknown) => Promise<{ ok: boolean; error?: { code: string } }>;
    const attempts: [unknown, unknown][] = [
      ['lab:explode', {}], ['__proto__', {}], [42, {}], [null, null],
      ['node:crash', null], ['node:crash', { node: 'n99' }], ['node:crash', { node: 'n1', extra: true }],
      ['kv:execute', 'x'.repeat(1_000_000)], ['app:info', () => 1], ['settings:set', { scale: Number.NaN }],
    ];
    const replies = await Promise.all(attempts.map(([name, input]) => invoke(name, input)));
    return replies.map((reply) => reply.error?.code);
  });
  expect(codes).toEqual([
    'unknown-command', 'unknown-command', 'unknown-command', 'unknown-command', 'invalid-argument', 'invalid-argument',
    'invalid-argument', 'invalid-argument', 'invalid-argument', 'invalid-argument',
  ]);
  expect(await page.evaluate(() => window.raftlab?.invoke('app:info', {}))).toMatchObject({ ok: true });
});
