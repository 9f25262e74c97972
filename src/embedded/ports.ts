import { createServer } from 'node:net';

/** Whether nobody listens on the port, neither on the loopback address nor on all addresses. */
export async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, undefined));
}

/**
 * The wanted port, or the next free one above it; `avoid` holds ports that are promised to others. Port 0 gives any
 * free port.
 */
export async function freePort(wanted: number, avoid: ReadonlySet<number> = new Set()): Promise<number> {
  if (wanted === 0) return anyPort();
  for (let port = wanted; port < Math.min(wanted + 200, 65_536); port++) {
    if (!avoid.has(port) && (await isFree(port))) return port;
  }
  return anyPort();
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

function anyPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}
