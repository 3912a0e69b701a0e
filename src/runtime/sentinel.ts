import { MessageWriter } from '../onnx/proto/message-writer.js';
import { GRAPH, MODEL, NODE, TYPE, VALUE } from '../onnx/proto/schema.js';

/** First output of a graph that begins with {@link sentinelPrefix}. */
export const sentinelOutput = 'messier/sentinel';

/** TypeProto.sequence_type and its elem_type. */
const SEQUENCE = { type: 4, element: 1 } as const;
const TENSOR_ELEMENT = 1;
const FLOAT = 1;

/**
 * Bytes that, put before an ONNX file, give its graph a first output that is an empty sequence (protobuf merges a message that occurs twice).
 *
 * Why: onnxruntime-node 1.30 writes into preallocated outputs and then copies each of them into a new JavaScript array all the same, which
 * for 100 MB costs several times the work itself (scripts/measure-carry.ts: 120 to 180 ms a step fetched, 16 to 26 carried, two busy cores).
 * It refuses to convert a sequence, and converts in the order of the outputs: asked for the sentinel first, it has run the graph, filled
 * the preallocated outputs and copies nothing. {@link stoppedAtSentinel} tells that refusal from a failure.
 */
export function sentinelPrefix(): Uint8Array {
  const [bytes = new Uint8Array()] = new MessageWriter()
    .message(MODEL.graph, (graph) => {
      graph.message(GRAPH.node, (node) => {
        node.item(NODE.output, sentinelOutput).item(NODE.opType, 'SequenceEmpty');
      });
      graph.message(GRAPH.output, (output) => {
        output.item(VALUE.name, sentinelOutput).message(VALUE.type, (type) => {
          type.message(SEQUENCE.type, (sequence) => {
            sequence.message(SEQUENCE.element, (element) => {
              element.message(TYPE.tensor, (tensor) => {
                tensor.int(TENSOR_ELEMENT, FLOAT);
              });
            });
          });
        });
      });
    })
    .finish();
  return bytes;
}

/** Did the run end where the binding refused to convert the sentinel, with every preallocated output filled? */
export function stoppedAtSentinel(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Non tensor type');
}
