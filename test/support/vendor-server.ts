/** The sandbox's vendors over HTTP, as a real vendor would be. */
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { ApplicationFailure } from '@temporalio/common';
import { Hono } from 'hono';
import type { Kysely } from 'kysely';
import { categoryOf } from '../../src/failures.ts';
import type { VendorTables } from '../../src/services/migrations/vendors.ts';
import { isVendor } from '../../src/services/vendors/contract.ts';
import { callSandbox } from '../../src/services/vendors/sandbox.ts';

export interface VendorServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves `POST /:vendor/:operation` on a free port, for whoever has the token. */
export async function startVendorServer(db: Kysely<VendorTables>, token: string): Promise<VendorServer> {
  const app = new Hono();
  app.post('/:vendor/:operation', async (context) => {
    if (context.req.header('authorization') !== `Bearer ${token}`) return context.json({ message: 'who?' }, 401);
    const vendor = context.req.param('vendor');
    const key = decodeURIComponent(context.req.header('idempotency-key') ?? '');
    if (!isVendor(vendor) || key === '') return context.json({ message: 'no such vendor, or no key' }, 404);
    try {
      const answer = await callSandbox(db, vendor, context.req.param('operation'), await context.req.json(), { key });
      return context.json(answer as object, (answer as { status?: string }).status === 'declined' ? 402 : 200);
    } catch (error) {
      const { type, message } = error instanceof ApplicationFailure ? error : { type: 'Unknown', message: 'broken' };
      return context.json({ type, message }, categoryOf(error) === 'validation' ? 422 : 503);
    }
  });
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
