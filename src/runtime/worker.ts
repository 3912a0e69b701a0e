/** Entry of a session's thread: answers the calls of {@link HostThread}, one message each. */
import { parentPort } from 'node:worker_threads';
import { SessionHost } from './host.js';
import { packError, type HostMessage, type HostReply, type HostResult } from './protocol.js';
import { buffersOf } from './tensor-buffers.js';
import type { HostCalls } from './host.js';

const port = parentPort;
if (!port) throw new Error('worker.js is the entry of a worker thread.');
const host = new SessionHost();

function perform(message: HostMessage): Promise<HostResult<keyof HostCalls>> {
  switch (message.call) {
    case 'open':
      return host.open(...message.args);
    case 'run':
      return host.run(...message.args);
    case 'load':
      return host.load(...message.args);
    case 'read':
      return host.read(...message.args);
    case 'endProfiling':
      return host.endProfiling();
    case 'release':
      return host.release();
  }
}

async function answer(message: HostMessage): Promise<HostReply> {
  try {
    return { id: message.id, result: await perform(message) };
  } catch (error) {
    return { id: message.id, error: packError(error) };
  }
}

port.on('message', (message: HostMessage) => {
  void answer(message).then((reply) => {
    const tensors = message.call === 'run' || message.call === 'read';
    port.postMessage(reply, tensors && 'result' in reply ? buffersOf(reply.result as HostResult<'run'>) : []);
  });
});

port.on('messageerror', (error) => {
  // Nobody would get an answer; the thread's end rejects every call.
  throw error;
});
