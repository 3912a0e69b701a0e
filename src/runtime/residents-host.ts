import { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Tensor } from '../onnx/types.js';
import { sentinelOutput, stoppedAtSentinel } from './sentinel.js';
import { allocate, copyTensor, fromOrt, toOrt } from './tensors.js';
import type { OrtRecord, ResidentContext, Residents } from './residents.js';

/** Type and dimensions of an output. */
type Form = Pick<Tensor, 'type' | 'dims'>;

/**
 * Inputs in the processor's memory. A carried one has two buffers: a run reads one and writes the other, then they change places, so that
 * steps allocate nothing and fault no pages.
 */
export class HostResidents implements Residents {
  private readonly current = new Map<string, OrtTensor>();
  private readonly spare = new Map<string, OrtTensor>();
  /** Forms of the outputs that are returned, by the dimensions of the feeds they came from. */
  private readonly forms = new Map<string, ReadonlyMap<string, Form>>();

  constructor(private readonly context: ResidentContext) {}

  has(input: string): boolean {
    return this.current.has(input);
  }

  names(): string[] {
    return [...this.current.keys()];
  }

  load(state: OrtRecord): Promise<void> {
    for (const [input, tensor] of Object.entries(state)) {
      this.current.set(input, tensor);
      this.spare.delete(input);
    }
    return Promise.resolve();
  }

  read(input: string): Promise<Tensor> {
    const tensor = this.current.get(input);
    if (!tensor) throw new RangeError(`"${input}" is not resident.`);
    return Promise.resolve(copyTensor(fromOrt(tensor)));
  }

  async run(feeds: OrtRecord, wanted: readonly string[]): Promise<Record<string, Tensor>> {
    const { carry, sentinel } = this.context;
    const key = formKey(feeds, wanted);
    const forms = sentinel && carry.size > 0 ? (this.forms.get(key) ?? this.declaredForms(wanted)) : undefined;
    if (forms) {
      const results = await this.runInPlace(feeds, wanted, forms);
      if (results) return results;
      this.forms.delete(key);
    }
    return this.runPlain(feeds, wanted, key);
  }

  release(): Promise<void> {
    this.current.clear();
    this.spare.clear();
    return Promise.resolve();
  }

  /** The forms that the graph declares, where it declares them in full: then the first run, too, writes into memory of its own. */
  private declaredForms(wanted: readonly string[]): ReadonlyMap<string, Form> | undefined {
    const forms = new Map<string, Form>();
    for (const name of wanted) {
      const declared = this.context.session.outputMetadata.find((output) => output.name === name);
      if (!declared?.isTensor || declared.type === 'string' || !declared.shape.every((dim) => typeof dim === 'number'))
        return undefined;
      forms.set(name, { type: declared.type, dims: declared.shape });
    }
    return forms;
  }

  /** A run whose outputs have unknown forms: ONNX Runtime allocates. */
  private async runPlain(feeds: OrtRecord, wanted: readonly string[], key: string): Promise<Record<string, Tensor>> {
    const { carry, session } = this.context;
    const outputs = [...new Set([...wanted, ...carry.keys()])];
    const results = await session.run({ ...Object.fromEntries(this.current), ...feeds }, outputs);
    const forms = new Map<string, Form>();
    const returned: Record<string, Tensor> = {};
    for (const name of wanted) {
      const tensor = fromOrt(present(results[name], name));
      forms.set(name, { type: tensor.type, dims: tensor.dims });
      returned[name] = carry.has(name) ? copyTensor(tensor) : tensor;
    }
    for (const [output, input] of carry) this.replace(input, present(results[output], output));
    if ([...forms.values()].every((form) => form.type !== 'string')) this.forms.set(key, forms);
    return returned;
  }

  /** Every output has its memory. `undefined` where an output turned out to have another shape this time; no state has changed then. */
  private async runInPlace(
    feeds: OrtRecord,
    wanted: readonly string[],
    forms: ReadonlyMap<string, Form>,
  ): Promise<Record<string, Tensor> | undefined> {
    const { carry, session } = this.context;
    const fetches: Record<string, OrtTensor | null> = { [sentinelOutput]: null };
    for (const [output, input] of carry) fetches[output] = this.spareOf(input);
    for (const [output, form] of forms) {
      fetches[output] ??= toOrt(output, { ...form, data: allocate(form.type, form.dims) });
    }
    try {
      await session.run({ ...Object.fromEntries(this.current), ...feeds }, fetches);
    } catch (error) {
      if (isShapeMismatch(error)) return undefined;
      if (!stoppedAtSentinel(error)) throw error;
    }
    const returned: Record<string, Tensor> = {};
    for (const name of wanted) {
      const tensor = fromOrt(present(fetches[name], name));
      returned[name] = carry.has(name) ? copyTensor(tensor) : tensor;
    }
    for (const [output, input] of carry) this.replace(input, present(fetches[output], output));
    return returned;
  }

  private replace(input: string, next: OrtTensor): void {
    const previous = this.current.get(input);
    if (previous) this.spare.set(input, previous);
    this.current.set(input, next);
  }

  private spareOf(input: string): OrtTensor {
    const existing = this.spare.get(input);
    if (existing) return existing;
    const { type, dims } = fromOrt(present(this.current.get(input), input));
    const made = toOrt(input, { type, dims, data: allocate(type, dims) });
    this.spare.set(input, made);
    return made;
  }
}

const formKey = (feeds: OrtRecord, wanted: readonly string[]): string =>
  JSON.stringify([wanted, Object.entries(feeds).map(([name, { dims }]) => [name, dims])]);

const isShapeMismatch = (error: unknown): boolean =>
  error instanceof Error && /shape verification failed|pre-allocated output OrtValues/.test(error.message);

function present<T>(value: T | null | undefined, name: string): T {
  if (value === undefined || value === null) throw new RangeError(`ONNX Runtime returned no "${name}".`);
  return value;
}
