/**
 * The HTTP API for programs: `POST /api/processes/<name>/runs` starts a run. Whoever has the token of FERMATA_API_TOKEN
 * may start everything in everybody's name; without the setting the API is off, also for this machine.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { findProcess } from '../catalog.ts';
import { BadInput, Refused, startRun } from '../runs.ts';
import { type Env, needRuns, type Parts, type RequestContext } from './context.ts';
import { NotFound, outageOf } from './outage.ts';

const largestBody = 1024 * 1024;

const startBody = z.strictObject({
  /** What the process takes. */
  input: z.unknown(),
  /** The workflow id; the same id is the same work, however it ended. @default as the process says, else a new one */
  id: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,200}$/, 'expected letters, digits, dot, dash, colon, underscore; at most 200')
    .optional(),
});

/**
 * Answers 202 with the ids of a new run and 200 with those of one that was there; 400 for input that does not fit, 401
 * without the token, 403 while the API is off, 404 for an unknown process, 503 while Temporal does not answer.
 */
export function apiRoutes(parts: Parts): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (context, next) => {
    const { apiToken } = parts.settings;
    if (apiToken === undefined) return context.json({ error: 'the API is off; set FERMATA_API_TOKEN' }, 403);
    const [, token = ''] = /^Bearer (.+)$/i.exec(context.req.header('authorization') ?? '') ?? [];
    if (sameSecret(token, apiToken)) return next();
    context.header('WWW-Authenticate', 'Bearer');
    return context.json({ error: 'expected the token of FERMATA_API_TOKEN: Authorization: Bearer …' }, 401);
  });
  app.use(bodyLimit({ maxSize: largestBody, onError: (context) => tooLarge(context, largestBody) }));
  app.post('/processes/:name/runs', async (context) => {
    const name = context.req.param('name');
    const process = findProcess(name);
    if (process === undefined) throw new NotFound(`there is no process '${name}'`);
    const { input, id } = readJson(startBody, Buffer.from(await context.req.arrayBuffer()));
    const options = id === undefined ? {} : ({ id, earlier: 'same' } as const);
    const run = await startRun(needRuns(parts), process, input, { ...options, awaitAnswer: true });
    return context.json(run, run.existing ? 200 : 202);
  });
  app.all('*', (context) => context.json({ error: 'there is nothing at this address' }, 404));
  app.onError((error, context) => answerFailure(error, context, parts));
  return app;
}

/** Compares in a time that says nothing about where the two differ. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Uint8Array => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** Reads a body as JSON of a shape; no body is `{}`. Throws {@link BadInput} with a line for each problem. */
export function readJson<T extends z.ZodType>(shape: T, body: Uint8Array): z.output<T> {
  let value: unknown;
  try {
    value = body.length === 0 ? {} : JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new BadInput('expected a JSON object');
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BadInput(
    parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`).join('\n'),
  );
}

/** Says that a body is larger than `bytes`. */
export function tooLarge(context: { json: RequestContext['json'] }, bytes: number): Response {
  return context.json({ error: `larger than ${String(bytes / 1024)} KB` }, 413);
}

/** What went wrong, as JSON for a program. */
export function answerFailure(error: Error, context: RequestContext, parts: Parts): Response {
  if (error instanceof BadInput) return context.json({ error: error.message }, 400);
  if (error instanceof NotFound) return context.json({ error: error.message }, 404);
  const outage = outageOf(error);
  if (outage !== undefined) return context.json({ error: outage }, 503);
  if (error instanceof Refused) return context.json({ error: error.message }, 409);
  parts.log?.error({ err: error, path: context.req.path }, 'request failed');
  return context.json({ error: 'something went wrong; the log of the server says why' }, 500);
}
