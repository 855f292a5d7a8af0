/** Closing the window while other machines take part in its lab: the person is asked first (decision 0084). */

/** The question, as Electron's message box takes it. */
export interface ClosingQuestion {
  readonly type: 'warning';
  readonly message: string;
  readonly detail: string;
  readonly buttons: string[];
  readonly defaultId: number;
  readonly cancelId: number;
  readonly noLink: true;
  /** The button that closes. */
  readonly closeId: number;
}

export interface ClosingOptions {
  /** How many other machines take part in the lab now. */
  readonly guestCount: () => number;
  /** Whether the app ends anyway: the system shuts down, or a signal has come. Nothing is asked then. */
  readonly isQuitting: () => boolean;
  /** Asks, and tells whether to close. */
  readonly ask: (question: ClosingQuestion) => Promise<boolean>;
  readonly log: { readonly warn: (message: string, error: unknown) => void };
}

/** What is needed of Electron's window. */
export interface ClosingWindow {
  readonly on: (event: 'close', listener: (event: { readonly preventDefault: () => void }) => void) => unknown;
  readonly close: () => void;
}

/** What the person is asked, of one machine or several. */
export function closingQuestion(guestCount: number): ClosingQuestion {
  const isOne = guestCount === 1;
  return {
    type: 'warning',
    message: isOne
      ? '1 other machine takes part in this lab.' : `${guestCount} other machines take part in this lab.`,
    detail: `Closing Raftlab ends the lab for ${isOne ? 'it' : 'them'} until you open it to the network again. `
      + 'Nodes that run there stop; all data is kept.',
    buttons: ['Close the Lab', 'Keep It Open'],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
    closeId: 0,
  };
}

/** Puts the question in front of the window's close button, and of every other way to close the window. */
export function askBeforeClosing(window: ClosingWindow, { guestCount, isQuitting, ask, log }: ClosingOptions): void {
  let isConfirmed = false;
  let isAsking = false;
  const askAndClose = async (): Promise<void> => {
    isAsking = true;
    try {
      isConfirmed = await ask(closingQuestion(guestCount()));
    } catch (error) {
      // A person who cannot be asked must still be able to close the window.
      log.warn('the question before closing could not be asked', error);
      isConfirmed = true;
    }
    isAsking = false;
    if (isConfirmed) window.close();
  };
  window.on('close', (event) => {
    if (isConfirmed || isQuitting() || guestCount() === 0) return;
    event.preventDefault();
    if (!isAsking) void askAndClose();
  });
}
