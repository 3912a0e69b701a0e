/** Fetching over TLS: certificates are verified, and https never falls back to http. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFetcher } from '../../src/collect/http/fetcher.js';
import { projectFile, runModule } from '../support/child.js';

const folder = mkdtempSync(join(tmpdir(), 'messier-tls-'));
const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
let server: Server;
let origin = '';
const asked: string[] = [];

beforeAll(async () => {
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names, ...files], {
    stdio: 'ignore',
  });
  server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/down') response.writeHead(302, { location: origin.replace('https', 'http') }).end();
    else response.end('here');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `https://localhost:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true });
});

it('refuses a certificate that nobody vouches for', async () => {
  const fetcher = createFetcher({ allowPrivate: true, attempts: 1 });
  const job = fetcher.bytes(`${origin}/a`);
  await expect(job).rejects.toMatchObject({ code: 'collect/failed', message: expect.stringMatching(/self-signed/) as string });
  expect(asked).toEqual([]);
});

it('takes a trusted one for its own name alone, and follows nobody down to http', async () => {
  const program = `
    import { createFetcher } from '${projectFile('src/collect/http/fetcher.ts')}';
    const fetcher = createFetcher({ allowPrivate: true, attempts: 1, rate: 1000 });
    const said = [];
    for (const url of ['${origin}/a', '${origin}/b', '${origin}/down', '${origin.replace('localhost', '127.0.0.1')}/c']) {
      said.push(await fetcher.bytes(url).then(({ bytes }) => bytes.toString(), (error) => error.code + ': ' + error.message));
    }
    console.log(JSON.stringify(said));
    fetcher.close();
  `;
  const { stdout, stderr } = await runModule(program, { env: { NODE_EXTRA_CA_CERTS: certificate } });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual([
    'here',
    'here',
    expect.stringMatching(/^collect\/address: .* is redirected from https to "http:/),
    expect.stringMatching(/^collect\/failed: .*altnames/),
  ]);
  expect(asked).toEqual(['/a', '/b', '/down']);
});
