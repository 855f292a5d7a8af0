/** docs/raft.md is true: what it names is there, what is there it names, and its example runs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  ALL_RULES,
  configurationOf,
  decodeConfigurationChange,
  MemoryStorage,
  type Message,
  RaftNode,
} from '../../src/raft/index.ts';

const GUIDE_FILE = fileURLToPath(new URL('../../docs/raft.md', import.meta.url));
const CORE_FOLDER = fileURLToPath(new URL('../../src/raft', import.meta.url));
const TEST_FOLDER = fileURLToPath(new URL('.', import.meta.url));

const guide = readFileSync(GUIDE_FILE, 'utf8');
const coreFiles = readdirSync(CORE_FOLDER);

/** The text under a heading, up to the next of its level. */
function section(heading: string): string {
  const start = guide.indexOf(`\n## ${heading}\n`);
  expect(start, heading).toBeGreaterThan(0);
  return guide.slice(start + 1).split(/\n(?=## )/)[0] ?? '';
}

/** The rows of the tables in a text, as cells. */
function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('|---'))
    .map((line) => line.slice(1, -1).split('|').map((cell) => cell.trim()));
}

/** What a cell such as "`a`, `b` in [file.ts](../src/raft/file.ts), `c` in …" says is where. */
function placesIn(text: string): { names: string[]; path: string }[] {
  return [...text.matchAll(/((?:`\w+`(?:, )?)+) in (?:\[[\w.]+\]\(([^)]+)\) and in )?\[[\w.]+\]\(([^)]+)\)/g)].flatMap(
    ([, names = '', first, second]) =>
      [first, second]
        .filter((path) => path !== undefined)
        .map((path) => ({ names: [...names.matchAll(/\w+/g)].map(([name]) => name), path })),
  );
}

/** Whether a source file declares a name: a function, a type, a method or a field. */
function declares(source: string, name: string): boolean {
  const declaration = `^(export )?(function|class|interface|type|const) ${name}\\b`;
  const member = `^  (readonly |get )?${name}[(:;?<]`;
  return new RegExp(`${declaration}|${member}| ${name} = `, 'm').test(source);
}

/** The sections that a source cites, as "Raft §5.3" and "dissertation §4". */
function citationsIn(source: string): Set<string> {
  const text = source.replace(/\n\s*(?:\*|\/\/) ?/g, ' ');
  const one = String.raw`(?:§\d+(?:\.\d+)*|Figure \d+)`;
  const found = new Set<string>();
  for (const [, book, list] of text.matchAll(new RegExp(`(Raft|dissertation) (${one}(?:, ${one})*)`, 'g'))) {
    for (const [place] of (list ?? '').matchAll(new RegExp(one, 'g'))) {
      found.add(`${book} ${place}`);
    }
  }
  return found;
}

