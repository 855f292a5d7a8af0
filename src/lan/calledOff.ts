/** Waiting for another machine, until it answers or the wait is called off. */

/**
 * What a promise resolves to; undefined as soon as the signal is aborted. The promise itself continues.
 * @throws what the promise rejects with before the abort
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
