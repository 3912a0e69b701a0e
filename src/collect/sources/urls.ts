/** A file of addresses as a source. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { MessierError } from '../../core/errors.js';
import type { Fetcher } from '../http/types.js';
import type { Offer, Source } from '../source.js';
import { askForPicture } from './ask.js';
import { isoDate, keywordList, plainText, seen, textLimits } from './plain-text.js';
import { Hosts } from './urls-hosts.js';
import { listedLines, longestLine, type ListedLine } from './urls-lines.js';

/** Names of columns, best first; case and anything but letters do not count. */
const usual = {
  url: ['url', 'imageurl', 'mediaurl', 'address', 'link', 'href'],
  class: ['label', 'class', 'category'],
  title: ['title', 'name'],
  description: ['description', 'caption', 'explanation', 'text'],
  keywords: ['keywords', 'tags'],
  date: ['date', 'datecreated', 'created'],
  credit: ['credit', 'photographer', 'author'],
  copyright: ['copyright'],
  licence: ['licence', 'license'],
  id: ['id', 'sourceid', 'objid'],
} as const;
type Field = keyof typeof usual;

const longestAddress = 8192;
const longestName = 200;

/**
 * The addresses of a text file, one a line (`#` begins a comment), or of a table with the column url and, where it has them, label (or class), title,
 * description, keywords, date, credit, copyright, licence, id; known by their names. Read line by line: a million of them take no more
 * memory than the fingerprints that find repetitions.
 *
 * A picture's name is its address, or with a column id the file's name and the id. Its label is of origin `folder`, said by the file. Lines are
 * refused one by one, with their number: `urls/address`, `urls/line` (broken, too long), `urls/label`, `urls/duplicate`. The same picture
 * with another label is offered again with that one. A host that fails five times in a row is not asked any more (`urls/unreachable`, which the next
 * call asks for again, as for a page in place of a picture, `urls/page`); where twenty fail and none answers, reading throws `collect/unreachable`.
 *
 * @throws MessierError from `offers`: `urls/columns` for a table without addresses, `urls/empty`, and what reading the file throws.
 *
 * @example
 * await collect(urlsSource(fetcher, 'comets.csv'), { catalogue, blobs });
 */
export function urlsSource(fetcher: Fetcher, path: string): Source {
  const file = basename(path);
  return {
    name: 'urls',
    async *offers({ signal, wanted }) {
      const seenBefore = new Repetitions();
      const hosts = new Hosts();
      let read: ((line: ListedLine) => Entry) | undefined;
      for await (const line of listedLines(path, (columns) => columnOf(columns, 'url') !== undefined, signal)) {
        signal?.throwIfAborted();
        // A row with another number of fields says nothing of the columns.
        if (line.cells) read ??= readerOf(Object.keys(line.cells), path, file);
        const offer = offerOf(
          line,
          read,
          seenBefore,
          (url, ...how) => hosts.ask(url, () => askForPicture(fetcher, url, ...how)),
          file,
        );
        const [label] = offer.labels;
        if (wanted(label?.class ?? '') || offer.isRefused) yield offer;
      }
      if (!seenBefore.hasLines)
        throw new MessierError('urls/empty', `"${path}" holds no address: one a line, or a column url expected.`);
    },
  };
}

/** What a line says, checked. */
interface Entry {
  readonly sourceId: string;
  readonly url: string;
  readonly class: string | undefined;
  readonly text: (field: Field) => string;
}

/** Asks for the picture at an address. */
type Ask = (url: string, ...how: Parameters<Offer['read']>) => ReturnType<Offer['read']>;

type ListedOffer = Offer & { readonly isRefused: boolean };

