/** The search attributes that gates publish: registered at start-up, because a run that sets an unknown one is stuck. */
import proto from '@temporalio/proto';
import type { Connection } from '@temporalio/client';

const { IndexedValueType } = proto.temporal.api.enums.v1;

export const searchAttributes = {
  FermataGates: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  FermataDue: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
} as const;

/** What to run where the server does not let us register them ourselves. */
export const registerCommand = [
  'temporal operator search-attribute create --name FermataGates --type KeywordList',
  'temporal operator search-attribute create --name FermataDue --type Datetime',
].join('\n');

/** The connection's service clients that registering needs; client and worker connections both fit. */
type Services = Pick<Connection, 'operatorService'>;

/** The search attributes that the namespace lacks. */
async function missingSearchAttributes(connection: Services, namespace: string): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return Object.keys(searchAttributes).filter((name) => !(name in customAttributes));
}

/**
 * Registers what is missing. Where the server refuses (Temporal Cloud, restricted rights), throws an error that says
 * what to run instead.
 */
export async function registerSearchAttributes(connection: Services, namespace: string): Promise<void> {
  try {
    const missing = await missingSearchAttributes(connection, namespace);
    if (missing.length === 0) return;
    const wanted = Object.fromEntries(Object.entries(searchAttributes).filter(([name]) => missing.includes(name)));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: wanted });
    await untilRegistered(connection, namespace);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`search attributes are missing and could not be registered (${reason}); run:\n${registerCommand}`, {
      cause: error,
    });
  }
}

async function untilRegistered(connection: Services, namespace: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    if ((await missingSearchAttributes(connection, namespace)).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the server does not list them after 5 s');
}
