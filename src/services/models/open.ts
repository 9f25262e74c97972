import type { Kysely } from 'kysely';
import type { ModelTables } from '../migrations/models.ts';
import { cachedModels } from './cache.ts';
import { parseModel, type ModelSettings } from './settings.ts';
import type { Models } from './types.ts';

/**
 * The models of a worker: those of the provider that the settings name, behind the cache, or the local ones. Throws
 * `ConfigError` with one line when the settings cannot be used. Nothing is asked yet, and there is nothing to close.
 */
export async function openModels(
  settings: ModelSettings,
  parts: { readonly db: Kysely<ModelTables>; readonly local: () => Models | Promise<Models> },
): Promise<Models> {
  if (!parseModel(settings.model, settings.url)) return parts.local();
  // Loaded only where a provider is named: the libraries would take part of every worker's start-up time.
  const { openProviderModels } = await import('./provider.ts');
  const models = openProviderModels(settings);
  if (settings.cacheMs === 0) return models;
  const name = [settings.model, settings.economyModel ?? '', settings.url ?? ''].join(' ');
  return cachedModels(models, parts.db, { name, ttlMs: settings.cacheMs });
}
