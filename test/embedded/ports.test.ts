import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { freePort, isFree } from '../../src/embedded/ports.ts';

describe('looking for a port', () => {
  it.each(['127.0.0.1', '0.0.0.0'])('goes past one on which somebody listens at %s', async (host) => {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await isFree(port)).toBe(false);
    expect(await freePort(port)).toBeGreaterThan(port);
    server.close();
    await once(server, 'close');
    expect(await freePort(port)).toBe(port);
  });

  it('goes past one that is promised to another part', async () => {
    const port = await freePort(0);
    expect(await freePort(port, new Set([port]))).not.toBe(port);
  });

  it('finds one that no outgoing connection can take meanwhile', async () => {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const port = await freePort(0);
      expect(port).toBeGreaterThanOrEqual(15_000);
      expect(port).toBeLessThan(32_000);
    }
  });
});
