import { MessierError } from '../../core/errors.js';

/** A class to collect, and what it is searched by. */
export interface NasaClass {
  readonly class: string;
  /** In order of trust. */
  readonly terms: readonly string[];
}

/**
 * Terms for the six classes. The name of a class alone finds people, rockets and artist's concepts first (of the first hundred answers to
 * "stars", 93 show an evening in a lecture hall), so it stands last; before it come kinds and objects that instruments take pictures of.
 */
export const nasaTerms: Readonly<Record<string, readonly string[]>> = {
  asteroid: [
    'asteroid Bennu',
    'asteroid Eros NEAR Shoemaker',
    'asteroid Vesta Dawn',
    'asteroid Ida Galileo',
    'asteroid radar',
    'asteroid',
  ],
  comet: ['comet nucleus', 'comet Hubble', 'comet Churyumov-Gerasimenko', 'comet tail', 'comet Tempel', 'comet WISE', 'comet'],
  galaxy: [
    'spiral galaxy',
    'elliptical galaxy',
    'barred spiral',
    'interacting galaxies',
    'dwarf galaxy',
    'galaxy GALEX',
    'galaxy',
  ],
  nebula: ['planetary nebula', 'emission nebula', 'reflection nebula', 'supernova remnant', 'nebula Spitzer', 'nebula'],
  planet: [
    ...['Jupiter Hubble', 'Saturn Cassini', 'Mercury MESSENGER', 'Uranus', 'Neptune', 'Jupiter Voyager', 'Venus', 'Mars Hubble'],
    'planet',
  ],
  star: ['globular cluster', 'open cluster', 'star cluster', 'star field', 'stars Hubble', 'variable star', 'star'],
};

const longest = { class: 200, term: 200 } as const;

/**
 * Classes as a command line names them, separated by commas: `galaxy` with the terms of the table, or by its name where the table has none;
 * `star=star cluster|open cluster` with terms of one's own.
 *
 * @throws MessierError `nasa/classes`.
 *
 * @example
 * parseNasaClasses('galaxy,star=star cluster'); // [{ class: 'galaxy', terms: ['spiral galaxy', ...] }, { class: 'star', terms: ['star cluster'] }]
 */
export function parseNasaClasses(text: string): readonly NasaClass[] {
  const found = new Map<string, NasaClass>();
  for (const part of text.split(',')) {
    const [head = '', ...rest] = part.split('=');
    const name = head.trim();
    const own = rest
      .join('=')
      .split('|')
      .map((term) => term.trim());
    const terms = rest.length > 0 ? own : (Object.hasOwn(nasaTerms, name) && nasaTerms[name]) || [name];
    if (name === '' || terms.includes('')) throw wrong(`"${part.trim()}" received`);
    if (name.length > longest.class || terms.some((term) => term.length > longest.term))
      throw wrong(`${part.length} characters received`);
    if (found.has(name)) throw wrong(`"${name}" received twice`);
    found.set(name, { class: name, terms });
  }
  return [...found.values()];
}

function wrong(received: string): MessierError {
  const rule = 'classes separated by commas expected, each with terms of search or without, of at most 200 characters';
  return new MessierError('nasa/classes', `--classes: ${rule}; ${received}. For example galaxy,star=star cluster|open cluster.`);
}
