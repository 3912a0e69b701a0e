import { join } from 'node:path';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { download, type Checksum, type FetchOptions } from './download.js';
import { mirrored } from './mirror.js';
import { makeFolders } from '../formats/make-folders.js';

/** A file of a public set. */
export interface PublicFile {
  readonly url: string;
  /** Its name on our side. */
  readonly name: string;
  readonly checksum: Checksum;
  /** Where it is published. */
  readonly bytes?: number;
}

/** A set of labelled pictures that anyone may fetch. */
export interface PublicSet {
  readonly title: string;
  readonly files: readonly PublicFile[];
  /** What it holds: pictures, their size, classes. */
  readonly content: string;
  /** Where it is described, and on what terms. */
  readonly page: string;
  /** Whom to cite. */
  readonly citation: string;
}

const galaxyZoo = 'Lintott et al. 2011, MNRAS 410, 166 (Galaxy Zoo 1)';
const decals =
  'Walmsley et al. 2022, MNRAS 509, 3966 (Galaxy Zoo DECaLS); Dey et al. 2019, AJ 157, 168 (DESI Legacy Imaging Surveys)';
const dropbox = 'https://dl.dropboxusercontent.com/s';

/** The sets that `importPublicSet` knows, by name. */
export const publicSets = {
  galaxy10: {
    title: 'Galaxy10 DECaLS',
    content: '17,736 galaxies, 256 x 256 pixels, 10 classes; no official split',
    files: [
      {
        url: 'https://zenodo.org/records/10845026/files/Galaxy10_DECals.h5',
        name: 'Galaxy10_DECals.h5',
        checksum: { algorithm: 'sha256', digest: '19aefc477c41bb7f77ff07599a6b82a038dc042f889a111b0d4d98bb755c1571' },
        bytes: 2_735_267_419,
      },
    ],
    page: 'https://zenodo.org/records/10845026',
    citation: `Leung and Bovy, Galaxy10 DECaLS, doi:10.5281/zenodo.10845026; ${galaxyZoo}; ${decals}`,
  },
  'galaxy10-sdss': {
    title: 'Galaxy10 SDSS',
    content: '21,785 galaxies, 69 x 69 pixels, 10 classes; no official split',
    files: [
      {
        url: 'https://zenodo.org/records/10844811/files/Galaxy10.h5',
        name: 'Galaxy10.h5',
        checksum: { algorithm: 'sha256', digest: '969a6b1cefcc36e09fffa86febd2f699a4aa19b837ba0427f01b0bc6ded458af' },
        bytes: 210_234_548,
      },
    ],
    page: 'https://zenodo.org/records/10844811',
    citation: `Leung and Bovy, Galaxy10 SDSS, doi:10.5281/zenodo.10844811; ${galaxyZoo}; Sloan Digital Sky Survey, https://www.sdss.org`,
  },
  'galaxy-mnist': {
    title: 'GalaxyMNIST',
    content: '10,000 galaxies, 64 x 64 pixels, 4 classes; train_dataset 8,000 and test_dataset 2,000',
    files: [
      {
        url: `${dropbox}/5a14de0o7slyif9/train_dataset.hdf5.gz`,
        name: 'train_dataset.hdf5.gz',
        checksum: { algorithm: 'md5', digest: 'e408ae294e9b975482dc1abffeb373a6' },
      },
      {
        url: `${dropbox}/5rza12nn24cwd2k/test_dataset.hdf5.gz`,
        name: 'test_dataset.hdf5.gz',
        checksum: { algorithm: 'md5', digest: '7a940e4cea64a8b7cb60339098f74490' },
      },
    ],
    page: 'https://github.com/mwalmsley/galaxy_mnist',
    citation: decals,
  },
  'galaxy-mnist-224': {
    title: 'GalaxyMNIST, 224 pixels',
    content: '10,000 galaxies, 224 x 224 pixels, 4 classes; train_dataset 8,000 and test_dataset 2,000',
    files: [
      {
        url: `${dropbox}/xenuo0ekgyi10ru/train_dataset.hdf5.gz`,
        name: 'train_dataset.hdf5.gz',
        checksum: { algorithm: 'md5', digest: '3391dcddac14d5b4055db73fb600ae63' },
      },
      {
        url: `${dropbox}/lczri4sb4bbcgyh/test_dataset.hdf5.gz`,
        name: 'test_dataset.hdf5.gz',
        checksum: { algorithm: 'md5', digest: 'fb272c4e94000b4d99a09d638977b0b9' },
      },
    ],
    page: 'https://github.com/mwalmsley/galaxy_mnist',
    citation: decals,
  },
} as const satisfies Readonly<Record<string, PublicSet>>;

export type PublicSetName = keyof typeof publicSets;

/** Where a public set is put, and whence it comes. */
export interface ImportOptions extends WorkOptions, FetchOptions {
  /** The set gets a folder of its own name in it. */
  readonly folder: string;
  /**
   * A mirror that answers under the same paths (`http://localhost:8080` for `https://zenodo.org/records/...` at `/records/...`);
   * else the environment's MESSIER_MIRROR, else the publishers.
   */
  readonly origin?: string | undefined;
}

/**
 * Fetches what is missing of a public set, goes on with what is there in part, and checks everything.
 *
 * @returns The location that `openDataset` takes: the file, or the folder where the set has several files.
 * @throws MessierError `collect/unknown` for another name, `collect/origin`, and what download throws.
 *
 * @example
 * const location = await importPublicSet('galaxy10', { folder: 'data' });
 */
export async function importPublicSet(name: string, options: ImportOptions): Promise<string> {
  if (!isPublicSet(name)) {
    throw new MessierError(
      'collect/unknown',
      `Public sets are ${Object.keys(publicSets).join(', ')}; "${name}" is none of them.`,
    );
  }
  const { folder, origin = process.env['MESSIER_MIRROR'], ...others } = options;
  const rest = { ...others, named: [...(others.named ?? []), ...(origin ? [origin] : [])] };
  const own = join(folder, name);
  const files: readonly PublicFile[] = publicSets[name].files;
  const jobs = files.map((file) => ({ url: mirrored(file.url, origin), checksum: file.checksum, path: join(own, file.name) }));
  await makeFolders(own).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MessierError('download/disk', `"${own}" can't be made: ${reason}. Choose another folder.`, { cause: error });
  });
  for (const job of jobs) await download(job, rest);
  const [first] = jobs;
  return first && jobs.length === 1 ? first.path : own;
}

function isPublicSet(name: string): name is PublicSetName {
  return Object.hasOwn(publicSets, name);
}
