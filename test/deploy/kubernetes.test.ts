/**
 * deploy/kubernetes: the objects against the models of Kubernetes, KEDA and the Prometheus Operator, unknown keys included; what the
 * overlays become, by kustomize itself where kubectl is installed; and the settings that must agree with the code.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createProgram } from '../../src/cli/program.ts';
import { parseConfig } from '../../src/config/load.ts';
import { ruleContext } from '../../src/config/rule-context.ts';
import { secretReferences } from '../../src/config/secret-references.ts';
import { loadRuleFiles } from '../../src/hosts/node/rule-files.ts';
import { compileOrThrow } from '../../src/relay/rule-sets/compile-set.ts';
import { captured } from '../cli/captured.ts';
import {
  built,
  builtOf,
  deploymentSchema,
  hasKustomize,
  KUBERNETES,
  named,
  nameOf,
  objectsIn,
} from '../support/kustomize.ts';
import { checkSchema, checkTypes } from './kubernetes-types.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(KUBERNETES, path), 'utf8');

const all = globSync('**/*', { cwd: KUBERNETES, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(KUBERNETES, join(entry.parentPath, entry.name)))
  .toSorted();
const kustomizations = all.filter((path) => path.endsWith('kustomization.yaml'));
const manifests = all.filter(
  (path) => /\.yaml$/.test(path) && !/(?:kustomization|relay)\.yaml$|\/transforms\//.test(path),
);

describe('the files', () => {
  const kustomizationSchema = z.looseObject({
    resources: z.array(z.string()).default([]),
    components: z.array(z.string()).default([]),
    configMapGenerator: z.array(z.looseObject({ files: z.array(z.string()).default([]) })).default([]),
  });
  const namesIn = (path: string): readonly string[] => {
    const { resources, components, configMapGenerator } = kustomizationSchema.parse(parse(read(path)));
    const names = [...resources, ...components, ...configMapGenerator.flatMap(({ files }) => files)];
    return names.map((name) => join(dirname(path), name));
  };

  it('are all named by a kustomization, and all that are named exist', () => {
    const names = kustomizations.flatMap(namesIn);
    expect(names.filter((name) => !existsSync(join(KUBERNETES, name)))).toEqual([]);
    const files = names.filter((name) => !existsSync(join(KUBERNETES, name, 'kustomization.yaml')));
    expect(all.filter((path) => !kustomizations.includes(path) && !files.includes(path))).toEqual([]);
  });

  it.each(manifests)('%s fits the schemas', async (path) => {
    for (const object of objectsIn(read(path))) await checkSchema(object);
  });

  it('have no unknown key', async () => {
    expect(await checkTypes(manifests.flatMap((path) => objectsIn(read(path))))).toBe('');
  });

  it('would not pass with an unknown key, or a value of a wrong type', async () => {
    const [deployment] = objectsIn(read('base/consumers.yaml'));
    const text = JSON.stringify(deployment);
    const misspelt = JSON.parse(text.replace('readOnlyRootFilesystem', 'readonlyRootFilesystem'));
    expect(await checkTypes([misspelt])).toContain('readonlyRootFilesystem');
    await expect(checkSchema(JSON.parse(text.replace('"replicas":2', '"replicas":"2"')))).rejects.toThrow(
      /replicas/,
    );
  });
});

