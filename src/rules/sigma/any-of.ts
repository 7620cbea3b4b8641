import { Automaton } from './automaton.ts';
import { fold } from './fold.ts';

/** Whether a text contains one of many literals, exactly as they are written. */
export class AnyOf {
  readonly #literals: readonly string[];
  readonly #always: boolean;
  readonly #automaton: Automaton;

  constructor(literals: readonly string[]) {
    this.#always = literals.includes('');
    this.#literals = literals.filter((literal) => literal !== '');
    this.#automaton = new Automaton(this.#literals.map(fold));
  }

  test(text: string): boolean {
    if (this.#always) return true;
    let found = false;
    this.#automaton.scan(text, (candidates, end) => {
      if (found) return;
      for (const candidate of candidates) {
        const literal = this.#literals[candidate] ?? '';
        if (text.startsWith(literal, end - literal.length)) found = true;
      }
    });
    return found;
  }
}
