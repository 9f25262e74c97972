/** Every activity of the worker, made from the services that a worker opens once. */
import { createPatientActivities, type PatientActivities, type PatientServices } from './patients.ts';
import { createFraudActivities, type FraudActivities, type FraudServices } from './fraud.ts';
import { createEnrichmentActivities, type EnrichmentActivities, type EnrichmentServices } from './enrichment.ts';
import { createTrainingActivities, type TrainingActivities, type TrainingServices } from './training.ts';
import { createRunReportActivities, type RunReportActivities, type RunReportServices } from './run-reports.ts';
import { createAdviceActivities, type AdviceActivities, type AdviceServices } from './advice.ts';
import { createOnboardingActivities, type OnboardingActivities, type OnboardingServices } from './onboarding.ts';
import { createProposalActivities, type ProposalActivities, type ProposalServices } from './proposals.ts';
import { createIncidentActivities, type IncidentActivities, type IncidentServices } from './incidents.ts';
import { createTicketActivities, type TicketActivities, type TicketServices } from './tickets.ts';
import { createInventoryActivities, type InventoryActivities, type InventoryServices } from './inventory.ts';
import { createPublishingActivities, type PublishingActivities, type PublishingServices } from './publishing.ts';
import {
  createBatchRequestActivities,
  type BatchRequestActivities,
  type BatchRequestServices,
} from './batch-requests.ts';
import { createInvoiceActivities, type InvoiceActivities, type InvoiceServices } from './invoices.ts';
import {
  createDueDiligenceActivities,
  type DueDiligenceActivities,
  type DueDiligenceServices,
} from './due-diligence.ts';
import { createSyncActivities, type SyncActivities, type SyncServices } from './sync.ts';
import { createEtlActivities, type EtlActivities, type EtlServices } from './etl.ts';
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
  EventServices &
  EtlServices &
  SyncServices &
  DueDiligenceServices &
  InvoiceServices &
  BatchRequestServices &
  PublishingServices &
  InventoryServices &
  TicketServices &
  IncidentServices &
  ProposalServices &
  OnboardingServices &
  AdviceServices &
  RunReportServices &
  TrainingServices &
  EnrichmentServices &
  FraudServices &
  PatientServices;
export type Activities = DocumentActivities &
  NotifyActivities &
  ExpenseActivities &
  ModelActivities &
  OrderActivities &
  EventActivities &
  EtlActivities &
  SyncActivities &
  DueDiligenceActivities &
  InvoiceActivities &
  BatchRequestActivities &
  PublishingActivities &
  InventoryActivities &
  TicketActivities &
  IncidentActivities &
  ProposalActivities &
  OnboardingActivities &
  AdviceActivities &
  RunReportActivities &
  TrainingActivities &
  EnrichmentActivities &
  FraudActivities &
  PatientActivities;

/** The activities over `services`; they share its connections and pools. */
export function createActivities(services: Services): Activities {
  return {
    ...createDocumentActivities(services),
    ...createNotifyActivities(services),
    ...createExpenseActivities(services),
    ...createModelActivities(services),
    ...createOrderActivities(services),
    ...createEventActivities(services),
    ...createEtlActivities(services),
    ...createSyncActivities(services),
    ...createDueDiligenceActivities(services),
    ...createInvoiceActivities(services),
    ...createBatchRequestActivities(services),
    ...createPublishingActivities(services),
    ...createInventoryActivities(services),
    ...createTicketActivities(services),
    ...createIncidentActivities(services),
    ...createProposalActivities(services),
    ...createOnboardingActivities(services),
    ...createAdviceActivities(services),
    ...createRunReportActivities(services),
    ...createTrainingActivities(services),
    ...createEnrichmentActivities(services),
    ...createFraudActivities(services),
    ...createPatientActivities(services),
  };
}
