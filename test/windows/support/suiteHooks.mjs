// Imports of the checkout that vitest names become imports of the one that Windows' Node sees (suiteRunner.ts).
let from = '';
let to = '';

/** @param {{ readonly from: string, readonly to: string }} data */
export const initialize = (data) => {
  ({ from, to } = data);
};

/** @type {import('node:module').ResolveHook} */
export const resolve = (specifier, context, nextResolve) =>
  nextResolve(specifier.startsWith(from) ? to + specifier.slice(from.length) : specifier, context);
