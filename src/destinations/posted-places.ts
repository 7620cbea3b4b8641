/** Lists the places that the destinations of relay.yaml post to. */
import { type DestinationConfig, descriptorOf } from './list.ts';

/** By place, the names of the destinations that may post there, as far as relay.yaml says. */
export function postedPlaces(
  destinations: Readonly<Record<string, DestinationConfig>>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const places = new Map<string, Set<string>>();
  for (const [name, config] of Object.entries(destinations)) {
    const descriptor = descriptorOf(config.type);
    if (descriptor.audience !== 'people') continue;
    for (const place of descriptor.places(config)) {
      const names = places.get(place);
      if (names) names.add(name);
      else places.set(place, new Set([name]));
    }
  }
  return places;
}
