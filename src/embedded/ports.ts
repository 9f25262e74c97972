import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Whether nobody listens on the port, neither on the loopback address nor on all addresses. */
export async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, undefined));
}

/**
 * The wanted port, or the next free one above it; `avoid` holds ports that are promised to others. Port 0 gives any
 * free port between 15,000 and 32,000.
 */
export async function freePort(wanted: number, avoid: ReadonlySet<number> = new Set()): Promise<number> {
  if (wanted === 0) return anyPort(avoid);
  for (let port = wanted; port < Math.min(wanted + 200, 65_536); port++) {
    if (!avoid.has(port) && (await isFree(port))) return port;
  }
  return anyPort(avoid);
}

function canListen(port: number, host: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // An address family that the machine does not have is nobody listening on it.
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'EADDRINUSE' && error.code !== 'EACCES');
    });
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * Below those that systems give to outgoing connections (from 32,768 on Linux, 49,152 elsewhere): one of these could be
 * taken by any connection before our server listens on it.
 */
const ours = { from: 15_000, to: 32_000 } as const;

async function anyPort(avoid: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(ours.from, ours.to);
    if (!avoid.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port between ${String(ours.from)} and ${String(ours.to)}`);
}
