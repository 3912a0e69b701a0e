import { joinPieces } from '../onnx/proto/message-writer.js';
import { readModel } from '../onnx/read.js';
import { encodeModel } from '../onnx/write.js';
import { blockChannels, channelBlock } from './block-channels.js';
import { blockDepthwise } from './block-depthwise.js';
import { fillBlocks } from './whole-blocks.js';

/** A model file in memory, behind `skip` bytes of sentinel. */
export interface ModelBytes {
  readonly bytes: Uint8Array;
  readonly skip: number;
}

/** The same model with blocked channels, behind the same sentinel; `undefined` where this processor has no blocks. */
export async function blockedModel({ bytes, skip }: ModelBytes): Promise<ModelBytes | undefined> {
  const block = await channelBlock();
  if (block === 1) return undefined;
  const model = blockChannels(readModel(bytes.subarray(skip)), block);
  const pieces = encodeModel(blockDepthwise(fillBlocks(model, block), block)).model;
  return { bytes: joinPieces([bytes.subarray(0, skip), ...pieces]), skip };
}
