/** What a reviewer may change a document's fields to. */
import { z } from 'zod';

const text = z.string().trim().min(1).max(500).nullable();
const decimal = z
  .string()
  .regex(/^-?\d{1,18}(\.\d{1,10})?$/, 'expected a decimal like 529.87')
  .nullable();
const date = z.iso.date('expected a date like 2018-03-05').nullable();

/** The fields as a reviewer sends them back, whole; unknown fields are refused. */
export const editedFields = z.strictObject({
  type: text,
  number: text,
  issueDate: date,
  dueDate: date,
  seller: text,
  buyer: text,
  sellerTaxId: text,
  buyerTaxId: text,
  orderReference: text,
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'expected three letters like EUR')
    .nullable(),
  netTotal: decimal,
  taxTotal: decimal,
  grandTotal: decimal,
  amountDue: decimal,
  lines: z.array(
    z.strictObject({
      description: z.string().max(2000),
      quantity: decimal,
      unit: text,
      unitPrice: decimal,
      netAmount: decimal,
      taxRate: decimal,
    }),
  ),
});
