// How the app is bundled into out/: the main process with its worker threads, the preload, and the window.
import { join } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';

/** The oldest runtime the app has to run on: Electron 33, which stands in where the newest cannot be downloaded. */
const OLDEST_NODE = 'node20';
const OLDEST_CHROME = 'chrome130';
/** Each bundle lists the licences of what is in it; scripts/package/licences.mjs gathers them. */
const LICENCES = { fileName: '.licences.json' };

export default defineConfig({
  main: {
    build: {
      target: OLDEST_NODE,
      license: LICENCES,
      sourcemap: true,
      // What package.json lists under "dependencies" stays outside the bundle (native or CommonJS at heart);
      // everything under "devDependencies" is bundled, so that a packaged app carries few modules.
      externalizeDeps: true,
      rolldownOptions: { input: { index: 'src/main/index.ts' } },
    },
  },
  preload: {
    build: {
      target: OLDEST_NODE,
      license: LICENCES,
      // A sandboxed preload is one CommonJS file: it can require `electron` and nothing else.
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: 'src/preload/index.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [vue(), tailwindcss()],
    build: {
      target: OLDEST_CHROME,
      license: LICENCES,
      // The window's content policy allows scripts and fonts from the app itself, not from data: addresses.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: { index: join(import.meta.dirname, 'src/renderer/index.html') } },
    },
  },
});
