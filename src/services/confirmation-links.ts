/** Links in mails by which somebody shows that an address is theirs: signed, for one run, until a moment. */
import { randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { Database } from './database.ts';

/** What a link says. */
export interface Confirmation {
  readonly runId: string;
  readonly email: string;
}

const audience = 'confirm-email';

/** Signs a token; `until` is ISO. The same confirmation always gives the same token. */
export async function signConfirmation(db: Database, { runId, email }: Confirmation, until: string): Promise<string> {
  return new SignJWT({ email })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(runId)
    .setAudience(audience)
    .setExpirationTime(new Date(until))
    .sign(await signingKey(db));
}

/** What a token says; `undefined` for one that is not ours or too old. */
export async function readConfirmation(db: Database, token: string): Promise<Confirmation | undefined> {
  const key = await signingKey(db);
  try {
    const { payload } = await jwtVerify(token, key, { audience, algorithms: ['HS256'] });
    const { sub, email } = payload;
    return typeof sub === 'string' && typeof email === 'string' ? { runId: sub, email } : undefined;
  } catch {
    return undefined;
  }
}

/** The key that workers and web servers share; made by whoever needs it first. */
async function signingKey(db: Database): Promise<Uint8Array> {
  const find = () => db.selectFrom('signing_keys').select('key').where('name', '=', audience).executeTakeFirst();
  const known = await find();
  if (known) return known.key;
  await db
    .insertInto('signing_keys')
    .values({ name: audience, key: randomBytes(32) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  return (await find())?.key ?? signingKey(db);
}
