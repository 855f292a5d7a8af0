/** The console's language, for the window and the terminal alike. docs/console.md tells it to readers. */
export { actionsFor, leaderOf, nodesFor, resolveTarget } from './consoleActions.ts';
export type { LabAction, LabConsoleCommand, LabOutcome } from './consoleActions.ts';
export { COMMAND_WORDS, helpOf, namesLeader } from './consoleCommands.ts';
export type {
  ActionOnAll, CommandHelp, CommandWord, ConsoleCommand, MembershipAction, NodeAction, NodeTarget,
} from './consoleCommands.ts';
export { completions } from './consoleCompletion.ts';
export type { CompletionContext, Completions } from './consoleCompletion.ts';
export { helpText } from './consoleHelp.ts';
export { CONSOLE_LIST_LIMIT, parseConsole } from './consoleParser.ts';
export type { ParsedLine } from './consoleParser.ts';
export { carryOutTime } from './consoleTime.ts';
export type { NextAction, TimeOrder } from './consoleTime.ts';
export { describeNothingDone, describeOutcome, heldMessagesText } from './consoleOutcomes.ts';
export { copiedText, quoteText, typedText } from '../kv/text.ts';
export { describeAnswer, describeError } from './consoleWords.ts';
export type { AnswerTone, AnswerWords } from './consoleWords.ts';
