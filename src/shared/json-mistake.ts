/** Finds where JSON is wrong, and says what is wrong there: JSON.parse names a place for some mistakes only. */

/** The first mistake in a text that should be JSON. */
export interface JsonMistake {
  /** The index of the first character that is wrong; the length of the text where it ends too early. */
  readonly at: number;
  /** What is wrong, without the place. */
  readonly message: string;
}

/** The first mistake of a text, or undefined where JSON.parse takes it. Takes any depth. */
export function jsonMistake(text: string): JsonMistake | undefined {
  return new Checker(text).check();
}

/** What must come next, after white space. */
type Next = 'value' | 'first value' | 'name' | 'first name' | 'colon' | 'separator';

/** Before these, the object or the list may end. */
const MAY_END: ReadonlySet<Next> = new Set(['first value', 'first name', 'separator']);

const SPACE = /[ \t\r\n]*/y;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;

const FIRST_PRINTABLE = 0x20;

class Checker {
  readonly #text: string;
  #at = 0;
  /** What closes the objects and lists that are open, the innermost last. */
  readonly #closers: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  check(): JsonMistake | undefined {
    let next: Next | JsonMistake = 'value';
    while (typeof next === 'string') {
      this.#skip(SPACE);
      const char = this.#text[this.#at];
      const isWhole = next === 'separator' && this.#closers.length === 0;
      if (isWhole) return char === undefined ? undefined : this.#mistake('the value has ended before this');
      next = char === undefined ? this.#endsEarly() : this.#read(next, char);
    }
    return next;
  }

  #read(next: Next, char: string): Next | JsonMistake {
    const closer = this.#closers.at(-1);
    if (char === closer && MAY_END.has(next)) {
      this.#closers.pop();
      this.#at += 1;
      return 'separator';
    }
    switch (next) {
      case 'separator':
        if (char !== ',') return this.#mistake(`a comma or ${closer} must come here`);
        this.#at += 1;
        return closer === '}' ? 'name' : 'value';
      case 'colon':
        if (char !== ':') return this.#mistake('a colon must follow the name');
        this.#at += 1;
        return 'value';
      case 'name':
      case 'first name':
        if (char === '"') return this.#string() ?? 'colon';
        return this.#mistake(char === closer ? BEFORE_END : 'a name in double quotes must come here');
      case 'value':
      case 'first value':
        return this.#value(char, closer);
    }
  }

  #value(char: string, closer: string | undefined): Next | JsonMistake {
    if (char === '"') return this.#string() ?? 'separator';
    if (char === '{' || char === '[') {
      this.#closers.push(char === '{' ? '}' : ']');
      this.#at += 1;
      return char === '{' ? 'first name' : 'first value';
    }
    if (this.#skip(SCALAR)) return 'separator';
    return this.#mistake(char === ']' && closer === ']' ? BEFORE_END : 'no value of JSON begins here');
  }

  /** Goes behind the string whose quote is here. */
  #string(): JsonMistake | undefined {
    const text = this.#text;
    const from = this.#at;
    this.#at += 1;
    for (; ; this.#at += 1) {
      const char = text[this.#at];
      if (char === '"') break;
      if (char === undefined || char === '\n' || char === '\r') {
        this.#at = from;
        return this.#mistake('the string that begins here does not end on its line');
      }
      if (char === '\\') {
        if (!this.#skip(ESCAPE)) return this.#mistake('no escape begins here; two backslashes write one');
        this.#at -= 1;
      } else if (text.charCodeAt(this.#at) < FIRST_PRINTABLE) {
        return this.#mistake('a control character must be escaped');
      }
    }
    this.#at += 1;
    return undefined;
  }

  /** Goes behind what a sticky expression matches here. False, and stays, where it matches nothing. */
  #skip(expression: RegExp): boolean {
    expression.lastIndex = this.#at;
    if (!expression.test(this.#text)) return false;
    this.#at = expression.lastIndex;
    return true;
  }

  #endsEarly(): JsonMistake {
    const closer = this.#closers.at(-1);
    if (closer === undefined) return this.#mistake('there is no value');
    return this.#mistake(
      `the text ends inside ${closer === '}' ? 'an object' : 'a list'}: ${closer} is missing`,
    );
  }

  #mistake(message: string): JsonMistake {
    return { at: this.#at, message };
  }
}

const BEFORE_END = 'a comma must not stand before the end';