describe('what the guide names is there', () => {
  it('every file that it links to', () => {
    const links = [...guide.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, path = '']) => path);
    expect(links.length).toBeGreaterThan(100);
    expect(links.filter((path) => !existsSync(join(dirname(GUIDE_FILE), path)))).toEqual([]);
  });

  it('every heading that it links to', () => {
    const headings = [...guide.matchAll(/^## (.*)$/gm)].map(([, text = '']) => text.toLowerCase().replace(/\W+/g, '-'));
    for (const [, anchor] of guide.matchAll(/\]\(#([^)]+)\)/g)) {
      expect(headings).toContain(anchor);
    }
  });

  const places = placesIn(guide).flatMap(({ names, path }) => names.map((name) => ({ name, path })));
  it.each(places)('$name in $path', ({ name, path }) => {
    expect(declares(readFileSync(join(dirname(GUIDE_FILE), path), 'utf8'), name)).toBe(true);
  });

  it('every test that shows what a rule is for', () => {
    const [, ...rows] = rowsOf(section('Safety rules that can be switched off'));
    for (const [rules, test = ''] of rows) {
      const [, file = '', title = ''] = /^([\w.]+), "(.+)"$/.exec(test) ?? [];
      const source = readFileSync(join(TEST_FOLDER, file), 'utf8');
      expect(source, `${rules}: ${test}`).toMatch(new RegExp(`(describe|it)(\\.each)?\\(.*${title}`));
    }
  });
});

describe('what is there the guide names', () => {
  it('every file of the core', () => {
    expect(coreFiles.filter((file) => !guide.includes(`](../src/raft/${file})`))).toEqual([]);
  });

  it('every section that the core cites, and the core cites none without saying of what', () => {
    const inTables = new Set([
      ...rowsOf(section('The paper')).map(([place]) => `Raft ${place}`),
      ...rowsOf(section('The dissertation')).map(([place]) => `dissertation ${place}`),
    ]);
    for (const file of coreFiles) {
      const source = readFileSync(join(CORE_FOLDER, file), 'utf8');
      for (const citation of citationsIn(source)) {
        expect(inTables, `${file} cites ${citation}`).toContain(citation);
      }
      const text = source.replace(/\n\s*(?:\*|\/\/) ?/g, ' ');
      const bare = text.match(/(?<!(?:Raft|dissertation|§[\d.]+,|Figure \d+,) )(?:§\d|Figure \d).{20}/g) ?? [];
      expect(bare, file).toEqual([]);
    }
  });

  it('every row of the tables of sections says where', () => {
    const [, ...rows] = [...rowsOf(section('The paper')), ...rowsOf(section('The dissertation'))];
    for (const [place, what, where = ''] of rows.filter(([place]) => place !== 'Section')) {
      expect(placesIn(where), `${place}: ${what}`).not.toEqual([]);
    }
  });

  it('every rule', () => {
    const rules = rowsOf(section('Safety rules that can be switched off')).map(([names]) => names).join();
    expect(Object.keys(ALL_RULES).filter((rule) => !rules.includes(`\`${rule}\``))).toEqual([]);
  });

  it('every method of RaftNode', () => {
    const methods = rowsOf(section('The interface')).map(([names]) => names).join();
    const names = Object.getOwnPropertyNames(RaftNode.prototype).filter((name) => name !== 'constructor');
    expect(names.filter((name) => !new RegExp(`\`${name}\\b`).test(methods))).toEqual([]);
  });
});

// ---- The example ----------------------------------------------------------------------------------------------------

type Send = (message: Message) => void;

interface StateMachine {
  apply(command: Uint8Array): void;
  restore(snapshot: Uint8Array): void;
}

function handleReady(node: RaftNode, storage: MemoryStorage, send: Send, stateMachine: StateMachine): void {
  while (node.hasReady()) {
    const ready = node.ready();
    ready.messagesBeforePersist.forEach(send);
    storage.persist(ready); // one transaction, synced where ready.mustSync says so
    ready.messages.forEach(send);
    if (ready.snapshot !== undefined) {
      stateMachine.restore(ready.snapshot.data);
    }
    for (const entry of ready.committedEntries) {
      if (entry.type === 'command') {
        stateMachine.apply(entry.data);
      } else if (entry.type === 'configuration') {
        const change = decodeConfigurationChange(entry.data);
        storage.saveConfiguration(node.applyConfigurationChange(change));
      }
    }
    node.advance();
  }
}

describe('the example of the guide', () => {
  it('stands here as it stands there', () => {
    const example = /```ts\n(.*?)```/s.exec(guide)?.[1] ?? '';
    expect(example).toContain('function handleReady(');
    expect(readFileSync(fileURLToPath(import.meta.url), 'utf8')).toContain(`\n${example}`);
  });

  it('elects a leader and gets a command applied on every server', () => {
    const mail: Message[] = [];
    const servers = [1, 2, 3].map((id) => {
      const storage = new MemoryStorage(configurationOf([1, 2, 3]));
      const applied: string[] = [];
      const stateMachine = {
        apply: (command: Uint8Array) => applied.push(new TextDecoder().decode(command)),
        restore: () => undefined,
      };
      const node = new RaftNode({
        id,
        storage,
        electionTimeoutTicks: 10,
        heartbeatTicks: 1,
        randomizedElectionTimeout: (ticks) => ticks + id,
      });
      const work = (): void => handleReady(node, storage, (message) => mail.push(message), stateMachine);
      return { node, applied, work };
    });
    const settle = (): void => {
      servers.forEach(({ work }) => work());
      for (let message = mail.shift(); message !== undefined; message = mail.shift()) {
        const receiver = servers[message.to - 1];
        receiver?.node.step(message);
        receiver?.work();
      }
    };
    for (let ticks = 0; ticks <= 11; ticks++) {
      servers.forEach(({ node }) => node.tick());
      settle();
    }
    expect(servers.map(({ node }) => node.status().role)).toEqual(['leader', 'follower', 'follower']);
    servers[1]?.node.propose(new TextEncoder().encode('x = 1'));
    settle();
    expect(servers.map(({ applied }) => applied)).toEqual([['x = 1'], ['x = 1'], ['x = 1']]);
  });
});
