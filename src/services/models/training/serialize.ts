/** A classifier as bytes: compressed JSON, with its weights as 32-bit floats in base64. */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { failure } from '../../../failures.ts';
import type { Classifier } from './classifier.ts';

const floats = z.base64().transform((text) => {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(new Uint8Array(bytes).buffer);
});

const schema = z.object({
  format: z.literal(1),
  features: z.object({ pairs: z.boolean(), pieces: z.array(z.int()) }),
  labels: z.array(z.string()).min(2),
  vocabulary: z.array(z.tuple([z.string(), z.number()])),
  unseenRarity: z.number(),
  weights: floats,
  bias: floats,
  calibration: z.array(z.object({ score: z.number(), confidence: z.number() })),
});

/** Bytes that {@link decodeClassifier} reads; megabytes for tens of labels. */
export async function encodeClassifier(model: Classifier): Promise<Buffer> {
  const features = [...model.vocabulary];
  const weights = Buffer.concat(features.map(([, { weights: row }]) => bytesOf(row)));
  const document: z.input<typeof schema> = {
    format: 1,
    features: { pairs: model.features.pairs, pieces: [...model.features.pieces] },
    labels: [...model.labels],
    vocabulary: features.map(([name, { rarity }]) => [name, rarity]),
    unseenRarity: model.unseenRarity,
    weights: weights.toString('base64'),
    bias: bytesOf(model.bias).toString('base64'),
    calibration: [...model.calibration],
  };
  return promisify(gzip)(JSON.stringify(document), { level: 1 });
}

/** Reads a stored classifier. Fails with `ModelUnreadable` (category `logic`) if the bytes are none. */
export async function decodeClassifier(bytes: Uint8Array): Promise<Classifier> {
  try {
    const parsed = schema.parse(JSON.parse((await promisify(gunzip)(bytes)).toString('utf8')));
    const { features, labels, vocabulary, unseenRarity, weights, bias, calibration } = parsed;
    if (weights.length !== vocabulary.length * labels.length) throw new Error('its weights are not complete');
    const row = (index: number): Float32Array => weights.subarray(index * labels.length, (index + 1) * labels.length);
    const known = vocabulary.map(([name, rarity], index) => [name, { rarity, weights: row(index) }] as const);
    return { features, labels, vocabulary: new Map(known), unseenRarity, bias, calibration };
  } catch (error) {
    throw failure('logic', 'a stored model cannot be read: roll back to the version before, or train it again', {
      type: 'ModelUnreadable',
      cause: error,
    });
  }
}

function bytesOf(numbers: Float32Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
