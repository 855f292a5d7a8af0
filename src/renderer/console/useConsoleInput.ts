/** The console's input line and its keys. The input element handles typing itself. */
import { computed, shallowRef } from 'vue';
import type { Completions } from '../../contract/console.ts';
import type { CommandHistory } from './history.ts';
import { searchFor, searchOlder, startReverseSearch } from './reverseSearch.ts';
import type { ReverseSearch } from './reverseSearch.ts';
import { completeNext, completeOnce } from './tabCompletion.ts';
import type { Completed, TabCycle } from './tabCompletion.ts';

export interface ConsoleInputOptions {
  readonly history: CommandHistory;
  /** The completions at the cursor. */
  candidatesAt(text: string, cursor: number): Completions;
  submit(line: string): void;
  clearScreen(): void;
  /** Calls off what is still to come; false when nothing is. */
  callOff(): boolean;
}

/** The state of the line, and its reaction to a key: true when the key was used. */
export function useConsoleInput(options: ConsoleInputOptions) {
  const { history } = options;
  const text = shallowRef('');
  const cursor = shallowRef(0);
  const search = shallowRef<ReverseSearch | null>(null);
  const cycle = shallowRef<TabCycle | null>(null);

  const candidates = computed<Completions>(() => cycle.value ?? options.candidatesAt(text.value, cursor.value));

  function setText(value: string, at = value.length): void {
    text.value = value;
    cursor.value = at;
  }

  /** The person typed, or moved the cursor. */
  function typed(value: string, at: number): void {
    if (search.value !== null) {
      if (value !== search.value.query) search.value = searchFor(search.value, history.lines, value);
      return;
    }
    if (value !== text.value) history.leave();
    if (value !== text.value || at !== cursor.value) cycle.value = null;
    setText(value, at);
  }

  function submit(line: string): void {
    if (line.trim() === '') return;
    history.add(line);
    setText('');
    options.submit(line.trim());
  }

  function show(completed: Completed | null): void {
    if (completed === null) return;
    setText(completed.text, completed.cursor);
    cycle.value = completed.cycle;
  }

  function endSearch(line: string): void {
    search.value = null;
    setText(line);
  }

  function onSearchKey(key: string, current: ReverseSearch): boolean {
    switch (key) {
      case 'Enter':
        endSearch('');
        submit(current.match ?? current.draft);
        return true;
      case 'Escape':
        endSearch(current.draft);
        return true;
      case 'Tab':
      case 'ArrowRight':
      case 'ArrowLeft':
      case 'ArrowUp':
      case 'ArrowDown':
        endSearch(current.match ?? current.draft);
        return true;
      default:
        return false;
    }
  }

  /** Tab in an empty line moves to the next control, as everywhere. */
  function onTab(backwards: boolean): boolean {
    if (cycle.value !== null) show(completeNext(cycle.value, backwards ? -1 : 1));
    else if (backwards || text.value.trim() === '') return false;
    else show(completeOnce(text.value, cursor.value, candidates.value));
    return true;
  }

  function onEscape(): boolean {
    if (options.callOff()) return true;
    if (text.value === '') return false;
    history.leave();
    setText('');
    return true;
  }

  function onPlainKey(key: string, shift: boolean): boolean {
    switch (key) {
      case 'Enter': submit(text.value); return true;
      case 'Tab': return onTab(shift);
      case 'Escape': return onEscape();
      case 'ArrowUp': {
        const line = history.older(text.value);
        if (line !== null) setText(line);
        return true;
      }
      case 'ArrowDown': {
        const line = history.newer();
        if (line !== null) setText(line);
        return true;
      }
      default: return false;
    }
  }

  function onControlKey(key: string): boolean {
    switch (key) {
      case 'r':
        search.value = search.value === null
          ? startReverseSearch(text.value)
          : searchOlder(search.value, history.lines);
        return true;
      case 'l': options.clearScreen(); return true;
      default: return false;
    }
  }

  /** Reacts to a key; true when the key was used. */
  function onKey(event: KeyboardEvent): boolean {
    if (event.isComposing || event.altKey || event.metaKey) return false;
    if (event.ctrlKey) return onControlKey(event.key.toLowerCase());
    if (search.value !== null) return onSearchKey(event.key, search.value);
    const wasCycling = cycle.value !== null;
    const used = onPlainKey(event.key, event.shiftKey);
    if (wasCycling && used && event.key !== 'Tab') cycle.value = null;
    return used;
  }

  /** Inserts a candidate, as Tab would. */
  function take(index: number): void {
    const word = candidates.value.texts[index];
    if (word === undefined) return;
    // While cycling through the candidates, the cursor is after the one in the line.
    show(completeOnce(text.value, cursor.value, { from: candidates.value.from, texts: [word] }));
  }

  return { text, cursor, search, cycle, candidates, setText, typed, onKey, take };
}
