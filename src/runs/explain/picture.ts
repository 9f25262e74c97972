/** A run's time line as a picture: one HTML file that needs nothing else. */
import type { Bar, Explanation } from '../explain.ts';

const rowHeight = 22;
const labelWidth = 260;
const chartWidth = 900;
const colours: Readonly<Record<Bar['kind'], string>> = {
  activity: '#2563eb',
  localActivity: '#0891b2',
  child: '#7c3aed',
  timer: '#9ca3af',
  branch: '#16a34a',
  item: '#16a34a',
  gate: '#d97706',
};
const badColour = '#dc2626';

/** The page; `lines` are the figures above the picture. */
export function picture(explanation: Explanation, lines: readonly string[]): string {
  const { bars, elapsedMs, id, process } = explanation;
  const critical = criticalKeys(explanation);
  const height = rowHeight * (bars.length + 2);
  const rows = bars.map((bar, index) => row(bar, index, elapsedMs, critical.has(barKey(bar))));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(`${process} ${id}`)}</title>
<style>
  body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem; color: #111827; background: #fff; }
  svg text { font: 12px system-ui, sans-serif; fill: #374151; }
  .critical { font-weight: 700; }
</style>
<h1>${escaped(process)}</h1>
<p>${lines.map(escaped).join('<br>')}</p>
<svg role="img" aria-label="time line" width="${String(labelWidth + chartWidth + 20)}" height="${String(height)}">
${scale(elapsedMs, height)}
${rows.join('\n')}
</svg>
<p>Solid: at work. Pale: in a queue or between attempts. Bold: on the critical path. Red: did not end well.</p>
</html>
`;
}

/** What tells whether a bar is on the critical path. */
export function barKey({
  name,
  from,
  to,
}: {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}): string {
  return `${name} ${String(from)} ${String(to)}`;
}

/** The keys of what the critical path goes through. */
export function criticalKeys({ criticalPath }: Explanation): ReadonlySet<string> {
  return new Set(criticalPath.map(barKey));
}

function row(bar: Bar, index: number, elapsedMs: number, critical: boolean): string {
  const y = rowHeight * (index + 1);
  const x = (at: number): number => labelWidth + (at / Math.max(1, elapsedMs)) * chartWidth;
  const colour = bar.outcome === 'done' || bar.outcome === 'open' ? colours[bar.kind] : badColour;
  const rect = (from: number, to: number, opacity: number): string =>
    `<rect x="${x(from).toFixed(1)}" y="${String(y + 4)}" width="${Math.max(1, x(to) - x(from)).toFixed(1)}" ` +
    `height="${String(rowHeight - 8)}" rx="2" fill="${colour}" opacity="${String(opacity)}"/>`;
  const took = `${String(bar.to - bar.from)} ms, at work ${String(bar.to - bar.started)} ms`;
  const tries = bar.attempts > 1 ? `, ${String(bar.attempts)} attempts` : '';
  const label = bar.name.length > 36 ? `${bar.name.slice(0, 35)}…` : bar.name;
  return (
    `<g><title>${escaped(`${bar.name} (${bar.kind}): ${bar.outcome}, ${took}${tries}`)}</title>` +
    `<text x="0" y="${String(y + 15)}"${critical ? ' class="critical"' : ''}>${escaped(label)}</text>` +
    `${rect(bar.from, bar.to, 0.3)}${rect(bar.started, bar.to, 1)}</g>`
  );
}

function scale(elapsedMs: number, height: number): string {
  return [0, 0.25, 0.5, 0.75, 1]
    .map((share) => {
      const x = (labelWidth + share * chartWidth).toFixed(1);
      const text = `${String(Math.round(share * elapsedMs))} ms`;
      const anchor = share === 1 ? 'end' : 'start';
      return (
        `<line x1="${x}" y1="16" x2="${x}" y2="${String(height)}" stroke="#e5e7eb"/>` +
        `<text x="${x}" y="12" text-anchor="${anchor}">${text}</text>`
      );
    })
    .join('\n');
}

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => names[character] ?? character);
}
