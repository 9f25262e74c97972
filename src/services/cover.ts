/** Covers of articles: SVG from a template, drawn by a motif and the title's own numbers. */
import { createHash } from 'node:crypto';

const width = 1200;
const height = 630;

/** An SVG picture; the same title and motif give the same bytes. A motif that there is none of is drawn as waves. */
export function drawCoverSvg(title: string, motif: string): string {
  const draw = Object.hasOwn(drawers, motif) ? drawers[motif as keyof typeof drawers] : drawers.waves;
  const seed = createHash('sha256').update(title).digest();
  const hue = ((seed[0] ?? 0) * 360) / 256;
  const ink = `hsl(${hue.toFixed(0)} 45% 22%)`;
  const shapes = Array.from({ length: 14 }, (_, index) => draw(index, (seed[index + 1] ?? 0) / 255)).join('');
  const lines = wrap(title, 26)
    .slice(0, 4)
    .map((line, index) => `<tspan x="80" dy="${index === 0 ? 0 : 76}">${escapeXml(line)}</tspan>`)
    .join('');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">` +
    `<title>${escapeXml(title)}</title>` +
    `<rect width="${width}" height="${height}" fill="hsl(${hue.toFixed(0)} 55% 88%)"/>` +
    `<g fill="none" stroke="${ink}" stroke-opacity=".28" stroke-width="6">${shapes}</g>` +
    `<text x="80" y="250" font-family="Georgia,serif" font-size="64" font-weight="bold" fill="${ink}">${lines}</text>` +
    `</svg>\n`
  );
}

/** One of fourteen shapes; `chance` is from 0 to 1. */
const drawers = {
  rays: (index: number, chance: number) =>
    line(width, height, width - 1300 * Math.cos(index / 9), height - 1300 * Math.sin(index / 9 + chance / 20)),
  rings: (index: number, chance: number) =>
    `<circle cx="${near(300 + index * 70)}" cy="${near(120 + chance * 420)}" r="${near(40 + chance * 120)}"/>`,
  grid: (index: number, chance: number) =>
    `<rect x="${(index % 7) * 170 + 20}" y="${index < 7 ? 40 : 420}" width="130" height="${near(60 + chance * 110)}"/>`,
  steps: (index: number, chance: number) =>
    line(index * 90, height - index * 36 - chance * 30, index * 90 + 90, height - index * 36 - chance * 30),
  waves: (index: number, chance: number) => {
    const y = near(40 + index * 44);
    const bend = near(30 + chance * 60);
    return `<path d="M0 ${y} C 300 ${y - bend}, 400 ${y + bend}, 600 ${y} S 900 ${y - bend}, ${width} ${y}"/>`;
  },
};

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${near(x1)}" y1="${near(y1)}" x2="${near(x2)}" y2="${near(y2)}"/>`;
}

function near(value: number): number {
  return Math.round(value);
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/u)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function escapeXml(text: string): string {
  const plain = text.replace(/[^\P{Cc}\n\t]/gu, '');
  return plain.replace(/&/gu, '&amp;').replace(/</gu, '&lt;').replace(/>/gu, '&gt;');
}
