/**
 * A document as a person sees it: its picture by the browser's own viewer, its text, its source. Each is a separate
 * sandboxed page in a frame, so nothing in a document can reach the inbox around it.
 */
import { html, raw } from 'hono/html';
import type { Html } from './layout.ts';
import { bytes } from './format.ts';
import { signFile } from './session.ts';
import { textStyle } from './style.ts';

/** A document to show. `size` is left out where it is not known. */
export interface ShownDocument {
  readonly hash: string;
  readonly name: string;
  readonly format: string;
  readonly size?: number;
}

type View = 'picture' | 'text' | 'source';

const viewsOf: Readonly<Record<string, readonly View[]>> = {
  facturx: ['picture', 'text'],
  pdf: ['picture', 'text'],
  ubl: ['source', 'text'],
  cii: ['source', 'text'],
  fatturapa: ['source', 'text'],
  xml: ['source', 'text'],
  html: ['text', 'source'],
  email: ['text', 'source'],
  docx: ['text'],
  csv: ['text', 'source'],
  text: ['text'],
};
const labels: Readonly<Record<View, string>> = { picture: 'Document', text: 'Text', source: 'Source' };

/** Frame and tabs for one document. Only pages that show a document may call this: it signs the links to the file. */
export function documentViewer(document: ShownDocument, secret: Uint8Array): Html {
  const views = viewsOf[document.format] ?? (['text'] as const);
  const address = (view: View | 'download'): string => fileAddress(document, secret, view);
  const first = views[0] ?? 'text';
  return html`<section class="card viewer" aria-label="The document">
    <div class="bar">
      <nav class="filters small" aria-label="Ways to see the document">
        ${views.map(
          (view) =>
            html`<a href="${address(view)}" target="document" ${view === first ? raw('aria-current="true"') : ''}
              >${labels[view]}</a
            >`,
        )}
      </nav>
      <span class="spring"></span>
      <a class="small" href="${address('download')}" download>Download</a>
      ${document.size === undefined ? '' : html`<span class="small soft">${bytes(document.size)}</span>`}
    </div>
    <iframe name="document" title="The document ${document.name}" src="${address(first)}"></iframe>
  </section>`;
}

/** Where a document can be fetched: signed, so that a link cannot be made up for another file. */
function fileAddress(document: ShownDocument, secret: Uint8Array, view: View | 'download'): string {
  const query = new URLSearchParams({ name: document.name, key: signFile(secret, document.hash) });
  if (view === 'download') query.set('download', '1');
  const path = view === 'text' || view === 'source' ? `/${view}` : '';
  const fragment = view === 'picture' ? '#toolbar=1&navpanes=0&view=FitH' : '';
  return `/files/${document.hash}${path}?${query.toString()}${fragment}`;
}

/** The page inside the frame for text: escaped, without scripts, able to load nothing. */
export function textPage(sections: readonly { readonly title: string; readonly text: string }[]): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Document text</title>
        <style>
          ${raw(textStyle)}
        </style>
      </head>
      <body>
        ${sections.map(
          ({ title, text }) =>
            html`${title === '' ? '' : html`<h2>${title}</h2>`}
              <pre>${text}</pre>`,
        )}
      </body>
    </html>`;
}
