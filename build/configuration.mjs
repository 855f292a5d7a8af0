// electron-builder's configuration for all systems: what goes into the app, what it is called, how it is signed.
// Every choice that an administrator meets is explained in docs/install.md.
import { rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setFuses } from './fuses.mjs';

/** @import { AfterPackContext, Configuration } from 'electron-builder' */
/** @import { Product } from './product.mjs' */

/**
 * What a package is made from.
 * @typedef {object} PackageInputs
 * @property {Product} product
 * @property {string} electronVersion
 * @property {string | undefined} electronDist the folder of an unpacked Electron; undefined: electron-builder's own
 *   way, which downloads one for each architecture
 * @property {string} sqliteAddon the rebuilt SQLite addon's path, or empty when the package's own one fits
 * @property {string | undefined} repository `OWNER/NAME` on GitHub, where releases are published
 */

/** Files that no app needs at run time: other systems' addons, sources, maps, types, documentation. */
const LEFT_OUT = [
  '!**/*.{map,ts,mts,cts,tsbuildinfo,md,markdown,gyp,gypi,c,cc,cpp,h,hpp}',
  '!**/{test,tests,docs,example,examples,benchmark,.github}/**',
  '!node_modules/better-sqlite3/{deps,src,build,prebuilds}/**',
  '!node_modules/{cbor-extract,@cbor-extract,node-addon-api,node-gyp-build-optional-packages,detect-libc}/**',
  '!node_modules/{node-*,node-bin-*}/**',
  '!node_modules/cbor-x/node_modules/**',
  '!node_modules/cbor-x/*.js',
  '!node_modules/cbor-x/dist/!(index-no-eval.cjs)',
];

/**
 * The one SQLite addon of the system that is packaged for, under the name by which better-sqlite3 looks for it.
 * @param {string} sqliteAddon a rebuilt one, or empty
 */
function addonFiles(sqliteAddon) {
  const folder = 'node_modules/better-sqlite3';
  // electron-builder's macros: ${platform} is linux, darwin or win32; ${arch} is x64 or arm64.
  if (sqliteAddon === '') {
    return [{ from: `${folder}/prebuilds`, to: `${folder}/prebuilds`, filter: ['${platform}-${arch}.node'] }];
  }
  return [{ from: dirname(sqliteAddon), to: `${folder}/build/Release`, filter: [basename(sqliteAddon)] }];
}

/**
 * Takes away an unpacked Electron's own marks: the app that it shows when it is given none, and its version.
 * @param {AfterPackContext} context
 */
function afterExtract({ appOutDir }) {
  for (const name of ['version', join('resources', 'default_app.asar')]) {
    rmSync(join(appOutDir, name), { recursive: true, force: true });
  }
}

/**
 * Sets the fuses once the app's folder is complete, which is before it is signed.
 * @param {AfterPackContext} context
 */
async function afterPack({ appOutDir, electronPlatformName, packager }) {
  const names = {
    darwin: `${packager.appInfo.productFilename}.app`,
    win32: `${packager.appInfo.productFilename}.exe`,
    linux: packager.platformSpecificBuildOptions.executableName ?? packager.appInfo.productFilename,
  };
  await setFuses(join(appOutDir, names[/** @type {keyof typeof names} */ (electronPlatformName)]));
}

/**
 * The menu entry and what the AppImage needs; scripts/package makes the deb and the rpm.
 * @param {Product} product
 * @returns {NonNullable<Configuration['linux']>}
 */
function linux(product) {
  return {
    target: ['AppImage'],
    executableName: product.executable,
    icon: 'build/icons',
    category: 'Education;Science;ComputerScience',
    synopsis: 'A lab for the Raft consensus algorithm',
    description: 'Runs a real Raft key-value cluster on your machine, to watch, break and understand.',
    maintainer: 'Raftlab authors',
    vendor: 'Raftlab authors',
    syncDesktopName: true,
    desktop: { entry: { Keywords: 'Raft;consensus;distributed systems;teaching;' } },
  };
}

/** A double click opens it: src/main/commandLine.ts. Linux packages say the same in build/linux. */
const RECORDINGS = { ext: 'raftlab', name: 'Recording', description: 'Raftlab recording' };

/**
 * Azure's Trusted Signing, when the release workflow has put its account into the environment. Without it the
 * installers are not signed, unless CSC_LINK names a certificate, which electron-builder reads by itself.
 * @returns {Pick<NonNullable<Configuration['win']>, 'azureSignOptions'>}
 */
