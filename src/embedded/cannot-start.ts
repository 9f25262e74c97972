/** Something that has to be there to start is not; the message says in one or two lines what to do. */
export class CannotStart extends Error {
  override name = 'CannotStart';
}

/** Takes one line for the person who started us. */
export type Say = (line: string) => void;
