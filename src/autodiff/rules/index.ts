/** Importing this file registers every gradient rule. */
import './arithmetic.js';
import './convolution.js';
import './indexing.js';
import './linear.js';
import './movement.js';
import './normalization.js';
import './pooling.js';
import './recurrent.js';
import './reduction.js';
import './resize.js';
import './trigonometry.js';
import './unary.js';
