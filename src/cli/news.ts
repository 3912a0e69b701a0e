import { epochLine, type EpochRecord } from '../train/index.js';

/** What a run tells besides its progress, as lines. */
export function news(log: (text: string) => void): {
  readonly onEpoch: (record: EpochRecord, epochs: number) => void;
  readonly onNotice: (text: string) => void;
} {
  return {
    onEpoch: (record, epochs) => {
      log(epochLine(record, epochs));
    },
    onNotice: log,
  };
}
