import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Replay } from '../../../test/support/replay/server.js';
import { createFetcher } from '../http/fetcher.js';
import type { Offer } from '../source.js';
import { urlsSource } from './urls.js';

let folder: string;
let replay: Replay;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messier-urls-'));
  replay = await Replay.start({ real: false, perClass: 1, side: 200 });
});
afterAll(async () => {
  await replay.close();
  await rm(folder, { recursive: true });
});

async function offersOf(content: string | Uint8Array, name = 'list.txt', wanted = (_: string) => true): Promise<Offer[]> {
  const path = join(folder, name);
  await writeFile(path, content);
  const fetcher = createFetcher({ named: [replay.origin], rate: 10_000, attempts: 2, backoff: 1 });
  const offers: Offer[] = [];
  for await (const offer of urlsSource(fetcher, path).offers({ wanted })) offers.push(offer);
  return offers;
}
const problemOf = (offer: Offer) =>
  offer.read(undefined).then(
    () => 'read',
    (error: unknown) => `${(error as { code: string }).code} ${String(error)}`,
  );
const ids = (offers: readonly Offer[]) => offers.map(({ sourceId }) => sourceId);

describe('a list of addresses', () => {
  it('has one a line, with comments, whatever the ends of lines', async () => {
    const text = '\ufeffhttps://a.org/1.jpg\r\n# a comment\n\n  http://a.org/2 3.jpg#part \rhttps://a.org/ü.jpg';
    const expected = ['https://a.org/1.jpg', 'http://a.org/2%203.jpg', 'https://a.org/%C3%BC.jpg'];
    const offers = await offersOf(text);
    expect(ids(offers)).toEqual(expected);
    expect(offers.map(({ url }) => url)).toEqual(expected);
    expect(offers.every(({ labels }) => labels.length === 0)).toBe(true);
    expect(ids(await offersOf(Buffer.from(text, 'utf16le')))).toEqual(expected);
  });

  it('gives the pictures', async () => {
    const [held] = replay.library.items;
    const [good, dead, page] = await offersOf(
      `${replay.origin}/image/${held!.id}/${held!.id}~orig.jpg\n${replay.origin}/none.jpg\n${replay.origin}/image/${held!.id}/${held!.id}~thumb.jpg`,
    );
    expect((await good!.read(undefined)).bytes.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
    expect(await problemOf(dead!)).toMatch(/^collect\/http/);
    replay.failAlways('~thumb', 'html');
    expect(await problemOf(page!)).toMatch(/^urls\/page.*a page of HTML came, 3 times/);
  });

  it('has bad lines, refused by their number', async () => {
    const lines = [
      'nonsense',
      'https://a.org/1.jpg',
      'ftp://a.org/1.jpg',
      'https://',
      'https://a.org/1.jpg',
      `https://a.org/${'x'.repeat(9000)}`,
      'file:///etc/passwd',
      'https://a.org/\0\x1b[31m.jpg',
    ];
    const offers = await offersOf(lines.join('\n'));
    const problems = await Promise.all(offers.filter((_, at) => at !== 1 && at !== 7).map(problemOf));
    for (const [at, number] of [1, 3, 4, 5, 6, 7].entries()) expect(problems[at]).toContain(`list.txt:${number}: `);
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'urls/address',
      'urls/address',
      'urls/address',
      'urls/duplicate',
      'urls/address',
      'urls/address',
    ]);
    expect(problems[3]).toContain('the same as line 2');
    expect(new Set(ids(offers)).size).toBe(8);
    expect(ids(offers).join('')).not.toMatch(/\p{Cc}/u);
  });

  it('may have a line of megabytes', async () => {
    const offers = await offersOf(`https://a.org/1.jpg\n${'y'.repeat(3 * 2 ** 20)}\nhttps://a.org/2.jpg\n`);
    expect(offers.map(({ sourceId }) => sourceId.slice(0, 19))).toEqual([
      'https://a.org/1.jpg',
      expect.stringContaining('list.txt:2'),
      'https://a.org/2.jpg',
    ]);
    expect(await problemOf(offers[1]!)).toMatch(/^urls\/line/);
  });

  it('is an error where there is nothing in it, or no file', async () => {
    await expect(offersOf('# nothing\n\n')).rejects.toMatchObject({ code: 'urls/empty' });
    await expect(offersOf('', 'empty.csv')).rejects.toMatchObject({ code: 'urls/empty' });
    const fetcher = createFetcher();
    const offers = urlsSource(fetcher, join(folder, 'absent.txt')).offers({ wanted: () => true });
    await expect(offers[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'file/absent' });
  });
});

