import type { EpochRecord } from './types.js';

/** Figures that are no shares. */
const plain = new Set(['loss', 'auc', 'rmse']);

/**
 * An epoch's record as a line for people.
 *
 * @example
 * epochLine(record, 20); // epoch 3 of 20: loss 0.512, accuracy 81.2 %; validation loss 0.604, accuracy 78.0 %, balancedAccuracy 75.1 %; 83 pictures/s, waited 2 %
 */
export function epochLine(record: EpochRecord, epochs: number): string {
  const { epoch, loss, accuracy, validation, imagesPerSecond, waited } = record;
  const figures = (values: Readonly<Record<string, number>>): string =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${plain.has(name) ? value.toFixed(3) : percent(value, 1)}`)
      .join(', ');
  return [
    `epoch ${epoch} of ${epochs}: ${figures({ loss, ...(accuracy !== undefined && { accuracy }) })}`,
    ...(validation ? [`validation ${figures(validation)}`] : []),
    `${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0)} pictures/s, waited ${percent(waited, 0)}`,
  ].join('; ');
}

const percent = (share: number, digits: number): string => `${(100 * share).toFixed(digits)} %`;
