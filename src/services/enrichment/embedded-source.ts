/**
 * The source that is always there: facts about countries over HTTP, as any source of yours would give them. What it
 * knows is the Unicode consortium's data, which comes with Node.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EmbeddedSource {
  /** Its address with `{value}` for a country's code of two letters. It begins to listen when first asked. */
  address(): Promise<string>;
  close(): Promise<void>;
}

/** Nothing is listened on before the first question. */
export function openEmbeddedSource(): EmbeddedSource {
  let server: Promise<Server> | undefined;
  return {
    async address() {
      const { port } = (await (server ??= listen())).address() as AddressInfo;
      return `http://127.0.0.1:${String(port)}/countries/{value}`;
    },
    async close() {
      const listening = await server;
      if (listening === undefined) return;
      listening.closeAllConnections();
      await new Promise((resolve) => listening.close(resolve));
    },
  };
}

async function listen(): Promise<Server> {
  const server = createServer((request, response) => {
    const [, code] = /^\/countries\/([A-Z]{2})$/.exec(request.url ?? '') ?? [];
    const facts = code === undefined ? undefined : factsAbout(code);
    if (facts) answer(response, 200, facts);
    else answer(response, 404, { message: 'no such country' });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Name, main language and its script. */
function factsAbout(code: string): object | undefined {
  const name = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' }).of(code);
  if (name === undefined || name === 'Unknown Region') return undefined;
  const { language, script } = new Intl.Locale(`und-${code}`).maximize();
  return { code, name, language: new Intl.DisplayNames(['en'], { type: 'language' }).of(language), script };
}
