/** The final report on a patient, as a page and as a PDF. */
import { html } from 'hono/html';
import { PDFDocument, StandardFonts, type PDFFont } from 'pdf-lib';
import type { Analysis, Quality, Sections } from './quality.ts';

/** Everything that the report says. */
export interface PatientReport {
  readonly sections: Sections;
  readonly quality: Quality;
  readonly analysis: Analysis;
  readonly approvedBy: readonly string[];
  /** When, ISO. */
  readonly approvedAt: string;
}

/** A heading and its lines; both forms of the report are made of these. */
interface Block {
  readonly heading: string;
  readonly lines: readonly string[];
}

function blocksOf({ sections, quality, analysis, approvedBy, approvedAt }: PatientReport): Block[] {
  const { person, labs, medications, vitals, history, notes } = sections;
  const none = ['not available'];
  return [
    {
      heading: `Report on ${person.name ?? 'an unnamed patient'}`,
      lines: [
        `Born ${person.birthDate ?? 'unknown'}, ${person.gender ?? 'sex unknown'}, record ${person.id}`,
        `Approved by ${approvedBy.join(', ')} on ${approvedAt.slice(0, 16).replace('T', ' ')} UTC`,
        `Quality of the data: ${quality.level} (${String(quality.score)}); ${analysis.kind} analysis`,
      ],
    },
    { heading: 'Findings', lines: analysis.findings.length === 0 ? ['nothing stands out'] : analysis.findings },
    ...(analysis.limits.length === 0 ? [] : [{ heading: 'What this report does not cover', lines: analysis.limits }]),
    {
      heading: 'Laboratory',
      lines:
        labs?.map(({ name, value, unit, low, high, judgement, date }) => {
          const range =
            low === undefined && high === undefined ? '' : ` (${String(low ?? '')} to ${String(high ?? '')})`;
          return `${name}: ${String(value)} ${unit}${range}, ${judgement}, ${date.slice(0, 10)}`;
        }) ?? none,
    },
    {
      heading: 'Vital signs',
      lines:
        vitals?.map(({ name, value, trend, finding, date }) =>
          [`${name}: ${value}, ${trend}`, finding, date.slice(0, 10)].filter((each) => each !== undefined).join(', '),
        ) ?? none,
    },
    {
      heading: 'Medications',
      lines:
        medications?.map(({ name, category, active }) => `${name} (${category})${active ? '' : ', no longer taken'}`) ??
        none,
    },
    { heading: 'History', lines: history === null ? none : historyLines(history) },
    { heading: 'Notes', lines: notes === null || notes.length === 0 ? ['none'] : notes.slice(0, 20) },
  ];
}

function historyLines({
  active,
  past,
  procedures,
  immunizations,
  allergies,
}: NonNullable<Sections['history']>): string[] {
  return [
    ...active.map((each) => `active: ${each}`),
    ...past.map((each) => `past: ${each}`),
    ...procedures.map((each) => `procedure: ${each}`),
    `${String(immunizations)} immunizations on record`,
    allergies.length === 0 ? 'no allergies on record' : `allergies: ${allergies.join(', ')}`,
  ];
}

/** One page of HTML that needs nothing else. */
export async function renderReportPage(report: PatientReport): Promise<string> {
  const [title, ...blocks] = blocksOf(report);
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title?.heading}</title>
        <style>
          body {
            font:
              15px/1.5 system-ui,
              sans-serif;
            max-width: 46rem;
            margin: 2rem auto;
            color: #1c1c1c;
          }
          h2 {
            border-bottom: 1px solid #ccc;
            margin-top: 1.6em;
          }
        </style>
      </head>
      <body>
        <h1>${title?.heading}</h1>
        ${title?.lines.map((line) => html`<p>${line}</p>`)}
        ${blocks.map(
          ({ heading, lines }) =>
            html`<h2>${heading}</h2>
              <ul>
                ${lines.map((line) => html`<li>${line}</li>`)}
              </ul>`,
        )}
      </body>
    </html>`;
  return page.toString();
}

const page = { width: 595, height: 842, margin: 56 };
const size = { heading: 14, line: 10 };

/** The same as a PDF, A4. The same report gives the same bytes. */
export async function renderReportPdf(report: PatientReport): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  pdf.setCreationDate(new Date(report.approvedAt));
  pdf.setModificationDate(new Date(report.approvedAt));
  const fonts = {
    heading: await pdf.embedFont(StandardFonts.HelveticaBold),
    line: await pdf.embedFont(StandardFonts.Helvetica),
  };
  let sheet = pdf.addPage([page.width, page.height]);
  let y = page.height - page.margin;
  const write = (text: string, kind: keyof typeof fonts): void => {
    for (const row of wrap(drawable(text), fonts[kind], size[kind])) {
      if (y < page.margin) {
        sheet = pdf.addPage([page.width, page.height]);
        y = page.height - page.margin;
      }
      sheet.drawText(row, { x: page.margin, y, size: size[kind], font: fonts[kind] });
      y -= size[kind] * 1.4;
    }
  };
  for (const { heading, lines } of blocksOf(report)) {
    y -= size.heading;
    write(heading, 'heading');
    for (const line of lines) write(line, 'line');
  }
  return pdf.save();
}

/** The standard fonts have Western letters only; others are shown as a question mark. */
function drawable(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e\u00a0-\u00ff]/g, '?');
}

function wrap(text: string, font: PDFFont, fontSize: number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    const longer = row === '' ? word : `${row} ${word}`;
    if (row !== '' && font.widthOfTextAtSize(longer, fontSize) > page.width - 2 * page.margin) {
      rows.push(row);
      row = word;
    } else row = longer;
  }
  return [...rows, row];
}
