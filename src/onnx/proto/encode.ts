import { dataTypeCode } from '../data-types.js';
import { isNumeric, tensorBytes } from '../tensors.js';
import {
  isTensorInfo,
  type Attribute,
  type Dim,
  type Graph,
  type Model,
  type Node,
  type OpaqueValueInfo,
  type Tensor,
  type ValueInfo,
} from '../types.js';
import type { MessageWriter } from './message-writer.js';
import {
  ATTRIBUTE,
  ATTRIBUTE_TYPE,
  DIM,
  ENTRY,
  EXTERNAL,
  GRAPH,
  MODEL,
  NODE,
  OPSET,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE,
} from './schema.js';

/** Where a tensor's bytes went outside the file. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** Takes a tensor's bytes out of the file, or leaves them in it. */
export type ExternalStore = (bytes: Uint8Array) => ExternalPlace | undefined;

/** Writes the fields of a ModelProto. */
export function encodeModelFields(message: MessageWriter, model: Model, store: ExternalStore): void {
  message.int(MODEL.irVersion, model.irVersion).text(MODEL.producer, model.producer);
  if (model.documentation !== undefined) message.item(MODEL.documentation, model.documentation);
  message.message(MODEL.graph, (graph) => encodeGraph(graph, model.graph, store));
  for (const [domain, version] of Object.entries(model.opsets)) {
    message.message(MODEL.opset, (entry) => entry.item(OPSET.domain, domain).int(OPSET.version, version));
  }
  for (const [key, value] of Object.entries(model.metadata))
    message.message(MODEL.metadata, (entry) => encodeEntry(entry, key, value));
  for (const body of model.functions) message.bytes(MODEL.functions, body);
}

/** Writes the fields of a TensorProto. */
export function encodeTensor(message: MessageWriter, name: string, tensor: Tensor, store: ExternalStore): void {
  message.ints(TENSOR.dims, tensor.dims).int(TENSOR.type, dataTypeCode(tensor.type)).text(TENSOR.name, name);
  if (!isNumeric(tensor.data)) {
    for (const text of tensor.data) message.item(TENSOR.strings, text);
    return;
  }
  const bytes = tensorBytes(tensor);
  const place = store(bytes);
  if (!place) {
    message.bytes(TENSOR.raw, bytes);
    return;
  }
  for (const [key, value] of Object.entries(place)) {
    message.message(TENSOR.external, (entry) => encodeEntry(entry, key, String(value)));
  }
  message.int(TENSOR.location, EXTERNAL);
}

function encodeGraph(message: MessageWriter, graph: Graph, store: ExternalStore): void {
  for (const node of graph.nodes) message.message(GRAPH.node, (inner) => encodeNode(inner, node, store));
  message.item(GRAPH.name, graph.name);
  for (const [name, tensor] of graph.initializers) {
    message.message(GRAPH.initializer, (inner) => encodeTensor(inner, name, tensor, store));
  }
  if (graph.documentation !== undefined) message.item(GRAPH.documentation, graph.documentation);
  for (const input of graph.inputs) message.message(GRAPH.input, (inner) => encodeValue(inner, input));
  for (const output of graph.outputs) message.message(GRAPH.output, (inner) => encodeValue(inner, output));
  for (const value of graph.values.values()) message.message(GRAPH.value, (inner) => encodeValue(inner, value));
}

function encodeNode(message: MessageWriter, node: Node, store: ExternalStore): void {
  for (const input of node.inputs) message.item(NODE.input, input);
  for (const output of node.outputs) message.item(NODE.output, output);
  message.text(NODE.name, node.name).text(NODE.opType, node.opType).text(NODE.domain, node.domain);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    message.message(NODE.attribute, (inner) => encodeAttribute(inner, name, attribute, store));
  }
}

function encodeAttribute(message: MessageWriter, name: string, attribute: Attribute, store: ExternalStore): void {
  if (attribute.kind === 'opaque') {
    message.encoded(attribute.value);
    return;
  }
  message.item(ATTRIBUTE.name, name);
  encodeAttributeValue(message, attribute, store);
  message.int(ATTRIBUTE.type, ATTRIBUTE_TYPE[attribute.kind]);
}

function encodeAttributeValue(message: MessageWriter, attribute: Attribute, store: ExternalStore): void {
  switch (attribute.kind) {
    case 'float':
      message.float(ATTRIBUTE.float, attribute.value);
      break;
    case 'int':
      message.int(ATTRIBUTE.int, attribute.value);
      break;
    case 'string':
      message.item(ATTRIBUTE.string, attribute.value);
      break;
    case 'tensor':
      message.message(ATTRIBUTE.tensor, (inner) => encodeTensor(inner, '', attribute.value, store));
      break;
    case 'graph':
      message.message(ATTRIBUTE.graph, (inner) => encodeGraph(inner, attribute.value, store));
      break;
    case 'floats':
      message.floats(ATTRIBUTE.floats, attribute.value);
      break;
    case 'ints':
      message.ints(ATTRIBUTE.ints, attribute.value);
      break;
    case 'strings':
      for (const value of attribute.value) message.item(ATTRIBUTE.strings, value);
      break;
    case 'tensors':
      for (const value of attribute.value) message.message(ATTRIBUTE.tensors, (inner) => encodeTensor(inner, '', value, store));
      break;
    case 'graphs':
      for (const value of attribute.value) message.message(ATTRIBUTE.graphs, (inner) => encodeGraph(inner, value, store));
      break;
    case 'opaque':
      break;
  }
}

function encodeValue(message: MessageWriter, info: ValueInfo | OpaqueValueInfo): void {
  message.item(VALUE.name, info.name);
  if (!isTensorInfo(info)) {
    if (info.opaqueType.length > 0) message.bytes(VALUE.type, info.opaqueType);
    return;
  }
  const { type, shape } = info;
  message.message(VALUE.type, (wrapper) =>
    wrapper.message(TYPE.tensor, (tensor) => {
      tensor.int(TENSOR_TYPE.element, dataTypeCode(type));
      if (shape)
        tensor.message(TENSOR_TYPE.shape, (dims) =>
          shape.forEach((dim) => dims.message(SHAPE.dim, (one) => encodeDim(one, dim))),
        );
    }),
  );
}

function encodeDim(message: MessageWriter, dim: Dim): void {
  if (typeof dim === 'number') message.int(DIM.size, dim);
  // A name that begins with "?" is the reader's own, for a dimension without one.
  else if (!dim.startsWith('?')) message.text(DIM.name, dim);
}

function encodeEntry(message: MessageWriter, key: string, value: string): void {
  message.item(ENTRY.key, key).item(ENTRY.value, value);
}
