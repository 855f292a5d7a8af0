// `--import …/shiftedClock.mjs?ms=-420000`: the program finds the system's clock so much ahead of where it is.
const shiftMs = Number(new URL(import.meta.url).searchParams.get('ms'));
const now = Date.now;

globalThis.Date = class extends Date {
  /** @param {readonly unknown[]} fields */
  constructor(...fields) {
    // @ts-expect-error Date's constructor takes one to seven fields, which are passed on as they came
    super(...(fields.length === 0 ? [now() + shiftMs] : fields));
  }

  static now() {
    return now() + shiftMs;
  }
};
