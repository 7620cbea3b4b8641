/** Parses and evaluates the expressions of ARM templates, as strictly as Azure Resource Manager: unknown functions and names are errors. */
import { createHash } from 'node:crypto';

export type Node =
  | { readonly kind: 'literal'; readonly value: string | number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'member'; readonly of: Node; readonly name: string };

/** Whether a string of a template is an expression; `[[` escapes a bracket. */
export const isExpression = (text: string) => /^\[(?!\[)[\s\S]*\]$/.test(text);

/** Parses what stands between the brackets. Throws with the place of a mistake. */
export function parseExpression(text: string): Node {
  let at = 1;
  const inner = text.slice(0, -1);
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at} of ${text.slice(0, 200)}`);
  };
  const skip = () => {
    while (/\s/.test(inner[at] ?? '')) at++;
  };
  const word = () => {
    const [name = ''] = /^[A-Za-z_]\w*/.exec(inner.slice(at)) ?? [];
    at += name.length;
    return name;
  };
  const string = (): Node => {
    let value = '';
    for (at++; ; at++) {
      if (at >= inner.length) fail('an open string');
      if (inner[at] !== "'") value += inner[at];
      else if (inner[at + 1] === "'") value += inner[at++];
      else break;
    }
    at++;
    return { kind: 'literal', value };
  };
  const list = (): Node[] => {
    const args: Node[] = [];
    at++;
    skip();
    while (inner[at] !== ')') {
      args.push(expression());
      skip();
      if (inner[at] === ',') at++;
      else if (inner[at] !== ')') fail('neither a comma nor a parenthesis');
      skip();
    }
    at++;
    return args;
  };
  const primary = (): Node => {
    skip();
    if (inner[at] === "'") return string();
    const [digits] = /^-?\d+/.exec(inner.slice(at)) ?? [];
    if (digits !== undefined) {
      at += digits.length;
      return { kind: 'literal', value: Number(digits) };
    }
    const name = word();
    if (name === '' || inner[at] !== '(') fail('neither a literal nor a call');
    return { kind: 'call', name, args: list() };
  };
  const expression = (): Node => {
    let node = primary();
    while (inner[at] === '.') {
      at++;
      const name = word();
      if (name === '') fail('no name behind the dot');
      node = { kind: 'member', of: node, name };
    }
    return node;
  };
  const whole = expression();
  skip();
  if (at !== inner.length) fail('something behind the expression');
  return whole;
}

export interface Surroundings {
  readonly parameters: Readonly<Record<string, unknown>>;
  /** As the template has them: expressions or values. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** ARM's name of the cloud. */
  readonly cloud: keyof typeof CLOUDS;
  /** Told of each id that `reference()` is called with. */
  readonly onReference?: (id: string) => void;
}

export const GROUP_ID = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/soc';
const SUBSCRIPTION_ID = '/subscriptions/11111111-1111-4111-8111-111111111111';
export const TENANT = '22222222-2222-4222-8222-222222222222';

const CLOUDS = {
  AzureCloud: ['core.windows.net', '.vault.azure.net', 'https://management.azure.com/'],
  AzureUSGovernment: [
    'core.usgovcloudapi.net',
    '.vault.usgovcloudapi.net',
    'https://management.usgovcloudapi.net/',
  ],
  AzureChinaCloud: ['core.chinacloudapi.cn', '.vault.azure.cn', 'https://management.chinacloudapi.cn/'],
} as const;

/** Evaluates every expression in a value of the template. */
export function resolve(value: unknown, around: Surroundings): unknown {
  if (typeof value === 'string') {
    if (isExpression(value)) return evaluate(parseExpression(value), around);
    return value.startsWith('[[') ? value.slice(1) : value;
  }
  if (Array.isArray(value)) return value.map((item) => resolve(item, around));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [String(resolve(key, around)), resolve(item, around)]),
  );
}

function evaluate(node: Node, around: Surroundings): unknown {
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'member': {
      const of = evaluate(node.of, around);
      if (typeof of !== 'object' || of === null || !(node.name in of)) {
        throw new Error(`there is no property ${node.name}`);
      }
      return Reflect.get(of, node.name);
    }
    case 'call':
      return evaluateCall(node.name, node.args, around);
  }
}

function evaluateCall(name: string, args: readonly Node[], around: Surroundings): unknown {
  if (name === 'if') {
    const [condition, yes, no] = args;
    if (args.length !== 3 || !condition || !yes || !no) throw new Error('if() has three arguments');
    return evaluate(boolean(evaluate(condition, around), name) ? yes : no, around);
  }
  const known = FUNCTIONS[name];
  if (!known) throw new Error(`ARM has no function ${name}(), or this reader does not know it`);
  const [least, most, work] = known;
  if (args.length < least || args.length > most)
    throw new Error(`${name}() does not take ${args.length} arguments`);
  return work(
    args.map((arg) => evaluate(arg, around)),
    around,
  );
}

type Work = (args: readonly unknown[], around: Surroundings) => unknown;

/** Each with the least and the most arguments (Microsoft Learn, "ARM template functions"). */
const FUNCTIONS: Readonly<Record<string, readonly [number, number, Work]>> = {
  parameters: [1, 1, ([name], { parameters }) => own(parameters, name, 'parameter')],
  variables: [1, 1, ([name], around) => resolve(own(around.variables, name, 'variable'), around)],
  concat: [1, 100, (args) => args.map((arg) => text(arg, 'concat')).join('')],
  equals: [2, 2, ([a, b]) => a === b],
  and: [2, 100, (args) => args.every((arg) => boolean(arg, 'and'))],
  not: [1, 1, ([a]) => !boolean(a, 'not')],
  empty: [1, 1, ([a]) => text(a, 'empty') === ''],
  take: [2, 2, ([a, count]) => text(a, 'take').slice(0, Number(count))],
  substring: [
    2,
    3,
    ([a, start, length]) => text(a, 'substring').substr(Number(start), Number(length ?? 1e6)),
  ],
  replace: [3, 3, ([a, b, c]) => text(a, 'replace').replaceAll(text(b, 'replace'), text(c, 'replace'))],
  string: [1, 1, ([a]) => String(a)],
  int: [1, 1, ([a]) => whole(a)],
  mul: [2, 2, ([a, b]) => whole(a) * whole(b)],
  json: [1, 1, ([a]) => JSON.parse(text(a, 'json'))],
  null: [0, 0, () => null],
  true: [0, 0, () => true],
  false: [0, 0, () => false],
  createArray: [0, 100, (args) => args],
  createObject: [0, 100, (args) => object(args)],
  guid: [1, 100, (args) => guid(args.map((arg) => text(arg, 'guid')))],
  uniqueString: [1, 100, (args) => digest(args.map((arg) => text(arg, 'uniqueString'))).slice(0, 13)],
  cidrSubnet: [3, 3, ([prefix, bits, index]) => `${text(prefix, 'cidrSubnet')}#${bits}#${index}`],
  resourceGroup: [0, 0, () => ({ id: GROUP_ID, location: 'westeurope', name: 'soc' })],
  subscription: [0, 0, () => ({ id: SUBSCRIPTION_ID, tenantId: TENANT })],
  environment: [0, 0, (_, { cloud }) => environment(cloud)],
  resourceId: [2, 20, (args) => `${GROUP_ID}/providers/${resourcePath(args)}`],
  subscriptionResourceId: [2, 20, (args) => `${SUBSCRIPTION_ID}/providers/${resourcePath(args)}`],
  extensionResourceId: [3, 20, ([id, ...rest]) => `${id}/providers/${resourcePath(rest)}`],
  reference: [1, 3, ([id], { onReference }) => referenced(text(id, 'reference'), onReference)],
};

