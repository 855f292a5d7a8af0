/** The tokens' promise: text reaches 4.5:1 and marks 3:1 on every surface (WCAG 2.2, 1.4.3 and 1.4.11). */
import { describe, expect, it } from 'vitest';
import css from '../../../src/renderer/styles/tokens.css?raw';

function tokensOf(selector: string): Map<string, string> {
  const block = css.split(`${selector} {`)[1]?.split('\n}')[0];
  if (block === undefined) throw new Error(`no ${selector} in tokens.css`);
  return new Map([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, value]) => [name ?? '', value ?? '']));
}

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((place) => Number.parseInt(colour.slice(place, place + 2), 16) / 255)
    .map((channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((left, right) => right - left);
  return (lighter + 0.05) / (darker + 0.05);
}

const TERMS = [1, 2, 3, 4, 5, 6, 7];
const SURFACES = ['bg', 'panel', 'sunk', 'node', 'hover', 'selected'];
const TEXTS = ['text', 'text2', 'text3', 'accent', 'ok', 'bad', 'warn', 'simulated'];

describe.each(['light', 'dark'])('the %s theme', (theme) => {
  const tokens = new Map([...tokensOf(':root'), ...tokensOf(`[data-theme='${theme}']`)]);
  const colour = (name: string): string => {
    const value = tokens.get(name);
    if (value === undefined) throw new Error(`no --${name} for the ${theme} theme`);
    return value;
  };

  it.each(SURFACES.flatMap((surface) => TEXTS.map((text) => [text, surface] as const)))(
    '--%s can be read on --%s',
    (text, surface) => { expect(contrast(colour(text), colour(surface))).toBeGreaterThanOrEqual(4.5); },
  );

  it.each(TERMS)('term %i can be read on its colour and seen on the surfaces', (term) => {
    expect(contrast(colour(`term-${term}-ink`), colour(`term-${term}`))).toBeGreaterThanOrEqual(4.5);
    for (const surface of ['bg', 'panel', 'node']) {
      expect(contrast(colour(`term-${term}-line`), colour(surface))).toBeGreaterThanOrEqual(3);
    }
  });

  it('shows where a control is, and what is on a strong button', () => {
    expect(contrast(colour('control'), colour('panel'))).toBeGreaterThanOrEqual(3);
    expect(contrast(colour('accent-ink'), colour('accent'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colour('bad-ink'), colour('bad'))).toBeGreaterThanOrEqual(4.5);
  });
});
