import { invalidRequest, IotCore, page, textIn } from './iot-core';
import { Operations } from '../account';
import { ClientState } from '../broker/client-list';
import { Route } from '../http';
import { Thing } from '../registry/registry';

export const SEARCH_ROUTES: readonly Route[] = [{ operation: 'SearchIndex', method: 'POST', path: '/indices/search' }];

/** `thingName:press-*`, `attributes.made:here`, `connectivity.connected:true`, joined by AND. */
const TERM = /^(thingName|thingTypeName|thingGroupNames|attributes\.[\w.,@/:#-]+|connectivity\.connected):("?)([^"]*)\2$/;

/** Fleet indexing as far as it needs no index: terms of a few fields, `*` at the end of a value, AND. Anything else is refused. */
export function searchOperations({ registry }: IotCore, client: (clientId: string) => ClientState | undefined): Operations {
  return {
    SearchIndex: (input, caller) => {
      const indexName = input.indexName ?? 'AWS_Things';
      caller.authorize('iot:SearchIndex', registry.arn(`index/${indexName}`));
      const terms = textIn(input, 'queryString').split(/\s+AND\s+/).filter(term => term !== '*').map(term => matcherOf(term.trim()));
      const { items, next } = page(registry.allThings().filter(thing => terms.every(matches => matches(thing))), input);
      return {
        things: items.map(thing => {
          const { connected, connectedSince, disconnectedSince, disconnectReason } = client(thing.thingName) ?? { connected: false };
          return {
            thingName: thing.thingName,
            thingId: thing.thingId,
            thingTypeName: thing.thingTypeName,
            thingGroupNames: registry.groupsOf(thing.thingName),
            attributes: thing.attributes,
            connectivity: { connected, timestamp: connected ? connectedSince : disconnectedSince, ...!connected && { disconnectReason } },
          };
        }),
        nextToken: next,
      };
    },
  };

  function matcherOf(term: string): (thing: Thing) => boolean {
    const [, field, , wanted] = TERM.exec(term) ?? [];
    if (field === undefined) throw Object.assign(invalidRequest(`the query ${JSON.stringify(term)} is not modelled`), { name: 'InvalidQueryException' });
    const fits = (value: string | undefined) => value !== undefined && (wanted.endsWith('*') ? value.startsWith(wanted.slice(0, -1)) : value === wanted);
    switch (field) {
      case 'thingName': return thing => fits(thing.thingName);
      case 'thingTypeName': return thing => fits(thing.thingTypeName);
      case 'thingGroupNames': return thing => registry.groupsOf(thing.thingName).some(fits);
      case 'connectivity.connected': return thing => String(client(thing.thingName)?.connected === true) === wanted;
      default: return thing => fits(thing.attributes[field.slice('attributes.'.length)]);
    }
  }
}
