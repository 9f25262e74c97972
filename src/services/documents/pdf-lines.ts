/** Puts the pieces of a PDF page back into the lines a person sees: top to bottom, then left to right. */

/** A piece of text with its place on the page; `y` grows upwards. */
export interface TextPiece {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Height of the font. */
  readonly size: number;
}

interface Line {
  y: number;
  size: number;
  readonly pieces: TextPiece[];
}

/** Pieces are on one line when their baselines differ by less than half the smaller font. */
function intoLines(pieces: readonly TextPiece[]): Line[] {
  const lines: Line[] = [];
  for (const piece of [...pieces].sort((a, b) => b.y - a.y || a.x - b.x)) {
    const line = lines.at(-1);
    if (line !== undefined && line.y - piece.y <= 0.45 * Math.min(line.size, piece.size)) {
      line.pieces.push(piece);
      line.size = Math.max(line.size, piece.size);
    } else {
      lines.push({ y: piece.y, size: piece.size, pieces: [piece] });
    }
  }
  return lines;
}

/** A gap wider than a letter and a half separates columns, a visible one words, a smaller one nothing. */
function separator(gap: number, size: number): string {
  if (gap > 1.5 * size) return '\t';
  return gap > 0.12 * size ? ' ' : '';
}

function joinPieces(line: Line): string {
  let text = '';
  let end = Number.NaN;
  for (const piece of line.pieces.sort((a, b) => a.x - b.x)) {
    // Bold type is sometimes faked by printing the same piece twice, a hair apart.
    if (text.endsWith(piece.text) && piece.text.trim() !== '' && piece.x < end - 0.5 * piece.width) continue;
    if (text !== '') text += separator(piece.x - end, piece.size);
    text += piece.text;
    end = piece.x + piece.width;
  }
  return text
    .replace(/ *\t[\t ]*/g, '\t')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/**
 * Control characters and pictographs go; typographic ligatures and spaces are written out so that words and numbers can
 * be found. What a broken encoding left unreadable stays visible as U+FFFD: a name that lost a letter must not look whole.
 */
function cleanGlyphs(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\uFB00-\uFB06]/g, (ligature) => ligature.normalize('NFKD'))
    .replace(/\p{Zs}/gu, ' ')
    .replace(/(?!\t)[\p{Cc}\p{Cf}\u{1f000}-\u{1faff}]/gu, '')
    .replace(/[\p{Co}\p{Cs}]/gu, '\ufffd');
}

/** The lines of a page; a gap of more than two lines leaves an empty one. */
export function layoutPage(pieces: readonly TextPiece[]): string {
  const cleaned = pieces
    .map((piece) => ({ ...piece, text: cleanGlyphs(piece.text) }))
    .filter(({ text }) => text.trim() !== '');
  const out: string[] = [];
  let previous: Line | undefined;
  for (const line of intoLines(cleaned)) {
    if (previous !== undefined && previous.y - line.y > 2.5 * Math.max(previous.size, line.size)) out.push('');
    out.push(joinPieces(line));
    previous = line;
  }
  return out.join('\n');
}
