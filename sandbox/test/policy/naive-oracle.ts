import { Connection } from '../../src/policy/connection';
import { Request } from '../../src/policy/request';

/** The part of the language that the oracle knows: lists everywhere, no conditions, wildcards and the two names as variables. */
export interface SimpleStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string[];
  readonly NotAction?: string[];
  readonly Resource?: string[];
  readonly NotResource?: string[];
}

/** Written from the definition, with recursion over texts instead of tokens, and sharing nothing with the evaluator. */
export function oracleAllows(statements: SimpleStatement[], connection: Connection, request: Request): boolean {
  const resource = `arn:aws:iot:us-east-1:123456789012:${request.action === 'iot:Subscribe' ? `topicfilter/${request.topicFilter}` : `topic/${request.topic}`}`;
  const hit = (statement: SimpleStatement) => {
    const action = statement.Action?.some(text => glob(text.toLowerCase(), request.action.toLowerCase()))
      ?? !statement.NotAction!.some(text => glob(text.toLowerCase(), request.action.toLowerCase()));
    const covered = statement.Resource?.some(text => resourceHit(text, connection, resource))
      ?? !statement.NotResource!.some(text => resourceHit(text, connection, resource));
    return action && covered;
  };
  return statements.filter(({ Effect }) => Effect === 'Allow').some(hit) && !statements.filter(({ Effect }) => Effect === 'Deny').some(hit);
}

function resourceHit(pattern: string, connection: Connection, resource: string): boolean {
  const thing = connection.thingAttached && (connection.exclusive || connection.thingName === connection.clientId) ? connection.thingName : null;
  if (pattern.includes('${iot:Connection.Thing.ThingName}') && thing === null) return false;
  if (pattern.includes('${iot:ClientId}') && connection.clientId === null) return false;
  return glob(pattern.split('${iot:Connection.Thing.ThingName}').join(plain(thing ?? '')).split('${iot:ClientId}').join(plain(connection.clientId ?? '')), resource);
}

/** Wildcards in a value are marked as plain, by a character that no test uses. */
function plain(value: string): string {
  return [...value].map(character => `\u0001${character}`).join('');
}

function glob(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '\u0001') return text !== '' && text[0] === pattern[1] && glob(pattern.slice(2), text.slice(1));
  if (pattern[0] === '*') return glob(pattern.slice(1), text) || (text !== '' && glob(pattern, text.slice(1)));
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && glob(pattern.slice(1), text.slice(1));
}
