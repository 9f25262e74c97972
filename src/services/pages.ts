/** Web pages from plain text with little marks: what processes publish and hand over. */
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A page to render. */
export interface Page {
  readonly title: string;
  /** Paragraphs, `## headings` and `- items`; everything else is text and is escaped. */
  readonly text: string;
  /** Address of a picture above the text, relative to the page. */
  readonly cover?: string | undefined;
  /** A line below the text. */
  readonly note?: string | undefined;
}

/** A whole HTML page without scripts; the same page gives the same bytes. */
export async function renderPage({ title, text, cover, note }: Page): Promise<string> {
  const picture = cover === undefined ? '' : html`<img src="${cover}" alt="" />`;
  const foot = note === undefined ? '' : html`<footer>${note}</footer>`;
  return document(
    title,
    html`<article>
      ${picture}
      <h1>${title}</h1>
      ${blocksOf(text)} ${foot}
    </article>`,
  );
}

/** A page that lists others. */
export async function renderIndex(
  title: string,
  entries: readonly { readonly href: string; readonly title: string; readonly date: string; readonly lead: string }[],
): Promise<string> {
  const items = entries.map(
    (entry) =>
      html`<li>
        <a href="${entry.href}">${entry.title}</a> <time>${entry.date}</time>
        <p>${entry.lead}</p>
      </li>`,
  );
  return document(
    title,
    html`<h1>${title}</h1>
      <ul class="index">
        ${items}
      </ul>`,
  );
}

const style = `body{font:1.05rem/1.6 Georgia,serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#1c1c28}
h1,h2{line-height:1.2}img{width:100%;height:auto}footer,time{color:#667;font-size:.85rem}.index{list-style:none;padding:0}`;

async function document(title: string, body: Html): Promise<string> {
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html>`;
  return `${page.toString().trim()}\n`;
}

function blocksOf(text: string): Html[] {
  return text
    .split(/\n\s*\n/u)
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .map(blockOf);
}

function blockOf(block: string): Html {
  const [, marks, heading] = /^(#{1,4})\s+(.+)$/su.exec(block) ?? [];
  if (heading !== undefined) return marks === '###' ? html`<h3>${heading}</h3>` : html`<h2>${heading}</h2>`;
  const lines = block.split('\n').map((line) => line.trim());
  if (lines.every((line) => /^[-*]\s/u.test(line))) {
    return html`<ul>
      ${lines.map((line) => html`<li>${line.slice(2)}</li>`)}
    </ul>`;
  }
  return html`<p>${lines.join(' ')}</p>`;
}
