/** What fills the template's parameters in: the portal's form and azd's file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { read, TEMPLATE } from './deployment.ts';

interface Element {
  readonly name: string;
  readonly type: string;
  readonly visible: boolean | string;
  readonly defaultValue?: unknown;
  readonly constraints?: {
    readonly required?: boolean;
    readonly regex?: string;
    readonly allowedValues?: readonly { readonly label: string; readonly value: unknown }[];
  };
}

const form = JSON.parse(read('createUiDefinition.json')) as {
  parameters: {
    basics: Element[];
    steps: { name: string; elements: Element[] }[];
    outputs: Record<string, string>;
  };
};

describe('createUiDefinition.json', () => {
  const { basics, steps, outputs } = form.parameters;
  const elements = new Map<string, Element>([
    ...basics.map((each) => [`basics('${each.name}')`, each] as const),
    ...steps.flatMap(({ name, elements: inner }) =>
      inner.map((each) => [`steps('${name}').${each.name}`, each] as const),
    ),
  ]);

  it('gives each parameter but the tags, from a field that is there', () => {
    const names = Object.keys(TEMPLATE.parameters).filter((name) => name !== 'tags');
    expect(new Set(Object.keys(outputs))).toEqual(new Set(names));
    for (const [name, value] of Object.entries(outputs)) {
      if (name === 'location') expect(value).toBe('[location()]');
      else expect(elements.has(value.slice(1, -1)), value).toBe(true);
    }
    expect(elements.size).toBe(names.length - 1);
  });

  it('asks for what the template requires', () => {
    for (const { name, type, constraints } of elements.values()) {
      const { defaultValue } = TEMPLATE.parameters[name] ?? {};
      if (type === 'Microsoft.Common.TextBox')
        expect([name, constraints?.required]).toEqual([name, defaultValue === undefined]);
      if (constraints?.regex) expect(() => new RegExp(constraints.regex ?? '')).not.toThrow();
    }
  });

  it('begins with the template’s defaults', () => {
    for (const { name, type, defaultValue, constraints } of elements.values()) {
      const initial = TEMPLATE.parameters[name]?.defaultValue ?? '';
      // Options are chosen by their labels.
      const chosen = constraints?.allowedValues?.find(({ label }) => label === defaultValue);
      expect([name, type, constraints?.allowedValues ? chosen?.value : defaultValue]).toEqual([
        name,
        type,
        initial,
      ]);
    }
  });

  it('has conditions that name fields', () => {
    for (const { visible } of elements.values()) {
      if (typeof visible !== 'string') continue;
      const [field = ''] = /steps\('\w+'\)\.\w+/.exec(visible) ?? [];
      expect(elements.has(field), visible).toBe(true);
    }
  });
});

describe('azd', () => {
  it('fills parameters that the template has', () => {
    const { parameters } = JSON.parse(read('main.parameters.json')) as {
      parameters: Record<string, { value: string }>;
    };
    for (const [name, { value }] of Object.entries(parameters)) {
      expect(Object.keys(TEMPLATE.parameters)).toContain(name);
      expect(value).toMatch(/^\$\{[A-Z_]+(?:=[^}]*)?\}$/);
      const initial = TEMPLATE.parameters[name]?.defaultValue;
      if (value.includes('=')) expect(value.slice(value.indexOf('=') + 1, -1)).toBe(String(initial));
    }
    for (const [name, { defaultValue }] of Object.entries(TEMPLATE.parameters)) {
      if (defaultValue === undefined) expect(Object.keys(parameters)).toContain(name);
    }
  });

  it('finds the Bicep file', () => {
    const { infra } = parse(read('azure.yaml')) as {
      infra: { provider: string; path: string; module: string };
    };
    expect(infra.provider).toBe('bicep');
    const file = join(import.meta.dirname, '../../../deploy/azure', infra.path, `${infra.module}.bicep`);
    expect(readFileSync(file, 'utf8')).toContain("targetScope = 'resourceGroup'");
  });
});

it('docs/deploy/azure.md lists each parameter with its default', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/deploy/azure.md'), 'utf8');
  const rows = new Map(
    [...page.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, name, initial]) => [name, initial]),
  );
  for (const [name, { defaultValue }] of Object.entries(TEMPLATE.parameters)) {
    const expected =
      defaultValue === undefined
        ? 'required'
        : defaultValue === ''
          ? 'none'
          : `\`${JSON.stringify(defaultValue).replaceAll('"', '')}\``;
    expect([name, rows.get(name)]).toEqual([name, name === 'location' ? 'of the group' : expected]);
  }
});
