/** Content that no business document carries: programs, and the string that tests virus scanners. */
import { Refusal } from './refusal.ts';

/** Assembled here so that a scanner does not take this file for the test virus. */
const testVirus = Buffer.from(['EICAR', 'STANDARD', 'ANTIVIRUS', 'TEST', 'FILE!'].join('-'), 'latin1');
const programs: readonly (readonly [string, readonly number[]])[] = [
  ['Windows program', [0x4d, 0x5a]],
  ['Linux program', [0x7f, 0x45, 0x4c, 0x46]],
  ['script', [0x23, 0x21, 0x2f]],
];

/**
 * Refuses bytes that are, or carry, a known threat.
 *
 * @param where what the bytes are in the document; programs are looked for in attachments only, where the first bytes decide
 */
export function refuseHostileBytes(bytes: Uint8Array, where: 'document' | 'text' | 'attachment'): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.includes(testVirus)) {
    throw new Refusal('DocumentHostile', `the ${where} carries the virus scanner test string; it is not read`);
  }
  if (where !== 'attachment') return;
  const program = programs.find(([, magic]) => magic.every((byte, index) => buffer[index] === byte));
  if (program !== undefined) {
    throw new Refusal('DocumentHostile', `the document carries a ${program[0]} as attachment; ask for it without`);
  }
}
