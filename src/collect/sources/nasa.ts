/** The NASA Image and Video Library as a source. */
import type { NewLabel } from '../../catalogue/types.js';
import { MessierError } from '../../core/errors.js';
import type { Held } from '../byte-room.js';
import type { Fetcher } from '../http/types.js';
import type { Offer, Source } from '../source.js';
import { askFor, askForPicture } from './ask.js';
import { readManifest, type NasaEntry } from './nasa-answers.js';
import { chooseFiles, hasSize, NasaAddresses, type NasaSize } from './nasa-assets.js';
import type { NasaClass } from './nasa-classes.js';
import { searchTerms, type NasaFilter, type NasaResult } from './nasa-search.js';
import { namedIn, notSky, skyRule, type SkyRule } from './sky-words.js';

/** What is collected. */
export interface NasaOptions extends NasaFilter {
  readonly classes: readonly NasaClass[];
  /** Of the files; `medium` (1280 pixels) unless told. Where a picture has no such file, the next larger, else the next smaller one. */
  readonly size?: NasaSize | undefined;
  /** Refuses what by its words shows people, hardware, ground, drawings or other objects; else it comes last, where a class is not full without it. */
  readonly skyOnly?: boolean | undefined;
  /** Address of a service that stands for the library's; the environment's `MESSIER_NASA_API` unless told. */
  readonly mirror?: string | undefined;
}

const guidelines = 'https://www.nasa.gov/nasa-brand-center/images-and-media/';
const licences = {
  own: `NASA media usage guidelines: generally not subject to copyright in the United States (${guidelines})`,
  third: `Rights of a third party, whose permission is needed (${guidelines})`,
} as const;

/** Centres whose pictures show hardware, buildings and events. A comet over a launch pad is one of the sky all the same. */
const groundCenters = new Set(['AFRC', 'DFRC', 'GRC', 'HQ', 'KSC', 'LARC', 'LRC', 'SSC', 'WFF']);

/** Files of a picture that are tried where the best of them is gone or too large. */
const mostTried = 4;

/** What another file of the picture may not meet. */
const ofOneFile = new Set(['collect/http', 'collect/forbidden', 'collect/size', 'nasa/address']);

/**
 * Searches NASA's Image and Video Library by the terms of each class. Offers of the classes come in turn, and so do each class's terms, page by
 * page: what is there after an interruption is balanced, and calls that go on find the same order as long as the library has it.
 *
 * Labels: the class, by the term that found the picture (origin `search`); and where title and keywords name one class alone, that one (origin
 * `keyword`), which counts more. What by its words is no picture of the sky comes last, unless `skyOnly` refuses it. What another class finds too is offered again with that label. Refused one by one: `nasa/item` without a
 * name, `nasa/media`, `nasa/not-sky`, `nasa/other-object`, `nasa/no-file`, `nasa/absent`, `collect/answer`, `nasa/address`.
 *
 * A picture costs two requests: the list of its files, and the file. Where the search names the file already, one.
 *
 * @throws MessierError `nasa/classes` without a class, `collect/origin`; from `offers`: `collect/answer`, and what the fetcher throws.
 *
 * @example
 * const source = nasaSource(fetcher, { classes: parseNasaClasses('comet,galaxy'), size: 'small' });
 * await collect(source, { catalogue, blobs, perClass: 1000 });
 */
export function nasaSource(fetcher: Fetcher, options: NasaOptions): Source {
  const { classes, size = 'medium', skyOnly = false, mirror = process.env['MESSIER_NASA_API'] } = options;
  if (classes.length === 0) throw new MessierError('nasa/classes', 'At least one class expected, none received.');
  const library: Library = { fetcher, addresses: new NasaAddresses(mirror || undefined), size };
  const rule = skyRule(new Map(classes.map((one) => [one.class, one.terms])));
  return {
    name: 'nasa',
    async *offers({ signal, wanted }) {
      const said = new Map<string, Set<string>>();
      const searches = classes.map(({ class: name, terms }) => ({
        name,
        results: searchTerms(fetcher, library.addresses, terms, { ...options, signal }),
        /** What is no picture of the sky by its words. */
        held: [] as Offer[],
        isOver: false,
      }));
      const next = async (search: (typeof searches)[number]): Promise<Offer | undefined> => {
        while (wanted(search.name)) {
          const result = await search.results.next();
          if (result.done) {
            const held = search.held.shift();
            if (held && said.get(held.sourceId)?.has(search.name)) continue;
            if (held) said.set(held.sourceId, new Set([...(said.get(held.sourceId) ?? []), search.name]));
            else search.isOver = true;
            return held;
          }
          const { entry, place } = result.value;
          if (entry instanceof MessierError) return refused(place, entry);
          const classesSaid = said.get(entry.id);
          if (classesSaid?.has(search.name)) continue;
          const problem = reasonAgainst(entry, rule, options.center !== undefined);
          if (problem && !skyOnly) {
            search.held.push(offerOf(entry, [searchLabel(result.value, search.name)], library));
            continue;
          }
          const labels = labelsOf(result.value, entry, search.name, rule);
          if (classesSaid) {
            classesSaid.add(search.name);
            // Words that spoke against it do so whoever finds it.
            if (!problem) return offerOf(entry, labels, library);
          } else if (problem || wanted(labels.at(-1)?.class ?? search.name)) {
            said.set(entry.id, new Set([search.name]));
            return problem
              ? { ...offerOf(entry, labels, library), ...refused(entry.id, problem) }
              : offerOf(entry, labels, library);
          }
        }
        return undefined;
      };
      for (let isMoving = true; isMoving;) {
        isMoving = false;
        for (const search of searches) {
          signal?.throwIfAborted();
          const offer = search.isOver ? undefined : await next(search);
          if (!offer) continue;
          isMoving = true;
          yield offer;
        }
      }
    },
  };
}

