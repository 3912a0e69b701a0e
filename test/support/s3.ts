import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { refusalOf, type KeyPair } from './sigv4.js';

/** What goes wrong with a request: before the store sees it, or with its answer. */
export type Fault =
  | 'reset'
  | 'stall'
  | 'lose answer'
  | 'cut answer'
  | 'flip a bit'
  | 'drip'
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> };

export interface S3Server {
  readonly endpoint: string;
  readonly keys: KeyPair;
  /** Where the store keeps a bucket's files. */
  readonly folder: (bucket: string) => string;
  /** Requests since the last {@link calm}: `PUT /bucket/key?query`. */
  readonly requests: string[];
  /** Decides what goes wrong, by request and its number since the last {@link calm}. */
  fault: (request: string, index: number) => Fault | undefined;
  /** The server's clock, milliseconds ahead of ours. */
  ahead: number;
  calm(): void;
  /** Unfinished uploads, by key. */
  uploads(bucket: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const keys: KeyPair = { accessKey: 'S3RVER', secretKey: 'S3RVER' };
const region = 'us-east-1';
/** Small, so that tests meet pages. */
const uploadsPerPage = 2;

/**
 * A real S3 server (s3rver, in a process of its own) behind a gate. The gate checks what s3rver leaves unchecked, signatures of version 4 and the hash of the body; answers
 * the two requests that s3rver doesn't know, the list of unfinished uploads and their end, from s3rver's own files; and breaks what `fault` says.
 */
export async function startS3(buckets: readonly string[]): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'messier-s3-'));
  const store = await startStore(folder, buckets);
  const gate = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error instanceof Error ? error : undefined));
  });
  gate.listen(0, '127.0.0.1');
  await once(gate, 'listening');

  const uploadFolder = (bucket: string) => join(folder, bucket, '._S3rver_uploads');
  const uploadsOf = async (bucket: string) => {
    const ids = existsSync(uploadFolder(bucket)) ? (await readdir(uploadFolder(bucket))).sort() : [];
    return Promise.all(
      ids.map(async (id) => ({
        id,
        key: await readFile(join(uploadFolder(bucket), id, 'key'), 'utf8'),
        begun: (await stat(join(uploadFolder(bucket), id, 'key'))).mtime.toISOString(),
      })),
    );
  };

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await readAll(incoming);
    const { method = '', url = '' } = incoming;
    server.requests.push(`${method} ${url}`);
    const fault = server.fault(`${method} ${url}`, server.requests.length - 1);
    if (fault === 'reset') return void incoming.socket.resetAndDestroy();
    if (fault === 'stall') return;
    const now = new Date(Date.now() + server.ahead);
    outgoing.setHeader('date', now.toUTCString());
    outgoing.sendDate = false;
    if (typeof fault === 'object') {
      return void outgoing.writeHead(fault.status, fault.headers).end(method === 'HEAD' ? undefined : fault.body);
    }
    const code = refusalOf({ method, url, headers: incoming.headers, body }, keys, region, now);
    if (code !== undefined) {
      refuse(outgoing, method, code === 'RequestTimeTooSkewed' || code.startsWith('Acc') ? 403 : statusOf(code), code);
      return;
    }

    const { pathname, searchParams: query } = new URL(url, 'http://gate');
    const bucket = pathname.split('/')[1]!;
    const uploadId = query.get('uploadId');
    if (uploadId !== null && !existsSync(join(uploadFolder(bucket), uploadId))) {
      refuse(outgoing, method, 404, 'NoSuchUpload');
      return;
    }
    if (method === 'DELETE' && uploadId !== null) {
      await rm(join(uploadFolder(bucket), uploadId), { recursive: true });
      return void outgoing.writeHead(204).end();
    }
    if (method === 'GET' && query.has('uploads')) {
      const all = (await uploadsOf(bucket)).filter(({ key }) => key.startsWith(query.get('prefix') ?? ''));
      const rest = all.filter(({ id }) => id > (query.get('upload-id-marker') ?? ''));
      return void outgoing.end(uploadsPage(rest.slice(0, uploadsPerPage), rest.length > uploadsPerPage));
    }
    await relay(store.port, { method, url, headers: incoming.headers, body }, outgoing, fault);
  };

  const server: S3Server = {
    endpoint: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`,
    keys,
    folder: (bucket) => join(folder, bucket),
    requests: [],
    fault: () => undefined,
    ahead: 0,
    calm() {
      this.requests.length = 0;
      this.fault = () => undefined;
      this.ahead = 0;
    },
    uploads: async (bucket) => (await uploadsOf(bucket)).map(({ key }) => key),
    async stop() {
      gate.close();
      gate.closeAllConnections();
      await store.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return server;
}

const statusOf = (code: string) => (['InvalidAccessKeyId', 'SignatureDoesNotMatch'].includes(code) ? 403 : 400);

function refuse(outgoing: ServerResponse, method: string, status: number, code: string): void {
  const place = code === 'AuthorizationHeaderMalformed' ? `<Region>${region}</Region>` : '';
  const xml = `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>Refused by the gate</Message>${place}</Error>`;
  outgoing.writeHead(status, { 'content-type': 'application/xml' }).end(method === 'HEAD' ? undefined : xml);
}

function uploadsPage(
  uploads: readonly { readonly id: string; readonly key: string; readonly begun: string }[],
  isTruncated: boolean,
): string {
  const entries = uploads.map(
    ({ id, key, begun }) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${begun}</Initiated></Upload>`,
  );
  const last = uploads.at(-1);
  const next =
    isTruncated && last ? `<NextKeyMarker>${last.key}</NextKeyMarker><NextUploadIdMarker>${last.id}</NextUploadIdMarker>` : '';
  return `<ListMultipartUploadsResult>${next}<IsTruncated>${isTruncated}</IsTruncated>${entries.join('')}</ListMultipartUploadsResult>`;
}

