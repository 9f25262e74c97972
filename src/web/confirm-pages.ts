/**
 * `/verify/:token`: where the link in a mail leads. Opening it changes nothing, because mail programs open links by
 * themselves; the button confirms.
 */
import { WorkflowNotFoundError } from '@temporalio/client';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { readConfirmation, type Confirmation } from '../services/confirmation-links.ts';
import { askDatabase, type Env, needRuns, type Parts, type RequestContext, showPage } from './context.ts';
import { NotFound } from './outage.ts';

export function confirmRoutes(parts: Parts): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/:token', async (context) => {
    const token = context.req.param('token');
    const { email } = await read(parts, token);
    return showPage(context, {
      title: 'Confirm your address',
      body: html`<h1>Confirm your address</h1>
        <form method="post" action="/verify/${token}">
          <p>Is ${email} yours?</p>
          <button type="submit">Yes, it is</button>
        </form>`,
    });
  });
  app.post('/:token', async (context) => confirm(context, parts, await read(parts, context.req.param('token'))));
  return app;
}

async function read(parts: Parts, token: string): Promise<Confirmation> {
  const confirmation = await askDatabase(parts, (db) => readConfirmation(db, token));
  if (confirmation === undefined)
    throw new NotFound('This link does not work, or no longer. Apply again for a new one.');
  return confirmation;
}

async function confirm(context: RequestContext, parts: Parts, { runId, email }: Confirmation): Promise<Response> {
  const { client, settings } = needRuns(parts);
  const say = (title: string, line: string): Promise<Response> =>
    showPage(context, {
      title,
      body: html`<h1>${title}</h1>
        <p>${line}</p>`,
    });
  try {
    await client.withDeadline(Date.now() + settings.limits.serverMs, () =>
      client.workflow.getHandle(runId).signal('confirmEmail', { email }),
    );
    return await say('Thank you', `${email} is confirmed.`);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return say('Nothing to do', 'This address is not waiting for a confirmation any more.');
  }
}