function offerOf(
  line: ListedLine,
  read: ((line: ListedLine) => Entry) | undefined,
  seenBefore: Repetitions,
  ask: Ask,
  file: string,
): ListedOffer {
  const place = `${file}:${line.line}`;
  try {
    seenBefore.hasLines = true;
    if (!line.cells || !read) {
      const rule = `as many fields as the header has, and at most ${longestLine} characters, expected`;
      throw new MessierError('urls/line', `${place}: ${rule}, ${seen(line.text)} received.`);
    }
    const entry = read(line);
    const earlier = seenBefore.of(entry, line.line);
    if (earlier !== undefined) throw new MessierError('urls/duplicate', `${place}: ${earlier}.`);
    return { ...picture(entry, ask, file), isRefused: false };
  } catch (error) {
    if (!(error instanceof MessierError)) throw error;
    // With the text in it, a line that was mended has another name.
    return {
      sourceId: `${place}: ${plainText(line.text, 100)}`,
      labels: [],
      read: () => Promise.reject(error),
      isRefused: true,
    };
  }
}

function picture({ sourceId, url, class: name, text }: Entry, ask: Ask, file: string): Offer {
  const line = (field: Field) => plainText(text(field), textLimits.line) || undefined;
  return {
    sourceId,
    url,
    title: plainText(text('title'), textLimits.title) || undefined,
    description: plainText(text('description'), textLimits.description) || undefined,
    keywords: keywordList(text('keywords').replaceAll('|', ',')),
    date: isoDate(text('date')),
    credit: line('credit'),
    copyright: line('copyright'),
    licence: line('licence'),
    labels: name === undefined ? [] : [{ kind: 'label', class: name, origin: 'folder', by: file, confidence: undefined }],
    read: (...how) => ask(url, ...how),
  };
}

/** The column of a field by its name. */
function columnOf(columns: readonly string[], field: Field): string | undefined {
  const plain = columns.map((column) => column.toLowerCase().replace(/[^a-z]/g, ''));
  const at = usual[field].map((name) => plain.indexOf(name)).find((place) => place >= 0);
  return at === undefined ? undefined : columns[at];
}

/** @throws MessierError `urls/columns`. */
function readerOf(columns: readonly string[], path: string, file: string): (line: ListedLine) => Entry {
  const places = new Map((Object.keys(usual) as Field[]).map((field) => [field, columnOf(columns, field)]));
  if (places.get('url') === undefined) {
    const has = columns.slice(0, 20).map((column) => plainText(column, 60));
    throw new MessierError('urls/columns', `"${path}" has no column url; it has: ${has.join(', ')}.`);
  }
  return ({ line, cells = {} }) => {
    const text = (field: Field): string => cells[places.get(field) ?? ''] ?? '';
    const url = addressOf(text('url'), `${file}:${line}`);
    const name = text('class');
    if (name.length > longestName || plainText(name, longestName) !== name) {
      const rule = `a label of at most ${longestName} plain characters expected`;
      throw new MessierError('urls/label', `${file}:${line}: ${rule}, ${seen(name)} received.`);
    }
    const id = plainText(text('id'), longestName);
    return { sourceId: id === '' ? url : `${file}:${id}`, url, class: name === '' ? undefined : name, text };
  };
}

function addressOf(text: string, place: string): string {
  const isGood = text.length <= longestAddress && !text.includes('\ufffd') && /^https?:\/\//i.test(text) && URL.canParse(text);
  if (!isGood) {
    const rule = `an http or https address of at most ${longestAddress} characters expected`;
    throw new MessierError('urls/address', `${place}: ${rule}, ${seen(text)} received.`);
  }
  const url = new URL(text);
  url.hash = '';
  return url.href;
}

/** Lines that were there before, by fingerprints of 96 bits. */
class Repetitions {
  hasLines = false;
  private readonly lines = new Map<string, number>();
  private readonly addresses = new Map<string, string>();

  /** @returns What is wrong with a line after those before. */
  of({ sourceId, url, class: name = '' }: Entry, line: number): string | undefined {
    const whole = fingerprint([sourceId, url, name]);
    const earlier = this.lines.get(whole);
    if (earlier !== undefined) return `the same as line ${earlier}`;
    this.lines.set(whole, line);
    if (sourceId === url) return undefined;
    const [who, where] = [fingerprint([sourceId]), fingerprint([url])];
    const known = this.addresses.get(who);
    if (known !== undefined && known !== where) return 'an earlier line has this id with another address';
    this.addresses.set(who, where);
    return undefined;
  }
}

/** Twelve characters: longer ones that are cut out of a text would keep it in memory. */
const fingerprint = (parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('binary').slice(0, 12);
