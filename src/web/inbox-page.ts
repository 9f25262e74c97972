/** `/`: what waits for a person, over all runs, and the documents that were given up for manual processing. */
import { html, raw } from 'hono/html';
import { listInbox, type InboxItem } from '../runs.ts';
import { listManual, type StoredDocument } from '../services/document-store.ts';
import { askDatabase, type Env, needRuns, type Parts, type RequestContext, showPage } from './context.ts';
import { amount, confidenceMeter, moment, words } from './format.ts';
import { type Html, logo, type Notice, renderNotice } from './layout.ts';
import { orOutage } from './outage.ts';
import { gatePath, processTitle } from './paths.ts';
import { takeNotice, type User } from './session.ts';
import { documentOf } from './subject.ts';
import { uploadForm } from './upload.ts';
import { Hono } from 'hono';

const maxItems = 200;
const filters = [
  { name: 'all', label: 'All', path: '/' },
  { name: 'mine', label: 'Mine', path: '/?show=mine' },
  { name: 'overdue', label: 'Overdue', path: '/?show=overdue' },
] as const;
type Filter = (typeof filters)[number]['name'];

export function inboxRoutes(parts: Parts): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/', (context) => showInbox(context, parts));
  return app;
}

async function showInbox(context: RequestContext, parts: Parts): Promise<Response> {
  const user = context.get('user');
  const asked = context.req.query('show');
  const filter: Filter = asked === 'overdue' || (asked === 'mine' && user !== undefined) ? asked : 'all';
  const [waiting, manual] = await Promise.all([
    orOutage(async () => listInbox(needRuns(parts), criteria(filter, user))),
    orOutage(() => askDatabase(parts, (db) => listManual(db, maxItems))),
  ]);
  const left = await takeNotice(context, context.get('secret'));
  return showPage(context, {
    title: 'Inbox',
    notice: left === undefined ? undefined : { tone: 'good', lines: [left] },
    body: html`<section class="stack" aria-labelledby="waiting" id="inbox" data-every="15000">
        <div class="head">
          <h1 id="waiting">Waiting for a decision ${'value' in waiting ? countChip(waiting.value.length) : ''}</h1>
          <nav class="filters small" aria-label="Filter">${filters.map((each) => filterLink(each, filter, user))}</nav>
        </div>
        ${'value' in waiting ? renderItems(waiting.value, filter) : renderNotice(outageNotice(waiting.outage))}
      </section>
      <section class="stack" aria-labelledby="manual">
        <h2 id="manual">For manual processing</h2>
        ${'value' in manual ? renderManual(manual.value) : renderNotice(outageNotice(manual.outage))}
      </section>
      ${uploadForm(user)}`,
  });
}

function criteria(filter: Filter, user: User | undefined): Parameters<typeof listInbox>[1] {
  if (filter === 'overdue') return { overdue: true, limit: maxItems };
  if (filter === 'mine' && user !== undefined) return { user: user.name, roles: user.roles, limit: maxItems };
  return { limit: maxItems };
}

function outageNotice(outage: string): Notice {
  return { tone: 'bad', lines: outage.split('\n') };
}

function countChip(count: number): Html {
  return html`<span class="chip num">${count === maxItems ? `${count.toString()}+` : count.toString()}</span>`;
}

function filterLink(each: (typeof filters)[number], current: Filter, user: User | undefined): Html {
  const here = each.name === current ? raw('aria-current="page"') : '';
  const path = each.name === 'mine' && user === undefined ? '/sign-in?next=%2F%3Fshow%3Dmine' : each.path;
  return html`<a href="${path}" ${here}>${each.label}</a>`;
}

function renderItems(items: readonly InboxItem[], filter: Filter): Html {
  if (items.length > 0)
    return html`<ul class="items">
      ${items.map(renderItem)}
    </ul>`;
  const words = {
    all: 'Nothing waits for a decision.',
    mine: 'Nothing waits for you.',
    overdue: 'Nothing is overdue.',
  };
  return html`<div class="card empty">
    ${logo}
    <p>${words[filter]}</p>
  </div>`;
}

function renderItem(item: InboxItem): Html {
  const { gate } = item;
  const subject = documentOf(gate);
  const fields = subject?.fields;
  const details = [processTitle(item.process), words(gate.name), fields?.seller, fields?.number].filter(Boolean);
  return html`<li class="card item">
    <div>
      <h3><a href="${gatePath(item.id, gate.name)}">${subject?.document.name ?? item.id}</a></h3>
      <p class="soft small">${details.join(' · ')}</p>
    </div>
    <p class="total num">${fields === undefined ? '' : amount(fields.grandTotal, fields.currency)}</p>
    <p class="wide-only">${subject === undefined ? '' : confidenceMeter(subject.confidence)}</p>
    <p class="due small">
      ${item.overdue ? html`<span class="chip bad">overdue</span>` : html`<span class="soft">due</span>`}
      ${moment(gate.due)}
    </p>
  </li>`;
}

function renderManual(documents: readonly StoredDocument[]): Html {
  if (documents.length === 0) return html`<p class="soft">No document was given up.</p>`;
  return html`<ul class="items">
    ${documents.map(
      (document) =>
        html`<li class="card item wide">
          <div>
            <h3><a href="/documents/${document.id}">${document.name}</a></h3>
            <p class="small">${document.reason ?? 'No reason was kept.'}</p>
          </div>
          <p class="due small soft">${moment(document.createdAt)}</p>
        </li>`,
    )}
  </ul>`;
}
