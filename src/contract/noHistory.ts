/** The answers about the past where nothing is recorded: a page in a browser, and tests that show simulated labs. */
import { LabError } from './errors.ts';
import { historyCommandSchemas } from './history.ts';
import type { HistoryAnswers, HistoryCommandName } from './history.ts';

export const NO_RECORDING = 'there is no recording here: a live lab in the app records itself';

type Handlers = { readonly [Name in HistoryCommandName]: () => HistoryAnswers[Name] };

/** No recording is there, and every other question about one is refused. */
export const NO_HISTORY: Handlers = {
  ...refusals(),
  'history:status': () => null,
  'history:close': () => null,
};

function refusals(): Handlers {
  const refuse = (): never => {
    throw new LabError('refused', NO_RECORDING);
  };
  return Object.fromEntries(Object.keys(historyCommandSchemas).map((name) => [name, refuse])) as unknown as Handlers;
}
