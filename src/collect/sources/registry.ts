import { MessierError } from '../../core/errors.js';
import type { Fetcher } from '../http/types.js';
import type { Source } from '../source.js';
import { apodSource } from './apod-api.js';
import { archiveSource } from './archive.js';
import { folderSource } from './folder.js';
import { nasaSizes } from './nasa-assets.js';
import { parseNasaClasses } from './nasa-classes.js';
import { nasaSource } from './nasa.js';
import { urlsSource } from './urls.js';

/** What may be said of a source beside its place. */
export interface SourceSettings {
  /** Path of a list, folder or archive. */
  readonly from?: string | undefined;
  readonly classes?: string | undefined;
  readonly size?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly skyOnly?: boolean | undefined;
  /** In the catalogue. */
  readonly name?: string | undefined;
}

/** A kind of source. */
export interface SourceKind {
  readonly summary: string;
  /** What `from` names; absent where the source has one place. */
  readonly from?: string | undefined;
  /** Settings that it knows. */
  readonly knows: readonly Exclude<keyof SourceSettings, 'from'>[];
  /** Settings that it needs. */
  readonly needs?: readonly Exclude<keyof SourceSettings, 'from'>[] | undefined;
  /** Does it fetch? */
  readonly isRemote: boolean;
  open(fetcher: Fetcher, settings: SourceSettings): Promise<Source> | Source;
}

/** Everything that can be collected from. */
export const sourceKinds = {
  nasa: {
    summary: 'the NASA Image and Video Library, searched by class',
    knows: ['classes', 'size', 'since', 'until', 'skyOnly'],
    needs: ['classes'],
    isRemote: true,
    open: (fetcher, { classes = '', size, since, until, skyOnly }) =>
      nasaSource(fetcher, {
        classes: parseNasaClasses(classes),
        size: oneOf(nasaSizes, size),
        skyOnly,
        years: { from: yearOf(since, '--since'), until: yearOf(until, '--until') },
      }),
  },
  apod: {
    summary: 'Astronomy Picture of the Day, by days; NASA_API_KEY names a key',
    knows: ['size', 'since', 'until'],
    isRemote: true,
    open: (fetcher, { size, since, until }) => apodSource(fetcher, { since, until, size: oneOf(['standard', 'high'], size) }),
  },
  urls: {
    summary: 'a list of addresses: one a line, or a CSV with the column url',
    from: 'a list of addresses',
    knows: ['name'],
    isRemote: true,
    open: (fetcher, { from = '', name }) => {
      const source = urlsSource(fetcher, from);
      return { ...source, name: name ?? source.name };
    },
  },
  folder: {
    summary: 'pictures on disk: a folder with a sub-folder a class, labels.csv, .h5, .npz',
    from: 'a folder, CSV, picture or array file',
    knows: ['name'],
    isRemote: false,
    open: (_, { from = '', name }) => folderSource(from, { name }),
  },
  archive: {
    summary: 'a .zip, .tar or .tar.gz with pictures, read without unpacking it to disk',
    from: 'an archive',
    knows: ['name'],
    isRemote: false,
    open: (_, { from = '', name }) => archiveSource(from, { name }),
  },
} as const satisfies Readonly<Record<string, SourceKind>>;

function oneOf<T extends string>(choices: readonly T[], value: string | undefined): T | undefined {
  const found = choices.find((choice) => choice === value);
  if (value === undefined || found !== undefined) return found;
  throw new MessierError('collect/option', `--size: one of ${choices.join(', ')} expected, "${value.slice(0, 40)}" received.`);
}

function yearOf(value: string | undefined, flag: string): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{4}(-|$)/.test(value)) return Number(value.slice(0, 4));
  throw new MessierError('collect/option', `${flag}: a year expected, "${value.slice(0, 40)}" received. For example 2010.`);
}
