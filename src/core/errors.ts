/**
 * The one error class of the project. The message states the rule, the value received and the way out;
 * `code` is stable and safe to branch on.
 *
 * @example
 * throw new MessierError('shape/channels', 'Conv "stem": 3 input channels expected, 1 received. Grayscale input? Set input.channels: 1.');
 */
export class MessierError extends Error {
  override readonly name = 'MessierError';

  constructor(
    /** `area/problem`, for example `onnx/truncated`. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
