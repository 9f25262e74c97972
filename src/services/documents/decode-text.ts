/** Bytes to text: byte order marks, declared and guessed character sets. */
import type { Problem } from './types.ts';

/** Text with what was wrong about its bytes. */
export interface DecodedText {
  readonly text: string;
  readonly problems: readonly Problem[];
}

const badEncoding: Problem = {
  code: 'bad-encoding',
  message: 'the text is not in the character set it declares; letters may be wrong',
};

/** The encoding a byte order mark, or the zero bytes of plain ASCII in UTF-16, gives away. */
export function encodingOfBytes(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | undefined {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  const sample = bytes.subarray(0, 512);
  let evenZeros = 0;
  let oddZeros = 0;
  sample.forEach((byte, index) => {
    if (byte !== 0) return;
    if (index % 2 === 0) evenZeros += 1;
    else oddZeros += 1;
  });
  const many = sample.length / 5;
  if (sample.length >= 8 && oddZeros > many && evenZeros === 0) return 'utf-16le';
  if (sample.length >= 8 && evenZeros > many && oddZeros === 0) return 'utf-16be';
  return undefined;
}

function declaredEncoding(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 1024));
  const xml = /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{2,40})["']/i.exec(head);
  return (xml ?? /<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{2,40})/i.exec(head))?.[1]?.toLowerCase();
}

function tryDecode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Decodes by byte order mark, then by the declaration inside, then as UTF-8, then as Windows-1252, which takes any
 * byte. A declaration that the bytes contradict is a problem, because the letters are then a guess.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const seen = encodingOfBytes(bytes);
  if (seen !== undefined) {
    const text = tryDecode(bytes, seen);
    if (text !== undefined) return { text, problems: [] };
    return { text: new TextDecoder(seen).decode(bytes), problems: [badEncoding] };
  }
  const declared = declaredEncoding(bytes);
  const asDeclared = declared === undefined ? undefined : tryDecode(bytes, declared);
  if (asDeclared !== undefined) return { text: asDeclared, problems: [] };
  const problems = declared === undefined ? [] : [badEncoding];
  const text = tryDecode(bytes, 'utf-8') ?? new TextDecoder('windows-1252').decode(bytes);
  return { text, problems };
}

/** Whether text has control characters that no text document has: the bytes are something else. */
export function looksBinary(text: string): boolean {
  const sample = text.slice(0, 65_536);
  let strange = 0;
  for (const character of sample) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0) return true;
    const control = (code < 32 && ![9, 10, 12, 13, 27].includes(code)) || code === 0xfffd || code === 0xffff;
    if (control) strange += 1;
  }
  return strange > Math.max(2, sample.length / 100);
}
