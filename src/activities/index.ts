/** Every activity of the worker, made from the services that a worker opens once. */
import { createDocumentActivities, type DocumentActivities, type DocumentServices } from './documents.ts';

export type Services = DocumentServices;
export type Activities = DocumentActivities;

/** The activities over `services`; they share its connections and pools. */
export function createActivities(services: Services): Activities {
  return { ...createDocumentActivities(services) };
}
