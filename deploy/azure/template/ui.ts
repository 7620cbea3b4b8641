/** The form that the portal shows for the template (`createUiDefinition.json`). */
import { PARAMETERS } from './parameters.ts';

type Name = keyof typeof PARAMETERS;

/** Shown as the form's steps. `location` is a field of the portal's own. */
const STEPS = [
  {
    name: 'source',
    label: 'Source',
    fields: ['sourceAccountName', 'createSourceAccount', 'retentionDays', 'existingSystemTopicName'],
  },
  {
    name: 'relay',
    label: 'Relay',
    fields: [
      'startRelay',
      'image',
      'registryServer',
      'destinationsYaml',
      'maxReplicas',
      'consumerCpu',
      'checkFirst',
    ],
  },
  {
    name: 'notifications',
    label: 'Notifications',
    fields: ['notifications', 'webhookApplicationId', 'eventGridApplicationId'],
  },
  { name: 'network', label: 'Network and alerts', fields: ['privateNetwork', 'addressPrefix', 'alertEmail'] },
] as const satisfies readonly { name: string; label: string; fields: readonly Name[] }[];

const APPLICATION_ID = {
  regex: '^$|^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
  validationMessage: 'an application id of Entra ID',
};

/** Texts that the form checks while they are typed; the template checks lengths alone. */
const CONSTRAINTS: Partial<Record<Name, { readonly regex: string; readonly validationMessage: string }>> = {
  namePrefix: {
    regex: '^[a-z][a-z0-9]{2,8}$',
    validationMessage: '3 to 9 lower-case letters and digits, a letter first',
  },
  sourceAccountName: {
    regex: '^[a-z0-9]{3,24}$',
    validationMessage: '3 to 24 lower-case letters and digits',
  },
  webhookApplicationId: APPLICATION_ID,
  eventGridApplicationId: APPLICATION_ID,
};

/** Fields that appear only where another one asks for them. */
const VISIBLE: Partial<Record<Name, string>> = {
  retentionDays: "[steps('source').createSourceAccount]",
  webhookApplicationId: "[equals(steps('notifications').notifications, 'endpoint')]",
  eventGridApplicationId: "[equals(steps('notifications').notifications, 'endpoint')]",
  addressPrefix: "[steps('network').privateNetwork]",
};

/** The whole form. */
export function uiDefinition(): object {
  const output = (name: Name, step: string) =>
    step === 'basics' ? `[basics('${name}')]` : `[steps('${step}').${name}]`;
  return {
    $schema: 'https://schema.management.azure.com/schemas/0.1.2-preview/CreateUIDefinition.MultiVm.json#',
    handler: 'Microsoft.Azure.CreateUIDef',
    version: '0.1.2-preview',
    parameters: {
      basics: [field('namePrefix')],
      steps: STEPS.map(({ name, label, fields }) => ({ name, label, elements: fields.map(field) })),
      outputs: {
        namePrefix: output('namePrefix', 'basics'),
        location: '[location()]',
        ...Object.fromEntries(
          STEPS.flatMap(({ name: step, fields }) => fields.map((name) => [name, output(name, step)])),
        ),
      },
    },
  };
}

function field(name: Name): object {
  const parameter: (typeof PARAMETERS)[Name] = PARAMETERS[name];
  const { type, description } = parameter;
  const common = { name, label: labelOf(name), toolTip: description, visible: VISIBLE[name] ?? true };
  const initial = 'default' in parameter ? parameter.default : undefined;
  if (type === 'bool') {
    // A CheckBox is not documented to have a default.
    const allowedValues = [
      { label: 'Yes', value: true },
      { label: 'No', value: false },
    ];
    const constraints = { required: true, allowedValues };
    const defaultValue = initial === true ? 'Yes' : 'No';
    return { ...common, type: 'Microsoft.Common.OptionsGroup', defaultValue, constraints };
  }
  if ('allowed' in parameter) {
    const allowedValues = parameter.allowed.map((value) => ({ label: value, value }));
    const constraints = { required: true, allowedValues };
    return { ...common, type: 'Microsoft.Common.DropDown', defaultValue: initial, constraints };
  }
  if (type === 'int') {
    const { min, max } = parameter;
    return { ...common, type: 'Microsoft.Common.Slider', min, max, defaultValue: initial };
  }
  return {
    ...common,
    type: 'Microsoft.Common.TextBox',
    defaultValue: typeof initial === 'string' ? initial : '',
    multiLine: name === 'destinationsYaml',
    constraints: { required: initial === undefined, ...CONSTRAINTS[name] },
  };
}

/** `sourceAccountName`: Source account name. */
function labelOf(name: string): string {
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
