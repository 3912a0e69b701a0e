/** NASA's Image and Video Library as far as collecting pictures needs it: /search, /asset, /image. */
import { drawPicture, pictureSize } from './pictures.js';
import { assetHost, generatedItems, realItems, type Held } from './nasa-items.js';
import { jsonReply, notFound, type Reply } from './reply.js';
import type { ReplayOptions } from './options.js';

/** Search results that the library shows at most. */
const mostResults = 10_000;
const parameters = [
  'q',
  'page',
  'page_size',
  'media_type',
  'year_start',
  'year_end',
  'nasa_id',
  'center',
  'title',
  'keywords',
  'description',
];

/** Longest sides of the smaller files; those as large as the original are left out, as the library does. */
const sizes = { large: 1920, medium: 1280, small: 640, thumb: 160 } as const;

export class Library {
  readonly items: readonly Held[];
  private readonly byId: ReadonlyMap<string, Held>;

  constructor(private readonly options: ReplayOptions) {
    const { perClass = 20, counts = {}, real = true } = options;
    const each = { asteroid: perClass, comet: perClass, galaxy: perClass, nebula: perClass, planet: perClass, star: perClass };
    this.items = [...(real ? realItems() : []), ...generatedItems({ ...each, ...counts })];
    this.byId = new Map(this.items.map((held) => [held.id, held]));
  }

  /** @returns `undefined` where the path is none of the library's. */
  async answer(url: URL): Promise<Reply | undefined> {
    const [, kind, id = '', file = ''] = url.pathname.split('/').map(decoded);
    if (kind === 'search') return this.search(url);
    const held = this.byId.get(id);
    if (kind === 'asset') return held ? jsonReply(this.manifest(held, url)) : notFound;
    if (kind !== 'image') return undefined;
    if (!held) return notFound;
    if (file === 'collection.json') return jsonReply(this.files(held, url.origin));
    if (file === 'metadata.json') return jsonReply({ 'AVAIL:NASAID': held.id, 'AVAIL:Title': held.item.data[0]?.['title'] });
    return this.picture(held, file);
  }

  private search({ searchParams: asked, origin, search }: URL): Reply {
    const unknown = [...asked.keys()].find((name) => !parameters.includes(name));
    if (unknown !== undefined) return jsonReply({ reason: `Invalid search parameter: ${unknown}` }, 400);
    if (asked.size === 0) return jsonReply({ reason: "Expected 'q' text search parameter or other keywords." }, 400);
    const [page, size] = [Number(asked.get('page') ?? 1), Number(asked.get('page_size') ?? 100)];
    if (!Number.isInteger(page) || page < 1 || !Number.isInteger(size) || size < 1 || size > 1000) {
      return jsonReply({ reason: 'page and page_size are whole numbers above 0.' }, 400);
    }
    if ((page - 1) * size >= mostResults) {
      return jsonReply({ reason: 'Maximum number of search results have been displayed. Please refine your search.' }, 400);
    }
    const found = this.items.filter((held) => isAsked(held, asked));
    const address = (other: number): string => {
      const next = new URLSearchParams(search);
      next.set('page', String(other));
      return `${this.options.hrefs === 'own' ? origin : 'http://images-api.nasa.gov'}/search?${next.toString()}`;
    };
    const links = [
      ...(page > 1 ? [{ rel: 'prev', prompt: 'Previous', href: address(page - 1) }] : []),
      ...(page * size < found.length ? [{ rel: 'next', prompt: 'Next', href: address(page + 1) }] : []),
    ];
    const items = found.slice((page - 1) * size, page * size).map(({ item }) => item);
    const metadata = { total_hits: found.length };
    const collection = { version: '1.0', href: address(page), items, metadata, ...(links.length > 0 ? { links } : {}) };
    return this.spelled(jsonReply({ collection }), origin);
  }

  private manifest(held: Held, { origin, pathname }: URL) {
    const href = `${this.options.hrefs === 'own' ? origin : 'https://images-api.nasa.gov'}${pathname}`;
    return { collection: { version: '1.0', href, items: this.files(held, origin).map((file) => ({ href: file })) } };
  }

  /** Addresses as the library spells them: http, and names as they are, spaces included. */
  private files({ id, extension }: Held, origin: string): string[] {
    const { width, height } = this.sizeOf(id);
    const smaller = Object.entries(sizes).filter(([, side]) => side < Math.max(width, height));
    const names = [`${id}~orig.${extension}`, ...smaller.map(([size]) => `${id}~${size}.jpg`), 'metadata.json'];
    return names.map((name) => `${this.options.hrefs === 'own' ? origin : `http://${assetHost}`}/image/${id}/${name}`);
  }

  private async picture({ id, kind, extension }: Held, file: string): Promise<Reply> {
    const size = /~(\w+)\.\w+$/.exec(file)?.[1] ?? '';
    const whole = this.sizeOf(id);
    const side = size in sizes ? sizes[size as keyof typeof sizes] : Infinity;
    const longest = Math.max(whole.width, whole.height);
    const isThere =
      size === 'orig' ? file === `${id}~orig.${extension}` : size in sizes && side < longest && file.endsWith('.jpg');
    if (!isThere) return notFound;
    const scale = Math.min(1, side / longest);
    const shape = { width: Math.round(whole.width * scale), height: Math.round(whole.height * scale) };
    const format = size === 'orig' && extension === 'png' ? 'png' : size === 'orig' && extension === 'tif' ? 'tiff' : 'jpeg';
    const body = await drawPicture(id, kind, shape, format);
    return { status: 200, headers: { 'content-type': `image/${format}`, etag: `"${id.length}-${body.length}"` }, body };
  }

  private sizeOf(id: string) {
    return pictureSize(id, this.options.side ?? 480);
  }

  /** The addresses of the items in the replay's own spelling, where that is asked for. */
  private spelled(reply: Reply, origin: string): Reply {
    if (this.options.hrefs !== 'own') return reply;
    return { ...reply, body: Buffer.from(reply.body.toString().replaceAll(`https://${assetHost}`, origin)) };
  }
}

function isAsked({ item, text }: Held, asked: URLSearchParams): boolean {
  const [data = {}] = item.data;
  const words = (name: string): string[] =>
    (asked.get(name) ?? '')
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
  const year = Number(String(data['date_created']).slice(0, 4));
  const types = asked.get('media_type')?.split(',') ?? [data['media_type']];
  const holds = (name: string): boolean => words(name).every((word) => String(data[name]).toLowerCase().includes(word));
  return (
    words('q').every((word) => text.includes(word)) &&
    types.includes(data['media_type']) &&
    year >= Number(asked.get('year_start') ?? 0) &&
    year <= Number(asked.get('year_end') ?? 9999) &&
    ['nasa_id', 'center', 'title', 'keywords', 'description'].every(holds)
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replace(/%(?![0-9a-f]{2})/gi, '%25'));
  } catch {
    // No UTF-8: the name as it stands.
    return part;
  }
}
