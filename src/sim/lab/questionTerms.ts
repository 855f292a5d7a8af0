/** How long a simulated lab waits for its nodes' answers, and what it says when none comes: as a lab of real nodes. */
import { lostAnswerError } from '../../server/clients/unanswered.ts';
import type { KvRequest } from '../../server/protocol.ts';
import type { NodeName } from '../../trace/names.ts';
import type { QuestionTerms } from './pendingAnswers.ts';

/** The node itself gives up a client's command; this is for a node that is paused in between. */
const GRACE_MS = 1000;
const ANSWER_LIMIT_MS = 15_000;

/** For a client's command. It has its own time limit, which a pause does not shorten. */
export function termsOfCommand(name: NodeName, { command, timeoutMs }: KvRequest): QuestionTerms {
  const onLost = lostAnswerError(name, command);
  return { limitMs: timeoutMs + GRACE_MS, onLost, onSilent: onLost, onPaused: undefined };
}

/** For everything else. */
export function termsOfRequest(name: NodeName): QuestionTerms {
  const limit = `${ANSWER_LIMIT_MS / 1000} s`;
  return {
    limitMs: ANSWER_LIMIT_MS,
    onLost: { code: 'node-crashed', message: `node ${name} ended before it answered` },
    onSilent: {
      code: 'busy', message: `node ${name} has not answered within ${limit}: it may still carry out the request`,
    },
    onPaused: {
      code: 'node-paused',
      message: `node ${name} was paused before it answered: it may carry out the request when it is resumed`,
    },
  };
}
