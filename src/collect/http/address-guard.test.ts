import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { addressGuard, isPublic, type Resolve } from './address-guard.js';
import { createFetcher } from './fetcher.js';

const golden = JSON.parse(readFileSync(new URL('../../../test/golden/addresses.json', import.meta.url), 'utf8')) as {
  readonly global: readonly string[];
  readonly special: readonly string[];
};

describe('isPublic', () => {
  it("lets nothing through that Python's ipaddress does not call global", () => {
    expect(golden.special.filter(isPublic)).toEqual([]);
    expect(golden.special.length).toBeGreaterThan(100);
  });

  it('lets global addresses through, but for what has long been withdrawn or given to nobody', () => {
    // IPv6 in use lies in 2000::/3. Withdrawn are 6to4's relays and ORCHIDs; the tags of drones are no hosts.
    const used = golden.global.filter((address) => /^\d+\.|^[23][0-9a-f]{3}:/.test(address));
    const refused = used.filter((address) => !isPublic(address));
    expect(refused.filter((address) => !/^192\.88\.99\.|^2001:[23][0-9a-f]:/.test(address))).toEqual([]);
    expect(golden.global.filter(isPublic).length).toBeGreaterThan(150);
  });

  it.each([
    '',
    'nasa.gov',
    '127.1.1',
    '1.2.3.4.5',
    '::1%lo',
    'fe80::1%eth0',
    '::127.0.0.1',
    '2002:7f00:1::',
    '64:ff9b::10.0.0.1',
  ])('refuses "%s"', (address) => {
    expect(isPublic(address)).toBe(false);
  });
});

describe('addressGuard', () => {
  const guard = addressGuard();

  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0X7F.0.0.1/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://127.0.0.1./',
    'http://１２７.０.０.１/',
    'http://0/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::FFFF:7F00:1]/',
    'https://[::7f00:1]/',
    'https://[64:ff9b::a9fe:a9fe]/',
    'https://[2002:a00:1::]/',
    'https://[2001:0:102:304:0:ffff:80ff:fffe]/',
    'https://[fe80::1]/',
    'https://[fd00::1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.1.2.3/',
    'http://172.31.0.1/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://198.18.0.1/',
    'http://203.0.113.7/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
  ])('refuses %s', (address) => {
    expect(() => guard.check(new URL(address))).toThrow(expect.objectContaining({ code: 'collect/private-address' }));
  });

  it.each(['ftp://nasa.gov/', 'file:///etc/passwd', 'data:image/png,x', 'https://me:secret@nasa.gov/', 'https://me@nasa.gov/'])(
    'refuses %s, and repeats no password',
    (address) => {
      const refused: unknown = expect.objectContaining({
        code: 'collect/address',
        message: expect.not.stringContaining('secret') as string,
      });
      expect(() => guard.check(new URL(address))).toThrow(refused);
    },
  );

  it.each([
    'https://nasa.gov/',
    'http://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'https://[::ffff:8.8.8.8]/',
    'https://[64:ff9b::808:808]/',
  ])('lets %s through', (address) => {
    expect(() => guard.check(new URL(address))).not.toThrow();
  });

  it('lets a named host and port through, and no other', () => {
    const named = addressGuard({ named: ['http://10.0.0.1:8080/mirror', 'https://[fd00::1]'] });
    for (const address of ['http://10.0.0.1:8080/x', 'https://10.0.0.1:8080/', 'https://[fd00::1]:443/a']) {
      expect(() => named.check(new URL(address))).not.toThrow();
    }
    for (const address of ['http://10.0.0.1/', 'http://10.0.0.1:8081/', 'http://10.0.0.2:8080/', 'http://[fd00::1]/']) {
      expect(() => named.check(new URL(address))).toThrow(expect.objectContaining({ code: 'collect/private-address' }));
    }
    expect(() => addressGuard({ allowPrivate: true }).check(new URL('http://127.0.0.1/'))).not.toThrow();
    expect(() => addressGuard({ named: ['localhost'] })).toThrow(expect.objectContaining({ code: 'collect/origin' }));
  });
});

describe('names', () => {
  let server: Server | undefined;
  let asked = 0;

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
    asked = 0;
  });

  async function serve(): Promise<number> {
    server = createServer((_, response) => {
      asked++;
      response.end('here');
    });
    await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
    return (server.address() as AddressInfo).port;
  }

  /** Answers with these addresses, one list a time, and counts. */
  function resolver(...answers: (readonly string[])[]): { readonly resolve: Resolve; readonly names: string[] } {
    const names: string[] = [];
    const resolve: Resolve = (name, _, callback) => {
      const found = answers[Math.min(names.length, answers.length - 1)] ?? [];
      names.push(name);
      callback(
        null,
        found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
    return { resolve, names };
  }

  const quick = { backoff: 1, attempts: 2, rate: 1000 };
  const refused = { code: 'collect/private-address' };

  it('refuses this machine by its name, however it is spelled', async () => {
    const port = await serve();
    const fetcher = createFetcher(quick);
    for (const host of ['localhost', 'LOCALHOST', 'localhost.', 'messier.localhost']) {
      await expect(fetcher.bytes(`http://${host}:${port}/`)).rejects.toMatchObject(refused);
    }
    expect(asked).toBe(0);
    const open = createFetcher({ ...quick, named: [`http://localhost:${port}`] });
    expect(Buffer.from((await open.bytes(`http://localhost:${port}/`)).bytes).toString()).toBe('here');
    open.close();
  });

  it.each([[['127.0.0.1']], [['::1']], [['93.184.215.14', '127.0.0.1']], [['::ffff:10.0.0.1', '2606:4700::1111']]])(
    'refuses a name that stands for %s, without a connection or a second attempt',
    async (answer) => {
      const port = await serve();
      const { resolve, names } = resolver(answer);
      const fetcher = createFetcher(quick, addressGuard({}, resolve));
      await expect(fetcher.bytes(`http://pictures.example:${port}/`)).rejects.toMatchObject(refused);
      expect([asked, names]).toEqual([0, ['pictures.example']]);
    },
  );

  it('connects to the address that was looked at: a name is asked for once a connection', async () => {
    const port = await serve();
    // 127.0.0.9 has no server: whoever asked again for the connection would be sent there.
    const { resolve, names } = resolver(['127.0.0.1'], ['127.0.0.9']);
    const fetcher = createFetcher(quick, addressGuard({ named: [`http://pictures.example:${port}`] }, resolve));
    expect((await fetcher.bytes(`http://pictures.example:${port}/`)).bytes).toHaveLength(4);
    expect([asked, names]).toEqual([1, ['pictures.example']]);
    fetcher.close();
  });

  it('looks at every address again when a name changes what it stands for', async () => {
    const port = await serve();
    const { resolve, names } = resolver(['127.0.0.9'], ['169.254.169.254']);
    const once = addressGuard({ named: [`http://one.example:${port}`] }, resolve);
    await expect(createFetcher({ ...quick, attempts: 1 }, once).bytes(`http://one.example:${port}/`)).rejects.toMatchObject({
      code: 'collect/failed',
    });
    await expect(createFetcher(quick, once).bytes(`http://two.example:${port}/`)).rejects.toMatchObject(refused);
    expect(names).toEqual(['one.example', 'two.example']);
  });

  it('says that a name is unknown', async () => {
    const { resolve } = resolver([]);
    const fetcher = createFetcher(quick, addressGuard({}, resolve));
    await expect(fetcher.bytes('http://nowhere.example/')).rejects.toThrow(/no address of nowhere\.example is known/);
  });
});
