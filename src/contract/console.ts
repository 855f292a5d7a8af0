/** The console's language, for the window and the terminal alike. docs/console.md describes it. */
export { actionsFor, leaderOf, resolveTarget } from './consoleActions.ts';
export type { LabAction, LabConsoleCommand, LabOutcome } from './consoleActions.ts';
export { COMMAND_WORDS, helpOf, helpText, namesLeader } from './consoleCommands.ts';
export type {
  CommandHelp, CommandWord, ConsoleCommand, MembershipAction, NodeAction, NodeTarget,
} from './consoleCommands.ts';
export { completions } from './consoleCompletion.ts';
export type { CompletionContext, Completions } from './consoleCompletion.ts';
export { CONSOLE_LIST_LIMIT, parseConsole } from './consoleParser.ts';
export type { ParsedLine } from './consoleParser.ts';
export { describeOutcome } from './consoleOutcomes.ts';
export { typedText } from './consoleTokens.ts';
export { describeAnswer, describeError } from './consoleWords.ts';
export type { AnswerTone, AnswerWords } from './consoleWords.ts';
