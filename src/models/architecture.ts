import type { Value } from '../onnx/assembler.js';
import type { Network } from '../nn/network.js';

/** What a model is built for. */
export interface ModelOptions {
  /** At least 2; the architecture's own number unless told. */
  readonly classes?: number | undefined;
  /** Channels of the pictures, 3 unless told. 1 for grayscale. */
  readonly channels?: number | undefined;
  /** Pixels; the architecture's own size unless told. */
  readonly height?: number | undefined;
  readonly width?: number | undefined;
  /** Determines the first weights, 0 unless told. */
  readonly seed?: number | undefined;
  /** Dropout before the last layer, as the architecture has it unless told. */
  readonly dropout?: number | undefined;
}

/** The options of a model, each with a value. */
export type SettledOptions = { readonly [Key in keyof ModelOptions]-?: number };

/** A published network: what is known of it, and how it is built. */
export interface Architecture {
  /** One sentence. */
  readonly description: string;
  /** Paper or program it comes from. */
  readonly citation: string;
  /** Trainable parameters at the defaults, as published. */
  readonly parameters: number;
  /** Defaults. */
  readonly classes: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly dropout: number;
  /** Fewest pixels of a side. */
  readonly least: number;
  /** Adds everything from the image to the output `logits`. */
  readonly build: (net: Network, image: Value, options: SettledOptions) => Value;
}
