import { MessierError } from '../../core/errors.js';
import { seen } from './plain-text.js';

/** Sizes that the library keeps of a picture, smallest first; longest sides of about 640, 640, 1280 and 1920 pixels, and as it was. */
export const nasaSizes = ['thumb', 'small', 'medium', 'large', 'orig'] as const;
export type NasaSize = (typeof nasaSizes)[number];

/** Where the library answers, and where its files lie. */
const api = 'https://images-api.nasa.gov';
const assetHost = 'images-assets.nasa.gov';
const ownHosts = [assetHost, 'images-api.nasa.gov'];

/**
 * Addresses of the library. A mirror that the user names (`MESSIER_NASA_API`) stands for both of its hosts: the searches, and the files, whose
 * addresses the answers spell out with the other host.
 */
export class NasaAddresses {
  private readonly base: string;

  /** @throws MessierError `collect/origin` for a mirror that is no http or https address. */
  constructor(private readonly mirror?: string) {
    if (mirror !== undefined && !(/^https?:\/\//i.test(mirror) && URL.canParse(mirror))) {
      throw new MessierError('collect/origin', `MESSIER_NASA_API: an http or https address expected, "${mirror}" received.`);
    }
    this.base = (mirror ?? api).replace(/\/+$/, '');
  }

  search(parameters: Readonly<Record<string, string | number | undefined>>): string {
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) given.set(name, String(value));
    return `${this.base}/search?${given.toString()}`;
  }

  /** Of the list of a picture's files, for items that don't say where theirs is. */
  manifest(id: string): string {
    return `${this.base}/asset/${encodeURIComponent(id)}`;
  }

  /**
   * A file's address as the answers spell it, which may be over http and hold spaces, `#` and stray `%`, as one that can be asked for.
   *
   * @throws MessierError `nasa/address`.
   */
  file(href: string): string {
    const url = new URL(this.published(href));
    return this.mirror !== undefined && ownHosts.includes(url.hostname) ? this.base + url.pathname + url.search : url.href;
  }

  /**
   * The address at which the library publishes a file, whoever mirrors it.
   *
   * @throws MessierError `nasa/address`.
   */
  published(href: string): string {
    const escaped = href
      .trim()
      .replace(/%(?![0-9a-f]{2})/gi, '%25')
      .replaceAll('#', '%23');
    const url = URL.canParse(escaped, `https://${assetHost}`) ? new URL(escaped, `https://${assetHost}`) : undefined;
    if (!url || !/^https?:$/.test(url.protocol)) {
      throw new MessierError(
        'nasa/address',
        `An http or https address expected, ${seen(href)} received. The picture is left out.`,
      );
    }
    if (ownHosts.includes(url.hostname)) url.protocol = 'https:';
    return url.href;
  }
}

/** Sizes in the order they are taken: the wanted one, else the next larger, else the next smaller; `thumb` only where it is asked for. */
export function sizeOrder(wanted: NasaSize): readonly NasaSize[] {
  const at = nasaSizes.indexOf(wanted);
  const smaller = nasaSizes.slice(0, at).reverse();
  return [...nasaSizes.slice(at), ...smaller].filter((size) => size !== 'thumb' || wanted === 'thumb');
}

interface File {
  readonly href: string;
  readonly size: NasaSize;
  /** Formats of many megabytes or many frames are the last resort: 1. */
  readonly rank: number;
}

/**
 * Addresses of a picture's files, best first: JPEG, PNG and WebP before TIFF and GIF, and among these by {@link sizeOrder}. What is no picture
 * is left out.
 *
 * @example
 * chooseFiles(['a~orig.tif', 'a~large.jpg', 'a~thumb.jpg', 'metadata.json'], 'orig'); // ['a~large.jpg', 'a~orig.tif']
 */
export function chooseFiles(hrefs: readonly string[], wanted: NasaSize): readonly string[] {
  const order = sizeOrder(wanted);
  const files = [...new Set(hrefs)].flatMap((href): File[] => {
    const parts = /(?:~(thumb|small|medium|large|orig))?\.(jpe?g|png|webp|tiff?|gif)$/i.exec(href.trim());
    if (!parts) return [];
    const name = parts[1]?.toLowerCase();
    // A file without a size in its name is the picture as it was.
    const size = nasaSizes.find((one) => one === name) ?? 'orig';
    return order.includes(size) ? [{ href, size, rank: /^[tg]i/i.test(parts[2] ?? '') ? 1 : 0 }] : [];
  });
  return files.sort((a, b) => a.rank - b.rank || order.indexOf(a.size) - order.indexOf(b.size)).map(({ href }) => href);
}

/** Whether the first of these files is of the wanted size: then a list of all files can bring no better one. */
export function hasSize(files: readonly string[], wanted: NasaSize): boolean {
  return new RegExp(`~${wanted}\\.(?:jpe?g|png|webp)$`, 'i').test(files[0]?.trim() ?? '');
}
