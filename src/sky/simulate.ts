/** Simulated galaxies as a survey would picture them: what the demonstration trains on, and a truth that is known. */
import type { Counts, Picture } from '../core/picture.js';
import { MessierError } from '../core/errors.js';
import { randomStream, type RandomStream } from '../core/random.js';
import {
  armSurface,
  barSurface,
  edgeOnSurface,
  ringSurface,
  sersicSurface,
  tailSurface,
  type Component,
  type Orientation,
} from './components.js';
import { luptonColour } from './lupton.js';
import { render } from './render.js';

/** Kinds that can be simulated. */
export const galaxyKinds = ['elliptical', 'spiral', 'barred', 'ring', 'edge_on', 'merger'] as const;
export type GalaxyKind = (typeof galaxyKinds)[number];

/** What a galaxy was made of. Shares are of its light. */
export interface GalaxyTraits {
  /** Shortest over longest as it is seen, in (0, 1]; of a merger 0.7, whatever its two galaxies are. */
  readonly axisRatio: number;
  readonly bulgeShare: number;
  /** Number of spiral arms; 0 where there are none. */
  readonly arms: number;
  readonly armShare: number;
  /** Of the arms; 0 where there are none. */
  readonly pitchDegrees: number;
  readonly barShare: number;
  readonly ringShare: number;
  /** Of the smaller galaxy of a merger, else 0. */
  readonly companionShare: number;
}

/** A galaxy and what is true of it. */
export interface SimulatedGalaxy {
  readonly kind: GalaxyKind;
  readonly traits: GalaxyTraits;
  /** Nanomaggies a pixel in i, r, g, the sky's mean subtracted. */
  readonly counts: Counts;
  readonly pixelScaleArcsec: number;
  readonly seeingArcsec: number;
  /** Of the whole galaxy in r. */
  readonly magnitude: number;
}

/** How galaxies are simulated. */
export interface SimulationOptions {
  /** Of the picture, in pixels: 16 to 1024. */
  readonly side?: number;
}

/** A number drawn evenly. */
const between = (random: RandomStream, low: number, high: number): number => low + (high - low) * random.uniform();
const normal = (random: RandomStream, mean: number, deviation: number): number => mean + deviation * random.truncatedNormal();

/**
 * Galaxy number `index` of a seed. Magnitudes are those of the galaxies of Galaxy Zoo (r from 14.5 to 17), seeing that of the Sloan Digital Sky
 * Survey (median 1.4 arcsec); the frame follows the galaxy's size, as in Galaxy Zoo's own pictures. Further sources stand at each number.
 *
 * @throws MessierError `sky/side` for a side outside 16 to 1024.
 * @example
 * const { counts } = simulateGalaxy('spiral', { seed: 1, index: 7 }, { side: 96 });
 */
export function simulateGalaxy(
  kind: GalaxyKind,
  { seed, index }: { readonly seed: number; readonly index: number },
  { side = 96 }: SimulationOptions = {},
): SimulatedGalaxy {
  if (!Number.isInteger(side) || side < 16 || side > 1024) {
    throw new MessierError('sky/side', `A simulated picture has 16 to 1024 pixels a side, ${side} received.`);
  }
  const random = randomStream(seed, 'galaxy', kind, index);
  const magnitude = between(random, 14.5, 17);
  // Brighter ones are larger: log Re falls by 0.1 a magnitude (Shen et al. 2003, MNRAS 343, 978), with their scatter of 0.3 in ln Re.
  const size = 3.2 * 10 ** (0.1 * (17 - magnitude)) * Math.exp(normal(random, 0, 0.3));
  const flux = 10 ** (-0.4 * (magnitude - 22.5));
  const seeingArcsec = Math.max(1, normal(random, 1.4, 0.15));
  const pixelScaleArcsec = (between(random, 7, 9) * size) / side;
  const { components, traits } = parts[kind](random, { size, flux, angle: between(random, 0, 2 * Math.PI) });
  const counts = render(
    [...components, ...field(random, (side * pixelScaleArcsec) / 2)],
    { side, pixelScaleArcsec, seeingArcsec },
    random,
  );
  return { kind, traits, counts, pixelScaleArcsec, seeingArcsec, magnitude };
}

/** Weights of i, r, g in colour pictures, near those of the survey's own: galaxies are red, and would all be orange without them. */
const weights = [1, 1.35, 2.1] as const;

