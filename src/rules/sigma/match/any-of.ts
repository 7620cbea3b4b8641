/** Tests whether a string contains one of many literals. */
import { fold } from '../language/fold.ts';
import { GramIndex } from './gram-index.ts';

/** Tests whether a string contains one of many literals; letter case counts. */
export class AnyOf {
  readonly #literals: readonly string[];
  readonly #index: GramIndex;

  constructor(literals: readonly string[]) {
    this.#literals = literals;
    this.#index = new GramIndex(literals.map((literal) => ({ literal: fold(literal), mode: 'contains' })));
  }

  test(text: string): boolean {
    let found = false;
    this.#index.scan(text, (candidate) => {
      found ||= text.includes(this.#literals[candidate] ?? '');
    });
    return found;
  }
}
