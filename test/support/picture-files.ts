import { crc32, deflateSync } from 'node:zlib';

const colourTypes = { 1: 0, 3: 2, palette: 3, 2: 4, 4: 6 } as const;

/** A PNG (ISO/IEC 15948) of these samples; a buffer of samples is taken as the deflated rows themselves. */
export function pngFile(
  width: number,
  height: number,
  channels: 1 | 2 | 3 | 4 | 'palette',
  bits: number,
  samples: readonly number[] | Buffer,
  chunks: readonly (readonly [string, Uint8Array])[] = [],
): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([bits, colourTypes[channels]], 8);
  const data = Buffer.isBuffer(samples) ? samples : deflateSync(scanlines(height, bits, samples));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    ...[['IHDR', head] as const, ...chunks, ['IDAT', data] as const, ['IEND', Buffer.alloc(0)] as const].map(([type, content]) =>
      chunk(type, content),
    ),
  ]);
}

function scanlines(height: number, bits: number, samples: readonly number[]): Buffer {
  const size = samples.length / height;
  const rows = Array.from({ length: height }, (_, row) => {
    const values = samples.slice(row * size, (row + 1) * size);
    return [0, ...(bits === 16 ? values.flatMap((value) => [value >> 8, value & 255]) : values)];
  });
  return Buffer.from(rows.flat());
}

function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(content.length, 0);
  out.set(body, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** An uncompressed little-endian TIFF 6.0 of one strip; `format` 1 unsigned, 3 floating point. */
export function tiffFile(
  width: number,
  height: number,
  channels: number,
  bits: 8 | 16 | 32,
  samples: readonly number[],
  format: 1 | 3 = 1,
): Buffer {
  const pixels = Buffer.alloc((samples.length * bits) / 8);
  samples.forEach((value, index) => {
    if (format === 3) pixels.writeFloatLE(value, index * 4);
    else pixels.writeUIntLE(value, (index * bits) / 8, bits / 8);
  });
  const entries: readonly (readonly [number, number])[] = [
    [256, width],
    [257, height],
    [258, bits],
    [259, 1],
    [262, channels < 3 ? 1 : 2],
    [273, 8],
    [277, channels],
    [278, height],
    [279, pixels.length],
    [339, format],
  ];
  const directory = Buffer.alloc(2 + entries.length * 12 + 4);
  directory.writeUInt16LE(entries.length, 0);
  entries.forEach(([tag, value], index) => {
    const at = 2 + index * 12;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(4, at + 2);
    directory.writeUInt32LE(1, at + 4);
    directory.writeUInt32LE(value, at + 8);
  });
  const head = Buffer.from('II*\0\0\0\0\0', 'latin1');
  head.writeUInt32LE(8 + pixels.length, 4);
  return Buffer.concat([head, pixels, directory]);
}
