/** Every activity of the worker, made from the services that a worker opens once. */
import { createEventActivities, type EventActivities, type EventServices } from './events.ts';
import { createOrderActivities, type OrderActivities, type OrderServices } from './orders.ts';
import { createModelActivities, type ModelActivities, type ModelServices } from './models.ts';
import { createExpenseActivities, type ExpenseActivities, type ExpenseServices } from './expenses.ts';
import { createNotifyActivities, type NotifyActivities, type NotifyServices } from './notify.ts';
import { createDocumentActivities, type DocumentActivities, type DocumentServices } from './documents.ts';

export type Services = DocumentServices &
  NotifyServices &
  ExpenseServices &
  ModelServices &
  OrderServices &
  EventServices;
export type Activities = DocumentActivities &
  NotifyActivities &
  ExpenseActivities &
  ModelActivities &
  OrderActivities &
  EventActivities;

/** The activities over `services`; they share its connections and pools. */
export function createActivities(services: Services): Activities {
  return {
    ...createDocumentActivities(services),
    ...createNotifyActivities(services),
    ...createExpenseActivities(services),
    ...createModelActivities(services),
    ...createOrderActivities(services),
    ...createEventActivities(services),
  };
}
