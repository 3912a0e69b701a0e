import { describe, expect, it } from 'vitest';
import { resolveLabels } from './resolve.js';
import type { Label } from './types.js';

let id = 0;
const say = (kind: Label['kind'], origin: Label['origin'], rest: Partial<Label> = {}): Label => ({
  id: ++id,
  item: 1,
  kind,
  class: undefined,
  origin,
  by: 'x',
  confidence: undefined,
  at: '2026-01-01T00:00:00.000Z',
  retractedAt: undefined,
  ...rest,
});

describe('what labels come to', () => {
  it('is no class and an open review without labels', () => {
    expect(resolveLabels([])).toEqual({ class: undefined, review: 'open' });
  });

  it('follows the strongest origin', () => {
    const search = say('label', 'search', { class: 'comet', confidence: 1 });
    const model = say('label', 'model', { class: 'star', confidence: 1 });
    const keyword = say('label', 'keyword', { class: 'galaxy' });
    const folder = say('label', 'folder', { class: 'nebula' });
    const person = say('label', 'person', { class: 'planet' });
    expect(resolveLabels([model])).toEqual({ class: 'star', review: 'open' });
    expect(resolveLabels([model, search]).class).toBe('comet');
    expect(resolveLabels([search, keyword, model]).class).toBe('galaxy');
    expect(resolveLabels([folder, keyword]).class).toBe('nebula');
    expect(resolveLabels([person, folder])).toEqual({ class: 'planet', review: 'accepted' });
  });

  it('takes the latest of persons, the surest and then the earliest of others', () => {
    const first = say('label', 'person', { class: 'a', confidence: 1 });
    const second = say('label', 'person', { class: 'b', confidence: 0.1 });
    expect(resolveLabels([second, first]).class).toBe('b');
    const none = say('label', 'model', { class: 'none' });
    const weak = say('label', 'model', { class: 'weak', confidence: 0.2 });
    const sure = say('label', 'model', { class: 'sure', confidence: 0.9 });
    const sureToo = say('label', 'model', { class: 'sure too', confidence: 0.9 });
    expect(resolveLabels([sureToo, none, weak, sure]).class).toBe('sure');
    expect(
      resolveLabels([say('label', 'search', { class: 'x' }), say('label', 'search', { class: 'y', confidence: 0 })]).class,
    ).toBe('x');
  });

  it('goes by time before ids', () => {
    const newer = say('label', 'person', { class: 'new', at: '2026-02-01T00:00:00.000Z' });
    const older = say('drop', 'person', { at: '2026-01-31T00:00:00.000Z' });
    expect(resolveLabels([newer, older])).toEqual({ class: 'new', review: 'accepted' });
    const search = [
      say('label', 'search', { class: 'b', at: '2026-02-01T00:00:00.000Z' }),
      say('label', 'search', { class: 'a', at: '2026-01-01T00:00:00.000Z' }),
    ];
    expect(resolveLabels(search).class).toBe('a');
  });

  it('goes back to the state before where a decision is retracted', () => {
    const folder = say('label', 'folder', { class: 'comet' });
    const accept = say('accept', 'person');
    const drop = say('drop', 'person');
    expect(resolveLabels([folder, accept, drop])).toEqual({ class: 'comet', review: 'dropped' });
    expect(resolveLabels([folder, accept, { ...drop, retractedAt: 'then' }])).toEqual({ class: 'comet', review: 'accepted' });
    const relabel = say('label', 'person', { class: 'star' });
    expect(resolveLabels([folder, drop, relabel])).toEqual({ class: 'star', review: 'accepted' });
    expect(resolveLabels([folder, drop, { ...relabel, retractedAt: 'then' }])).toEqual({ class: 'comet', review: 'dropped' });
  });
});
