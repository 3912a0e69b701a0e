/** A FITS header of these cards (keyword and value as written), filled to its block. */
export function fitsHeader(cards: readonly (readonly [string, string | number])[]): Buffer {
  const lines = cards.map(([keyword, value]) => `${keyword.padEnd(8)}= ${String(value).padStart(20)}`.padEnd(80));
  const text = [...lines, 'END'.padEnd(80)].join('');
  return Buffer.from(text.padEnd(Math.ceil(text.length / 2880) * 2880), 'latin1');
}

/** A FITS file of one image with these axes, and so many bytes of zeros as its data. */
export function fitsFile(
  bitpix: number,
  axes: readonly number[],
  bytes: number,
  more: readonly (readonly [string, string | number])[] = [],
): Buffer {
  const shape = axes.map((size, index) => [`NAXIS${index + 1}`, size] as const);
  const head = fitsHeader([['SIMPLE', 'T'], ['BITPIX', bitpix], ['NAXIS', axes.length], ...shape, ...more]);
  return Buffer.concat([head, Buffer.alloc(bytes)]);
}
