import { MessierError } from '../core/errors.js';
import { decodeGraph, duplicate, standardDomain } from './proto/decode-graph.js';
import { decodeTensor, type NamedTensor } from './proto/decode-tensor.js';
import { Budget, type ReadLimits } from './proto/limits.js';
import { exactNumber, MessageReader } from './proto/message-reader.js';
import { MODEL, OPSET } from './proto/schema.js';
import { decodeEntry, Scope, type ExternalReader } from './proto/scope.js';
import { sortGraph } from './topology.js';
import type { Graph, Model } from './types.js';
import { validateModel } from './validate.js';

/** How a file is read. */
export interface ReadOptions {
  /** Fetches bytes of tensors stored outside the file; without it such a tensor is refused. */
  readonly external?: ExternalReader;
  /** Limits that differ from {@link defaultReadLimits}. */
  readonly limits?: Partial<ReadLimits>;
  /**
   * The bytes are given away: nobody reads or writes them afterwards. Misaligned tensors then move within them instead of being copied,
   * and the model takes no more memory than the file.
   */
  readonly owned?: boolean;
}

/**
 * Decodes an ONNX file, sorts its nodes and validates it. Large tensors are views into `bytes` where they are aligned, so `bytes` must
 * not change afterwards.
 *
 * Not kept, because nothing here uses them: documentation of nodes and values, producer version, training information, quantization
 * annotations.
 *
 * @throws MessierError `onnx/truncated` or `onnx/malformed` for bytes that are no ONNX model, `onnx/limit` for a file that asks for more
 * than its limits, `onnx/external` for tensor data outside the file that can't be had, `onnx/unsupported` for sparse initializers and
 * segments, and what {@link validateModel} throws.
 */
export function readModel(bytes: Uint8Array, options: ReadOptions = {}): Model {
  const scope = scopeOf(bytes, options);
  const model = decodeModel(new MessageReader(plain(bytes), 'ModelProto', scope.budget), scope);
  const checked = { ...model, graph: sortGraph(model.graph) };
  validateModel(checked);
  return checked;
}

/** Decodes one TensorProto, for example of the ONNX project's test data. */
export function readTensor(bytes: Uint8Array, options: ReadOptions = {}): NamedTensor {
  const scope = scopeOf(bytes, options);
  return decodeTensor(new MessageReader(plain(bytes), 'TensorProto', scope.budget), scope);
}

function scopeOf(bytes: Uint8Array, options: ReadOptions): Scope {
  const budget = new Budget(options.limits);
  budget.check('bytes', bytes.length);
  return new Scope(bytes, budget, options.external, options.owned ?? false);
}

/** A Buffer as a plain Uint8Array, whose slices are copies. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decodeModel(message: MessageReader, scope: Scope): Model {
  let irVersion = 0;
  let producer = '';
  let documentation: string | undefined;
  let graph: Graph | undefined;
  const opsets = new Map<string, number>();
  const metadata = new Map<string, string>();
  const functions: Uint8Array[] = [];
  for (let field = message.next(); field !== 0; field = message.next()) {
    switch (field) {
      case MODEL.irVersion:
        irVersion = exactNumber(message.int64()) ?? message.fail('an IR version beyond 2^53');
        break;
      case MODEL.producer:
        producer = message.text();
        break;
      case MODEL.documentation:
        documentation = message.text();
        break;
      case MODEL.graph:
        if (graph) message.fail('a second graph');
        graph = decodeGraph(message.message('GraphProto'), scope, 0);
        break;
      case MODEL.opset: {
        const [domain, version] = decodeOpset(message.message('OperatorSetIdProto'));
        if (opsets.has(domain)) throw duplicate('the opsets', domain);
        opsets.set(domain, version);
        break;
      }
      case MODEL.metadata: {
        const [key, value] = decodeEntry(message.message('StringStringEntryProto'));
        metadata.set(key, value);
        break;
      }
      case MODEL.functions:
        functions.push(message.raw().slice());
        break;
      default:
        message.skip();
    }
  }
  if (!graph) throw new MessierError('onnx/malformed', 'The file holds no graph. Is it an ONNX model, complete?');
  // Before IR 3 there was one operator set, and files did not name it.
  if (opsets.size === 0 && irVersion < 3) opsets.set('', 1);
  return {
    irVersion,
    opsets: Object.fromEntries(opsets),
    producer,
    graph,
    metadata: Object.fromEntries(metadata),
    functions,
    ...(documentation === undefined ? {} : { documentation }),
  };
}

function decodeOpset(message: MessageReader): [domain: string, version: number] {
  let domain = '';
  let version = 0;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === OPSET.domain) domain = standardDomain(message.name());
    else if (field === OPSET.version) version = Number(message.int64());
    else message.skip();
  }
  return [domain, version];
}
