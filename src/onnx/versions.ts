/** Oldest and newest version of the standard operator set that can be read. */
export const oldestOpset = 1;
export const newestOpset = 21;

/** Opset of graphs that start from nothing, and of older models after import. */
export const workingOpset = 17;

/** IR version that came with each operator set, https://github.com/onnx/onnx/blob/main/docs/Versioning.md. */
const irVersions = [3, 3, 3, 3, 3, 3, 3, 3, 4, 5, 6, 7, 7, 7, 8, 8, 8, 8, 9, 9, 10];

/** The IR version to declare in a file that uses this version of the standard operator set. */
export function irVersionOf(opset: number): number {
  return irVersions[opset - oldestOpset] ?? 10;
}
