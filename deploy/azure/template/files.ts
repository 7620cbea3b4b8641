/** The generated files of deploy/azure. */
import type { Template } from './model.ts';
import { armTemplate } from './print-arm.ts';
import { bicepFile } from './print-bicep.ts';
import { buildTemplate } from './template.ts';

export { azdParameters } from './azd.ts';
export { uiDefinition } from './ui.ts';

let built: Promise<Template> | undefined;

/** The template, built once. */
export function template(): Promise<Template> {
  built ??= buildTemplate();
  return built;
}

/** `azuredeploy.json`. */
export const armFile = async () => armTemplate(await template());

/** `main.bicep`. */
export const bicepText = async () => bicepFile(await template());
