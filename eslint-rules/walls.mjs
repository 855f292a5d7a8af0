// Lint rule: a file in a room of src/ imports only what the room's walls let through (see rooms.mjs).
import { builtinModules } from 'node:module';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { ROOMS } from './rooms.mjs';

const BUILTIN_PREFIX = 'node:';
/** What a room may take from outside src/: files the app needs at run time. */
const SHARED_FOLDER = 'resources';

/**
 * The room that a path lies in.
 * @param {string} path relative to the checkout, with `/`
 * @returns {string | undefined} the folder's name below src/; undefined outside src/
 */
function roomOf(path) {
  const [top, room, ...rest] = path.split('/');
  return top === 'src' && room !== undefined && rest.length > 0 ? room : undefined;
}

/**
 * The package that a bare specifier names: `@scope/name/deep/file` → `@scope/name`.
 * @param {string} specifier
 */
function packageOf(specifier) {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/**
 * @param {readonly string[] | 'any'} allowed
 * @param {string} name
 */
function allows(allowed, name) {
  return allowed === 'any' || allowed.includes(name);
}

/**
 * Why an import does not pass the walls.
 * @param {string} importer path of the importing file relative to the checkout, with `/`
 * @param {string} specifier as written in the import
 * @returns {string | undefined} undefined when it passes
 */
export function wallProblem(importer, specifier) {
  const roomName = roomOf(importer);
  if (roomName === undefined) return undefined;
  const room = ROOMS[roomName];
  if (room === undefined) return `src/${roomName} is no room that eslint-rules/rooms.mjs knows`;
  const target = specifier.replace(/\?.*$/, '');
  if (target.startsWith('.')) return relativeProblem(importer, roomName, room, target);
  const builtin = target.startsWith(BUILTIN_PREFIX) ? target.slice(BUILTIN_PREFIX.length) : target;
  if (target.startsWith(BUILTIN_PREFIX) || builtinModules.includes(target)) {
    return allows(room.builtins, builtin) ? undefined : `src/${roomName} may not use Node's "${builtin}"`;
  }
  const packageName = packageOf(target);
  return allows(room.packages, packageName) ? undefined : `src/${roomName} may not use the package "${packageName}"`;
}

/**
 * @param {string} importer
 * @param {string} roomName
 * @param {import('./rooms.mjs').Room} room
 * @param {string} target
 */
function relativeProblem(importer, roomName, room, target) {
  const root = resolve('/');
  const path = relative(root, resolve(root, dirname(importer), target)).split(sep).join('/');
  const targetRoom = roomOf(path);
  if (targetRoom === roomName || path.startsWith(`${SHARED_FOLDER}/`)) return undefined;
  if (targetRoom === undefined) return `src/${roomName} may not import ${path}, which lies in no room`;
  return room.rooms.includes(targetRoom) ? undefined : `src/${roomName} may not import from src/${targetRoom}`;
}

/** @type {import('eslint').Rule.RuleModule} */
export const walls = {
  meta: {
    type: 'problem',
    docs: { description: 'Hold the walls between the rooms of src/' },
    messages: { wall: '{{problem}}' },
    schema: [],
  },
  create(context) {
    const fromRoot = relative(context.cwd, context.filename);
    if (isAbsolute(fromRoot) || fromRoot.startsWith('..')) return {};
    const importer = fromRoot.split(sep).join('/');
    /** @param {{ type: string, value?: unknown, loc?: unknown } | null | undefined} source */
    const check = (source) => {
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
      const problem = wallProblem(importer, source.value);
      if (problem === undefined) return;
      context.report({ node: /** @type {import('estree').Node} */ (source), messageId: 'wall', data: { problem } });
    };
    return {
      ImportDeclaration: (node) => {
        check(node.source);
      },
      ExportNamedDeclaration: (node) => {
        check(node.source);
      },
      ExportAllDeclaration: (node) => {
        check(node.source);
      },
      ImportExpression: (node) => {
        check(node.source);
      },
      // typeof import('…') and import('…').Type, which only the TypeScript parser makes.
      TSImportType: (/** @type {{ source?: import('estree').Node }} */ node) => {
        check(node.source);
      },
    };
  },
};
