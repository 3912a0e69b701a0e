import { MessierError } from '../../core/errors.js';

/** How much a file may ask of its reader. A file beyond a limit is refused with `onnx/limit` before memory is spent on it. */
export interface ReadLimits {
  /** Bytes of the file; protobuf itself ends at 2 GiB. */
  readonly bytes: number;
  /** Nodes and graphs, those within others included. */
  readonly nodes: number;
  /** Tensors: initializers and those in attributes. */
  readonly tensors: number;
  /** Messages of any kind: nodes, attributes, tensors, dimensions. Each costs memory, and an empty one only two bytes of file. */
  readonly messages: number;
  /** Dimensions of one tensor. */
  readonly rank: number;
  /** Graphs within graphs. */
  readonly depth: number;
  /** UTF-8 bytes of one name. */
  readonly nameBytes: number;
  /** Bytes of one tensor, also of one whose data lie outside the file. */
  readonly tensorBytes: number;
}

/** Far above any network in use, far below what hurts. */
export const defaultReadLimits: ReadLimits = {
  bytes: 2 ** 31 - 1,
  nodes: 200_000,
  tensors: 200_000,
  messages: 2_000_000,
  rank: 64,
  depth: 32,
  nameBytes: 8_192,
  tensorBytes: 2 ** 33,
};

/** Counts what a file has used of its limits. */
export class Budget {
  readonly limits: ReadLimits;
  private readonly used = { nodes: 0, tensors: 0, messages: 0 };

  constructor(limits: Partial<ReadLimits> = {}) {
    this.limits = { ...defaultReadLimits, ...limits };
  }

  /** Counts one more. */
  spend(what: 'nodes' | 'tensors' | 'messages'): void {
    this.used[what] += 1;
    if (this.used[what] > this.limits[what]) this.refuse(what, this.used[what]);
  }

  /** Refuses a size above its limit. */
  check(what: keyof ReadLimits, value: number): void {
    if (value > this.limits[what]) this.refuse(what, value);
  }

  private refuse(what: keyof ReadLimits, value: number): never {
    throw new MessierError(
      'onnx/limit',
      `At most ${this.limits[what]} ${words[what]} are read, this file claims ${value} or more. ` +
        `Raise limits.${what} if you trust the file.`,
    );
  }
}

const words: Readonly<Record<keyof ReadLimits, string>> = {
  bytes: 'bytes of file',
  nodes: 'nodes and graphs',
  tensors: 'tensors',
  messages: 'messages',
  rank: 'dimensions of a tensor',
  depth: 'graphs within graphs',
  nameBytes: 'bytes of a name',
  tensorBytes: 'bytes of a tensor',
};
