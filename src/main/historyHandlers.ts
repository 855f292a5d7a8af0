/** The handlers of the commands about the past. */
import type { CommandAnswer, CommandInput } from '../contract/commands.ts';
import type { HistoryCommandName } from '../contract/history.ts';
import type { StoreQuestion } from '../lab/recording/recordingStore.ts';
import type { LabService } from '../lab/service.ts';
import type { CommandHandlers } from './dispatch.ts';
import type { HistoryFiles } from './historyFiles.ts';

export function historyHandlers(
  lab: () => Promise<LabService>, files: HistoryFiles,
): Pick<CommandHandlers, HistoryCommandName> {
  const ofPast = <Name extends StoreQuestion>(name: Name) =>
    async (input: CommandInput<Name>): Promise<CommandAnswer<Name>> => (await lab()).history.ask(name, input);

  return {
    'history:status': ofPast('history:status'),
    'history:moment': ofPast('history:moment'),
    'history:events': ofPast('history:events'),
    'history:page': ofPast('history:page'),
    'history:jump': ofPast('history:jump'),
    'history:overview': ofPast('history:overview'),
    'history:operations': ofPast('history:operations'),
    'history:verdict': ofPast('history:verdict'),
    'history:notes': ofPast('history:notes'),
    'history:addNote': ofPast('history:addNote'),
    'history:changeNote': ofPast('history:changeNote'),
    'history:deleteNote': ofPast('history:deleteNote'),
    'history:save': (input) => files.save(input),
    'history:export': (input) => files.export(input),
    'history:open': () => files.open(),
    'history:close': async () => {
      await (await lab()).history.closeFile();
      return null;
    },
  };
}
