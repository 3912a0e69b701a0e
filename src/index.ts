/** The public API of Messier, in the order of its pipeline. So far that is the engine, which is also exported as `messier/engine`. */
export * from './engine.js';
