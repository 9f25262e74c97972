import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { openVendors, type Vendors } from '../../src/services/vendors.ts';
import { setBehaviour } from '../../src/services/vendors/behaviour.ts';
import type { Vendor } from '../../src/services/vendors/contract.ts';
import { newKey, refusal, startVendors, ways, type TestVendors } from '../support/vendors.ts';

let test: TestVendors;
const servers: Server[] = [];

beforeAll(async () => {
  test = await startVendors();
});
afterEach(async () => {
  await test.reset();
  for (const each of servers.splice(0)) {
    each.closeAllConnections();
    await new Promise((resolve) => each.close(resolve));
  }
});
afterAll(() => test.stop());

async function serve(listener: RequestListener): Promise<string> {
  const made = createServer(listener);
  servers.push(made);
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

const card = 'tok_visa';
const bill = { amountCents: 10_000, currency: 'EUR', card };
const parcel = {
  orderId: 'o-1',
  weightGrams: 500,
  address: { name: 'Ada', street: 'Way 1', postcode: '10115', city: 'Berlin', country: 'DE' },
};

describe.each(ways)('vendors by %s', (way) => {
  const vendors = { request: ((...args) => test.by(way).request(...args)) as Vendors['request'] };

  it('ships, tracks and cancels a parcel', async () => {
    const key = newKey();
    const shipped = await vendors.request('carrier', 'ship', parcel, { key });
    if (shipped.status !== 'accepted') throw new Error('expected to be accepted');
    const track = () => vendors.request('carrier', 'track', { shipment: shipped.shipment }, { key: 'any' });
    expect(await track()).toEqual({ status: 'announced' });
    expect(await vendors.request('carrier', 'cancel', { shipKey: key }, { key })).toEqual({ status: 'cancelled' });
    expect(await track()).toEqual({ status: 'cancelled' });
    expect(await refusal(vendors.request('carrier', 'ship', parcel, { key }))).toBe('VendorUndone validation');
  });

  it('cannot take back a parcel that is delivered', async () => {
    const key = newKey();
    await setBehaviour(test.db, 'carrier', { paceMs: 0 });
    const shipped = await vendors.request('carrier', 'ship', parcel, { key });
    const shipment = shipped.status === 'accepted' ? shipped.shipment : '';
    expect(await vendors.request('carrier', 'track', { shipment }, { key })).toEqual({ status: 'delivered' });
    expect(await vendors.request('carrier', 'cancel', { shipKey: key }, { key })).toEqual({ status: 'too-late' });
  });

  it('orders from a supplier at the price it quoted', async () => {
    const ask = { sku: 'A-1', quantity: 3 };
    const quoted = await vendors.request('supplier', 'quote', ask, { key: newKey() });
    if (quoted.status !== 'quoted') throw new Error('expected a quote');
    expect(quoted.totalCents).toBe(3 * quoted.unitCents);
    const key = newKey();
    const ordered = await vendors.request('supplier', 'order', { ...ask, maxUnitCents: quoted.unitCents }, { key });
    expect(ordered).toMatchObject({ status: 'accepted', totalCents: quoted.totalCents });
    const order = ordered.status === 'accepted' ? ordered.order : '';
    expect(await vendors.request('supplier', 'status', { order }, { key })).toEqual({ status: 'confirmed' });
    expect(await vendors.request('supplier', 'cancel', { orderKey: key }, { key })).toEqual({ status: 'cancelled' });
    const cheap = { ...ask, maxUnitCents: quoted.unitCents - 1 };
    expect(await vendors.request('supplier', 'order', cheap, { key: newKey() })).toMatchObject({ status: 'declined' });
  });

  it('gives a page to the first who acknowledges it', async () => {
    const body = { recipient: 'ops', message: 'disk full', severity: 'critical' } as const;
    const { page } = await vendors.request('paging', 'page', body, { key: newKey() });
    expect(await vendors.request('paging', 'state', { page }, { key: 'any' })).toEqual({ status: 'sent' });
    await vendors.request('paging', 'acknowledge', { page, by: 'ada' }, { key: newKey() });
    const second = await vendors.request('paging', 'acknowledge', { page, by: 'bob' }, { key: newKey() });
    expect(second).toEqual({ status: 'acknowledged', by: 'ada' });
    expect(await vendors.request('paging', 'state', { page }, { key: 'any' })).toEqual(second);
  });

  it('restarts services: one comes up, one needs two restarts, one stays down, one may not be restarted', async () => {
    await setBehaviour(test.db, 'infrastructure', { paceMs: 0 });
    const tag = newKey();
    const states = [];
    for (const service of [`web-${tag}`, `flaky-2-${tag}`, `broken-${tag}`, `fixed-${tag}`]) {
      const health = async () =>
        (await vendors.request('infrastructure', 'health', { service }, { key: 'any' })).status;
      const restart = async () =>
        (await vendors.request('infrastructure', 'restart', { service }, { key: newKey() })).status;
      states.push([await health(), await restart(), await health(), await restart(), await health()]);
    }
    expect(states).toEqual([
      ['down', 'restarting', 'healthy', 'restarting', 'healthy'],
      ['down', 'restarting', 'down', 'restarting', 'healthy'],
      ['down', 'restarting', 'down', 'restarting', 'down'],
      ['down', 'declined', 'down', 'declined', 'down'],
    ]);
  });

  it('checks people with outcomes that can be had on purpose', async () => {
    const key = newKey();
    const ask = { name: 'Ada Lowscore', documentNumber: 'X1000' };
    expect(await vendors.request('identity', 'verify', ask, { key })).toMatchObject({ status: 'failed' });
    expect(await vendors.request('credit', 'report', ask, { key })).toMatchObject({ score: 420 });
    expect(await vendors.request('background', 'check', { name: 'Eve Convicted' }, { key })).toMatchObject({
      status: 'found',
    });
    const referees = ['Good Person', 'Negative Person', 'Silent Person'];
    const { replies } = await vendors.request('references', 'check', { name: 'Ada', referees }, { key });
    expect(replies.map(({ verdict }) => verdict)).toEqual(['positive', 'negative', 'no-reply']);
  });

  it('refuses a body that is not as expected', async () => {
    const fraction = { ...bill, amountCents: 10.5 };
    expect(await refusal(vendors.request('payment', 'authorize', fraction, { key: newKey() }))).toBe(
      'VendorRefused validation',
    );
  });

  it('is down during an outage and works again after it', async () => {
    await setBehaviour(test.db, 'credit', { outageMs: 60_000 });
    const ask = () => vendors.request('credit', 'report', { name: 'Ada' }, { key: newKey() });
    expect(await refusal(ask())).toBe('VendorDown dependency');
    await setBehaviour(test.db, 'credit', { outageMs: 0 });
    expect(await ask()).toMatchObject({ status: 'reported' });
  });

  it('breaks off a slow call when it is cancelled, with the reason of the cancellation', async () => {
    await setBehaviour(test.db, 'credit', { latencyMs: 3_600_000 });
    const cancelled = new AbortController();
    const slow = vendors.request('credit', 'report', { name: 'Ada' }, { key: newKey(), signal: cancelled.signal });
    setTimeout(() => cancelled.abort(new Error('the run was cancelled')), 100);
    await expect(slow).rejects.toThrow('the run was cancelled');
  });
});

describe('a vendor over HTTP', () => {
  const ask = (vendors: Vendors) => vendors.request('payment', 'authorize', bill, { key: newKey() });
  const at = (url: string, timeoutMs = 5_000) =>
    openVendors({ db: test.db, endpoints: { payment: { url, token: 't' } }, timeoutMs });

  it.each([
    [400, 'VendorRefused validation'],
    [401, 'VendorLogin logic'],
    [403, 'VendorLogin logic'],
    [404, 'VendorNotFound validation'],
    [409, 'VendorBusy resource'],
    [410, 'VendorUndone validation'],
    [422, 'VendorRefused validation'],
    [429, 'VendorBusy resource'],
    [301, 'VendorDown dependency'],
    [500, 'VendorDown dependency'],
    [503, 'VendorDown dependency'],
  ])('that answers %d fails as %s', async (status, expected) => {
    const url = await serve((_, response) => response.writeHead(status, { location: '/' }).end('<html>'));
    expect(await refusal(ask(at(url)))).toBe(expected);
  });

  it('that answers 402 has declined, also without a body that says why', async () => {
    const url = await serve((_, response) => response.writeHead(402).end());
    expect(await ask(at(url))).toEqual({ status: 'declined', reason: 'declined' });
  });

  it.each([
    ['3', 3_000],
    ['99999999', 3_600_000],
    ['soon', 5_000],
  ])('that says Retry-After: %s is asked again after that', async (retryAfter, delay) => {
    const url = await serve((_, response) => response.writeHead(429, { 'retry-after': retryAfter }).end());
    const error = await ask(at(url)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ nextRetryDelay: delay });
  });

  it('is sent the key, the token and the body', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      const { 'idempotency-key': key, authorization } = request.headers;
      seen.push([request.method, request.url, key, authorization]);
      response.end(JSON.stringify({ status: 'authorized', authorization: 'a', amountCents: 10_000 }));
    });
    await at(`${url}/v1/`).request('payment', 'authorize', bill, { key: 'käse 1' });
    expect(seen).toEqual([['POST', '/v1/authorize', 'k%C3%A4se%201', 'Bearer t']]);
  });

  it.each([
    ['something else', '{"status":"maybe"}'],
    ['no JSON', 'OK'],
    ['too much', `{"status":"${'x'.repeat(2_000_000)}"}`],
  ])('that answers %s counts as down', async (_, body) => {
    expect(await refusal(ask(at(await serve((__, response) => response.end(body)))))).toBe('VendorDown dependency');
  });

  it('that does not answer in time, or is not there, counts as down', async () => {
    expect(await refusal(ask(at(await serve(() => undefined), 200)))).toBe('VendorDown dependency');
    expect(await refusal(ask(at('http://127.0.0.1:1')))).toBe('VendorDown dependency');
  });

  it('that does not know our token says which setting to look at', async () => {
    await expect(ask(test.by('the sandbox over HTTP', 'wrong'))).rejects.toThrow('check FERMATA_VENDOR_PAYMENT_TOKEN');
  });

  it('must be one that there is', () => {
    const endpoints = { paymemt: { url: 'https://pay.example' } } as object;
    expect(() => openVendors({ db: test.db, endpoints })).toThrow(
      'FERMATA_VENDOR_PAYMEMT_URL: there is no vendor paymemt',
    );
  });

  it('must have an address that is one', () => {
    expect(() => at('ftp://example.com')).toThrow('FERMATA_VENDOR_PAYMENT_URL: expected an http or https address');
  });
});

describe('a guard around vendors', () => {
  it('is told the vendor and decides whether the call is made', async () => {
    const told: Vendor[] = [];
    const vendors = openVendors({
      db: test.db,
      guard: (vendor, work) => {
        told.push(vendor);
        return vendor === 'credit' ? Promise.reject(new Error('open circuit')) : work();
      },
    });
    await expect(vendors.request('credit', 'report', { name: 'Ada' }, { key: newKey() })).rejects.toThrow(
      'open circuit',
    );
    await vendors.request('background', 'check', { name: 'Ada' }, { key: newKey() });
    expect(told).toEqual(['credit', 'background']);
  });
});
