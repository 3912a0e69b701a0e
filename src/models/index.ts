/** Architectures by name. */
export type { Architecture, ModelOptions } from './architecture.js';
export { createModel, modelNames, models } from './registry.js';
