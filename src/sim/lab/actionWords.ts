/** What was done to a simulated lab, in a few words that name the branch which began with it. */
import { describeCommand } from '../../kv/commandWords.ts';
import { variantWords } from '../../trace/variantWords.ts';
import type { LabAction } from './labActions.ts';

export function actionWords(action: LabAction): string {
  switch (action.name) {
    case 'lab:setPace':
      return `pace ${action.input.pace}`;
    case 'lab:setLeaseReads':
      return `lease reads ${action.input.enabled ? 'on' : 'off'}`;
    case 'lab:setVariant':
      return variantWords(action.input.variant);
    case 'node:crash':
    case 'node:restart':
    case 'node:pause':
    case 'node:resume':
    case 'node:wipe':
    case 'node:compact':
      return `${action.name.slice('node:'.length)} ${action.input.node}`;
    case 'link:set':
      return `link ${action.input.from} ${action.input.bothWays ? '–' : '→'} ${action.input.to}`;
    case 'network:partition':
      return `partition ${action.input.groups.map((group) => group.join(' ')).join(' | ')}`;
    case 'network:hold':
      return action.input.hold === 'nothing' ? 'release all links' : 'hold on all links';
    case 'message:deliver':
    case 'message:lose':
    case 'message:double':
      return `${action.name.slice('message:'.length)} a held message of ${action.input.node}`;
    case 'network:heal':
      return 'heal';
    case 'network:reset':
      return 'reset the links';
    case 'cluster:add':
      return action.input.asLearner === true ? 'add a learner' : 'add a node';
    case 'cluster:remove':
    case 'cluster:promote':
    case 'cluster:demote':
    case 'cluster:replace':
      return `${action.name.slice('cluster:'.length)} ${action.input.node}`;
    case 'cluster:transfer':
      return `transfer to ${action.input.to}`;
    case 'cluster:forgetLeader':
      return `${action.input.node} forgets its leader`;
    case 'kv:execute':
      return `${action.input.node}: ${describeCommand(action.input.command)}`;
    case 'next:first':
      return 'another event first';
    case 'next:lose':
      return 'lose a message';
    case 'next:double':
      return 'double a message';
    case 'next:delay':
      return 'delay a message';
    case 'next:hold':
      return 'hold a message';
  }
}
