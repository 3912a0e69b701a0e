import type { ModelCard } from '../models/card.js';

/** Says that a model is judged on what it learned from. */
export function seenNotice(of: {
  readonly name: string;
  readonly seen: number;
  readonly judged: number;
  readonly inputs: ModelCard['inputs'];
}): string {
  const noun = of.inputs === 'text' ? 'texts' : 'pictures';
  return `${of.name} learned from ${of.seen} of the ${of.judged} ${noun} that it is judged on: its figures do not say how well it does on new ones.`;
}
