/**
 * Who is looking. The first form of signing in asks for no password: it is for one machine, where the server listens
 * on the loopback interface only, and says who decides, not who may come in. Roles are read from the directory at
 * every request, so that taking a role away works at once.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { jwtVerify, SignJWT } from 'jose';
import type { Directory } from '../services/directory.ts';

const cookieName = 'fermata_session';
const noticeCookie = 'fermata_notice';
const sessionSeconds = 12 * 3600;

/** A person of the directory, as signed in. */
export interface User {
  readonly name: string;
  readonly title: string;
  readonly roles: readonly string[];
}

/** The key that signs sessions and file links; made at the first start, readable by its owner only. */
export function loadSecret(dataDir: string): Uint8Array {
  const path = join(dataDir, 'session-secret');
  mkdirSync(dataDir, { recursive: true });
  const fresh = `${path}.${process.pid.toString()}`;
  try {
    writeFileSync(fresh, randomBytes(32), { mode: 0o600 });
    // A link fails when the name is taken and never shows half a file, so two first starts agree on one key.
    linkSync(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
  return readFileSync(path);
}

/** Signs `name` in: sets the session cookie. */
export async function signIn(context: Context, secret: Uint8Array, name: string): Promise<void> {
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(name)
    .setAudience('session')
    .setIssuedAt()
    .setExpirationTime(`${sessionSeconds.toString()} s`)
    .sign(secret);
  setCookie(context, cookieName, token, { httpOnly: true, sameSite: 'Lax', path: '/', maxAge: sessionSeconds });
}

export function signOut(context: Context): void {
  deleteCookie(context, cookieName, { path: '/' });
}

/** The signed-in user; `undefined` without a valid session or when the directory no longer knows the name. */
export async function currentUser(
  context: Context,
  secret: Uint8Array,
  directory: Directory,
): Promise<User | undefined> {
  const token = getCookie(context, cookieName);
  if (token === undefined) return undefined;
  try {
    const { payload } = await jwtVerify(token, secret, { audience: 'session', algorithms: ['HS256'] });
    return directory.users.find((user) => user.name === payload.sub);
  } catch {
    return undefined;
  }
}

/** Keeps one sentence for the next page, signed so that nobody else can put words on it. */
export async function leaveNotice(context: Context, secret: Uint8Array, text: string): Promise<void> {
  const token = await new SignJWT({ text })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience('notice')
    .setExpirationTime('1 minute')
    .sign(secret);
  setCookie(context, noticeCookie, token, { httpOnly: true, sameSite: 'Lax', path: '/', maxAge: 60 });
}

/** The sentence left by {@link leaveNotice}, once. */
export async function takeNotice(context: Context, secret: Uint8Array): Promise<string | undefined> {
  const token = getCookie(context, noticeCookie);
  if (token === undefined) return undefined;
  deleteCookie(context, noticeCookie, { path: '/' });
  try {
    const { payload } = await jwtVerify(token, secret, { audience: 'notice', algorithms: ['HS256'] });
    return typeof payload['text'] === 'string' ? payload['text'] : undefined;
  } catch {
    return undefined;
  }
}

/** The signature in a link to a file: only pages that show a document hand it out. */
export function signFile(secret: Uint8Array, hash: string): string {
  return createHmac('sha256', secret).update(`file:${hash}`).digest('base64url');
}

export function isFileSignature(secret: Uint8Array, hash: string, signature: string): boolean {
  const wanted = Buffer.from(signFile(secret, hash));
  const given = Buffer.from(signature);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

/** A path of our own to go to after signing in; anything that leads elsewhere becomes `/`. */
export function localPath(next: string | undefined): string {
  const base = 'http://localhost';
  if (next?.startsWith('/') !== true || !URL.canParse(next, base)) return '/';
  const url = new URL(next, base);
  return url.origin === base && !url.pathname.startsWith('//') ? url.pathname + url.search : '/';
}
