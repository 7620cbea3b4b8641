/** The files that `xdr-relay init` writes: a commented relay.yaml and .env.example, with the examples of the destinations' descriptors. */
import { DESTINATIONS, destinationTitles } from '../../destinations/list.ts';

/** The new relay.yaml. A line that begins with `#` and a key takes effect once the `#` is removed. */
export const RELAY_YAML = `# yaml-language-server: $schema=schemas/relay.schema.json
# xdr-relay: Microsoft Defender XDR events from Azure Storage to ${destinationTitles()}.
# Check it with "xdr-relay config". Every key, with its default: docs/configuration.md of xdr-relay
#
# Secrets do not belong here: \${NAME} is filled in from the environment, or from the file .env beside this one.

# Azure's cloud: public, usgov or china.
#cloud: public

# The storage account that Defender XDR streams to.
# With only its name, xdr-relay signs in by itself: managed identity, workload identity, Azure CLI or AZURE_* variables.
# It needs the roles "Storage Blob Data Contributor" (checkpoints and dead letters are written there)
# and "Storage Queue Data Contributor".
storage:
  account: contosodefender
  #connection_string: \${STORAGE_CONNECTION_STRING}

# The Storage Queue where tasks wait. Event Grid may also write into it directly; then no endpoint is needed.
queue:
  name: xdr-relay

# The endpoint that Event Grid posts to: https://<host>/events?code=<key>
server:
  port: 8080
  keys:
    - \${XDR_RELAY_KEY}

# Where events and alerts go, under names of your choice. Take out what you do not use.
destinations:
${destinationExamples()}
# Rows of tables that have no routes of their own in transforms/<Table>.yaml.
default_destinations: [splunk]

# Alerts of the detections in transforms/detections/, by level.
alerts:
  - levels: [high, critical]
    to: [splunk, soc-slack]
  - levels: [informational, low, medium]
    to: [splunk]

# The rule files.
transforms: transforms

# Values for $NAME in rule files: keys for "hash", lists for Sigma's "expand".
#variables:
#  HASH_KEY: \${HASH_KEY}
#  admin_hosts: [jump-01, jump-02]

# How growing blobs are followed. Defender writes for some minutes after the hour, now and then much longer.
#tail:
#  lateness: 15m
#  poll_min: 4s
#  poll_max: 60s

# What one process may take.
#limits:
#  blobs: 8
#  row: 4MiB
#  buffer: 4MiB

log:
  level: info
`;

export const ENV_EXAMPLE = `# Copy to .env, which relay.yaml's \${NAME} are filled in from. Never commit .env.

# The shared key of the endpoint's address, 16 characters or more: openssl rand -hex 24
XDR_RELAY_KEY=

${variableLines('on')}# Only where relay.yaml uses them:
# The storage account's "Access keys" page
#STORAGE_CONNECTION_STRING=
${variableLines('off')}# The key of "hash" steps: openssl rand -hex 32
#HASH_KEY=
`;

/** The examples as entries of `destinations:`; destinations that few people need are commented out. */
function destinationExamples(): string {
  return DESTINATIONS.filter(({ inNewFile }) => inNewFile !== 'no')
    .map(({ example, inNewFile }) => {
      const before = inNewFile === 'on' ? '  ' : '  #';
      return example.replace(/^(?=.)/gm, before);
    })
    .join('\n');
}

function variableLines(wanted: 'on' | 'off'): string {
  return DESTINATIONS.filter(({ inNewFile }) => inNewFile === wanted)
    .flatMap(({ variables }) => [...variables])
    .map(({ name, hint }) => (wanted === 'on' ? `# ${hint}\n${name}=\n\n` : `# ${hint}\n#${name}=\n`))
    .join('');
}
