import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** How long a log is by now, to look later at what was added. */
export function logEnd(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last line of a log that says something. */
export function lastLogLine(path: string): string {
  return addedLines(path, 0).at(-1)?.slice(0, 200) ?? 'it printed nothing';
}

/** The line that says best why a process of ours went down: its error, not the stack or the version below it. */
export function complaint(path: string, from: number): string {
  const lines = addedLines(path, from).filter((line) => !/^(\{|at |Node\.js v|file:|\^|\/)/.test(line));
  const line = lines.find((each) => /\w*Error\b.*: /.test(each)) ?? lines[0];
  return line?.slice(0, 200) ?? 'it printed nothing';
}

/** A log can be large, so only its end is read. */
function addedLines(path: string, from: number): string[] {
  try {
    const file = openSync(path, 'r');
    try {
      const size = logEnd(path);
      const start = Math.max(from > size ? 0 : from, size - 8_192);
      const end = Buffer.alloc(size - start);
      readSync(file, end, 0, end.length, start);
      return end
        .toString()
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
    } finally {
      closeSync(file);
    }
  } catch {
    return [];
  }
}
