import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { categoryOf } from '../../src/failures.ts';
import { fetchOutside, type OutsideOptions } from '../../src/services/outside-http.ts';
import { isPublic } from '../../src/services/outside-http/addresses.ts';

const allow = ['127.0.0.1'];
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A server on this machine; `seen` holds the requests that reached it. */
async function serve(listener: RequestListener): Promise<{ url: string; port: number; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    response.on('error', () => undefined);
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, seen };
}

async function refusal(url: string, options: OutsideOptions = {}): Promise<string> {
  const error: unknown = await fetchOutside(url, options).then(
    (answer) => new Error(`expected a failure, got ${answer.status}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApplicationFailure)) throw error;
  return `${String(error.type)} ${String(categoryOf(error))}`;
}

function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}

describe('fetching from the outside', () => {
  it.each([
    (port: number) => `http://127.0.0.1:${port}/`,
    (port: number) => `http://localhost:${port}/`,
    (port: number) => `http://LOCALHOST.:${port}/`,
    (port: number) => `http://a.localhost:${port}/`,
    (port: number) => `http://2130706433:${port}/`,
    (port: number) => `http://017700000001:${port}/`,
    (port: number) => `http://0x7f000001:${port}/`,
    (port: number) => `http://0x7f.1:${port}/`,
    (port: number) => `http://127.1:${port}/`,
    (port: number) => `http://0:${port}/`,
    (port: number) => `http://127.0.0.1.:${port}/`,
    (port: number) => `http://[::1]:${port}/`,
    (port: number) => `http://[::ffff:127.0.0.1]:${port}/`,
    (port: number) => `http://[::ffff:7f00:1]:${port}/`,
    (port: number) => `http://[::127.0.0.1]:${port}/`,
    (port: number) => `http://[64:ff9b::7f00:1]:${port}/`,
    (port: number) => `http://①②⑦.⓪.⓪.①:${port}/`,
  ])('never reaches this machine by another spelling (%#)', async (spelled) => {
    const { port, seen } = await serve((_, response) => response.end('secret'));
    expect(await refusal(spelled(port))).toBe('OutsideForbidden validation');
    expect(seen).toEqual([]);
  });

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '100.100.100.200',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.168.0.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:169.254.169.254',
    '::a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '2001:db8::1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    'not an address',
  ])('counts %s as not public', (address) => {
    expect(isPublic(address)).toBe(false);
  });

  it.each(['1.1.1.1', '93.184.216.34', '172.32.0.1', '2606:4700:4700::1111', '::ffff:1.1.1.1'])(
    'counts %s as public',
    (address) => {
      expect(isPublic(address)).toBe(true);
    },
  );

  it('refuses a name when one of its addresses is private', async () => {
    const { port, seen } = await serve((_, response) => response.end('secret'));
    const resolve = () =>
      Promise.resolve([
        { address: '93.184.216.34', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    expect(await refusal(`http://public.example:${port}/`, { resolve })).toBe('OutsideForbidden validation');
    expect(seen).toEqual([]);
  });

  it('asks for the address once and connects to what it checked', async () => {
    const { port, seen } = await serve((_, response) => response.end('fine'));
    const answers = ['127.0.0.1', '127.0.0.9'];
    const resolve = () => Promise.resolve([{ address: answers.shift() ?? '', family: 4 }]);
    await fetchOutside(`http://intranet.example:${port}/`, { resolve, allow: ['Intranet.example'] });
    expect(answers).toEqual(['127.0.0.9']);
    expect(seen[0]?.headers.host).toBe(`intranet.example:${port}`);
  });

  it('checks again after a redirect', async () => {
    const inside = await serve((_, response) => response.end('secret'));
    for (const location of [
      `http://localhost:${inside.port}/`,
      `http://[::ffff:127.0.0.1]:${inside.port}/`,
      'http://169.254.169.254/latest/meta-data/',
    ]) {
      const { url } = await serve((_, response) => response.writeHead(302, { location }).end());
      expect(await refusal(url, { allow })).toBe('OutsideForbidden validation');
    }
    const { url } = await serve((_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end());
    expect(await refusal(url, { allow })).toBe('OutsideBadUrl validation');
    expect(inside.seen).toEqual([]);
  });

  it('follows five redirects, not six, and says where it ended', async () => {
    const { url } = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) return response.end('there');
      return response.writeHead(307, { location: `/${left - 1}` }).end();
    });
    expect(await fetchOutside(`${url}/5`, { allow })).toMatchObject({ url: `${url}/0`, status: 200 });
    expect(await refusal(`${url}/6`, { allow })).toBe('OutsideRedirects validation');
  });

  it('keeps its headers from another origin', async () => {
    const other = await serve((_, response) => response.end('there'));
    const { url, seen } = await serve((_, response) => response.writeHead(302, { location: other.url }).end());
    await fetchOutside(url, { allow, headers: { Authorization: 'Bearer secret', Host: 'evil.example' } });
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer secret', host: url.slice('http://'.length) });
    expect(other.seen[0]?.headers.authorization).toBeUndefined();
  });

  it.each(['ftp://example.com/', 'file:///etc/passwd', 'example.com', 'javascript:1', 'http://me:pw@example.com/', ''])(
    'refuses the address %j',
    async (address) => {
      expect(await refusal(address)).toBe('OutsideBadUrl validation');
    },
  );

  it('returns body and content type of an allowed host', async () => {
    const { url } = await serve((_, response) => response.setHeader('Content-Type', 'text/plain').end('grüße'));
    const { body, ...rest } = await fetchOutside(url, { allow });
    expect(rest).toEqual({ url: `${url}/`, status: 200, contentType: 'text/plain' });
    expect(textOf(body)).toBe('grüße');
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('unpacks %s, up to the size limit', async (encoding, pack) => {
    const { url } = await serve((request, response) => {
      const size = Number(request.url?.slice(1));
      response.setHeader('Content-Encoding', encoding).end(pack(Buffer.alloc(size, 'a')));
    });
    expect((await fetchOutside(`${url}/50000`, { allow, maxBytes: 50_000 })).body).toHaveLength(50_000);
    expect(await refusal(`${url}/50001`, { allow, maxBytes: 50_000 })).toBe('OutsideTooLarge validation');
    expect(await refusal(`${url}/40000000`, { allow, maxBytes: 50_000 })).toBe('OutsideTooLarge validation');
  });

  it('stops reading a body that is too large, whatever length it claims', async () => {
    let written = 0;
    const { url } = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && written < 200_000_000 && response.write(Buffer.alloc(65_536))) written += 65_536;
      };
      response.on('drain', more);
      more();
    });
    expect(await refusal(url, { allow, maxBytes: 100_000 })).toBe('OutsideTooLarge validation');
    expect(written).toBeLessThan(50_000_000);
    const claims = await serve((_, response) => response.setHeader('Content-Length', '100001').flushHeaders());
    expect(await refusal(claims.url, { allow, maxBytes: 100_000 })).toBe('OutsideTooLarge validation');
  });

  it('gives up on a server that trickles, goes silent, or never answers', async () => {
    const trickle = await serve((_, response) => {
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => {
        clearInterval(timer);
      });
    });
    const silent = await serve((_, response) => response.write('.'));
    const mute = await serve(() => undefined);
    const timedOut = 'OutsideTimeout transient';
    expect(await refusal(trickle.url, { allow, timeoutMs: 300 })).toBe(timedOut);
    expect(await refusal(silent.url, { allow, idleMs: 200 })).toBe(timedOut);
    expect(await refusal(mute.url, { allow, idleMs: 200 })).toBe(timedOut);
  });

  it('breaks off when it is cancelled, with the reason of the cancellation', async () => {
    const cancelled = new AbortController();
    const { url } = await serve((_, response) => {
      response.write('.', () => {
        cancelled.abort(new Error('the run was cancelled'));
      });
    });
    await expect(fetchOutside(url, { allow, signal: cancelled.signal })).rejects.toThrow('the run was cancelled');
  });

  it.each([
    [404, {}, 'OutsideRefused validation'],
    [429, { 'Retry-After': '7' }, 'OutsideBusy resource'],
    [503, { 'Retry-After': '7' }, 'OutsideBusy resource'],
    [503, {}, 'OutsideDown dependency'],
    [500, {}, 'OutsideDown dependency'],
    [200, { 'Content-Encoding': 'zstd' }, 'OutsideUnreadable validation'],
    [200, { 'Content-Encoding': 'gzip' }, 'OutsideDown dependency'],
  ])('takes the answer %d with %j as %s', async (status, headers, expected) => {
    const { url } = await serve((_, response) => response.writeHead(status, headers).end('not packed'));
    expect(await refusal(url, { allow })).toBe(expected);
  });

  it('counts a body that breaks off, a server that is not there and a name that is not known as down', async () => {
    const breaks = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('.', () => response.destroy());
    });
    const resolve = () => Promise.reject(new Error('getaddrinfo ENOTFOUND'));
    expect(await refusal(breaks.url, { allow })).toBe('OutsideDown dependency');
    expect(await refusal('http://127.0.0.1:1/', { allow })).toBe('OutsideDown dependency');
    expect(await refusal('http://nowhere.example/', { resolve })).toBe('OutsideDown dependency');
  });
});