/** `resourceId('A.B/c/d', x, y)`: as many names as types. */
function resourcePath([type, ...names]: readonly unknown[]): string {
  const [namespace, ...types] = text(type, 'resourceId').split('/');
  if (types.length !== names.length) {
    throw new Error(`${type} has ${types.length} names, and ${names.length} were given`);
  }
  return [namespace, ...types.flatMap((each, index) => [each, text(names[index], 'resourceId')])].join('/');
}

function referenced(id: string, onReference: ((id: string) => void) | undefined): object {
  if (!id.startsWith(GROUP_ID)) throw new Error(`reference() needs the id of a resource, not ${id}`);
  onReference?.(id);
  const principalId = `principal of ${id}`;
  return {
    principalId,
    clientId: `client of ${id}`,
    defaultDomain: 'blue.westeurope.azurecontainerapps.io',
    identity: { principalId },
  };
}

function environment(cloud: keyof typeof CLOUDS): object {
  const [storage, keyvaultDns, resourceManager] = CLOUDS[cloud];
  return { name: cloud, suffixes: { storage, keyvaultDns }, resourceManager };
}

function own(record: Readonly<Record<string, unknown>>, name: unknown, what: string): unknown {
  if (typeof name !== 'string' || !Object.hasOwn(record, name))
    throw new Error(`there is no ${what} ${name}`);
  return record[name];
}

function text(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new Error(`${where}() needs text, not ${JSON.stringify(value)}`);
  return value;
}

function boolean(value: unknown, where: string): boolean {
  if (typeof value !== 'boolean') throw new Error(`${where}() needs a boolean, not ${JSON.stringify(value)}`);
  return value;
}

function whole(value: unknown): number {
  if (!/^-?\d+$/.test(String(value))) throw new Error(`${value} is no whole number`);
  return Number(value);
}

function object(args: readonly unknown[]): object {
  if (args.length % 2 === 1) throw new Error('createObject() needs pairs');
  return Object.fromEntries(
    args.flatMap((arg, index) => (index % 2 === 0 ? [[text(arg, 'createObject'), args[index + 1]]] : [])),
  );
}

const digest = (parts: readonly string[]) => createHash('sha256').update(parts.join('-')).digest('hex');

function guid(parts: readonly string[]): string {
  const hex = digest(parts);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
