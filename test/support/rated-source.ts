/** A source over HTTP that allows so many calls a second, can be down, and knows who asked for what, and when. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RatedSource {
  /** With `{value}`. */
  readonly url: string;
  /** What was answered with 200, in order. */
  readonly answered: readonly string[];
  /** Times at which calls arrived, in ms. */
  readonly arrivals: readonly number[];
  /** Calls that were refused with 429. */
  readonly refused: () => number;
  /** From now on every call fails with 503, or no longer does. */
  setDown(isDown: boolean): void;
  /** So many of the next calls are answered with 429. */
  refuseNext(calls: number): void;
  /** Forgets what has happened. */
  clear(): void;
  close(): Promise<void>;
}

/** Serves `GET /facts/<value>` on a free port; `callsPerSecond` holds in every window of a second, however it lies. */
export async function startRatedSource(callsPerSecond: number): Promise<RatedSource> {
  const answered: string[] = [];
  const arrivals: number[] = [];
  let refused = 0;
  let toRefuse = 0;
  let isDown = false;
  const answerTo = (value: string): { status: number; body: object } => {
    const now = performance.now();
    const lately = arrivals.filter((at) => at > now - 1_000).length;
    arrivals.push(now);
    if (lately >= callsPerSecond || toRefuse > 0) {
      refused += 1;
      toRefuse = Math.max(0, toRefuse - 1);
      return { status: 429, body: { message: 'slower' } };
    }
    if (isDown) return { status: 503, body: { message: 'down' } };
    if (value.startsWith('unknown')) return { status: 404, body: { message: 'unknown' } };
    if (value.startsWith('bad')) return { status: 400, body: { message: 'no such thing can be' } };
    answered.push(value);
    return { status: 200, body: { value, length: value.length } };
  };
  const server = createServer((request, response) => {
    const { status, body } = answerTo(decodeURIComponent(request.url?.split('/').at(-1) ?? ''));
    response.writeHead(status, { 'Content-Type': 'application/json', ...(status === 429 && { 'Retry-After': '1' }) });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/facts/{value}`,
    answered,
    arrivals,
    refused: () => refused,
    setDown: (down) => void (isDown = down),
    refuseNext: (calls) => void (toRefuse = calls),
    clear() {
      answered.length = 0;
      arrivals.length = 0;
      refused = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
