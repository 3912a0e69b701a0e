/** Pictures of six kinds of things in the sky, each its own by its name: no two are alike, none is blank, dark or blurred. */
import sharp from 'sharp';
import { randomStream, type RandomStream } from '../../../src/core/random.js';

export const skyClasses = ['asteroid', 'comet', 'galaxy', 'nebula', 'planet', 'star'] as const;
export type SkyClass = (typeof skyClasses)[number];

/** Brightness of red, green and blue, 0 to 255, at a point whose shorter side spans [-1, 1]. */
type Shade = (x: number, y: number) => readonly [number, number, number];

/** Width and height of a picture by its name: its longest side is at most `side`, its shape between 4:3 and 3:4. */
export function pictureSize(name: string, side: number): { readonly width: number; readonly height: number } {
  const stream = randomStream(1, 'size', name);
  const longest = Math.round(side * (0.75 + 0.25 * stream.uniform()));
  const shortest = Math.round(longest * (0.75 + 0.25 * stream.uniform()));
  return stream.uniform() < 0.5 ? { width: longest, height: shortest } : { width: shortest, height: longest };
}

/** Draws a picture: the same bytes for the same name, class, size and format. */
export async function drawPicture(
  name: string,
  kind: SkyClass,
  { width, height }: { readonly width: number; readonly height: number },
  format: 'jpeg' | 'png' | 'tiff' = 'jpeg',
): Promise<Buffer> {
  const shade = shades[kind](randomStream(1, 'shape', name));
  const noise = randomStream(1, 'noise', name);
  const stars = scatter(randomStream(1, 'stars', name), kind === 'star' ? 160 : 24, width / height);
  const pixels = new Uint8ClampedArray(width * height * 3);
  const scale = 2 / Math.min(width, height);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [red, green, blue] = shade((column - width / 2) * scale, (row - height / 2) * scale);
      const grain = 12 + noise.uniform() * 10;
      pixels[at++] = red + grain;
      pixels[at++] = green + grain;
      pixels[at++] = blue + grain;
    }
  }
  for (const { x, y, light } of stars) {
    const [column, row] = [Math.round(x / scale + width / 2), Math.round(y / scale + height / 2)];
    for (const [right, down, share] of kind === 'star' ? wideSpot : spot) {
      if (column + right < 0 || column + right >= width || row + down < 0 || row + down >= height) continue;
      const at = 3 * ((row + down) * width + column + right);
      for (let channel = 0; channel < 3; channel++) pixels[at + channel] = (pixels[at + channel] ?? 0) + light * share;
    }
  }
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  if (format === 'png') return image.png({ compressionLevel: 1 }).toBuffer();
  return format === 'tiff' ? image.tiff().toBuffer() : image.jpeg({ quality: 85 }).toBuffer();
}

/** A star's light on its own and the neighbouring pixels. */
const spot = [
  [0, 0, 1],
  [1, 0, 0.6],
  [-1, 0, 0.6],
  [0, 1, 0.6],
  [0, -1, 0.6],
] as const;

/** A star's light over some pixels. */
const wideSpot = Array.from({ length: 81 }, (_, n) => {
  const [right, down] = [(n % 9) - 4, Math.floor(n / 9) - 4];
  return [right, down, Math.exp(-(right * right + down * down) / 4)] as const;
});

function scatter(stream: RandomStream, count: number, aspect: number) {
  const [right, down] = aspect > 1 ? [aspect, 1] : [1, 1 / aspect];
  return Array.from({ length: count }, () => ({
    x: (2 * stream.uniform() - 1) * right,
    y: (2 * stream.uniform() - 1) * down,
    light: 90 + 165 * stream.uniform(),
  }));
}

const between = (stream: RandomStream, low: number, high: number): number => low + (high - low) * stream.uniform();

