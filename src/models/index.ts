/** Architectures by name. */
export type { Architecture, ModelOptions } from './architecture.js';
export { readCard, updateCard, type CardChanges, type ModelCard, type VotesCard } from './card.js';
export { deploy } from './deploy.js';
export { createModel, modelNames, models } from './registry.js';
export { createTextNetwork, textBranches, type TextBranch, type TextNetworkOptions } from './text-network.js';
export { replaceHead, type HeadOptions } from './transfer.js';
