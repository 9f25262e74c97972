/** The frame of every page: head, navigation, notices. All text is escaped by `html`. */
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { User } from './session.ts';

/** Escaped HTML, ready to be put into another template. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** Something to tell at the top of a page. */
export interface Notice {
  readonly tone: 'good' | 'warn' | 'bad' | 'plain';
  readonly lines: readonly string[];
}

/** One page: its title, what surrounds it, and its content. */
export interface Page {
  readonly title: string;
  readonly user: User | undefined;
  /** Address of the page, for the navigation and for coming back after signing in. */
  readonly path: string;
  readonly notice?: Notice | undefined;
  readonly query?: string;
  readonly body: Html;
}

/** The fermata sign: an arc over a dot. */
export const logo = raw(
  '<svg viewBox="0 0 32 32" fill="none" aria-hidden="true">' +
    '<path d="M3 23a13 13 0 0 1 26 0" stroke="currentColor" stroke-width="3" stroke-linecap="round"/>' +
    '<circle cx="16" cy="22" r="3" fill="currentColor"/></svg>',
);

/** The same sign for browser tabs. */
export const favicon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none">' +
  '<path d="M3 23a13 13 0 0 1 26 0" stroke="#2a7a7c" stroke-width="3.4" stroke-linecap="round"/>' +
  '<circle cx="16" cy="22" r="3.4" fill="#2a7a7c"/></svg>';

const places = [
  { path: '/', label: 'Inbox' },
  { path: '/runs', label: 'Runs' },
  { path: '/mail', label: 'Mail' },
] as const;

/** The whole document of one page. */
export function renderPage(page: Page): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title} · Fermata</title>
        <link rel="icon" href="/assets/fermata.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/fermata.css" />
        <script src="/assets/fermata.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="top">
          <div>
            <a class="brand" href="/">${logo} Fermata</a>
            <nav aria-label="Pages">${places.map((place) => navLink(place, page.path))}</nav>
            <form class="find" action="/search" role="search">
              <input
                type="search"
                name="q"
                value="${page.query ?? ''}"
                placeholder="Search documents"
                aria-label="Search documents"
              />
            </form>
            <div class="who">${who(page)}</div>
          </div>
        </header>
        <main id="main">${page.notice === undefined ? '' : renderNotice(page.notice)} ${page.body}</main>
      </body>
    </html>`;
}

/** A notice, announced by screen readers. */
export function renderNotice(notice: Notice): Html {
  const role = notice.tone === 'bad' || notice.tone === 'warn' ? 'alert' : 'status';
  return html`<div class="notice ${notice.tone}" role="${role}">
    ${notice.lines.map((line) => html`<p>${line}</p>`)}
  </div>`;
}

function navLink(place: (typeof places)[number], path: string): Html {
  const here = place.path === '/' ? path === '/' || path.startsWith('/?') : path.startsWith(place.path);
  return here
    ? html`<a href="${place.path}" aria-current="page">${place.label}</a>`
    : html`<a href="${place.path}">${place.label}</a>`;
}

function who({ user, path }: Page): Html {
  if (user === undefined) return html`<a href="/sign-in?next=${encodeURIComponent(path)}">Sign in</a>`;
  return html`<span>${user.title}</span>
    <form method="post" action="/sign-out"><button class="tiny">Sign out</button></form>`;
}
