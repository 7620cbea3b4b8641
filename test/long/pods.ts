/** Runs the pods of a Deployment in a sandbox: its arguments, variables, volumes and mounts. */
import { chmod, chown, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeVolume } from '../support/kubelet.ts';
import { deploymentSchema, type KubernetesObject } from '../support/kustomize.ts';
import { type Sandbox, USER } from './sandbox.ts';

const configMapSchema = z.looseObject({ data: z.record(z.string(), z.string()) });

export interface Pod {
  readonly sandbox: Sandbox;
  readonly args: readonly string[];
  /** The path that is asked whether the pod is ready. */
  readonly readiness: string;
  /** The folder of the volume with this name. */
  volume(name: string): string;
}

export interface PodOptions {
  /** The root of the image's file system. */
  readonly root: string;
  /** An empty folder for the volumes. */
  readonly folder: string;
  /** The files of Secrets, by the names of the Secrets. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Writes the volumes of a pod. @param objects what kustomize has built: the ConfigMaps are looked for there. */
export async function podOf(
  deployment: KubernetesObject,
  objects: readonly KubernetesObject[],
  { root, folder, secrets }: PodOptions,
): Promise<Pod> {
  const { volumes, containers } = deploymentSchema.parse(deployment).spec.template.spec;
  const [{ args, env, volumeMounts, readinessProbe }] = containers;
  const volume = (name: string) => join(folder, name);
  for (const { name, configMap, secret } of volumes) {
    const found = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMap?.name,
    );
    const files = secret ? secrets[secret.secretName] : found && configMapSchema.parse(found).data;
    if (files) await writeVolume(volume(name), files);
    // With fsGroup and defaultMode: only the pod's group reads them.
    if (secret) await ownedByGroup(volume(name));
  }
  const mounted = volumeMounts.filter(({ mountPath }) => mountPath !== '/tmp');
  for (const { mountPath } of mounted) {
    // As the kubelet: a mount below another one needs a folder in the other's volume.
    const outer = mounted.find((other) => mountPath.startsWith(`${other.mountPath}/`));
    if (outer)
      await mkdir(join(volume(outer.name), mountPath.slice(outer.mountPath.length)), { recursive: true });
  }
  const written = mounted.filter(({ readOnly }) => !readOnly);
  for (const { name } of written) await ownedByKubelet(volume(name));
  const folders = (of: typeof mounted) =>
    Object.fromEntries(of.map(({ name, mountPath }) => [mountPath, volume(name)]));
  const variables = env.map(({ name, value }) => [name, value] as const);
  return {
    sandbox: {
      root,
      mounts: folders(mounted.filter(({ readOnly }) => readOnly)),
      writable: folders(written),
      env: Object.fromEntries(variables),
    },
    args,
    readiness: readinessProbe.httpGet.path,
    volume,
  };
}

/** As the kubelet makes an emptyDir with fsGroup: it is root's, and everybody may write. */
async function ownedByKubelet(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chown(folder, 0, USER);
  await chmod(folder, 0o2777);
}

async function ownedByGroup(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    await chown(path, 0, USER);
    await chmod(path, 0o440);
  }
}
