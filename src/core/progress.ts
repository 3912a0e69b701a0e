/** How far a long piece of work has come. */
export interface Progress {
  /** What is being done, for people: `read pictures`, `epoch 3 of 20`. */
  readonly stage: string;
  readonly done: number;
  /** Where it is known. */
  readonly total?: number | undefined;
  /** What is counted: `pictures`, `bytes`, `steps`. */
  readonly unit: string;
  /** Figures to show beside it: loss, accuracy. */
  readonly values?: Readonly<Record<string, number>> | undefined;
}

/** Takes progress; called often, so it must be quick. */
export type ProgressListener = (progress: Progress) => void;

/** What long work takes: whom to tell, and when to stop. Stopping throws the signal's reason after everything done is safe. */
export interface WorkOptions {
  readonly progress?: ProgressListener | undefined;
  readonly signal?: AbortSignal | undefined;
}
