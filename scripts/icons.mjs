// `npm run icons`: makes the icons of all systems from the two drawings in resources/. The results are committed, so
// that packaging does not need the three programs that this script needs: Debian's librsvg2-bin, icoutils and
// icnsutils.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from './run/main.mjs';
import { run } from './setup/command.mjs';
import { projectPath } from './setup/project.mjs';
import { ensureSystemPackages, missingProgramPackages } from './setup/systemLibraries.mjs';

const PROGRAMS = { 'rsvg-convert': 'librsvg2-bin', icotool: 'icoutils', png2icns: 'icnsutils' };
/** Up to this size the plainer drawing is used: five nodes do not fit into so few pixels. */
const SMALL_PIXELS_MAX = 32;
const LINUX_SIZES = [16, 24, 32, 48, 64, 128, 256, 512];
const WINDOWS_SIZES = [16, 20, 24, 32, 40, 48, 64, 256];
const MAC_SIZES = [16, 32, 128, 256, 512, 1024];
/** From this size on an .ico holds the picture as PNG; smaller ones are bitmaps, which every reader knows. */
const ICO_PNG_SIZE = 256;

/**
 * @param {string} folder
 * @param {number} size in pixels
 * @returns {Promise<string>} the picture's path
 */
async function draw(folder, size) {
  const drawing = projectPath('resources', size <= SMALL_PIXELS_MAX ? 'icon-small.svg' : 'icon.svg');
  const path = join(folder, `${size}x${size}.png`);
  await run('rsvg-convert', ['--width', String(size), '--height', String(size), '--output', path, drawing]);
  return path;
}

await main(async () => {
  await ensureSystemPackages(missingProgramPackages(PROGRAMS), 'Drawing icons needs');
  const work = mkdtempSync(join(tmpdir(), 'raftlab-icons-'));
  try {
    /** @type {Map<number, string>} */
    const pictures = new Map();
    for (const size of new Set([...LINUX_SIZES, ...WINDOWS_SIZES, ...MAC_SIZES])) {
      pictures.set(size, await draw(work, size));
    }
    const of = (/** @type {readonly number[]} */ sizes) => sizes.map((size) => pictures.get(size) ?? '');

    const linux = projectPath('build', 'icons');
    for (const name of readdirSync(linux)) rmSync(join(linux, name));
    mkdirSync(linux, { recursive: true });
    for (const size of LINUX_SIZES) copyFileSync(pictures.get(size) ?? '', join(linux, `${size}x${size}.png`));
    copyFileSync(pictures.get(1024) ?? '', projectPath('build', 'icon.png'));

    const asBitmaps = of(WINDOWS_SIZES.filter((size) => size < ICO_PNG_SIZE));
    const asPng = of(WINDOWS_SIZES.filter((size) => size >= ICO_PNG_SIZE)).map((path) => `--raw=${path}`);
    await run('icotool', ['--create', `--output=${projectPath('build', 'icon.ico')}`, ...asBitmaps, ...asPng]);
    await run('png2icns', [projectPath('build', 'icon.icns'), ...of(MAC_SIZES)]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return 0;
});
