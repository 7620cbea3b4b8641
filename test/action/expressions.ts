/** Evaluates the part of GitHub's expressions that the action uses: contexts, strings, `==`, `!=`, `&&` and `||`. */

type Context = Readonly<Record<string, unknown>>;

/** A string with its `${{ }}` filled in. What is undefined becomes empty, as in the runner. */
export function filledIn(text: string, context: Context): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, expression: string) => {
    const value = evaluate(expression, context);
    return value === undefined || value === null ? '' : String(value);
  });
}

/** Throws for what it does not know, so that the action cannot use it untested. */
export function evaluate(expression: string, context: Context): unknown {
  const tokens = expression.match(/'(?:[^']|'')*'|==|!=|&&|\|\||[\w.-]+|\S/g) ?? [];
  let at = 0;
  const value = (): unknown => {
    const token = tokens[at++] ?? '';
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (token === 'true' || token === 'false') return token === 'true';
    if (!/^[a-z_][\w.-]*$/i.test(token)) throw new Error(`not understood: ${expression}`);
    return token
      .split('.')
      .reduce<unknown>((from, key) => (from as Context | undefined | null)?.[key], context);
  };
  const equal = (): unknown => {
    const left = value();
    const sign = tokens[at];
    if (sign !== '==' && sign !== '!=') return left;
    at += 1;
    const right = value();
    return (text(left) === text(right)) === (sign === '==');
  };
  const and = (): unknown => {
    let left = equal();
    while (tokens[at] === '&&') {
      at += 1;
      const right = equal();
      if (isTrue(left)) left = right;
    }
    return left;
  };
  const or = (): unknown => {
    let left = and();
    while (tokens[at] === '||') {
      at += 1;
      const right = and();
      if (!isTrue(left)) left = right;
    }
    return left;
  };
  const result = or();
  if (at < tokens.length) throw new Error(`not understood: ${expression}`);
  return result;
}

function isTrue(value: unknown): boolean {
  return value !== false && value !== '' && value !== undefined && value !== null;
}

function text(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}
