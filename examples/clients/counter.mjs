// Counts through crashes and partitions: node counter.mjs PORT..., until Ctrl-C. Needs ioredis.
import { Redis } from 'ioredis';

let isStopped = false;
process.once('SIGINT', () => {
  isStopped = true;
});
const doors = process.argv.slice(2).map((port) => new Redis({
  port: Number(port),
  // A command that a client sends again by itself may take effect twice; one that was never sent need not wait.
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
}));
doors.forEach((door) => door.on('error', () => undefined)); // each command says it, too
let at = 0;
let answered = 0;
let uncertain = 0;
while (!isStopped) {
  try {
    await doors[at].incr('counter');
    answered += 1;
  } catch (error) {
    // An error in words says that nothing took effect, but for this one. A connection that ends says nothing.
    const isKnown = error.name === 'ReplyError' && !error.message.startsWith('UNCERTAIN');
    uncertain += isKnown ? 0 : 1;
    console.log(error.message);
    at = (at + 1) % doors.length;
  }
}
console.log(`answered ${answered}, uncertain ${uncertain}, counter ${await doors[at].get('counter')}`);
doors.forEach((door) => door.disconnect());
