// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Bicep's own syntax
/** Bicep and ARM say the same: what a reader of Bicep gets from the printed file is the template. */
import { expect, it } from 'vitest';
import { bicepText, template } from '../../../deploy/azure/template/files.ts';
import { armTemplate } from '../../../deploy/azure/template/print-arm.ts';
import { bicepFile } from '../../../deploy/azure/template/print-bicep.ts';
import { readBicep } from './bicep-reader.ts';
import { read } from './deployment.ts';

it('read back, it is the ARM template', async () => {
  expect(armTemplate(readBicep(await bicepText()))).toEqual(JSON.parse(read('azuredeploy.json')));
});

it('no symbol has the name of one of Bicep’s functions, which it would hide', async () => {
  const { parameters, variables, resources } = await template();
  const symbols = [...Object.keys(parameters), ...Object.keys(variables), ...resources.map(({ key }) => key)];
  expect(new Set(symbols).size).toBe(symbols.length);
  for (const name of [
    'environment',
    'resourceGroup',
    'subscription',
    'tenant',
    'deployment',
    'reference',
    'json',
    'az',
    'sys',
  ]) {
    expect(symbols).not.toContain(name);
  }
});

it('texts with every special character survive', async () => {
  const hostile = "it's ${not} \\ $ \n [x] ${keyvault:a} '''";
  const { variables, ...rest } = await template();
  const odd = { ...rest, variables: { ...variables, hostile, list: [hostile, '[', ''], nothing: {} } };
  expect(armTemplate(readBicep(bicepFile(odd)))).toEqual(armTemplate(odd));
});

it.each([
  ['param a string\n\nvar b = c', /no symbol is named c/],
  ["var a = 'x\n'", /line end in a string/],
  ["var a = 'x\\q'", /no escape/],
  ['var a = {\n  b: 1\n  b: 2\n}', /twice/],
  ['vra a = 1', /no statement begins/],
])('the reader refuses %j', (text, message) => {
  expect(() => readBicep(`// x\n${text}\n`)).toThrow(message);
});
