/** Why a document is not read. It crosses the process boundary as plain data and becomes a `validation` failure. */

/** Every reason a document is refused; the failure's `type`. */
export type RefusalType =
  | 'DocumentBomb'
  | 'DocumentDamaged'
  | 'DocumentEmpty'
  | 'DocumentEncrypted'
  | 'DocumentHostile'
  | 'DocumentTooLarge'
  | 'DocumentTooLargeToRead'
  | 'DocumentTooManyPages'
  | 'DocumentTooSlow'
  | 'DocumentUnsupported';

/** Thrown by the format readers; its message tells the sender what is wrong with the document. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly type: RefusalType;

  constructor(type: RefusalType, message: string) {
    super(message);
    this.type = type;
  }
}

/** Runs a library's parser and turns whatever it throws into the statement that the document is damaged. */
export async function orDamaged<T>(what: string, parse: () => Promise<T> | T): Promise<T> {
  try {
    return await parse();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw damaged(what);
  }
}

/** The refusal for a document whose bytes are broken. */
export function damaged(what: string): Refusal {
  return new Refusal('DocumentDamaged', `the ${what} is damaged or cut off; ask for it to be sent again`);
}