describe('a table of addresses', () => {
  it('says what is known of each picture, by the names of its columns', async () => {
    const [offer] = await offersOf(
      'Image URL;Class;Title;Caption;Keywords;Date;Author;Copyright;License;Other\n' +
        'https://a.org/1.jpg;comet;"A; comet";Its <b>tail</b>;dust|tail, ice;2001-02-03;A. Person;B;CC0;x\n',
      'comets.csv',
    );
    expect(offer).toMatchObject({
      sourceId: 'https://a.org/1.jpg',
      title: 'A; comet',
      description: 'Its tail',
      keywords: ['dust', 'tail', 'ice'],
      date: '2001-02-03',
      credit: 'A. Person',
      copyright: 'B',
      licence: 'CC0',
      labels: [{ kind: 'label', class: 'comet', origin: 'folder', by: 'comets.csv', confidence: undefined }],
    });
  });

  it('is known by its header too; labels may be absent, and classes unwanted', async () => {
    const text = 'label,url\nstar,https://a.org/1.jpg\n,https://a.org/2.jpg\ncomet,https://a.org/3.jpg\n';
    expect((await offersOf(text, 'table.txt')).map(({ labels }) => labels[0]?.class)).toEqual(['star', undefined, 'comet']);
    expect(ids(await offersOf(text, 'table.txt', (name) => name === 'comet'))).toEqual(['https://a.org/3.jpg']);
    expect(ids(await offersOf('url\nhttps://a.org/1.jpg\n', 'table.txt'))).toEqual(['https://a.org/1.jpg']);
    const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le');
    expect(await offersOf(utf16, 'table.csv')).toHaveLength(3);
  });

  it('names pictures by its ids; repetitions are refused, other labels come again', async () => {
    const rows = [
      '7,https://a.org/1.jpg,star',
      '7,https://a.org/1.jpg,comet',
      '7,https://a.org/2.jpg,star',
      '8,https://a.org/1.jpg,star',
      '7,https://a.org/1.jpg,star',
    ];
    const offers = await offersOf(`id,url,label\n${rows.join('\n')}`, 'a.csv');
    expect(ids(offers).slice(0, 2)).toEqual(['a.csv:7', 'a.csv:7']);
    expect(offers[1]?.labels[0]?.class).toBe('comet');
    expect(ids(offers)[3]).toBe('a.csv:8');
    expect(await problemOf(offers[2]!)).toMatch(/^urls\/duplicate.*a\.csv:4: an earlier line has this id with another address/);
    expect(await problemOf(offers[4]!)).toMatch(/^urls\/duplicate.*a\.csv:6: the same as line 2/);
  });

  it('has broken rows, refused by their number', async () => {
    const offers = await offersOf(
      `url,label\nhttps://a.org/1.jpg\nhttps://a.org/2.jpg,star,x\nhttps://a.org/3.jpg,${'l'.repeat(201)}\nhttps://a.org/4.jpg,ok`,
      'b.csv',
    );
    const problems = await Promise.all(offers.slice(0, 3).map(problemOf));
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['urls/line', 'urls/line', 'urls/label']);
    for (const [at, problem] of problems.entries()) expect(problem).toContain(`b.csv:${at + 2}`);
    expect(offers[3]?.sourceId).toBe('https://a.org/4.jpg');
  });

  it('needs a column of addresses and quotes that are closed', async () => {
    await expect(offersOf('file,label\na.jpg,star\n', 'c.csv')).rejects.toMatchObject({
      code: 'urls/columns',
      message: expect.stringContaining('file, label') as string,
    });
    await expect(offersOf(`url,title\nhttps://a.org/1.jpg,"${'x'.repeat(2 ** 21)}`, 'd.csv')).rejects.toMatchObject({
      code: 'csv/format',
    });
    const offers = await offersOf('__proto__,url,constructor\nx,https://a.org/1.jpg,y\n', 'e.csv');
    expect(ids(offers)).toEqual(['https://a.org/1.jpg']);
  });
});

describe('hosts that are gone', () => {
  /** Nothing listens at these. */
  const gone = Array.from({ length: 20 }, (_, at) => `http://127.0.0.1:${at + 1}`);

  const codesOf = async (lines: readonly string[]): Promise<readonly string[]> => {
    const path = join(folder, 'gone.txt');
    await writeFile(path, lines.join('\n'));
    const fetcher = createFetcher({ named: [replay.origin, ...gone], rate: 10_000, attempts: 2, backoff: 1 });
    const codes: string[] = [];
    for await (const offer of urlsSource(fetcher, path).offers({ wanted: () => true })) codes.push(await problemOf(offer));
    codes.push(`${fetcher.used} requests`);
    return codes;
  };

  it('are left alone after five failures, and the rest of the list comes', async () => {
    const there = `${replay.origin}/image/REPLAY-comet-00000/REPLAY-comet-00000~orig.jpg`;
    const codes = await codesOf([...Array.from({ length: 9 }, (_, at) => `${gone[0]}/${at}.jpg`), there]);
    expect(codes.slice(0, 9).every((code) => code.startsWith('urls/unreachable'))).toBe(true);
    expect(codes[4]).toContain('ECONNREFUSED');
    expect(codes[5]).toContain('"127.0.0.1:1" has failed 5 times in a row');
    expect(codes.slice(9)).toEqual(['read', '11 requests']);
  });

  it('and those that refuse five in a row are left alone too', async () => {
    replay.failAlways('/closed', 'forbidden');
    const codes = await codesOf(Array.from({ length: 7 }, (_, at) => `${replay.origin}/closed/${at}.jpg`));
    const [forbidden, left] = ['urls/forbidden', 'urls/unreachable'];
    expect(codes.map((code) => code.split(' ')[0])).toEqual([...Array.from({ length: 5 }, () => forbidden), left, left, '5']);
  });

  it('end the collection where there is no other', async () => {
    const codes = await codesOf(gone.map((host) => `${host}/1.jpg`));
    expect(codes.map((code) => code.split(' ')[0])).toEqual([
      ...gone.slice(1).map(() => 'urls/unreachable'),
      'collect/unreachable',
      '40',
    ]);
  });
});
