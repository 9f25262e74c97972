/** A server on this machine that speaks like OpenAI and like Anthropic, with answers that the test writes. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does with a request. */
type Reply =
  | { readonly text: string; readonly tokens?: readonly [input: number, output: number] }
  | { readonly tools: readonly ToolRequest[]; readonly text?: string }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly message?: string }
  /** Never answers. */
  | 'silence'
  /** Closes the connection. */
  | 'hangUp'
  /** Answers with something that is no JSON. */
  | 'nonsense';

interface ToolRequest {
  readonly id: string;
  readonly name: string;
  /** Text is sent as it is, so that it can be wrong JSON. */
  readonly args: object | string;
}

/** A request as it arrived. */
export interface ModelRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: {
    readonly model: string;
    readonly messages: readonly { readonly role: string; readonly content: unknown }[];
    readonly response_format?: { readonly type: string };
    readonly tools?: readonly unknown[];
  };
}

export interface ModelServer {
  /** Base address as an OpenAI-style client wants it. */
  readonly url: string;
  /** Every request since the last script. */
  readonly requests: ModelRequest[];
  /** How many requests were given up by the client before they were answered. */
  readonly givenUp: () => number;
  /** Replaces the answers still to come; a function answers every request from then on. */
  script(...replies: readonly Reply[] | readonly [(request: ModelRequest) => Reply]): void;
  stop(): Promise<void>;
}

const defaultTokens = [100, 20] as const;

export async function startModelServer(): Promise<ModelServer> {
  const requests: ModelRequest[] = [];
  let replies: Reply[] = [];
  let always: ((request: ModelRequest) => Reply) | undefined;
  let givenUp = 0;

  const server = createServer((incoming, response) => {
    void bodyOf(incoming).then((body) => {
      const request = { path: incoming.url ?? '', headers: incoming.headers, body };
      requests.push(request);
      const reply = always ? always(request) : replies.shift();
      response.on('close', () => {
        if (!response.writableFinished) givenUp += 1;
      });
      answer(request, reply ?? { status: 400, message: 'the test has no answer for this request' }, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}/v1`,
    requests,
    givenUp: () => givenUp,
    script(...given) {
      requests.length = 0;
      givenUp = 0;
      const [first] = given;
      always = typeof first === 'function' ? first : undefined;
      replies = given.filter((each): each is Reply => typeof each !== 'function');
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<ModelRequest['body']> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as ModelRequest['body'];
}

function answer(request: ModelRequest, reply: Reply, response: ServerResponse): void {
  if (reply === 'silence') return;
  if (reply === 'hangUp') {
    response.destroy();
    return;
  }
  if (reply === 'nonsense') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>It works!</h1>');
    return;
  }
  if ('status' in reply) {
    const message = reply.message ?? 'refused by the test';
    const type = 'api_error';
    send(response, reply.status, { type: 'error', error: { type, message } }, reply.headers);
    return;
  }
  const tokens = 'tokens' in reply ? (reply.tokens ?? defaultTokens) : defaultTokens;
  const tools = 'tools' in reply ? reply.tools : [];
  const style = request.path.endsWith('/messages') ? likeAnthropic : likeOpenAi;
  send(response, 200, style(request.body.model, reply.text ?? '', tools, tokens));
}

function send(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function likeOpenAi(
  model: string,
  text: string,
  tools: readonly ToolRequest[],
  [input, output]: readonly [number, number],
) {
  const calls = tools.map(({ id, name, args }) => ({
    id,
    type: 'function',
    function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
  }));
  const message = {
    role: 'assistant',
    content: text === '' ? null : text,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
  return {
    id: 'answer',
    object: 'chat.completion',
    created: 0,
    model,
    choices: [{ index: 0, message, finish_reason: calls.length > 0 ? 'tool_calls' : 'stop' }],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  };
}

function likeAnthropic(
  model: string,
  text: string,
  tools: readonly ToolRequest[],
  [input, output]: readonly [number, number],
) {
  const calls = tools.map(({ id, name, args }) => ({ type: 'tool_use', id, name, input: args }));
  return {
    id: 'answer',
    type: 'message',
    role: 'assistant',
    model,
    content: [...(text === '' ? [] : [{ type: 'text', text }]), ...calls],
    stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: input, output_tokens: output },
  };
}
