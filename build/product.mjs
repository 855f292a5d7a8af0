// What a package is called. A package on any other Electron than the official one of package.json is a test build: it
// has a name, a folder and a data folder of its own, so that nobody takes it for a release.

/**
 * @typedef {object} Product
 * @property {string} name what people read; also the name of the data folder
 * @property {string} executable the program's file name, the package's name on Linux
 * @property {string} appId the reverse name by which macOS and Windows tell apps apart
 * @property {string} upgradeCode the fixed identity by which an MSI replaces an earlier version
 * @property {boolean} isTestBuild
 */

/** @type {Product} */
export const RELEASE = Object.freeze({
  name: 'Raftlab',
  executable: 'raftlab',
  appId: 'app.raftlab.desktop',
  upgradeCode: '6E0E7A52-5C0B-4B52-9C6C-0D0B6A4C5F61',
  isTestBuild: false,
});

/** @type {Product} */
export const TEST_BUILD = Object.freeze({
  name: 'Raftlab Test Build',
  executable: 'raftlab-test-build',
  appId: 'app.raftlab.desktop.test',
  upgradeCode: '0D3C9C0E-2B7F-4E57-8E0A-6B1B5B0C9A12',
  isTestBuild: true,
});

/**
 * Why a release cannot be made from an Electron; null when it can.
 * @param {{ kind: 'official' | 'stand-in' | 'override' | 'missing', version: string }} electron
 */
export function releaseObstacle({ kind, version }) {
  if (!productFor(kind).isTestBuild) return null;
  return `A release is made from the official Electron; set-up found ${version || 'none'} (${kind}).`;
}

/**
 * What to call a package.
 * @param {'official' | 'stand-in' | 'override' | 'missing'} electronKind where set-up found Electron
 * @returns {Product}
 */
export function productFor(electronKind) {
  return electronKind === 'official' ? RELEASE : TEST_BUILD;
}