/** Sum of five waves of any direction and length. */
function waves(stream: RandomStream, longest: number): (x: number, y: number) => number {
  const parts = Array.from({ length: 5 }, (_, n) => {
    const [angle, length] = [between(stream, 0, 2 * Math.PI), longest / (1 + n)];
    const k = (2 * Math.PI) / length;
    return { kx: k * Math.cos(angle), ky: k * Math.sin(angle), phase: between(stream, 0, 6.3), height: 1 / (1 + n) };
  });
  return (x, y) => parts.reduce((sum, { kx, ky, phase, height }) => sum + height * Math.sin(kx * x + ky * y + phase), 0);
}

function turned(stream: RandomStream): (x: number, y: number) => readonly [number, number] {
  const [angle, left, up] = [between(stream, 0, 2 * Math.PI), between(stream, -0.3, 0.3), between(stream, -0.3, 0.3)];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => [cos * (x - left) + sin * (y - up), -sin * (x - left) + cos * (y - up)];
}

const shades: Readonly<Record<SkyClass, (stream: RandomStream) => Shade>> = {
  asteroid(stream) {
    const [turn, edge, ground] = [turned(stream), waves(stream, 1.5), waves(stream, 0.4)];
    const [radius, flat] = [between(stream, 0.4, 0.7), between(stream, 1.2, 1.9)];
    return (x, y) => {
      const [u, v] = turn(x, y);
      const inside = Math.hypot(u, v * flat) < radius * (1 + 0.12 * edge(u, v));
      const gray = inside ? 95 + 70 * (u / radius) + 22 * ground(u, v) : 0;
      return [gray, gray * 0.97, gray * 0.93];
    };
  },
  comet(stream) {
    const turn = turned(stream);
    const [head, width, long] = [between(stream, 0.03, 0.08), between(stream, 0.06, 0.16), between(stream, 0.5, 1.2)];
    return (x, y) => {
      const [u, v] = turn(x, y);
      const tail = u > 0 ? 190 * Math.exp(-u / long) * Math.exp(-((v / (width + 0.35 * u)) ** 2)) : 0;
      const core = 250 * Math.exp(-(u * u + v * v) / (2 * head * head));
      return [core + 0.55 * tail, core + 0.9 * tail, core + tail];
    };
  },
  galaxy(stream) {
    const turn = turned(stream);
    const [size, flat, arms] = [between(stream, 0.15, 0.3), between(stream, 1, 3), between(stream, 2, 6)];
    return (x, y) => {
      const [u, v] = turn(x, y);
      const r = Math.hypot(u, v * flat);
      const disc = 170 * Math.exp(-r / size) * (1 + 0.5 * Math.cos(2 * Math.atan2(v * flat, u) + arms * Math.log(r + 0.05)));
      const bulge = 160 * Math.exp(-((r / (0.3 * size)) ** 2));
      return [disc * 0.8 + bulge, disc * 0.9 + bulge * 0.9, disc + bulge * 0.7];
    };
  },
  nebula(stream) {
    const [red, green, blue] = [waves(stream, 2.6), waves(stream, 2.2), waves(stream, 1.6)];
    return (x, y) => [90 + 28 * red(x, y), 50 + 16 * green(x, y), 70 + 22 * blue(x, y)];
  },
  planet(stream) {
    const [turn, radius, bands] = [turned(stream), between(stream, 0.35, 0.65), waves(stream, 0.7)];
    const colour = [between(stream, 0.6, 1), between(stream, 0.5, 0.9), between(stream, 0.4, 1)] as const;
    return (x, y) => {
      const [u, v] = turn(x, y);
      const z = 1 - (u * u + v * v) / (radius * radius);
      const light = z > 0 ? Math.max(0, Math.sqrt(z) + 0.6 * (u / radius)) * (150 + 30 * bands(0.1 * u, v)) : 0;
      return [light * colour[0], light * colour[1], light * colour[2]];
    };
  },
  star(stream) {
    const [turn, size] = [turned(stream), between(stream, 0.05, 0.6)];
    const colour = [between(stream, 0.5, 1), between(stream, 0.5, 0.9), between(stream, 0.5, 1)] as const;
    return (x, y) => {
      const [u, v] = turn(x, y);
      const glow = 120 * Math.exp(-Math.hypot(u, v) / size);
      return [glow * colour[0], glow * colour[1], glow * colour[2]];
    };
  },
};
