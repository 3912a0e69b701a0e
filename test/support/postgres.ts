/** A PostgreSQL server of the tests' own, from the system's binaries, in a temporary folder. */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

export interface PostgresServer {
  /** `host:port`. */
  readonly host: string;
  readonly user: string;
  readonly password: string;
  /** Folder of the programs: psql and others. */
  readonly binaries: string;
  readonly url: (database: string) => string;
  /** Makes an empty database and gives its URL. */
  readonly createDatabase: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** The newest PostgreSQL of the system; `undefined`, with a word on the console, where there is none and tests are to be skipped. In CI that is an error. */
export function findPostgres(): string | undefined {
  const folder = '/usr/lib/postgresql';
  const versions = existsSync(folder) ? readdirSync(folder).sort((a, b) => Number(b) - Number(a)) : [];
  const found = [...versions.map((version) => join(folder, version, 'bin')), ...(process.env['PATH'] ?? '').split(':')].find(
    (path) => existsSync(join(path, 'initdb')) && existsSync(join(path, 'postgres')),
  );
  if (found !== undefined) return found;
  const message = `No PostgreSQL server is installed: ${folder}/*/bin and PATH have no initdb. scripts/ci-install.sh installs Debian's.`;
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`Skipped. ${message}`);
  return undefined;
}

/**
 * Starts a server that ends with this process, however that ends: a shell holds it, waits for its own input to close, then stops it and removes the folder.
 * `durable`: with the settings of an installed one; otherwise nothing waits for the disk.
 */
export async function startPostgres(
  binaries: string,
  { durable = false }: { readonly durable?: boolean } = {},
): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'messier-postgres-'));
  const as = await serverUser();
  if (as) await chown(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const user = 'messier';
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password);
  if (as) await chown(passwordFile, as.uid, as.gid);
  const initialise = [
    '-D',
    data,
    '-U',
    user,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  ];
  await run(join(binaries, 'initdb'), initialise, { ...as, cwd: folder });
  const port = await freePort();
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'log_min_messages=warning',
  ];
  if (!durable) settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off');
  const holder = spawn(
    'sh',
    [
      '-c',
      'folder=$1; shift; "$@" & server=$!; (while kill -0 $server 2>/dev/null; do sleep 1; done; kill $$ 2>/dev/null) & cat >/dev/null; kill -INT $server; wait $server; rm -rf "$folder"',
      'sh',
      folder,
      join(binaries, 'postgres'),
      '-D',
      data,
      ...settings.flatMap((setting) => ['-c', setting]),
    ],
    { ...as, cwd: folder, stdio: ['pipe', 'ignore', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => holder.once('exit', () => resolve()));
  const said: string[] = [];
  createInterface({ input: holder.stderr }).on('line', (line) => said.push(line));
  const url = (database: string): string => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
  await untilReady(url('postgres'), () => (holder.exitCode === null ? undefined : said.join('\n')));
  let count = 0;
  const createDatabase = async (): Promise<string> => {
    const name = `catalogue_${++count}`;
    await query(url('postgres'), `create database ${name}`);
    return url(name);
  };
  const stop = async (): Promise<void> => {
    holder.stdin.end();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  return { host: `127.0.0.1:${port}`, user, password, binaries, url, createDatabase, stop };
}

/** One statement over a connection of its own. */
export async function query(url: string, statement: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

async function untilReady(url: string, failure: () => string | undefined): Promise<void> {
  for (;;) {
    const failed = failure();
    if (failed !== undefined) throw new Error(`PostgreSQL ended at its start:\n${failed}`);
    try {
      await query(url, 'select 1');
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
}

/** PostgreSQL refuses to run as root. */
async function serverUser(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
      });
    });
  });
}
