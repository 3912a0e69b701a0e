/** Entry of the thread that makes batches: opens what `workerData` says, then answers one request after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { packError } from '../runtime/protocol.js';
import { BatchMaker, type Batch } from './batch-maker.js';
import { readyId, type BatchReply, type BatchRequest, type BatchTask } from './batch-protocol.js';

const port = parentPort;
if (!port) throw new Error('batch-worker.js is the entry of a worker thread.');

function attempt<T>(id: number, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    port?.postMessage({ id, error: packError(error) } satisfies BatchReply);
    return undefined;
  }
}

/** Every array is the batch's own. */
const buffersOf = (batch: Batch): ArrayBuffer[] =>
  Object.values(batch).flatMap(({ data }) => ('buffer' in data && data.buffer instanceof ArrayBuffer ? [data.buffer] : []));

const { cache, options } = workerData as BatchTask;
const maker = attempt(readyId, () => new BatchMaker(cache, options));
if (maker) {
  port.postMessage({ id: readyId, batch: undefined } satisfies BatchReply);
  port.on('message', ({ id, epoch, step }: BatchRequest) => {
    const batch = attempt(id, () => maker.make(epoch, step));
    if (batch) port.postMessage({ id, batch } satisfies BatchReply, buffersOf(batch));
  });
}
