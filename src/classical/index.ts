/** Methods that need no network of their own: regression on features, doubtful labels. */
export { confidentLearning, type ConfidentLearning, type DoubtfulLabel } from './confident-learning.js';
export type { LogisticOptions } from './logistic-options.js';
export { logisticRegression, type LogisticFit } from './logistic-regression.js';
