/**
 * The engine: ONNX graphs built, read, written and rewritten; differentiated; trained and run on ONNX Runtime; layers and architectures.
 *
 * @example
 * import { adam, createModel, softmaxCrossEntropy, Trainer, trainedModel, trainingStep } from 'messier/engine';
 * const model = createModel('galaxy-cnn', { classes: 4, seed: 1 });
 * const trainer = await Trainer.open(trainingStep(model, { loss: softmaxCrossEntropy(), optimizer: adam() }));
 */
export { MessierError } from './core/errors.js';
export { randomStream, type RandomStream, type StreamPath } from './core/random.js';
export * from './onnx/index.js';
export * from './autodiff/index.js';
export * from './runtime/index.js';
export * from './nn/index.js';
export * from './models/index.js';
export { loadModel, saveModel, type LoadOptions, type SaveOptions } from './formats/model-file.js';
