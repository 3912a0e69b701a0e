import { resolve } from 'node:path';
import type { Dataset, File as LibraryFile } from 'h5wasm/node';
import { MessierError } from '../core/errors.js';
import { openFile } from './read-file.js';

type Library = typeof import('h5wasm/node');
type Module = Awaited<Library['ready']>;

/** An open HDF5 file. */
export interface Hdf5File {
  /** Names in the root group. */
  readonly names: readonly string[];
  /** An array of the root group; `undefined` where there is none of that name. */
  array(name: string): Hdf5Array | undefined;
  close(): void;
}

/** An array of an HDF5 file, not read yet. */
export interface Hdf5Array {
  readonly shape: readonly number[];
  /** Of the stored blocks; `undefined` where the values lie in one piece. */
  readonly chunks: readonly number[] | undefined;
  readonly kind: 'whole' | 'float' | 'text' | 'other';
  readonly signed: boolean;
  /** Bytes of one value. */
  readonly itemBytes: number;
  /**
   * The bytes of a box. A view into the library's memory, valid until the next call of anything of this file.
   *
   * @throws MessierError `hdf5/read`.
   */
  readBox(offset: readonly number[], count: readonly number[]): Uint8Array;
  /** All values: a typed array of numbers, or texts. Only for small arrays. */
  values(): unknown;
}

/** Bytes; a compressed block has to be unpacked whole. */
const largestChunk = 2 ** 28;
/** deflate, shuffle, fletcher32, nbit, scaleoffset: what the library is built with. */
const knownFilters: ReadonlySet<number> = new Set([1, 2, 3, 5, 6]);
const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/**
 * Opens an HDF5 file with h5wasm, which is loaded on first use: it takes a tenth of a second.
 *
 * @throws MessierError `file/absent`, `file/read`, `hdf5/format` where it is no HDF5 file, `hdf5/truncated`.
 */
export async function openHdf5(path: string): Promise<Hdf5File> {
  await checkEnds(path);
  const library = await import('h5wasm/node');
  const module = await library.ready;
  // Without it, the library prints its errors and goes on with whatever lay in memory.
  module.activate_throwing_error_handler();
  const file = attempt('hdf5/format', `"${path}" can't be opened`, () => new library.File(resolve(path), 'r'));
  return new OpenFile(path, file, library, module);
}

/**
 * The first bytes and the length that they promise, read here: the library leaves a file open that it fails on.
 * HDF5 File Format Specification 3.0, II.A: superblocks 0 to 3.
 */
async function checkEnds(path: string): Promise<void> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(64);
    // A user block may come first; the signature then stands at 512, 1024, 2048...
    for (let at = 0; at < size; at = at === 0 ? 512 : at * 2) {
      const { bytesRead } = await file.read(head, 0, head.length, at);
      if (!head.subarray(0, 8).equals(signature)) continue;
      const end = bytesRead < head.length ? undefined : promisedEnd(head);
      if (end === undefined || BigInt(size) < end) {
        throw new MessierError(
          'hdf5/truncated',
          `"${path}" ends after ${size} of ${end ?? 'at least 64'} bytes. Fetch it again.`,
        );
      }
      return;
    }
    throw new MessierError('hdf5/format', `"${path}" is no HDF5 file: its signature is absent.`);
  } finally {
    await file.close();
  }
}

/** Where the file has to end. 0 where addresses are not of 8 bytes, which the library judges then. */
function promisedEnd(head: Buffer): bigint {
  const version = head.readUInt8(8);
  const addressBytes = head.readUInt8(version < 2 ? 13 : 9);
  if (addressBytes !== 8 || version > 3) return 0n;
  return head.readBigUInt64LE(version < 2 ? 24 + (version === 1 ? 4 : 0) + 16 : 28);
}

class OpenFile implements Hdf5File {
  readonly names: readonly string[];
  private readonly buffer = { at: 0, size: 0 };

