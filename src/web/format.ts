/** How values are written for people: times, amounts, sizes, names. */
import { html } from 'hono/html';
import type { Html } from './layout.ts';

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** `in 3 hours`, `2 days ago`; below a minute `now`. */
function ago(iso: string, now: number = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  if (Number.isNaN(seconds)) return iso;
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return 'now';
}

/** A moment, relative, with the exact time for machines and on hover. */
export function moment(iso: string): Html {
  return html`<time datetime="${iso}" title="${iso.slice(0, 16).replace('T', ' ')} UTC">${ago(iso)}</time>`;
}

/** How long from one moment to another: `0.4 s`, `3 min`, `2 h`. */
export function span(start: string, end: string): string {
  const seconds = Math.max(0, (Date.parse(end) - Date.parse(start)) / 1000);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(0)} min`;
  return `${(seconds / 3600).toFixed(0)} h`;
}

/** A decimal string with thin spaces between thousands; anything else stays as it is. */
export function amount(value: string | null, currency: string | null): string {
  if (value === null) return '–';
  const match = /^(-?\d+)(\.\d+)?$/.exec(value);
  const digits = match ? (match[1] ?? '').replace(/\B(?=(\d{3})+$)/g, '\u202f') + (match[2] ?? '') : value;
  return currency === null ? digits : `${digits} ${currency}`;
}

function percent(confidence: number): string {
  return `${(Math.floor(confidence * 100) || 0).toFixed(0)} %`;
}

export function bytes(size: number): string {
  if (size < 1024) return `${size.toFixed(0)} B`;
  if (size < 1024 * 1024) return `${(size / 1024).toFixed(0)} KB`;
  return `${(size / 1024 / 1024).toFixed(1)} MB`;
}

/** `creditNote` → `Credit note`. */
export function words(name: string): string {
  const spaced = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_]/g, ' ')
    .toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** How sure the reading is, as a bar and a number. */
export function confidenceMeter(confidence: number): Html {
  return html`<span class="small soft">Confidence ${percent(confidence)}</span>
    <meter
      min="0"
      max="1"
      low="0.7"
      high="0.9"
      optimum="1"
      value="${confidence.toFixed(2)}"
      aria-label="Confidence ${percent(confidence)}"
    ></meter>`;
}
