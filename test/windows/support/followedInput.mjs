// Loaded before a Windows program: its standard input is a file, and goes on with what is added to the file. Node for
// Windows can open neither Wine's pipes nor its terminal.
import { read } from 'node:fs';
import { Readable } from 'node:stream';

const LOOK_EVERY_MS = 25;
const CHUNK_BYTES = 64 * 1024;
const STANDARD_INPUT = 0;

/** How much of the file was read. */
let position = 0;
let timer = /** @type {NodeJS.Timeout | undefined} */ (undefined);

const input = new Readable({
  read() {
    look();
  },
  destroy(error, callback) {
    clearTimeout(timer);
    callback(error);
  },
});

function look() {
  read(STANDARD_INPUT, Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, position, (error, length, bytes) => {
    if (input.destroyed) return;
    if (error !== null) {
      input.destroy(error);
    } else if (length > 0) {
      position += length;
      input.push(bytes.subarray(0, length));
    } else {
      timer = setTimeout(look, LOOK_EVERY_MS);
    }
  });
}

Object.defineProperty(process, 'stdin', { value: input, configurable: true });