/** Hands a request to the store and its answer back, broken as asked. */
async function relay(
  port: number,
  { method, url, headers, body }: { method: string; url: string; headers: IncomingMessage['headers']; body: Uint8Array },
  outgoing: ServerResponse,
  fault: Exclude<Fault, object> | undefined,
): Promise<void> {
  const sent = forward({ host: '127.0.0.1', port, method, path: url, headers });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const { date: _, ...rest } = answer.headers;
  if (fault === undefined) {
    outgoing.writeHead(answer.statusCode!, rest);
    // A client that leaves early is no failure of ours.
    return pipeline(answer, outgoing).catch(() => undefined);
  }
  const bytes = await readAll(answer);
  if (fault === 'lose answer') return void outgoing.socket?.resetAndDestroy();
  outgoing.writeHead(answer.statusCode!, rest);
  if (fault === 'flip a bit') bytes[bytes.length >> 1]! ^= 1;
  if (fault === 'cut answer') {
    outgoing.write(bytes.subarray(0, bytes.length >> 1));
    await sleep(20);
    return void outgoing.socket?.destroy();
  }
  if (fault === 'drip') {
    for (const byte of bytes) {
      if (outgoing.destroyed) return;
      outgoing.write(Uint8Array.of(byte));
      await sleep(10);
    }
  }
  outgoing.end(fault === 'drip' || method === 'HEAD' ? undefined : bytes);
}

async function readAll(stream: IncomingMessage): Promise<Uint8Array> {
  return new Uint8Array(Buffer.concat((await stream.toArray()) as Buffer[]));
}

async function startStore(folder: string, buckets: readonly string[]): Promise<{ readonly port: number; stop(): Promise<void> }> {
  // Its pages of lists are named by a DES cipher, which OpenSSL 3 counts as legacy.
  const flags = ['--no-deprecation', '--openssl-legacy-provider'];
  const program = fileURLToPath(new URL('./s3-store.js', import.meta.url));
  const child = spawn(process.execPath, [...flags, program, folder, ...buckets], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    port: Number(line.toString()),
    stop: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
