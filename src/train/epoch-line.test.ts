import { expect, it } from 'vitest';
import { epochLine } from './epoch-line.js';

const record = {
  epoch: 3,
  step: 24,
  loss: 0.51234,
  accuracy: 0.8125,
  rate: 0.01,
  seconds: 2,
  imagesPerSecond: 83.4,
  waited: 0.018,
};

it('says what an epoch gave', () => {
  expect(epochLine(record, 20)).toBe('epoch 3 of 20: loss 0.512, accuracy 81.3 %; 83 pictures/s, waited 2 %');
  const validation = { loss: 0.604, accuracy: 0.78, auc: 0.9 };
  expect(epochLine({ ...record, imagesPerSecond: 8.34, validation }, 20)).toBe(
    'epoch 3 of 20: loss 0.512, accuracy 81.3 %; validation loss 0.604, accuracy 78.0 %, auc 0.900; 8.3 pictures/s, waited 2 %',
  );
});
