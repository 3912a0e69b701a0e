import { MessierError } from '../core/errors.js';
import { encodeModelFields, encodeTensor, type ExternalPlace, type ExternalStore } from './proto/encode.js';
import { joinPieces, MessageWriter } from './proto/message-writer.js';
import type { Model, Tensor } from './types.js';

/** Protobuf ends here. */
const MAX_FILE_BYTES = 2 ** 31 - 1;

/** Offsets of external tensors are multiples of a memory page, so that a reader can map them (onnx/docs/ExternalData.md). */
const PAGE_BYTES = 4_096;

/** Tensors of at least `thresholdBytes` go to a file of their own. */
export interface ExternalTarget {
  /** Its name, relative to the model file. */
  readonly location: string;
  readonly thresholdBytes: number;
}

/** A model as it goes to disk: pieces to write one after the other. Large ones are the model's own tensors, not copies. */
export interface EncodedModel {
  readonly model: readonly Uint8Array[];
  /** Content of the file at `external.location`. */
  readonly external: readonly Uint8Array[];
}

/**
 * Encodes a model as an ONNX file.
 *
 * @throws MessierError `onnx/limit` above 2 GiB, where protobuf ends: use external data.
 */
export function writeModel(model: Model): Uint8Array {
  return joinPieces(encodeModel(model).model);
}

/** Encodes a model as an ONNX file and the file of its large tensors. */
export function writeModelWithExternalData(model: Model, target: ExternalTarget): { model: Uint8Array; external: Uint8Array } {
  const encoded = encodeModel(model, { external: target });
  return { model: joinPieces(encoded.model), external: joinPieces(encoded.external) };
}

/** Encodes a model in pieces, for writers that need not hold it in memory twice. */
export function encodeModel(model: Model, options: { readonly external?: ExternalTarget } = {}): EncodedModel {
  const outside: Uint8Array[] = [];
  const message = new MessageWriter();
  encodeModelFields(message, model, options.external ? storeIn(options.external, outside) : () => undefined);
  if (message.length > MAX_FILE_BYTES) {
    throw new MessierError(
      'onnx/limit',
      `An ONNX file holds at most 2 GiB, this one would have ${message.length} bytes. Use external data.`,
    );
  }
  return { model: message.finish(), external: outside };
}

/** Encodes one TensorProto. */
export function writeTensor(tensor: Tensor, name = ''): Uint8Array {
  const message = new MessageWriter();
  encodeTensor(message, name, tensor, () => undefined);
  return joinPieces(message.finish());
}

function storeIn(target: ExternalTarget, pieces: Uint8Array[]): ExternalStore {
  let end = 0;
  return (bytes): ExternalPlace | undefined => {
    if (bytes.length < target.thresholdBytes) return undefined;
    const offset = Math.ceil(end / PAGE_BYTES) * PAGE_BYTES;
    if (offset > end) pieces.push(new Uint8Array(offset - end));
    pieces.push(bytes);
    end = offset + bytes.length;
    return { location: target.location, offset, length: bytes.length };
  };
}
