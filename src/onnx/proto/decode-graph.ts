import { MessierError } from '../../core/errors.js';
import { dataTypeOf } from '../data-types.js';
import {
  isTensorInfo,
  type Attribute,
  type Dim,
  type Graph,
  type Node,
  type OpaqueValueInfo,
  type Tensor,
  type ValueInfo,
} from '../types.js';
import { decodeAttribute } from './decode-attribute.js';
import { decodeTensor, unknownType } from './decode-tensor.js';
import { exactNumber, type MessageReader } from './message-reader.js';
import { DIM, GRAPH, NODE, SHAPE, TENSOR_TYPE, TYPE, VALUE } from './schema.js';
import type { Scope } from './scope.js';

/** Decodes a GraphProto that lies `depth` graphs deep. Nodes keep the order of the file. */
export function decodeGraph(message: MessageReader, scope: Scope, depth: number): Graph {
  scope.budget.check('depth', depth);
  scope.budget.spend('nodes');
  let name = '';
  let documentation: string | undefined;
  const nodes: Node[] = [];
  const inputs: (ValueInfo | OpaqueValueInfo)[] = [];
  const outputs: (ValueInfo | OpaqueValueInfo)[] = [];
  const initializers = new Map<string, Tensor>();
  const values = new Map<string, ValueInfo>();
  for (let field = message.next(); field !== 0; field = message.next()) {
    switch (field) {
      case GRAPH.node:
        nodes.push(decodeNode(message.message('NodeProto'), scope, depth));
        break;
      case GRAPH.name:
        name = message.name();
        break;
      case GRAPH.initializer: {
        const named = decodeTensor(message.message('TensorProto'), scope);
        if (initializers.has(named.name)) throw duplicate('initializer', named.name);
        initializers.set(named.name, named.tensor);
        break;
      }
      case GRAPH.sparseInitializer:
        throw new MessierError('onnx/unsupported', 'Sparse initializers are not read. Export the model with dense ones.');
      case GRAPH.documentation:
        documentation = message.text();
        break;
      case GRAPH.input:
        inputs.push(decodeValue(message.message('ValueInfoProto'), scope));
        break;
      case GRAPH.output:
        outputs.push(decodeValue(message.message('ValueInfoProto'), scope));
        break;
      case GRAPH.value: {
        const value = decodeValue(message.message('ValueInfoProto'), scope);
        if (isTensorInfo(value)) values.set(value.name, value);
        break;
      }
      default:
        message.skip();
    }
  }
  return { name, nodes, inputs, outputs, initializers, values, ...(documentation === undefined ? {} : { documentation }) };
}

/** The error for a name that is given twice. */
export function duplicate(what: string, name: string): MessierError {
  return new MessierError(
    'onnx/duplicate-name',
    `Two of ${what} are called "${name}"; each value of a graph needs a name of its own.`,
  );
}

function decodeNode(message: MessageReader, scope: Scope, depth: number): Node {
  scope.budget.spend('nodes');
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  let name = '';
  let opType = '';
  let domain = '';
  for (let field = message.next(); field !== 0; field = message.next()) {
    switch (field) {
      case NODE.input:
        inputs.push(message.name());
        break;
      case NODE.output:
        outputs.push(message.name());
        break;
      case NODE.name:
        name = message.name();
        break;
      case NODE.opType:
        opType = message.name();
        break;
      case NODE.domain:
        domain = standardDomain(message.name());
        break;
      case NODE.attribute: {
        const graphAt = (graph: MessageReader): Graph => decodeGraph(graph, scope, depth + 1);
        const [key, attribute] = decodeAttribute(message.raw(), scope, graphAt);
        if (attributes.has(key)) throw duplicate(`the attributes of ${opType} "${name}"`, key);
        attributes.set(key, attribute);
        break;
      }
      default:
        message.skip();
    }
  }
  // fromEntries defines properties, so that an attribute called __proto__ is one like any other.
  return { name, opType, domain, inputs, outputs, attributes: Object.fromEntries(attributes) };
}

/** The standard's domain has two spellings; `''` is the one used here. */
export function standardDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

function decodeValue(message: MessageReader, scope: Scope): ValueInfo | OpaqueValueInfo {
  let name = '';
  let encoded: Uint8Array = new Uint8Array(0);
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === VALUE.name) name = message.name();
    else if (field === VALUE.type) encoded = message.raw();
    else message.skip();
  }
  if (name === '') message.fail('a value without a name');
  return decodeTensorType(message.nested(encoded, 'TypeProto'), name, scope) ?? { name, opaqueType: encoded.slice() };
}

/** The tensor type inside a TypeProto; `undefined` for sequences, maps and types left open. */
function decodeTensorType(message: MessageReader, name: string, scope: Scope): ValueInfo | undefined {
  let tensor: MessageReader | undefined;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === TYPE.tensor) tensor = message.message('TypeProto.Tensor');
    else message.skip();
  }
  if (!tensor) return undefined;
  let code = 0;
  let shape: Dim[] | undefined;
  for (let field = tensor.next(); field !== 0; field = tensor.next()) {
    if (field === TENSOR_TYPE.element) code = tensor.int32();
    else if (field === TENSOR_TYPE.shape) shape = decodeShape(tensor.message('TensorShapeProto'), name, scope);
    else tensor.skip();
  }
  if (code === 0) return undefined;
  const type = dataTypeOf(code);
  if (!type) throw unknownType(code, name);
  return { name, type, ...(shape ? { shape } : {}) };
}

function decodeShape(message: MessageReader, name: string, scope: Scope): Dim[] {
  const dims: Dim[] = [];
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === SHAPE.dim) dims.push(decodeDim(message.message('Dimension'), name, dims.length));
    else message.skip();
    scope.budget.check('rank', dims.length);
  }
  return dims;
}

/**
 * A dimension of which the file says nothing gets a name that equals no other: `?` with the value's name and the axis. It is written back as
 * nothing.
 */
function decodeDim(message: MessageReader, name: string, axis: number): Dim {
  let dim: Dim | undefined;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === DIM.size) dim = exactNumber(message.int64()) ?? Infinity;
    else if (field === DIM.name) dim = message.name();
    else message.skip();
  }
  if (typeof dim === 'number') {
    if (dim < 0)
      throw new MessierError(
        'onnx/negative-dim',
        `Value "${name}" has dimension ${dim}; dimensions are whole numbers from 0 up.`,
      );
    if (dim > Number.MAX_SAFE_INTEGER) throw new MessierError('onnx/limit', `Value "${name}" has a dimension above 2^53.`);
    return dim;
  }
  return dim === undefined || dim === '' || dim.startsWith('?') ? `?${name}:${axis}` : dim;
}