interface Library {
  readonly fetcher: Fetcher;
  readonly addresses: NasaAddresses;
  readonly size: NasaSize;
}

function searchLabel({ term }: NasaResult, found: string): NewLabel {
  return { kind: 'label', class: found, origin: 'search', by: term, confidence: undefined };
}

/** The last one decides. */
function labelsOf(result: NasaResult, entry: NasaEntry, found: string, rule: SkyRule): readonly NewLabel[] {
  const search = searchLabel(result, found);
  const { only } = namedIn(rule, wordsOf(entry));
  if (only === undefined) return [search];
  return [search, { kind: 'label', class: only, origin: 'keyword', by: 'title and keywords', confidence: undefined }];
}

const wordsOf = ({ title, keywords }: NasaEntry): readonly string[] => [title, ...keywords];

function reasonAgainst(entry: NasaEntry, rule: SkyRule, isCenterAsked: boolean): MessierError | undefined {
  const named = namedIn(rule, wordsOf(entry));
  const kind = notSky(wordsOf(entry), entry.description);
  const isGround = !isCenterAsked && groundCenters.has(entry.center.toUpperCase()) && named.only !== 'comet';
  if (kind !== undefined || isGround) {
    const what = kind ?? `a picture of ${entry.center}, whose pictures show hardware and people`;
    return new MessierError(
      'nasa/not-sky',
      `"${entry.title || entry.id}": by its words ${what}, not the sky. Leave --sky-only out to take it.`,
    );
  }
  if (!named.isElse) return undefined;
  return new MessierError(
    'nasa/other-object',
    `"${entry.title || entry.id}": its words name an object of another class than those asked for.`,
  );
}

function refused(sourceId: string, problem: MessierError): Offer {
  return { sourceId, labels: [], read: () => Promise.reject(problem) };
}

function offerOf(entry: NasaEntry, labels: readonly NewLabel[], library: Library): Offer {
  const { id, title, description, keywords, date, credit, copyright } = entry;
  return {
    sourceId: id,
    url: `https://images.nasa.gov/details/${encodeURIComponent(id)}`,
    title,
    description,
    keywords,
    date,
    credit,
    copyright,
    licence: copyright === undefined ? licences.own : licences.third,
    labels,
    read: (signal, held) => readPicture(entry, library, signal, held),
  };
}

/** The best file that is there. */
async function readPicture(
  { id, files, manifest }: NasaEntry,
  { fetcher, addresses, size }: Library,
  signal: AbortSignal | undefined,
  held: Held | undefined,
): ReturnType<Offer['read']> {
  const tried = new Set<string>();
  let last: MessierError | undefined;
  const tryEach = async (hrefs: readonly string[]) => {
    for (const href of hrefs.slice(0, mostTried)) {
      try {
        const url = addresses.published(href);
        if (tried.has(url)) continue;
        tried.add(url);
        const { bytes } = await askForPicture(fetcher, addresses.file(href), signal, held);
        return { bytes, url };
      } catch (error) {
        if (!(error instanceof MessierError && ofOneFile.has(error.code))) throw error;
        last = error;
      }
    }
    return undefined;
  };
  const known = chooseFiles(files, size);
  const first = hasSize(known, size) ? await tryEach(known) : undefined;
  if (first) return first;
  const address = manifest === undefined ? addresses.manifest(id) : addresses.file(manifest);
  const listed = await askFor(fetcher, address, readManifest, signal);
  const second = await tryEach(chooseFiles(listed, size));
  if (second) return second;
  if (last)
    throw new MessierError('nasa/absent', `"${id}": none of its files can be had. The last: ${last.message}`, { cause: last });
  throw new MessierError(
    'nasa/no-file',
    `"${id}" has no file of a size that is taken; it has ${listed.length} others. Ask for another size.`,
  );
}
