/** A program in another language, with its standard library alone, writes a recording that opens. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { projectPath } from '../../scripts/setup/project.mjs';
import { LabHistory } from '../../src/lab/recording/labHistory.ts';
import { temporaryFolder, workerUrls } from './support.ts';

test('write_recording.py', async (context) => {
  const path = join(temporaryFolder(), 'python.raftlab');
  const written = spawnSync('python3', [projectPath('examples/recording/write_recording.py'), path]);
  context.skip(written.error !== undefined, 'there is no python3 on this machine');
  expect(written.stderr.toString()).toBe('');
  const history = new LabHistory(workerUrls.recording, () => undefined);
  onTestFinished(() => history.close());
  const status = await history.openFile(path, 'python.raftlab');
  expect(status).toMatchObject({ labName: 'Told by Python', operationCount: 1, problem: null });
  const { view } = await history.ask('history:moment', { of: 'file', seq: status.toSeq });
  expect(view.nodes['n1']).toMatchObject({ role: 'leader', term: 1, commitIndex: 1, lastApplied: 1 });
});
