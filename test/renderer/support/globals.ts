/** What browsers have and the context of these tests lacks: a page measures its frames with it (stores/frames.ts). */
import { MessageChannel } from 'node:worker_threads';

Object.assign(globalThis, { MessageChannel });
