import { int } from '../onnx/infer/support.js';
import { elements } from '../onnx/tensors.js';
import type { Attribute, Graph, Model, Node, Tensor } from '../onnx/types.js';
import { blockDomain, fixedShapes } from './block-channels.js';
