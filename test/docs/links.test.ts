/** Every link within the documentation leads somewhere: the file is there, and in it the heading. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { projectPath } from '../../scripts/setup/project.mjs';
import { pageAt } from './page.ts';

const PAGES = [
  'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md',
  ...readdirSync(projectPath('docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md')).map((name) => join('docs', name)),
];

/** A heading's anchor, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(' ', '-');
}

function anchorsOf(page: string): readonly string[] {
  return [...page.replace(/```.*?```/gs, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

test.each(PAGES)('%s', (path) => {
  const targets = [...pageAt(path).replace(/```.*?```/gs, '').matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)]
    .map(([, link, picture]) => link ?? picture ?? '')
    .filter((target) => !/^[a-z]+:/.test(target));
  const broken = targets.filter((target) => {
    const [file = '', anchor] = target.split('#');
    const there = file === '' ? path : join(dirname(path), file);
    if (!existsSync(projectPath(there))) return true;
    return anchor !== undefined && !anchorsOf(pageAt(there)).includes(anchor);
  });
  expect(broken).toEqual([]);
});
