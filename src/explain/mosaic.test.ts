import { expect, it } from 'vitest';
import { mosaic } from './mosaic.js';

it('sets pictures into a grid, row by row', () => {
  const plain = (value: number) => ({ width: 2, height: 1, channels: 1, data: Uint8Array.of(value, value) }) as const;
  expect(mosaic([plain(1), plain(2), plain(3)])).toEqual({
    width: 5,
    height: 3,
    channels: 1,
    data: Uint8Array.of(1, 1, 0, 2, 2, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0),
  });
});