/** As a survey shows it in colour. Brightness is scaled to a pixel of 0.396 arcsec, so that pictures of any scale look alike. */
export function galaxyPicture({ counts, pixelScaleArcsec }: SimulatedGalaxy): Picture {
  const area = counts.width * counts.height;
  const data = counts.data.map((value, at) => value * (weights[Math.floor(at / area)] ?? 1));
  return luptonColour({ ...counts, data }, { stretch: 0.4 * (pixelScaleArcsec / 0.396) ** 2, q: 8 });
}

interface Galaxy {
  /** Effective radius, arcsec. */
  readonly size: number;
  /** Nanomaggies. */
  readonly flux: number;
  readonly angle: number;
}

/** Colours of old stars, of disks and of arms where stars form (Strateva et al. 2001, AJ 122, 1861; Fukugita et al. 1995, PASP 107, 945). */
const old = (random: RandomStream) => ({ gMinusR: normal(random, 0.77, 0.04), rMinusI: normal(random, 0.39, 0.02) });
const disk = (random: RandomStream) => ({ gMinusR: normal(random, 0.52, 0.06), rMinusI: normal(random, 0.27, 0.03) });
const young = (random: RandomStream) => ({ gMinusR: normal(random, 0.3, 0.06), rMinusI: normal(random, 0.12, 0.03) });

/** Axis ratio of a disk of intrinsic thickness 0.2 seen at this inclination (Hubble 1926, ApJ 64, 321). */
const diskRatio = (cosine: number): number => Math.sqrt(cosine ** 2 * (1 - 0.2 ** 2) + 0.2 ** 2);

interface Made {
  readonly components: Component[];
  readonly traits: GalaxyTraits;
}

const plain = { bulgeShare: 0, arms: 0, armShare: 0, pitchDegrees: 0, barShare: 0, ringShare: 0, companionShare: 0 } as const;

const parts: Readonly<Record<GalaxyKind, (random: RandomStream, galaxy: Galaxy) => Made>> = {
  elliptical(random, { size, flux, angle }) {
    // Axis ratios from 0.5 to 1 (Ryden 1992, ApJ 396, 445), indices about 4 (Caon et al. 1993, MNRAS 265, 1013).
    const place = { x: 0, y: 0, angle, axisRatio: between(random, 0.55, 1) };
    const components = [{ surface: sersicSurface(place, size, between(random, 2.5, 5)), flux, ...old(random) }];
    return { components, traits: { ...plain, axisRatio: place.axisRatio, bulgeShare: 1 } };
  },
  spiral: (random, galaxy) => diskGalaxy(random, galaxy, 0),
  barred: (random, galaxy) => diskGalaxy(random, galaxy, between(random, 0.12, 0.22)),
  ring(random, { size, flux, angle }) {
    const place = { x: 0, y: 0, angle, axisRatio: diskRatio(between(random, 0.55, 1)) };
    const radius = between(random, 1.4, 2) * size;
    const share = between(random, 0.3, 0.5);
    const components = [
      { surface: sersicSurface(place, 0.6 * size, between(random, 1.5, 3)), flux: (0.95 - share) * flux, ...old(random) },
      { surface: sersicSurface(place, size, 1), flux: 0.05 * flux, ...disk(random) },
      { surface: ringSurface(place, radius, between(random, 0.1, 0.18) * radius), flux: share * flux, ...young(random) },
    ];
    return { components, traits: { ...plain, axisRatio: place.axisRatio, bulgeShare: 0.95 - share, ringShare: share } };
  },
  edge_on(random, { size, flux, angle }) {
    // Scale heights of 0.1 to 0.2 scale lengths (de Grijs 1998, MNRAS 299, 595).
    const [scaleLength, share] = [size / 1.2, between(random, 0, 0.35)];
    const place = { x: 0, y: 0, angle, axisRatio: between(random, 0.6, 0.9) };
    const height = between(random, 0.12, 0.22);
    const surface = edgeOnSurface(place, scaleLength, height * scaleLength, between(random, 0, 2));
    const components = [
      { surface, flux: (1 - share) * flux, ...disk(random) },
      { surface: sersicSurface(place, 0.25 * size, between(random, 1, 3)), flux: share * flux, ...old(random) },
    ];
    return { components, traits: { ...plain, axisRatio: height, bulgeShare: share } };
  },
  merger(random, { size, flux, angle }) {
    const separation = between(random, 1.2, 2.4) * size;
    // Major mergers: light ratios up to 4 (Darg et al. 2010, MNRAS 401, 1043, who found them with Galaxy Zoo).
    const share = 1 / (1 + between(random, 1, 4));
    const components = [1, -1].flatMap((sign) => {
      const direction = angle + (sign < 0 ? Math.PI : 0);
      const [light, scale] = sign < 0 ? [share, Math.sqrt(share / (1 - share))] : [1 - share, 1];
      const distance = separation * (sign < 0 ? 1 - share : share);
      const place: Orientation = {
        x: distance * Math.cos(direction),
        y: distance * Math.sin(direction),
        angle: between(random, 0, Math.PI),
        axisRatio: between(random, 0.4, 0.95),
      };
      const core = { surface: sersicSurface(place, 0.7 * size * scale, between(random, 1, 3)), flux: 0.85 * light * flux };
      const radius = between(random, 1.2, 2.2) * size;
      const tail = tailSurface(
        { ...place, angle: direction + normal(random, 0, 0.4) },
        {
          radius,
          length: between(random, 1, 2.2) * (random.uniform() < 0.5 ? -1 : 1),
          width: between(random, 0.15, 0.3) * size,
        },
      );
      return [
        { ...core, ...(random.uniform() < 0.5 ? old(random) : disk(random)) },
        { surface: tail, flux: 0.15 * light * flux, ...disk(random) },
      ];
    });
    return { components, traits: { ...plain, axisRatio: 0.7, companionShare: share } };
  },
};

