/** Builds folders of deploy/kubernetes by kustomize, which kubectl contains, and reads what comes out. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '../..');
export const KUBERNETES = join(ROOT, 'deploy/kubernetes');

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
/** What every object of Kubernetes has. */
export type KubernetesObject = z.infer<typeof objectSchema>;

/** The objects in a file of YAML documents. Throws for what is no object of Kubernetes. */
export function objectsIn(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text).map((document) => objectSchema.parse(document.toJS()));
}

/** Components came with kustomize 3.7 (kubectl 1.21); Debian 12's kubectl is older. */
const version = Number(
  /Kustomize Version: v(\d+)/.exec(
    spawnSync('kubectl', ['version', '--client']).stdout?.toString() ?? '',
  )?.[1],
);
export const hasKustomize: boolean = version >= 4;
if (!hasKustomize) {
  console.warn('kubectl 1.21 or later is missing: what kustomize makes of deploy/kubernetes is not checked.');
}

/** What `kubectl kustomize` makes of a folder. */
export function built(folder: string): readonly KubernetesObject[] {
  return objectsIn(execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8' }));
}

/**
 * Builds a kustomization of the base, components and more.
 *
 * @param components names of folders of deploy/kubernetes/components.
 * @param files further files beside the kustomization, by name.
 */
export async function builtOf(
  components: readonly string[],
  more: object = {},
  files: Readonly<Record<string, string>> = {},
): Promise<readonly KubernetesObject[]> {
  // kustomize finds bases by relative paths alone.
  await mkdir(join(ROOT, 'dist'), { recursive: true });
  const folder = await mkdtemp(join(ROOT, 'dist/kustomize-'));
  try {
    const kustomization = {
      resources: ['../../deploy/kubernetes/base'],
      components: components.map((name) => `../../deploy/kubernetes/components/${name}`),
      ...more,
    };
    await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return built(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `Deployment/xdr-relay-consumers`, without the hash that kustomize adds to the names of ConfigMaps. */
export function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata.name.replace(/-[0-9a-z]{10}$/, '')}`;
}

/** The object of that name, as {@link nameOf} has it. Throws if there is none. */
export function named(objects: readonly KubernetesObject[], name: string): KubernetesObject {
  const found = objects.find((object) => nameOf(object) === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
}

const probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) });

/** What tests read of a Deployment with one container. */
export const deploymentSchema = z.object({
  spec: z.object({
    replicas: z.number().optional(),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        terminationGracePeriodSeconds: z.number(),
        containers: z.tuple([
          z.looseObject({
            image: z.string(),
            args: z.array(z.string()),
            env: z.array(z.object({ name: z.string(), value: z.string() })),
            lifecycle: z
              .object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) })
              .optional(),
            ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
            volumeMounts: z.array(
              z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() }),
            ),
            startupProbe: probe,
            livenessProbe: probe,
            readinessProbe: probe,
          }),
        ]),
        volumes: z.array(
          z.looseObject({
            name: z.string(),
            configMap: z.object({ name: z.string() }).optional(),
            secret: z.looseObject({ secretName: z.string() }).optional(),
          }),
        ),
      }),
    }),
  }),
});
