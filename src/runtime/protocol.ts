import { MessierError } from '../core/errors.js';
import type { HostCalls } from './host.js';

/** One call to the host in a worker. */
export type HostMessage = {
  [Name in keyof HostCalls]: { readonly id: number; readonly call: Name; readonly args: Parameters<HostCalls[Name]> };
}[keyof HostCalls];

/** An error as plain data: class and stack do not survive the way between threads. */
export interface SentError {
  readonly code: string;
  readonly message: string;
  readonly cause: string | undefined;
}

/** What a host's call resolves with. */
export type HostResult<Name extends keyof HostCalls> = Awaited<ReturnType<HostCalls[Name]>>;

/** The answer to a call. */
export type HostReply =
  { readonly id: number; readonly result: HostResult<keyof HostCalls> } | { readonly id: number; readonly error: SentError };

export function packError(error: unknown): SentError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof MessierError ? error.code : 'runtime/internal', message, cause };
}

export function unpackError({ code, message, cause }: SentError): MessierError {
  return new MessierError(code, message, cause === undefined ? {} : { cause: new Error(cause) });
}
