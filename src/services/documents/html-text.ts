/**
 * The visible text of HTML: one line a block, cells of a row on one line with tabs between them.
 *
 * It never builds a page, so nothing in the document can run, load or reach out.
 */

const skipped = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'iframe',
  'object',
  'svg',
  'head',
  'title',
  'select',
]);
const voids = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));
const blocks = new Set(
  (
    'address article aside blockquote body br caption dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header ' +
    'hr html li main nav ol p pre section table tbody tfoot thead tr ul'
  ).split(' '),
);

const latin1 = (
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para ' +
  'middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave ' +
  'Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc ' +
  'Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc ' +
  'iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'
).split(' ');
const entities = new Map<string, string>([
  ...latin1.map((name, index) => [name, String.fromCodePoint(160 + index)] as const),
  ...Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    euro: '€',
    ndash: '–',
    mdash: '—',
    hellip: '…',
  }),
  ...Object.entries({ lsquo: '‘', rsquo: '’', sbquo: '‚', ldquo: '“', rdquo: '”', bdquo: '„', bull: '•', trade: '™' }),
  ...Object.entries({ OElig: 'Œ', oelig: 'œ', ensp: ' ', emsp: ' ', thinsp: ' ', zwnj: '', zwj: '' }),
]);

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]\w{1,10}));/gi, (whole, hex, decimal, name) => {
    if (typeof name === 'string') return entities.get(name) ?? whole;
    const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

interface Tag {
  readonly name: string;
  readonly isEnd: boolean;
  readonly isHidden: boolean;
  /** One past its last character. */
  readonly end: number;
}

/** The tag that starts at `from`, or `undefined` if the `<` is only a character. */
function tagAt(html: string, from: number): Tag | undefined {
  const start = /^<(\/?)([a-z][\w:-]{0,40})/i.exec(html.slice(from, from + 44));
  if (start === null) return undefined;
  let quote = '';
  let at = from + start[0].length;
  for (; at < html.length; at += 1) {
    const character = html[at] ?? '';
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '>') break;
  }
  const attributes = html.slice(from + start[0].length, Math.min(at, from + 2000));
  return {
    name: (start[2] ?? '').toLowerCase(),
    isEnd: start[1] === '/',
    isHidden: /\shidden(?:[\s=>/]|$)|style\s*=\s*["'][^"']*(?:display\s*:\s*none|visibility\s*:\s*hidden)/i.test(
      attributes,
    ),
    end: at + 1,
  };
}

/** End of what a skipped or hidden element contains: its own end tag, counting elements of the same name inside. */
function endOfElement(html: string, tag: Tag): number {
  if (voids.has(tag.name)) return tag.end;
  const pattern = new RegExp(`<(/?)${tag.name}\\b`, 'gi');
  pattern.lastIndex = tag.end;
  let depth = 1;
  for (let match = pattern.exec(html); match !== null; match = pattern.exec(html)) {
    depth += match[1] === '/' ? -1 : 1;
    if (depth > 0) continue;
    const close = html.indexOf('>', match.index);
    return close < 0 ? html.length : close + 1;
  }
  return html.length;
}

function separatorOf(tag: Tag): string {
  if (tag.name === 'td' || tag.name === 'th') return tag.isEnd ? '\t' : '';
  return blocks.has(tag.name) ? '\n' : '';
}

/** Paragraphs are set apart by an empty line, rows and items only by a new one; a block inside a cell keeps the row's line. */
function breakFor(tag: Tag, cellDepth: number, before: readonly string[]): string {
  const separator = separatorOf(tag);
  if (separator !== '\n') return separator;
  if (cellDepth > 0) return ' ';
  if (/^(?:br|p|h[1-6]|table|ul|ol)$/.test(tag.name)) return separator;
  const last = before.findLast((part) => part.trim() !== '' || part === '\n');
  return last === '\n' || last === undefined ? '' : separator;
}

/** Where a comment or declaration that starts at `from` ends; `undefined` if none does. */
function endOfComment(html: string, from: number): number | undefined {
  const closer = html.startsWith('<!--', from) ? '-->' : /^<[!?]/.test(html.slice(from, from + 2)) ? '>' : undefined;
  if (closer === undefined) return undefined;
  const end = html.indexOf(closer, from + 2);
  return end < 0 ? html.length : end + closer.length;
}

function tidy(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      line
        .replace(/[ \u00a0]+/g, ' ')
        .replace(/ ?\t ?/g, '\t')
        .replace(/^[\t ]+|[\t ]+$/g, ''),
    )
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** The text a person would see. Scripts, styles, comments and hidden elements are left out. */
export function htmlToText(html: string): string {
  const parts: string[] = [];
  // Runs of white space are dropped at once, so that looking back from a tag is never far.
  const push = (part: string) => {
    if (part !== '' && !(part === ' ' && (parts.at(-1) ?? '\n').trim() === '')) parts.push(part);
  };
  let at = 0;
  let cellDepth = 0;
  while (at < html.length) {
    const next = html.indexOf('<', at);
    const stop = next < 0 ? html.length : next;
    push(decodeEntities(html.slice(at, stop).replace(/\s+/g, ' ')));
    if (next < 0) break;
    const commentEnd = endOfComment(html, next);
    const tag = commentEnd === undefined ? tagAt(html, next) : undefined;
    at = commentEnd ?? tag?.end ?? next + 1;
    if (commentEnd !== undefined) continue;
    if (tag === undefined) {
      push('<');
      continue;
    }
    if (tag.name === 'td' || tag.name === 'th') cellDepth = Math.max(0, cellDepth + (tag.isEnd ? -1 : 1));
    if (tag.name === 'tr') cellDepth = 0;
    if (!tag.isEnd && (tag.isHidden || skipped.has(tag.name))) at = endOfElement(html, tag);
    // A block inside a cell must not break the row's line.
    else push(breakFor(tag, cellDepth, parts));
  }
  return tidy(parts.join(''));
}
