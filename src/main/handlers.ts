/** The handlers of all commands: the lab's go to the lab service, the app's own are answered here. */
import type { AppInfo, Licence, ScenarioFile } from '../contract/answers.ts';
import type { CommandAnswer, CommandInput } from '../contract/commands.ts';
import type { PictureInput } from '../contract/pictures.ts';
import type { LabCommandName, LabService } from '../lab/service.ts';
import type { CommandHandlers } from './dispatch.ts';
import type { EventStream } from '../lab/trace/eventStream.ts';
import { historyHandlers } from './historyHandlers.ts';
import type { HistoryFiles } from './historyFiles.ts';
import type { SettingsStore } from './settings.ts';

export interface HandlerParts {
  /** Resolves when the lab is open: commands wait for it. Rejects with a LabError that says why it is not. */
  readonly lab: () => Promise<LabService>;
  readonly settings: SettingsStore;
  readonly stream: EventStream;
  readonly appInfo: () => Promise<AppInfo>;
  readonly licences: () => Promise<readonly Licence[]>;
  readonly historyFiles: HistoryFiles;
  readonly chooseScenario: () => Promise<ScenarioFile | null>;
  readonly savePicture: (picture: PictureInput) => Promise<{ readonly path: string } | null>;
  /** The window asked for a view, so it listens from now on. */
  readonly onWindowListening: () => void;
  /** The window has drawn events. */
  readonly onWindowFollowing: () => void;
}

/** The handlers of all commands. Each gets input that its schema has parsed (dispatch.ts). */
export function commandHandlers(parts: HandlerParts): CommandHandlers {
  const { lab, settings, stream } = parts;

  const ofLab = <Name extends LabCommandName>(name: Name) =>
    async (input: CommandInput<Name>): Promise<CommandAnswer<Name>> => (await lab()).execute(name, input);

  return {
    ...historyHandlers(parts.lab, parts.historyFiles),
    'app:info': () => parts.appInfo(),
    'app:licences': () => parts.licences(),
    'settings:get': () => settings.current,
    'settings:set': (changes) => settings.change(changes),
    'scenario:choose': () => parts.chooseScenario(),
    'picture:save': (picture) => parts.savePicture(picture),
    'events:acknowledge': ({ batch }) => {
      stream.acknowledge(batch);
      parts.onWindowFollowing();
      return null;
    },
    'lab:attach': async () => {
      parts.onWindowListening();
      const service = await lab();
      const attachment = stream.beginAttach();
      const answer = await service.execute('lab:attach', {});
      stream.completeAttach(attachment, answer.view.seq);
      return answer;
    },
    'time:status': ofLab('time:status'),
    'time:run': ofLab('time:run'),
    'time:hold': ofLab('time:hold'),
    'time:setSpeed': ofLab('time:setSpeed'),
    'time:runFor': ofLab('time:runFor'),
    'time:step': ofLab('time:step'),
    'time:back': ofLab('time:back'),
    'time:until': ofLab('time:until'),
    'time:seek': ofLab('time:seek'),
    'time:tape': ofLab('time:tape'),
    'next:first': ofLab('next:first'),
    'next:lose': ofLab('next:lose'),
    'next:double': ofLab('next:double'),
    'next:delay': ofLab('next:delay'),
    'next:hold': ofLab('next:hold'),
    'branch:select': ofLab('branch:select'),
    'branch:rename': ofLab('branch:rename'),
    'branch:delete': ofLab('branch:delete'),
    'branch:compare': ofLab('branch:compare'),
    'lan:interfaces': ofLab('lan:interfaces'),
    'lan:status': ofLab('lan:status'),
    'lan:open': ofLab('lan:open'),
    'lan:close': ofLab('lan:close'),
    'lan:renewCode': ofLab('lan:renewCode'),
    'lan:setJoining': ofLab('lan:setJoining'),
    'lan:dismiss': ofLab('lan:dismiss'),
    'lan:find': ofLab('lan:find'),
    'lan:test': ofLab('lan:test'),
    'lan:join': ofLab('lan:join'),
    'lan:useCode': ofLab('lan:useCode'),
    'lan:leave': ofLab('lan:leave'),
    'lan:bringNode': ofLab('lan:bringNode'),
    'lan:setPermits': ofLab('lan:setPermits'),
    'lab:list': ofLab('lab:list'),
    'lab:create': ofLab('lab:create'),
    'lab:open': ofLab('lab:open'),
    'lab:rename': ofLab('lab:rename'),
    'lab:copy': ofLab('lab:copy'),
    'lab:openSeed': ofLab('lab:openSeed'),
    'lab:simulate': ofLab('lab:simulate'),
    'lab:delete': ofLab('lab:delete'),
    'lab:setPace': ofLab('lab:setPace'),
    'lab:setLeaseReads': ofLab('lab:setLeaseReads'),
    'lab:setDoor': ofLab('lab:setDoor'),
    'lab:setVariant': ofLab('lab:setVariant'),
    'events:page': ofLab('events:page'),
    'node:crash': ofLab('node:crash'),
    'node:restart': ofLab('node:restart'),
    'node:pause': ofLab('node:pause'),
    'node:resume': ofLab('node:resume'),
    'node:wipe': ofLab('node:wipe'),
    'node:compact': ofLab('node:compact'),
    'node:kv': ofLab('node:kv'),
    'node:disk': ofLab('node:disk'),
    'node:sessions': ofLab('node:sessions'),
    'message:deliver': ofLab('message:deliver'),
    'message:lose': ofLab('message:lose'),
    'message:double': ofLab('message:double'),
    'link:set': ofLab('link:set'),
    'network:partition': ofLab('network:partition'),
    'network:hold': ofLab('network:hold'),
    'network:heal': ofLab('network:heal'),
    'network:reset': ofLab('network:reset'),
    'cluster:add': ofLab('cluster:add'),
    'cluster:remove': ofLab('cluster:remove'),
    'cluster:promote': ofLab('cluster:promote'),
    'cluster:demote': ofLab('cluster:demote'),
    'cluster:replace': ofLab('cluster:replace'),
    'cluster:transfer': ofLab('cluster:transfer'),
    'cluster:forgetLeader': ofLab('cluster:forgetLeader'),
    'kv:execute': ofLab('kv:execute'),
  };
}
