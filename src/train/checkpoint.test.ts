import { describe, expect, it } from 'vitest';
import { joinPieces } from '../onnx/proto/message-writer.js';
import { float32, scalar } from '../onnx/tensors.js';
import { decodeSafetensors, encodeSafetensors } from '../formats/safetensors.js';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from './checkpoint.js';

const checkpoint: Checkpoint = {
  state: {
    plan: { fingerprint: 'é', epochs: 3, seed: 1, 'steps an epoch': 8, 'batch size': 16 },
    threads: 2,
    step: 11,
    sums: { steps: 3, loss: 0.1 + 0.2, correct: 7, rate: 1e-30, seconds: 1.5, waited: 0 },
    history: [],
    seconds: 2,
  },
  tensors: new Map([
    ['w', float32([2, 2], [1, -0, 3.4e38, 1e-45])],
    ['optimizer/step', scalar(11)],
  ]),
};

describe('a checkpoint', () => {
  it('comes back as it was', () => {
    expect(decodeCheckpoint(joinPieces(encodeCheckpoint(checkpoint)))).toEqual(checkpoint);
  });

  it('is refused where any byte was altered, or the end is missing', () => {
    const bytes = joinPieces(encodeCheckpoint(checkpoint));
    const decode = (altered: Uint8Array) => () => decodeCheckpoint(altered);
    for (let at = 0; at < bytes.length; at++) {
      const altered = bytes.slice();
      altered[at]! ^= 4;
      expect(decode(altered), `byte ${at}`).toThrow(expect.objectContaining({ name: 'MessierError' }) as Error);
      expect(decode(bytes.slice(0, at))).toThrow(expect.objectContaining({ name: 'MessierError' }) as Error);
    }
  });

  it('is refused where it is of another version or no checkpoint', () => {
    const { tensors, metadata } = decodeSafetensors(joinPieces(encodeCheckpoint(checkpoint)));
    const later = joinPieces(encodeSafetensors(tensors, { ...metadata, version: '2' }));
    expect(() => decodeCheckpoint(later)).toThrow(/version 2, this program knows 1/);
    expect(() => decodeCheckpoint(joinPieces(encodeSafetensors(tensors)))).toThrow(/no training state/);
  });
});
