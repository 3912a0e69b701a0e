/** Planes (3, side, side) of a pixel cache whose gray levels a function gives. */
export function grayPlanes(side: number, level: (x: number, y: number) => number): Uint8Array {
  const planes = new Uint8Array(3 * side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const value = Math.max(0, Math.min(255, Math.round(level(x, y))));
      for (let channel = 0; channel < 3; channel++) planes[(channel * side + y) * side + x] = value;
    }
  }
  return planes;
}

/** Places that look random, always the same: mulberry32. */
export function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A scene of soft spots on a dark sky, in [0, 1] coordinates. */
export function spots(seed: number, count = 14): (x: number, y: number) => number {
  const random = noise(seed);
  const all = Array.from({ length: count }, () => ({
    x: random(),
    y: random(),
    size: 0.02 + 0.08 * random(),
    level: 60 + 190 * random(),
  }));
  return (x, y) =>
    all.reduce((sum, spot) => sum + spot.level * Math.exp(-((x - spot.x) ** 2 + (y - spot.y) ** 2) / (2 * spot.size ** 2)), 12);
}
