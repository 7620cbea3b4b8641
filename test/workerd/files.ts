/** The bundle of the tests: they bring relay.yaml in XDR_RELAY_YAML. */
export const config = { path: 'relay.yaml', text: 'storage: {}\n' };

export const presets: readonly { readonly key: string; readonly text: string }[] = [];

export const rules = [
  {
    path: 'DeviceEvents.yaml',
    text: `table: DeviceEvents
filter:
  - title: noise
    detection:
      noise: { ActionType: Noise }
      condition: noise
`,
  },
];