describe.each(['base', 'overlays/aks'])('%s/relay.yaml', (folder) => {
  const text = read(`${folder}/relay.yaml`);
  const secrets = new Map(
    secretReferences(text).files.map((file) => [
      `file:${file}`,
      {
        value: file.includes('slack')
          ? 'https://hooks.slack.com/services/T0/B0/path'
          : '0123456789abcdef-secret',
      },
    ]),
  );
  const { config, diagnostics } = parseConfig(text, 'relay.yaml', {}, secrets);

  it('has no mistakes, and takes its secrets from files of the mounted secret', () => {
    expect(diagnostics).toEqual([]);
    expect(secrets.size).toBeGreaterThan(1);
    for (const file of secrets.keys()) expect(file).toMatch(/^file:\/run\/secrets\/xdr-relay\/[a-z-]+$/);
  });

  it('lets the kubelet and Prometheus ask, at the ports of the containers', () => {
    expect(config?.monitoring).toMatchObject({ host: '0.0.0.0', port: 9464 });
    expect(config?.server).toMatchObject({ host: '0.0.0.0', port: 8080 });
  });

  it('has the destinations that the rules of the image name, and those of the component "rules"', async () => {
    expect(config?.transforms).toBe('/etc/xdr-relay/transforms');
    if (!config) throw new Error('no config');
    for (const rules of ['transforms', 'deploy/kubernetes/components/rules/transforms']) {
      const files = await loadRuleFiles(join(ROOT, rules));
      expect(files).not.toEqual([]);
      compileOrThrow(files, ruleContext(config));
    }
  });
});

