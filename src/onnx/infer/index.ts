/** What is known of every value before a graph runs: types, shapes with symbolic sizes, and the elements of small integer tensors. */
export type { InferenceContext, Known, ShapeRule } from './context.js';
export { inferShapes } from './graph.js';
export { inferNode } from './node.js';
export { registeredShapeRules, registerShapeRule } from './registry.js';
