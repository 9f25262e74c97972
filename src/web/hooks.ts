/**
 * `POST /hooks/<source>`: signed events from outside, one run of event-processor each. The headers are those of
 * Standard Webhooks: `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature` (`v1,` and the base64 of
 * HMAC SHA-256 over `id.timestamp.body`; several separated by spaces).
 */
import { createHmac } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { findProcess } from '../catalog.ts';
import { startRun } from '../runs.ts';
import { answerFailure, readJson, sameSecret, tooLarge } from './api.ts';
import { type Env, needRuns, type Parts, type RequestContext } from './context.ts';

const windowSeconds = 5 * 60;
const largestEvent = 256 * 1024;

/** What a sender posts. Without an `id` the header names the event, without a time it occurred when it was sent. */
const eventBody = z.looseObject({
  id: z.string().optional(),
  type: z.string({ error: 'expected the type of the event' }),
  occurredAt: z.string().optional(),
  data: z.record(z.string(), z.unknown()).default({}),
});

/**
 * Answers 202 with the id of the run for a new event, and 200 with the same ids for one that came before, however its
 * run ended. 401: no secret for the source, a wrong signature, or a time more than 5 minutes off; 400: no such event.
 */
export function hookRoutes(parts: Parts): Hono<Env> {
  const app = new Hono<Env>();
  app.use(bodyLimit({ maxSize: largestEvent, onError: (context) => tooLarge(context, largestEvent) }));
  app.post('/:source', async (context) => {
    const source = context.req.param('source');
    const body = Buffer.from(await context.req.arrayBuffer());
    const refusal = refusalOf(parts, source, body, context);
    if (refusal !== undefined) return context.json({ error: refusal }, 401);
    const process = findProcess('event-processor');
    if (process === undefined) throw new Error('event-processor is not in the catalog');
    const event = eventOf(source, readJson(eventBody, body), context);
    const run = await startRun(needRuns(parts), process, event, { earlier: 'same' });
    return context.json({ id: run.id, runId: run.runId, duplicate: run.existing }, run.existing ? 200 : 202);
  });
  app.onError((error, context) => answerFailure(error, context, parts));
  return app;
}

function eventOf(source: string, given: z.output<typeof eventBody>, context: RequestContext): object {
  const sentAt = new Date(Number(context.req.header('webhook-timestamp')) * 1000).toISOString();
  const { id = context.req.header('webhook-id'), type, occurredAt = sentAt, data } = given;
  return { id, source, type, occurredAt, data };
}

/** Why a message is not believed; the same words whether the source is unknown or its signature is wrong. */
function refusalOf(parts: Parts, source: string, body: Uint8Array, context: RequestContext): string | undefined {
  const id = context.req.header('webhook-id') ?? '';
  const timestamp = context.req.header('webhook-timestamp') ?? '';
  const given = (context.req.header('webhook-signature') ?? '').split(' ').slice(0, 10);
  const secrets = parts.settings.hookSecrets.filter(([name]) => name === source).map(([, secret]) => secret);
  const expected = secrets.map((secret) => signature(secret, id, timestamp, body));
  const signed = expected.some((right) => given.some((each) => sameSecret(each, right)));
  if (!signed) return `not signed with a secret of '${source}'; FERMATA_HOOK_SECRETS holds them`;
  const ageSeconds = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!(ageSeconds <= windowSeconds)) return 'webhook-timestamp is more than 5 minutes off';
  return undefined;
}

/** A secret `whsec_…` is base64, as Standard Webhooks has it; any other is taken as it is. */
function signature(secret: string, id: string, timestamp: string, body: Uint8Array): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
  return `v1,${mac.digest('base64')}`;
}
