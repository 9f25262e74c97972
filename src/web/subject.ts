/** What a gate is about, as far as the pages understand it. */
import { z } from 'zod';

const text = z.string().nullable().default(null);

const lineSchema = z.object({
  description: z.string().default(''),
  quantity: text,
  unit: text,
  unitPrice: text,
  netAmount: text,
  taxRate: text,
});

/** The fields of a document; what is missing is `null`. */
export const fieldsSchema = z.object({
  type: text,
  number: text,
  issueDate: text,
  dueDate: text,
  seller: text,
  buyer: text,
  sellerTaxId: text,
  buyerTaxId: text,
  orderReference: text,
  currency: text,
  netTotal: text,
  taxTotal: text,
  grandTotal: text,
  amountDue: text,
  lines: z.array(lineSchema).default([]),
});

/** The subject of a gate that shows a document beside its fields. */
const documentSubjectSchema = z.object({
  document: z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/), name: z.string(), size: z.number() }),
  kind: z.string(),
  format: z.string(),
  confidence: z.number(),
  fields: fieldsSchema,
  problems: z.array(z.object({ code: z.string(), message: z.string(), field: z.string().optional() })).default([]),
});
export type DocumentSubject = z.infer<typeof documentSubjectSchema>;
export type ShownFields = z.infer<typeof fieldsSchema>;
export type ShownLine = z.infer<typeof lineSchema>;
export type ShownProblem = DocumentSubject['problems'][number];

/** The document that a gate is about, as it stands after changes; `undefined` when it is about something else. */
export function documentOf({
  subject,
  edited,
}: {
  readonly subject: unknown;
  readonly edited?: unknown;
}): DocumentSubject | undefined {
  const document = documentSubjectSchema.safeParse(subject).data;
  if (document === undefined || edited === undefined) return document;
  return { ...document, fields: fieldsSchema.safeParse(edited).data ?? document.fields };
}
