/** The report of an order: what was delivered, from where, and what it cost, as one HTML page. */
import { html } from 'hono/html';
import type { Database } from './database.ts';
import { fromCents } from './money.ts';

/** The same order gives the same page. Fails when there is no such order. */
export async function orderReport(db: Database, number: string): Promise<string> {
  const order = await db.selectFrom('orders').selectAll().where('number', '=', number).executeTakeFirstOrThrow();
  const lines = await db
    .selectFrom('order_lines')
    .innerJoin('products', 'products.sku', 'order_lines.sku')
    .select(['order_lines.sku', 'name', 'quantity', 'unit_cents'])
    .where('order_number', '=', number)
    .orderBy('order_lines.sku')
    .execute();
  const lots = await db
    .selectFrom('reservations')
    .innerJoin('warehouses', 'warehouses.id', 'reservations.warehouse')
    .select(['city', 'sku', 'quantity'])
    .where('order_number', '=', number)
    .where('status', '=', 'shipped')
    .orderBy('sku')
    .orderBy('city')
    .execute();
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Order ${number}</title>
      </head>
      <body>
        <h1>Order ${number}</h1>
        <p>${order.customer}, ${order.status}, ${order.tracking ?? 'no parcel'}</p>
        <table>
          ${lines.map(
            ({ name, quantity, unit_cents }) =>
              html`<tr>
                <td>${name}</td>
                <td>${quantity}</td>
                <td>${fromCents(quantity * unit_cents)}</td>
              </tr>`,
          )}
          <tr>
            <td>Total</td>
            <td></td>
            <td>${fromCents(Number(order.total_cents))} ${order.currency}</td>
          </tr>
        </table>
        <ul>
          ${lots.map(({ city, sku, quantity }) => html`<li>${quantity} × ${sku} from ${city}</li>`)}
        </ul>
      </body>
    </html>`;
  return page.toString();
}
