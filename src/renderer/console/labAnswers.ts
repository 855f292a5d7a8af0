/** The console's words for lab commands that were carried out. */
import type { HeldAction } from '../../contract/commands.ts';
import { describeNothingDone } from '../../contract/console.ts';
import type { AnswerWords, LabAction, LabConsoleCommand, NodeAction } from '../../contract/console.ts';
import { describeFaults, describeHold } from '../../trace/labWords.ts';

const NODE_DONE: Readonly<Record<NodeAction, string>> = {
  crash: 'crashed; what is on disk stays',
  restart: 'started on what is on disk',
  pause: 'paused',
  resume: 'resumed',
  wipe: 'wiped; back as another server',
  compact: 'took a snapshot and discarded the log that it covers',
};

/** The words for a command that was carried out in these steps. */
export function doneWords(command: LabConsoleCommand, steps: readonly LabAction[]): AnswerWords {
  if (command.type === 'node' && command.nodes === 'all' && steps.length === 0) {
    return describeNothingDone(command.action);
  }
  if (command.type === 'held' && steps.length === 0) return describeNothingDone(command.action);
  return { tone: 'ok', text: 'ok', detail: detailOf(command, steps) };
}

function detailOf(command: LabConsoleCommand, steps: readonly LabAction[]): string {
  switch (command.type) {
    case 'node': {
      const nodes = steps.flatMap((step) => ('node' in step.input ? [step.input.node] : []));
      return `${nodes.join(', ')} ${NODE_DONE[command.action]}`;
    }
    case 'partition': {
      const [step] = steps;
      if (step?.name !== 'network:partition') return '';
      return step.input.groups.map((group) => group.join(' ')).join(' | ');
    }
    case 'heal': return 'no partition and no cut link; loss and delay stay';
    case 'reset': return 'no faults on any link';
    case 'hold':
    case 'release': return steps.map(linkWords).join(' · ');
    case 'held': return HELD_DONE[command.action];
    case 'pace': return `pace ${command.pace}`;
    case 'cut':
    case 'join':
    case 'loss':
    case 'delay': return steps.map(linkWords).join(' · ');
    case 'kv':
    case 'add':
    case 'membership':
    case 'transfer':
    case 'forget-leader':
    case 'lease':
    case 'door':
    case 'simulate':
    case 'variant':
    case 'rules':
    case 'sessions': return ''; // describeOutcome shows their answers
  }
}

const HELD_DONE: Readonly<Record<HeldAction, string>> = {
  deliver: 'delivered', lose: 'lost', double: 'held twice',
};

function linkWords(step: LabAction): string {
  if (step.name === 'network:hold') return `every link: ${describeHold(step.input.hold)}`;
  if (step.name !== 'link:set') return '';
  const { from, to, faults } = step.input;
  return `${from} → ${to}: ${describeFaults(faults)}`;
}
