import { createHash } from 'node:crypto';
import { randomStream } from '../src/core/random.js';
import type { NewItem } from '../src/catalogue/types.js';

const classes = ['galaxy', 'nebula', 'planet', 'asteroid', 'comet', 'star'] as const;
const centres = ['JPL', 'GSFC', 'ESA', 'STScI', 'ESO', 'NOIRLab'] as const;
const sources = ['nasa', 'nasa', 'nasa', 'nasa', 'nasa', 'apod', 'urls', 'archive'] as const;

/** Words that such texts consist of, the frequent ones first. */
const common =
  'the of and in a is to this from by with image for that at was are its on as space telescope it mission view which surface NASA spacecraft planet galaxy taken stars light'.split(
    ' ',
  );
const usual =
  'spiral nebula comet asteroid dust rings crater ultraviolet infrared orbit camera images observed bright dark cloud gas cluster Saturn Jupiter Mars Venus Mercury Hubble Cassini Voyager Spitzer Chandra wide field color composite false resolution kilometers miles across located distant light-years constellation Andromeda Orion tail nucleus supernova remnant formation massive young old magnetic atmosphere storm clouds ice water volcanic plains ridges equator north south pole left right shows showing captured acquired released combined data wavelengths visible emission region interstellar radiation hot cold hydrogen oxygen'.split(
    ' ',
  );
const syllables = [
  'ar',
  'be',
  'cor',
  'dan',
  'el',
  'fi',
  'gon',
  'hal',
  'is',
  'ju',
  'ka',
  'lor',
  'me',
  'nu',
  'or',
  'pal',
  'qui',
  'ro',
  'sta',
  'tor',
];

/**
 * Items like those of an archive of astronomical pictures, the same for the same seed: titles of 3 to 9 words, descriptions of 20 to 60, from a vocabulary
 * of about 8,000 whose frequencies fall as in texts (Zipf), keywords, dates, credit, and a label by a search; one in eight also has one by a rule.
 */
export function* makeItems(count: number, seed = 1): Generator<NewItem> {
  const random = randomStream(seed, 'catalogue-items');
  const below = (end: number): number => Math.floor(random.uniform() * end);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const rare = (): string => {
    const index = Math.floor(8000 ** random.uniform());
    return `${syllables[index % 20] ?? ''}${syllables[Math.floor(index / 20) % 20] ?? ''}${syllables[Math.floor(index / 400)] ?? ''}`;
  };
  const word = (): string => {
    const kind = random.uniform();
    return kind < 0.45 ? pick(common) : kind < 0.85 ? pick(usual) : rare();
  };
  const words = (least: number, most: number): string => Array.from({ length: least + below(most - least + 1) }, word).join(' ');
  for (let index = 0; index < count; index++) {
    const hash = createHash('sha256').update(`${seed}/${index}`).digest('hex');
    const about = pick(classes);
    const source = pick(sources);
    const day = new Date(Date.UTC(1990, 0, 1) + 86_400_000 * below(13_000)).toISOString();
    const search = { kind: 'label', class: about, origin: 'search', by: `search:${about}`, confidence: undefined } as const;
    const rule = { kind: 'label', class: pick(classes), origin: 'keyword', by: 'keywords', confidence: 0.8 } as const;
    yield {
      hash,
      bytes: 20_000 + below(4_000_000),
      format: 'jpeg',
      width: 320 + below(4000),
      height: 240 + below(3000),
      perceptual: hash.slice(0, 16),
      source,
      sourceId: `PIA${String(index).padStart(8, '0')}`,
      url: `https://images-assets.example/image/PIA${index}/PIA${index}~large.jpg`,
      title: words(3, 9),
      description: `${words(20, 60)}.`,
      keywords: Array.from({ length: below(6) }, () => pick(usual)),
      date: source === 'nasa' ? day : day.slice(0, 10),
      credit: `NASA/${pick(centres)}`,
      copyright: undefined,
      licence: undefined,
      fetchedAt: day,
      labels: index % 8 === 0 ? [search, rule] : [search],
    };
  }
}
