/** Addresses of pages, and names for people. */
import { findProcess } from '../catalog.ts';
import { words } from './format.ts';

export function runPath(id: string): string {
  return `/runs/${encodeURIComponent(id)}`;
}

export function gatePath(id: string, gate: string): string {
  return `${runPath(id)}/gates/${encodeURIComponent(gate)}`;
}

/** What the catalog calls a process. */
export function processTitle(name: string): string {
  return findProcess(name)?.title ?? words(name);
}
