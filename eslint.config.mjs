// What the code has to keep to: strict types, the walls between the rooms, and what each room must not do.
import eslintComments from '@eslint-community/eslint-plugin-eslint-comments/configs';
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';
import vueParser from 'vue-eslint-parser';
import { PURE_ROOM_FILES, SYNCHRONOUS_ROOM_FILES } from './eslint-rules/rooms.mjs';
import { walls } from './eslint-rules/walls.mjs';

const TYPESCRIPT_FILES = ['**/*.ts', '**/*.vue'];
const SOURCE_FILES = ['src/**/*.ts', 'src/**/*.vue'];
const TEST_FILES = ['test/**/*.ts'];
const SCRIPT_FILES = ['**/*.mjs'];

const LINE_LENGTH_MAX = 120;
const FILE_LINES_MAX = 400;

/** Globals by which a clock, chance, the machine or the network would get into a pure room. */
const IMPURE_GLOBALS = [
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'process',
  'crypto',
  'fetch',
  'window',
  'document',
  'globalThis',
].map((name) => ({ name, message: 'This room is pure: time, chance and effects come in as data.' }));

const FOCUSED_OR_SKIPPED = {
  selector: 'MemberExpression[property.name=/^(only|skip|todo)$/][object.name=/^(test|it|describe|suite|bench)$/]',
  message: 'Nothing is focused or skipped: a test that does not run proves nothing.',
};

const ASYNCHRONOUS = [
  { selector: ':function[async=true]', message: 'This room is synchronous: it answers before it returns.' },
  { selector: 'AwaitExpression', message: 'This room is synchronous: it answers before it returns.' },
];

const WALL_CLOCK_MESSAGE = 'Durations are taken from performance.now(): the wall clock may be set. The time of day '
  + 'that people read comes from clockMs (src/node/clock.ts), in the window from useLabClock.';
const WALL_CLOCK = [
  { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: WALL_CLOCK_MESSAGE },
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: WALL_CLOCK_MESSAGE },
  { selector: 'CallExpression[callee.name="Date"]', message: WALL_CLOCK_MESSAGE },
];
/** Where the wall clock is read, for all others. */
const WALL_CLOCK_FILES = ['src/node/clock.ts', 'src/renderer/lan/labClock.ts', 'src/renderer/bridge/simulatedLabs.ts'];

const ONLY_IN_IPC = 'Only src/main/ipc.ts touches ipcMain: it checks who asks and what for.';
const ONLY_IN_PRELOAD = 'Only src/preload touches ipcRenderer.';

/**
 * Forbids names of the `electron` module, and its default export, through which they could be reached all the same.
 * @param {Readonly<Record<string, string>>} messages why, by name
 * @returns {['error', object]} the setting of no-restricted-imports
 */
function withoutElectron(messages) {
  const paths = Object.entries({ default: 'Import by name.', ...messages }).map(([name, message]) => ({
    name: 'electron',
    importNames: [name],
    message,
  }));
  return ['error', { paths }];
}

export default defineConfig([
  { ignores: ['out/', 'dist/', 'coverage/', 'test-artifacts/', 'node_modules/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  eslintComments.recommended,
  {
    rules: {
      '@eslint-community/eslint-comments/require-description': 'error',
      'comma-dangle': ['error', 'always-multiline'],
      curly: ['error', 'multi-line'],
      eqeqeq: 'error',
      'max-len': ['error', { code: LINE_LENGTH_MAX, ignoreUrls: true, ignoreRegExpLiterals: true }],
      'no-console': 'error',
      'no-undef': 'off', // TypeScript knows better, also in the scripts.
      quotes: ['error', 'single', { avoidEscape: true }],
      semi: 'error',
    },
  },
  {
    files: TYPESCRIPT_FILES,
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.node.json', 'tsconfig.renderer.json', 'tsconfig.e2e.json'],
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // There are no enums: only erasable syntax is used.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/no-mixed-enums': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    // What a composable or a store returns is best left to inference.
    files: ['src/renderer/**'],
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'off' },
  },
  {
    files: ['**/*.vue'],
    extends: [vue.configs['flat/recommended']],
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser } },
    rules: {
      // How a template is broken into lines is left to its author.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': ['error', { html: { void: 'any' } }],
      // Optional and defaulted properties are TypeScript's affair; it does not see through Vue's macros here.
      'vue/require-default-prop': 'off',
      '@typescript-eslint/no-useless-default-assignment': 'off',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-v-html': 'error',
    },
  },
  {
    files: SOURCE_FILES,
    plugins: { raftlab: { rules: { walls } } },
    rules: {
      'max-lines': ['error', { max: FILE_LINES_MAX, skipBlankLines: true, skipComments: true }],
      'no-restricted-imports': withoutElectron({ ipcMain: ONLY_IN_IPC, ipcRenderer: ONLY_IN_PRELOAD }),
      'raftlab/walls': 'error',
    },
  },
  {
    files: SOURCE_FILES,
    ignores: WALL_CLOCK_FILES,
    rules: { 'no-restricted-syntax': ['error', ...WALL_CLOCK] },
  },
  {
    files: ['src/main/ipc.ts'],
    rules: { 'no-restricted-imports': withoutElectron({ ipcRenderer: ONLY_IN_PRELOAD }) },
  },
  {
    files: ['src/preload/**/*.ts'],
    rules: { 'no-restricted-imports': withoutElectron({ ipcMain: ONLY_IN_IPC }) },
  },
  {
    files: PURE_ROOM_FILES,
    rules: {
      'no-restricted-globals': ['error', ...IMPURE_GLOBALS],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'This room is pure: chance comes in as a function.' },
      ],
    },
  },
  {
    files: SYNCHRONOUS_ROOM_FILES,
    rules: {
      'no-restricted-globals': [
        'error',
        ...IMPURE_GLOBALS,
        { name: 'Promise', message: 'This room is synchronous: it answers before it returns.' },
      ],
      'no-restricted-syntax': ['error', ...ASYNCHRONOUS],
    },
  },
  {
    files: ['src/cli/**/*.ts', 'test/e2e/bench/*.ts', 'test/lab/threadEnder.ts', ...SCRIPT_FILES],
    rules: { 'no-console': 'off' },
  },
  {
    files: TEST_FILES,
    rules: {
      'no-restricted-syntax': ['error', FOCUSED_OR_SKIPPED],
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
]);
