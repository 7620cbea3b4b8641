/** Writes the covered techniques as a layer of ATT&CK Navigator, version 4.5 of its file format. */
import type { Coverage } from './coverage.ts';
import type { Target } from './coverage-targets.ts';

/** @param targets techniques that are shown even if no rule covers them. */
export function attackLayer(
  { techniques, families, rules, running }: Coverage,
  targets: readonly Target[],
): string {
  const ids = new Set([...techniques.keys(), ...targets.map(({ technique }) => technique)]);
  const wanted = new Map(targets.map(({ technique, rules: least }) => [technique, least]));
  const scores = [...ids].sort().map((techniqueID) => {
    const own = techniques.get(techniqueID) ?? 0;
    const score = wanted.has(techniqueID) ? Math.max(own, families.get(techniqueID) ?? 0) : own;
    const least = wanted.get(techniqueID);
    return {
      techniqueID,
      score,
      comment: `${score} ${score === 1 ? 'rule' : 'rules'}${least === undefined ? '' : `, ${least} wanted`}`,
      enabled: true,
      showSubtechniques: techniqueID.length === 5 && [...ids].some((id) => id.startsWith(`${techniqueID}.`)),
    };
  });
  const layer = {
    name: 'xdr-relay',
    versions: { navigator: '5.2.0', layer: '4.5' },
    domain: 'enterprise-attack',
    description: `${running} of ${rules} rules run on Microsoft Defender XDR.`,
    sorting: 3,
    layout: { layout: 'side', showID: true, showName: true, expandedSubtechniques: 'annotated' },
    techniques: scores,
    gradient: {
      colors: ['#ff6666', '#ffe766', '#8ec843'],
      minValue: 0,
      maxValue: Math.max(1, ...scores.map(({ score }) => score)),
    },
  };
  return JSON.stringify(layer, undefined, 2);
}
