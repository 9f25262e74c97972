/** What a completed run returned, as facts for a person. */
import { html } from 'hono/html';
import type { Runs } from '../runs.ts';
import { words } from './format.ts';
import type { Html } from './layout.ts';

const maxValue = 300;

/** The result of the completed run `id` as a card; `undefined` when it returned nothing. */
export async function resultOf(runs: Runs, id: string): Promise<Html | undefined> {
  const result: unknown = await runs.client.workflow.getHandle(id).result();
  if (result === null || result === undefined) return undefined;
  const entries = typeof result === 'object' ? Object.entries(result) : [['result', result] as const];
  const documentId = entries.find(([name]) => name === 'documentId')?.[1] as unknown;
  return html`<section class="card stack" aria-labelledby="result">
    <h2 id="result">Result</h2>
    <dl class="facts">${entries.flatMap(([name, value]: readonly [string, unknown]) => fact(name, value))}</dl>
    ${typeof documentId === 'string' ? html`<p><a href="/documents/${documentId}">Open the document</a></p>` : ''}
  </section>`;
}

function fact(name: string, value: unknown): Html[] {
  if (value === null || value === undefined || name === 'documentId') return [];
  if (Array.isArray(value) && value.length === 0) return [];
  if (name === 'fields' && typeof value === 'object') {
    return Object.entries(value).flatMap(([field, inner]: [string, unknown]) => fact(field, inner));
  }
  return [
    html`<dt>${words(name)}</dt>
      <dd>${describe(value)}</dd>`,
  ];
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `${value.length.toString()} ${value.length === 1 ? 'entry' : 'entries'}`;
  const text = JSON.stringify(value);
  return text.length > maxValue ? `${text.slice(0, maxValue)}…` : text;
}
