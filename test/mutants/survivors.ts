/** Changes that change nothing anybody could see: they are not made, and do not count. */

export interface Survivor {
  /** The source, without `.ts`. */
  readonly file: string;
  /** The line it is in, without the spaces around it. */
  readonly line: string;
  readonly before: string;
  readonly after: string;
  /** Why it changes nothing. */
  readonly why: string;
}

export const survivors: readonly Survivor[] = [
  {
    file: 'saga',
    line: "entry.state = 'done';",
    before: "entry.state = 'done';",
    after: ';',
    why: 'a step that is done and one that is still running are treated alike: undone, and not taken a second time',
  },
  {
    file: 'saga',
    line: 'if (this.forward) return;',
    before: 'this.forward',
    after: 'false',
    why: 'what is adopted after the pivot is never undone: nothing is, then',
  },
  {
    file: 'saga',
    line: "carry('saga', () => (times.size === 0 ? undefined : Object.fromEntries(times)));",
    before: '0',
    after: '-1',
    why: 'an empty record travels along, and is read as none',
  },
  {
    file: 'lanes',
    line: 'else if (!this.over && this.next < this.contest.count) this.open();',
    before: '&&',
    after: '||',
    why: 'a lane that is opened where there is nothing left to do takes no work',
  },
  {
    file: 'gate-deadline',
    line: 'told.catch((error: unknown) => {',
    before: `told.catch((error: unknown) => {
        if (!this.scope.consideredCancelled) log.warn('could not notify', { gate, error: String(error) });
      })`,
    after: 'told',
    why: 'a straggler may fail as it likes; what is dropped only writes to the log',
  },
];