function azureSigning() {
  const {
    AZURE_SIGNING_ENDPOINT: endpoint,
    AZURE_SIGNING_ACCOUNT: codeSigningAccountName,
    AZURE_SIGNING_PROFILE: certificateProfileName,
    AZURE_SIGNING_PUBLISHER: publisherName,
  } = process.env;
  if (!endpoint || !codeSigningAccountName || !certificateProfileName || !publisherName) return {};
  return { azureSignOptions: { endpoint, codeSigningAccountName, certificateProfileName, publisherName } };
}

/**
 * The configuration, for electron-builder's `build`.
 * @param {PackageInputs} inputs
 * @returns {Configuration}
 */
export function configuration({ product, electronVersion, electronDist, sqliteAddon, repository }) {
  return {
    appId: product.appId,
    productName: product.name,
    copyright: 'Copyright © the Raftlab authors',
    artifactName: `${product.executable}-\${version}-\${os}-\${arch}.\${ext}`,
    directories: { output: 'dist', buildResources: 'build' },
    electronVersion,
    ...(electronDist === undefined ? {} : { electronDist }),
    // better-sqlite3's addons are built for Node-API, so one file fits every Electron that is new enough.
    npmRebuild: false,
    nodeGypRebuild: false,
    asar: true,
    // The system loads addons from real files only.
    asarUnpack: ['**/*.node'],
    files: ['out/**', 'package.json', 'LICENSE', '!out/**/.*', ...LEFT_OUT, ...addonFiles(sqliteAddon)],
    extraResources: [{ from: 'dist/licences', to: 'licences' }],
    extraMetadata: {
      productName: product.name,
      // By this name a Linux desktop finds the window's icon.
      desktopName: `${product.executable}.desktop`,
      ...(repository === undefined ? {} : { repository: { type: 'git', url: `https://github.com/${repository}` } }),
    },
    removePackageScripts: true,
    removePackageKeywords: true,
    afterExtract,
    afterPack,
    // A release is published by hand, from a draft that the release workflow makes.
    publish: null,
    linux: linux(product),
    deb: null,
    rpm: null,
    appImage: { artifactName: `${product.executable}-\${version}-\${arch}.AppImage` },
    win: {
      // An MSI is for managed labs; electron-builder's WiX makes it for x64 alone.
      target: [{ target: 'nsis', arch: ['x64', 'arm64'] }, { target: 'msi', arch: ['x64'] }],
      icon: 'build/icon.ico',
      fileAssociations: [RECORDINGS],
      requestedExecutionLevel: 'asInvoker',
      ...azureSigning(),
    },
    nsis: {
      // Per machine: only an administrator may add the firewall rule without which a LAN lab asks every student.
      oneClick: false,
      perMachine: true,
      allowElevation: true,
      selectPerMachineByDefault: true,
      allowToChangeInstallationDirectory: true,
      createDesktopShortcut: true,
      include: 'build/installer.nsh',
      license: 'LICENSE',
      // Labs are people's work: the uninstaller leaves them.
      deleteAppDataOnUninstall: false,
      warningsAsErrors: true,
      buildUniversalInstaller: false,
      artifactName: `${product.executable}-\${version}-windows-\${arch}-setup.\${ext}`,
    },
    msi: { oneClick: false, perMachine: true, runAfterFinish: false, upgradeCode: product.upgradeCode },
    mac: {
      target: [{ target: 'dmg', arch: ['arm64', 'x64'] }, { target: 'zip', arch: ['arm64', 'x64'] }],
      icon: 'build/icon.icns',
      fileAssociations: [{ ...RECORDINGS, role: 'Viewer' }],
      category: 'public.app-category.education',
      minimumSystemVersion: '13.0',
      hardenedRuntime: true,
      gatekeeperAssess: false,
      entitlements: 'build/entitlements.mac.plist',
      entitlementsInherit: 'build/entitlements.mac.inherit.plist',
      // Notarisation needs Apple's credentials in the environment: APPLE_API_KEY, APPLE_API_KEY_ID, APPLE_API_ISSUER.
      notarize: Boolean(process.env['APPLE_API_KEY']),
      extendInfo: {
        // Without this sentence macOS 15 and newer deny the local network silently.
        NSLocalNetworkUsageDescription:
          'Raftlab’s nodes talk to nodes on other machines of your network when you take a lab onto the LAN.',
      },
    },
    dmg: {
      title: `${product.name} \${version}`,
      window: { width: 540, height: 380 },
      contents: [
        { x: 150, y: 180, type: 'file' },
        { x: 390, y: 180, type: 'link', path: '/Applications' },
      ],
      writeUpdateInfo: false,
    },
  };
}
