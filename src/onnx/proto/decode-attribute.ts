import type { Attribute, Graph, Tensor } from '../types.js';
import { decodeTensor } from './decode-tensor.js';
import { decodeUtf8, exactNumber, MessageReader } from './message-reader.js';
import { ATTRIBUTE, ATTRIBUTE_TYPE } from './schema.js';
import type { Scope } from './scope.js';

type Kind = keyof typeof ATTRIBUTE_TYPE;

const names = Object.keys(ATTRIBUTE_TYPE) as Kind[];
const kinds: ReadonlyMap<number, Kind> = new Map<number, Kind>(names.map((kind) => [ATTRIBUTE_TYPE[kind], kind]));

/** The field in which each kind of attribute keeps its value; it is named like the kind. */
const fieldKinds: ReadonlyMap<number, Kind> = new Map<number, Kind>(names.map((kind) => [ATTRIBUTE[kind], kind]));

/**
 * Decodes an AttributeProto. What a plain value can't hold exactly (types, sparse tensors, references, bytes that are no UTF-8, integers
 * that are no number) is kept encoded.
 */
export function decodeAttribute(
  bytes: Uint8Array,
  scope: Scope,
  decodeGraph: (message: MessageReader) => Graph,
): [name: string, attribute: Attribute] {
  const { name, kind } = readHead(new MessageReader(bytes, 'AttributeProto', scope.budget));
  const message = new MessageReader(bytes, `attribute "${name}"`, scope.budget);
  const attribute = kind === undefined ? undefined : decoders[kind](message, { scope, decodeGraph });
  return [name, attribute ?? { kind: 'opaque', value: bytes.slice() }];
}

/** Name and kind stand anywhere in the message, so they are looked for first. Files before IR 2 name no kind: the field tells it. */
function readHead(message: MessageReader): { readonly name: string; readonly kind: Kind | undefined } {
  let name = '';
  let code: number | undefined;
  let present: Kind | undefined;
  let isReference = false;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === ATTRIBUTE.name) name = message.name();
    else if (field === ATTRIBUTE.type) code = message.int32();
    else {
      isReference ||= field === ATTRIBUTE.reference;
      present ??= fieldKinds.get(field);
      message.skip();
    }
  }
  if (isReference) return { name, kind: undefined };
  return { name, kind: code === undefined || code === 0 ? present : kinds.get(code) };
}

interface Help {
  readonly scope: Scope;
  readonly decodeGraph: (message: MessageReader) => Graph;
}

type Decoder = (message: MessageReader, help: Help) => Attribute | undefined;

const decoders: Readonly<Record<Kind, Decoder>> = {
  float: (message) => ({ kind: 'float', value: last(message, 'float', () => message.float()) ?? 0 }),
  int(message) {
    const value = exactNumber(last(message, 'int', () => message.int64()) ?? 0n);
    return value === undefined ? undefined : { kind: 'int', value };
  },
  string(message) {
    const value = decodeUtf8(last(message, 'string', () => message.raw()) ?? new Uint8Array(0));
    return value === undefined ? undefined : { kind: 'string', value };
  },
  tensor(message, { scope }) {
    const value = last(message, 'tensor', () => decodeTensor(message.message('TensorProto'), scope).tensor);
    return value ? { kind: 'tensor', value } : message.fail('no tensor in it');
  },
  graph(message, { decodeGraph }) {
    const value = last(message, 'graph', () => decodeGraph(message.message('GraphProto')));
    return value ? { kind: 'graph', value } : message.fail('no graph in it');
  },
  floats(message) {
    const value: number[] = [];
    collect(message, 'floats', () => {
      const bytes = message.fixed(4);
      if (bytes.length % 4 !== 0) message.fail(`${bytes.length} bytes are no floats`);
      for (const number of new Float32Array(bytes.slice().buffer)) value.push(number);
    });
    return { kind: 'floats', value };
  },
  ints(message) {
    const exact: bigint[] = [];
    collect(message, 'ints', () => message.int64s(exact, Infinity));
    const value = exact.map(exactNumber);
    return value.every((item) => item !== undefined) ? { kind: 'ints', value } : undefined;
  },
  strings(message) {
    const value: (string | undefined)[] = [];
    collect(message, 'strings', () => value.push(decodeUtf8(message.raw())));
    return value.every((item) => item !== undefined) ? { kind: 'strings', value } : undefined;
  },
  tensors(message, { scope }) {
    const value: Tensor[] = [];
    collect(message, 'tensors', () => value.push(decodeTensor(message.message('TensorProto'), scope).tensor));
    return { kind: 'tensors', value };
  },
  graphs(message, { decodeGraph }) {
    const value: Graph[] = [];
    collect(message, 'graphs', () => value.push(decodeGraph(message.message('GraphProto'))));
    return { kind: 'graphs', value };
  },
};

function collect(message: MessageReader, kind: Kind, read: () => unknown): void {
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === ATTRIBUTE[kind]) read();
    else message.skip();
  }
}

function last<T>(message: MessageReader, kind: Kind, read: () => T): T | undefined {
  let value: T | undefined;
  collect(message, kind, () => (value = read()));
  return value;
}
