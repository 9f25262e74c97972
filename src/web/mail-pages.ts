/** `/mail`: what the embedded mail server keeps. A mail's HTML is a page of its own in a sandboxed frame. */
import { Hono } from 'hono';
import { html } from 'hono/html';
import { findSentMail, listSentMails, type SentMail, type SentMailContent } from '../services/mail/sent-mails.ts';
import { askDatabase, type Env, type Parts, type RequestContext, showPage } from './context.ts';
import { disposition, frameHeaders } from './files-routes.ts';
import { bytes, moment } from './format.ts';
import type { Html } from './layout.ts';
import { NotFound } from './outage.ts';

const maxMails = 200;
const maxText = 300_000;
const maxLinks = 20;

/** The list and the page of one mail. */
export function mailRoutes(parts: Parts): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/', async (context) => {
    const mails = await askDatabase(parts, (db) => listSentMails(db, maxMails));
    return showPage(context, { title: 'Mail', body: renderList(mails) });
  });
  app.get('/:id', async (context) => showMail(context, await findMail(parts, context.req.param('id'))));
  return app;
}

/** What is inside a mail, as harmless as it can be: sandboxed, without scripts, able to load nothing. */
export function mailContentRoutes(parts: Parts): Hono<Env> {
  const app = new Hono<Env>();
  app.use(frameHeaders);
  app.get('/:id', async (context) => {
    const mail = await findMail(parts, context.req.param('id'));
    return context.html(mail.html ?? '');
  });
  app.get('/:id/attachments/:index', async (context) => {
    const mail = await findMail(parts, context.req.param('id'));
    const attachment = mail.attachments[Number(context.req.param('index'))];
    if (attachment === undefined) throw new NotFound('There is no such attachment.');
    return context.body(new Uint8Array(attachment.content), 200, {
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': disposition(false, attachment.name),
    });
  });
  return app;
}

async function findMail(parts: Parts, id: string): Promise<SentMailContent> {
  const mail = await askDatabase(parts, (db) => findSentMail(db, id));
  if (mail === undefined) throw new NotFound('There is no such mail.');
  return mail;
}

function renderList(mails: readonly SentMail[]): Html {
  return html`<section class="stack" aria-labelledby="title">
    <h1 id="title">Mail</h1>
    <p class="soft">
      What was sent, newest first. It stays on this machine; with a mail server of yours (FERMATA_SMTP_URL) mail goes
      there and not here.
    </p>
    ${mails.length === 0 ? html`<p class="soft">Nothing was sent yet.</p>` : ''}
    <ul class="items">
      ${mails.map(
        (mail) =>
          html`<li class="card item wide">
            <div>
              <h3><a href="/mail/${mail.id}">${titleOf(mail)}</a></h3>
              <p class="soft small">to ${mail.recipients.join(', ')} · ${bytes(mail.size)}</p>
            </div>
            <p class="due small soft">${moment(mail.receivedAt)}</p>
          </li>`,
      )}
    </ul>
  </section>`;
}

function showMail(context: RequestContext, mail: SentMailContent): Promise<Response> {
  const links = linksIn(mail.text);
  return showPage(context, {
    title: titleOf(mail),
    body: html`<div class="head">
        <h1>${titleOf(mail)}</h1>
        <p class="soft">
          from ${mail.sender} to ${mail.recipients.join(', ')} · ${moment(mail.receivedAt)} ·
          <a href="/mail">All mail</a>
        </p>
      </div>
      <div class="card stack">
        <pre>${mail.text.slice(0, maxText)}</pre>
        ${links.map((link) => html`<p><a href="${link}" rel="noopener noreferrer">${link}</a></p>`)}
        ${mail.attachments.map(
          ({ name, content }, index) =>
            html`<p>
              <a href="/mail-content/${mail.id}/attachments/${index}" download>${name}</a>
              <span class="small soft">${bytes(content.length)}</span>
            </p>`,
        )}
      </div>
      ${
        mail.html === undefined
          ? ''
          : html`<section class="card viewer" aria-label="The mail as HTML">
              <iframe title="The mail as HTML" sandbox="" src="/mail-content/${mail.id}"></iframe>
            </section>`
      }`,
  });
}

function titleOf({ subject }: SentMail): string {
  return subject === '' ? 'Without a subject' : subject;
}

/** Addresses in a text, to click on: http and https only. */
function linksIn(text: string): readonly string[] {
  const found = text.slice(0, maxText).match(/\bhttps?:\/\/[^\s<>"']+/g) ?? [];
  const links = found.map((link) => link.replace(/[.,;:!?)\]]+$/, '')).filter((link) => URL.canParse(link));
  return [...new Set(links)].slice(0, maxLinks);
}
