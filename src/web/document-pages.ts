/** `/documents/:id`: one stored document; `/search`: finding them. */
import { Hono } from 'hono';
import { html } from 'hono/html';
import { findDocument, searchDocuments, type SearchHit, type StoredDocument } from '../services/document-store.ts';
import { askDatabase, type Env, type Parts, type RequestContext, showPage } from './context.ts';
import { documentViewer } from './document-view.ts';
import { fieldInputs } from './field-form.ts';
import { amount, confidenceMeter, moment, words } from './format.ts';
import { type Html, renderNotice } from './layout.ts';
import { NotFound } from './outage.ts';
import { runPath } from './paths.ts';
import { fieldsSchema } from './subject.ts';

const maxHits = 50;

export function documentRoutes(parts: Parts): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/documents/:id', async (context) => {
    const document = await askDatabase(parts, (db) => findDocument(db, context.req.param('id')));
    if (document === undefined) throw new NotFound('There is no such document.');
    return showDocument(context, document);
  });
  app.get('/search', (context) => showSearch(context, parts));
  return app;
}

async function showDocument(context: RequestContext, document: StoredDocument): Promise<Response> {
  const problems = document.problems.filter((problem) => problem.field === undefined);
  return showPage(context, {
    title: document.name,
    body: html`<div class="head">
        <h1>${document.name}</h1>
        <p class="soft">
          ${statusChip(document)} ${moment(document.createdAt)} · <a href="${runPath(document.runId)}">the run</a>
        </p>
      </div>
      ${
        document.status === 'manual'
          ? renderNotice({ tone: 'warn', lines: [`For manual processing: ${document.reason ?? 'no reason was kept'}`] })
          : ''
      }
      <div class="beside">
        ${documentViewer(document, context.get('secret'))}
        <div class="card stack">
          <div class="row">
            <span class="chip">${words(document.kind)}</span>
            <span class="chip">${document.format}</span>
            <span>${confidenceMeter(document.confidence)}</span>
          </div>
          ${document.reviewedBy === null ? '' : html`<p class="soft">Reviewed by ${document.reviewedBy}</p>`}
          ${problems.length === 0 ? '' : renderNotice({ tone: 'warn', lines: problems.map(({ message }) => message) })}
          ${fieldInputs(fieldsSchema.parse(document.fields), { problems: document.problems, readOnly: true })}
        </div>
      </div>`,
  });
}

function statusChip({ status }: StoredDocument): Html {
  const tone = { stored: 'good', manual: 'warn', storing: '' }[status];
  return html`<span class="chip ${tone}">${words(status)}</span>`;
}

async function showSearch(context: RequestContext, parts: Parts): Promise<Response> {
  const query = (context.req.query('q') ?? '').trim().slice(0, 200);
  const hits = query === '' ? [] : await askDatabase(parts, (db) => searchDocuments(db, query, maxHits));
  return showPage(context, {
    title: 'Search',
    query,
    body: html`<section class="stack" aria-labelledby="title">
      <h1 id="title">${query === '' ? 'Search documents' : html`Documents for “${query}”`}</h1>
      ${query === '' ? html`<p class="soft">Type words, "an exact phrase", or -word to leave something out.</p>` : ''}
      ${query !== '' && hits.length === 0 ? html`<p class="soft">Nothing was found.</p>` : ''}
      <ul class="items">
        ${hits.map(renderHit)}
      </ul>
    </section>`,
  });
}

function renderHit({ document, excerpt }: SearchHit): Html {
  const { fields } = document;
  const details = [words(document.kind), fields.seller, fields.number, fields.issueDate].filter(Boolean);
  return html`<li class="card item wide">
    <div>
      <h3><a href="/documents/${document.id}">${document.name}</a></h3>
      <p class="soft small">${details.join(' · ')}</p>
      <p class="small">${excerpt}</p>
    </div>
    <p class="total num">${amount(fields.grandTotal, fields.currency)}</p>
  </li>`;
}