/** Bulge, disk, arms, and a bar where `barShare` of the light is in it. Bulge shares as in Graham & Worley 2008 (MNRAS 388, 1708). */
function diskGalaxy(random: RandomStream, { size, flux, angle }: Galaxy, barShare: number): Made {
  const place = { x: 0, y: 0, angle, axisRatio: diskRatio(between(random, 0.5, 1)) };
  const scaleLength = size / 1.2;
  const bulge = between(random, 0.05, 0.25);
  const arms = between(random, 0.3, 0.5);
  const barAngle = between(random, 0, Math.PI);
  const halfLength = between(random, 1, 1.5) * scaleLength;
  const spiral = {
    scaleLength: 1.3 * scaleLength,
    arms: random.uniform() < 0.75 ? 2 : 3,
    // 10 to 30 degrees (Kennicutt 1981, AJ 86, 1847); both senses are as likely.
    pitch: (between(random, 10, 30) * Math.PI * (random.uniform() < 0.5 ? -1 : 1)) / 180,
    // The arms begin at the ends of the bar.
    phase: barShare > 0 ? -(random.uniform() < 0.75 ? 2 : 3) * barAngle : between(random, 0, 2 * Math.PI),
    innerRadius: barShare > 0 ? halfLength : 0.4 * scaleLength,
  };
  const all: Component[] = [
    {
      surface: sersicSurface({ ...place, axisRatio: Math.max(place.axisRatio, 0.7) }, 0.25 * size, between(random, 1, 3)),
      flux: bulge * flux,
      ...old(random),
    },
    { surface: sersicSurface(place, 1.678 * scaleLength, 1), flux: (1 - bulge - arms - barShare) * flux, ...disk(random) },
    { surface: armSurface(place, spiral), flux: arms * flux, ...young(random) },
  ];
  if (barShare > 0) {
    // The bar lies in the disk: foreshortened with it.
    const bar = barSurface({ x: 0, y: 0, angle: 0, axisRatio: between(random, 0.25, 0.4) }, halfLength);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [cosBar, sinBar] = [Math.cos(barAngle), Math.sin(barAngle)];
    const surface = (x: number, y: number): number => {
      const [u, v] = [x * cos + y * sin, (y * cos - x * sin) / place.axisRatio];
      return bar(u * cosBar + v * sinBar, v * cosBar - u * sinBar);
    };
    all.push({ surface, flux: barShare * flux, ...old(random) });
  }
  const pitchDegrees = (Math.abs(spiral.pitch) * 180) / Math.PI;
  const seen = { axisRatio: place.axisRatio, bulgeShare: bulge, arms: spiral.arms, armShare: arms, pitchDegrees, barShare };
  return { components: all, traits: { ...plain, ...seen } };
}

/** Stars and small galaxies that happen to lie in the field: about one in a picture, most of them faint. */
function field(random: RandomStream, half: number): Component[] {
  const count = random.integer(3);
  return Array.from({ length: count }, () => {
    const [x, y] = [between(random, -half, half), between(random, -half, half)];
    const place = { x, y, angle: between(random, 0, Math.PI), axisRatio: between(random, 0.5, 1) };
    const isStar = random.uniform() < 0.5;
    const flux = 10 ** (-0.4 * (between(random, 18, 21) - 22.5));
    return {
      surface: sersicSurface(place, isStar ? 0.05 : between(random, 0.5, 1.5), 1),
      flux,
      ...(isStar ? disk(random) : old(random)),
    };
  });
}
