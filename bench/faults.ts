/** Pictures that don't belong into a collection of the sky, made of shapes, noise and other pictures; without letters of fonts, which differ between machines. */
import sharp, { type Sharp } from 'sharp';
import type { RandomStream } from '../src/core/random.js';

const side = 256;
const papers = ['#ffffff', '#f4f0e0', '#101018', '#16324f'] as const;

/** Makes one picture; `pictures` are files to make it of. */
type FaultMaker = (random: RandomStream, pictures: readonly string[]) => Promise<Sharp>;

const between = (random: RandomStream, from: number, to: number): string => (from + (to - from) * random.uniform()).toFixed(1);
const oneOf = <T>(random: RandomStream, list: readonly T[]): T => list[random.integer(list.length)] as T;
const colour = (random: RandomStream): string =>
  `hsl(${random.integer(360)} ${30 + random.integer(70)}% ${25 + random.integer(50)}%)`;

function drawn(paper: string, shapes: readonly string[]): Sharp {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}">`;
  return sharp(Buffer.from(`${head}<rect width="100%" height="100%" fill="${paper}"/>${shapes.join('')}</svg>`));
}

/** Strokes like words in a line. */
function writing(random: RandomStream, ink: string, { x, y, width, size }: Record<'x' | 'y' | 'width' | 'size', number>): string {
  const strokes: string[] = [];
  for (let at = x; at < x + width; at += size * 0.7) {
    if (random.uniform() < 0.16) continue;
    const [up, across] = [random.uniform() < 0.4 ? size : size * 0.6, size * 0.4];
    strokes.push(`M${at.toFixed(1)} ${y}v${-up}m0 ${(up * random.uniform()).toFixed(1)}h${across}v${(up * 0.4).toFixed(1)}`);
  }
  return `<path d="${strokes.join('')}" fill="none" stroke="${ink}" stroke-width="${Math.max(1, size / 7)}"/>`;
}

const inkOn = (paper: string): string => (paper === '#ffffff' || paper === '#f4f0e0' ? '#181818' : '#f0f0f0');

function diagram(random: RandomStream): Sharp {
  const paper = oneOf(random, papers);
  const ink = inkOn(paper);
  const shapes: string[] = [];
  const kind = random.integer(3);
  if (kind === 0) {
    shapes.push(`<path d="M30 12V220H246" fill="none" stroke="${ink}" stroke-width="2"/>`);
    const points = Array.from({ length: 12 }, (_, at) => `${34 + 18 * at} ${between(random, 30, 210)}`);
    shapes.push(`<path d="M${points.join('L')}" fill="none" stroke="${colour(random)}" stroke-width="2"/>`);
  } else if (kind === 1) {
    for (let box = 0; box < 6; box++) {
      const [x, y] = [14 + 82 * (box % 3), 40 + 100 * Math.floor(box / 3)];
      shapes.push(`<rect x="${x}" y="${y}" width="66" height="56" fill="none" stroke="${ink}"/>`);
      shapes.push(writing(random, ink, { x: x + 6, y: y + 30, width: 54, size: 9 }));
    }
  } else {
    for (let ring = 0; ring < 5; ring++)
      shapes.push(`<circle cx="128" cy="140" r="${18 + 22 * ring}" fill="none" stroke="${ink}"/>`);
    for (let ball = 0; ball < 5; ball++) {
      const angle = random.uniform() * 2 * Math.PI;
      const reach = 18 + 22 * ball;
      shapes.push(
        `<circle cx="${128 + reach * Math.cos(angle)}" cy="${140 + reach * Math.sin(angle)}" r="6" fill="${colour(random)}"/>`,
      );
    }
  }
  shapes.push(writing(random, ink, { x: 40, y: 22, width: 170, size: 11 }));
  return drawn(paper, shapes);
}

function page(random: RandomStream): Sharp {
  const paper = oneOf(random, papers);
  const size = 7 + random.integer(6);
  const lines: string[] = [];
  for (let y = 24; y < side - 12; y += size * 1.9)
    lines.push(writing(random, inkOn(paper), { x: 16, y, width: 120 + random.integer(104), size }));
  return drawn(paper, lines);
}

function logo(random: RandomStream): Sharp {
  const paper = oneOf(random, [...papers, colour(random)]);
  const shapes = [`<circle cx="128" cy="128" r="${70 + random.integer(40)}" fill="${colour(random)}"/>`];
  for (let piece = 0; piece < 3; piece++) {
    const corners = Array.from(
      { length: 3 + random.integer(3) },
      () => `${between(random, 60, 196)},${between(random, 60, 196)}`,
    );
    shapes.push(`<polygon points="${corners.join(' ')}" fill="${colour(random)}"/>`);
  }
  shapes.push(writing(random, inkOn(paper), { x: 60, y: 238, width: 136, size: 20 }));
  return drawn(paper, shapes);
}