describe.each(['base/consumers.yaml', 'components/endpoint/endpoint.yaml'])('the pods of %s', (path) => {
  const [deployment] = objectsIn(read(path));
  const { template } = deploymentSchema.parse(deployment).spec;
  const [container] = template.spec.containers;

  it('start serve with options that it has', () => {
    expect(container.args[0]).toBe('serve');
    expect(() =>
      createProgram(captured(), async () => {}).parse(container.args, { from: 'user' }),
    ).not.toThrow();
  });

  it('meet the restricted standard of pod security', () => {
    expect(template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(template.spec.automountServiceAccountToken).toBe(false);
  });

  it('are asked at the port of monitoring, and restarted only when the process hangs', () => {
    const port = container.ports.find(({ name }) => name === 'monitoring')?.containerPort;
    expect(port).toBe(9464);
    expect([container.startupProbe, container.livenessProbe, container.readinessProbe]).toMatchObject([
      { httpGet: { path: '/healthz', port: 'monitoring' } },
      { httpGet: { path: '/healthz', port: 'monitoring' } },
      { httpGet: { path: '/readyz', port: 'monitoring' } },
    ]);
  });

  it('have the time that the shutdown takes', () => {
    const serve = readFileSync(join(ROOT, 'src/hosts/node/serve.ts'), 'utf8');
    const lastMs = Number(/LAST_MS = ([\d_]+);/.exec(serve)?.[1]?.replaceAll('_', ''));
    expect(lastMs).toBeGreaterThan(25_000);
    const before = container.lifecycle?.preStop.sleep.seconds ?? 0;
    expect(template.spec.terminationGracePeriodSeconds - before).toBeGreaterThan(lastMs / 1000);
  });

  it('mount volumes that exist, and write nowhere but to /tmp and the cache', () => {
    const volumes = template.spec.volumes.map(({ name }) => name);
    expect(container.volumeMounts.map(({ name }) => name)).toEqual(volumes);
    const writable = container.volumeMounts.filter(({ readOnly }) => !readOnly);
    // The endpoint has no rules, and the image has its compiled code.
    const cache = container.args.includes('--no-consumer') ? [] : ['/var/cache/xdr-relay'];
    expect(writable.map(({ mountPath }) => mountPath)).toEqual(['/tmp', ...cache]);
  });
});

it('the PrometheusRule has the alerts of deploy/prometheus, all of them', () => {
  const rules = parse(readFileSync(join(ROOT, 'deploy/prometheus/xdr-relay.rules.yaml'), 'utf8'));
  const [rule] = objectsIn(read('components/monitoring/prometheusrule.yaml'));
  expect(rules.groups.length).toBeGreaterThan(0);
  expect(rule?.spec).toEqual(rules);
});

describe.skipIf(!hasKustomize)('kustomize', () => {
  it('builds the base: consumers, which nothing reaches', () => {
    expect(built(join(KUBERNETES, 'base')).map(nameOf).toSorted()).toEqual([
      'ConfigMap/xdr-relay-config',
      'Deployment/xdr-relay-consumers',
      'NetworkPolicy/xdr-relay',
      'PodDisruptionBudget/xdr-relay-consumers',
      'ServiceAccount/xdr-relay',
    ]);
  });

  const aks = hasKustomize ? built(join(KUBERNETES, 'overlays/aks')) : [];

  it('builds the overlay for AKS, and it fits the schemas and has no unknown key', async () => {
    expect(aks.map(nameOf).toSorted()).toEqual([
      'ConfigMap/xdr-relay-config',
      'Deployment/xdr-relay-consumers',
      'Deployment/xdr-relay-endpoint',
      'Namespace/xdr-relay',
      'NetworkPolicy/xdr-relay',
      'NetworkPolicy/xdr-relay-endpoint',
      'PodDisruptionBudget/xdr-relay-consumers',
      'PodDisruptionBudget/xdr-relay-endpoint',
      'PodMonitor/xdr-relay',
      'PrometheusRule/xdr-relay',
      'ScaledObject/xdr-relay-consumers',
      'Service/xdr-relay-endpoint',
      'ServiceAccount/xdr-relay',
      'TriggerAuthentication/xdr-relay-queue',
    ]);
    for (const object of aks) {
      await checkSchema(object);
      expect(object.kind === 'Namespace' ? 'xdr-relay' : object.metadata.namespace).toBe('xdr-relay');
    }
    expect(await checkTypes(aks)).toBe('');
  });

  it.each(['consumers', 'endpoint'])(
    'gives the pods of %s what their selectors ask for, an image and an identity',
    (name) => {
      const { selector, template, replicas } = deploymentSchema.parse(
        named(aks, `Deployment/xdr-relay-${name}`),
      ).spec;
      expect(template.metadata.labels).toMatchObject(selector.matchLabels);
      expect(template.metadata.labels).toMatchObject({
        'app.kubernetes.io/component': name,
        'azure.workload.identity/use': 'true',
      });
      expect(template.spec.containers[0].image).toBe('contoso.azurecr.io/xdr-relay:0.1.0');
      // KEDA sets the number of consumers.
      expect(replicas).toBe(name === 'consumers' ? undefined : 2);
    },
  );

  it('leaves no placeholder of the components in the overlay', () => {
    expect(JSON.stringify(aks)).not.toContain('00000000-0000-0000-0000-000000000000');
  });

  it('scales the consumers, never to none, by the queue that relay.yaml names', () => {
    const scaled = JSON.stringify(named(aks, 'ScaledObject/xdr-relay-consumers'));
    const { spec } = JSON.parse(scaled);
    expect(spec.scaleTargetRef).toEqual({ name: 'xdr-relay-consumers' });
    expect(spec.minReplicaCount).toBeGreaterThan(0);
    const relay = parse(read('overlays/aks/relay.yaml'));
    expect(spec.triggers).toMatchObject([
      {
        type: 'azure-queue',
        metadata: {
          accountName: relay.storage.account,
          queueName: 'xdr-relay',
          queueLengthStrategy: 'visibleonly',
        },
      },
    ]);
  });

  it('adds the components "status" and "rules", whose rules all pods mount', async () => {
    const objects = await builtOf(['endpoint', 'status', 'rules']);
    expect(await checkTypes(objects)).toBe('');
    for (const name of ['consumers', 'endpoint']) {
      const { volumes, containers } = deploymentSchema.parse(named(objects, `Deployment/xdr-relay-${name}`))
        .spec.template.spec;
      const { volumeMounts } = containers[0];
      expect(volumeMounts.map(({ name: volume }) => volume)).toEqual(
        volumes.map(({ name: volume }) => volume),
      );
      expect(volumeMounts.map(({ mountPath }) => mountPath)).toContain(
        '/etc/xdr-relay/transforms/detections',
      );
    }
    const { data } = z
      .looseObject({ data: z.record(z.string(), z.string()) })
      .parse(named(objects, 'ConfigMap/xdr-relay-detections'));
    expect(Object.keys(data)).toEqual(['finger_download.yml']);
  });
});
