// A program in the foreground ends with whoever runs it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { projectPath } from '../../../scripts/setup/project.mjs';

/** Says that it is there, and on SIGTERM that it ends cleanly. */
const PROGRAM = `
  process.on('SIGTERM', () => process.stdout.write('ended cleanly', () => process.exit(0)));
  process.stdout.write('ready ');
  setInterval(() => undefined, 1000);
`;
const SCRIPT = `
  import { runInForeground } from ${JSON.stringify(projectPath('scripts', 'run', 'program.mjs'))};
  process.exitCode = await runInForeground(process.execPath, ['-e', ${JSON.stringify(PROGRAM)}]);
`;

test('when npm is ended, and the shell between does not pass the signal on', async ({ skip }) => {
  if (process.platform === 'win32') return skip('Windows has no signals');
  // As npm does it. What follows keeps every shell from becoming the program itself.
  const shell = spawn('sh', ['-c', '"$0" --input-type=module -e "$1"; exit $?', process.execPath, SCRIPT], {
    stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, npm_lifecycle_event: 'start' }, detached: true,
  });
  onTestFinished(() => {
    try {
      process.kill(-(shell.pid ?? 0), 'SIGKILL');
    } catch {
      // all of them have ended
    }
  });
  let output = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => { output += text; });
  while (!output.includes('ready')) await once(shell.stdout, 'data');
  shell.kill('SIGTERM');
  await once(shell.stdout, 'close'); // nobody has it open any longer
  expect(output).toBe('ready ended cleanly');
});
