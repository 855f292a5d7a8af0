/** A page of the documentation as tests read it: its tables, the code in them, its headings. */
import { readFileSync } from 'node:fs';
import { projectPath } from '../../scripts/setup/project.mjs';

/** A row of a table: its cells as they are written, `\|` already read as `|`. */
export type Row = readonly string[];

/** @param path below the checkout */
export function pageAt(path: string): string {
  return readFileSync(projectPath(...path.split('/')), 'utf8');
}

/** The part of a page under a heading, up to the next one of the same or a higher level. */
export function sectionOf(page: string, heading: string): string {
  const lines = page.split('\n');
  const from = lines.indexOf(heading);
  if (from < 0) throw new Error(`there is no heading “${heading}”`);
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const length = lines.slice(from + 1).findIndex((line) => (/^(#+) /.exec(line)?.[1]?.length ?? 9) <= level);
  return lines.slice(from + 1, length < 0 ? undefined : from + 1 + length).join('\n');
}

/** The rows of the table whose head begins with this cell. */
export function tableOf(page: string, firstHead: string): readonly Row[] {
  const rows = page.split('\n').map((line) => (line.startsWith('|') ? cellsOf(line) : undefined));
  const head = rows.findIndex((cells) => cells?.[0] === firstHead);
  if (head < 0) throw new Error(`there is no table whose head begins with “${firstHead}”`);
  const body = rows.slice(head + 2);
  const end = body.indexOf(undefined);
  return body.slice(0, end < 0 ? undefined : end).filter((cells) => cells !== undefined);
}

/** What stands in backquotes in a cell, in order. */
export function codeIn(cell = ''): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

function cellsOf(line: string): Row {
  return line.slice(1).replace(/\|\s*$/, '').split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}
