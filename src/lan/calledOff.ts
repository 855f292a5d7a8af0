/** Waiting for another machine, until it answers or nobody wants it any longer. */

/**
 * What a promise resolves to; undefined as soon as the signal is aborted. The promise goes on, and is not waited for.
 * @throws what the promise rejects with before that
 */
export async function untilCalledOff<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> {
  let callOff: () => void = () => undefined;
  const calledOff = new Promise<undefined>((resolve) => {
    callOff = () => resolve(undefined);
    signal.addEventListener('abort', callOff);
    if (signal.aborted) {
      callOff();
    }
  });
  try {
    return await Promise.race([promise, calledOff]);
  } finally {
    signal.removeEventListener('abort', callOff);
  }
}
