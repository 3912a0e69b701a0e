import type { SkyClass } from './pictures.js';
import type { Reply } from './reply.js';

/** What a replay holds and how it answers. */
export interface ReplayOptions {
  readonly port?: number | undefined;
  /** Generated items of each class; 20 unless told. */
  readonly perClass?: number | undefined;
  /** Another number for single classes. */
  readonly counts?: Readonly<Partial<Record<SkyClass, number>>> | undefined;
  /** Also the real items of the shared data, where it is there; `true` unless told. */
  readonly real?: boolean | undefined;
  /** Longest side of pictures; 480 unless told. */
  readonly side?: number | undefined;
  /** Addresses in answers: those of NASA's hosts, which a mirror stands for, unless told; or the replay's own. */
  readonly hrefs?: 'real' | 'own' | undefined;
  /** APOD's answers: the classic ones unless told; or without hdurl, scheme and service_version here and there, and one entry without its array. */
  readonly apod?: 'classic' | 'changed' | undefined;
  /** Keys that APOD takes; DEMO_KEY unless told. */
  readonly keys?: readonly string[] | undefined;
  /** APOD's calls for a key; 2000 unless told. */
  readonly limit?: number | undefined;
  /** APOD's last day; 2026-05-18 unless told. */
  readonly today?: string | undefined;
  /** Other paths and their answers: `/page.jpg`. */
  readonly more?: Readonly<Record<string, Reply>> | undefined;
}
