/** `POST /upload`: documents that a person hands in through the browser, one run each. */
import { html } from 'hono/html';
import { Hono } from 'hono';
import { takeIn } from '../intake.ts';
import { BadInput } from '../runs.ts';
import { type Env, needRuns, type Parts } from './context.ts';
import type { Html } from './layout.ts';
import { leaveNotice, type User } from './session.ts';

/** The form; only for somebody who is signed in, because the run names who handed the document in. */
export function uploadForm(user: User | undefined): Html {
  if (user === undefined) return html`<p class="soft small"><a href="/sign-in">Sign in</a> to hand in documents.</p>`;
  return html`<form class="card stack" method="post" action="/upload" enctype="multipart/form-data">
    <label for="documents">Hand in documents</label>
    <input id="documents" type="file" name="documents" multiple required />
    <button type="submit">Hand in</button>
  </form>`;
}

export function uploadRoutes(parts: Parts): Hono<Env> {
  const app = new Hono<Env>();
  app.post('/upload', async (context) => {
    const user = context.get('user');
    if (user === undefined) return context.redirect('/sign-in', 303);
    const runs = needRuns(parts);
    const { documents } = await context.req.parseBody({ all: true });
    const files = [documents].flat().filter((each) => each instanceof File);
    const lines: string[] = [];
    for (const file of files) {
      try {
        const bytes = new Uint8Array(await file.arrayBuffer());
        const { existing } = await takeIn(runs, { bytes, name: file.name, requester: user.name });
        lines.push(`${file.name}: ${existing ? 'handed in before' : 'taken'}`);
      } catch (error) {
        if (!(error instanceof BadInput)) throw error;
        lines.push(error.message);
      }
    }
    if (files.length === 0) lines.push('Choose at least one file.');
    // The notice travels in a cookie, which holds some 4 KB.
    await leaveNotice(context, context.get('secret'), lines.join(' · ').slice(0, 1_000));
    return context.redirect('/', 303);
  });
  return app;
}
