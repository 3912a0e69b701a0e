/**
 * The replay server as a process of its own: `tsx test/support/replay/main.ts --port 0 --per-class 1000`. Prints its address as a line of JSON and ends with
 * its standard input. Whoever started it posts `{ "pattern": "/search", "failures": ["error-500"] }` to /replay/fail, and reads the requests at /replay/log.
 */
import { parseArgs } from 'node:util';
import { Replay } from './server.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'per-class': { type: 'string', default: '20' },
    side: { type: 'string', default: '480' },
  },
});
const replay = await Replay.start({
  port: Number(values.port),
  perClass: Number(values['per-class']),
  side: Number(values.side),
});
console.log(JSON.stringify({ origin: replay.origin }));
process.stdin.resume().once('end', () => void replay.close());
