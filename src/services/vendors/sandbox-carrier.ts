/** A carrier in test mode: parcels move on with time. The postcode 00000 is not served. */
import { buryCall } from './calls.ts';
import { refused } from './failures.ts';
import { cancel, idOf, recall, remember, type Sandbox, stageOf } from './sandbox-call.ts';

const stages = ['announced', 'in-transit', 'delivered'] as const;

export const carrier: Sandbox<'carrier'> = {
  async ship({ db, key, body, isUnlucky }) {
    if (isUnlucky || body.address.postcode === '00000') return { status: 'declined', reason: 'address not served' };
    const shipment = idOf('ship', key);
    await remember(db, { vendor: 'carrier', id: shipment, key, data: { orderId: body.orderId } });
    return { status: 'accepted', shipment, tracking: `TEST${shipment.slice(-12).toUpperCase()}` };
  },

  async track({ db, body: { shipment }, behaviour }) {
    const parcel = await recall(db, 'carrier', shipment);
    if (parcel === undefined) throw refused('carrier', 'VendorNotFound', `there is no shipment ${shipment}`);
    return { status: parcel.cancelled ? 'cancelled' : stageOf(stages, parcel, behaviour) };
  },

  async cancel({ db, body: { shipKey }, behaviour }) {
    const shipped = await buryCall(db, { vendor: 'carrier', operation: 'ship', key: shipKey });
    const parcel = shipped && (await recall(db, 'carrier', idOf('ship', shipKey)));
    if (parcel === undefined) return { status: 'nothing' };
    if (!parcel.cancelled && stageOf(stages, parcel, behaviour) === 'delivered') return { status: 'too-late' };
    await cancel(db, 'carrier', parcel.id);
    return { status: 'cancelled' };
  },
};
