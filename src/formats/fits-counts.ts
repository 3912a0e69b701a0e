import { MessierError } from '../core/errors.js';
import type { Counts } from '../core/picture.js';
import type { FitsFile, FitsHdu } from './fits-types.js';

/** Which image of a FITS file. */
export interface CountsOptions {
  /** Number of the unit from 0, or its EXTNAME; the first image with data unless told. */
  readonly hdu?: number | string | undefined;
  /** Plane of a cube from 0. Unless told, three planes become red, green and blue, and of any other number the first is taken. */
  readonly plane?: number | undefined;
}

/** The most pixels of a plane. */
export const mostCounts = 100_000_000;

/**
 * The values of an image: BZERO + BSCALE * stored, NaN where an integer equals BLANK, computed in float64 and kept in float32; NaN and
 * infinities of floating-point images stay.
 *
 * FITS counts rows from the bottom, and astronomers show them so: the file's last row is row 0 of the result (numpy's `data[::-1]`).
 *
 * @throws MessierError `fits/image` where there is no such image, `fits/compressed` for tile-compressed ones, `fits/shape` for fewer than two
 * axes, `fits/plane`, `fits/limit` above 100 million pixels a plane, `fits/header` for a scale that is no number.
 */
export function fitsCounts(file: FitsFile, options: CountsOptions = {}): Counts {
  const hdu = chooseHdu(file, options.hdu);
  const where = `${file.title}, unit ${hdu.index}`;
  if (hdu.kind === 'compressed') {
    const method = String(hdu.header.values.get('ZCMPTYPE') ?? 'unknown');
    const wayOut = 'Unpack it first: funpack FILE';
    throw new MessierError(
      'fits/compressed',
      `${where} is an image compressed in tiles (${method}), which is not read. ${wayOut}`,
    );
  }
  const [width = 0, height = 0, ...others] = hdu.axes;
  if (hdu.kind !== 'image' || hdu.axes.length < 2 || hdu.data.length === 0) {
    const shape = `${hdu.kind}, axes ${hdu.axes.join(' x ') || 'none'}`;
    throw new MessierError(
      'fits/shape',
      `${where} is no image of two or more axes with data (${shape}). Choose another with "hdu".`,
    );
  }
  if (width * height > mostCounts) {
    throw new MessierError('fits/limit', `${where}: ${width} x ${height} pixels; at most ${mostCounts} are read. Cut it out.`);
  }
  const depth = others.reduce((product, axis) => product * axis, 1);
  const { plane } = options;
  if (plane !== undefined && !(Number.isInteger(plane) && plane >= 0 && plane < depth)) {
    throw new MessierError('fits/plane', `${where} has planes 0 to ${depth - 1}; ${plane} was asked for.`);
  }
  const planes = plane === undefined && depth === 3 ? 3 : 1;
  const data = new Float32Array(planes * width * height);
  const read = reader(hdu, where);
  for (let p = 0, to = 0; p < planes; p++) {
    for (let row = height - 1; row >= 0; row--, to += width) {
      read(((plane ?? 0) + p) * width * height + row * width, data.subarray(to, to + width));
    }
  }
  return { width, height, planes, data };
}

function chooseHdu({ hdus, title }: FitsFile, wanted: number | string | undefined): FitsHdu {
  const isImage = ({ kind, axes, data }: FitsHdu): boolean =>
    kind === 'compressed' || (kind === 'image' && axes.length >= 2 && data.length > 0);
  const found = hdus.find((hdu) =>
    wanted === undefined ? isImage(hdu) : typeof wanted === 'number' ? hdu.index === wanted : hdu.name === wanted,
  );
  if (found) return found;
  const list = hdus.map(({ index, name, kind, axes }) => `${index}${name && ` ${name}`}: ${kind} ${axes.join(' x ')}`.trim());
  const missing = wanted === undefined ? 'no image' : `no unit "${wanted}"`;
  throw new MessierError('fits/image', `${title} holds ${missing}. It has ${list.slice(0, 20).join(', ')}.`);
}

/** Fills a row with the values from a place on, counted in values. */
type RowReader = (from: number, row: Float32Array) => void;

function reader(hdu: FitsHdu, where: string): RowReader {
  const view = new DataView(hdu.data.buffer, hdu.data.byteOffset, hdu.data.byteLength);
  const scale = numberOf(hdu, 'BSCALE', 1, where);
  const zero = numberOf(hdu, 'BZERO', 0, where);
  const blank = hdu.bitpix > 0 && hdu.header.values.has('BLANK') ? numberOf(hdu, 'BLANK', 0, where) : undefined;
  const get = getter(view, hdu.bitpix);
  const step = Math.abs(hdu.bitpix) / 8;
  return (from, row) => {
    for (let x = 0, at = from * step; x < row.length; x++, at += step) {
      const stored = get(at);
      row[x] = stored === blank ? NaN : zero + scale * stored;
    }
  };
}

/** All big-endian; integers of 8 bits have no sign. */
function getter(view: DataView, bitpix: number): (at: number) => number {
  switch (bitpix) {
    case 8:
      return (at) => view.getUint8(at);
    case 16:
      return (at) => view.getInt16(at);
    case 32:
      return (at) => view.getInt32(at);
    case 64:
      return (at) => view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4);
    case -32:
      return (at) => view.getFloat32(at);
    default:
      return (at) => view.getFloat64(at);
  }
}

function numberOf({ header }: FitsHdu, keyword: string, otherwise: number, where: string): number {
  const value = header.values.get(keyword) ?? otherwise;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new MessierError('fits/header', `${where}: ${keyword} is a number, not "${String(value)}".`);
}
