/** The bytes of documents, as harmless as they can be: sandboxed, typed by content, never as HTML, SVG or script. */
import { fileTypeFromBuffer } from 'file-type';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { Env, Parts, RequestContext } from './context.ts';
import { textPage } from './document-view.ts';
import { isFileSignature } from './session.ts';

const maxShown = 300_000;
const maxPretty = 1_000_000;
const inlineTypes = new Set(['application/pdf', 'image/png', 'image/jpeg']);

/** For content from outside, shown in a frame: no scripts, nothing loaded, no way out of the frame. */
export const frameHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'unsafe-inline'"],
    frameAncestors: ["'self'"],
    sandbox: [],
  },
  xFrameOptions: 'SAMEORIGIN',
  referrerPolicy: 'no-referrer',
  strictTransportSecurity: false,
});

/**
 * `/:hash` the bytes, `/:hash/text` what a person would read in them, `/:hash/source` the bytes as text. Answers only
 * to links that a page showing the document signed.
 */
export function filesRoutes(parts: Parts): Hono<Env> {
  const app = new Hono<Env>();
  app.use(frameHeaders);
  app.use('/:hash/*', guard);
  app.use('/:hash', guard);
  app.get('/:hash', async (context) => {
    const content = await parts.files.get(context.req.param('hash'));
    const type = await safeType(content);
    const inline = context.req.query('download') === undefined && inlineTypes.has(type);
    return context.body(new Uint8Array(content), 200, {
      'Content-Type': type,
      'Content-Disposition': disposition(inline, context.req.query('name') ?? 'document'),
      'Cache-Control': 'private, max-age=3600',
    });
  });
  app.get('/:hash/source', async (context) => {
    const content = await parts.files.get(context.req.param('hash'));
    return context.html(await textPage([{ title: '', text: cut(readable(decode(content))) }]));
  });
  app.get('/:hash/text', async (context) => {
    const content = await parts.files.get(context.req.param('hash'));
    return context.html(await textPage(await sectionsOf(parts, content, context.req.query('name') ?? 'document')));
  });
  return app;

  async function guard(context: RequestContext, next: () => Promise<void>): Promise<Response | undefined> {
    const hash = context.req.param('hash') ?? '';
    const signed = isFileSignature(context.get('secret'), hash, context.req.query('key') ?? '');
    if (!signed) return context.text('This link is not valid; open the document from its page.', 403);
    if (!(await parts.files.has(hash))) return context.text('This file is no longer in the file store.', 404);
    await next();
    return undefined;
  }
}

async function sectionsOf(
  parts: Parts,
  content: Uint8Array,
  name: string,
): Promise<readonly { readonly title: string; readonly text: string }[]> {
  if (parts.read === undefined) return [{ title: '', text: cut(decode(content)) }];
  try {
    const { sections } = await parts.read(content, name);
    if (sections.every(({ text }) => text.trim() === '')) return [{ title: '', text: 'There is no text in it.' }];
    let left = maxShown;
    return sections.flatMap(({ title, text }) => {
      if (left <= 0) return [];
      const shown = cut(text, left);
      left -= text.length;
      return [{ title, text: shown }];
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return [{ title: '', text: `The text cannot be read: ${reason ?? 'no reason given'}` }];
  }
}

/** A type that no browser runs; by content, whatever the name says. */
async function safeType(content: Uint8Array): Promise<string> {
  const found = await fileTypeFromBuffer(content).catch(() => undefined);
  if (found !== undefined && inlineTypes.has(found.mime)) return found.mime;
  const start = content.subarray(0, 4096);
  return found === undefined && !start.includes(0) ? 'text/plain; charset=utf-8' : 'application/octet-stream';
}

/** RFC 6266: a plain name for old browsers, the real one encoded. */
export function disposition(inline: boolean, name: string): string {
  const plain = name.replaceAll(/[^\w. -]/g, '_').slice(0, 100);
  // Cutting may leave half a character, which encodeURIComponent would refuse.
  const whole = Buffer.from(name.slice(0, 200)).toString();
  const full = encodeURIComponent(whole).replaceAll(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return `${inline ? 'inline' : 'attachment'}; filename="${plain}"; filename*=UTF-8''${full}`;
}

function decode(content: Uint8Array): string {
  if (content[0] === 0xff && content[1] === 0xfe) return new TextDecoder('utf-16le').decode(content);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return new TextDecoder('windows-1252').decode(content);
  }
}

/** XML that came in one line, a tag a line and indented; everything else as it is. */
function readable(text: string): string {
  const isXml = text.trimStart().startsWith('<');
  if (!isXml || text.length > maxPretty || text.split('\n', 6).length > 5) return text;
  let depth = 0;
  return text
    .replaceAll(/>\s*</g, '>\n<')
    .split('\n')
    .map((line) => {
      const closes = line.startsWith('</');
      const opens = /^<[^?!/]/.test(line) && !line.endsWith('/>') && !line.includes('</');
      if (closes) depth = Math.max(0, depth - 1);
      const indented = '  '.repeat(Math.min(depth, 40)) + line;
      if (opens) depth += 1;
      return indented;
    })
    .join('\n');
}

function cut(text: string, max = maxShown): string {
  return text.length <= max ? text : `${text.slice(0, max)}\n… cut here; download the file to see the rest.`;
}
