/** What browsers have and the context of component tests lacks: a page measures its frames with it. */
import { MessageChannel } from 'node:worker_threads';

Object.assign(globalThis, { MessageChannel });
