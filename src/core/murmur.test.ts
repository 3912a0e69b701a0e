import { describe, expect, it } from 'vitest';
import { murmur128 } from './murmur.js';

const littleEnd = (words: readonly number[]): Uint8Array =>
  Uint8Array.from(words.flatMap((word) => [word, word >>> 8, word >>> 16, word >>> 24].map((byte) => byte & 255)));

describe('murmur128', () => {
  it("passes SMHasher's verification: hashes of 0..255 bytes, hashed again, begin with 0xB3ECE62A", () => {
    const key = Uint8Array.from({ length: 256 }, (_, index) => index);
    const digests = Uint8Array.from(
      Array.from({ length: 256 }, (_, length) => [...littleEnd(murmur128(key.subarray(0, length), 256 - length))]).flat(),
    );
    expect(murmur128(digests)[0]).toBe(0xb3ece62a);
  });
});
