/** `/sign-in`: choosing who one is, from the directory. */
import { Hono } from 'hono';
import { html } from 'hono/html';
import { type Env, type Parts, showPage } from './context.ts';
import { localPath, signIn, signOut } from './session.ts';

export function signInRoutes(parts: Parts): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/sign-in', (context) => {
    const next = localPath(context.req.query('next'));
    return showPage(context, {
      title: 'Sign in',
      body: html`<section class="stack narrow" aria-labelledby="title">
        <h1 id="title">Who are you?</h1>
        <p class="soft">No password is asked for: this inbox is for the people at this machine.</p>
        <form method="post" action="/sign-in">
          <input type="hidden" name="next" value="${next}" />
          <ul class="users">
            ${parts.directory.users.map(
              (user) =>
                html`<li>
                  <button name="name" value="${user.name}">
                    ${user.title} <small>${user.roles.length === 0 ? 'no roles' : user.roles.join(', ')}</small>
                  </button>
                </li>`,
            )}
          </ul>
        </form>
      </section>`,
    });
  });
  app.post('/sign-in', async (context) => {
    const form = await context.req.formData();
    const name = form.get('name');
    const next = form.get('next');
    if (typeof name !== 'string' || parts.directory.rolesOf(name) === undefined) {
      return context.redirect('/sign-in', 303);
    }
    await signIn(context, context.get('secret'), name);
    return context.redirect(localPath(typeof next === 'string' ? next : undefined), 303);
  });
  app.post('/sign-out', (context) => {
    signOut(context);
    return context.redirect('/', 303);
  });
  return app;
}
