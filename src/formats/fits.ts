import { MessierError } from '../core/errors.js';
import { blockBytes, readFitsHeader, type FitsHeader } from './fits-header.js';
import type { FitsFile, FitsHdu } from './fits-types.js';
import { gunzip, isGzip } from './gzip.js';
import { readFileWhole } from './read-file.js';

export type { FitsCard, FitsHeader, FitsValue } from './fits-header.js';
export { fitsCounts, type CountsOptions } from './fits-counts.js';
export type { FitsFile, FitsHdu } from './fits-types.js';

/** What a FITS file may ask for. */
export interface FitsLimits {
  /** Of the file, and of what it unpacks to. */
  readonly bytes: number;
  /** Header and data units. */
  readonly hdus: number;
}

/** 2 GiB, 4096 units. */
export const defaultFitsLimits: FitsLimits = { bytes: 2 ** 31, hdus: 4096 };

/**
 * Opens a FITS file, gzip-compressed or not, and lists its header and data units. The file is in memory afterwards; pixels are read by
 * `fitsCounts`.
 *
 * Source: FITS Standard 4.0, https://fits.gsfc.nasa.gov/fits_standard.html.
 *
 * @param source A path, or the bytes of a file.
 * @throws MessierError `fits/format` for anything else, `fits/header` for a header that can't be, `fits/truncated` where headers or data
 * end early (data are never assumed), `fits/limit`; `gzip/...`; `file/absent`, `file/read`, `file/limit`.
 *
 * @example
 * const file = await openFits('M51.fits');
 * const exposure = file.hdus[0]?.header.values.get('EXPTIME');
 * const counts = fitsCounts(file);
 */
export async function openFits(source: string | Uint8Array, limits: Partial<FitsLimits> = {}): Promise<FitsFile> {
  const most: FitsLimits = { ...defaultFitsLimits, ...limits };
  if (typeof source !== 'string') return decodeFits(source, 'The FITS file', most);
  return decodeFits(await readFileWhole(source, most.bytes), `"${source}"`, most);
}

/** A FITS file from its bytes, as {@link openFits} says; `title` names it in errors. */
export async function decodeFits(bytes: Uint8Array, title: string, limits: FitsLimits): Promise<FitsFile> {
  if (bytes.length > limits.bytes) {
    throw new MessierError('file/limit', `${title} has ${bytes.length} bytes; at most ${limits.bytes} are read.`);
  }
  const content = isGzip(bytes) ? await gunzip(bytes, limits.bytes, title) : bytes;
  if (!opensWith(content, 0, 'SIMPLE  =')) {
    throw new MessierError('fits/format', `${title} is no FITS file: it does not begin with "SIMPLE  =". Check the file.`);
  }
  const hdus: FitsHdu[] = [];
  // What follows the last unit and opens no extension are special records, which the standard tells to ignore.
  for (let at = 0; at === 0 || opensWith(content, at, 'XTENSION');) {
    if (hdus.length >= limits.hdus) {
      throw new MessierError('fits/limit', `${title} has more than ${limits.hdus} header and data units, which is the limit.`);
    }
    const { hdu, end } = readHdu(content, at, hdus.length, title);
    hdus.push(hdu);
    at = end;
  }
  return { title, hdus };
}

function opensWith(bytes: Uint8Array, at: number, text: string): boolean {
  return Array.from(text).every((letter, index) => bytes[at + index] === letter.charCodeAt(0));
}

function readHdu(
  bytes: Uint8Array,
  start: number,
  index: number,
  title: string,
): { readonly hdu: FitsHdu; readonly end: number } {
  const where = `${title}, unit ${index}`;
  const { header, end: at } = readFitsHeader(bytes, start, where);
  const bitpix = whole(header, 'BITPIX', where, undefined);
  if (![8, 16, 32, 64, -32, -64].includes(bitpix)) {
    throw new MessierError('fits/header', `${where}: BITPIX is 8, 16, 32, 64, -32 or -64, not ${bitpix}.`);
  }
  const rank = natural(header, 'NAXIS', where, undefined);
  if (rank > 999) throw new MessierError('fits/header', `${where}: NAXIS is at most 999, not ${rank}.`);
  const axes = Array.from({ length: rank }, (_, axis) => natural(header, `NAXIS${axis + 1}`, where, undefined));
  const hasGroups = axes[0] === 0 && header.values.get('GROUPS') === true;
  const values = (hasGroups ? axes.slice(1) : axes).reduce((product, axis) => product * axis, rank === 0 ? 0 : 1);
  const size = (Math.abs(bitpix) / 8) * natural(header, 'GCOUNT', where, 1) * (natural(header, 'PCOUNT', where, 0) + values);
  // Not `size > ...`: sizes beyond all bounds may be NaN.
  if (!(size <= bytes.length - at)) {
    const left = Math.max(0, bytes.length - at);
    throw new MessierError(
      'fits/truncated',
      `${where}: its header promises ${size} bytes of data, ${left} are there. Fetch the file anew.`,
    );
  }
  const name = header.values.get('EXTNAME');
  const hdu: FitsHdu = {
    index,
    name: typeof name === 'string' ? name : '',
    kind: kindOf(header, hasGroups),
    header,
    bitpix,
    axes,
    data: bytes.subarray(at, at + size),
  };
  return { hdu, end: at + Math.ceil(size / blockBytes) * blockBytes };
}

function kindOf(header: FitsHeader, hasGroups: boolean): FitsHdu['kind'] {
  const extension = header.values.get('XTENSION');
  if (extension === undefined) return hasGroups ? 'other' : 'image';
  if (extension === 'IMAGE') return 'image';
  if (extension === 'BINTABLE' && header.values.get('ZIMAGE') === true) return 'compressed';
  return extension === 'BINTABLE' || extension === 'TABLE' ? 'table' : 'other';
}

function whole(header: FitsHeader, keyword: string, where: string, otherwise: number | undefined): number {
  const value = header.values.get(keyword) ?? otherwise;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new MessierError('fits/header', `${where}: ${keyword} is a whole number, not ${String(value ?? 'absent')}.`);
}

function natural(header: FitsHeader, keyword: string, where: string, otherwise: number | undefined): number {
  const value = whole(header, keyword, where, otherwise);
  if (value >= 0) return value;
  throw new MessierError('fits/header', `${where}: ${keyword} is not negative; ${value} found.`);
}
