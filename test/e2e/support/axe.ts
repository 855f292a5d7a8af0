/** What axe finds in the window. */
import { AxeBuilder } from '@axe-core/playwright';
import type { LabWindow } from './labWindow.ts';

/** What keeps somebody from using the window, with the elements that axe found it on. */
export async function seriousViolations(lab: LabWindow): Promise<string[]> {
  // Legacy mode, because Electron cannot open the blank page in which axe would otherwise collect its results.
  // The picture stands still meanwhile: what moves is hidden from axe anyway, and takes the time of the page.
  await lab.page.emulateMedia({ reducedMotion: 'reduce' });
  const { violations } = await new AxeBuilder({ page: lab.page }).setLegacyMode(true).analyze();
  await lab.page.emulateMedia({ reducedMotion: null });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(' | ')}`);
}