  constructor(
    private readonly path: string,
    private readonly file: LibraryFile,
    private readonly library: Library,
    private readonly module: Module,
  ) {
    this.names = attempt('hdf5/read', `"${path}": its names can't be read`, () => file.keys());
  }

  array(name: string): Hdf5Array | undefined {
    if (!this.names.includes(name)) return undefined;
    const what = `"${this.path}", ${name}`;
    const entity = attempt('hdf5/read', `${what} can't be opened`, () => this.file.get(name));
    if (!(entity instanceof this.library.Dataset)) {
      throw new MessierError('hdf5/format', `${what}: an array of this file expected; it is a group or leads elsewhere.`);
    }
    return attempt('hdf5/read', `${what}: its header can't be read`, () => this.describe(entity, name, what));
  }

  close(): void {
    if (this.buffer.at) this.module._free(this.buffer.at);
    this.buffer.at = 0;
    this.file.close();
  }

  private describe(dataset: Dataset, name: string, what: string): Hdf5Array {
    const { shape, chunks, type, size, signed, virtual_sources: sources } = dataset.metadata;
    if (!shape) throw new MessierError('hdf5/format', `${what} is empty.`);
    if (sources) throw new MessierError('hdf5/format', `${what} is spread over other files. Put the values into one file.`);
    if (chunks && chunks.reduce((product, side) => product * side, size) > largestChunk) {
      throw new MessierError(
        'hdf5/limit',
        `${what}: blocks of at most ${largestChunk} bytes are read, (${chunks.join(', ')}) received.`,
      );
    }
    const strange = dataset.filters.find(({ id }) => !knownFilters.has(id));
    if (strange) {
      throw new MessierError(
        'hdf5/filter',
        `${what} is packed with "${strange.name}". Write it again with gzip: h5repack -f GZIP=4.`,
      );
    }
    const classes = this.module.H5T_class_t;
    const kinds = new Map<number, Hdf5Array['kind']>([
      [classes.H5T_INTEGER.value, 'whole'],
      [classes.H5T_FLOAT.value, 'float'],
      [classes.H5T_STRING.value, 'text'],
    ]);
    return {
      shape,
      chunks: chunks ?? undefined,
      kind: kinds.get(type) ?? 'other',
      signed,
      itemBytes: size,
      readBox: (offset, count) => {
        const bytes = count.reduce((product, side) => product * side, size);
        return attempt('hdf5/read', `${what} from (${offset.join(', ')}) on can't be read`, () =>
          this.fill(name, offset, count, bytes),
        );
      },
      values: () => attempt('hdf5/read', `${what} can't be read`, () => dataset.value),
    };
  }

  private fill(name: string, offset: readonly number[], count: readonly number[], bytes: number): Uint8Array {
    const { module, buffer } = this;
    if (buffer.size < bytes) {
      if (buffer.at) module._free(buffer.at);
      buffer.at = module._malloc(bytes);
      buffer.size = buffer.at ? bytes : 0;
      if (!buffer.at) throw new Error(`${bytes} bytes of memory are not to be had`);
    }
    const strides = count.map(() => 1n);
    const status = module.get_dataset_data(
      this.file.file_id,
      name,
      count.map(BigInt),
      offset.map(BigInt),
      strides,
      BigInt(buffer.at),
    );
    if (status < 0) throw new Error(`the library answers ${status}`);
    return module.HEAPU8.subarray(buffer.at, buffer.at + bytes);
  }
}

/** Errors of the library as ours; the last line of its report is the cause. */
function attempt<T>(code: string, what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof MessierError) throw error;
    const report = error instanceof Error ? error.message : String(error);
    const cause = [...report.matchAll(/^ *#\d+: .*?\(\): (.*)$/gm)].at(-1)?.[1] ?? report.split('\n', 1)[0] ?? '';
    throw new MessierError(code, `${what}: ${cause}. The file is damaged or of an unknown kind; HDF5's own h5dump tells more.`, {
      cause: error,
    });
  }
}
