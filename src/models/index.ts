/** Architectures by name. */
export type { Architecture, ModelOptions } from './architecture.js';
export { createModel, modelNames, models } from './registry.js';
export { replaceHead, type HeadOptions } from './transfer.js';
