/** Every process in one table: client, inbox, run pages and documentation take it from here. */
import { documentIngestionProcess } from './catalog/document-ingestion.ts';
import { expenseApprovalProcess } from './catalog/expense-approval.ts';
import { orderFulfilmentProcess } from './catalog/order-fulfilment.ts';
import { eventProcessorProcess } from './catalog/event-processor.ts';
import { dataSyncProcess } from './catalog/data-sync.ts';
import { etlPipelineProcess } from './catalog/etl-pipeline.ts';
import { dueDiligenceProcess } from './catalog/due-diligence.ts';
import { batchProcessorProcess } from './catalog/batch-processor.ts';
import { contentPublishingProcess } from './catalog/content-publishing.ts';
import { invoiceApprovalProcess } from './catalog/invoice-approval.ts';
import { inventoryReorderProcess } from './catalog/inventory-reorder.ts';
import { incidentResponseProcess } from './catalog/incident-response.ts';
import { supportTicketProcess } from './catalog/support-ticket.ts';
import { proposalGenerationProcess } from './catalog/proposal-generation.ts';
import { scheduledReportProcess } from './catalog/scheduled-report.ts';
import { businessAdviceProcess } from './catalog/business-advice.ts';
import { customerOnboardingProcess } from './catalog/customer-onboarding.ts';
import { modelTrainingProcess } from './catalog/model-training.ts';
import { dataEnrichmentProcess } from './catalog/data-enrichment.ts';
import { fraudScreeningProcess } from './catalog/fraud-screening.ts';
import { patientReportProcess } from './catalog/patient-report.ts';
import type { Process } from './catalog/process.ts';

export type { Process } from './catalog/process.ts';

export const catalog: readonly Process[] = [
  documentIngestionProcess,
  expenseApprovalProcess,
  orderFulfilmentProcess,
  eventProcessorProcess,
  dataSyncProcess,
  etlPipelineProcess,
  dueDiligenceProcess,
  batchProcessorProcess,
  contentPublishingProcess,
  invoiceApprovalProcess,
  inventoryReorderProcess,
  incidentResponseProcess,
  supportTicketProcess,
  proposalGenerationProcess,
  scheduledReportProcess,
  businessAdviceProcess,
  customerOnboardingProcess,
  modelTrainingProcess,
  dataEnrichmentProcess,
  fraudScreeningProcess,
  patientReportProcess,
];

/** The process of a name on the command line; `undefined` if there is none. */
export function findProcess(name: string): Process | undefined {
  return catalog.find((process) => process.name === name);
}
