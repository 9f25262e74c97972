/** Paging in test mode: pages are kept; a person acknowledges them by a call. */
import type { Transaction } from 'kysely';
import type { VendorTables } from '../migrations/vendors.ts';
import { refused } from './failures.ts';
import { idOf, recall, remember, type Remembered, type Sandbox } from './sandbox-call.ts';

export const paging: Sandbox<'paging'> = {
  async page({ db, key, body }) {
    const page = idOf('page', key);
    await remember(db, { vendor: 'paging', id: page, key, data: body });
    return { status: 'sent', page };
  },

  async acknowledge({ db, key, body: { page, by } }) {
    const found = await need(db, page);
    const first = acknowledgedBy(found) ?? by;
    await remember(db, { vendor: 'paging', id: page, key, data: { ...(found.data as object), by: first } });
    return { status: 'acknowledged', by: first };
  },

  async state({ db, body: { page } }) {
    const by = acknowledgedBy(await need(db, page));
    return by === undefined ? { status: 'sent' } : { status: 'acknowledged', by };
  },
};

async function need(db: Transaction<VendorTables>, page: string): Promise<Remembered> {
  const found = await recall(db, 'paging', page);
  if (found === undefined) throw refused('paging', 'VendorNotFound', `there is no page ${page}`);
  return found;
}

function acknowledgedBy(page: Remembered): string | undefined {
  return (page.data as { by?: string }).by;
}
