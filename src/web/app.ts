/** The inbox as a web application: routes, security headers, and what is said when something goes wrong. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { html } from 'hono/html';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import { Refused, WorkerBusy } from '../runs.ts';
import { apiRoutes } from './api.ts';
import { confirmRoutes } from './confirm-pages.ts';
import { type Env, type Parts, type RequestContext, type Shown, showPage } from './context.ts';
import { decisionRoutes } from './decision-page.ts';
import { documentRoutes } from './document-pages.ts';
import { filesRoutes } from './files-routes.ts';
import { hookRoutes } from './hooks.ts';
import { inboxRoutes } from './inbox-page.ts';
import { favicon, type Notice } from './layout.ts';
import { mailContentRoutes, mailRoutes } from './mail-pages.ts';
import { isNotFound, notYetLine, outageOf } from './outage.ts';
import { runsRoutes } from './runs-pages.ts';
import { script } from './script.ts';
import { currentUser, loadSecret } from './session.ts';
import { signInRoutes } from './sign-in-page.ts';
import { style } from './style.ts';
import { uploadRoutes } from './upload.ts';

export type { Parts } from './context.ts';

const loopbackNames: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];
const maxForm = 1024 * 1024;

const pageHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    frameSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: 'DENY',
  referrerPolicy: 'same-origin',
  strictTransportSecurity: false,
});

/** Builds the application; it does not listen. Makes the key that signs sessions in the data folder if there is none. */
export function createApp(parts: Parts): Hono<Env> {
  const secret = loadSecret(parts.settings.dataDir);
  const hostNames = 'hostNames' in parts ? parts.hostNames : loopbackNames;
  const app = new Hono<Env>();
  app.use(async (context, next) => {
    const { hostname } = new URL(context.req.url);
    if (hostNames !== undefined && !hostNames.includes(hostname)) {
      return context.text(`This inbox is not called ${hostname}.\n`, 421);
    }
    context.set('secret', secret);
    context.set('user', undefined);
    return next();
  });
  // Programs show a signature or a token of their own; they have no session and no pages.
  app.route('/hooks', hookRoutes(parts));
  app.route('/api', apiRoutes(parts));
  app.route('/files', filesRoutes(parts));
  app.route('/mail-content', mailContentRoutes(parts));
  // What is shown in a frame has stricter headers of its own.
  const framed = /^\/(files|mail-content)\//;
  app.use(async (context, next) => (framed.test(context.req.path) ? next() : pageHeaders(context, next)));
  app.get('/assets/fermata.css', (context) => asset(context, style, 'text/css'));
  app.get('/assets/fermata.js', (context) => asset(context, script, 'text/javascript'));
  app.get('/assets/fermata.svg', (context) => asset(context, favicon, 'image/svg+xml'));
  const forms = bodyLimit({ maxSize: maxForm });
  // Several documents may come in one form; the size of each is checked when it is taken.
  const uploads = bodyLimit({ maxSize: 4 * parts.settings.documents.maxBytes });
  app.use(csrf(), (context, next) => (context.req.path === '/upload' ? uploads : forms)(context, next));
  app.use(async (context, next) => {
    context.set('user', await currentUser(context, secret, parts.directory));
    context.header('Cache-Control', 'no-store');
    await next();
  });
  app.route('/', inboxRoutes(parts));
  app.route('/', documentRoutes(parts));
  app.route('/', signInRoutes(parts));
  app.route('/', uploadRoutes(parts));
  app.route('/mail', mailRoutes(parts));
  app.route('/verify', confirmRoutes(parts));
  app.route('/runs', runsRoutes(parts));
  app.route('/runs', decisionRoutes(parts));
  app.notFound((context) => say(context, 404, 'Not found', ['There is nothing at this address.'], 'warn'));
  app.onError((error, context) => answerError(error, context, parts));
  return app;
}

function asset(context: RequestContext, content: string, type: string): Response {
  return context.body(content, 200, { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-cache' });
}

function answerError(error: Error, context: RequestContext, parts: Parts): Response | Promise<Response> {
  if (error instanceof HTTPException) {
    const forbidden = error.status === 403;
    const line = forbidden ? 'This was not sent from a page of this inbox, so it was not accepted.' : error.message;
    return forbidden ? say(context, 403, 'Not accepted', [line]) : error.getResponse();
  }
  if (error instanceof WorkerBusy) return sayNotYet(context);
  const outage = outageOf(error);
  if (outage !== undefined) return say(context, 503, 'Not available right now', outage.split('\n'));
  if (isNotFound(error)) return say(context, 404, 'Not found', error.message.split('\n'), 'warn');
  if (error instanceof Refused) return say(context, 409, 'Not accepted', error.message.split('\n'));
  parts.log?.error({ err: error, path: context.req.path }, 'page failed');
  return say(context, 500, 'Something went wrong', ['This page could not be made. The log of the server says why.']);
}

/** A page that asked a busy worker, and asks it again by itself. */
function sayNotYet(context: RequestContext): Promise<Response> {
  context.header('Refresh', '3');
  return say(context, 503, 'Not yet', [notYetLine], 'warn');
}

function say(
  context: RequestContext,
  status: NonNullable<Shown['status']>,
  title: string,
  lines: string[],
  tone: Notice['tone'] = 'bad',
): Promise<Response> {
  return showPage(context, {
    title,
    status,
    notice: { tone, lines },
    body: html`<h1>${title}</h1>
      <p><a href="/">To the inbox</a></p>`,
  });
}
