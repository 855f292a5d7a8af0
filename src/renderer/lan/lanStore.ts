/** The window's LAN state: whether this lab is open to the LAN, or whose lab this machine has joined. */
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { CommandAnswer, CommandInput, CommandName } from '../../contract/commands.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import type { LanCommandName, LanStatus } from '../../contract/lan.ts';
import { refusalOf } from '../../contract/lanRoles.ts';
import { useBridge } from '../bridge/index.ts';
import { useActions } from '../stores/actions.ts';
import { useHistoryStore } from '../stores/history.ts';
import { useToastStore } from '../stores/toasts.ts';

const STATUS_EVERY_MS = 1000;

export type LanMode = LanStatus['mode'];
type Answer<Name extends CommandName> = { readonly value: CommandAnswer<Name> } | null;

export const useLanStore = defineStore('lan', () => {
  const bridge = useBridge();
  const actions = useActions();
  const history = useHistoryStore();
  const toasts = useToastStore();

  /** Null before the first answer. */
  const status = shallowRef<LanStatus | null>(null);
  /** The LAN command in progress; null for none. Only one at a time. */
  const doing = shallowRef<LanCommandName | null>(null);
  const mode = computed<LanMode>(() => status.value?.mode ?? 'local');

  let timer: ReturnType<typeof setTimeout> | undefined;
  let watchers = 0;
  let stopListening: (() => void) | null = null;
  let reading = 0;

  /** Requests the status. The answer to a later request is never replaced by that to an earlier one. */
  async function refresh(): Promise<void> {
    reading += 1;
    const asked = reading;
    const reply = await actions.ask('lan:status', {});
    if (asked !== reading || stopListening === null) return;
    // If the request fails, the known status stays: the next one follows in a second.
    if (reply.ok) {
      tellMove(status.value, reply.value);
      status.value = reply.value;
    }
    schedule();
  }

  /** Tells a person who shows the old address to a class that it is no longer valid. */
  function tellMove(before: LanStatus | null, now: LanStatus): void {
    if (before?.mode === 'host' && now.mode === 'host' && before.address !== now.address) {
      toasts.show('info', `The lab is at another address now: ${now.address}. Machines that are in find it there.`);
    }
  }

  /** A lab that is not shared does not change by itself: its status is only requested while the dialog is shown. */
  function schedule(): void {
    clearTimeout(timer);
    if (watchers > 0 || mode.value !== 'local') timer = setTimeout(() => void refresh(), STATUS_EVERY_MS);
  }

  /** Follows the LAN from now on. */
  function start(): void {
    stopListening ??= bridge.onLabChanged(() => void refresh());
    void refresh();
  }

  function stop(): void {
    stopListening?.();
    stopListening = null;
    clearTimeout(timer);
  }

  /** Keeps the status fresh until the returned function is called. */
  function watch(): () => void {
    watchers += 1;
    void refresh();
    return () => {
      watchers -= 1;
      schedule();
    };
  }

  /** Carries out one command and then requests the status; `showError` gets an error, by default as a toast. */
  async function perform<Name extends LanCommandName>(
    name: Name,
    input: CommandInput<Name>,
    showError: (error: LabErrorData) => void = toasts.showError,
  ): Promise<Answer<Name>> {
    if (doing.value !== null) return null;
    doing.value = name;
    try {
      const reply = await actions.ask(name, input);
      if (reply.ok) return { value: reply.value };
      showError(reply.error);
      return null;
    } finally {
      doing.value = null;
      void refresh();
    }
  }

  /** Why this machine cannot do something now, in a sentence; null when it can. */
  function refusal<Name extends CommandName>(name: Name, input: Partial<CommandInput<Name>>): string | null {
    if (history.refusal !== null) return history.refusal;
    return status.value === null ? null : refusalOf(status.value, name, input);
  }

  return { status, mode, doing, start, stop, watch, refresh, perform, refusal };
});