function gradient(random: RandomStream): Sharp {
  const angle = random.uniform() * 2 * Math.PI;
  const data = new Uint8Array(side * side * 3);
  const ends = Array.from({ length: 6 }, () => random.integer(256));
  for (let at = 0; at < side * side; at++) {
    const along = (((at % side) / side - 0.5) * Math.cos(angle) + (at / side / side - 0.5) * Math.sin(angle)) / 1.5 + 0.5;
    for (let channel = 0; channel < 3; channel++) {
      const [from = 0, to = 0] = [ends[channel], ends[channel + 3]];
      data[3 * at + channel] = from + (to - from) * along;
    }
  }
  return sharp(data, { raw: { width: side, height: side, channels: 3 } });
}

/** Noise whose amplitude falls with its frequency, as that of photographs does. */
async function texture(random: RandomStream): Promise<Sharp> {
  const sum = new Float32Array(side * side * 3).fill(60 + random.integer(120));
  const fall = 0.6 + 0.4 * random.uniform();
  for (let cells = 4; cells <= side; cells *= 2) {
    const noise = Uint8Array.from({ length: cells * cells * 3 }, () => random.integer(256));
    for (let at = 0; at < noise.length; at++) if (at % 3 > 0) noise[at] = 0.7 * (noise[at - 1] ?? 0) + 0.3 * (noise[at] ?? 0);
    const wide = await sharp(noise, { raw: { width: cells, height: cells, channels: 3 } })
      .resize(side, side, { kernel: 'cubic' })
      .raw()
      .toBuffer();
    const weight = 1.1 * (4 / cells) ** fall;
    for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) + weight * ((wide[at] as number) - 128);
  }
  return sharp(Uint8ClampedArray.from(sum), { raw: { width: side, height: side, channels: 3 } });
}

async function collage(random: RandomStream, pictures: readonly string[]): Promise<Sharp> {
  const rows = 2 + random.integer(2);
  const gap = random.integer(2) * 6;
  const cell = Math.floor(side / rows) - gap;
  const tiles = Array.from({ length: rows * rows }, async (_, at) => ({
    input: await sharp(oneOf(random, pictures)).resize(cell, cell).png().toBuffer(),
    left: (at % rows) * (cell + gap),
    top: Math.floor(at / rows) * (cell + gap),
  }));
  const canvas = sharp({ create: { width: side, height: side, channels: 3, background: oneOf(random, papers) } });
  return sharp(
    await canvas
      .composite(await Promise.all(tiles))
      .png()
      .toBuffer(),
  );
}

/** An object cut out of a picture, on plain paper. */
async function cutOut(random: RandomStream, pictures: readonly string[]): Promise<Sharp> {
  const size = 110 + random.integer(110);
  const mask = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}"><ellipse cx="${size / 2}" cy="${size / 2}" rx="${size / 2}" ry="${(size / 2) * (0.6 + 0.4 * random.uniform())}"/></svg>`,
  );
  const input = await sharp(oneOf(random, pictures))
    .resize(size, size)
    .ensureAlpha()
    .composite([{ input: mask, blend: 'dest-in' }])
    .png()
    .toBuffer();
  const canvas = sharp({ create: { width: side, height: side, channels: 3, background: oneOf(random, papers.slice(0, 2)) } });
  return sharp(
    await canvas
      .composite([{ input, gravity: 'center' }])
      .png()
      .toBuffer(),
  );
}

const plain =
  (make: (random: RandomStream) => Sharp): FaultMaker =>
  (random) =>
    Promise.resolve(make(random));

const makers = {
  diagram: plain(diagram),
  page: plain(page),
  logo: plain(logo),
  gradient: plain(gradient),
  texture,
  collage,
  'cut-out': cutOut,
};
export type FaultKind = keyof typeof makers;
export const faultKinds = Object.keys(makers) as readonly FaultKind[];

/** The bytes of a jpeg with a fault of its own. */
export async function faultOf(kind: FaultKind, random: RandomStream, pictures: readonly string[]): Promise<Uint8Array> {
  const picture = await makers[kind](random, pictures);
  return picture.jpeg({ quality: 80 + random.integer(18) }).toBuffer();
}
