import type { CaseTable } from './cases.js';
import { constantCases } from './constants.js';
import { elementwiseCases } from './elementwise.js';
import { linearCases } from './linear.js';
import { movementCases } from './movement.js';
import { normalizationCases } from './normalization.js';
import { recurrentCases } from './recurrent.js';
import { resizeCases } from './resize.js';
import { windowCases } from './windows.js';

/** Cases of every operator with a rule. */
export const gradientCases: CaseTable = {
  ...elementwiseCases,
  ...linearCases,
  ...movementCases,
  ...constantCases,
  ...windowCases,
  ...normalizationCases,
  ...resizeCases,
  ...recurrentCases,
};
