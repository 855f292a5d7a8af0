/** A node's label and disc: what they say at each size of the stage, and how they are seen. */
import { afterEach, expect, it } from 'vitest';
import type { VueWrapper } from '@vue/test-utils';
import type { LabelDensity } from '../../../src/renderer/stage/layout.ts';
import NodeBody from '../../../src/renderer/stage/NodeBody.vue';
import { nodeDisplay } from '../../../src/renderer/stage/nodeDisplay.ts';
import NodeLabel from '../../../src/renderer/stage/NodeLabel.vue';
import { ManualBridge } from '../support/manualBridge.ts';
import { mountWindow } from '../support/mountWindow.ts';
import { clusterView, nodeView } from './support.ts';

const leader = nodeView(1, { role: 'leader', term: 7, commitIndex: 2 });
const display = nodeDisplay(clusterView(3, { n1: leader }), leader, 4);
const place = { x: 0, y: 0, side: 'right', anchor: 'start', label: { left: 0, top: 0, right: 1, bottom: 1 } } as const;

let wrapper: VueWrapper;
afterEach(() => { wrapper.unmount(); });

const label = (density: LabelDensity): VueWrapper =>
  mountWindow(NodeLabel, new ManualBridge(), { display, place, unit: 1, density });

it('outlines what is filled with a term’s colour: light yellow alone is not seen on a light surface', () => {
  wrapper = label('full');
  const committed = wrapper.findAll('.committed');
  expect(committed).toHaveLength(2);
  for (const cell of committed) expect(cell.attributes('style')).toMatch(/stroke: var\(--term-1-line\)/);
  wrapper.unmount();
  wrapper = mountWindow(NodeBody, new ManualBridge(), { display, unit: 1 });
  expect(wrapper.get('path').attributes('style')).toMatch(/stroke: var\(--term-7-line\)/);
});

it('has no log where there is room for one line', () => {
  wrapper = label('bare');
  expect(wrapper.text()).toBe('1 of 3 have 3');
  wrapper.unmount();
  wrapper = label('tiny');
  expect(wrapper.findAll('.cell')).toHaveLength(3);
});
