/** Parts that galaxies are made of: surface brightness as a function of the place on the sky. */
import { edgeOnDisk, sersic } from './sersic.js';

/** One part of a galaxy. */
export interface Component {
  /** Brightness at a place in arcsec from the middle of the picture, on any scale: the renderer normalises it to `flux`. */
  readonly surface: (x: number, y: number) => number;
  /** Light of the part within the picture in the r band, nanomaggies (22.5 mag is 1). */
  readonly flux: number;
  /** Colours in magnitudes. */
  readonly gMinusR: number;
  readonly rMinusI: number;
}

/** Where a part lies and how it is turned. Lengths in arcsec, angles in radians from the x axis. */
export interface Orientation {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  /** Minor over major axis. */
  readonly axisRatio: number;
}

type Surface = Component['surface'];

/** Coordinates along the major and minor axis, the latter stretched to the major one's scale. */
function turned(place: Orientation, surface: (along: number, across: number) => number): Surface {
  const { x: x0, y: y0, angle, axisRatio } = place;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => surface((x - x0) * cos + (y - y0) * sin, ((y - y0) * cos - (x - x0) * sin) / axisRatio);
}

/** Ellipses of equal brightness that follow Sersic's law. */
export function sersicSurface(place: Orientation, effectiveRadius: number, n: number): Surface {
  return turned(place, (u, v) => sersic(Math.hypot(u, v), effectiveRadius, n));
}

/** A bar: a boxy ellipse of nearly even brightness that ends softly (generalised ellipses, Athanassoula et al. 1990, MNRAS 245, 130). */
export function barSurface(place: Orientation, halfLength: number): Surface {
  return turned(place, (u, v) => {
    const radius = (Math.abs(u) ** 3 + Math.abs(v) ** 3) ** (1 / 3) / halfLength;
    return Math.max(0, 1 - radius ** 2) ** 0.5;
  });
}

/** A ring of gaussian width. */
export function ringSurface(place: Orientation, radius: number, width: number): Surface {
  return turned(place, (u, v) => Math.exp(-((Math.hypot(u, v) - radius) ** 2) / (2 * width ** 2)));
}

/** Logarithmic spiral arms in an exponential disk. */
export interface ArmOptions {
  readonly scaleLength: number;
  /** Number of arms. */
  readonly arms: number;
  /** Radians between the arm and the circle; its sign is the sense of winding. */
  readonly pitch: number;
  /** Phase in radians. */
  readonly phase: number;
  /** The arms begin here. */
  readonly innerRadius: number;
}

/** exp(-R/h) times ((1 + cos(m (theta - ln R / tan pitch))) / 2)^3: arms narrower than the space between them. */
export function armSurface(place: Orientation, { scaleLength, arms, pitch, phase, innerRadius }: ArmOptions): Surface {
  const winding = 1 / Math.tan(pitch);
  return turned(place, (u, v) => {
    const radius = Math.hypot(u, v);
    const wave = Math.cos(arms * (Math.atan2(v, u) - winding * Math.log(radius / innerRadius + 1e-6)) + phase);
    const begun = 1 / (1 + Math.exp(-8 * (radius / innerRadius - 1)));
    return Math.exp(-radius / scaleLength) * ((1 + wave) / 2) ** 3 * begun;
  });
}

/** A disk from the side with a lane of dust of this optical depth in its middle plane. */
export function edgeOnSurface(place: Orientation, scaleLength: number, scaleHeight: number, opticalDepth: number): Surface {
  return turned({ ...place, axisRatio: 1 }, (u, v) => {
    const dust = opticalDepth * Math.exp(-Math.abs(u) / (1.4 * scaleLength)) * Math.exp(-0.5 * (v / (0.25 * scaleHeight)) ** 2);
    // Half of the light lies in front of the dust.
    return edgeOnDisk(u, v, scaleLength, scaleHeight) * (0.5 + 0.5 * Math.exp(-dust));
  });
}

/** A tidal tail: an arc that leaves a galaxy and fades. */
export interface TailOptions {
  /** Radius of the arc, arcsec. */
  readonly radius: number;
  /** Length along the arc, radians; its sign is the sense. */
  readonly length: number;
  /** Deviation across. */
  readonly width: number;
}

/** Brightness falls linearly to 0 along the arc, which begins at the place and in its direction. */
export function tailSurface({ x: x0, y: y0, angle }: Orientation, { radius, length, width }: TailOptions): Surface {
  const sense = Math.sign(length);
  const [cx, cy] = [x0 - sense * radius * Math.sin(angle), y0 + sense * radius * Math.cos(angle)];
  const start = Math.atan2(y0 - cy, x0 - cx);
  return (x, y) => {
    const [dx, dy] = [x - cx, y - cy];
    const turn = (sense * (Math.atan2(dy, dx) - start) + 4 * Math.PI) % (2 * Math.PI);
    const done = turn / Math.abs(length);
    if (done > 1) return 0;
    const spread = width * (1 + done);
    return (1 - done) * Math.exp(-((Math.hypot(dx, dy) - radius) ** 2) / (2 * spread ** 2));
  };
}
