/** Architectures by name. */
export type { Architecture, ModelOptions } from './architecture.js';
export { backboneOf, featureModel, type Backbone, type BackboneOptions } from './backbone.js';
export { blocksOf, type Block } from './blocks-of.js';
export { readCard, updateCard, type CardChanges, type ModelCard, type VotesCard } from './card.js';
export { deploy } from './deploy.js';
export { multiplyAdds } from './cost.js';
export { ensemble, type EnsembleOptions, type Stack } from './ensemble.js';
export { createModel, modelNames, models, outlineModel } from './registry.js';
export { createTextNetwork, textBranches, type TextBranch, type TextNetworkOptions } from './text-network.js';
export { replaceHead, type HeadOptions } from './transfer.js';
export { loadWeights, pretrainedModel, type LoadedWeights } from './weights.js';
