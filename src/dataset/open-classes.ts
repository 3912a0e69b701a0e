import type { ImageArray } from '../formats/image-array.js';

/** A public set of pictures whose file holds class numbers alone. */
interface PublicSet {
  /** In the order of their numbers. */
  readonly classes: readonly string[];
  /** Side of its pictures, in pixels. */
  readonly sides: readonly number[];
  /** Pictures of each of its files. */
  readonly counts: readonly number[];
  /** How its files are called, with anything after that. */
  readonly file: RegExp;
  /** Array of the class numbers. */
  readonly labels: string;
}

const publicSets: readonly PublicSet[] = [
  {
    // Leung and Bovy, https://zenodo.org/records/10845026
    classes: [
      'Disturbed',
      'Merging',
      'Round Smooth',
      'In-between Round Smooth',
      'Cigar Shaped Smooth',
      'Barred Spiral',
      'Unbarred Tight Spiral',
      'Unbarred Loose Spiral',
      'Edge-on without Bulge',
      'Edge-on with Bulge',
    ],
    sides: [256],
    counts: [17_736],
    file: /^galaxy10/i,
    labels: 'ans',
  },
  {
    // Leung and Bovy, https://zenodo.org/records/10844811
    classes: [
      'Disk, Face-on, No Spiral',
      'Smooth, Completely round',
      'Smooth, in-between round',
      'Smooth, Cigar shaped',
      'Disk, Edge-on, Rounded Bulge',
      'Disk, Edge-on, Boxy Bulge',
      'Disk, Edge-on, No Bulge',
      'Disk, Face-on, Tight Spiral',
      'Disk, Face-on, Medium Spiral',
      'Disk, Face-on, Loose Spiral',
    ],
    sides: [69],
    counts: [21_785],
    file: /^galaxy10/i,
    labels: 'ans',
  },
  {
    // Walmsley, https://github.com/mwalmsley/galaxy_mnist
    classes: ['smooth_round', 'smooth_cigar', 'edge_on_disk', 'unbarred_spiral'],
    sides: [64, 224],
    counts: [8_000, 2_000],
    file: /^((train|test)_dataset\.hdf5|galaxy_?mnist)/i,
    labels: 'labels',
  },
];

/**
 * Class names of the public set that a file is: it has the set's arrays and size of pictures, and the set's name or number of pictures.
 * `undefined` where it is none: other files in the same layout mean other classes by the same numbers.
 */
export function publicClasses(array: ImageArray, name: string): readonly string[] | undefined {
  const { width, height, count, names, labels } = array;
  return publicSets.find(
    (set) =>
      width === height &&
      set.sides.includes(width) &&
      names.includes(set.labels) &&
      (set.counts.includes(count) || set.file.test(name)) &&
      labels?.every((label) => label < set.classes.length),
  )?.classes;
}

/** The class list of the public set that all the labels are of, in the order of its numbers. */
export function publicOrder(labels: ReadonlySet<string>): readonly string[] | undefined {
  return publicSets.find(({ classes }) => [...labels].every((label) => classes.includes(label)))?.classes;
}
