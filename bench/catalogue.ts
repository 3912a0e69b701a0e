/**
 * Taking items into a catalogue, with labels, counts and the words of the text search, beside the shortest way into the same database:
 * `npx tsx bench/catalogue.ts`, `--items 1000000`, `--only sqlite` or `postgres`, `--json` for machines.
 *
 * Peak memory is this process's, its server's and peer's left out. The peers store less: the item's columns with the same indexes and the text search alone, no labels, no names, no counts. SQLite: `executemany` of
 * Python's sqlite3 with its FTS5 doing the words; PostgreSQL: `\copy` of psql with `to_tsvector`. Ours and theirs take turns, batch after batch.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openCatalogue } from '../src/catalogue/open.js';
import type { NewItem } from '../src/catalogue/types.js';
import { findPostgres, query, startPostgres } from '../test/support/postgres.js';
import { makeItems } from './catalogue-items.js';

const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '1000000' },
    batch: { type: 'string', default: '10000' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const count = Number(values.items);
const batch = Number(values.batch);
const folder = await mkdtemp(join(tmpdir(), 'messier-bench-'));

/** What the peer is given: the columns of `items`, tab-separated. */
const columns =
  'hash text, bytes bigint, format text, width bigint, height bigint, perceptual text, source text, source_id text, url text, title text, description text, keywords text, date text, credit text, fetched_at text, class text, review text';
const indexes = [
  'create unique index by_hash on peer (hash)',
  'create index by_kind on peer (class, source, review)',
  'create index by_date on peer (date)',
];

const cells = (item: NewItem): string =>
  [
    item.hash,
    item.bytes,
    item.format,
    item.width,
    item.height,
    item.perceptual,
    item.source,
    item.sourceId,
    item.url,
    item.title,
    item.description,
    item.keywords.join(' '),
    item.date,
    item.credit,
    item.fetchedAt,
    item.labels[0]?.class,
    'open',
  ].join('\t');

const python = `
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.executescript("pragma journal_mode=wal; pragma synchronous=full; pragma cache_size=-65536; pragma wal_autocheckpoint=10000;"
  "create table peer (id integer primary key, ${columns}); ${indexes.join('; ')};"
  "create virtual table peer_words using fts5(words, content='', tokenize='porter unicode61');")
print('ready', flush=True)
next_id = 1
for line in sys.stdin:
    rows = [(i, *row.rstrip('\\n').split('\\t')) for i, row in enumerate(open(line.strip(), encoding='utf-8'), next_id)]
    start = time.perf_counter()
    db.execute('begin immediate')
    db.executemany('insert into peer values (?${',?'.repeat(17)})', rows)
    db.executemany('insert into peer_words(rowid, words) values (?, ?)', [(r[0], r[10] + ' ' + r[11] + ' ' + r[12]) for r in rows])
    db.execute('commit')
    next_id += len(rows)
    print(time.perf_counter() - start, flush=True)
`;

interface Peer {
  readonly name: string;
  /** Takes a file of rows in; seconds. */
  readonly take: (file: string) => Promise<number>;
  readonly end: () => void;
}

async function sqlitePeer(): Promise<Peer> {
  const child = spawn('/usr/bin/python3', ['-c', python, join(folder, 'peer.sqlite')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  const take = async (file: string): Promise<number> => {
    child.stdin.write(`${file}\n`);
    const answer = await lines.next();
    return answer.done === true ? NaN : Number(answer.value);
  };
  return { name: 'sqlite3 executemany', take, end: () => child.stdin.end() };
}

async function postgresPeer(url: string, binaries: string): Promise<Peer> {
  await query(
    url,
    `create table peer (${columns}, words tsvector generated always as
       (to_tsvector('english', title || ' ' || description || ' ' || keywords)) stored);
     ${indexes.join('; ')}; create index by_word on peer using gin (words)`,
  );
  const names = columns.replaceAll(/ (?:text|bigint)/g, '');
  const take = (file: string): Promise<number> => {
    const start = performance.now();
    execFileSync(join(binaries, 'psql'), [url, '-q', '-c', `\\copy peer (${names}) from '${file}'`]);
    return Promise.resolve((performance.now() - start) / 1000);
  };
  return { name: 'psql \\copy', take, end: () => undefined };
}

async function measure(name: string, url: string, peer: Peer) {
  const catalogue = await openCatalogue({ url, home: folder });
  let [ours, theirs, done, slowest, cpu] = [0, 0, 0, 0, 0];
  const items = makeItems(count);
  while (done < count) {
    const some: NewItem[] = [];
    while (some.length < Math.min(batch, count - done)) {
      const next = items.next();
      if (next.done !== true) some.push(next.value);
    }
    const file = join(folder, 'rows.tsv');
    const stream = createWriteStream(file);
    for (const item of some) stream.write(`${cells(item)}\n`);
    stream.end();
    await once(stream, 'close');
    const [start, used] = [performance.now(), process.cpuUsage()];
    await catalogue.add(some);
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(used);
    cpu += user + system;
    ours += seconds;
    slowest = Math.max(slowest, seconds);
    theirs += await peer.take(file);
    done += some.length;
    if (!values.json && done % 100_000 < batch) {
      console.log(
        `${name.padEnd(11)} ${String(done).padStart(8)}  messier ${(done / ours).toFixed(0)} items/s  ${peer.name} ${(done / theirs).toFixed(0)} items/s`,
      );
    }
  }
  const stored = await catalogue.count({});
  if (stored !== count) throw new Error(`${stored} items are stored, not ${count}.`);
  await catalogue.close();
  peer.end();
  return {
    name,
    items: count,
    ours: count / ours,
    peer: count / theirs,
    peerName: peer.name,
    slowestBatchSeconds: slowest,
    ownCpuMicroseconds: cpu / count,
    ratio: theirs / ours,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  };
}

try {
  const results = [];
  if (values.only !== 'postgres') results.push(await measure('SQLite', '', await sqlitePeer()));
  const binaries = values.only === 'sqlite' ? undefined : findPostgres();
  if (binaries !== undefined) {
    const server = await startPostgres(binaries, { durable: true });
    try {
      const url = await server.createDatabase();
      results.push(await measure('PostgreSQL', url, await postgresPeer(await server.createDatabase(), binaries)));
    } finally {
      await server.stop();
    }
  }
  if (values.json) console.log(JSON.stringify(results));
  else console.table(results);
} finally {
  await rm(folder, { recursive: true, force: true });
}
