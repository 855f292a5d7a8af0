// Compiles the Windows installer with makensis, the way electron-builder does: first a program that writes the
// uninstaller, then the installer that carries it. And what the test plays it with.
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NsisScriptGenerator } from 'app-builder-lib/out/targets/nsis/nsisScriptGenerator.js';
import { parse } from 'yaml';
import { z } from 'zod';
import { configuration } from '../../../build/configuration.mjs';
import { RELEASE } from '../../../build/product.mjs';
import { run } from '../../../scripts/setup/command.mjs';
import { projectPath } from '../../../scripts/setup/project.mjs';
import type { WinePrefix } from './winePrefix.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const TEMPLATES = projectPath('node_modules', 'app-builder-lib', 'templates', 'nsis');

/** NSIS' number for English. */
const ENGLISH = 1033;
const messages = z.record(z.string(), z.looseObject({ en: z.string() }));

/** How a Windows program calls a file of Linux. */
export const onDriveZ = (path: string): string => `Z:${path.replaceAll('/', '\\')}`;

/** The templates without the calls of WinShell, a 32-bit plugin that npm does not bring: it only tidies shortcuts. */
function copyTemplates(target: string): void {
  cpSync(TEMPLATES, target, { recursive: true });
  for (const name of readdirSync(target, { recursive: true, encoding: 'utf8' })) {
    if (!/\.ns[hi]$/.test(name)) continue;
    const path = join(target, name);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/^\s*WinShell::.*$/gm, ''));
  }
}

/** What NsisTarget.js puts before the script: the flags of the command line, and the texts. */
function generatedHeader(): string {
  const generator = new NsisScriptGenerator();
  generator.flags([
    'updated', 'force-run', 'keep-shortcuts', 'no-desktop-shortcut', 'delete-app-data', 'allusers', 'currentuser',
  ]);
  const texts = ['messages.yml', 'assistedMessages.yml'].flatMap((file) =>
    Object.entries(messages.parse(parse(readFileSync(join(TEMPLATES, file), 'utf8')))));
  const quoted = (text: string): string => `"${text.replaceAll('"', '$\\"').replaceAll('\n', '$\\r$\\n')}"`;
  const lines = texts.map(([name, { en }]) => `LangString ${name} ${ENGLISH} ${quoted(en)}`);
  return `${generator.build()}${lines.join('\n')}\n`;
}

/** The definitions that NsisTarget.js makes of build/configuration.mjs. */
function definitions(): Record<string, string | null> {
  const { nsis } = configuration({
    product: RELEASE, electronVersion: '', electronDist: undefined, sqliteAddon: '', repository: undefined,
  });
  return {
    APP_ID: RELEASE.appId,
    APP_GUID: 'b5a0d1f4-6c0a-5a39-8d5e-0f2a3c4b5d6e',
    UNINSTALL_APP_KEY: 'b5a0d1f4-6c0a-5a39-8d5e-0f2a3c4b5d6e',
    PRODUCT_NAME: RELEASE.name,
    PRODUCT_FILENAME: RELEASE.name,
    APP_FILENAME: RELEASE.name,
    APP_PACKAGE_NAME: RELEASE.executable,
    APP_DESCRIPTION: 'A lab for the Raft consensus algorithm',
    SHORTCUT_NAME: RELEASE.name,
    UNINSTALL_DISPLAY_NAME: RELEASE.name,
    VERSION: '1.0.0',
    MUI_WELCOMEFINISHPAGE_BITMAP: '${NSISDIR}/Contrib/Graphics/Wizard/nsis3-metro.bmp',
    MUI_UNWELCOMEFINISHPAGE_BITMAP: '${NSISDIR}/Contrib/Graphics/Wizard/nsis3-metro.bmp',
    ...(nsis?.allowElevation === true ? { MULTIUSER_INSTALLMODE_ALLOW_ELEVATION: null } : {}),
    ...(nsis?.perMachine === true ? { INSTALL_MODE_PER_ALL_USERS: null } : {}),
    ...(nsis?.selectPerMachineByDefault === true ? { INSTALL_MODE_PER_ALL_USERS_DEFAULT: null } : {}),
    ...(nsis?.oneClick === true ? { ONE_CLICK: null } : {}),
    INSTALL_MODE_PER_ALL_USERS_REQUIRED: null,
    ...(nsis?.allowToChangeInstallationDirectory === true ? { allowToChangeInstallationDirectory: null } : {}),
    ...(nsis?.deleteAppDataOnUninstall === true ? { DELETE_APP_DATA_ON_UNINSTALL: null } : {}),
  };
}

async function makensis(
  folder: string,
  script: string,
  output: string,
  defines: Record<string, string | null> = {},
): Promise<void> {
  const options = Object.entries(defines).map(([name, value]) => (value === null ? `-D${name}` : `-D${name}=${value}`));
  const all = ['-V2', '-WX', '-NOCD', '-INPUTCHARSET', 'UTF8', ...options, `-XOutFile "${output}"`, join(HERE, script)];
  await run('makensis', all, { cwd: folder });
}

/**
 * Puts the stand-in for netsh into a prefix, in the place of Wine's own.
 * @param folder to compile in
 */
export async function installNetsh(folder: string, prefix: WinePrefix): Promise<void> {
  const output = prefix.unixPath('C:\\windows\\system32\\netsh.exe');
  // It may be a link to a file that is not the test's own.
  rmSync(output, { force: true });
  await makensis(folder, 'netsh.nsi', output);
}

/**
 * Compiles what plays `C:\steps.txt`.
 * @param folder to compile in
 * @returns the player's path
 */
export async function compilePlayer(folder: string): Promise<string> {
  const output = join(folder, 'player.exe');
  await makensis(folder, 'player.nsi', output);
  return output;
}

/**
 * Compiles the installer.
 * @param folder to compile in
 * @returns the installer's path
 */
export async function compileInstaller(folder: string, prefix: WinePrefix): Promise<string> {
  const templates = join(folder, 'templates');
  copyTemplates(templates);
  const header = join(folder, 'generated.nsh');
  writeFileSync(header, generatedHeader());
  const app = join(folder, 'app');
  mkdirSync(join(app, 'resources'), { recursive: true });
  writeFileSync(join(app, 'Raftlab.exe'), 'the program');
  writeFileSync(join(app, 'resources', 'app.asar'), 'its archive');

  const shared = {
    ...definitions(),
    STAND_INS: join(HERE, 'standIns'),
    TEMPLATES: templates,
    GENERATED_HEADER: header,
    BUILD_RESOURCES_DIR: projectPath('build'),
    APP_64: 'app.7z',
    APP_BUILD_DIR: app,
  };
  const uninstaller = join(folder, 'uninstaller.exe');
  const uninstallerWriter = join(folder, 'uninstallerWriter.exe');
  await makensis(templates, 'harness.nsi', uninstallerWriter, {
    ...shared, BUILD_UNINSTALLER: null, UNINSTALLER_OUT_FILE: onDriveZ(uninstaller),
  });
  await prefix.run(uninstallerWriter);

  const installer = join(folder, 'raftlab-1.0.0-windows-x64-setup.exe');
  await makensis(templates, 'harness.nsi', installer, { ...shared, UNINSTALLER_OUT_FILE: uninstaller });
  return installer;
}
