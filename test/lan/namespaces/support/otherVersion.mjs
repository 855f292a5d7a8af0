// `--import …/otherVersion.mjs?version=2`: the program is Raftlab as it is, but for its version of the LAN protocol.
import { registerHooks } from 'node:module';

const version = new URL(import.meta.url).searchParams.get('version');
const CONSTANT = /(LAN_PROTOCOL_VERSION = )\d+;/;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith('/src/lan/channel/protocol.ts')) return loaded;
    const source = String(loaded.source);
    if (!CONSTANT.test(source)) throw new Error(`${url} does not say which version of the LAN protocol it speaks`);
    return { ...loaded, source: source.replace(CONSTANT, `$1${version};`) };
  },
});
